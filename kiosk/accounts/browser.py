"""What this browser holds: the token of a sign-in, or the sign-up it is in the middle of."""

from __future__ import annotations

from flask import Request, g, session
from flask_login import current_user

from kiosk.accounts import services
from kiosk.accounts.services import Person, Purpose
from kiosk.db import Row
from kiosk.extensions import db, kiosk, request_at
from kiosk.security import SIGN_UP, keyed_hash
from kiosk.traces import services as traces
from kiosk.traces.services import Event

_TOKEN = "sign_in"  # noqa: S105 - the name of a key
_ASKED = "asked"
_RESET = "reset"


def load_person(_request: Request) -> Person | None:
    """Return who is signed in here, for pages of the same publisher and those of none."""
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    person = services.person_of(db(), token, at=request_at(), hasher=keyed_hash)
    publisher = g.get("publisher")
    if person is None or (publisher is not None and publisher.slug != person.publisher):
        return None
    return person


def current_person() -> Person | None:
    """Return the person of this request, if signed in."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def signed_in_person() -> Person:
    """Return the person of a request that the guard let through."""
    person: Person = current_user._get_current_object()
    return person


def begin_session(account_id: str) -> None:
    """Commit, and sign this browser in: what its session held before is gone (requirement P-44, ASVS 7.2.4).

    The session changes only once the commit is done: a form that it fails can be sent again.
    """
    token = services.sign_in(
        db(), account_id, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
    )
    db().commit()
    session.clear()
    session[_TOKEN] = token


def revoke_session() -> None:
    """End on the server the session that this browser holds; the caller commits."""
    token = session.get(_TOKEN)
    if isinstance(token, str):
        services.sign_out(db(), token, hasher=keyed_hash)


def trace(event: Event, account_id: str, service: str | None = None, version_id: int | None = None) -> None:
    """Leave a trace of what this request does to an account; the caller commits."""
    traces.leave(db(), account_id, event, request_at(), kiosk().randomness, service, version_id)


def trace_row(
    event: Event, account_id: str, service: str | None = None, version_id: int | None = None
) -> Row:
    """Return the row that `trace` writes, for who writes others with it."""
    return traces.row(account_id, event, request_at(), kiosk().randomness, service, version_id)


def end_session() -> None:
    """Sign this browser out, on the server too, and commit."""
    trace(Event.SIGNED_OUT, signed_in_person().account_id)
    revoke_session()
    db().commit()
    session.clear()


def remember_asked(purpose: Purpose, verification_id: str) -> None:
    """Remember that this browser asked to prove an address; it has proved nothing yet."""
    session[f"{_ASKED}-{purpose}"] = verification_id


def asked(purpose: Purpose) -> str | None:
    """Return the verification this browser asked for."""
    return session.get(f"{_ASKED}-{purpose}")


def remember_proved(purpose: Purpose, verification_id: str) -> None:
    """Remember that this browser, and no other, proved the address."""
    session.pop(f"{_ASKED}-{purpose}", None)
    session[SIGN_UP if purpose is Purpose.SIGN_UP else _RESET] = verification_id


def proved(purpose: Purpose) -> str | None:
    """Return the verification this browser proved."""
    return session.get(SIGN_UP if purpose is Purpose.SIGN_UP else _RESET)


def forget_proved(purpose: Purpose) -> None:
    """Forget a verification that was used."""
    session.pop(SIGN_UP if purpose is Purpose.SIGN_UP else _RESET, None)
