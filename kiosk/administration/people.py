"""Find people by service, version and state, page by page; count them without naming anybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, true
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.administration.errors import UnknownAccountError

PAGE = 50
"""People on one page."""
STEP = 250
"""Accounts looked at first."""


class State(StrEnum):
    """Where somebody stands with a version."""

    ACCEPTED = "accepted"
    AWAITING = "awaiting"
    """Their legal representative is asked to agree."""
    REFUSED = "refused"
    DEFERRED = "deferred"
    RENOUNCED = "renounced"
    TERMINATED = "terminated"
    SILENT = "silent"
    """They decided nothing on it."""


TO_DECIDE = (State.DEFERRED, State.SILENT)


@dataclass(frozen=True, slots=True)
class Found:
    """One person on a page."""

    account_id: str
    email: str
    state: State
    deactivated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """One account, as its page begins."""

    account_id: str
    email: str
    service: str
    created_at: datetime
    last_signed_in_at: datetime | None
    deactivated_at: datetime | None


def counts(session: Session, publisher: str, service: str, version_id: int) -> dict[State, int]:
    """Return how many people of a service stand where with a version, in one query that names nobody.

    People of a service signed up at it, or decided something of it.
    """
    state = _state(version_id)
    rows = session.execute(
        select(state, func.count())
        .select_from(Account)
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(*_of_service(publisher, service))
        .group_by(state)
    )
    found = {State(name): count for name, count in rows}
    return {one: found.get(one, 0) for one in State}


def page(
    session: Session, publisher: str, service: str, version_id: int, states: Collection[State], after: str
) -> list[Found]:
    """Return the next people who stand so with a version, in the order of identifiers, `PAGE` at most.

    `after` is the identifier of the last person of the page before; empty for the first. Accounts are read
    by steps until the page is full, each four times as long as the one before: who stands as most do costs
    one short step, and a state that is rare, a few.
    """
    found: list[Found] = []
    cursor, more, step = after, True, STEP
    while more and len(found) < PAGE:
        rows = session.execute(_step(publisher, service, version_id, cursor, step)).all()
        stand = ((row, State(row.state)) for row in rows if row.concerned)
        found += [
            Found(row.id, row.email, state, row.deactivated_at) for row, state in stand if state in states
        ]
        more = len(rows) == step
        cursor, step = rows[-1].id if rows else cursor, 4 * step
    return found[:PAGE]


def _step(publisher: str, service: str, version_id: int, after: str, count: int) -> Select[*tuple[Any, ...]]:
    """Return what asks for the next accounts of a publisher, whether each is of `service`, and its state."""
    held = (
        select(Account.id, Account.email, Account.service, Account.deactivated_at)
        .where(Account.publisher == publisher, Account.id > after)
        .order_by(Account.id)
        .limit(count)
        .subquery()
    )
    decided = exists().where(Decision.subject_id == Subject.id, Decision.service == service)
    return (
        select(
            held.c.id,
            held.c.email,
            held.c.deactivated_at,
            _state(version_id).label("state"),
            or_(held.c.service == service, decided).label("concerned"),
        )
        .outerjoin(Subject, Subject.account_id == held.c.id)
        .order_by(held.c.id)
    )


def by_address(session: Session, publisher: str, email_key: str, services: Collection[str]) -> str | None:
    """Return the account that has exactly this address, among the people of `services`."""
    found: str | None = session.scalar(_seen(publisher, services).where(Account.email_key == email_key))
    return found


def get(session: Session, publisher: str, account_id: str, services: Collection[str]) -> Known:
    """Return an account of the people of `services`; raises `UnknownAccountError`."""
    if session.scalar(_seen(publisher, services).where(Account.id == account_id)) is None:
        raise UnknownAccountError(account_id)
    row = session.execute(
        select(
            Account.id, Account.email, Account.service, Account.created_at, Account.last_signed_in_at,
            Account.deactivated_at,
        ).where(Account.id == account_id)
    ).one()  # fmt: skip
    return Known(*row)


def is_of(service: str | None) -> ColumnElement[bool]:
    """Return whether an account is of the people of a service; each one is, of None."""
    return true() if service is None else or_(Account.service == service, _decided_at((service,)))


def _seen(publisher: str, services: Collection[str]) -> Select[str]:
    return select(Account.id).where(
        Account.publisher == publisher, or_(Account.service.in_(tuple(services)), _decided_at(services))
    )


def _decided_at(services: Collection[str]) -> ColumnElement[bool]:
    return exists().where(
        Subject.account_id == Account.id,
        Decision.subject_id == Subject.id,
        Decision.service.in_(tuple(services)),
    )


def _of_service(publisher: str, service: str) -> tuple[ColumnElement[bool], ...]:
    decided = exists().where(Decision.subject_id == Subject.id, Decision.service == service)
    return Account.publisher == publisher, or_(Account.service == service, decided)


def _state(version_id: int) -> ColumnElement[Any]:
    """Return what says where a row stands: the kind of its last decision on the version."""
    last = (
        select(Decision.kind)
        .where(Decision.subject_id == Subject.id, Decision.version_id == version_id)
        .order_by(Decision.sequence.desc())
        .limit(1)
        .correlate(Subject)
        .scalar_subquery()
    )
    return case((last.is_(None), State.SILENT.value), else_=last)
