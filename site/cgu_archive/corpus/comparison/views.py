"""One text as pairing sees it: its units and provisions by rank, with what makes them comparable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cgu_archive.corpus.comparison.model import Place, Unit, UnitKind
from cgu_archive.corpus.comparison.tokens import all_words, content_words, lower, squeeze
from cgu_archive.corpus.provisions import Kind, Provision

_FEW = 3
_TITLE_WORDS = 12
_SENTENCE_END = (".", ";", ",")


@dataclass(slots=True)
class Section:
    """One provision and the ranks of its own units."""

    rank: int
    parent: int
    """Rank of the provision it is under; -1 for the whole text."""
    place: Place
    title: str
    """Its title, squeezed; empty when it has none."""
    named: frozenset[str]
    """The words that say what its title is about."""
    heading: int | None
    body: list[int]
    weight: int
    """How many words its body has."""
    children: list[int] = field(default_factory=list)
    """Ranks of the provisions right under it."""


class View:
    """The units and provisions of one text."""

    def __init__(self, text: Provision, units: tuple[Unit, ...]) -> None:
        self.units = units
        self.lowered = [lower(unit.text) for unit in units]
        self.keys = [_key(unit, said) for unit, said in zip(units, self.lowered, strict=True)]
        self.weights = [len(unit.text.split()) for unit in units]
        self._words: dict[int, list[str]] = {}
        self._contents: dict[int, frozenset[str]] = {}
        self.sections = [
            _section(rank, parent, provision) for rank, (provision, parent) in enumerate(_descend(text))
        ]
        ranks = {section.place.address: section.rank for section in self.sections}
        self.section_of = [ranks[unit.place.address] for unit in units]
        for unit, rank in zip(units, self.section_of, strict=True):
            section = self.sections[rank]
            section.place = unit.place
            if unit.kind is UnitKind.HEADING:
                section.heading = unit.index
            else:
                section.body.append(unit.index)
                section.weight += self.weights[unit.index]
        for section in self.sections[1:]:
            self.sections[section.parent].children.append(section.rank)
        for section in self.sections:
            empty = not section.children and not section.title and not section.body
            if empty and section.heading is not None:
                section.title = squeeze(self.lowered[section.heading])
            elif section.place.kind is Kind.PARAGRAPH and section.heading is None:
                self._name_by_first_line(section)

    def _name_by_first_line(self, section: Section) -> None:
        """Take the first line of a numbered paragraph for its title, where others follow: « 8.2. Prix »."""
        first, *others = section.body or [0]
        words = self.words(first)
        if others and 0 < len(words) <= _TITLE_WORDS and self.lowered[first][-1:] not in _SENTENCE_END:
            section.title = squeeze(_key(self.units[first], self.lowered[first]))
            section.named = content_words(words)

    def words(self, rank: int) -> list[str]:
        """Return the words and numbers of a unit, in lower case, its own number and its label left out."""
        if rank not in self._words:
            unit = self.units[rank]
            said = self.lowered[rank]
            if unit.kind is UnitKind.HEADING:
                said = lower(unit.place.title)
            elif unit.own is not None:
                said = lower(unit.text[: unit.own[0]] + unit.text[unit.own[1] :])
            self._words[rank] = all_words(said)
        return self._words[rank]

    def content(self, unit: int) -> frozenset[str]:
        """Return the words that say what a unit is about."""
        if unit not in self._contents:
            self._contents[unit] = content_words(self.words(unit))
        return self._contents[unit]

    def about(self, section: int) -> frozenset[str]:
        """Return the words that say what the body of a provision is about."""
        return frozenset().union(*(self.content(unit) for unit in self.sections[section].body))

    def named(self, section: int) -> frozenset[str]:
        """Return the words that say what the title of a provision is about; empty without words."""
        return self.sections[section].named

    def is_body(self, unit: int) -> bool:
        """Whether a unit has words and opens no provision."""
        return self.units[unit].kind is not UnitKind.HEADING and self.keys[unit] != ""


def likeness(old: frozenset[str], new: frozenset[str]) -> float:
    """Return how much two sets of words have in common, from 0 to 1 (Dice)."""
    if not old or not new:
        return 0.0
    return 2 * len(old & new) / (len(old) + len(new))


def units_likeness(old: View, i: int, new: View, j: int) -> float:
    """Return how much two units have in common, from 0 to 1; in a few words, small ones count too."""
    ours, theirs = old.content(i), new.content(j)
    if min(len(ours), len(theirs)) < _FEW:
        return likeness(frozenset(old.words(i)), frozenset(new.words(j)))
    return likeness(ours, theirs)


def _descend(text: Provision) -> Iterator[tuple[Provision, int]]:
    """Yield each provision with the rank of the one it is under."""
    waiting = [(text, -1)]
    rank = 0
    while waiting:
        provision, parent = waiting.pop()
        yield provision, parent
        waiting.extend((child, rank) for child in reversed(provision.children))
        rank += 1


def _key(unit: Unit, lowered: str) -> str:
    """Return what a unit says, its own number left out; a heading is known by its title alone."""
    if unit.kind is UnitKind.HEADING:
        return squeeze(lower(unit.place.title))
    if unit.own is None:
        return squeeze(lowered)
    start, end = unit.own
    return squeeze(lower(unit.text[:start] + unit.text[end:]))


def _section(rank: int, parent: int, provision: Provision) -> Section:
    title = lower(provision.title)
    place = Place(provision.address, provision.number, provision.title, None, provision.kind)
    return Section(rank, parent, place, squeeze(title), content_words(all_words(title)), None, [], 0)
