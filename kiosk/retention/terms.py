"""When what is kept ends, and when an answer is due. Pure: instants in and out; days are those of Paris."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from cgu_archive.corpus.dates import PARIS, day_in_paris, start_of_day
from cgu_archive.corpus.model import Service
from cgu_archive.corpus.rules import DEFAULT_RETENTION

WARNED_BEFORE = timedelta(days=30)
"""How long before it is deleted the holder of an unused account is warned."""
_MONTHS = 12


def years_after(at: datetime, years: int) -> datetime:
    """Return the same hour in Paris `years` later; of 29 February, that of 28 when there is none."""
    local = at.astimezone(PARIS)
    day = _day(local.year + years, local.month, local.day)
    return local.replace(year=day.year, month=day.month, day=day.day).astimezone(at.tzinfo)


EXTENSION_MONTHS = 2
"""By how much an answer may be put off, the person being told why within the month (RGPD, article 12(3))."""


def due_on(received_at: datetime, *, extended: bool = False) -> date:
    """Return the last day to answer what was received: one month after, three `extended` (RGPD, art. 12(3)).

    The day of the same number in the next month, or its last day when it has none (règlement 1182/71,
    article 3). A Saturday, a Sunday or a holiday does not put it off: earlier than the law asks, never later.
    """
    received = day_in_paris(received_at)
    months = received.year * _MONTHS + received.month + (EXTENSION_MONTHS if extended else 0)
    return _day(months // _MONTHS, months % _MONTHS + 1, received.day)


def due_at(received_at: datetime) -> datetime:
    """Return the instant from which no answer is overdue: the end, in Paris, of `due_on`."""
    return start_of_day(due_on(received_at) + timedelta(days=1))


def extended_due_at(received_at: datetime) -> datetime:
    """Return the instant from which no answer that was put off is overdue."""
    return start_of_day(due_on(received_at, extended=True) + timedelta(days=1))


def kept_years(services: Mapping[str, Service], slug: str | None) -> int:
    """Return the term of a service, in years; the longest of all when `slug` is None; 5 of an unknown one."""
    if slug is not None:
        return services[slug].retention.years if slug in services else DEFAULT_RETENTION.years
    return max((one.retention.years for one in services.values()), default=DEFAULT_RETENTION.years)


def unused_years(services: Mapping[str, Service], publisher: str) -> int:
    """Return how many years without a sign-in an account stays: the longest of its publisher's services."""
    own = (one.retention.unused_years for one in services.values() if one.publisher.slug == publisher)
    return max(own, default=DEFAULT_RETENTION.unused_years)


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
