"""The import of a Word file of three hundred pages, against a bare reading of its XML."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
from lxml import etree

from cgu_archive.importing import receive, receive_apart
from tests.bench.tables import barred, noted
from tests.bench.timing import alternate
from tests.conftest import ROOT

WORDS = (
    "le service est fourni par la commune pour que les associations publient leurs annonces, déclarent "
    "leur siège et tiennent à jour leurs coordonnées sans qu’il soit besoin de le demander"
)
ARTICLES = 300
MOST_SECONDS = 10.0
MOST_MEBIBYTES = 500
RUNS = 3
_ALONE = """
import resource, sys
from pathlib import Path
from cgu_archive.importing import receive
found = receive("a.docx", Path(sys.argv[1]).read_bytes())
assert found.is_whole
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def measure() -> Iterator[str]:
    content = document()
    found = receive("a.docx", content)
    count = len(found.text.split())

    def bare() -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                if name.endswith(".xml"):
                    list(etree.fromstring(archive.read(name)).iter())

    ours_time, bare_time = alternate(RUNS, lambda: receive_apart("a.docx", content), bare)
    begin = time.process_time()
    receive("a.docx", content)
    spent = time.process_time() - begin
    yield noted(f"{count} words, {ARTICLES} pages: bare unzip and XML", f"{bare_time:.2f} s")
    yield noted("   one beside the other", f"× {ours_time / bare_time:.1f}")
    yield noted("   processor time of one import", f"{spent:.2f} s")
    yield barred("   import", f"{ours_time:.2f} s", f"{MOST_SECONDS:g} s", met=ours_time < MOST_SECONDS)
    peak = mebibytes(content)
    yield barred("   peak memory", f"{peak} MiB", f"{MOST_MEBIBYTES} MiB", met=peak < MOST_MEBIBYTES)
    yield barred("   words lost or added", "none" if found.is_whole else "some", "none", met=found.is_whole)


def document() -> bytes:
    """Return a Word file of an article by page: titles, bold words, lists numbered by Word, a table."""
    made, words = docx.Document(), WORDS.split()
    for article in range(ARTICLES):
        made.add_heading(f"Article {article + 1} – Objet", 2)
        for rank in range(8):
            style = {1: "List Number", 2: "List Bullet"}.get(rank % 4)
            paragraph = made.add_paragraph(style=style)
            for part in range(6):
                said = (words[(article + rank + part + at) % len(words)] for at in range(10))
                paragraph.add_run(f"{' '.join(said)} ").bold = part == 2
        for row in made.add_table(rows=3, cols=3).rows:
            for cell in row.cells:
                cell.text = " ".join(words[:3])
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def mebibytes(content: bytes) -> int:
    """Return the peak memory of a process that imports `content` and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.docx"
        file.write_bytes(content)
        told = subprocess.run(
            [sys.executable, "-c", _ALONE, file], cwd=ROOT, check=True, capture_output=True, text=True
        )
    return int(told.stdout)
