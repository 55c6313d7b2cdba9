"""How values are said in an English page: days, instants, hours. Papers and mails say them in French."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date

from cgu_archive.corpus.dates import PARIS, day_in_paris, start_of_day
from cgu_archive.corpus.model import SupportHours

_LOCALE = "en_GB"
_DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


def day(value: date | datetime) -> str:
    """Return a day in full: ``1 March 2026``; of an instant, the day it is in Paris."""
    return format_date(day_in_paris(value) if isinstance(value, datetime) else value, "long", _LOCALE)


def instant(at: datetime) -> str:
    """Return ``22 November 2026 at 09:00:00 (Paris time)``: a record gives the second."""
    return f"{day(at)} at {at.astimezone(PARIS):%H:%M:%S} (Paris time)"


def ending(at: datetime) -> str:
    """Return ``30 November 2026 included (Paris time)`` when a day ends then, else the instant."""
    if start_of_day(day_in_paris(at)) != at:
        return instant(at)
    return f"{day(at - timedelta(seconds=1))} included (Paris time)"


def hours(support: SupportHours) -> str:
    """Return ``Monday to Friday, 7:30 to 19:30``; the hours are those of Paris."""
    first, last = (_DAYS[support.days[at]] for at in (0, -1))
    return f"{first} to {last}, {support.opens:%-H:%M} to {support.closes:%-H:%M}"
