"""The bare operations that comparisons are timed beside: articles then words, and words alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_ARTICLE = re.compile(r"^(?=## )", re.MULTILINE)
_NUMBER = re.compile(r"^## Article \d+")


def by_articles(old: str, new: str) -> tuple[int, int]:
    """Return words inserted and deleted: articles paired by title, then paragraphs by equality, then words.

    The least that a comparison of texts must do; it knows nothing of moves, marks, classes or numbers.
    """
    before, after = _articles(old), _articles(new)
    inserted = deleted = 0
    for title in before.keys() | after.keys():
        for ours, theirs in _stretches(before.get(title, []), after.get(title, [])):
            more, less = by_words(" ".join(ours), " ".join(theirs))
            inserted += more
            deleted += less
    return inserted, deleted


def by_words(old: str, new: str) -> tuple[int, int]:
    """Return words inserted and deleted between two texts, as `difflib` finds them."""
    inserted = deleted = 0
    for ours, theirs in _stretches(old.split(), new.split()):
        deleted += len(ours)
        inserted += len(theirs)
    return inserted, deleted


def _articles(text: str) -> dict[str, list[str]]:
    """Return the paragraphs of each article, by its title without its number."""
    found: dict[str, list[str]] = {}
    for article in _ARTICLE.split(text):
        title, *paragraphs = article.split("\n\n")
        found.setdefault(_NUMBER.sub("", title), []).extend(paragraphs)
    return found


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    for name, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if name != "equal":
            yield old[a:b], new[c:d]
