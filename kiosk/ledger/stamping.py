"""Have a third party attest the time of checkpoints, at an interval; sealing never waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.db import reading, writing
from kiosk.ledger import authorities
from kiosk.ledger.errors import AuthorityError
from kiosk.ledger.models import (
    CheckpointRow,
    ClockObservation,
    CosignatureRow,
    LeafRow,
    StampAttempt,
    StatementRow,
    TokenRow,
)
from kiosk.proof import note
from kiosk.proof.token import Token

Ask = Callable[[Authority, bytes], bytes]
"""Posts a TimeStampReq and returns the answer; raises `AuthorityError`."""
SOURCE_KIND = "token"
"""Kind of the clock observations made here."""
TOLERANCE = timedelta(seconds=1)
"""What a verifier allows beyond the accuracy of a token (kiosk/proof/README.md, « Verification »)."""
LONGEST_WAIT = timedelta(minutes=60)
ATTEMPTS_KEPT = timedelta(days=30)
MAX_SERIAL_DIGITS = 64
"""Hexadecimal; twice what a serial number may have (RFC 5280, 4.1.2.2), less than a database could lose."""
_FIRST_WAIT = timedelta(minutes=1)
_REASON_LENGTH = 64
_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Failing:
    """An authority that did not give a token since the last one it gave."""

    authority: str
    attempts: int
    last_at: datetime
    reason: str
    next_at: datetime
    """Not asked again before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where timestamps stand."""

    size: int
    """Leaves of the newest checkpoint; 0 before the first."""
    stamped_size: int
    """Leaves of the newest checkpoint whose time is attested; 0 before the first."""
    stamped_at: datetime | None
    """When that token was received."""
    unstamped_since: datetime | None
    """When the first checkpoint was made that no token covers; None when every one is covered."""
    failing: tuple[Failing, ...]
    """In the order in which authorities are asked."""


@dataclass(frozen=True, slots=True)
class _Due:
    """The checkpoint to stamp, and whom to ask."""

    size: int
    text: bytes
    authorities: tuple[Authority, ...]


def stamp_due(engine: Engine, settings: Settings, clock: Clock, ask: Ask = authorities.ask) -> int:
    """Have the newest checkpoint stamped, if it is time; returns how many tokens were received, 0 or 1.

    Authorities are asked in the order of the settings until one answers; one that does not is left in peace
    for 1, 2, 4… 60 minutes. No transaction is open meanwhile. Whatever fails is recorded, nothing is raised.
    """
    with reading(engine) as session:
        due = _due(session, settings, clock())
    if due is None:
        return 0
    for authority in due.authorities:
        query, nonce = authorities.request(due.text)
        before = clock()
        try:
            token, said = authorities.granted(ask(authority, query), due.text, nonce, authority)
            serial = _serial(said)
        except AuthorityError as error:
            with writing(engine) as session:
                _record_failure(session, authority, due.size, clock(), str(error))
        else:
            after = clock()
            with writing(engine) as session:
                _record_token(session, authority, due.size, token, serial, said, before, after)
            return 1
    return 0


def standing(session: Session, settings: Settings) -> Standing:
    """Return where timestamps stand."""
    size = session.scalar(select(func.max(CheckpointRow.size))) or 0
    stamped_size, stamped_at = _stamped(session)
    since = select(func.min(CheckpointRow.made_at)).where(CheckpointRow.size > stamped_size)
    return Standing(
        size=size,
        stamped_size=stamped_size,
        stamped_at=stamped_at,
        unstamped_since=session.scalar(since),
        failing=tuple(
            failing for one in settings.authorities if (failing := _failing(session, one)) is not None
        ),
    )


def _due(session: Session, settings: Settings, at: datetime) -> _Due | None:
    """Return what is to be stamped at `at`; None when it is too early, or nobody may be asked."""
    if not settings.authorities:
        return None
    stamped_size, stamped_at = _stamped(session)
    if stamped_at is not None and _NO_TIME <= at - stamped_at < settings.stamp_every:
        return None
    newest = (
        select(CheckpointRow.size, CheckpointRow.note)
        .where(CheckpointRow.size > stamped_size, CheckpointRow.made_at <= at - _ahead(session))
        .order_by(_cosigned().desc(), CheckpointRow.size.desc())
        .limit(1)
    )
    row = session.execute(newest).one_or_none()
    ready = tuple(one for one in settings.authorities if _may_be_asked(_failing(session, one), at))
    if row is None or not ready:
        return None
    return _Due(row.size, note.parse(row.note).text.encode(), ready)


def _cosigned() -> ColumnElement[bool]:
    """Whether a witness cosigned a checkpoint: receipts bear those rather, whoever their reader trusts."""
    return exists().where(CosignatureRow.size == CheckpointRow.size)


def _stamped(session: Session) -> tuple[int, datetime | None]:
    """Return the size of the newest checkpoint with a usable token, and when that token was received."""
    row = session.execute(
        select(TokenRow.size, TokenRow.received_at)
        .where(TokenRow.usable.is_(True))
        .order_by(TokenRow.size.desc(), TokenRow.received_at.desc())
        .limit(1)
    ).one_or_none()
    return (row.size, row.received_at) if row else (0, None)


def _ahead(session: Session) -> timedelta:
    """Return how far this clock runs ahead of the last authority that answered, beyond the tolerance.

    A checkpoint younger than that would get a token that precedes what it covers.
    """
    offset = session.scalar(
        select(ClockObservation.offset_ms)
        .where(ClockObservation.kind == SOURCE_KIND)
        .order_by(ClockObservation.id.desc())
        .limit(1)
    )
    return max(_NO_TIME, timedelta(milliseconds=-(offset or 0)) - TOLERANCE)


def _failing(session: Session, authority: Authority) -> Failing | None:
    """Return how `authority` failed since the last token it gave; None when it did not."""
    last_token = session.scalar(
        select(func.max(TokenRow.received_at)).where(TokenRow.authority == authority.name)
    )
    mine = select(StampAttempt.at, StampAttempt.reason).where(StampAttempt.authority == authority.name)
    if last_token is not None:
        mine = mine.where(StampAttempt.at > last_token)
    rows: Sequence[tuple[datetime, str]] = [
        (row.at, row.reason) for row in session.execute(mine.order_by(StampAttempt.id))
    ]
    if not rows:
        return None
    at, reason = rows[-1]
    wait = min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(len(rows) - 1, 6))
    return Failing(authority.name, len(rows), at, reason, at + wait)


def _may_be_asked(failing: Failing | None, at: datetime) -> bool:
    """Return whether an authority may be asked at `at`; a clock put back keeps nobody waiting."""
    return failing is None or not failing.last_at <= at < failing.next_at


def _serial(said: Token) -> str:
    """Return the number of a token, hexadecimal; raises `AuthorityError` past what RFC 3161 lets it be.

    160 bits must be taken (2.4.2); more than the column holds would fail after the answer is thrown away.
    """
    serial = f"{said.serial:x}"
    if len(serial) > MAX_SERIAL_DIGITS:
        raise AuthorityError(f"numéro de jeton de plus de {MAX_SERIAL_DIGITS} chiffres")
    return serial


def _record_failure(session: Session, authority: Authority, size: int, at: datetime, reason: str) -> None:
    values = {"size": size, "authority": authority.name, "at": at, "reason": reason[:_REASON_LENGTH]}
    session.execute(insert(StampAttempt).values(values))


def _record_token(
    session: Session,
    authority: Authority,
    size: int,
    token: bytes,
    serial: str,
    said: Token,
    before: datetime,
    after: datetime,
) -> None:
    """Keep a token and what it tells of our clock; it is usable unless it precedes what it covers."""
    newest = _newest_statement(session, _stamped(session)[0], size)
    usable = newest is None or newest <= said.at + said.accuracy + TOLERANCE
    offset = said.at - (before + (after - before) / 2)
    session.execute(
        insert(TokenRow).values(
            size=size, authority=authority.name, serial=serial, token=token, token_at=said.at,
            received_at=after, usable=usable,
        )
    )  # fmt: skip
    session.execute(
        insert(ClockObservation).values(
            at=after,
            kind=SOURCE_KIND,
            source=authority.name,
            offset_ms=round(offset / timedelta(milliseconds=1)),
        )
    )
    session.execute(delete(StampAttempt).where(StampAttempt.at < after - ATTEMPTS_KEPT))


def _newest_statement(session: Session, begin: int, end: int) -> datetime | None:
    """Return the newest time among the leaves from `begin`, included, to `end`, excluded."""
    return session.scalar(
        select(func.max(StatementRow.recorded_at))
        .join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
        .where(LeafRow.leaf_index >= begin, LeafRow.leaf_index < end)
    )
