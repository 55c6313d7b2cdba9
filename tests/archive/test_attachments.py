"""Attachments in the archive: on the page of the version, at a lasting address, in the list of files."""

from __future__ import annotations

import json
from pathlib import Path

import lxml.html
import pypdf
import pytest

from cgu_archive.building import build_archive
from cgu_archive.corpus.attachments import FOLDER
from cgu_archive.corpus.errors import InvalidCorpusError
from tests.archive.conftest import AT
from tests.builders import TEXT, a_metadata, an_attachment, beside, write_published, write_service

pytestmark = pytest.mark.xdist_group("archive")

PRICES, GUIDE = b"%PDF-1.7 prix", b"Un guide.\n"
ONE = an_attachment(content=PRICES)
TWO = an_attachment("guide.txt", "Guide de l’usager", GUIDE)


def words(file: Path) -> str:
    """The words of a page, white space as single spaces."""
    read = lxml.html.document_fromstring(file.read_text("utf-8"))
    return " ".join(" ".join(read.xpath("//main//text()")).split())


@pytest.mark.requirement("S-03")
def test_an_archive_offers_them_lists_them_and_compares_them(tmp_path: Path) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out" / "archive"
    write_service(texts)
    write_published(texts)
    draft = a_metadata(published_at=None, archived_on=None, attachments=(ONE, TWO))
    version = write_published(
        texts, "mairie/cgu/v2", TEXT, metadata=draft, files=beside((ONE, PRICES), (TWO, GUIDE))
    )
    build_archive(texts, out, at=AT, mode="demonstration", progress=lambda _: None)
    folder = out / "mairie/cgu/v2"
    assert (folder / FOLDER / "tarifs.pdf").read_bytes() == PRICES
    assert (folder / FOLDER / "guide.txt").read_bytes() == GUIDE

    page = words(folder / "index.html")
    assert "Pièces jointes : 2" in page
    assert "Tarifs : PDF, 13 octets, fichier tarifs.pdf. Empreinte SHA-256 : " + ONE.sha256 in page
    links = lxml.html.document_fromstring((folder / "index.html").read_text("utf-8")).xpath("//a/@href")
    assert {f"{FOLDER}/tarifs.pdf", f"{FOLDER}/guide.txt"} <= set(links)
    assert "Pièces jointes" not in words(out / "mairie/cgu/v1/index.html")
    change = words(folder / "depuis/v1.html")
    assert "Pièces jointes : 2 ajoutées." in change
    assert "Pièce jointe ajoutée : « Guide de l’usager » (guide.txt)." in change
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(folder / "mairie-cgu-v2.pdf").pages)
    assert TWO.sha256 in printed.replace("\n", "")

    manifest = json.loads((out / "manifest.json").read_bytes())
    listed = {one["path"]: (one["sha256"], one["size"]) for one in manifest["files"]}
    assert listed[f"mairie/cgu/v2/{FOLDER}/tarifs.pdf"] == (ONE.sha256, len(PRICES))
    said = next(
        one
        for one in manifest["services"][0]["terms"][0]["versions"]
        if one["address"] == str(version.address)
    )
    assert said["metadata"]["attachments"] == [ONE.contractual(), TWO.contractual()]

    (texts / "mairie/cgu/v2" / FOLDER / "tarifs.pdf").write_bytes(PRICES.upper())
    with pytest.raises(InvalidCorpusError, match=r"tarifs\.pdf"):
        build_archive(texts, out, at=AT, mode="demonstration", progress=lambda _: None)
    assert (folder / FOLDER / "tarifs.pdf").read_bytes() == PRICES, "the previous archive is left as it was"
