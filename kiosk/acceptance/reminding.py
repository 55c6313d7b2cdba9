"""Remind people of a version: who was told of it and decided nothing, in steps of bounded work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, exists, func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Kind
from kiosk.accounts.models import Account
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.notices import announcements, reminders
from kiosk.notices.models import Task
from kiosk.notices.notifications import Notification
from kiosk.notices.services import MailAsked, enqueue_mailing, is_due
from kiosk.notices.writing import written
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

BATCH = 200
"""Mails of the announcement looked at in one transaction."""


def letter(service: Service, version: PublishedVersion, *, public_url: str, mode: str) -> tuple[str, str]:
    """Return the subject and the body of what people are reminded of, the same words for everybody."""
    address = f"{public_url}/{service.publisher.slug}/{service.slug}/{version.terms}"
    return written(
        "mails/reminder.txt",
        service=service,
        publisher=service.publisher,
        terms=service.document(version.terms),
        version=version,
        text=f"{address}/{version.slug}",
        decide=f"{address}/decider",
        demonstration=mode == "demonstration",
    )


def silent(session: Session, version: PublishedVersion) -> int:
    """Return how many people a reminder would be sent to now."""
    announced = announcements.mailing_of(version.id)
    told = select(func.count()).select_from(Account).join(Task, Task.key == announced + ":" + Account.id)
    told = told.outerjoin(Subject, Subject.account_id == Account.id)
    return session.scalar(told.where(*_silent(version, announced))) or 0


def tell(
    engine: Engine, settings: Settings, clock: Clock, payload: Mapping[str, Any], stopped: Callable[[], bool]
) -> bool:
    """Ask for the mails of a reminder, step by step; returns whether some people are left to look at.

    It gives way to whatever else is due, and ends when `stopped`. Raises `CorpusError` when the texts cannot
    be read, `UnknownVersionError`, `ReminderError`, `KeyError` for an unknown service.
    """
    known = texts.load_services(settings.texts_dir)
    with reading(engine) as session:
        version = texts.get(session, payload["version_id"])
        if texts.cancellations(session, [version]):
            return False
        words = letter(
            known[version.service], version, public_url=settings.public_url, mode=settings.mode.value
        )
    more = True
    while more:
        with writing(engine) as session:
            more = spread(session, version, payload["number"], words, clock())
        with reading(engine) as session:
            if more and (stopped() or is_due(session, clock())):
                return True
    return False


def spread(
    session: Session,
    version: PublishedVersion,
    number: int,
    words: tuple[str, str],
    at: datetime,
    batch: int = BATCH,
) -> bool:
    """Ask for the mails to the next of those who were told, and move on; returns whether some are left.

    The mails and how far it went are one transaction, which the caller commits: killed at any instant, it
    goes on where it was, and nobody is written to twice. Who decides meanwhile is left out.
    """
    held = reminders.locked(session, version.id, number)
    if held.stopped_at is not None or held.ended_at is not None:
        return False
    announced = announcements.mailing_of(version.id)
    reached = session.execute(
        select(Task.id, Task.key)
        .where(Task.mailing == announced, Task.id > held.cursor)
        .order_by(Task.id)
        .limit(batch)
    ).all()
    people = [key.removeprefix(f"{announced}:") for _, key in reached]
    rows = session.execute(
        select(Account.id, Account.email, Subject.id.label("subject_id"))
        .join(Task, Task.key == announced + ":" + Account.id)
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(Account.id.in_(people), *_silent(version, announced))
        .order_by(Account.id)
    )
    mailing, (subject, body) = reminders.mailing_of(version.id, number), words
    mails: list[MailAsked] = [
        {
            "key": f"{mailing}:{row.id}", "to": row.email, "subject": subject, "body": body, "at": at,
            "publisher": held.publisher,
            "notification": Notification(
                reminders.PURPOSE, row.subject_id, version.statement_hash, document(version)
            ),
        }
        for row in rows
    ]  # fmt: skip
    held.told += enqueue_mailing(session, mailing, mails)
    if len(reached) < batch:
        held.ended_at = at
        return False
    held.cursor = reached[-1].id
    return True


def _silent(version: PublishedVersion, announced: str) -> tuple[Any, ...]:
    """Return who of accounts, with the mail that announced `version` and their subject, is to be reminded.

    Told, not deactivated, without a decision on this version but that of deciding later.
    """
    decided = exists().where(
        Decision.subject_id == Subject.id,
        Decision.version_id == version.id,
        Decision.kind != Kind.DEFERRED.value,
    )
    return Task.state.in_(announcements.LEFT), Account.deactivated_at.is_(None), ~decided
