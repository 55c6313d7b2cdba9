"""The identifiers of a redline: where each change begins, and where each link inside it leads."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from cgu_archive.corpus.comparison import Comparison, MarkKind, Op, Unit
from cgu_archive.redline.departures import Departure
from cgu_archive.redline.listing import Entry, is_changed

_OURS = r"(?:ligne-|depart-|origine-|arrivee-)?\d+(?:-\d+)?"
"""What our identifiers end with, after what begins them all."""

Line = tuple[int, int]
"""Rank of a line of the list, and of one of the provisions it tells together."""


class Anchors:
    """Gives each row the identifier it needs, if any; none is ever given twice."""

    def __init__(
        self,
        comparison: Comparison,
        entries: Sequence[Entry],
        departures: Sequence[Departure],
        *,
        whole: bool,
    ) -> None:
        self._comparison = comparison
        self.prefix = _free_prefix(comparison)
        self._moves = {
            (rank, member): told.moves[0]
            for rank, entry in enumerate(entries)
            for member, told in enumerate(entry.members or (entry,))
            if told.moves
        }
        self.line_of = self._share_rows(entries)
        """The line of the list that tells each changed row."""
        self.stops = self._find_stops()
        """The identifier of each row where a run of changed rows of one line begins, in their order."""
        self._stop_rows = list(self.stops)
        self._ids = dict(self.stops)
        self.told_at = self._share_stops(entries)
        """The lines of the list that each stop tells, by rank: none of them is told nowhere."""
        self._first_stops: dict[Line, str] = {}
        for row, anchor in self.stops.items():
            self._first_stops.setdefault(self.line_of[row], anchor)
        for departure in departures:
            self._name(departure.arrival)
        self._inner = {is_old: self._aim(is_old=is_old) if whole else {} for is_old in (True, False)}

    def row(self, rank: int) -> str:
        """Return the identifier of a row; empty when nothing leads to it."""
        return self._ids.get(rank, "")

    def departure(self, rank: int) -> str:
        """Return the identifier of the former place of what moved."""
        return f"{self.prefix}-depart-{rank + 1}"

    def sentences(self, move: int, op: Op) -> str:
        """Return the identifier of the sentences of a move, where they left (`DELETED`) or came."""
        return f"{self.prefix}-{'origine' if op is Op.DELETED else 'arrivee'}-{move + 1}"

    def line(self, rank: int, member: int, rows: Iterable[int]) -> str:
        """Return where a line of the list leads: its first row, or the nearest that another line tells.

        A line about sentences that moved leads to them, where they are now.
        """
        if (rank, member) in self._moves:
            return self.sentences(self._moves[rank, member], Op.INSERTED)
        if (rank, member) in self._first_stops:
            return self._first_stops[rank, member]
        if not self._stop_rows:
            return ""
        before = bisect_right(self._stop_rows, max(rows))
        return self.stops[self._stop_rows[max(before - 1, 0)]]

    def inner(self, target: str, *, is_old: bool) -> str:
        """Return the identifier a link of the text (``#article-7``) leads to; empty when it leads nowhere."""
        return self._inner[is_old].get(target, "")

    def _share_rows(self, entries: Sequence[Entry]) -> dict[int, Line]:
        """Give each changed row to the first line about it: passages first, sentences that moved last."""
        shared: dict[int, Line] = {}
        ranked = enumerate(entries)
        for rank, entry in sorted(ranked, key=lambda one: (bool(one[1].moves), not one[1].passage)):
            for member, told in enumerate(entry.members or (entry,)):
                for row in told.rows:
                    if is_changed(self._comparison, row):
                        shared.setdefault(row, (rank, member))
        return shared

    def _find_stops(self) -> dict[int, str]:
        stops: dict[int, str] = {}
        counts: dict[int, int] = {}
        for row in sorted(self.line_of):
            line = self.line_of[row]
            if self.line_of.get(row - 1) == line:
                continue
            rank = line[0]
            counts[rank] = counts.get(rank, 0) + 1
            part = f"-{counts[rank]}" if counts[rank] > 1 else ""
            stops[row] = f"{self.prefix}-{rank + 1}{part}"
        return stops

    def _share_stops(self, entries: Sequence[Entry]) -> dict[int, list[int]]:
        told = {row: [self.line_of[row][0]] for row in self.stops}
        alone = {rank for ranks in told.values() for rank in ranks}
        for rank, entry in enumerate(entries):
            before = bisect_right(self._stop_rows, entry.at)
            if rank not in alone and before:
                told[self._stop_rows[before - 1]].append(rank)
        return told

    def _name(self, row: int) -> str:
        return self._ids.setdefault(row, f"{self.prefix}-ligne-{row + 1}")

    def _aim(self, *, is_old: bool) -> dict[str, str]:
        """Return the identifier of the provision that each link inside one of the texts names."""
        targets = {
            mark.target
            for row in self._comparison.rows
            for unit in (row.old if is_old else row.new)
            for mark in unit.marks
            if mark.kind is MarkKind.LINK and mark.target.startswith("#")
        }
        if not targets:
            return {}
        first: dict[str, tuple[int, int]] = {}
        for rank, row in enumerate(self._comparison.rows):
            for unit in row.old if is_old else row.new:
                here = (unit.index, rank)
                address = unit.place.address
                first[address] = min(first.get(address, here), here)
        aimed = {target: first[unquote(target[1:])] for target in targets if unquote(target[1:]) in first}
        return {target: self._name(rank) for target, (_, rank) in aimed.items()}


def _free_prefix(comparison: Comparison) -> str:
    """Return « changement », unless a provision's own address looks like ours: the page may show it too."""
    addresses = {unit.place.address for unit in _units(comparison)}
    prefix = "changement"
    while any(re.fullmatch(rf"{prefix}-(?:liste|{_OURS})", address) for address in addresses):
        prefix = f"redline-{prefix}"
    return prefix


def _units(comparison: Comparison) -> Iterable[Unit]:
    return (unit for row in comparison.rows for unit in (*row.old, *row.new))
