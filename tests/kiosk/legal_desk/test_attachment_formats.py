"""What may be joined to a text: its bytes decide, and nothing that runs, hides or locks is taken."""

from __future__ import annotations

import re
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.legal_desk import pdf_apart
from kiosk.legal_desk.attachment_formats import media_type, named
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.pdf_apart import Found
from tests.kiosk.legal_desk.joined import locked, office, opendocument, package, pdf, png

JPEG = b"\xff\xd8\xff\xe0 \xff\xd9"
SHEET = "spreadsheetml.sheet.main"
XLSX = office(SHEET)


def relation(kind: str) -> bytes:
    """What leads out of an office file."""
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<Relationships xmlns="{space}"><Relationship Id="r1" Target="https://exemple.invalid/a"'
        f' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"'
        ' TargetMode="External"/></Relationships>'
    ).encode()


@pytest.mark.parametrize(
    ("typed", "content", "name"),
    [
        ("Tarifs 2027.PDF", pdf(), "tarifs-2027.pdf"),
        ("Notice d’usage.pdf", pdf("/AcroForm<</Fields[]>>"), "notice-d-usage.pdf"),
        ("lien.pdf", pdf("/OpenAction<</S/URI/URI(https://exemple.invalid/)>>"), "lien.pdf"),
        ("écran.png", png(), "ecran.png"),
        ("photo.jpeg", JPEG, "photo.jpg"),
        ("guide.odt", opendocument(), "guide.odt"),
        ("lien.docx", office(word___rels__a_dot_rels=relation("hyperlink")), "lien.docx"),
        ("grille.ods", opendocument("spreadsheet"), "grille.ods"),
        ("guide.docx", office(), "guide.docx"),
        ("grille.xlsx", XLSX, "grille.xlsx"),
        ("grille.csv", "nom;prix\nété;3 €\n".encode(), "grille.csv"),
        ("lisez.txt", "\ufeffUne phrase.\r\n".encode(), "lisez.txt"),
        ("中文.txt", b"x", "fichier.txt"),
    ],
)
def test_what_is_accepted_gets_a_plain_name(typed: str, content: bytes, name: str) -> None:
    assert named(typed, content) == name
    assert media_type(name)


_JS = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"


@pytest.mark.parametrize(
    ("typed", "content", "said"),
    [
        ("vide.pdf", b"", "vide"),
        ("long.txt", b"x" * (10 * 1024 * 1024 + 1), "10 Mio"),
        (f"{'a' * 90}.pdf", pdf(), "80 caractères"),
        ("../../etc/tarifs.pdf", pdf(), "désigne un dossier"),
        ("..\\tarifs.pdf", pdf(), "désigne un dossier"),
        (".pdf", pdf(), "désigne un dossier"),
        ("con.pdf", pdf(), "tous les ordinateurs"),
        ("tarifs", pdf(), "pas accepté"),
        ("tarifs.exe", b"MZ\x90", "pas accepté"),
        ("page.html", b"<!doctype html>", "pas accepté"),
        ("dessin.svg", b"<svg/>", "pas accepté"),
        ("tarifs.docm", office(), "pas accepté"),
        ("tarifs.doc", b"\xd0\xcf\x11\xe0", "pas accepté"),
        ("page.txt", b"<!DOCTYPE html><script>", "pas un texte brut"),
        ("page.txt", b"\n <svg onload=alert(1)>", "pas un texte brut"),
        ("page.csv", b"<?xml version='1.0'?>", "pas un texte brut"),
        ("ordre.txt", b"#!/bin/sh\n", "pas un texte brut"),
        ("latin.txt", "été".encode("latin-1"), "UTF-8"),
        ("octets.txt", b"a\x00b", "pas un texte brut"),
        ("tarifs.pdf", b"MZ\x90\x00", "UTF-8"),
        ("tarifs.pdf", png(), "annonce\u00a0: PDF"),
        ("tarifs.png", pdf(), "son contenu est\u00a0: PDF"),
        ("tarifs.pdf", b"du texte", "son contenu est\u00a0: texte brut"),
        ("tarifs.pdf", locked(), "mot de passe"),
        ("tarifs.pdf", pdf(_JS), "JavaScript"),
        (
            "tarifs.pdf",
            pdf("/Names 4 0 R", "<</JavaScript<</Names[(a)5 0 R]>>>>", "<</JS(x)>>"),
            "JavaScript",
        ),
        ("tarifs.pdf", pdf("/OpenAction 4 0 R", "<</S/Launch/F(calc.exe)>>"), "en lance un"),
        ("tarifs.pdf", pdf("/Names<</EmbeddedFiles<</Names[]>>>>"), "caché dedans"),
        ("tarifs.pdf", pdf("/AA<</WC<</S/SubmitForm/F(https://x.invalid)>>>>"), "envoie ce que l’on y tape"),
        ("tarifs.pdf", pdf("/AcroForm<</Fields[]/XFA(x)>>"), "en lance un"),
        ("tarifs.pdf", pdf("/AA<</WC<</S/Jav#61Script>>>>"), "JavaScript"),
        (
            "tarifs.pdf",
            pdf(
                "/X 4 0 R",
                "<</Subtype/FileAttachment/FS<</F(a.exe)/EF<</F 5 0 R>>>>>>",
                "<</Length 2>>stream\nMZ\nendstream ",
            ),
            "caché dedans",
        ),
        ("tarifs.pdf", pdf("/X<</F(a.exe)/EF<<>>>>"), "caché dedans"),
        ("tarifs.pdf", pdf("/AA<</O<</S/GoToR/F(//x.invalid/a)>>>>"), "prend des données ailleurs"),
        ("tarifs.pdf", b"%PDF-1.7\n", "abîmé"),
        ("tarifs.pdf", pdf()[:200], "abîmé"),
        ("image.png", png()[:-5], "abîmé"),
        ("image.png", png() + b"<script>", "abîmé"),
        ("image.jpg", JPEG[:-1], "abîmé"),
        ("guide.docx", office(word__vbaProject_dot_bin=b"x"), "macros"),
        ("guide.docx", office("vnd.ms-word.document.macroEnabled.main"), "macros"),
        ("guide.docx", office(word__embeddings__object_dot_bin=b"x"), "macros"),
        ("grille.xlsx", office(SHEET, xl__macrosheets__sheet_dot_xml=b"x"), "macros"),
        (
            "guide.docx",
            office(word___rels__settings_dot_xml_dot_rels=relation("attachedTemplate")),
            "va chercher ailleurs",
        ),
        ("guide.docx", XLSX, "son contenu est\u00a0: tableur"),
        ("guide.docx", package({"../evil.xml": b"x"}), "sort de son dossier"),
        ("guide.docx", package({"a.txt": b"x"}), "archive"),
        ("guide.docx", b"PK\x03\x04 abc", "abîmé"),
        ("guide.odt", opendocument("text", b"<encryption-data/>"), "mot de passe"),
        ("guide.odt", opendocument("text", b"", "Basic/script.xlb"), "macros"),
        ("guide.odt", opendocument("graphics"), "archive"),
        ("guide.docx", b"\xd0\xcf\x11\xe0", "mot de passe, ou d’un ancien format"),
    ],
)
def test_what_runs_hides_or_lies_is_refused_and_says_why(typed: str, content: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        named(typed, content)


def bomb() -> bytes:
    """A PDF whose objects stand in a stream of 700 MB, 700 KB once deflated."""
    deflate = zlib.compressobj(9)
    packed = deflate.compress(b"3 0 ")
    packed += b"".join(deflate.compress(b" " * 1_000_000) for _ in range(700)) + deflate.flush()
    head = f"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode()
    raw, places = b"%PDF-1.7\n", [0]
    for number, one in enumerate((head + packed + b"\nendstream",), start=1):
        places.append(len(raw))
        raw += f"{number} 0 obj".encode() + one + b"endobj\n"
    places.append(len(raw))
    rows = b"\x00\x00\x00\x00\x00\xff" + b"".join(
        struct.pack(">BIB", kind, place, 0) for kind, place in ((1, places[1]), (1, places[2]), (2, 1))
    )
    table = f"<</Type/XRef/W[1 4 1]/Size 4/Root 3 0 R/Length {len(rows)}>>stream\n".encode()
    raw += b"2 0 obj" + table + rows + b"\nendstream endobj\n"
    return raw + f"startxref\n{places[2]}\n%%EOF\n".encode()


def test_a_pdf_that_swells_is_refused_and_takes_nothing_of_who_asks() -> None:
    with pytest.raises(RefusedError, match="trop lourd"):
        named("tarifs.pdf", bomb())


@settings(max_examples=60)
@given(st.data())
def test_a_changed_file_gives_a_name_or_a_refusal(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([pdf(_JS), png(), office(), opendocument()])))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert pdf_apart.examine(bytes(raw)) in Found
    for typed in ("a.png", "a.docx"):
        with suppress(RefusedError):
            assert named(typed, bytes(raw)) == typed
