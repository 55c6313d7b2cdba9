"""Make the rows of a comparison: units that face each other, in the order of the new text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


def find_order(pairs: Pairs) -> Order:
    """Say which provisions and units moved: as few words as possible."""
    matched = pairs.matched_sections()
    weights = [1 + pairs.old.sections[s].weight for s, _ in matched]
    kept = set(heaviest_increasing([(t, weight) for (_, t), weight in zip(matched, weights, strict=True)]))
    moved = {s for rank, (s, _) in enumerate(matched) if rank not in kept}
    rows = {rank for rank, (olds, news) in enumerate(pairs.rows) if olds and not _at_home(pairs, olds, news)}
    for s, t in matched:
        rows.update(_moved_inside(pairs, s, t))
    return Order(frozenset(moved), frozenset(rows))


def _at_home(pairs: Pairs, olds: Sequence[int], news: Sequence[int]) -> bool:
    return any(pairs.at_home(i, j) for i in olds for j in news)


def _moved_inside(pairs: Pairs, s: int, t: int) -> Iterator[int]:
    """Yield the rows of a matched provision that changed order inside it; lines without words have none."""
    body = (i for i in pairs.old.sections[s].body if pairs.old.is_body(i))
    ranks = sorted(
        {row for i in body if (row := pairs.old_row[i]) != FREE}, key=lambda row: pairs.rows[row][0][0]
    )
    home = [row for row in ranks if pairs.new.section_of[pairs.rows[row][1][0]] == t]
    weighed = [
        (pairs.rows[row][1][0], 1 + sum(pairs.old.weights[i] for i in pairs.rows[row][0])) for row in home
    ]
    kept = set(heaviest_increasing(weighed))
    yield from (row for rank, row in enumerate(home) if rank not in kept)


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


def facing(old: tuple[Unit, ...], new: tuple[Unit, ...], speller: Speller, *, moved: bool) -> Row:
    """Return the row of units that answer to one another."""
    return _row(old, new, speller.spans(old, new), moved=moved)


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
