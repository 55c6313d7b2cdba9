"""A version as a Word document: its words, its numbers, what it says of itself, what Word wants of it."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus import provisions
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus
from cgu_archive.rendering import words
from cgu_archive.word import version_docx
from cgu_archive.word.writing import LOST_LINK
from tests.archive import docx_checks
from tests.archive.docx_cases import PARTS, TABLE, safe, wide
from tests.archive.docx_reading import W, body, links, parts
from tests.archive.word_reading import lines, notes, runs
from tests.builders import a_draft, a_service, a_version

ALL = [str(version.address) for _, _, version in load(Path("cgu_texts")).versions()]
SOFFI = "soffi/cgu/sans-date-1"
PERMALINK = "https://archive.invalid/soffi/cgu/sans-date-1/index.html"


def of(text: str, **service: object) -> bytes:
    """Return the Word document of a text."""
    version = a_version(text=text)
    owner = a_service("mairie", version, **service)
    return version_docx(owner, owner.terms[0], version, mode="documentary", permalink=PERMALINK)


def real(corpus: Corpus, address: str, mode: str = "documentary") -> bytes:
    """Return the Word document of a version that is held."""
    version = corpus.version(address)
    service = corpus.service(version.address.service)
    terms = service.document(version.address.terms)
    return version_docx(service, terms, version, mode=mode, permalink=PERMALINK)


def said(text: bytes) -> list[str]:
    """Return the lines of a text as people cite it, its numbers before its words."""
    found = (line for provision in provisions.read(text).walk() for line in provision.own_lines())
    shown = (safe(line).replace("\t", " ").replace("\n", " ").strip() for line in found)
    return [line for line in shown if line.strip(" |")]


def spaced(found: list[str]) -> list[str]:
    """Return the words of lines: code is one paragraph of Word, nested numbers are several, `|` is ours."""
    return [word for word in " ".join(found).split() if word.strip("|")]


# Words and numbers


@pytest.mark.parametrize("address", ALL)
def test_every_word_and_number_of_a_version_is_there_in_order(corpus: Corpus, address: str) -> None:
    assert lines(real(corpus, address)) == said(corpus.version(address).text)


def test_the_paragraphs_of_soffi_are_numbered_1_to_88(corpus: Corpus) -> None:
    heads = [line.partition(". ")[0] for line in lines(real(corpus, SOFFI))]
    assert [int(head) for head in heads if head.isdecimal()] == list(range(1, 89))


TEXTS = {
    "jumps": "1. un\n3. deux\n\nPuis\n\n4. trois\n4. quatre\n5. cinq",
    "goes-on-after-a-title": "9. neuf\n\n## Autre\n\n10. dix\n\n## Encore\n\n1. un",
    "both-signs": "1) un\n2) deux\n\n1. un autre\n2. deux autres",
    "not-as-word-counts": "007. sept\n008. huit\n\n99999. trop",
    "nested": "1. un\n   - a\n     1. i\n     2. ii\n   - b\n\n     suite de b\n2. deux\n\n   - c",
    "nested-goes-on": "1. un\n   1. a\n   2. b\n2. deux\n   3. c\n   4. d",
    "typed-numbers": "a) premier\n\ni) second\n\n- a) un\n- b) deux\n\n4.2 Durée\n\nIV. Fin",
    "item-without-words": "-\n- un\n\n1.\n2. deux",
    "item-of-blocks": "- # Titre\n- > cité\n- ```\n  code\n  ```\n- | a |\n  |---|\n  | b |",
    "quotes": "> un\n>\n> - deux\n>   - trois\n>\n> 1. quatre\n\nfin",
    "marks": "Un **gras**, un *penché*, ***les deux***, `du code`, ![une image](u) et\\\nune ligne.",
    "tables": f"{TABLE}\n\n{TABLE}\n\n| a |\n|---|\n\n{wide('un', 'deux')}",
    "code": "```\nx\n\n\ty\n```\n\n---\n\n    z",
    "front-matter": "---\ntitre: x\n---\n\nfin",
    "control-characters": "Un \x1b \x07 signe\ufffe & <b> « ».",
    "deep": "\n".join(f"{'  ' * depth}- niveau {depth}" for depth in range(14)),
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_whatever_the_dialect_writes_is_read_in_word(name: str) -> None:
    raw = of(TEXTS[name])
    assert spaced(lines(raw)) == spaced(said(TEXTS[name].encode()))
    assert_well_made(raw)
    docx.Document(io.BytesIO(raw))


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_whatever_the_text(text: str) -> None:
    raw = of(text)
    assert spaced(lines(raw)) == spaced(said(text.encode()))
    assert_well_made(raw)


def assert_well_made(raw: bytes) -> None:
    """Word opens it: everything it wants is there, in the order it wants."""
    tree = body(raw)
    orders = (
        ("pPr", ["pStyle", "numPr", "pBdr", "ind"]),
        ("rPr", ["rStyle", "b", "i"]),
        ("trPr", docx_checks.ROW_ORDER),
        ("tcPr", docx_checks.CELL_ORDER),
    )
    for tag, order in orders:
        for properties in tree.iter(f"{W}{tag}"):
            ranks = [order.index(name) for name in docx_checks.names(properties)]
            assert ranks == sorted(set(ranks))
    for cell in tree.iter(f"{W}tc"):
        assert docx_checks.names(cell) == ["tcPr", "p"]
    for row in tree.iter(f"{W}tr"):
        assert 0 < len(row.findall(f"{W}tc")) <= 63, "Word opens no wider table"
    tags = [child.tag for child in tree]
    assert tags[-2:] == [f"{W}p", f"{W}sectPr"]
    assert (f"{W}tbl", f"{W}tbl") not in set(pairwise(tags)), "Word would join them"
    styles = ElementTree.fromstring(parts(raw)["word/styles.xml"])
    known = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style")}
    used = {e.get(f"{W}val") for tag in ("pStyle", "rStyle", "tblStyle") for e in tree.iter(f"{W}{tag}")}
    assert used <= known
    names = [found.get(f"{W}name") for found in tree.iter(f"{W}bookmarkStart")]
    assert len(names) == len(set(names))
    anchors = {found.get(f"{W}anchor") for found in tree.iter(f"{W}hyperlink")}
    assert anchors <= {None, "_top", *names}


# Its shape


def test_titles_lists_tables_and_marks_are_those_of_word(corpus: Corpus) -> None:
    document = docx.Document(io.BytesIO(real(corpus, "demonstration/cgu/v1")))
    styles = [paragraph.style.name for paragraph in document.paragraphs if paragraph.style]
    assert styles[0] == "Heading 1"
    assert styles.count("Heading 2") == 11
    assert "List Bullet" in styles
    assert len(document.tables) == 1
    (head, *rest) = document.tables[0].rows
    assert head._tr.trPr.find(f"{W}tblHeader") is not None
    assert all(row._tr.trPr.find(f"{W}tblHeader") is None for row in rest)
    assert runs(of(TEXTS["marks"])) == [
        ("Un ", ()), ("gras", ("b",)), (", un ", ()), ("penché", ("i",)), (", ", ()),
        ("les deux", ("b", "i")), (", ", ()), ("du code", ("rStyle CodeText",)), (", ", ()),
        ("une image", ("rStyle ImageText",)), (" et", ()), (" ", ()), ("une ligne.", ()),
    ]  # fmt: skip


def test_a_list_that_goes_on_is_one_list() -> None:
    """A clause added in Word renumbers what follows, titles between or not."""
    numbers = [e.get(f"{W}val") for e in body(of(TEXTS["goes-on-after-a-title"])).iter(f"{W}numId")]
    assert numbers == ["2", "2", "3"]


def test_what_is_nested_is_a_level_deeper() -> None:
    levels = [e.get(f"{W}val") for e in body(of(TEXTS["nested"])).iter(f"{W}ilvl")]
    assert levels == ["0", "1", "2", "2", "1", "0", "1"]
    indents = [e.get(f"{W}left") for e in body(of(TEXTS["nested"])).iter(f"{W}ind")]
    assert indents == ["425", "850", "1275", "1275", "850", "850", "425", "850"]


@pytest.mark.requirement("S-38", "P-49")
def test_links_are_those_that_may_be() -> None:
    text = (
        "[a](https://exemple.invalid/x) [b](https://refuse.invalid/) [c](ftp://x.invalid) [d](mailto:a@b.fr)"
    )
    raw = of(text, unlinked_hosts=["refuse.invalid"])
    assert links(raw) == [("a", "https://exemple.invalid/x"), ("d", "mailto:a@b.fr")]
    assert lines(raw) == ["a b c d"]


def test_links_inside_the_text_lead_to_its_provisions() -> None:
    raw = of("Voir [l’article 2](#article-2), [rien](#rien) et [perdu](#).\n\n## Article 2 – Fin\n\nFin.")
    anchors = [(link.get(f"{W}anchor"), "".join(link.itertext())) for link in body(raw).iter(f"{W}hyperlink")]
    assert anchors == [("article-2", "l’article 2"), ("_top", "perdu")]
    places = [str(place.get(f"{W}name")) for place in body(raw).iter(f"{W}bookmarkStart")]
    assert places == [f"{LOST_LINK}1", "article-2"], "where a link was that leads nowhere is marked, unseen"


def test_footnotes_are_real_where_word_counts_them_alike() -> None:
    raw = of(
        "Un délai[^1], puis un **autre[^2]**.\n\n[^1]: Trente jours.\n\n[^2]: Voir [là](https://a.invalid/)."
    )
    assert lines(raw) == ["Un délai[^1], puis un autre[^2]."]
    assert notes(raw) == {"1": "Trente jours.", "2": "Voir là."}
    assert b"https://a.invalid/" in parts(raw)["word/_rels/footnotes.xml.rels"]
    document = docx.Document(io.BytesIO(raw))
    assert document.paragraphs[0].text == "Un délai, puis un autre."


@pytest.mark.parametrize(
    "text",
    [
        "Un[^2], deux[^1].\n\n[^1]: a\n\n[^2]: b",
        "Un[^1], deux[^1].\n\n[^1]: a",
        "Un[^1].\n\n[^1]: a\n\nFin.",
        "Un[^1].\n\n[^1]: a[^2]\n\n[^2]: b",
        "Un.\n\n[^1]: a",
        "Un[^note].\n\n[^note]: a",
    ],
)
def test_other_footnotes_stay_the_words_they_are(text: str) -> None:
    raw = of(text)
    assert lines(raw) == said(text.encode())
    assert notes(raw) == {}


# What it says of itself


@pytest.mark.requirement("S-15")
@pytest.mark.parametrize("address", ALL)
def test_every_page_says_what_prevails_where_it_is_and_its_hash(corpus: Corpus, address: str) -> None:
    version = corpus.version(address)
    service = corpus.service(version.address.service)
    section = docx.Document(io.BytesIO(real(corpus, address))).sections[0]
    foot = "\n".join(paragraph.text for paragraph in section.footer.paragraphs)
    online = ("la version en ligne prévaut", PERMALINK) if version.published else ("Brouillon",)
    for sentence in (*online, version.text_hash, *map(words.french, service.notices)):
        assert sentence in foot
    assert section.header.paragraphs[0].text.startswith(service.terms[0].title)


def test_it_names_nobody_and_bears_the_dates_of_the_version(corpus: Corpus) -> None:
    raw = real(corpus, "demonstration/cgu/v1")
    core = ElementTree.fromstring(parts(raw)["docProps/core.xml"])
    told = {child.tag.rpartition("}")[2]: child.text for child in core}
    version = corpus.version("demonstration/cgu/v1")
    assert version.metadata.published_at is not None
    date = f"{version.metadata.published_at:%Y-%m-%dT%H:%M:%SZ}"
    assert told == {
        "title": "Conditions générales d’utilisation de Carnet d’adresses, version v1",
        "creator": corpus.service("demonstration").publisher.title,
        "description": "Service imaginaire : ce texte n’engage personne.",
        "identifier": version.text_hash,
        "language": "fr-FR",
        "created": date,
        "modified": date,
    }
    styles = parts(raw)["word/styles.xml"].decode()
    assert 'w:lang w:val="fr-FR"' in styles


def test_a_draft_says_that_it_is_one_and_bears_no_date() -> None:
    draft = a_draft(text="Un mot.")
    owner = a_service("mairie", draft)
    raw = version_docx(owner, owner.terms[0], draft, mode="documentary", permalink=PERMALINK)
    foot = parts(raw)["word/footer.xml"].decode()
    assert "Brouillon" in foot
    assert "prévaut" not in foot
    assert b"dcterms:created" not in parts(raw)["docProps/core.xml"]


def test_the_same_version_makes_the_same_bytes(corpus: Corpus) -> None:
    assert real(corpus, SOFFI) == real(corpus, SOFFI)
    assert real(corpus, SOFFI) != real(corpus, SOFFI, mode="publisher")
