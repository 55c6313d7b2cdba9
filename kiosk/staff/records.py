"""What officers do alone, written down for the others to see: a search for a person, a change of factor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.proof.commitment import Opening
from kiosk.staff.criteria import Criterion, as_compared
from kiosk.staff.errors import AtOnceError
from kiosk.staff.models import ActWords, OfficerRecord, SearchSalt
from kiosk.staff.officers import Person

_FIELD = "search"
_NEWEST_FIRST = OfficerRecord.at.desc(), OfficerRecord.officer_id, OfficerRecord.sequence.desc()


class Act(StrEnum):
    """What an officer does without another."""

    SEARCHED = "searched"
    SECRET_CHANGED = "secret-changed"  # noqa: S105 - the name of an act
    FACTOR_ADDED = "factor-added"
    FACTOR_REMOVED = "factor-removed"
    FACTOR_RESET = "factor-reset"
    """Of another officer; of oneself when the command did it, at the operator's hand."""
    CODES_MADE = "codes-made"
    CODE_USED = "code-used"
    """A code on paper, in the place of the second factor."""
    LOOKED = "looked"
    """At the page of one person."""
    LISTED = "listed"
    """People by name."""
    DEACTIVATED = "deactivated"
    """Somebody's account."""
    REACTIVATED = "reactivated"
    SERVICE_CLOSED = "service-closed"
    SERVICE_OPENED = "service-opened"
    NOTICE_WRITTEN = "notice-written"
    NOTICE_CONFIRMED = "notice-confirmed"
    NOTICE_STOPPED = "notice-stopped"
    FILE_TAKEN = "file-taken"
    """One that a legal team received, with the names that it carries."""
    MEASURE_RELEASED = "measure-released"
    """One that outlived the account of who it was about."""
    SIGNED_IN = "signed-in"
    """In the browser, both factors proved; in a terminal each command is written down by what it does."""
    CONTESTED = "contested"
    """What somebody decided in the name of an organisation, on the organisation's written request."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search was, the value that was typed apart."""

    criterion: Criterion
    found: int
    """How many people."""
    value_hash: str
    """Commitment to the value."""
    salt: bytes | None = None
    """Opens `value_hash`; None once it was destroyed, or when nobody asked for it."""

    def was_for(self, names: Collection[str]) -> bool:
        """Whether one of `names` was typed; never without the salt."""
        if self.salt is None:
            return False
        return self.value_hash in {Opening(_FIELD, self.salt, as_compared(name)).commitment for name in names}


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that an officer did alone."""

    officer_id: str
    sequence: int
    """Of this officer, from 1, without a gap."""
    function: str
    """What they were then."""
    at: datetime
    act: Act
    search: Searched | None
    """Of a search alone."""
    about: str | None = None
    """Of an act on another officer: their identifier."""


def note_search(
    session: Session, officer: Person, text: str, criterion: Criterion, found: int, at: datetime, salt: bytes
) -> int:
    """Write down that an officer searched for `text`, which is not kept; returns its number.

    Raises `AtOnceError`.
    """
    committed = Opening(_FIELD, salt, as_compared(text)).commitment
    sequence = _add(session, officer, Act.SEARCHED, at, criterion.value, committed, found)
    session.add(SearchSalt(officer_id=officer.id, sequence=sequence, salt=salt))
    session.flush()
    return sequence


def note(session: Session, officer: Person, act: Act, at: datetime, *, about: str | None = None) -> int:
    """Write down what an officer did alone, to the officer `about` if any; returns its number.

    Raises `AtOnceError`.
    """
    return _add(session, officer, act, at, about=about)


def keep_words(session: Session, officer: Person, sequence: int, account_id: str | None, reason: str) -> None:
    """Keep why an officer did what `sequence` numbers, gone with the account that it was about, if any."""
    session.add(ActWords(officer_id=officer.id, sequence=sequence, account_id=account_id, reason=reason))
    session.flush()


def record_of(officer_id: str, sequence: int) -> str:
    """Return what the ledger calls the record of what an officer did."""
    return f"officer_record/{officer_id}/{sequence}"


def searches_since(session: Session, officer_id: str, after: datetime) -> list[datetime]:
    """Return when an officer searched after the instant `after`, newest first."""
    wanted = (
        select(OfficerRecord.at)
        .where(
            OfficerRecord.officer_id == officer_id,
            OfficerRecord.act == Act.SEARCHED.value,
            OfficerRecord.at > after,
        )
        .order_by(OfficerRecord.at.desc())
    )
    return list(session.scalars(wanted))


def every(session: Session, publisher: str, *, most: int | None = None) -> list[Record]:
    """Return what the officers of a publisher did alone, newest first, `most` of them at most; no salts."""
    rows = session.scalars(
        select(OfficerRecord).where(OfficerRecord.publisher == publisher).order_by(*_NEWEST_FIRST).limit(most)
    )
    return [_record(row, None) for row in rows]


def opened(session: Session, publisher: str) -> list[Record]:
    """Return the same, all of it, with the salts that are left: the web process has no right to read them."""
    salts = and_(
        SearchSalt.officer_id == OfficerRecord.officer_id, SearchSalt.sequence == OfficerRecord.sequence
    )
    rows = session.execute(
        select(OfficerRecord, SearchSalt.salt)
        .outerjoin(SearchSalt, salts)
        .where(OfficerRecord.publisher == publisher)
        .order_by(*_NEWEST_FIRST)
    )
    return [_record(row, salt) for row, salt in rows]


def _record(row: OfficerRecord, salt: bytes | None) -> Record:
    search = None
    if row.criterion is not None and row.found is not None and row.value_hash is not None:
        search = Searched(Criterion(row.criterion), row.found, row.value_hash, salt)
    return Record(row.officer_id, row.sequence, row.function, row.at, Act(row.act), search, row.about)


def _add(
    session: Session,
    officer: Person,
    act: Act,
    at: datetime,
    criterion: str | None = None,
    value_hash: str | None = None,
    found: int | None = None,
    about: str | None = None,
) -> int:
    """Add a record after the last of this officer; returns its number."""
    last = select(func.max(OfficerRecord.sequence)).where(OfficerRecord.officer_id == officer.id)
    sequence = (session.scalar(last) or 0) + 1
    session.add(
        OfficerRecord(
            officer_id=officer.id,
            sequence=sequence,
            publisher=officer.publisher,
            function=officer.function,
            at=at,
            act=act.value,
            criterion=criterion,
            value_hash=value_hash,
            found=found,
            about=about,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise AtOnceError("Vous faisiez autre chose au même instant : recommencez.") from error
    return sequence
