"""Hostile and mistaken files are refused in French, with a typed error, whatever they hold."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.importing import MAX_RECEIVED, ImportRefusedError, Tracked, TrackedChangesError, receive
from tests.archive.importing.making import level, numbering, odt, odt_parts, p, run, word, word_parts, zipped

GOOD = word(p("Bonjour."))


def with_part(name: str, content: bytes | str) -> bytes:
    return zipped(word_parts(p("Bonjour.")) | {name: content})


def with_doctype() -> bytes:
    parts = word_parts(p("&e;"))
    entity = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return zipped(parts | {"word/document.xml": entity + str(parts["word/document.xml"])})


def with_laughs() -> bytes:
    parts = word_parts(p("&f;"))
    laughs = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcde", "bcdef", strict=True))
    return zipped(
        parts | {"word/document.xml": f'<!DOCTYPE d [<!ENTITY a "ha">{laughs}]>{parts["word/document.xml"]}'}
    )


def duplicated() -> bytes:
    parts = word_parts(p("Bonjour.")) | {"word/documenx.xml": "<x/>"}
    return zipped(parts).replace(b"word/documenx.xml", b"word/document.xml")


def lying_bomb() -> bytes:
    """A part that declares ten bytes and holds fifty million."""
    raw = zipped(word_parts(p("Bonjour.")) | {"word/document.xml": b" " * 50_000_000})
    return raw.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 10))


def packed(method: int) -> bytes:
    """A file compressed otherwise than office files are: 300 MB of it would be a few hundred bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("[Content_Types].xml", b" " * 5_000)
    return made.getvalue()


def encrypted() -> bytes:
    raw = bytearray(GOOD)
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "bomb": ("a.docx", lambda: with_part("word/document.xml", b" " * 50_000_000), "40 Mio"),
    "lying bomb": ("a.docx", lying_bomb, "40 Mio|tronqué"),
    "bzip2": ("a.docx", lambda: packed(zipfile.ZIP_BZIP2), "compressé comme aucun"),
    "lzma": ("a.docx", lambda: packed(zipfile.ZIP_LZMA), "compressé comme aucun"),
    "bomb of pictures": (
        "a.docx",
        lambda: with_part("word/a.png", b" " * 54_321).replace(
            struct.pack("<L", 54_321), struct.pack("<L", 450_000_000)
        ),
        "400 Mio",
    ),
    "too many parts": ("a.docx", lambda: zipped({f"{n}": "" for n in range(4001)}), "4001 parties"),
    "macro": ("a.docx", lambda: with_part("word/vbaProject.bin", b"x"), "macros"),
    "macro by name": ("a.docm", lambda: GOOD, "macros"),
    "external entity": ("a.docx", with_doctype, "entités"),
    "entities in entities": ("a.docx", with_laughs, "entités|abîmé"),
    "path": ("a.docx", lambda: with_part("../../etc/passwd", "x"), "sort de son dossier"),
    "absolute path": ("a.docx", lambda: with_part("/etc/passwd", "x"), "sort de son dossier"),
    "two of a name": ("a.docx", duplicated, "même nom"),
    "too large": ("a.docx", lambda: b"PK" + b"x" * MAX_RECEIVED, "20 Mio"),
    "pdf": ("a.docx", lambda: b"%PDF-1.7\n", "PDF"),
    "old word or password": (
        "a.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        "mot de passe",
    ),
    "zip password": ("a.docx", encrypted, "mot de passe"),
    "odt password": (
        "a.odt",
        lambda: zipped(odt_parts("") | {"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
        "mot de passe",
    ),
    "truncated": ("a.docx", lambda: GOOD[:-40], "tronqué"),
    "spoilt": ("a.docx", lambda: with_part("word/document.xml", "<w:document"), "abîmé"),
    "not word": ("a.docx", lambda: zipped({"a.txt": "a"}), "archive"),
    "word named text": ("a.txt", lambda: GOOD, "annonce"),
    "text named word": ("a.docx", lambda: b"Bonjour.", "annonce"),
    "unknown": ("a.exe", lambda: b"Bonjour.", "acceptée"),
    "binary": ("a.txt", lambda: b"MZ\x00\x00\x01", "ni un document ni du texte"),
    "rtf": ("a.docx", lambda: b"{\\rtf1 a}", "RTF"),
    "empty": ("a.txt", lambda: b" \n", "vide"),
    "no word": ("a.docx", lambda: word(p("")), "Aucun mot"),
    "deep": (
        "a.docx",
        lambda: word("<w:sdt><w:sdtContent>" * 300 + "</w:sdtContent></w:sdt>" * 300),
        "abîmé",
    ),
    "deep html": ("a.html", lambda: b"<html>" + b"<div>" * 5000 + b"a", "imbriqu|lit pas"),
    "deep markdown": ("a.md", lambda: b"> " * 500 + b"a", "imbriqu"),
    "too many tags": ("a.docx", lambda: with_part("word/document.xml", b"<a/>" * 2_000_001), "découpé"),
    "too many lines": ("a.txt", lambda: b"a\n" * 50_001, "50000 lignes"),
    "too many paragraphs": ("a.html", lambda: b"<html>" + b"<p>a" * 50_001, "50000 paragraphes"),
    "strict": (
        "a.docx",
        lambda: with_part(
            "word/document.xml",
            '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body/></w:document>',
        ),
        "strict",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_and_said_why(case: str) -> None:
    name, make, said = HOSTILE[case]
    with pytest.raises(ImportRefusedError, match=said):
        receive(name, make(), tracked=Tracked.ACCEPT)


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.html", "a.md", "a.txt"])
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_text_or_a_typed_error(name: str, content: bytes) -> None:
    try:
        found = receive(name, content)
    except ImportRefusedError:
        return
    assert found.is_whole


PARTS = word_parts(p("Un.", style="H1", number=(1, 0)) + p("Deux."), numbering="", comments="", footnotes="")
NAMES = sorted(name for name in PARTS if name.endswith((".xml", ".rels")))


@given(
    name=st.sampled_from(NAMES),
    at=st.floats(0, 1),
    cut=st.integers(0, 40),
    new=st.text(alphabet="<>/=\"' w:validPrtbl0129-&", max_size=20),
)
def test_a_changed_part_gives_a_text_or_a_typed_error(name: str, at: float, cut: int, new: str) -> None:
    content = str(PARTS[name])
    place = int(at * len(content))
    changed = zipped(PARTS | {name: content[:place] + new + content[place + cut :]})
    try:
        receive("a.docx", changed)
    except (ImportRefusedError, TrackedChangesError):
        return


@given(
    at=st.floats(0, 1), cut=st.integers(0, 40), new=st.text(alphabet="<>/=\"' text:list0129&", max_size=20)
)
def test_a_changed_odt_gives_a_text_or_a_typed_error(at: float, cut: int, new: str) -> None:
    parts = odt_parts(
        "<text:list><text:list-item><text:p>Un.</text:p></text:list-item></text:list><text:p>Deux</text:p>"
    )
    content = str(parts["content.xml"])
    place = int(at * len(content))
    try:
        receive("a.odt", zipped(parts | {"content.xml": content[:place] + new + content[place + cut :]}))
    except ImportRefusedError:
        return


def test_a_note_that_calls_itself_is_written_once() -> None:
    call = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    note = f'<w:footnote w:id="2">{p(call + run("Loi."))}</w:footnote>'
    body = p(run("Un") + call + run(", deux") + call)
    found = receive("a.docx", word(body, footnotes=note))
    assert found.text.decode() == "Un[^1], deux[^1]\n\n[^1]: [^1]Loi.\n"
    assert found.is_whole


def test_a_list_that_draws_a_page_before_each_number_is_refused() -> None:
    long = numbering(level(0, "upperRoman", "%1" * 200))
    with pytest.raises(ImportRefusedError, match="long texte"):
        receive("a.docx", word(p("Un."), numbering=long))
    styles = '<text:outline-style style:name="O"><text:outline-level-style text:level="1"'
    styles += f' style:num-format="1" style:num-suffix="{"x" * 300}"/></text:outline-style>'
    with pytest.raises(ImportRefusedError, match="long texte"):
        receive("a.odt", odt('<text:h text:outline-level="1">Un</text:h>', styles=styles))


_BOX = "<text:p>a<draw:frame><draw:text-box>{}</draw:text-box></draw:frame></text:p>"
_NOTE = "<text:p>a<text:note><text:note-body>{}</text:note-body></text:note></text:p>"


@pytest.mark.parametrize("around", [_BOX, _NOTE])
def test_what_is_nested_in_an_odt_is_read_once_however_deep(around: str) -> None:
    body = "<text:p>fin</text:p>"
    for _ in range(60):  # read at each level with all those under it, it would be read 2^60 times
        body = around.format(body)
    found = receive("a.odt", odt(body))
    assert (found.text.count(b"a"), found.text.count(b"fin")) == (60, 1)
    assert found.is_whole


def test_a_good_file_is_not_refused() -> None:
    assert receive("a.docx", GOOD).text == b"Bonjour.\n"
    assert receive("a.odt", odt("<text:p>Bonjour.</text:p>")).text == b"Bonjour.\n"
