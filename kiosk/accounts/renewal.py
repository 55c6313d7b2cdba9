"""When a password expires, and what its holder is told before: arithmetic on days in Paris (O-32, O-33)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum

from cgu_archive.corpus.dates import day_in_paris, start_of_day
from cgu_archive.corpus.rules import Campaign

YEAR = 365
"""Days of a rule that means « at the anniversary of the last change », leap years included."""
SPARED = 31
"""Days: who changed a password within fewer before a campaign, reminded a month before, is let alone."""


class Stage(IntEnum):
    """What was told of a password, in order."""

    NOTHING = 0
    MONTH = 1
    WEEK = 2
    EVE = 3
    EXPIRED = 4
    SUSPENSION = 5
    """It was not renewed: a suspension is proposed (article 2, section 3 of OCAPIAT's text)."""


BEFORE: Mapping[Stage, int] = {
    Stage.MONTH: 30, Stage.WEEK: 7, Stage.EVE: 1, Stage.EXPIRED: 0, Stage.SUSPENSION: -30,
}  # fmt: skip
"""How many days before it expires each is told; after, when negative."""


def expires_on(changed_on: date, renewal_days: int, campaigns: Sequence[Campaign] = ()) -> date:
    """Return the first day on which a password changed on `changed_on` no longer opens anything.

    The anniversary when the rule is a year: « au moins une fois par an ». One changed on 29 February expires
    on 28 February, for 1 March would be more than a year later. A campaign comes before when it begins
    `SPARED` days or more after the change: the anniversary is never passed.
    """
    first = changed_on + timedelta(days=SPARED)
    begun = (next(day for day in _days_of(one, first.year) if day >= first) for one in campaigns)
    return min((_own_end(changed_on, renewal_days), *begun))


def _days_of(campaign: Campaign, year: int) -> Iterator[date]:
    """Yield the days of a campaign in `year` and the next."""
    return (date(one, campaign.month, campaign.day) for one in (year, year + 1))


def _own_end(changed_on: date, renewal_days: int) -> date:
    if renewal_days != YEAR:
        return changed_on + timedelta(days=renewal_days)
    try:
        return changed_on.replace(year=changed_on.year + 1)
    except ValueError:
        return date(changed_on.year + 1, 2, 28)


def expires_at(changed_at: datetime, renewal_days: int, campaigns: Sequence[Campaign] = ()) -> datetime:
    """Return the instant, in UTC, from which the password has expired: the day in Paris begins."""
    return start_of_day(expires_on(day_in_paris(changed_at), renewal_days, campaigns))


def expired(
    changed_at: datetime, renewal_days: int | None, at: datetime, campaigns: Sequence[Campaign] = ()
) -> bool:
    """Whether a password changed `changed_at` has expired `at`; never where no text asks for renewal."""
    return renewal_days is not None and at >= expires_at(changed_at, renewal_days, campaigns)


def changed_before(day: date, renewal_days: int, campaigns: Sequence[Campaign] = ()) -> datetime:
    """Return the instant before which passwords were changed that have expired by `day`, it included."""
    begun = (max(one for one in _days_of(each, day.year - 1) if one <= day) for each in campaigns)
    called = (start_of_day(one - timedelta(days=SPARED - 1)) for one in begun)
    return max((_own_change(day, renewal_days), *called))


def _own_change(day: date, renewal_days: int) -> datetime:
    if renewal_days != YEAR:
        return start_of_day(day - timedelta(days=renewal_days - 1))
    latest = date(day.year - 1, day.month, 28) if (day.month, day.day) == (2, 29) else _year_before(day)
    return start_of_day(latest + timedelta(days=1))


def _year_before(day: date) -> date:
    """Return the last day whose anniversary is `day`: 29 February when it is a 28 and that year has one."""
    if (day.month, day.day) == (2, 28):
        return date(day.year - 1, 3, 1) - timedelta(days=1)
    return day.replace(year=day.year - 1)
