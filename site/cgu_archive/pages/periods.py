"""Which text applied when: the life of a document cut where the answer changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from cgu_archive.corpus.dates import PARIS, PartialDate, start_of_day
from cgu_archive.corpus.model import Terms
from cgu_archive.corpus.timeline import Answer, in_force
from cgu_archive.rendering import words


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one answer ends and the next begins; `said` when the text itself only gives a rough date."""

    at: datetime
    said: PartialDate | None = None

    def after(self, before_day: str, before_month: str) -> str:
        """Return the boundary after the word that fits it; a month stays a month."""
        if self.said is not None and self.said.day is None:
            return f"{before_month} {words.partial(self.said)}"
        return f"{before_day} {words.instant(self.at)}".replace(" h ", "\u00a0h\u00a0")

    @property
    def local(self) -> str:
        """Paris time as ``2026-03-02T00:00``: two of them compare as strings."""
        return self.at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time with one answer; None where it is open."""

    begins: Boundary | None
    ends: Boundary | None
    answer: Answer

    @property
    def label(self) -> str:
        """The period as people read it."""
        begins, ends = self.begins, self.ends
        if begins is None:
            return "À toute date" if ends is None else ends.after("Avant le", "Avant")
        if ends is None:
            return begins.after("Depuis le", "Depuis")
        return f"{begins.after('Du', 'De')} {ends.after('au', 'à')}"


def periods(terms: Terms) -> tuple[Period, ...]:
    """Return the periods of `terms`, oldest first; together they cover all time, without overlap."""
    edges: list[Boundary | None] = [None, *_boundaries(terms), None]
    found: list[Period] = []
    for begins, ends in pairwise(edges):
        answer = in_force(terms, _inside(begins, ends))
        if found and found[-1].answer == answer:
            found[-1] = Period(found[-1].begins, ends, answer)
        else:
            found.append(Period(begins, ends, answer))
    return tuple(found)


def _boundaries(terms: Terms) -> list[Boundary]:
    found: dict[datetime, Boundary] = {}
    for version in terms.lasting:
        metadata = version.metadata
        if metadata.effective_at is not None:
            found[metadata.effective_at] = Boundary(metadata.effective_at)
        elif metadata.declared_on is not None:
            at = start_of_day(metadata.declared_on.earliest)
            found.setdefault(at, Boundary(at, metadata.declared_on))
    return [found[at] for at in sorted(found)]


def _inside(begins: Boundary | None, ends: Boundary | None) -> datetime:
    """Return an instant within a period; the answer is the same at each of them."""
    if begins is None:
        return ends.at - timedelta(days=1) if ends else start_of_day(date(2000, 1, 1))
    return begins.at + ((ends.at - begins.at) / 2 if ends else timedelta(days=1))
