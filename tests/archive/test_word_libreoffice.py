"""A version as a Word document, in LibreOffice: its reader sees the words and the numbers of the text."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Corpus
from cgu_archive.word import version_docx

BULLET = "[•◦▪–]"
"""What LibreOffice writes for one in plain text."""


def test_libreoffice_shows_every_word_and_number(corpus: Corpus, tmp_path: Path) -> None:
    texts = {}
    for service, terms, version in corpus.versions():
        if not service.fictional or version.address.slug == "v7":
            file = tmp_path / f"{version.address.service}.docx"
            file.write_bytes(version_docx(service, terms, version, mode="documentary", permalink="ici"))
            texts[file] = version.text
    assert len(texts) == 6
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    command += ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), *map(str, texts)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for file, text in texts.items():
        shown = file.with_suffix(".txt").read_text("utf-8-sig").split("\n")
        found = [word for line in shown for word in re.sub(rf"^\s*{BULLET}\s", "", line).split()]
        assert found == [word for word in provisions.read(text).text().split() if word != "|"], file.name
