"""The session of an officer in a browser: a cookie of its own, that people's accounts know nothing of."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import officers
from kiosk.legal_desk.officers import Person
from kiosk.security import keyed_hash


def cookie_name() -> str:
    """Return the name of the cookie; over TLS, one that no other host can set."""
    return "__Host-bureau" if kiosk().settings.secure else "bureau"


def current_officer() -> Person | None:
    """Return the officer of this publisher whose session this browser holds."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    return officers.of_session(db(), current_publisher().slug, token, at=request_at(), hasher=keyed_hash)


def begin(response: Response, officer: Person) -> Response:
    """Commit, and have this browser hold a session of the officer; the one it held before ends.

    Raises `OfficerError` as `officers.confirm`.
    """
    _close()
    token = officers.open_session(
        db(), officer, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
    )
    db().commit()
    response.set_cookie(
        cookie_name(),
        token,
        secure=kiosk().settings.secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def end(response: Response) -> Response:
    """End the session that this browser holds, on the server too, and commit."""
    _close()
    db().commit()
    response.delete_cookie(
        cookie_name(), secure=kiosk().settings.secure, httponly=True, samesite="Strict", path="/"
    )
    return response


def _close() -> None:
    token = request.cookies.get(cookie_name())
    if token:
        officers.close_session(db(), token, hasher=keyed_hash)
