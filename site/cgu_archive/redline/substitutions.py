"""Which words took the place of which, where so few changed that they can be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus.comparison import Callout, ChangeClass, Op, Row, Span
from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.redline.places import quote

_NEAR = 2
"""Words left as they are between two changes, up to which both are quoted as one."""
_SHORT = 4
"""Letters up to which a word says little without the next one."""
_GAP = re.compile("[^\\S\x0b-\x1f\x85\u2028\u2029]+")
"""White space, but what is shown by its code."""
_NEXT_WORD = re.compile(r"\s*[^\s.;:!?]+")


@dataclass(frozen=True, slots=True)
class Substitution:
    """Words of the old text and those that stand there now; one side may be empty."""

    old: str
    new: str
    context: str = ""
    """The word that follows, needed to understand a short one."""

    @property
    def length(self) -> int:
        """Return how many words its longer side has."""
        return max(len(self.old.split()), len(self.new.split()))

    @property
    def sentence(self) -> str:
        """Return « « huit » devient « quinze » », « « sans préavis » supprimé »."""
        if not self.old:
            return f"{quote(self.new)} ajouté"
        if not self.new:
            return f"{quote(self.old)} supprimé"
        return f"{quote(self.old + self.context)} devient {quote(self.new + self.context)}"

    def is_told_by(self, callout: Callout) -> bool:
        """Whether `callout` says all of it."""
        old, new = callout.old or "", callout.new or ""
        return bool(self.old and self.new) and self.old in old and self.new in new


def substitutions(row: Row) -> Iterator[Substitution]:
    """Yield what changed in the words of a row, those that are near each other together."""
    spans = list(row.spans)
    worded = [rank for rank, span in enumerate(spans) if span.change is ChangeClass.WORDING]
    while worded:
        last = worded.pop(0)
        first = last
        while worded and _is_near(spans[last + 1 : worded[0]]):
            last = worded.pop(0)
        old, new = (_words(spans[first : last + 1], op) for op in (Op.INSERTED, Op.DELETED))
        yield Substitution(old, new, _context(old, new, spans[last + 1 :]))


def _is_near(between: list[Span]) -> bool:
    words = "".join(span.text for span in between)
    is_inside = UNIT_BREAK not in words and CELL_BREAK not in words
    return is_inside and len(words.split()) <= _NEAR


def _words(spans: list[Span], other: Op) -> str:
    found = "".join(span.text for span in spans if span.op is not other)
    return _GAP.sub(" ", found).strip()


def _context(old: str, new: str, after: list[Span]) -> str:
    """Return the word that follows a short one, if it was left as it is."""
    is_clear = max(len(old), len(new)) > _SHORT or old.casefold() == new.casefold()
    if not old or not new or is_clear:
        return ""
    following = _NEXT_WORD.match(after[0].text) if after and after[0].op is Op.EQUAL else None
    return following[0] if following else ""
