"""Which version says what, since when: answers at an instant, « unknown » among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Terms, Version


class Standing(StrEnum):
    """The state of a version at an instant (the words people read are in the templates)."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    IN_FORCE = "in-force"
    LAST_KNOWN = "last-known"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    """Before it took effect."""


@dataclass(frozen=True, slots=True)
class InForce:
    """`version` is in force."""

    version: Version


@dataclass(frozen=True, slots=True)
class NothingYet:
    """No version had taken effect yet; `first` is the first to come."""

    first: Version | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody here can say; `last_known` is the newest text held that may apply."""

    last_known: Version


Answer = InForce | NothingYet | Unknown


def in_force(terms: Terms, at: datetime) -> Answer:
    """Return which published version of `terms` is in force at the instant `at`.

    A version of unknown date makes the answer unknown until one of known date takes effect after it.
    """
    answer: Answer = NothingYet(next(iter(terms.lasting), None))
    for version in terms.lasting:
        effective_at = version.metadata.effective_at
        if effective_at is None:
            if not _entered_after(version, at):
                answer = Unknown(version)
        elif effective_at <= at:
            answer = InForce(version)
    return answer


def current(terms: Terms, at: datetime) -> Version | None:
    """Return the version to read at `at`: the one in force, else the last known, if any."""
    match in_force(terms, at):
        case InForce(version) | Unknown(version):
            return version
    return None


def upcoming(terms: Terms, at: datetime) -> tuple[Version, ...]:
    """Return the published versions that take effect after `at`, soonest first."""
    later = [v for v in terms.lasting if (e := v.metadata.effective_at) is not None and e > at]
    return tuple(sorted(later, key=lambda version: version.metadata.effective_at or at))


def standing(terms: Terms, version: Version, at: datetime) -> Standing:
    """Return the state of `version` among `terms` at the instant `at`."""
    if not version.published:
        return Standing.DRAFT
    if version.cancellation is not None and version.cancellation.at <= at:
        return Standing.CANCELLED
    effective_at = version.metadata.effective_at
    if effective_at is not None and effective_at > at:
        return Standing.UPCOMING
    match in_force(terms, at):
        case InForce(now) if now.address == version.address:
            return Standing.IN_FORCE
        case Unknown(now) if now.address == version.address:
            return Standing.LAST_KNOWN
        case _:
            return Standing.SUPERSEDED


def _entered_after(version: Version, at: datetime) -> bool:
    """Whether the text is known to be younger than `at`: it declares a later date itself."""
    declared_on = version.metadata.declared_on
    return declared_on is not None and declared_on.earliest > day_in_paris(at)
