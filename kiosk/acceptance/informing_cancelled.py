"""Tell whom a version to come was announced to that it will not take effect; stop announcing it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service
from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.ledger.administration import Operator, Registrar
from kiosk.notices import announcements, reminders
from kiosk.notices.errors import AnnouncementError
from kiosk.notices.models import Task
from kiosk.notices.notifications import Notification
from kiosk.notices.services import MailAsked, enqueue_mailing
from kiosk.notices.writing import written
from kiosk.texts import services as texts
from kiosk.texts.models import CancelledVersion, PublishedVersion
from kiosk.texts.naming import document

PURPOSE = "cancellation"
BATCH = 200
"""Mails of the announcement looked at in one transaction."""
Randomness = Callable[[int], bytes]

FUNCTION = "annulation avant effet"
"""Under which the announcement is stopped."""


def mailing_of(version_id: int) -> str:
    """Return the mailing that tells of the cancellation of a version."""
    return f"cancellation:{version_id}"


def tell(
    engine: Engine, settings: Settings, clock: Clock, version_id: int, *, randomness: Randomness
) -> None:
    """Stop the announcement of a cancelled version and ask for one mail to each person it reached.

    Killed at any instant and called again, it goes on: nobody is written to twice. Raises `CorpusError` when
    the texts cannot be read, `KeyError` for an unknown service.
    """
    known = texts.load_services(settings.texts_dir)
    by, means = Operator(FUNCTION), Registrar(settings.mode.value, randomness)
    with writing(engine) as session:
        version = texts.get(session, version_id)
        cancelled = texts.cancellations(session, [version])[version_id]
        with suppress(AnnouncementError):  # it was stopped, or all of it has left
            announcements.stop(
                session, version_id, by=by, means=means, reason="Version annulée avant effet.", at=clock()
            )
        reminders.stop_every(session, version_id, by=by, means=means, at=clock())
    with reading(engine) as session:
        subject, body = _letter(session, known[version.service], version, cancelled, settings)
    after: int | None = 0
    while after is not None:
        with writing(engine) as session:
            after = _spread(session, version, cancelled, subject, body, clock, after)


def _letter(
    session: Session,
    service: Service,
    version: PublishedVersion,
    cancelled: CancelledVersion,
    settings: Settings,
) -> tuple[str, str]:
    address = f"{settings.public_url}/{service.publisher.slug}/{service.slug}/{version.terms}"
    return written(
        "mails/cancellation.txt",
        service=service,
        publisher=service.publisher,
        terms=service.document(version.terms),
        version=version,
        cancelled=cancelled,
        former=texts.former(session, version),
        text=f"{address}/{version.slug}",
        read=address,
        demonstration=settings.mode.value == "demonstration",
    )


def _spread(
    session: Session,
    version: PublishedVersion,
    cancelled: CancelledVersion,
    subject: str,
    body: str,
    clock: Clock,
    after: int,
) -> int | None:
    """Ask for the mails to the next of those reached; returns the last task looked at, None at the end."""
    announced = announcements.mailing_of(version.id)
    reached = session.execute(
        select(Task.id, Task.key)
        .where(Task.mailing == announced, Task.state.in_(announcements.LEFT), Task.id > after)
        .order_by(Task.id)
        .limit(BATCH)
    ).all()
    if not reached:
        return None
    people = [key.removeprefix(f"{announced}:") for _, key in reached]
    accounts = session.execute(
        select(Account.id, Account.email, Account.publisher, Subject.id)
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(Account.id.in_(people), Account.deactivated_at.is_(None))
        .order_by(Account.id)
    )
    mailing = mailing_of(version.id)
    mails: list[MailAsked] = [
        {
            "key": f"{mailing}:{account_id}", "to": email, "subject": subject, "body": body, "at": clock(),
            "publisher": publisher,
            "notification": Notification(PURPOSE, subject_id, cancelled.statement_hash, document(version)),
        }
        for account_id, email, publisher, subject_id in accounts
    ]  # fmt: skip
    enqueue_mailing(session, mailing, mails)
    return reached[-1][0]
