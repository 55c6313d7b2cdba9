"""What the worker does for accounts by itself: passwords that expire, recoveries whose wait is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.rules import PasswordRule
from kiosk.accounts import incidents, letters, recovery, renewal, services
from kiosk.accounts.letters import Desk
from kiosk.accounts.models import Account
from kiosk.accounts.renewal import BEFORE, Stage
from kiosk.clock import Clock
from kiosk.db import reading, writing

_FEW = 200
"""Accounts handled in one transaction: others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done."""

    told: int
    """Holders who were told that their password expires, or has expired."""
    proposed: int
    """Suspensions that were proposed."""
    recovered: int
    """Accounts that were given another address."""

    @property
    def anything(self) -> bool:
        """Whether there was something to do."""
        return self.told + self.proposed + self.recovered > 0


def tend(engine: Engine, desk: Desk, clock: Clock, *, stopped: Callable[[], bool]) -> Tended:
    """Do all that is due, a transaction at a time, until nothing is left or `stopped`."""
    told = proposed = 0
    for publisher in sorted({one.publisher.slug for one in desk.services.values()}):
        with reading(engine) as session:
            rule = services.publisher_password_rule(session, desk.services_of(publisher), at=clock())
        if rule.renewal_days is None:
            continue
        for stage in sorted(BEFORE, reverse=True):
            while not stopped():
                with writing(engine) as session:
                    done = tell(session, desk, publisher, rule, stage, clock())
                if not done:
                    break
                told += 0 if stage is Stage.SUSPENSION else done
                proposed += done if stage is Stage.SUSPENSION else 0
    return Tended(told, proposed, _recover(engine, desk, clock))


def tell(session: Session, desk: Desk, publisher: str, rule: PasswordRule, stage: Stage, at: datetime) -> int:
    """Bring to `stage` passwords that have reached it; returns how many, `_FEW` at most. The caller commits.

    Who is late by several stages is told the last alone. Nobody is told twice: a password changed meanwhile
    is left alone.
    """
    days = rule.renewal_days or renewal.YEAR
    before = renewal.changed_before(day_in_paris(at) + timedelta(days=BEFORE[stage]), days, rule.campaigns)
    due = (
        select(Account.id, Account.email, Account.password_changed_at)
        .where(
            Account.publisher == publisher,
            Account.renewal_told.in_(range(stage)),
            Account.password_changed_at < before,
            Account.deactivated_at.is_(None),
        )
        .order_by(Account.password_changed_at, Account.id)
        .limit(_FEW)
    )
    values: dict[str, object] = {"renewal_told": int(stage)}
    if stage is Stage.SUSPENSION:
        values["suspension_proposed_at"] = at
    done = 0
    for account_id, email, changed_at in session.execute(due).all():
        moved = session.execute(
            update(Account)
            .where(
                Account.id == account_id,
                Account.password_changed_at == changed_at,
                Account.renewal_told.in_(range(stage)),
            )
            .values(**values)
            .returning(Account.id),
            execution_options={"synchronize_session": False},
        ).all()
        done += 1
        if moved:
            expires_at = renewal.expires_at(changed_at, days, rule.campaigns)
            letters.send(
                session, "renewal", key=f"renewal:{account_id}:{changed_at.isoformat()}:{int(stage)}",
                to=email, desk=desk, publisher=publisher, at=at, stage=stage.name.lower(),
                expires_at=expires_at,
                together=expires_at != renewal.expires_at(changed_at, days),
            )  # fmt: skip
    return done


def _recover(engine: Engine, desk: Desk, clock: Clock) -> int:
    """Give their new address to accounts whose recovery two approved and nobody objected to in time."""
    with reading(engine) as session:
        waiting = recovery.due(session, clock())
    done = 0
    for request_id in waiting:
        with writing(engine) as session:
            done += recover(session, desk, request_id, clock())
    return done


def recover(session: Session, desk: Desk, request_id: str, at: datetime) -> bool:
    """Carry out one recovery and tell both addresses; returns whether it was. The caller commits."""
    changed = recovery.carry_out(session, request_id, at=at)
    if changed is None:
        return False
    recovery.leave_trace(session, changed, at, desk.randomness)
    told = incidents.addressees(desk.services_of(changed.publisher))
    for name, to in (("address_former", changed.former), ("address_new", changed.email)):
        letters.send(
            session, name, key=f"{name}:{request_id}", to=to, desk=desk, publisher=changed.publisher, at=at,
            changed_at=at, by_code=False, told=told,
        )  # fmt: skip
    return True
