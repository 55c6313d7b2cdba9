"""What the publisher is told when a person ends the agreement for a breach (SOFFi, paragraph 77; S-54).

One mail, with the receipt of the decision, to the address of mail that the service's text gives first; what
becomes of it is a statement, and the register tells it without naming anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Contact, Service
from kiosk.acceptance.asking import Holder, Past
from kiosk.acceptance.models import Decision
from kiosk.acceptance.policy import Kind
from kiosk.accounts import incidents, mails
from kiosk.accounts.incidents import State
from kiosk.db import Row
from kiosk.extensions import current_service
from kiosk.notices.models import Task
from kiosk.notices.notifications import Notification
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

PURPOSE = "termination"
"""Of the statement that tells what became of the mail."""
_CONTACTS = ("contact", "assistance", "incident")
_KEY = "termination:"


@dataclass(frozen=True, slots=True)
class Ended:
    """One line of the register."""

    service: str
    at: datetime
    state: State


def addressee(service: Service) -> Contact | None:
    """Return the contact of `service` that a termination is mailed to; None when no text gives an address.

    An address in other letters than Latin ones is never written to (S-31).
    """
    named = (service.contacts[one] for one in _CONTACTS)
    return next((one for one in named if one is not None and one.email and one.email.isascii()), None)


def told(
    holder: Holder, decision: Past, version: PublishedVersion, clause: str, words: str | None
) -> list[Row]:
    """Return the row that asks for the mail to the publisher, with the clause invoked; none without address.

    `words` are what the person reproaches.
    """
    service = current_service()
    contact = addressee(service)
    if contact is None or contact.email is None:
        return []
    return [
        mails.row(
            "termination",
            key=f"{_KEY}{decision.id}",
            to=contact.email,
            receipt=decision.statement_hash,
            notification=Notification(
                PURPOSE, decision.subject_id, decision.statement_hash, document(version)
            ),
            about=service,
            terms=service.document(version.terms),
            version=version,
            email=holder.email,
            clause=clause,
            words=words,
            decided_at=decision.decided_at,
        )
    ]


def register(session: Session, services: Collection[Service]) -> list[Ended]:
    """Return the terminations at `services`, newest first, and what became of the mail of each."""
    held = {one.slug: one for one in services}
    rows = session.execute(
        select(Decision.service, Decision.decided_at, Task.state)
        .outerjoin(Task, Task.key == _KEY + Decision.id)
        .where(Decision.kind == Kind.TERMINATED.value, Decision.service.in_(held))
        .order_by(Decision.decided_at.desc(), Decision.id)
    )
    return [
        Ended(slug, at, incidents.state_of(state) if state and addressee(held[slug]) else State.BY_HAND)
        for slug, at, state in rows
    ]
