"""Compare two texts: the one entry of this package."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.comparison.changes import tell
from cgu_archive.corpus.comparison.model import Comparison, Pair, Side, Words
from cgu_archive.corpus.comparison.moves import move_sentences
from cgu_archive.corpus.comparison.pairing import pair
from cgu_archive.corpus.comparison.references import References
from cgu_archive.corpus.comparison.rows import find_order, make_rows
from cgu_archive.corpus.comparison.spans import Speller
from cgu_archive.corpus.comparison.units import units
from cgu_archive.corpus.comparison.views import View
from cgu_archive.corpus.comparison.warning import Unseen, find_hidden, find_warnings
from cgu_archive.corpus.hashing import text_hash

_UNKNOWN = Side()
_MAY_HIDE = re.compile(
    r"^ {0,3}\[[^\]\n]+\]:|\]\((?:<[^<>\n]*>|[^\s()]*)\s+[\"'(]|^ {0,3}(?:```|~~~)[^\n]*\w", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Markdown, read once, that can be compared with any number of others."""

    view: View
    hash: str
    """SHA-256 of its bytes, 64 hexadecimal digits."""
    hidden: tuple[Unseen, ...] = ()
    """What its file says and no rendering shows: definitions and titles of links, languages of code."""


def read(raw: bytes) -> Text:
    """Return the text `raw` (Markdown, UTF-8) ready to be compared; raises `UnreadableTextError`."""
    source = markdown.decode(raw)
    text = provisions.build(markdown.parse(source))
    view = View(text, units(text, source))
    return Text(view, text_hash(raw), tuple(_unseen(source, view)) if _MAY_HIDE.search(source) else ())


def _unseen(source: str, view: View) -> Iterator[Unseen]:
    """Yield what the file says and nobody sees, with the provision whose lines hold it."""
    ends = list(accumulate(unit.source.count("\n") for unit in view.units))
    for found in markdown.hidden(source):
        rank = min(bisect_right(ends, found.line), len(ends) - 1)
        yield found.words, view.units[rank].place if ends else None


def compare(
    old: Text,
    new: Text,
    *,
    old_side: Side = _UNKNOWN,
    new_side: Side = _UNKNOWN,
    earlier: Sequence[Side] = (),
) -> Comparison:
    """Return what changed from `old` to `new`, and both sources byte for byte.

    `old_side` and `new_side` say which versions they are, as far as that is known; `earlier` are the versions
    before both, against which `new` is looked up by its hash.
    """
    old_side, new_side = replace(old_side, text_hash=old.hash), replace(new_side, text_hash=new.hash)
    before, after = old.view, new.view
    pairs = pair(before, after)
    order = find_order(pairs)
    references = References(pairs)
    speller = Speller(references)
    made, moved = move_sentences(make_rows(pairs, order, speller), speller)
    changes, rows, moves = tell(pairs, order, made, moved)
    matched = tuple(
        Pair(before.sections[s].place, after.sections[t].place) for s, t in pairs.matched_sections()
    )
    words = sum((row.words for row in rows), Words())
    warnings = (
        *find_warnings(pairs, references, rows, moves, old_side, new_side, earlier),
        *find_hidden(old.hidden, new.hidden),
    )
    return Comparison(old_side, new_side, rows, changes, matched, warnings, words, moves)


def compare_bytes(
    old: bytes,
    new: bytes,
    *,
    old_side: Side = _UNKNOWN,
    new_side: Side = _UNKNOWN,
    earlier: Sequence[Side] = (),
) -> Comparison:
    """Return what changed from `old` to `new`, as `compare` does; raises `UnreadableTextError`."""
    return compare(read(old), read(new), old_side=old_side, new_side=new_side, earlier=earlier)
