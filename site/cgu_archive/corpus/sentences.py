"""Cut words into sentences as a French reader does; nothing between two sentences but white space.

A sentence ends with a point, a question or exclamation mark or an ellipsis, closing quotes and brackets with
it, before white space and what may begin another one: a capital letter, a figure, an opening quote.
« Art. », « n. », « M. », an initial, a decimal or a number at the head of a line end nothing; « etc. » does
only before a capital letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…](?<![.!?…]{2})[.!?…]*+(?:\s?[»”’)\]]|\")*+(?P<gap>\s++)(?=[^\W_]|[«“\"(\[])")
"""Possessive, and never begun twice in a row of signs: cost grows with length, whatever the words."""
_COUNTED = frozenset(
    """
    art arts ch chap fig n no nos nº n° p par paragr pp ref réf s sec sect tél tel v vol
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Abbreviations that a figure follows."""
_ABBREVIATIONS = _COUNTED | frozenset(
    """
    al av bd c.-à-d cf coll dr e.g ex i.e inc ltd m me mgr mlle mm mme mmes mr mrs ms prof resp st ste
    suiv vs éd
    """.split()  # noqa: SIM905
)
"""Before a figure, the others end a sentence as any word does."""
_LAST_WORD = re.compile(r"[^\s«»“”\"()\[\]’']*\Z")
_LONGEST_WORD = 60


def sentences(words: str) -> tuple[tuple[int, int], ...]:
    """Return where each sentence of `words` begins and ends, white space around it left out."""
    return tuple(_trimmed(words))


def _trimmed(words: str) -> Iterator[tuple[int, int]]:
    start = len(words) - len(words.lstrip())
    for end in _ends(words):
        yield start, end[0]
        start = end[1]
    if start < (last := len(words.rstrip())):
        yield start, last


def _ends(words: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence but the last ends, and where the next one begins."""
    begins = 0
    for found in _END.finditer(words):
        if _is_end(words, begins, found):
            begins = found.end()
            yield found.start("gap"), begins


def _is_end(words: str, begins: int, found: re.Match[str]) -> bool:
    follows = words[found.end()]
    if follows.islower():
        return False
    if words[found.start()] != "." or found.start() + 1 < found.start("gap"):
        return True  # another sign, or several: no abbreviation ends so
    before = words[max(begins, found.start() - _LONGEST_WORD) : found.start()]
    last = _LAST_WORD.search(before)
    word = last[0].lower() if last else ""
    if not before[: len(before) - len(word)].strip() and (len(word) <= 1 or word[0].isdigit()):
        return False  # « 1. Le service… », « a. Le service… »: a number at the head of its sentence
    if len(word) == 1 and word.isalpha() and (before[-1].isupper() or follows.isdigit()):
        return False  # an initial: « J. Martin », « L. 112-9 »; « qu’il y a. Le… » ends
    return word not in (_COUNTED if follows.isdigit() else _ABBREVIATIONS) and not _is_acronym(word)


def _is_acronym(word: str) -> bool:
    """Whether a word is letters and points: « S.A », « c.-à-d »."""
    return "." in word and all(len(part) <= 1 and not part.isdigit() for part in word.split("."))
