"""Codes that a publisher gives to open one account each, and who says whether one is good (M-08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import FieldKind, Service
from kiosk.accounts.errors import InvalidCodeFileError, RegistrationCodeError, UnknownCodeError
from kiosk.accounts.models import RegistrationCode
from kiosk.accounts.services import Hasher

MIN_LENGTH, MAX_LENGTH = 8, 64
"""Characters of a code: fewer would be guessed."""
MAX_CODES = 100_000
ID_LENGTH = 12
KEPT_ONCE_USED = timedelta(days=30)
"""How long a used code is told from one that never was; both are refused."""


class CodeState(StrEnum):
    """What became of a code."""

    FREE = "free"
    USED = "used"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code as it is listed: an identifier from which it cannot be found again."""

    id: str
    service: str
    state: CodeState
    added_at: datetime


class Check(Protocol):
    """Compares what a person typed with what the publisher knows of them."""

    def verify(self, session: Session, service: str, code: str, answers: Mapping[str, str]) -> str:
        """Return the hash of the code to use once the account opens; raises `RegistrationCodeError`.

        `answers` are all that the person typed, by field; nothing of them may be kept.
        """


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """Asks nobody: the code must be one that the publisher gave us, and nobody used."""

    hasher: Hasher

    def verify(self, session: Session, service: str, code: str, answers: Mapping[str, str]) -> str:
        """Return the hash of the code; raises `RegistrationCodeError`."""
        found = session.get(RegistrationCode, code_hash(service, code, self.hasher))
        if found is None or found.service != service or _state(found) is not CodeState.FREE:
            raise RegistrationCodeError(service)
        return found.code_hash


def asking(services: Iterable[Service]) -> list[str]:
    """Return which of `services` ask for a code."""
    return [
        one.slug for one in services if any(field.kind is FieldKind.CODE for field in one.fields.values())
    ]


def canonical(code: str) -> str:
    """Return one form of a code: people add spaces and hyphens, and forget capitals."""
    return "".join(code.split()).replace("-", "").upper()


def code_hash(service: str, code: str, hasher: Hasher) -> str:
    """Return what is kept of a code."""
    return hasher("registration", service, canonical(code))


def use(session: Session, hashed: str, *, at: datetime) -> None:
    """Use a code, once, in the transaction that opens the account; raises `RegistrationCodeError`."""
    used = session.execute(
        update(RegistrationCode)
        .where(
            RegistrationCode.code_hash == hashed,
            RegistrationCode.used_at.is_(None),
            RegistrationCode.revoked_at.is_(None),
        )
        .values(used_at=at)
        .returning(RegistrationCode.code_hash)
        .execution_options(synchronize_session=False)
    ).all()
    if not used:
        raise RegistrationCodeError(hashed[:ID_LENGTH])


def add(session: Session, service: str, codes: Iterable[str], *, at: datetime, hasher: Hasher) -> int:
    """Add the codes that are new; return how many. Raises `InvalidCodeFileError`. The caller commits."""
    added: set[str] = set()
    for number, line in enumerate(codes, 1):
        code = canonical(line)
        if not code:
            continue
        if not (code.isascii() and code.isalnum() and MIN_LENGTH <= len(code) <= MAX_LENGTH):
            raise InvalidCodeFileError(number)
        if len(added) == MAX_CODES:
            raise InvalidCodeFileError(number)
        hashed = code_hash(service, code, hasher)
        if hashed in added or session.get(RegistrationCode, hashed) is not None:
            continue
        session.add(RegistrationCode(code_hash=hashed, service=service, added_at=at))
        added.add(hashed)
    session.flush()
    return len(added)


def listed(session: Session, service: str) -> list[ListedCode]:
    """Return the codes of `service`, oldest first."""
    rows = session.scalars(
        select(RegistrationCode)
        .where(RegistrationCode.service == service)
        .order_by(RegistrationCode.added_at, RegistrationCode.code_hash)
    )
    return [ListedCode(one.code_hash[:ID_LENGTH], service, _state(one), one.added_at) for one in rows]


def revoke(session: Session, service: str, code_id: str, *, at: datetime) -> None:
    """Refuse a code from now on; raises `UnknownCodeError` when none that is free has this identifier."""
    rows = session.scalars(
        select(RegistrationCode).where(
            RegistrationCode.service == service,
            RegistrationCode.code_hash.startswith(code_id, autoescape=True),
        )
    ).all()
    free = [one for one in rows if _state(one) is CodeState.FREE]
    if len(code_id) < ID_LENGTH or len(free) != 1:
        raise UnknownCodeError(code_id)
    free[0].revoked_at = at


def forget_used(session: Session, at: datetime) -> None:
    """Delete codes that served or were revoked long enough ago; the caller commits."""
    session.execute(
        delete(RegistrationCode).where(
            (RegistrationCode.used_at <= at - KEPT_ONCE_USED)
            | (RegistrationCode.revoked_at <= at - KEPT_ONCE_USED)
        )
    )


def _state(row: RegistrationCode) -> CodeState:
    if row.revoked_at is not None:
        return CodeState.REVOKED
    return CodeState.FREE if row.used_at is None else CodeState.USED
