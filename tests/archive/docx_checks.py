"""What any comparison set as a Word document must be."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from cgu_archive.corpus.comparison import Comparison
from tests.archive.docx_cases import LINKS, said, word
from tests.archive.docx_reading import CAME, WENT, Line, R, W, accepted, body, parts, rejected


def texts(lines: Sequence[Line]) -> list[str]:
    return [line.text.strip() for line in lines]


def assert_both_ways(comparison: Comparison) -> bytes:
    """Accepted, the document is the new text; rejected, the old one; and Word would open it."""
    raw = word(comparison, links=LINKS)
    assert texts(accepted(raw)) == said(comparison.new_units())
    assert texts(rejected(raw)) == said(comparison.old_units())
    assert_well_made(raw)
    return raw


# What Word wants

PARAGRAPH_ORDER = ["pStyle", "numPr", "ind", "rPr", "pPrChange"]
RUN_ORDER = ["ins", "del", "moveFrom", "moveTo", "rStyle", "b", "i", "rPrChange"]
ROW_ORDER = ["cantSplit", "tblHeader", "ins", "del"]
CELL_ORDER = ["tcW", "gridSpan"]
REVISIONS = {
    "ins", "del", "moveFrom", "moveTo", "pPrChange", "rPrChange", "moveFromRangeStart", "moveToRangeStart"
}  # fmt: skip


def names(element: Element) -> list[str]:
    return [child.tag.removeprefix(W) for child in element]


def assert_well_made(raw: bytes) -> None:
    tree = body(raw)
    for tag, order in (
        ("pPr", PARAGRAPH_ORDER),
        ("rPr", RUN_ORDER),
        ("trPr", ROW_ORDER),
        ("tcPr", CELL_ORDER),
    ):
        for properties in tree.iter(f"{W}{tag}"):
            ranks = [order.index(name) for name in names(properties)]
            assert ranks == sorted(set(ranks))
    ids = []
    for element in tree.iter():
        if element.tag.removeprefix(W) in REVISIONS:
            assert element.get(f"{W}author")
            assert element.get(f"{W}date") in ("2026-11-22T12:00:00Z", "2026-11-22T11:58:00Z")
            ids.append(element.get(f"{W}id"))
    assert len(ids) == len(set(ids))
    for paragraph in tree.iter(f"{W}p"):
        assert f"{W}pPr" not in [child.tag for child in list(paragraph)[1:]]
    for row in tree.iter(f"{W}tr"):
        assert 0 < len(list(row.iter(f"{W}tc"))) <= 63, "Word opens no wider table"
    for cell in tree.iter(f"{W}tc"):
        assert names(cell)[0] == "tcPr"
        assert names(cell)[1:] == ["p"]
    for wrapped in (*CAME, *WENT):
        for change in tree.iter(wrapped):
            assert set(names(change)) <= {"r"}, "a change holds no other change"
    for run in tree.iter(f"{W}r"):
        assert {"t", "delText"} - set(names(run))
    for deletion in tree.iter(f"{W}del"):
        assert not list(deletion.iter(f"{W}t"))
    for kind in (*CAME, f"{W}moveFrom"):
        for element in tree.iter(kind):
            assert not list(element.iter(f"{W}delText"))
    assert_moves(tree)
    assert_links(raw)
    assert tree[-1].tag == f"{W}sectPr"
    assert tree[-2].tag == f"{W}p"
    assert tree[-2].find(f"{W}pPr/{W}rPr") is None, "the last paragraph can neither come nor go"
    for before, after in itertools.pairwise(tree):
        assert (before.tag, after.tag) != (f"{W}tbl", f"{W}tbl"), "Word would join them"


def assert_moves(tree: Element) -> None:
    """Each move has its two ends, under one name, and each end has its beginning and its end."""
    ends = {}
    for kind in ("moveFrom", "moveTo"):
        starts = list(tree.iter(f"{W}{kind}RangeStart"))
        assert [s.get(f"{W}id") for s in starts] == [e.get(f"{W}id") for e in tree.iter(f"{W}{kind}RangeEnd")]
        ends[kind] = sorted(start.get(f"{W}name", "") for start in starts)
        assert len(ends[kind]) == len(set(ends[kind]))
    assert ends["moveFrom"] == ends["moveTo"]
    assert_nothing_in_a_move(tree)


def assert_links(raw: bytes) -> None:
    """Each link holds words, and has a target outside the file, which is named once."""
    used = list(body(raw).iter(f"{W}hyperlink"))
    for link in used:
        assert names(link)
        assert set(names(link)) <= {"r", "ins", "del", "moveFrom", "moveTo"}
    relations = ElementTree.fromstring(parts(raw)["word/_rels/document.xml.rels"])
    outside = {found.get("Id"): found.get("Target", "") for found in relations if found.get("TargetMode")}
    assert {link.get(f"{R}id") for link in used} == set(outside)
    assert len(set(outside.values())) == len(outside)
    assert all(map(LINKS.allows, outside.values()))


def assert_nothing_in_a_move(tree: Element) -> None:
    """What moved is in a range of its own, with the words lost (or won) there and nothing else."""
    plain = {"p", "hyperlink", "ins", "del"}
    allowed = {"": plain, "moveFrom": {"moveFrom", "del"}, "moveTo": {"moveTo", "ins"}}
    parents = {child: parent for parent in tree.iter() for child in parent}
    inside = ""
    for element in tree.iter():
        kind, is_start, _ = element.tag.removeprefix(W).partition("RangeStart")
        if is_start and kind in allowed:
            assert not inside, "no move is in another"
            inside = kind
        elif inside and element.tag == f"{W}{inside}RangeEnd":
            inside = ""
        elif element.tag == f"{W}r":
            assert parents[element].tag.removeprefix(W) in allowed[inside]
    assert not inside


def changes(raw: bytes, tag: str) -> list[str]:
    """Return the words of each change of a kind, in the order of the document."""
    return ["".join(change.itertext()) for change in body(raw).iter(f"{W}{tag}") if list(change)]
