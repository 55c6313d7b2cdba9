"""`cgu import`: what it makes, what it says, and what it never writes."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from cgu_archive import cli
from cgu_archive.corpus import loader
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.importing import Difference, Imported, Kind, receive
from cgu_archive.importing.report import report
from tests.archive.importing.making import p, run, word
from tests.archive.importing.test_docx import TRACKED
from tests.builders import write_published, write_service

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
GIVEN = word(p("Conditions", style="H1") + p("Article 1 – Objet", style="H2") + p("Le service aide."))
WIDTHS = (390, 1280)


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli, "_now", lambda: NOW)
    root = tmp_path / "textes"
    write_service(root)
    write_published(root, "mairie/cgu/v1", b"# Conditions\n")
    (tmp_path / "recu.docx").write_bytes(GIVEN)
    return root


def call(texts: Path, name: str, *arguments: str) -> int:
    file = str(texts.parent / name)
    return cli.main(["--texts", str(texts), "import", file, "--service", "mairie", *arguments])


def test_a_word_file_becomes_a_draft_that_keeps_only_its_hash(
    texts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(texts, "recu.docx", "--label", "v2") == 0
    folder = texts / "mairie/cgu/brouillon-1"
    assert sorted(file.name for file in folder.iterdir()) == ["texte.md", "version.yml"]
    version = loader.load(texts).version("mairie/cgu/brouillon-1")
    assert version.text == "# Conditions\n\n## Article 1 – Objet\n\nLe service aide.\n".encode()
    source = version.metadata.source
    assert source is not None
    assert (source.file, source.hash, source.received_on.isoformat()) == (
        "source.docx", text_hash(GIVEN), "2026-03-01",
    )  # fmt: skip
    assert version.metadata.label == "v2"
    assert "cgu compare mairie/cgu/v1 mairie/cgu/brouillon-1" in capsys.readouterr().out
    assert call(texts, "recu.docx") == 0
    assert (texts / "mairie/cgu/brouillon-2/texte.md").exists()


def test_a_text_is_kept_beside_its_draft(texts: Path) -> None:
    (texts.parent / "recu.txt").write_bytes(b"Titre\n\nUn mot.")
    assert call(texts, "recu.txt", "--as", "v2") == 0
    assert (texts / "mairie/cgu/v2/source.txt").read_bytes() == b"Titre\n\nUn mot."


def test_tracked_changes_are_decided_by_the_caller(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (texts.parent / "suivi.docx").write_bytes(word(TRACKED))
    assert call(texts, "suivi.docx", "--as", "v2") == 1
    told = capsys.readouterr().err
    assert "1 insertion" in told
    assert "--tracked accept" in told
    assert not (texts / "mairie/cgu/v2").exists()
    assert call(texts, "suivi.docx", "--as", "v2", "--tracked", "reject") == 0
    assert "huit jours" in (texts / "mairie/cgu/v2/texte.md").read_text()


def test_nothing_is_written_when_a_word_would_be_lost(
    texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def losing(name: str, content: bytes, *, tracked: object = None) -> Imported:
        lost = (Difference("pas", "Le service n’est"),)
        return Imported(Kind.DOCX, b"# A\n", (), (), (), (), "0" * 64, lost, ())

    monkeypatch.setattr("cgu_archive.cli.importing.receive_apart", losing)
    before = sorted(texts.rglob("*"))
    assert call(texts, "recu.docx") == 1
    assert "« pas » après « Le service n’est »" in capsys.readouterr().err
    assert sorted(texts.rglob("*")) == before


def test_a_refused_file_writes_nothing(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (texts.parent / "recu.docx").write_bytes(b"%PDF-1.7")
    before = sorted(texts.rglob("*"))
    assert call(texts, "recu.docx", "--report", str(texts.parent / "page.html")) == 1
    assert "PDF" in capsys.readouterr().err
    assert sorted(texts.rglob("*")) == before
    assert not (texts.parent / "page.html").exists()


def test_it_answers_in_json(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(texts, "recu.docx", "--as", "v2", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["address"], said["kind"], said["lost"], said["added"]) == ("mairie/cgu/v2", "docx", [], [])


HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def page() -> str:
    comments = (
        f'<w:comment w:id="7" w:author="Camille" w:date="2026-11-02T10:00:00Z">{p("À revoir.")}</w:comment>'
    )
    body = (
        p(run("Conditions", "<w:b/>"))
        + p('<w:commentRangeStart w:id="7"/>' + run(HOSTILE.replace("<", "&lt;")) + "<w:r><w:drawing/></w:r>")
        + p("Le service aide les associations à publier leurs annonces. " * 4)
    )
    return report(receive("a.docx", word(body, comments=comments)), name="reçu.docx")


def test_the_page_shows_everything_escaped_and_fetches_nothing(page: str) -> None:
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    for said in ("Aucun mot perdu, aucun mot ajouté.", "Camille", "Une image", "d’après le gras"):
        assert said in page


@pytest.mark.browser
def test_the_page_reads_on_a_telephone(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page, "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        faults: list[str] = []
        for width in WIDTHS:
            seen = browser.new_page(viewport={"width": width, "height": 800})
            seen.on("console", lambda message: faults.append(message.text))
            seen.goto(file.as_uri())
            assert seen.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.locator("td pre").first.is_visible()
            assert faults == []
            if pictures := os.environ.get("CGU_PICTURES"):
                seen.screenshot(path=f"{pictures}/import-{width}.png", full_page=True)
        browser.close()
