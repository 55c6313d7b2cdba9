"""Tell the rows of a comparison as changes: one per provision, and one per passage that went elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cgu_archive.corpus.comparison.facts import callouts, changed_sentences
from cgu_archive.corpus.comparison.model import (
    Change,
    ChangeClass,
    ChangeKind,
    Move,
    Place,
    Row,
    Scope,
    UnitKind,
    Words,
    ordered_classes,
)
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.references import plain_number
from cgu_archive.corpus.comparison.rows import Order, count, find_home
from cgu_archive.corpus.comparison.tokens import fold
from cgu_archive.corpus.comparison.views import Section, View
from cgu_archive.corpus.provisions import Kind


@dataclass(slots=True, eq=False)
class _Draft:
    """A change being told; the provisions are ranks, `FREE` when there is none."""

    old: int
    new: int
    kinds: set[ChangeKind]
    rows: list[int]
    scope: Scope = Scope.PROVISION
    moves: list[int] = field(default_factory=list)
    """The sentences that moved, which `rows` lost or got."""


def tell(
    pairs: Pairs, order: Order, rows: Sequence[Row], moves: Sequence[Move]
) -> tuple[tuple[Change, ...], tuple[Row, ...], tuple[Move, ...]]:
    """Return the changes in the order of the rows, then the rows and the moves with the rank of theirs."""
    stays = [_without_moves(row, moves) if row.moves else row for row in rows]
    drafts = _Teller(pairs, order, stays).drafts()
    drafts += _tell_moves(pairs, moves)
    drafts.sort(key=lambda draft: (draft.rows[0], draft.scope is Scope.PASSAGE, draft.rows[-1]))
    told: dict[int, int] = {}
    told_moves: dict[int, int] = {}
    counted: set[int] = set()
    changes: list[Change] = []
    for rank, draft in enumerate(drafts):
        told_moves |= dict.fromkeys(draft.moves, rank)
        for row in draft.rows:
            told.setdefault(row, rank)
        if draft.moves:
            own = shown = [moves[k].row for k in draft.moves]
        else:
            shown = [stays[row] for row in draft.rows]
            own = [one for row in draft.rows if row not in counted for one in _facts(rows, row, moves)]
            counted.update(draft.rows)
        changes.append(_finish(pairs, draft, shown, own))
    return (
        tuple(changes),
        tuple(replace(row, change=told[rank]) if rank in told else row for rank, row in enumerate(rows)),
        tuple(
            replace(move, row=replace(move.row, change=told_moves.get(rank, told.get(move.arrival))))
            for rank, move in enumerate(moves)
        ),
    )


def _without_moves(row: Row, moves: Sequence[Move]) -> Row:
    """Return what is left of a row to tell once the sentences that left it or came to it are told."""
    spans = tuple(
        replace(span, move=None) for span in row.spans if span.move is None or moves[span.move].is_cut
    )
    told = {found for rank in row.moves if not moves[rank].is_cut for found in moves[rank].row.classes}
    kept = {span.change for span in spans}
    classes = tuple(found for found in row.classes if found in kept or found not in told)
    return replace(row, spans=spans, classes=classes, words=count(spans))


def _facts(rows: Sequence[Row], rank: int, moves: Sequence[Move]) -> list[Row]:
    """Return what one row has to tell: its words, then the sentences that a cut brought there."""
    row = rows[rank]
    if not row.moves:
        return [row]
    spans = tuple(span for span in row.spans if span.move is None)
    cut = [moves[k] for k in row.moves if moves[k].is_cut]
    own = replace(row, spans=spans, words=count(spans))
    return [own, *(move.row for move in cut if move.arrival == rank)]


def _tell_moves(pairs: Pairs, moves: Sequence[Move]) -> list[_Draft]:
    """Return one change for the sentences that went from one provision to one other, or stayed inside."""
    found: dict[tuple[int, int], _Draft] = {}
    for rank, move in enumerate(moves):
        if move.is_cut:
            continue
        s = pairs.old.section_of[move.row.old[0].index]
        t = pairs.new.section_of[move.row.new[0].index]
        draft = found.setdefault((s, t), _Draft(s, t, {ChangeKind.MOVED}, [], Scope.PASSAGE))
        draft.moves.append(rank)
        if move.row.classes:
            draft.kinds.add(ChangeKind.EDITED)
    for draft in found.values():
        ends = [moves[rank].arrival for rank in draft.moves] + [moves[rank].origin for rank in draft.moves]
        draft.rows += dict.fromkeys(ends)
    return list(found.values())


def _finish(pairs: Pairs, draft: _Draft, rows: Sequence[Row], own: Sequence[Row]) -> Change:
    """Return the change that `rows` show; `own` are those that no change before it counted."""
    return Change(
        kinds=tuple(kind for kind in ChangeKind if kind in draft.kinds),
        classes=ordered_classes(found for row in rows for found in row.classes),
        old=pairs.old.sections[draft.old].place if draft.old != FREE else None,
        new=pairs.new.sections[draft.new].place if draft.new != FREE else None,
        is_same=draft.old != FREE and pairs.section_to_new[draft.old] == draft.new != FREE,
        scope=draft.scope,
        words=sum((row.words for row in own), Words()),
        sentences=sum(changed_sentences(row) for row in own),
        callouts=tuple(callout for row in own for callout in callouts(row)),
        rows=tuple(draft.rows),
        moves=tuple(draft.moves),
    )


class _Teller:
    """Sorts rows into drafts."""

    def __init__(self, pairs: Pairs, order: Order, rows: Sequence[Row]) -> None:
        self._pairs = pairs
        self._order = order
        self._rows = rows
        self._by_pair: dict[tuple[int, int], _Draft] = {}
        self._passages: list[_Draft] = []
        self._shown_by = _rows_by_section(pairs.old, rows)
        self._renumbered = {
            (old.place.number, new.place.number): (old.rank, new.rank)
            for old, new in self._matched()
            if not same_number(old.place, new.place)
        }
        self._gone = self._lone_old()
        self._come = self._lone_new()

    def drafts(self) -> list[_Draft]:
        """Return every change, each with its rows in order."""
        for rank, row in enumerate(self._rows):
            self._sort(rank, row)
        for s, t in self._pairs.matched_sections():
            self._tell_place(s, t)
        self._join_reused_numbers()
        every = [*self._by_pair.values(), *self._passages, *self._gone.values(), *self._come.values()]
        return [draft for draft in dict.fromkeys(every) if draft.rows and not self._is_nothing(draft)]

    def _is_nothing(self, draft: _Draft) -> bool:
        """Whether there is nothing to tell: an empty title that came, an edit without a changed row."""
        place_only = draft.kinds <= {ChangeKind.INSERTED, ChangeKind.DELETED, ChangeKind.MOVED}
        rows = [self._rows[rank] for rank in draft.rows]
        if draft.kinds == {ChangeKind.EDITED}:
            return not any(row.classes for row in rows)
        return place_only and not any(row.spans or ChangeClass.NUMBERING in row.classes for row in rows)

    def _sort(self, rank: int, row: Row) -> None:
        """Give a row to the changes it is part of."""
        olds = dict.fromkeys(self._pairs.old.section_of[unit.index] for unit in row.old)
        news = dict.fromkeys(self._pairs.new.section_of[unit.index] for unit in row.new)
        found = [self._gone[s] for s in olds if s in self._gone]
        found += [self._come[t] for t in news if t in self._come]
        if olds and news:
            found = [draft for draft in found if draft.old in olds and draft.new in news]
        if row.moved:
            found = [draft for draft in found if draft.kinds != {ChangeKind.EDITED}]
        home = next(self._homes(olds, news), None)
        if home and not row.moved:
            if row.classes:
                found.append(self._pair(*home))
        elif olds and news and not found:
            entry = self._home(row)
            if row.moved or entry is None:
                s, t = entry or (next(iter(olds)), next(iter(news)))
                found.append(self._passage(s, t, rank, row))
            elif row.classes:
                found.append(self._pair(*entry))
        for draft in dict.fromkeys(found):
            draft.rows.append(rank)

    def _homes(self, olds: Iterable[int], news: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield the matched provisions that hold a row, on the one side it has or on both."""
        to_new, to_old = self._pairs.section_to_new, self._pairs.section_to_old
        news = list(news)
        for s in olds:
            if (t := to_new[s]) != FREE and (t in news or not news):
                yield s, t
        if not olds:
            yield from ((to_old[t], t) for t in news if to_old[t] != FREE)

    def _home(self, row: Row) -> tuple[int, int] | None:
        return find_home(self._pairs, [unit.index for unit in row.old], [unit.index for unit in row.new])

    def _pair(self, s: int, t: int) -> _Draft:
        return self._by_pair.setdefault((s, t), _Draft(s, t, set(), []))

    def _passage(self, s: int, t: int, rank: int, row: Row) -> _Draft:
        """Return the change of a passage that went from `s` to `t`, with what stands just before it."""
        last = self._passages[-1] if self._passages else None
        if last is None or (last.old, last.new, last.rows[-1]) != (s, t, rank - 1):
            last = _Draft(s, t, {ChangeKind.MOVED}, [], Scope.PASSAGE)
            self._passages.append(last)
        if row.classes:
            last.kinds.add(ChangeKind.EDITED)
        return last

    def _tell_place(self, s: int, t: int) -> None:
        """Say whether a matched provision moved, changed number, title or text."""
        old, new = self._pairs.old.sections[s].place, self._pairs.new.sections[t].place
        rows = self._by_pair[s, t].rows if (s, t) in self._by_pair else []
        first = self._shown_by[s][:1]
        kinds = {
            kind
            for rank in rows
            if (kind := _edit(old, new, self._rows[rank], is_first=[rank] == first)) is not None
        }
        if self._has_moved(s, t):
            kinds.add(ChangeKind.MOVED)
        leader = self._leader(old, new)
        if rows and not same_number(old, new) and (kinds or leader is None):
            kinds.add(ChangeKind.RENUMBERED)
        if rows and not kinds and leader is None:
            kinds.add(ChangeKind.EDITED)  # « Article 1er » became « Article 1 »
        if kinds:
            draft = self._pair(s, t)
            draft.kinds |= kinds
            if kinds & {ChangeKind.MOVED, ChangeKind.RENUMBERED}:
                draft.rows = sorted({*draft.rows, *self._shown(s, moved=ChangeKind.MOVED in kinds)})
        elif leader is not None and rows:
            self._pair(*leader).rows += self._by_pair.pop((s, t)).rows

    def _has_moved(self, s: int, t: int) -> bool:
        """Whether a provision left its place by itself, not with the one it is under."""
        moved = self._order.sections_moved
        old_parent, new_parent = self._pairs.old.sections[s].parent, self._pairs.new.sections[t].parent
        with_parent = old_parent in moved and self._pairs.section_to_new[old_parent] == new_parent
        return s in moved and not with_parent

    def _leader(self, old: Place, new: Place) -> tuple[int, int] | None:
        """Return the provision above whose new number explains this one (11 → 12, for 11.2 → 12.2)."""
        ours, theirs = (old.number or "").split("."), (new.number or "").split(".")
        for cut in range(1, len(ours)):
            above = ".".join(ours[:cut]), ".".join(theirs[:cut])
            if ours[cut:] == theirs[cut:] and above in self._renumbered:
                return self._renumbered[above]
        return None

    def _shown(self, s: int, *, moved: bool) -> list[int]:
        """Return the rows that show where a provision stands: its first one, or all that moved with it."""
        if not moved:
            stays = [row for row in self._shown_by[s] if self._stands_in(row, {s})]
            return (stays or self._shown_by[s])[:1]
        sections = self._pairs.old.sections
        under = {s}
        for section in sections[s + 1 :]:
            if section.parent in under and self._pairs.section_to_new[section.rank] != FREE:
                under.add(section.rank)
        entries = (section.rank for section in sections if section.parent in under)
        shown = dict.fromkeys(row for rank in (*under, *entries) for row in self._shown_by[rank])
        return [row for row in shown if self._stands_in(row, under)]

    def _stands_in(self, rank: int, sections: set[int]) -> bool:
        """Whether a row stayed in one of old provisions `sections`."""
        home = self._home(self._rows[rank])
        return home is not None and home[0] in sections and not self._rows[rank].moved

    def _matched(self) -> Iterator[tuple[Section, Section]]:
        for s, t in self._pairs.matched_sections():
            yield self._pairs.old.sections[s], self._pairs.new.sections[t]

    def _lone_old(self) -> dict[int, _Draft]:
        """Return what became of each provision that the new text has no more."""
        pairs = self._pairs
        lone: dict[int, _Draft] = {}
        for section in pairs.old.sections:
            if pairs.section_to_new[section.rank] != FREE:
                continue
            t, kind = self._order.fates.old[section.rank]
            above = lone.get(section.parent)
            if kind is None and above is not None and above.kinds == {ChangeKind.DELETED}:
                lone[section.rank] = above
            else:
                lone[section.rank] = _Draft(section.rank, t, {kind or ChangeKind.DELETED}, [])
        return lone

    def _lone_new(self) -> dict[int, _Draft]:
        """Return where each provision that the old text had not comes from."""
        pairs = self._pairs
        lone: dict[int, _Draft] = {}
        for section in pairs.new.sections:
            if pairs.section_to_old[section.rank] != FREE:
                continue
            s, kind = self._order.fates.new[section.rank]
            above = lone.get(section.parent)
            if kind is None and above is not None and above.kinds == {ChangeKind.INSERTED}:
                lone[section.rank] = above
            else:
                lone[section.rank] = _Draft(s, section.rank, {kind or ChangeKind.INSERTED}, [])
        return lone

    def _join_reused_numbers(self) -> None:
        """Tell as one the end of a provision and the beginning of another under the same number."""
        sections = self._pairs.new.sections
        come = {
            _number_key(sections[draft.new].place): draft
            for draft in self._come.values()
            if draft.kinds == {ChangeKind.INSERTED} and sections[draft.new].place.number
        }
        for draft in self._gone.values():
            place = self._pairs.old.sections[draft.old].place
            if draft.kinds != {ChangeKind.DELETED} or not (other := come.pop(_number_key(place), None)):
                continue
            if self._stand_alike(draft.old, other.new):
                draft.new = other.new
                draft.kinds |= {ChangeKind.INSERTED, ChangeKind.NUMBER_REUSED}
                draft.rows = sorted(draft.rows + other.rows)
                other.rows = []

    def _stand_alike(self, s: int, t: int) -> bool:
        """Whether two provisions stand under the same one, or are articles, numbered through the text."""
        old, new = self._pairs.old.sections[s], self._pairs.new.sections[t]
        return old.place.kind is Kind.ARTICLE or self._pairs.section_to_new[old.parent] == new.parent


def _edit(old: Place, new: Place, row: Row, *, is_first: bool) -> ChangeKind | None:
    """Return how a row changes a provision; None when nothing but its own number changed."""
    is_title = any(unit.kind is UnitKind.HEADING for unit in (*row.old, *row.new))
    if is_title and ChangeClass.WORDING in row.classes and fold(old.title) != fold(new.title):
        return ChangeKind.RETITLED
    return None if is_first and _is_own_number(row) else ChangeKind.EDITED


def _is_own_number(row: Row) -> bool:
    """Whether nothing changed in a row but the number at its head."""
    if row.classes != (ChangeClass.NUMBERING,):
        return False
    changed = [rank for rank, span in enumerate(row.spans) if span.change is not None]
    if not changed:
        return True
    before = sum(len(span.text) for span in row.spans[: changed[0]])
    own = row.old[0].own
    return len(changed) == 2 and own is not None and own[0] == before


def _rows_by_section(view: View, rows: Sequence[Row]) -> list[list[int]]:
    """Return, for each old provision, the rows that hold some of it."""
    found: list[list[int]] = [[] for _ in view.sections]
    for rank, row in enumerate(rows):
        for section in dict.fromkeys(view.section_of[unit.index] for unit in row.old):
            found[section].append(rank)
    return found


def same_number(old: Place, new: Place) -> bool:
    """Whether two provisions have the same number; « 1er » is 1."""
    return plain_number(old.number or "") == plain_number(new.number or "")


def _number_key(place: Place) -> tuple[str | None, str]:
    return place.label, plain_number(place.number or "")
