"""Say when a text is to be published: at once or later, at an hour that disturbs few."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import PARIS, typed_day
from cgu_archive.corpus.model import Service
from kiosk.accounts.models import Account, SignIn
from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.approving import reason
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.publishing import key_of, ready
from kiosk.notices import services as notices
from kiosk.staff.officers import Person
from kiosk.traces.models import Trace
from kiosk.traces.services import Event

FARTHEST = timedelta(days=366)
LOOKED_AT = timedelta(days=28)
"""How long before now sign-ins are counted, to find the hour with fewest."""
MOST = 20_000
"""Sign-ins counted, the newest."""
ENOUGH = 100
"""Sign-ins under which no hour is told from another."""
USUAL = 6
"""The hour proposed then, in Paris: before most people begin."""
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Quiet:
    """An hour that is proposed, and how many sign-ins it was chosen from; 0: there were too few."""

    at: datetime
    sign_ins: int

    @property
    def local(self) -> str:
        """The instant as a form types it, in Paris."""
        return self.at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def instant_in_paris(typed: str) -> datetime:
    """Return the instant, in UTC, that people in Paris call `typed` (``2026-12-31T08:00``).

    When clocks go back and it comes twice, the first. Raises `RefusedError` for anything else, and for an
    hour that does not exist, when clocks go forward.
    """
    if not _LOCAL.fullmatch(typed):
        raise RefusedError("Indiquez un jour et une heure, par exemple 2026-12-31T08:00.")
    try:
        typed_day(typed.partition("T")[0])
        local = datetime.fromisoformat(typed).replace(tzinfo=PARIS)
    except ValueError as error:
        raise RefusedError("Ce jour ou cette heure n’existe pas.") from error
    found = local.astimezone(UTC)
    if found.astimezone(PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise RefusedError(
            "Cette heure n’existe pas ce jour-là en France\u00a0: l’horloge avance d’une heure. Choisissez-en"
            " une autre."
        )
    return found


def schedule(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    draft_id: str,
    at: datetime,
    *,
    seen: str,
    due_at: datetime | None,
    form_id: str | None = None,
    after: int | None = None,
) -> Held:
    """Have a draft published at `due_at`, or at once when it is None; the worker does it.

    What can be verified is verified as of then. Raises `OfficerError`, `RefusedError` for an instant that is
    past or too far, `PublicationRefusedError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.SCHEDULED, officer, at, after=after)
    due = due_at or at
    if not at <= due <= at + FARTHEST:
        raise RefusedError("Choisissez un instant à venir, dans l’année.")
    ready(session, service, held, due, seen)
    number = record(
        session, desk, held, Act.SCHEDULED, officer, at, Detail(due_at=due, form_id=form_id)
    )  # fmt: skip
    payload = {"publisher": officer.publisher, "draft": draft_id, "number": number}
    notices.enqueue(session, notices.PUBLISH, key_of(draft_id, number), payload, at, due_at=due)
    return find(session, officer.publisher, draft_id)


def unschedule(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    after: int | None = None,
) -> Held:
    """Let a publication to come not happen, saying why; what was approved stays so.

    Raises `OfficerError`, `RefusedError` (too late, for one), `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.UNSCHEDULED, officer, at, after=after)
    scheduled = held.standing.scheduled
    about = scheduled.number if scheduled else None
    record(session, desk, held, Act.UNSCHEDULED, officer, at, Detail(words=reason(words), about=about))
    return find(session, officer.publisher, draft_id)


def quiet(session: Session, publisher: str, at: datetime) -> Quiet:
    """Return the next hour, on a working day, when fewest people signed in over the last four weeks."""
    wanted = (
        select(Trace.at)
        .join(Account, Account.id == Trace.account_id)
        .where(
            Account.publisher == publisher,
            Trace.event == Event.SIGNED_IN.value,
            Trace.at > at - LOOKED_AT,
            Trace.at <= at,
        )
        .order_by(Trace.at.desc())
        .limit(MOST)
    )
    hours = [one.astimezone(PARIS).hour for one in session.scalars(wanted)]
    if len(hours) < ENOUGH:
        return Quiet(_next(USUAL, at), 0)
    counted = Counter(hours)
    fewest = min(range(24), key=lambda one: (counted[one], abs(one - USUAL)))
    return Quiet(_next(fewest, at), len(hours))


def connected(session: Session, publisher: str, at: datetime) -> int:
    """Return how many people of a publisher have a session open."""
    wanted = (
        select(func.count(distinct(SignIn.account_id)))
        .join(Account, Account.id == SignIn.account_id)
        .where(Account.publisher == publisher, SignIn.expires_at > at)
    )
    return session.scalar(wanted) or 0


def _next(hour: int, at: datetime) -> datetime:
    """Return the next time it is `hour` in Paris on a working day, in UTC, an hour from now at least."""
    soonest = at + timedelta(hours=1)
    day = soonest.astimezone(PARIS).date()
    while True:
        found = datetime.combine(day, time(hour), PARIS).astimezone(UTC)
        if found >= soonest and day.weekday() < _SATURDAY:
            return found
        day += timedelta(days=1)
