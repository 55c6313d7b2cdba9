"""Check the publisher's own summary of a version against what really changed from the one before it.

A summary announces the provisions it names by number (« articles 3 et 5 à 7 », « § 12 », « paragraphe 28 »),
old numbers or new, or by their title in full. Only wording needs announcing; numbers, typography, marks and
links do not. This reads words, not meaning: it helps whoever writes or reads a summary, and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus.comparison import Change, ChangeClass, ChangeKind, Comparison, Place, Text
from cgu_archive.corpus.comparison.references import plain_number
from cgu_archive.corpus.comparison.tokens import lower, squeeze
from cgu_archive.corpus.provisions import ROOT_ADDRESS, Kind
from cgu_archive.corpus.sentences import sentences

_LABELS = {
    "article": "article",
    "art": "article",
    "section": "section",
    "chapitre": "chapitre",
    "titre": "titre",
    "partie": "partie",
    "annexe": "annexe",
    "paragraphe": None,
    "point": None,
    "clause": None,
    "alinéa": None,
    "§": None,
}
_NUMBER = r"(?:\d{1,6}(?:\.\d{1,6})*(?!\w)|1er\b|(?-i:[IVXLC]+)\b)"
_LIST = rf"{_NUMBER}(?:\s*(?:,|et|ou|à|-|–)\s*(?:(?:aux?|les?|l[’'])\s*)?{_NUMBER})*"
_NAMED = re.compile(
    rf"(?P<label>\b(?:{'|'.join(label for label in _LABELS if label != '§')})|§)s?\.?(?:\s*§)?\s*"
    rf"(?:n[°º]s?\s*)?(?P<list>{_LIST})(?P<after>\s+d(?:e|u|es)\s(?:la\s|l[’'])?(?P<owner>\w+))?",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?P<first>{_NUMBER})(?:\s*(?:à|-|–)\s*(?:l[’']|au\s)?\s*(?P<last>{_NUMBER}))?", re.IGNORECASE
)
_LONGEST_RANGE = 200
_ELSEWHERE = frozenset(
    "code loi décret arrêté règlement rgpd directive ordonnance convention traité constitution charte".split()  # noqa: SIM905
)
_DENIED = re.compile(
    r"\bne\s+chang(?:e|ent)\s+pas\b|\binchangée?s?\b|\breste(?:nt)?\s+(?:identiques?|les?\s+mêmes?)\b"
    r"|\bn[’'](?:est|a|ont)\s+pas\s+(?:été\s+)?(?:modifi|chang)|\bne\s+sont\s+pas\s+(?:modifi|chang)",
    re.IGNORECASE,
)
_SHORTEST_TITLE = 8
_KINDS_OF_WORDS = frozenset({ChangeKind.INSERTED, ChangeKind.DELETED})
_SILENT = frozenset({ChangeClass.TYPOGRAPHY, ChangeClass.MARKUP})
"""What changed without anything worth announcing."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a summary announces, against what changed."""

    names_any: bool
    """Whether it names any provision: where it names none, nothing can be checked."""
    unchanged: tuple[Place, ...] = ()
    """Provisions it announces of which no word changed, that neither moved nor took another number."""
    unannounced: tuple[Place, ...] = ()
    """Provisions whose words changed and that it does not name, nor any that holds them."""
    unknown: tuple[str, ...] = ()
    """Provisions it names that neither text has, as it names them."""

    @property
    def agrees(self) -> bool:
        """Whether nothing it can be checked on is missing or in excess."""
        return not (self.unchanged or self.unannounced or self.unknown)


def check(summary: str, old: Text, new: Text, comparison: Comparison) -> Announcement:
    """Return what `summary` says of `comparison`, that of `old` and `new`."""
    return _Check(old, new, comparison).of(summary)


def said(found: Announcement) -> tuple[str, ...]:
    """Return what was found as people read it, without the caution that goes with it."""
    if not found.names_any:
        return ("Le résumé ne nomme aucune disposition : rien ne peut être vérifié.",)
    if found.agrees:
        return ("Le résumé nomme chaque disposition dont un mot a changé, et seulement celles-là.",)
    return (
        *(f"Le résumé annonce {_the(place)}, dont aucun mot n’a changé." for place in found.unchanged),
        *(f"{_capital(_the(place))} a changé et le résumé ne l’annonce pas." for place in found.unannounced),
        *(
            f"Le résumé nomme « {name} », que ni l’ancien texte ni le nouveau n’ont."
            for name in found.unknown
        ),
    )


class _Tree:
    """The provisions of one text, and what stands above each."""

    def __init__(self, text: Text) -> None:
        sections = text.view.sections
        self.places = [section.place for section in sections]
        self._above = {
            section.place.address: sections[section.parent].place.address
            for section in sections
            if section.parent >= 0
        }

    def numbered(self, label: str | None, number: str) -> list[Place]:
        """Return the provisions a label and number can mean, those so called before any other."""
        found = [place for place in self.places if place.number and plain_number(place.number) == number]
        return [place for place in found if _is_called(place, label)] or found

    def titled(self, words: str) -> Iterator[Place]:
        """Yield the provisions whose title stands in full in `words`."""
        for place in self.places:
            title = squeeze(lower(place.title))
            if len(title) >= _SHORTEST_TITLE and title in words:
                yield place

    def with_above(self, address: str) -> Iterator[str]:
        """Yield an address and those of the provisions that hold it, the whole text aside."""
        at: str | None = address
        while at is not None and (at == address or at != ROOT_ADDRESS):
            yield at
            at = self._above.get(at)


class _Check:
    def __init__(self, old: Text, new: Text, comparison: Comparison) -> None:
        self._old = _Tree(old)
        self._new = _Tree(new)
        self._changes = comparison.changes

    def of(self, summary: str) -> Announcement:
        named: dict[str, list[Place]] = {}
        olds: set[str] = set()
        news: set[str] = set()
        for name, label, number in _named(summary):
            before, after = self._old.numbered(label, number), self._new.numbered(label, number)
            named[name] = [*after, *before]
            olds |= {place.address for place in before}
            news |= {place.address for place in after}
        titles = squeeze(lower(summary))
        olds |= {place.address for place in self._old.titled(titles)}
        news |= {place.address for place in self._new.titled(titles)}
        if not named and not olds and not news:
            return Announcement(names_any=False)
        return Announcement(
            names_any=True,
            unchanged=tuple(places[0] for places in named.values() if places and not self._moved(places)),
            unannounced=tuple(self._unannounced(olds, news)),
            unknown=tuple(name for name, places in named.items() if not places),
        )

    def _moved(self, places: list[Place]) -> bool:
        """Whether anything worth announcing happened to one of `places` or to what it holds."""
        wanted = {place.address for place in places}
        return any(wanted & self._around(change) for change in self._changes if _is_worth_saying(change))

    def _around(self, change: Change) -> set[str]:
        """Return the provisions a change is about, and those that hold them."""
        old = self._old.with_above(change.old.address) if change.old else ()
        new = self._new.with_above(change.new.address) if change.new else ()
        return {*old, *new}

    def _unannounced(self, olds: set[str], news: set[str]) -> Iterator[Place]:
        """Yield, once each, the provisions whose words changed unsaid."""
        told: set[str] = set()
        for change in self._changes:
            place = change.new or change.old
            if place is None or place.address in told or not _is_of_words(change):
                continue
            before = self._old.with_above(change.old.address) if change.old else ()
            after = self._new.with_above(change.new.address) if change.new else ()
            if not (olds.intersection(before) or news.intersection(after)):
                told.add(place.address)
                yield place


def _is_of_words(change: Change) -> bool:
    return ChangeClass.WORDING in change.classes or bool(_KINDS_OF_WORDS & set(change.kinds))


def _is_worth_saying(change: Change) -> bool:
    return bool(set(change.kinds) - {ChangeKind.EDITED}) or bool(set(change.classes) - _SILENT)


def _named(summary: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield each provision that `summary` names as changed: its name as people say it, label and number."""
    said = (summary[start:end] for start, end in sentences(summary))
    for clause in (clause for sentence in said for clause in sentence.split(";")):
        if _DENIED.search(clause):
            continue
        for found in _NAMED.finditer(clause):
            if (found["owner"] or "").lower() in _ELSEWHERE:
                continue
            label = found["label"].lower()
            shown = "article" if label == "art" else label
            for number in _numbers(found["list"]):
                yield f"{shown} {number}", _LABELS[label], number


def _numbers(listed: str) -> Iterator[str]:
    """Yield each number of « 3 et 5 à 7 »."""
    for found in _RANGE.finditer(listed):
        first, last = plain_number(found["first"]), plain_number(found["last"] or found["first"])
        if first.isdecimal() and last.isdecimal() and 0 < int(last) - int(first) < _LONGEST_RANGE:
            yield from map(str, range(int(first), int(last) + 1))
        else:
            yield from dict.fromkeys((first, last))


def _is_called(place: Place, label: str | None) -> bool:
    return place.kind is Kind.PARAGRAPH if label is None else place.label == label


def _the(place: Place) -> str:
    """Return a provision inside a sentence: « l’article 9 », « le paragraphe 28 »."""
    if place.number is None:
        return f"« {place.title} »" if place.title else "le début du texte"
    noun = place.label or ("section" if place.kind is Kind.SECTION else "paragraphe")
    if noun[0] in "ao":
        return f"l’{noun} {place.number}"
    return f"{'la' if noun in ('section', 'partie') else 'le'} {noun} {place.number}"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
