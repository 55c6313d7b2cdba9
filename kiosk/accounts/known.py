"""Browsers that their holder signed in with before: strangers' failed tries do not lock them out.

A cookie holds a random number and, for each account, a keyed hash of the two that names nobody. It opens
nothing: the password is asked all the same. A change of password makes it worthless.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from flask import Response, after_this_request, g, request

from kiosk.extensions import kiosk
from kiosk.security import keyed_hash

LIFETIME = timedelta(days=180)
_ACCOUNTS = 5
"""How many accounts a browser is remembered for."""
_CHARACTERS = 32
_VALUE = re.compile(rf"[0-9a-f]{{{_CHARACTERS}}}(?:\.[0-9a-f]{{{_CHARACTERS}}}){{1,{_ACCOUNTS}}}")
_REMEMBERED = "known_browser"


def browser_of(account_id: str, password_changed_at: datetime) -> str | None:
    """Return the number of this browser if the account was signed in with here, under this password."""
    number, marks = _read()
    mark = _mark(number, account_id, password_changed_at)
    return number if any(hmac.compare_digest(mark, one) for one in marks) else None


def remember(account_id: str, password_changed_at: datetime) -> None:
    """Let the answer to this request tell the browser that the account signs in here."""
    number, marks = _read()
    number = number or kiosk().randomness(_CHARACTERS // 2).hex()
    mark = _mark(number, account_id, password_changed_at)
    first = _REMEMBERED not in g
    kept = [mark, *(one for one in marks if one != mark)][:_ACCOUNTS]
    setattr(g, _REMEMBERED, ".".join([number, *kept]))
    if first:
        after_this_request(_tell)


def cookie_name() -> str:
    """Return the name of the cookie; over TLS, one that no other host can set."""
    return "__Host-kiosk-navigateur" if kiosk().settings.secure else "kiosk-navigateur"


def _tell(response: Response) -> Response:
    response.set_cookie(
        cookie_name(), getattr(g, _REMEMBERED), max_age=LIFETIME, secure=kiosk().settings.secure,
        httponly=True, samesite="Lax", path="/",
    )  # fmt: skip
    return response


def _read() -> tuple[str, list[str]]:
    value = request.cookies.get(cookie_name(), "")
    if not _VALUE.fullmatch(value):
        return "", []
    number, *marks = value.split(".")
    return number, marks


def _mark(number: str, account_id: str, password_changed_at: datetime) -> str:
    return keyed_hash("known-browser", number, account_id, password_changed_at.isoformat())[:_CHARACTERS]
