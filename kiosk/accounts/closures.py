"""Services that are shut for a while (T-18, S-35, O-52), read in the query that finds a person.

One row a publisher: whoever is asked who is there is told by the same statement what is closed, so that the
next request, in every process, is refused at no further cost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.accounts.models import Closure

Kept = Mapping[str, str | None]
"""As a row holds it: by service, when it opens again (ISO 8601, UTC), or None."""


@dataclass(frozen=True, slots=True)
class Shut:
    """A service that is closed."""

    until: datetime | None
    """When it opens again, by itself; None: when somebody opens it."""


def of(kept: Kept | None, service: str, at: datetime) -> Shut | None:
    """Return how a service is closed at an instant; None when it is open."""
    if not kept or service not in kept:
        return None
    written = kept[service]
    until = datetime.fromisoformat(written) if written else None
    return None if until is not None and until <= at else Shut(until)


def every(session: Session, publisher: str, at: datetime) -> dict[str, Shut]:
    """Return the services of a publisher that are closed at an instant."""
    kept = session.scalar(select(Closure.services).where(Closure.publisher == publisher)) or {}
    found = {service: of(kept, service, at) for service in kept}
    return {service: shut for service, shut in found.items() if shut is not None}


def close(session: Session, publisher: str, services: Collection[str], until: datetime | None) -> None:
    """Close services, from the commit on; those that are closed get this new end."""
    written = until.astimezone(UTC).isoformat() if until else None
    row = _locked(session, publisher)
    row.services = {**row.services, **dict.fromkeys(services, written)}


def reopen(session: Session, publisher: str, services: Collection[str]) -> None:
    """Open services again, from the commit on."""
    row = _locked(session, publisher)
    row.services = {name: end for name, end in row.services.items() if name not in services}


def _locked(session: Session, publisher: str) -> Closure:
    """Return the row of a publisher, which two people do not change at once."""
    wanted = select(Closure).where(Closure.publisher == publisher).with_for_update()
    found = session.scalar(wanted)
    if found is None:
        try:
            with session.begin_nested():
                session.add(Closure(publisher=publisher, services={}))
        except IntegrityError:  # somebody else closed the first service at the same instant
            pass
        found = session.scalars(wanted).one()
    return found
