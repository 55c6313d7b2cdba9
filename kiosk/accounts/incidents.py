"""Tell publishers, where their texts say, that a password was stolen or an account misused.

The register holds when each report was received here and to whom it went, and can never change (P-43, S-28,
T-16); what became of its mail is read from the task of that mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Contact, Service
from kiosk.accounts.models import IncidentReport, IncidentWords
from kiosk.notices.models import Task

Randomness = Callable[[int], bytes]


class State(StrEnum):
    """What became of the mail of a report."""

    SENT = "sent"
    """It waits, or is tried again."""
    DELIVERED = "delivered"
    """The mail server took it; nothing says that anybody read it."""
    UNDELIVERED = "undelivered"
    """Given up after every attempt."""
    BY_HAND = "by-hand"
    """The text gives no address of mail: the person writes."""


_STATES = {
    "waiting": State.SENT, "done": State.DELIVERED, "delivered-to-server": State.DELIVERED,
    "failed": State.UNDELIVERED,
}  # fmt: skip


def state_of(task: str | None) -> State:
    """Return what became of a mail, by the state of its task; None: nobody knows that task any more."""
    return _STATES.get(task or "", State.SENT)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One contact for incidents, and the services whose texts name it."""

    contact: Contact
    services: tuple[Service, ...]

    @property
    def address(self) -> str | None:
        """Where it is mailed: as the description gives it, never an address in other letters (S-31)."""
        email = self.contact.email
        return email if email is not None and email.isascii() else None


@dataclass(frozen=True, slots=True)
class Reported:
    """One line of the register."""

    id: str
    services: tuple[str, ...]
    address: str | None
    received_at: datetime
    state: State


def addressees(services: Iterable[Service]) -> tuple[Addressee, ...]:
    """Return whom an incident is told to: each way once, though several services of a publisher name it."""
    found: dict[tuple[str | None, ...], Addressee] = {}
    for service in services:
        contact = service.contacts["incident"]
        if contact is None or contact.lost:
            continue
        way = (contact.email,) if contact.email else (None, contact.url, contact.postal)
        named = found.get(way)
        found[way] = Addressee(
            named.contact if named else contact, (*(named.services if named else ()), service)
        )
    return tuple(found.values())


def record(
    session: Session,
    told: Addressee,
    *,
    publisher: str,
    account_id: str,
    words: str | None,
    at: datetime,
    randomness: Randomness,
) -> str:
    """Write one report in the register; returns its number. The caller queues `mail_key` and commits."""
    report_id = randomness(16).hex()
    session.add(
        IncidentReport(
            id=report_id,
            publisher=publisher,
            services=" ".join(service.slug for service in told.services),
            address=told.address,
            received_at=at,
        )
    )
    session.flush()
    session.add(IncidentWords(report_id=report_id, account_id=account_id, words=words))
    return report_id


def mail_key(report_id: str) -> str:
    """Return what names the mail of a report among the tasks."""
    return f"incident:{report_id}"


_REPORTED = (
    select(IncidentReport, Task.state)
    .outerjoin(Task, Task.key == "incident:" + IncidentReport.id)
    .order_by(IncidentReport.received_at.desc(), IncidentReport.id)
)


def of_account(session: Session, account_id: str) -> tuple[Reported, ...]:
    """Return what the holder of an account reported, newest first."""
    mine = _REPORTED.join(IncidentWords, IncidentWords.report_id == IncidentReport.id)
    found = session.execute(mine.where(IncidentWords.account_id == account_id))
    return tuple(_line(report, state) for report, state in found)


def register(session: Session, publisher: str | None = None) -> tuple[Reported, ...]:
    """Return the whole register, newest first; with `publisher`, what is its own."""
    wanted = _REPORTED.where(IncidentReport.publisher == publisher) if publisher else _REPORTED
    return tuple(_line(report, state) for report, state in session.execute(wanted))


def _line(report: IncidentReport, state: str | None) -> Reported:
    told = state_of(state) if report.address else State.BY_HAND
    return Reported(report.id, tuple(report.services.split(" ")), report.address, report.received_at, told)
