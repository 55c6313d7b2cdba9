"""Sessions of officers: half open once the secret is given, open once the second factor is proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kiosk.staff import officers, records
from kiosk.staff.errors import UnknownOfficerError
from kiosk.staff.models import OfficerSession
from kiosk.staff.officers import Hasher, Person, Randomness
from kiosk.staff.records import Act

LIFETIME = timedelta(hours=1)
HALF_OPEN = timedelta(minutes=10)
"""How long the second factor may be proved after the secret."""
LATELY = timedelta(minutes=15)
"""How long after a proof of the second factor an act that weighs asks for no other."""
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Held:
    """A session as a request finds it."""

    token: str
    officer: Person
    created_at: datetime
    proved_at: datetime | None

    def proved_lately(self, at: datetime) -> bool:
        """Whether the second factor was proved so short a time before that nothing more is asked."""
        return self.proved_at is not None and at - self.proved_at < LATELY


def begin(session: Session, officer: Person, *, at: datetime, randomness: Randomness, hasher: Hasher) -> str:
    """Open half a session; returns the token that alone names it. Sessions that ended are forgotten.

    Raises `OfficerError` as `officers.confirm`.
    """
    officers.confirm(session, officer)
    session.execute(delete(OfficerSession).where(OfficerSession.expires_at <= at))
    return _add(session, officer, at, at + HALF_OPEN, None, randomness, hasher)


def proved(session: Session, held: Held, *, at: datetime, randomness: Randomness, hasher: Hasher) -> str:
    """Open the whole session of who just proved their second factor, under another token, which is returned.

    It ends when it would have ended. That it opens is in the journal; that a factor is proved again in it is
    not. Raises `OfficerError` as `officers.confirm`, and `AtOnceError`.
    """
    officers.confirm(session, held.officer)
    if held.proved_at is None:
        records.note(session, held.officer, Act.SIGNED_IN, at)
    close(session, held.token, hasher=hasher)
    begun = held.created_at
    return _add(session, held.officer, begun, begun + LIFETIME, at, randomness, hasher)


def close(session: Session, token: str, *, hasher: Hasher) -> None:
    """End the session of `token`, if there is one."""
    session.execute(delete(OfficerSession).where(OfficerSession.token_hash == hasher("officer", token)))


def close_all(session: Session, officer_id: str) -> None:
    """End every session of an officer."""
    session.execute(delete(OfficerSession).where(OfficerSession.officer_id == officer_id))


def find(session: Session, publisher: str, token: str, *, at: datetime, hasher: Hasher) -> Held | None:
    """Return the session that `token` names, when its officer works for this publisher and it did not end."""
    row = session.scalar(
        select(OfficerSession).where(
            OfficerSession.token_hash == hasher("officer", token), OfficerSession.expires_at > at
        )
    )
    if row is None:
        return None
    try:
        officer = officers.by_id(session, publisher, row.officer_id)
    except UnknownOfficerError:
        return None
    return Held(token, officer, row.created_at, row.proved_at)


def challenge(session: Session, token: str, *, randomness: Randomness, hasher: Hasher) -> bytes:
    """Return what a security key is asked to sign in this session, and nothing else any more."""
    made = randomness(CHALLENGE_BYTES)
    _put(session, token, made, hasher)
    return made


def take_challenge(session: Session, token: str, *, hasher: Hasher) -> bytes | None:
    """Return what a security key was asked to sign in this session, once."""
    wanted = select(OfficerSession.challenge).where(OfficerSession.token_hash == hasher("officer", token))
    found = session.scalar(wanted.with_for_update())
    _put(session, token, None, hasher)
    return found


def _put(session: Session, token: str, value: bytes | None, hasher: Hasher) -> None:
    session.execute(
        update(OfficerSession)
        .where(OfficerSession.token_hash == hasher("officer", token))
        .values(challenge=value),
        execution_options={"synchronize_session": False},
    )


def _add(
    session: Session,
    officer: Person,
    begun: datetime,
    ends: datetime,
    proved_at: datetime | None,
    randomness: Randomness,
    hasher: Hasher,
) -> str:
    token = randomness(32).hex()
    session.add(
        OfficerSession(
            token_hash=hasher("officer", token),
            officer_id=officer.id,
            created_at=begun,
            expires_at=ends,
            proved_at=proved_at,
        )
    )
    return token
