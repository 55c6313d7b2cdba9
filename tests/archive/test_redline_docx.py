"""A comparison in Word: accepted, it is the new text; rejected, the old one; and Word would open it."""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.redline.passages import NEW_ALONE, OLD_ALONE, Fate, passages
from tests.archive.docx_cases import CASES, LONG, OTHER, PARTS, THIRD, TITLE, of, word
from tests.archive.docx_checks import assert_both_ways, changes, names
from tests.archive.docx_reading import W, accepted, body, parts, rejected


@pytest.mark.parametrize("name", CASES)
def test_accepting_gives_the_new_text_and_rejecting_the_old_one(name: str) -> None:
    assert_both_ways(of(*CASES[name]))
    assert_both_ways(of(*reversed(CASES[name])))


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(range(1, 8), 2)))
def test_so_it_does_between_any_two_versions(texts_dir: Path, old: int, new: int) -> None:
    folder = texts_dir / "demonstration" / "cgu"
    assert_both_ways(compare_bytes(*((folder / f"v{n}" / "texte.md").read_bytes() for n in (old, new))))


TEXTS = st.lists(st.sampled_from(PARTS), max_size=25).map("".join)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and one made from it by moving, cutting and adding lines."""
    old = draw(TEXTS)
    lines = old.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        where = draw(st.integers(0, len(lines)))
        match draw(st.integers(0, 2)):
            case 0:
                lines.insert(where, draw(TEXTS))
            case 1:
                lines[where : where + 1] = []
            case _:
                lines = lines[where:] + lines[:where]
    return old, "\n".join(lines)


@given(pairs())
def test_whatever_the_texts(texts: tuple[str, str]) -> None:
    assert_both_ways(of(*texts))


@given(pairs())
def test_every_unit_stands_where_each_text_has_it(texts: tuple[str, str]) -> None:
    comparison = of(*texts)
    placed = passages(comparison)
    old = [
        u for p in placed for u in (p.row.old if p.fate is Fate.KEPT else [p.unit] * (p.fate in OLD_ALONE))
    ]
    new = [
        u for p in placed for u in (p.row.new if p.fate is Fate.KEPT else [p.unit] * (p.fate in NEW_ALONE))
    ]
    assert old == comparison.old_units()
    assert new == comparison.new_units()


def test_what_moved_and_changed_is_a_move_with_its_edits_beside_it() -> None:
    raw = word(of(*CASES["moved-and-edited"]))
    assert changes(raw, "del") == ["fourni", "annonces"]
    assert changes(raw, "ins") == ["offert", "avis"]
    start = "Le service est "
    assert (changes(raw, "moveFrom")[0], changes(raw, "moveTo")[0]) == (start, start)
    assert changes(raw, "moveFrom") == changes(raw, "moveTo")


def test_what_moved_together_is_one_move() -> None:
    raw = word(of(*CASES["provision-moved"]))
    starts = list(body(raw).iter(f"{W}moveFromRangeStart"))
    assert [start.get(f"{W}name") for start in starts] == ["deplacement1"]
    moved = [paragraph for paragraph in body(raw) if paragraph.find(f"{W}pPr/{W}rPr/{W}moveFrom") is not None]
    assert len(moved) == 2, "the shorter provision moves, its title with it"


def test_words_that_stay_are_in_no_change() -> None:
    raw = word(of(*CASES["words"]))
    assert (changes(raw, "del"), changes(raw, "ins")) == (["fourni"], ["offert"])


def test_a_row_of_a_table_comes_or_goes_whole_and_a_cell_changes_in_place() -> None:
    for name, tag in (("row-inserted", "ins"), ("row-deleted", "del")):
        tree = body(word(of(*CASES[name])))
        assert [row.find(f"{W}trPr/{W}{tag}") is not None for row in tree.iter(f"{W}tr")].count(True) == 1
    raw = word(of(*CASES["cell-edited"]))
    assert not [
        properties for properties in body(raw).iter(f"{W}trPr") if {"ins", "del"} & set(names(properties))
    ]
    assert (changes(raw, "del"), changes(raw, "ins")) == (["un an"], ["trois ans"]) or changes(
        raw, "ins"
    ) == ["trois"]


def test_titles_lists_and_marks_are_those_of_each_text() -> None:
    raw = word(of(*CASES["markup"]))
    new, old = accepted(raw), rejected(raw)
    assert [line.style for line in new] == ["Heading2", ""]
    assert [line.style for line in old] == ["Heading1", ""]
    bold = [[text for text, properties in line.marks if "b" in properties] for line in (new[1], old[1])]
    assert bold == [["ouvert"], ["service"]]
    raw = word(of(*CASES["items"]))
    assert {line.style for line in accepted(raw)} == {"ListBullet"}
    assert [line.text for line in accepted(word(of(*CASES["numbers"])))] == [
        f"1. {LONG}", f"2. {THIRD}", f"3. {OTHER}"
    ]  # fmt: skip


def test_the_levels_of_titles_are_those_of_the_text() -> None:
    text = "\n\n".join(f"{'#' * level} Titre {level}" for level in range(1, 7))
    assert [line.style for line in accepted(word(of(text, text)))] == [f"Heading{n}" for n in range(1, 7)]


def test_where_a_link_pointed_and_points_is_said_in_a_comment() -> None:
    made = parts(word(of(*CASES["link"])))
    comments = ElementTree.fromstring(made["word/comments.xml"])
    assert "".join(comments.itertext()) == "Lien\u00a0: https://exemple.invalid/a → https://exemple.invalid/b"
    document = made["word/document.xml"].decode()
    assert document.count("<w:commentReference ") == 1
    assert "exemple.invalid" not in document


def test_nothing_outside_the_file_is_pointed_at() -> None:
    for name, part in parts(word(of(*CASES["link"]))).items():
        assert b"TargetMode" not in part, name
        assert b"<w:hyperlink" not in part, name
        assert b"INCLUDE" not in part, name


def test_characters_that_xml_refuses_are_shown() -> None:
    raw = word(of(*CASES["control-characters"]), title="Un \x00 titre\n", author="A\x1b & <B>")
    assert accepted(raw)[0].text.startswith("Un ␌ signe�.")
    assert rejected(raw)[0].text.startswith("Un ␛ signe␇.")
    core = ElementTree.fromstring(parts(raw)["docProps/core.xml"])
    said = {child.tag.rpartition("}")[2]: child.text for child in core}
    assert said == {
        "title": "Un ␀ titre␊",
        "creator": "A␛ & <B>",
        "language": "fr-FR",
        "created": "2026-11-22T12:00:00Z",
        "modified": "2026-11-22T12:00:00Z",
    }


def test_the_same_comparison_makes_the_same_bytes(texts_dir: Path) -> None:
    folder = texts_dir / "demonstration" / "cgu"
    both = [(folder / f"v{n}" / "texte.md").read_bytes() for n in (3, 4)]
    assert word(compare_bytes(*both)) == word(compare_bytes(*both))
    assert word(compare_bytes(*both)) != word(compare_bytes(*both), title="Autre")


def test_another_reader_opens_it(texts_dir: Path) -> None:
    folder = texts_dir / "demonstration" / "cgu"
    both = [(folder / f"v{n}" / "texte.md").read_bytes() for n in (3, 4)]
    document = docx.Document(io.BytesIO(word(compare_bytes(*both))))
    assert document.core_properties.title == TITLE
    assert document.core_properties.language == "fr-FR"
    assert document.sections[0].header.paragraphs[0].text == TITLE
    assert "refuser" in document.sections[0].footer.paragraphs[0].text
    assert {p.style.name for p in document.paragraphs if p.style} >= {"Heading 1", "Heading 2"}
    unknown = {s.get(f"{W}val") for s in body(word(compare_bytes(*both))).iter(f"{W}pStyle")}
    assert unknown <= {style.style_id for style in document.styles}


def test_every_style_it_uses_is_defined() -> None:
    for old, new in CASES.values():
        raw = word(of(old, new))
        styles = ElementTree.fromstring(parts(raw)["word/styles.xml"])
        known = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style")}
        tags = ("pStyle", "rStyle", "tblStyle")
        used = {e.get(f"{W}val") for tag in tags for e in body(raw).iter(f"{W}{tag}")}
        assert used <= known


def test_changes_that_only_a_lasting_end_of_paragraph_parts_are_minutes_apart() -> None:
    tree = body(word(of(*CASES["ends-and-begins-inserted"])))
    dates = [
        [change.get(f"{W}date") for change in paragraph.iter(f"{W}ins")] for paragraph in tree.iter(f"{W}p")
    ]
    assert dates == [["2026-11-22T12:00:00Z"], ["2026-11-22T11:58:00Z"]]
