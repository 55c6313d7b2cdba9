"""Ask somebody who is signed in for their password again, with the limits of a sign-in."""

from __future__ import annotations

from flask import abort, request

from kiosk.accounts import limits, passwords, services
from kiosk.accounts.services import Person
from kiosk.db import reading
from kiosk.extensions import db, kiosk, request_at
from kiosk.security import keyed_hash


def confirms(person: Person, password: str) -> bool:
    """Whether `password` is that of `person`; a wrong one counts as one, and is committed.

    The caller holds no lock meanwhile: hashing is slow. Answers 429 after too many wrong ones.
    """
    with reading(kiosk().engine) as session:
        email_key = services.email_key_of(session, person.account_id)
        limited = (
            (limits.SIGN_IN_ACCOUNT, f"{person.publisher}|{email_key}"),
            (limits.SIGN_IN_CLIENT, f"{person.publisher}|{limits.network(request.remote_addr)}"),
        )
        if limits.reached(session, limited, at=request_at(), hasher=keyed_hash):
            abort(429)
        found = services.credentials(session, person.publisher, email_key)
    if found is not None and passwords.matches(found.password_hash, password):
        return True
    limits.note(db(), limited, at=request_at(), hasher=keyed_hash)
    db().commit()
    return False
