"""What this browser holds: the token of a sign-in, or the sign-up it is in the middle of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Request, g, request, session
from flask_login import current_user
from sqlalchemy import Row as Found

from cgu_archive.corpus.dates import day_in_paris
from kiosk.accounts import known, services, sessions, shared
from kiosk.accounts.families import family
from kiosk.accounts.services import Credentials, Person, Purpose
from kiosk.db import Row, writing
from kiosk.extensions import SAFE_METHODS, db, db_at_once, kiosk, request_at
from kiosk.security import SIGN_UP, beside, keyed_hash
from kiosk.traces import services as traces
from kiosk.traces.services import Event

_TOKEN = "sign_in"  # noqa: S105 - the name of a key
_ASKED = "asked"
_EXPIRED = "expired"
_STOLEN = "stolen"
OFFERED = "codes_offered"
"""Session key, which templates read: this account had no recovery code when it signed in."""
RENEWAL_LIFETIME = timedelta(minutes=15)
"""How long an expired password, typed right, lets another be chosen."""
_PROVED = {Purpose.SIGN_UP: SIGN_UP, Purpose.PASSWORD: "reset", Purpose.RECOVERY: "recovery"}
"""Where the session keeps what this browser proved."""


def load_person(_request: Request) -> Person | None:
    """Return who is signed in here, for pages of the same publisher and those of none."""
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    token_hash, at, more = sessions.hash_of(token, keyed_hash), request_at(), beside()
    if more is None:
        person = services.person_of(db(), token_hash, at=at)
    else:
        person, g.beside = services.person_beside(db_at_once(), token_hash, more, at=at)
    publisher = g.get("publisher")
    if person is None or (publisher is not None and publisher.slug != person.publisher):
        return None
    _see(person, token_hash)
    return person


def _see(person: Person, token_hash: str) -> None:
    """Note, once a day, that this session is used: in a page read, which waits for no one's lock."""
    today = day_in_paris(request_at())
    if person.seen_on != today and request.method in SAFE_METHODS:
        with writing(kiosk().engine) as held:
            sessions.see(held, token_hash, today)


def current_person() -> Person | None:
    """Return the person of this request, if signed in."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def signed_in_person() -> Person:
    """Return the person of a request that the guard let through."""
    person: Person = current_user._get_current_object()
    return person


def found_beside() -> Sequence[Found[*tuple[Any, ...]]]:
    """Return the rows that found the person of this request, for a view that `reads_beside`."""
    rows: Sequence[Found[*tuple[Any, ...]]] = g.beside
    return rows


def begin_session(account_id: str, *, until: datetime | None = None, codes: int = 0) -> None:
    """Commit, and sign this browser in: what its session held before is gone (requirement P-44, ASVS 7.2.4).

    The session changes only once the commit is done: a form that it fails can be sent again. It ends after
    some hours, and with the password, `until`. Who has no recovery `codes` is offered some. Whoever held this
    browser before is signed out on the server too (requirement S-43).
    """
    revoke_session()
    opened = services.sign_in(
        db(), account_id, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash, until=until,
        family=family(request.headers),
    )  # fmt: skip
    db().commit()
    is_shared = shared.is_on()
    session.clear()
    session[_TOKEN] = opened.token
    offer_codes(wanted=not codes)
    if is_shared:
        shared.begin()
    else:
        known.remember(account_id, opened.password_changed_at)


def offer_codes(*, wanted: bool) -> None:
    """Let pages offer recovery codes in this session, or no more."""
    if wanted:
        session[OFFERED] = True
    else:
        session.pop(OFFERED, None)


def current_hash() -> str | None:
    """Return what the database knows the session of this browser by."""
    token = session.get(_TOKEN)
    return sessions.hash_of(token, keyed_hash) if isinstance(token, str) else None


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
    session[_PROVED[purpose]] = verification_id


def proved(purpose: Purpose) -> str | None:
    """Return the verification this browser proved."""
    return session.get(_PROVED[purpose])


def forget_proved(purpose: Purpose) -> None:
    """Forget a verification that was used."""
    session.pop(_PROVED[purpose], None)
    session.pop(_STOLEN, None)


def remember_expired(found: Credentials, onward: str) -> None:
    """Remember that the right password, which has expired, was typed here: no session is open."""
    is_shared = shared.is_on()
    session.clear()
    if is_shared:
        shared.begin()
    session[_EXPIRED] = [
        found.account_id,
        found.password_changed_at.isoformat(),
        request_at().isoformat(),
        onward,
    ]


def expired() -> tuple[str, datetime, str] | None:
    """Return the account whose expired password was just typed here, when it was changed, and where to go."""
    kept = session.get(_EXPIRED)
    if not isinstance(kept, list) or request_at() >= datetime.fromisoformat(kept[2]) + RENEWAL_LIFETIME:
        return None
    return kept[0], datetime.fromisoformat(kept[1]), kept[3]


def note_stolen() -> None:
    """Remember that whoever is here came to report a theft: its box is ticked on the way."""
    if request.args.get("motif") == "vol":
        session[_STOLEN] = True


def says_stolen(*, on_the_way: bool = False) -> bool:
    """Whether whoever is here comes to report a theft; `on_the_way`, whether they said so pages before."""
    return request.args.get("motif") == "vol" or (on_the_way and _STOLEN in session)
