"""Check a password, with limits that stop who guesses and lock nobody out of their own account.

Tries are counted on an account from one network, from one network on any account, and, far higher, on an
account from everywhere. A browser that its holder signed in with before has a count of its own. Whoever is
locked out all the same chooses a new password by mail, which opens again.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, abort, after_this_request, request
from sqlalchemy.orm import Session

from kiosk.accounts import known, limits, mails, passwords, services
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.limits import Limited
from kiosk.accounts.services import Credentials, Person
from kiosk.db import reading
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.security import keyed_hash
from kiosk.traces.afterwards import leave_afterwards
from kiosk.traces.services import Event


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is known of a try before the password is checked."""

    found: Credentials | None
    limited: tuple[Limited, ...]
    braked: Limited
    """The count on the account from everywhere."""


def authenticate(address: EmailAddress, password: str, *, closed: bool = False) -> Credentials | None:
    """Return whose address and password these are, and forget the failures before.

    With `closed`, those of a deactivated account too. As slow, with as many statements, when there is no such
    account. A wrong password counts as one, and is committed. Answers 429 when a limit is reached.
    """
    looked = _look(address, closed=closed)
    found = looked.found
    if passwords.matches(found.password_hash if found else None, password):
        for limit, value in looked.limited:
            if limit in (limits.SIGN_IN_HERE, limits.SIGN_IN_KNOWN):
                limits.forget(db(), limit, value, hasher=keyed_hash)
        return found
    _fail(looked)
    return None


def _look(address: EmailAddress, *, closed: bool) -> _Looked:
    """Return what there is to check; answers 429 when a limit is reached."""
    publisher = current_publisher().slug
    with reading(kiosk().engine) as session:
        found = services.credentials(session, publisher, address.key, closed=closed)
        limited = _limited(publisher, address, found)
        _refuse(session, limited)
    return _Looked(found, limited, (limits.SIGN_IN_ACCOUNT, f"{publisher}|{address.key}"))


def _limited(publisher: str, address: EmailAddress, found: Credentials | None) -> tuple[Limited, ...]:
    browser = known.browser_of(found.account_id, found.password_changed_at) if found else None
    if found is not None and browser is not None:
        return ((limits.SIGN_IN_KNOWN, f"{found.account_id}|{browser}"),)
    network = limits.network(request.remote_addr)
    return (
        (limits.SIGN_IN_HERE, f"{publisher}|{address.key}|{network}"),
        (limits.SIGN_IN_CLIENT, f"{publisher}|{network}"),
        (limits.SIGN_IN_ACCOUNT, f"{publisher}|{address.key}"),
    )


def _fail(looked: _Looked) -> None:
    """Count one failure and commit; the holder is told by mail when the brake of the account trips."""
    found = looked.found
    limits.note(db(), looked.limited, at=request_at(), hasher=keyed_hash)
    tries = limits.count(db(), *looked.braked, at=request_at(), hasher=keyed_hash)
    if found is not None and looked.braked in looked.limited and tries == looked.braked[0].count:
        key = f"braked:{found.account_id}:{request_at().isoformat()}"
        mails.send("braked", key=key, to=found.email)
    db().commit()
    if found is not None:
        _trace(found.account_id)


def _trace(account_id: str) -> None:
    """Leave a trace once the answer has left: it takes no longer for an account that exists."""

    @after_this_request
    def leave(sent: Response) -> Response:
        return leave_afterwards(sent, account_id, Event.SIGN_IN_FAILED)


def release(publisher: str, email_key: str) -> None:
    """Forget the failures counted on an account from everywhere: its holder read a mail to it."""
    limits.forget(db(), limits.SIGN_IN_ACCOUNT, f"{publisher}|{email_key}", hasher=keyed_hash)


def confirms(person: Person, password: str) -> bool:
    """Whether `password` is that of `person`, who is signed in; a wrong one counts, and is committed.

    The caller holds no lock meanwhile: hashing is slow. Answers 429 after too many wrong ones.
    """
    limited = ((limits.CONFIRM, person.account_id),)
    with reading(kiosk().engine) as session:
        _refuse(session, limited)
        email_key = services.email_key_of(session, person.account_id)
        found = services.credentials(session, person.publisher, email_key)
    if found is not None and passwords.matches(found.password_hash, password):
        limits.forget(db(), *limited[0], hasher=keyed_hash)
        return True
    limits.note(db(), limited, at=request_at(), hasher=keyed_hash)
    db().commit()
    _trace(person.account_id)
    return False


def _refuse(session: Session, limited: tuple[Limited, ...]) -> None:
    if limits.reached(session, limited, at=request_at(), hasher=keyed_hash):
        abort(429)
