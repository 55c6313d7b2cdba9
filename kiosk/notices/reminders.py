"""One more mail about a version, to people told of it who decided nothing: asked for by a team, stoppable.

What goes through the people is above this room (`kiosk.acceptance.reminding`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.ledger import administration
from kiosk.ledger.administration import Act, Actor, Deed, Means
from kiosk.notices import services
from kiosk.notices.announcements import LEFT
from kiosk.notices.errors import ReminderError
from kiosk.notices.models import Reminder
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

PURPOSE = "reminder"
BETWEEN = timedelta(days=7)
"""Two reminders about a version are at least so far apart, stopped or not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A reminder, and how much of it has left."""

    reminder: Reminder
    left: int
    """How many mails were taken by the server, or written in the folder of a demonstration."""
    waiting: int


def mailing_of(version_id: int, number: int) -> str:
    """Return what names the mailing of a reminder, and the task that goes through the people."""
    return f"{services.REMIND}:{version_id}:{number}"


def every(session: Session, version_id: int) -> list[Standing]:
    """Return the reminders about a version, oldest first."""
    wanted = select(Reminder).where(Reminder.version_id == version_id).order_by(Reminder.number)
    found = session.scalars(wanted).all()
    mails = services.states(session, [mailing_of(version_id, one.number) for one in found])
    return [_standing(one, mails[mailing_of(version_id, one.number)]) for one in found]


def refuse(version: PublishedVersion, last: Reminder | None, at: datetime) -> None:
    """Raise `ReminderError` when nobody may be reminded of `version` at this instant."""
    if version.required_at is None or at >= version.required_at:
        raise ReminderError(
            "On ne rappelle une version qu’avant la date où chacun doit avoir décidé :"
            " celle-ci est passée, ou n’a jamais été fixée."
        )
    if last is not None and at < last.asked_at + BETWEEN:
        raise ReminderError("Un rappel a déjà été demandé il y a moins de sept jours.")


def ask(
    session: Session,
    version: PublishedVersion,
    publisher: str,
    *,
    by: Actor,
    means: Means,
    concerned: int,
    at: datetime,
) -> int:
    """Ask that people be reminded of `version`; returns the number of the reminder. The caller commits.

    `by` is an officer; `concerned` is how many people it is for, as things stand. Raises `ReminderError` when
    it is too late, too soon, or somebody else asked for one at the same instant.
    """
    done = every(session, version.id)
    last = done[-1].reminder if done else None
    refuse(version, last, at)
    number = (last.number if last else 0) + 1
    session.add(
        Reminder(
            version_id=version.id, number=number, publisher=publisher, officer_id=by.id,
            function=by.function, asked_at=at,
        )
    )  # fmt: skip
    try:
        session.flush()
    except IntegrityError as error:
        raise ReminderError("Quelqu’un d’autre vient de demander ce rappel.") from error
    _seal(session, means, by, Act.REMINDER_ASKED, publisher, version, number, at, concerned)
    payload = {"version_id": version.id, "number": number}
    services.enqueue(session, services.REMIND, mailing_of(version.id, number), payload, at)
    return number


def locked(session: Session, version_id: int, number: int) -> Reminder:
    """Return a reminder, locked until the end of the transaction; raises `ReminderError`."""
    found = session.get(Reminder, (version_id, number), with_for_update=True, populate_existing=True)
    if found is None:
        raise ReminderError(f"Aucun rappel n° {number} de la version n° {version_id}.")
    return found


def stop(session: Session, version_id: int, number: int, *, by: Actor, means: Means, at: datetime) -> int:
    """Let nothing more of a reminder leave, for good; returns how many mails were kept back.

    The caller commits. Raises `ReminderError` when it is stopped, or all of it has left.
    """
    held = locked(session, version_id, number)
    if held.stopped_at is not None:
        raise ReminderError("Ce rappel est déjà arrêté.")
    mailing = mailing_of(version_id, number)
    kept_back = services.stop(session, mailing, mailing)
    if held.ended_at is not None and not kept_back:
        raise ReminderError("Il n’y a plus rien à arrêter : tout est parti.")
    held.stopped_at = at
    version = texts.get(session, version_id)
    _seal(session, means, by, Act.REMINDER_STOPPED, held.publisher, version, number, at, kept_back)
    return kept_back


def stop_every(session: Session, version_id: int, *, by: Actor, means: Means, at: datetime) -> None:
    """Let nothing more of any reminder about a version leave. The caller commits."""
    for one in every(session, version_id):
        if one.reminder.stopped_at is None and (one.waiting or one.reminder.ended_at is None):
            stop(session, version_id, one.reminder.number, by=by, means=means, at=at)


def record_of(version_id: int, number: int, act: Act) -> str:
    """Return what the ledger calls that a reminder was asked for, or stopped."""
    return f"reminder/{version_id}/{number}/{act.removeprefix('reminder-')}"


def _seal(
    session: Session,
    means: Means,
    by: Actor,
    act: Act,
    publisher: str,
    version: PublishedVersion,
    number: int,
    at: datetime,
    count: int,
) -> None:
    deed = Deed(
        act, publisher, record_of(version.id, number, act), (version.service,),
        document=document(version), count=count,
    )  # fmt: skip
    administration.record(session, means, by, deed, at)


def _standing(reminder: Reminder, mails: dict[str, int]) -> Standing:
    waiting = mails.get(services.WAITING, 0)
    return Standing(reminder, sum(mails.get(one, 0) for one in LEFT), waiting)
