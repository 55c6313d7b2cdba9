"""Make the rows of a comparison: units that face each other, in the order of the new text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison.fates import Fates, find_fates
from cgu_archive.corpus.comparison.marks import with_marks
from cgu_archive.corpus.comparison.model import (
    ChangeClass,
    Op,
    Row,
    Span,
    Unit,
    UnitKind,
    Words,
    ordered_classes,
)
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.sequences import heaviest_increasing
from cgu_archive.corpus.comparison.spans import Speller
from cgu_archive.corpus.comparison.tokens import count_words
from cgu_archive.corpus.comparison.units import is_nothing


@dataclass(frozen=True, slots=True)
class Order:
    """What kept its place."""

    sections_moved: frozenset[int]
    """Ranks, in the old text, of matched provisions that another order would have to jump over."""
    rows_moved: frozenset[int]
    """Ranks, in `Pairs.rows`, of units that left their place or their provision."""
    fates: Fates
    """What became of the provisions found in one text alone."""


def find_order(pairs: Pairs) -> Order:
    """Say which provisions and units moved: as few words as possible.

    The rows that are not said to have moved, by themselves or with their provision, are in the order of both
    texts.
    """
    matched = pairs.matched_sections()
    weights = [1 + pairs.old.sections[s].weight for s, _ in matched]
    kept = set(heaviest_increasing([(t, weight) for (_, t), weight in zip(matched, weights, strict=True)]))
    moved = frozenset(s for rank, (s, _) in enumerate(matched) if rank not in kept)
    fates = find_fates(pairs)
    sequences, rows = _sequences(pairs, moved, fates)
    for sequence in sequences:
        rows.update(_out_of_order(pairs, sequence))
    return Order(moved, frozenset(rows), fates)


@dataclass(frozen=True, slots=True)
class _Step:
    """A row that stands in its provision, or in the one its provision was merged into or split from."""

    rank: int
    is_home: bool


def _sequences(pairs: Pairs, moved: frozenset[int], fates: Fates) -> tuple[list[list[_Step]], set[int]]:
    """Return the rows that should follow one another, and the ranks of those that left their provision.

    One sequence is for the whole text, and one for the inside of each provision that moved. Lines without
    words are in none.
    """
    whole: list[_Step] = []
    inside: dict[int, list[_Step]] = {}
    away: set[int] = set()
    for rank in sorted({row for row in pairs.old_row if row != FREE}, key=lambda row: pairs.rows[row][0][0]):
        olds, news = pairs.rows[rank]
        home = find_home(pairs, olds, news)
        if home is None and not _is_joined(pairs, fates, olds, news):
            away.add(rank)
        elif any(pairs.old.is_body(i) for i in olds) or pairs.has_title(rank):
            sequence = inside.setdefault(home[0], []) if home and home[0] in moved else whole
            sequence.append(_Step(rank, home is not None))
    return [whole, *inside.values()], away


def find_home(pairs: Pairs, olds: Iterable[int], news: Sequence[int]) -> tuple[int, int] | None:
    """Return the provision, the same in both texts, where some of the units of a row stand, if any."""
    return next((home for i in olds for j in news if (home := pairs.home(i, j)) is not None), None)


def _is_joined(pairs: Pairs, fates: Fates, olds: Sequence[int], news: Sequence[int]) -> bool:
    """Whether a row went where most of its provision went, or came from where most of it comes."""
    return any(fates.joins(pairs.old.section_of[i], pairs.new.section_of[j]) for i in olds for j in news)


def _out_of_order(pairs: Pairs, sequence: Sequence[_Step]) -> Iterator[int]:
    """Yield the rows that changed order: never a title if a block did, nor a block at home if another did."""
    words = [1 + sum(pairs.old.weights[i] for i in pairs.rows[step.rank][0]) for step in sequence]
    more = 1 + sum(words)
    weighed = []
    for step, weight in zip(sequence, words, strict=True):
        if step.is_home:
            weight = more * more if pairs.has_title(step.rank) else more * weight
        weighed.append((pairs.rows[step.rank][1][0], weight))
    kept = set(heaviest_increasing(weighed))
    yield from (step.rank for at, step in enumerate(sequence) if at not in kept)


def make_rows(pairs: Pairs, order: Order, speller: Speller) -> list[Row]:
    """Return every unit of both texts exactly once, facing what it answers to."""
    placed: list[tuple[tuple[int, int, int], Row]] = []
    for rank, (olds, news) in enumerate(pairs.rows):
        if olds:
            old = tuple(pairs.old.units[i] for i in olds)
            new = tuple(pairs.new.units[j] for j in news)
            row = facing(old, new, speller, moved=rank in order.rows_moved)
            placed.append(((news[0], 0, 0), row))
    for j, unit in enumerate(pairs.new.units):
        if pairs.new_row[j] == FREE:
            placed.append(((j, 0, 0), _alone((), (unit,), Op.INSERTED)))
    for i, anchor in _anchors(pairs, order):
        placed.append(((anchor, 1, i), _alone((pairs.old.units[i],), (), Op.DELETED)))
    placed.sort(key=lambda entry: entry[0])
    return [row for _, row in placed]


def _anchors(pairs: Pairs, order: Order) -> Iterator[tuple[int, int]]:
    """Yield each deleted unit with the new unit it is shown after (-1: before all).

    That is the one that answers to the nearest unit before it that kept its place: in its own provision when
    that one is in both texts, in the whole text otherwise.
    """
    whole = here = FREE
    section = FREE
    for i, row in enumerate(pairs.old_row):
        if pairs.old.section_of[i] != section:
            section = pairs.old.section_of[i]
            here = _before_section(pairs, section, whole)
        if row == FREE:
            yield i, here
        elif row not in order.rows_moved:
            here = pairs.rows[row][1][-1]
            if section not in order.sections_moved:
                whole = here


def _before_section(pairs: Pairs, section: int, whole: int) -> int:
    """Return the new unit after which the deleted beginning of a provision is shown."""
    t = pairs.section_to_new[section]
    if t == FREE:
        return whole
    own = pairs.new.sections[t]
    first = min([*own.body, *([own.heading] if own.heading is not None else [])], default=whole + 1)
    return first - 1


def facing(
    old: tuple[Unit, ...], new: tuple[Unit, ...], speller: Speller, *, moved: bool, titles: bool = True
) -> Row:
    """Return the row of units that answer to one another; without `titles`, none of them is one."""
    return _row(old, new, speller.spans(old, new, titles=titles), moved=moved)


def respelled(row: Row, spans: tuple[Span, ...]) -> Row:
    """Return `row` with other spans for the same words."""
    return _row(row.old, row.new, spans, moved=row.moved)


def _row(old: tuple[Unit, ...], new: tuple[Unit, ...], spans: tuple[Span, ...], *, moved: bool) -> Row:
    spans = with_marks(spans, old, new)
    classes = {span.change for span in spans if span.change is not None}
    if any(_shape(x) != _shape(y) for x, y in zip(old, new, strict=False)):
        classes.add(ChangeClass.MARKUP)
    if old and new and _markers(old) != _markers(new):
        classes.add(ChangeClass.NUMBERING)
    if any(unit.kind is UnitKind.ROW for unit in (*old, *new)) and ChangeClass.WORDING in classes:
        classes.add(ChangeClass.TABLE)
    return Row(old, new, spans, ordered_classes(iter(classes)), count(spans), moved)


def _alone(old: tuple[Unit, ...], new: tuple[Unit, ...], op: Op) -> Row:
    """Return the row of a unit that answers to none."""
    (unit,) = old or new
    if not unit.text:
        change = ChangeClass.NUMBERING if unit.marker else ChangeClass.MARKUP
        return Row(old, new, (), () if is_nothing(unit) else (change,), Words())
    spans = (Span(op, unit.text, ChangeClass.WORDING),)
    classes = [ChangeClass.WORDING] + [ChangeClass.TABLE] * (unit.kind is UnitKind.ROW)
    return Row(old, new, spans, tuple(classes), count(spans))


def _markers(units: Sequence[Unit]) -> list[str]:
    return [unit.marker for unit in units if unit.marker]


def _shape(unit: Unit) -> tuple[UnitKind, int, int, int, bool]:
    return unit.kind, unit.level, unit.depth, unit.quoted, unit.header


def count(spans: Sequence[Span]) -> Words:
    """Return how many words of the class wording `spans` insert and delete."""
    counts = {Op.INSERTED: 0, Op.DELETED: 0, Op.EQUAL: 0}
    for span in spans:
        if span.change is ChangeClass.WORDING:
            counts[span.op] += count_words(span.text)
    return Words(counts[Op.INSERTED], counts[Op.DELETED])
