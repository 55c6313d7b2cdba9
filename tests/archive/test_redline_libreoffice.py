"""A comparison as a Word document, in LibreOffice: all accepted is the new text, all rejected the old one."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cgu_archive.corpus.comparison import Comparison
from tests.archive.docx_cases import CASES, GUIDE, LINKS, generated, of, said, word
from tests.archive.docx_reading import parts
from tests.archive.docx_sentences import (
    REFUSED,
    SENTENCES,
    any_comparison,
    beside_moved_paragraphs,
    by_hand,
)

SCRIPT = Path(__file__).parent / "libreoffice.py"


def without_comments(raw: bytes) -> bytes:
    """Return a document without its comments: LibreOffice without a screen dies of any in a window (7.4)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts(raw).items():
            found = re.sub(rb"<w:commentRange[^>]*/>|<w:r><w:commentReference[^>]*/></w:r>", b"", part)
            archive.writestr(name, found)
    return made.getvalue()


def run_libreoffice(folder: Path, files: Sequence[Path]) -> Any:
    """Return what `libreoffice.py` says of `files`; LibreOffice lives for this call, in its own profile."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is needed: .ci/packages test"
    pipe = f"cgu-{os.getpid()}"
    profile = (folder / "profile").as_uri()
    command = [program, "--headless", "--norestore", "--nologo", "--nodefault"]
    command += [f"-env:UserInstallation={profile}", f"--accept=pipe,name={pipe};urp;"]
    office = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        script = ["/usr/bin/python3", str(SCRIPT), pipe, *map(str, files)]
        said = subprocess.run(script, capture_output=True, text=True, timeout=240)
        assert said.returncode == 0, said.stderr
        office.wait(20)
    finally:
        if office.poll() is None:
            os.killpg(office.pid, signal.SIGKILL)
            office.wait()
    return json.loads(said.stdout)


def moved_sentences() -> dict[str, Comparison]:
    """Return comparisons in which sentences moved alone."""
    found = {name: by_hand(given) for name, given in SENTENCES.items()}
    found |= {name: by_hand(given, order) for name, (given, order) in REFUSED.items()}
    found |= {f"beside-{rank}": one for rank, one in enumerate(beside_moved_paragraphs())}
    return found | {f"sentences-{seed}": any_comparison(random.Random(seed)) for seed in range(20)}


@pytest.fixture(scope="module")
def in_libreoffice(
    tmp_path_factory: pytest.TempPathFactory, texts_dir: Path
) -> list[tuple[str, Comparison, Any]]:
    """Return each case with what LibreOffice makes of it."""
    folder = tmp_path_factory.mktemp("libreoffice")
    cases = CASES | {f"generated-{rank}": pair for rank, pair in enumerate(generated(12))}
    demonstration = texts_dir / "demonstration" / "cgu"
    for old, new in ((1, 2), (3, 4), (5, 6), (7, 1)):
        both = tuple((demonstration / f"v{n}" / "texte.md").read_text("utf-8") for n in (old, new))
        cases[f"v{old}-v{new}"] = (both[0], both[1])
    comparisons = {name: of(*texts) for name, texts in cases.items()} | moved_sentences()
    files = {name: folder / f"{name}.docx" for name in comparisons}
    for name, file in files.items():
        file.write_bytes(without_comments(word(comparisons[name], links=LINKS)))
    found = run_libreoffice(folder, list(files.values()))
    return [(name, comparisons[name], found[str(file)]) for name, file in files.items()]


def test_libreoffice_accepts_all_and_rejects_all(in_libreoffice: list[tuple[str, Comparison, Any]]) -> None:
    for name, comparison, found in in_libreoffice:
        for side, units in (("accepted", comparison.new_units()), ("rejected", comparison.old_units())):
            assert found[side]["left"] == 0, (name, side)
            # A joiner of no width is what LibreOffice leaves in an empty cell whose row came or went.
            shown = [re.sub(r"[\t\n\u200d]", " ", line).strip() for line in found[side]["lines"]]
            assert [line for line in shown if line.strip(" |")] == said(units), (name, side)
            assert found[side]["language"] == "fr"
            if name in ("link-kept", "sentence-moved"):
                assert found[side]["links"] == [GUIDE], (name, side)
            if name in CASES:
                assert bool(found[side]["changes"]) == (name not in ("same", "link")), name


def test_libreoffice_opens_a_document_with_comments(tmp_path: Path) -> None:
    file = tmp_path / "lien.docx"
    file.write_bytes(word(of(*CASES["link"])))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    command += ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert (tmp_path / "lien.txt").read_text("utf-8-sig").strip() == "Voir le guide du service."
