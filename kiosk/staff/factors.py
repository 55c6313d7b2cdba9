"""The second factor of an officer: an application, security keys, codes on paper that stand in for both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kiosk.accounts import recovery_codes
from kiosk.staff import officers, records, sessions, totp
from kiosk.staff.errors import FactorError
from kiosk.staff.models import OfficerCode, OfficerKey, OfficerTotp
from kiosk.staff.officers import Hasher, Person, Randomness
from kiosk.staff.records import Act

CODES = 8
APPLICATION = "application"
"""Names the application, where keys have identifiers."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What an officer can prove themselves with."""

    application: bool
    keys: int
    codes: int
    """On paper, not used yet."""

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all; codes on paper only stand in for one."""
        return self.application or self.keys > 0


def of(session: Session, officer_id: str) -> Factors:
    """Return what an officer can prove themselves with."""
    return every(session, (officer_id,))[officer_id]


def every(session: Session, officer_ids: Collection[str]) -> dict[str, Factors]:
    """Return the same of many officers, by identifier, in three queries."""
    counted: list[dict[str, int]] = []
    for model in (OfficerTotp, OfficerKey, OfficerCode):
        rows = session.execute(
            select(model.officer_id, func.count())
            .where(model.officer_id.in_(officer_ids))
            .group_by(model.officer_id)
        )
        counted.append({row[0]: row[1] for row in rows})
    application, keys, codes = counted
    return {one: Factors(one in application, keys.get(one, 0), codes.get(one, 0)) for one in officer_ids}


def refuse_stranger(session: Session, officer: Person, *, proved: bool) -> None:
    """Lock the officer, and raise `FactorError` when they may not add a factor.

    Who has a factor proves it first; who has none, at their first sign-in, has the secret alone.
    """
    officers.confirm(session, officer)
    if not proved and of(session, officer.id).any:
        raise FactorError("Prouvez d’abord le second facteur que vous avez.")


def make_codes(
    session: Session, officer: Person, *, at: datetime, randomness: Randomness, hasher: Hasher
) -> tuple[str, ...]:
    """Make codes on paper in the place of those before; returns them as printed, which nothing keeps."""
    session.execute(delete(OfficerCode).where(OfficerCode.officer_id == officer.id))
    codes = tuple(recovery_codes.draw(randomness) for _ in range(CODES))
    session.add_all(
        OfficerCode(officer_id=officer.id, code_hash=recovery_codes.hash_of(officer.id, code, hasher))
        for code in codes
    )
    records.note(session, officer, Act.CODES_MADE, at)
    return codes


def use(
    session: Session, officer: Person, typed: str, *, at: datetime, secret_key: str, hasher: Hasher
) -> bool:
    """Use up what an officer typed: a code of their application, else one on paper; whether it was right."""
    if totp.is_code(typed):
        return totp.use(session, secret_key, officer.id, typed, at)
    code_hash = recovery_codes.hash_of(officer.id, typed, hasher)
    gone = delete(OfficerCode).where(OfficerCode.officer_id == officer.id, OfficerCode.code_hash == code_hash)
    done = session.execute(
        gone.returning(OfficerCode.code_hash), execution_options={"synchronize_session": False}
    )
    if not done.all():
        return False
    records.note(session, officer, Act.CODE_USED, at)
    return True


def remove(session: Session, officer: Person, which: str, at: datetime) -> None:
    """Take away an officer's own application, or a key. Raises `FactorError` when it is the last factor."""
    officers.confirm(session, officer)
    found = of(session, officer.id)
    if found.application + found.keys <= 1:
        raise FactorError("C’est votre seul second facteur : ajoutez-en un autre d’abord.")
    if which == APPLICATION:
        gone = (
            delete(OfficerTotp).where(OfficerTotp.officer_id == officer.id).returning(OfficerTotp.officer_id)
        )
    else:
        gone = (
            delete(OfficerKey)
            .where(OfficerKey.officer_id == officer.id, OfficerKey.id == which)
            .returning(OfficerKey.id)
        )
    if not session.execute(gone, execution_options={"synchronize_session": False}).all():
        raise FactorError("Vous n’avez pas ce second facteur.")
    records.note(session, officer, Act.FACTOR_REMOVED, at)


def may_reset(acting: Person, other: Person, at: datetime) -> bool:
    """Whether an officer may reset another's factors: never to gain what they may not do themselves."""
    theirs = [one for one in other.grants if one.holds(at)]
    return acting.id != other.id and all(acting.may(one.role, one.service, at) for one in theirs)


def reset(session: Session, acting: Person, other: Person, at: datetime) -> None:
    """Take away every factor of another officer, who adds one at their next sign-in; their sessions end.

    Raises `FactorError` when it is not for the one who asks, and `OfficerError` as `officers.confirm`.
    """
    officers.confirm(session, acting)
    if not may_reset(acting, other, at):
        raise FactorError("Vos rôles ne permettent pas de réinitialiser le second facteur de cette personne.")
    _clear(session, other.id)
    records.note(session, acting, Act.FACTOR_RESET, at, about=other.id)


def reset_by_command(session: Session, other: Person, at: datetime) -> None:
    """Do the same at the operator's hand: the record is in the name of whose factors they were."""
    _clear(session, other.id)
    records.note(session, other, Act.FACTOR_RESET, at, about=other.id)


def _clear(session: Session, officer_id: str) -> None:
    for model in (OfficerTotp, OfficerKey, OfficerCode):
        session.execute(delete(model).where(model.officer_id == officer_id))
    sessions.close_all(session, officer_id)
