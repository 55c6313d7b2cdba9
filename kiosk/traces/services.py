"""Leave a trace of what happened to an account, find them again, purge them after a year."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kiosk.db import Row
from kiosk.proof.commitment import SALT_BYTES
from kiosk.traces.models import Trace

Randomness = Callable[[int], bytes]

KEPT = timedelta(days=365)
"""Requirement S-62: one year, and never a day more, the year being leap or not."""


class Event(StrEnum):
    """What happened."""

    ACCOUNT_OPENED = "account-opened"
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    """A wrong password was given for the account."""
    SIGNED_OUT = "signed-out"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an event
    ADDRESS_CHANGED = "address-changed"
    INCIDENT_REPORTED = "incident-reported"
    CODES_MADE = "recovery-codes-made"
    SHOWN = "document-shown"
    """A version was on the screen, to be decided on; told once a day."""
    DECIDED = "decision-made"
    DOWNLOADED = "receipt-downloaded"
    EXPORTED = "data-exported"


def leave(
    session: Session,
    account_id: str,
    event: Event,
    at: datetime,
    randomness: Randomness,
    service: str | None = None,
    version_id: int | None = None,
) -> None:
    """Write down that `event` happened to the account `at`; the caller commits.

    A document shown again to the same account on the same day (UTC) leaves no second trace.
    """
    values = row(account_id, event, at, randomness, service, version_id).values
    dialect = session.get_bind().dialect.name
    inserting = postgresql.insert(Trace) if dialect == "postgresql" else sqlite.insert(Trace)
    once = [Trace.day, Trace.version_id, Trace.account_id]
    session.execute(inserting.values(values).on_conflict_do_nothing(index_elements=once))


def row(
    account_id: str,
    event: Event,
    at: datetime,
    randomness: Randomness,
    service: str | None = None,
    version_id: int | None = None,
) -> Row:
    """Return the row that `leave` writes, for who writes others with it; not for a document shown."""
    values = {
        "account_id": account_id, "event": event.value, "at": at, "service": service,
        "version_id": version_id, "day": at.astimezone(UTC).date() if event is Event.SHOWN else None,
        "salt": randomness(SALT_BYTES),
    }  # fmt: skip
    return Row(Trace, values)


def of_account(session: Session, account_id: str) -> list[Trace]:
    """Return the traces of an account, newest first."""
    found = select(Trace).where(Trace.account_id == account_id).order_by(Trace.at.desc(), Trace.id.desc())
    return list(session.scalars(found))


def shown(session: Session, account_id: str, versions: Collection[int]) -> set[int]:
    """Return which of `versions` were on the screen of an account, as far as traces are kept."""
    found = session.scalars(
        select(Trace.version_id).where(
            Trace.account_id == account_id,
            Trace.event == Event.SHOWN.value,
            Trace.version_id.in_(versions),
        )
    )
    return {one for one in found if one is not None}


def forget(session: Session, account_id: str) -> int:
    """Delete the traces of an account that is erased; returns how many. The caller commits.

    Those of documents shown stay until they are a year old: what was shown to others on the same day is
    proved by the digest of all lines of the day.
    """
    mine = Trace.account_id == account_id, Trace.event != Event.SHOWN.value
    done = session.execute(delete(Trace).where(*mine))
    return done.rowcount if isinstance(done, CursorResult) else 0


def purge(session: Session, at: datetime) -> int:
    """Delete the traces that are a year old `at`; returns how many. The caller commits."""
    done = session.execute(delete(Trace).where(Trace.at <= at - KEPT))
    return done.rowcount if isinstance(done, CursorResult) else 0
