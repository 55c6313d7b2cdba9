"""What is joined so far: rows of units, and provisions matched with one another."""

from __future__ import annotations

from collections.abc import Iterator

from cgu_archive.corpus.comparison.model import UnitKind
from cgu_archive.corpus.comparison.views import Section, View

FREE = -1


class Pairs:
    """The rows and the matched provisions of two texts; every join is recorded on both sides."""

    def __init__(self, old: View, new: View) -> None:
        self.old = old
        self.new = new
        self.rows: list[tuple[list[int], list[int]]] = []
        """Ranks of the old and new units of each row; both empty once parted."""
        self.old_row = [FREE] * len(old.units)
        self.new_row = [FREE] * len(new.units)
        self.section_to_new = [FREE] * len(old.sections)
        self.section_to_old = [FREE] * len(new.sections)

    def join(self, i: int, j: int) -> None:
        """Say that old unit `i` and new unit `j`, both free, are the same."""
        self.old_row[i] = self.new_row[j] = len(self.rows)
        self.rows.append(([i], [j]))

    def part(self, rank: int) -> None:
        """Free the units of a row."""
        olds, news = self.rows[rank]
        for i in olds:
            self.old_row[i] = FREE
        for j in news:
            self.new_row[j] = FREE
        self.rows[rank] = ([], [])

    def add_old(self, i: int, rank: int) -> None:
        """Add the free old unit `i` to a row it stands next to."""
        self.old_row[i] = rank
        self.rows[rank][0].append(i)
        self.rows[rank][0].sort()

    def add_new(self, j: int, rank: int) -> None:
        """Add the free new unit `j` to a row it stands next to."""
        self.new_row[j] = rank
        self.rows[rank][1].append(j)
        self.rows[rank][1].sort()

    def is_free(self, i: int, j: int) -> bool:
        """Whether neither old unit `i` nor new unit `j` is joined."""
        return self.old_row[i] == FREE == self.new_row[j]

    def free_old(self) -> list[int]:
        """Return the old units that have words, open no provision, and are not joined."""
        return [i for i, row in enumerate(self.old_row) if row == FREE and self.old.is_body(i)]

    def free_new(self) -> list[int]:
        """Return the new units that have words, open no provision, and are not joined."""
        return [j for j, row in enumerate(self.new_row) if row == FREE and self.new.is_body(j)]

    def match_sections(self, s: int, t: int) -> None:
        """Say that old provision `s` and new provision `t` are the same; their titles are joined."""
        self.section_to_new[s] = t
        self.section_to_old[t] = s
        i, j = self.old.sections[s].heading, self.new.sections[t].heading
        if i is not None and j is not None:
            self.join(i, j)

    def matched_sections(self) -> list[tuple[int, int]]:
        """Return the matched provisions, in the order of the old text."""
        return [(s, t) for s, t in enumerate(self.section_to_new) if t != FREE]

    def home(self, i: int, j: int) -> tuple[int, int] | None:
        """Return the provisions, the same in both texts, where old unit `i` and new unit `j` stand, if any.

        An entry of a list that is numbered in one text alone is a provision there, and stands where it stood.
        """
        s, t = self.old.section_of[i], self.new.section_of[j]
        if self.section_to_new[s] == t:
            return s, t
        if self.is_entry_old(s, t):
            return self.old.sections[s].parent, t
        return (s, self.new.sections[t].parent) if self.is_entry_new(s, t) else None

    def at_home(self, i: int, j: int) -> bool:
        """Whether old unit `i` and new unit `j` stand in provisions that are the same."""
        return self.home(i, j) is not None

    def is_entry_old(self, s: int, t: int) -> bool:
        """Whether old provision `s` is an entry of a list, and mere words of `t` in the new text."""
        section = self.old.sections[s]
        alone = self.section_to_new[s] == FREE and _is_entry(self.old, section)
        return alone and self.section_to_new[section.parent] == t

    def is_entry_new(self, s: int, t: int) -> bool:
        """Whether new provision `t` is an entry of a list, and mere words of `s` in the old text."""
        section = self.new.sections[t]
        alone = self.section_to_old[t] == FREE and _is_entry(self.new, section)
        return alone and self.section_to_old[section.parent] == s

    def has_title(self, rank: int) -> bool:
        """Whether a row holds the title of a provision."""
        olds, news = self.rows[rank]
        titles = [self.old.units[i].kind is UnitKind.HEADING for i in olds]
        return any(titles) or any(self.new.units[j].kind is UnitKind.HEADING for j in news)

    def has_company(self, rank: int) -> bool:
        """Whether the units right before or after those of a row are joined to one another too."""
        olds, news = self.rows[rank]
        before, after = (olds[0] - 1, news[0] - 1), (olds[-1] + 1, news[-1] + 1)
        return any(
            self.old_row[i] == self.new_row[j] != FREE
            for i, j in (before, after)
            if 0 <= i < len(self.old_row) and 0 <= j < len(self.new_row)
        )

    def lone_titles_old(self) -> Iterator[int]:
        """Yield the titles of old provisions that answer to none."""
        for section, t in zip(self.old.sections, self.section_to_new, strict=True):
            if t == FREE and section.heading is not None and self.old_row[section.heading] == FREE:
                yield section.heading

    def lone_titles_new(self) -> Iterator[int]:
        """Yield the titles of new provisions that answer to none."""
        for section, s in zip(self.new.sections, self.section_to_old, strict=True):
            if s == FREE and section.heading is not None and self.new_row[section.heading] == FREE:
                yield section.heading


def _is_entry(view: View, section: Section) -> bool:
    """Whether a provision is an entry of a numbered list."""
    return section.heading is None and any(view.units[unit].marker for unit in section.body[:1])
