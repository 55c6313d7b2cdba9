"""What officers may do: several roles each, from a day, until a day, everywhere or at some services."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kiosk.staff.errors import OfficerError
from kiosk.staff.models import Officer, OfficerRole


class Role(StrEnum):
    """What an officer may do."""

    EVIDENCE = "evidence"
    """Ask for a person's evidence, approve what another asked, take it out."""
    SUPPORT = "support"
    """Look for people, close and open accounts again, close a service for a while."""
    SANCTIONS = "sanctions"
    """Send notices of measures after a breach, decide them, lift them."""
    AUTHOR = "author"
    """Write texts."""
    REVIEWER = "reviewer"
    """Approve what an author wrote."""
    PUBLISHER = "publisher"
    """Publish what was approved."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of an officer."""

    role: Role
    service: str | None
    """None: at every service of the publisher."""
    begins_at: datetime
    ends_at: datetime | None = None
    """None: until it is withdrawn."""

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


def permitted(grants: Iterable[Grant], role: Role, offered: Collection[str], at: datetime) -> tuple[str, ...]:
    """Return the services among `offered` where `grants` give `role` at an instant, in order."""
    places = {one.service for one in grants if one.role is role and one.holds(at)}
    return tuple(slug for slug in offered if None in places or slug in places)


def everywhere(grants: Iterable[Grant], role: Role, at: datetime) -> bool:
    """Whether `grants` give `role` at every service of the publisher at an instant."""
    return any(one.role is role and one.service is None and one.holds(at) for one in grants)


def held(grants: Iterable[Grant], at: datetime) -> frozenset[Role]:
    """Return the roles that `grants` give at an instant, at one service at least."""
    return frozenset(one.role for one in grants if one.holds(at))


def of(session: Session, officer_id: str) -> tuple[Grant, ...]:
    """Return the roles that an officer has, had and will have."""
    rows = session.scalars(
        select(OfficerRole).where(OfficerRole.officer_id == officer_id).order_by(OfficerRole.sequence)
    )
    return tuple(Grant(Role(row.role), row.service, row.begins_at, row.ends_at) for row in rows)


def give(session: Session, officer_id: str, grant: Grant) -> None:
    """Give a role to an officer. Raises `OfficerError` when they have it, or it would never hold."""
    _lock(session, officer_id)
    if grant.ends_at is not None and grant.ends_at <= grant.begins_at:
        raise OfficerError("La fin du rôle précède son début.")
    if session.scalar(select(OfficerRole.sequence).where(*_in_force(officer_id, grant, grant.begins_at))):
        raise OfficerError("Cette personne a déjà ce rôle.")
    last = select(func.max(OfficerRole.sequence)).where(OfficerRole.officer_id == officer_id)
    session.add(
        OfficerRole(
            officer_id=officer_id,
            sequence=(session.scalar(last) or 0) + 1,
            role=grant.role.value,
            service=grant.service,
            begins_at=grant.begins_at,
            ends_at=grant.ends_at,
        )
    )
    session.flush()


def withdraw(session: Session, officer_id: str, role: Role, service: str | None, at: datetime) -> None:
    """End a role of an officer now. Raises `OfficerError` when they do not have it."""
    _lock(session, officer_id)
    found = session.scalars(
        select(OfficerRole).where(*_in_force(officer_id, Grant(role, service, at), at))
    ).all()
    if not found:
        raise OfficerError("Cette personne n’a pas ce rôle.")
    for row in found:
        row.ends_at = at


def _in_force(officer_id: str, grant: Grant, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what finds the rows of the same role at the same place that did not end `at` an instant."""
    return (
        OfficerRole.officer_id == officer_id,
        OfficerRole.role == grant.role.value,
        OfficerRole.service.is_(None) if grant.service is None else OfficerRole.service == grant.service,
        or_(OfficerRole.ends_at.is_(None), OfficerRole.ends_at > at),
    )


def _lock(session: Session, officer_id: str) -> None:
    """Wait until what this officer is doing is over."""
    session.scalar(select(Officer.id).where(Officer.id == officer_id).with_for_update(key_share=True))
