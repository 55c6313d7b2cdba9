"""What the file of a PDF is: its letters, links, attached files and structure, and that its bytes stay."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest
from fontTools.ttLib import TTFont
from pypdf.generic import NullObject

from cgu_archive import pdf
from cgu_archive.corpus.characters import FONTS
from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Corpus, Metadata
from cgu_archive.pdf import UndrawableTextError, document_date
from tests.archive.pdf_reading import ALL, AT, FICTION, REAL, SHORT, Reading, documentary, make, words

# Letters


def test_only_bundled_fonts_are_used() -> None:
    families = {file.stem.rsplit("-", 2)[0] for file in FONTS.glob("*.woff2")}
    for address in ALL:
        reading = documentary(address)
        used = {re.sub(r"-(Semi-Bold|Bold|Italic)$", "", name) for name in reading.fonts}
        assert used <= families, address
    assert "source-serif-4-greek" in documentary("soffi/cgu/sans-date-1").fonts


def test_each_glyph_drawn_is_that_of_its_letter() -> None:
    styles = {"": "400-normal", "-Italic": "400-italic", "-Semi-Bold": "600-normal", "-Bold": "700-normal"}
    checked = 0
    for reading in map(documentary, ALL):
        for name, glyphs in reading.fonts.items():
            family, style = re.fullmatch(r"(.*?)(-Italic|-Semi-Bold|-Bold)?", name).groups("")  # type: ignore[union-attr]
            font = TTFont(FONTS / f"{family}-{styles[style]}.woff2")
            for glyph, letters in glyphs.items():
                if len(letters) == 1:  # a ligature has no letter of its own
                    # A space that the font lacks is drawn as its plain space.
                    letter = letters if ord(letters) in font.getBestCmap() else normalize("NFKC", letters)
                    assert font.getBestCmap()[ord(letter)] == font.getGlyphName(glyph), (name, letters)
                    checked += 1
    assert checked > 500


def test_characters_that_no_font_has_are_drawn_in_a_compatible_form(corpus: Corpus) -> None:
    text = (
        "# Titre\n\nL’o\ufb03ce : porte\u2011clés, 10\u202f%, co\u200bupe, bien\u00adtôt, n\u00ba\u00a05.\n"
    )
    reading = Reading(make(corpus, FICTION, text=text.encode()))
    said = reading.provisions()[1].replace("\u200b", "").replace("\u00ad", "")
    assert said == "L’office : porte-clés, 10 %, coupe, bientôt, nº 5."
    assert {name.split("-latin")[0] for name in reading.fonts} <= {"source-serif-4", "source-sans-3"}


def test_a_character_that_cannot_be_drawn_is_refused_with_its_place(corpus: Corpus) -> None:
    with pytest.raises(UndrawableTextError, match=r"demonstration/cgu/v4, ligne 3 .*U\+1F600") as caught:
        make(corpus, FICTION, text="# Titre\n\nBonjour \U0001f600\n".encode())
    assert isinstance(caught.value, CorpusError)


def test_an_entity_is_refused_too_when_its_character_cannot_be_drawn(corpus: Corpus) -> None:
    with pytest.raises(UndrawableTextError, match=r"^demonstration/cgu/v4 : .*U\+2665, BLACK HEART SUIT"):
        make(corpus, FICTION, text=b"# Titre\n\nBonjour &hearts;\n")


def test_words_of_our_own_are_refused_when_they_cannot_be_drawn(corpus: Corpus) -> None:
    with pytest.raises(UndrawableTextError, match=r"U\+2665"):
        make(corpus, FICTION, text=SHORT, reason="Motif \u2665")


def test_every_weight_draws_the_same_characters() -> None:
    for family in ("source-serif-4", "source-sans-3"):
        for part in ("latin", "latin-ext", "greek"):
            files = sorted(FONTS.glob(f"{family}-{part}-[0-9]*.woff2"))
            assert len(files) == 4
            covered = [set(TTFont(file).getBestCmap()) for file in files]
            assert all(characters == covered[0] for characters in covered)


def test_the_style_sheet_of_the_pages_names_every_font_beside_it() -> None:
    named = re.findall(r'url\("([^"]+)"\)', (FONTS / "fonts.css").read_text("utf-8"))
    assert sorted(named) == sorted(file.name for file in FONTS.glob("*.woff2"))


# What it links and fetches


@pytest.mark.requirement("S-38", "P-49")
def test_hosts_that_forbid_links_are_words_and_others_are_links(corpus: Corpus) -> None:
    for address in ALL:
        reading = documentary(address)
        refused = corpus.service(address.split("/")[0]).unlinked_hosts
        assert not [link for link in reading.links() for host in refused if host in link], address
    soffi = documentary("soffi/cgu/sans-date-1")
    assert words("https://www.soffi.emploi.gouv.fr/mes-collectes-formation") in words(" ".join(soffi.lines()))
    assert "https://www.ocapiat.fr/nous-contacter/" in documentary("ocapiat/cgu/ca-2025-04-08").links()


def test_nothing_is_fetched_whatever_the_document_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address) or [])
    (tmp_path / "secret.css").write_text("p { content: 'lu' }", "utf-8")
    html = (
        '<html lang="fr"><head><title>T</title><link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
        f'<link rel="stylesheet" href="{(tmp_path / "secret.css").as_uri()}"></head>'
        '<body><h1>T</h1><p>Texte <img alt="i" src="http://127.0.0.1:9/i.png"></p></body></html>'
    )
    raw = pdf.typeset(html, identifier="0", dated=AT)
    assert not asked
    assert "Texte" in " ".join(Reading(raw).lines())
    assert "lu" not in " ".join(Reading(raw).pages)


# What it carries


@pytest.mark.parametrize("address", ALL)
def test_text_and_frozen_metadata_are_attached_as_they_were_hashed(corpus: Corpus, address: str) -> None:
    version, attached = corpus.version(address), documentary(address).reader.attachments
    (text,), (metadata,) = attached["texte.md"], attached["metadonnees.json"]
    assert hashlib.sha256(text).hexdigest() == version.text_hash
    assert hashlib.sha256(metadata).hexdigest() == version.metadata_hash
    assert json.loads(metadata)["rules"] == [rule.contractual() for rule in version.metadata.rules]


def test_attached_files_and_document_bear_the_date_of_the_version() -> None:
    for address, expected in ((FICTION, "D:20260202080000Z"), (REAL[0], "D:20261122000000Z")):
        reading = documentary(address)
        assert reading.reader.metadata["/CreationDate"] == expected  # type: ignore[index]
        assert reading.reader.metadata["/ModDate"] == expected  # type: ignore[index]
        for entry in reading.catalog["/Names"]["/EmbeddedFiles"]["/Names"][1::2]:
            dates = entry.get_object()["/EF"]["/F"]["/Params"]
            assert dates["/CreationDate"] == dates["/ModDate"] == expected


def test_a_draft_without_dates_is_dated_by_the_instant_given(corpus: Corpus) -> None:
    bare: Metadata = replace(corpus.version(FICTION).metadata, published_at=None, archived_on=None)
    assert document_date(bare, AT) == AT


# What it conforms to


def test_each_file_declares_both_standards() -> None:
    for reading in map(documentary, ALL):
        described = reading.catalog["/Metadata"].get_object().get_data().decode()
        assert 'pdfaid:part="3"' in described
        assert 'pdfaid:conformance="A"' in described
        assert 'pdfuaid:part="1"' in described
        assert reading.catalog["/MarkInfo"]["/Marked"]
        assert reading.catalog["/ViewerPreferences"]["/DisplayDocTitle"]
        relations = {entry.get_object()["/AFRelationship"] for entry in reading.catalog["/AF"]}
        assert relations == {"/Source", "/Data"}


def test_list_items_hold_only_a_mark_and_a_body(corpus: Corpus) -> None:
    loose = b"# T\n\n1. un\n\n   suite\n\n   - a\n\n     encore\n\n   - b\n     - c\n\nfin\n"
    document = Reading(make(corpus, FICTION, text=loose)).document
    items = [element for element in document.walk() if element.role == "LI"]
    assert len(items) == 3
    for item in items:
        assert {getattr(kid, "role", "words") for kid in item.kids} <= {"Lbl", "LBody"}


def test_heads_and_feet_are_on_the_pages_and_not_in_the_structure() -> None:
    for reading in map(documentary, ALL):
        assert not any("sur " in line and line.startswith("page ") for line in reading.lines())
        for page in reading.reader.pages:
            owners = reading.catalog["/StructTreeRoot"]["/ParentTree"]["/Nums"][2 * page.page_number + 1]
            marks = re.findall(rb"/MCID (\d+)", page.get_contents().get_data())  # type: ignore[union-attr]
            owned = [
                mark for mark, owner in enumerate(owners) if not isinstance(owner.get_object(), NullObject)
            ]
            assert [int(mark) for mark in marks] == owned
            assert b"/Pagination" in page.get_contents().get_data()  # type: ignore[union-attr]


# The same bytes

_MAKE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.pdf import version_pdf

corpus = load(Path(sys.argv[1]))
for address in sys.argv[2:]:
    version = corpus.version(address)
    service = corpus.service(version.address.service)
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = version_pdf(service, service.document("cgu"), version, mode="documentary", at=at, permalink="p/")
    print(address, text_hash(made))
"""


def test_processes_hash_seeds_and_order_do_not_change_a_byte(texts_dir: Path) -> None:
    addresses = ("tableau-de-bord/cgu/v0.3", FICTION)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", _MAKE, str(texts_dir), *order],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for order, seed, zone in ((addresses, "1", "UTC"), (addresses[::-1], "2", "Asia/Tokyo"))
    ]
    first, second = (set(run.communicate()[0].splitlines()) for run in runs)
    assert len(first) == len(addresses)
    assert first == second


def test_the_permanent_identifier_is_the_hash_of_the_text(corpus: Corpus) -> None:
    for address in ALL:
        reading = documentary(address)
        assert str(reading.reader.trailer["/ID"][0]) == corpus.version(address).text_hash
