"""Read a redline in HTML: what it says first, its list of changes, and each text out of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from cgu_archive.corpus.comparison import Comparison, Side, Unit, compare_bytes
from cgu_archive.redline import redline_html
from cgu_archive.redline.unseen import UNSEEN
from cgu_archive.rendering import LinkPolicy
from tests.archive.html_reading import classes, having, parse, the, words

NBSP = "\u00a0"


def of(old: str, new: str, **sides: Side) -> Comparison:
    return compare_bytes(old.encode(), new.encode(), **sides)


def first(html: str) -> str:
    return words(the(parse(html), "premiere-ligne"), without="").replace(NBSP, " ")


def listed(html: str) -> list[str]:
    """Return each line of the list of changes, with what is pointed out under it."""
    lists = list(having(parse(html), "changements"))
    return [words(item, without="").replace(NBSP, " ") for ol in lists for item in ol]


def without(element: Element, tag: str) -> str:
    """Return the words of the text that `tag` does not hold, white space left out."""
    return seen("".join(_pieces(element, tag)))


def seen(words: str) -> str:
    """Return what has ink: the rest is white space, or characters shown by their code."""
    return re.sub(r"\s", "", UNSEEN.sub("", words))


def _pieces(element: Element, tag: str) -> Iterator[str]:
    if element.tag == tag or "hors-texte" in classes(element):
        return
    yield element.text or ""
    for child in element:
        yield from _pieces(child, tag)
        yield child.tail or ""


def said(units: list[Unit]) -> str:
    return seen("".join(unit.marker + unit.text for unit in units))


def assert_both_texts_are_there(comparison: Comparison) -> None:
    tree = parse(redline_html(comparison, LinkPolicy()))
    text = the(tree, "compare")
    assert without(text, "del") == said(comparison.new_units())
    old = without(text, "ins")
    if any(row.moved for row in comparison.rows) or _crossed(comparison):
        assert Counter(old) == Counter(said(comparison.old_units()))
    else:
        assert old == said(comparison.old_units())
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    targets = {a.get("href", "") for a in tree.iter("a") if a.get("href", "").startswith("#")}
    assert targets <= {f"#{name}" for name in ids}


def _crossed(comparison: Comparison) -> bool:
    """Whether the old units do not stand in their order in the rows: whole provisions moved."""
    ranks = [unit.index for row in comparison.rows for unit in row.old]
    return ranks != sorted(ranks)
