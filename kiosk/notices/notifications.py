"""What a mail told a person, and what became of it: one statement for each, and where to find it again.

A mail that tells nothing of a decision, a publication or a right has none: one-time codes, changes of
password. The statement is written in the transaction that ends the mail's task. Killed between the two, the
worker hands the mail over again, under the same Message-ID; the statement, of the last time, is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.ledger import services as ledger
from kiosk.notices.mail import MAIL, Handed
from kiosk.notices.models import NotificationRow
from kiosk.proof import kinds, statement
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.proof.errors import MalformedError
from kiosk.proof.statement import Kind

HANDED, REFUSED, BOUNCED = "handed", "refused", "bounced"
NO_MAIL = "0" * 64
"""Stands for the hash of a message that could not even be made."""
_PURPOSE_CHARACTERS = 32
_ANY_INSTANT = "2026-01-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Notification:
    """What a mail tells, and whom, as its statement says."""

    purpose: str
    """A word for what it is about: `decision`, `contestation`, `publication`…"""
    subject: str | None = None
    """The random identifier that the person's statements carry."""
    about: str | None = None
    """Hash of the statement that the mail is about."""
    document: Mapping[str, Json] | None = None
    """The version it is about, as statements name one (proof/README.md)."""

    def __post_init__(self) -> None:
        """Refuse now what could not be told once the mail has left: it would be sent again and again."""
        if not 0 < len(self.purpose) <= _PURPOSE_CHARACTERS:
            raise MalformedError(f"notification.purpose: 1 to {_PURPOSE_CHARACTERS} characters expected")
        common: dict[str, Json] = {
            "format": statement.FORMAT, "kind": Kind.NOTIFICATION, "environment": "demonstration",
            "id": "0" * 32, "at": _ANY_INSTANT,
        }  # fmt: skip
        kinds.check(Kind.NOTIFICATION, common | self.members(HANDED, MAIL, NO_MAIL))

    def members(self, state: str, channel: str, mail_hash: str) -> dict[str, Json]:
        """Return what the statement of one mail says, but for what all statements say."""
        return {
            "subject": self.subject,
            "about": self.about,
            "document": self.document,
            "purpose": self.purpose,
            "channel": channel,
            "mail_hash": mail_hash,
            "state": state,
        }

    def payload(self) -> dict[str, Any]:
        """Return what a task keeps of it."""
        return {
            "purpose": self.purpose,
            "subject": self.subject,
            "about": self.about,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one mail."""

    statement_hash: str
    purpose: str
    channel: str
    state: str
    at: datetime


def record(
    session: Session,
    payload: Mapping[str, Any],
    handed: Handed | None,
    *,
    mail_hash: str | None = None,
    message: str | None = None,
    environment: str,
    at: datetime,
    randomness: Callable[[int], bytes],
) -> str | None:
    """Record what became of the mail of `payload`: `handed`, or given up when that is None.

    `mail_hash` is that of the message that was refused last, `message` what its Message-ID begins with.
    Returns the hash of the statement, or None for a mail that tells nothing. The caller commits.
    """
    told = payload.get("notification")
    if told is None:
        return None
    what = Notification(**told)
    state, channel = (REFUSED, MAIL) if handed is None else (HANDED, handed.channel)
    email = Opening("email", randomness(SALT_BYTES), payload["to"])
    digest_of_mail = handed.mail_hash if handed else mail_hash or NO_MAIL
    members = {"id": randomness(16).hex(), **what.members(state, channel, digest_of_mail)}
    made = statement.make(Kind.NOTIFICATION, environment, at, members, (email,))
    digest = ledger.record(session, made, (email,), at)
    session.execute(
        insert(NotificationRow).values(
            statement_hash=digest,
            subject_id=what.subject,
            about=what.about,
            purpose=what.purpose,
            channel=channel,
            state=state,
            handed_at=at,
            message=message,
        )
    )
    return digest


def about(session: Session, hashes: Collection[str]) -> dict[str, tuple[Told, ...]]:
    """Return what became of the mails about each statement that has some, oldest first."""
    rows = session.scalars(
        select(NotificationRow)
        .where(NotificationRow.about.in_(hashes))
        .order_by(NotificationRow.handed_at, NotificationRow.statement_hash)
    )
    found: dict[str, tuple[Told, ...]] = {}
    for row in rows:
        if row.about is not None:
            told = Told(row.statement_hash, row.purpose, row.channel, row.state, row.handed_at)
            found[row.about] = (*found.get(row.about, ()), told)
    return found
