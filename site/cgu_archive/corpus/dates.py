"""Dates as texts give them: sometimes a day, sometimes a month, sometimes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
"""The legal time of the five texts."""

_YEARS = range(1900, 3000)
"""Years that somebody means; beyond, a calendar ends and a day has no next or no midnight."""
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or the month too, may be unknown; none is ever invented."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        date(self.year, self.month or 1, self.day or 1)
        if self.day is not None and self.month is None:
            raise ValueError("a day without a month is no date")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the date written ``2024``, ``2024-01`` or ``2024-01-31``; raises `ValueError`."""
        found = _PARTIAL.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in found.groups())
        return cls(year or 0, month, day)

    def __str__(self) -> str:
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @property
    def earliest(self) -> date:
        """The first day this date may be."""
        return date(self.year, self.month or 1, self.day or 1)


def typed_day(typed: str) -> date:
    """Return the day that somebody typed, ``2026-12-31``. Raises `ValueError` for one that nobody means."""
    found = date.fromisoformat(typed)
    if found.year not in _YEARS:
        raise ValueError(f"{typed!r} is of no year that is meant")
    return found


def start_of_day(day: date) -> datetime:
    """Return the instant, in UTC, at which `day` begins in Paris."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def day_in_paris(at: datetime) -> date:
    """Return the day it is in Paris at the instant `at`."""
    return at.astimezone(PARIS).date()
