"""Compare two texts: the one entry of this package."""

from __future__ import annotations

from collections.abc import Sequence

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.comparison.changes import tell
from cgu_archive.corpus.comparison.model import Comparison, Pair, Side, Unit, Words
from cgu_archive.corpus.comparison.pairing import pair
from cgu_archive.corpus.comparison.references import References
from cgu_archive.corpus.comparison.rows import find_order, make_rows
from cgu_archive.corpus.comparison.spans import Speller
from cgu_archive.corpus.comparison.units import units
from cgu_archive.corpus.comparison.views import View
from cgu_archive.corpus.comparison.warning import find_warnings
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.provisions import Provision

_UNKNOWN = Side()


def compare(
    old: Provision,
    new: Provision,
    *,
    old_side: Side = _UNKNOWN,
    new_side: Side = _UNKNOWN,
    earlier: Sequence[Side] = (),
) -> Comparison:
    """Return what changed from `old` to `new`, two whole texts.

    `old_side` and `new_side` say which versions they are, as far as that is known; `earlier` are the versions
    before both, against which `new` is looked up by its hash.
    """
    return _compare((old, units(old)), (new, units(new)), old_side, new_side, earlier)


def compare_bytes(
    old: bytes,
    new: bytes,
    *,
    old_side: Side = _UNKNOWN,
    new_side: Side = _UNKNOWN,
    earlier: Sequence[Side] = (),
) -> Comparison:
    """Return what changed from `old` to `new`, two texts in Markdown (UTF-8).

    The comparison also holds both sources, byte for byte, and their hashes. Raises `UnreadableTextError`.
    """
    return _compare(
        _read(old),
        _read(new),
        Side(text_hash(old), old_side.label, old_side.declared_on),
        Side(text_hash(new), new_side.label, new_side.declared_on),
        earlier,
    )


def _read(raw: bytes) -> tuple[Provision, tuple[Unit, ...]]:
    source = markdown.decode(raw)
    text = provisions.build(markdown.parse(source))
    return text, units(text, source)


def _compare(
    old: tuple[Provision, tuple[Unit, ...]],
    new: tuple[Provision, tuple[Unit, ...]],
    old_side: Side,
    new_side: Side,
    earlier: Sequence[Side],
) -> Comparison:
    before, after = View(*old), View(*new)
    pairs = pair(before, after)
    order = find_order(pairs)
    changes, rows = tell(pairs, order, make_rows(pairs, order, Speller(References(pairs))))
    matched = tuple(
        Pair(before.sections[s].place, after.sections[t].place) for s, t in pairs.matched_sections()
    )
    words = sum((row.words for row in rows), Words())
    warnings = find_warnings(before, after, old_side, new_side, earlier)
    return Comparison(old_side, new_side, rows, changes, matched, warnings, words)
