"""« Ordinateur partagé » (S-43): reading never locks, deciding does after idleness, nothing stays behind.

The mode is a mark in the session of the browser, chosen at sign-in, with the instant of the last request: the
session is signed, so that nobody gives it a later one. A page that shows nothing of a person is no activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app, g, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from kiosk.accounts import authentication
from kiosk.accounts.forms import Errors
from kiosk.accounts.services import Person
from kiosk.extensions import SAFE_METHODS, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import is_public

IDLE = timedelta(minutes=5)
"""After how long without a request what is of a person locks."""
WARNED = timedelta(minutes=4)
"""After how long a page of a person gives way to a warning; a minute is left to go on (WCAG 2.2.1: 20 s)."""
FIELD = "unlock"
"""The password that unlocks a form that was sent."""
CHOSEN = "shared"
"""The box of the page to sign in."""
_SEEN = "shared_seen"
_WATCHED_LESS = ("shared.warning", "shared.lock", "shared.go_on", "accounts.sign_out")
_DOWNLOADS = frozenset({
    "receipts.receipt_json", "receipts.tlog_proof", "receipts.attestation", "receipts.comparison_json",
    "contesting.receipt_json", "contesting.tlog_proof", "sanctions.receipt_json", "space.export",
})  # fmt: skip
"""What would leave a file of a person on the computer."""
_NEVER_CARRIED = ("password", "current", "confirmation", "csrf_token", FIELD)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a page on a shared computer says of itself."""

    watched: bool
    """Whether it is of a person, and gives way to the warning."""
    seconds: int
    """After how long."""


def init_app(app: Flask) -> None:
    """Watch over the sessions of shared computers; after whatever refuses a form that another site sent."""
    app.before_request(_watch)
    app.context_processor(_context)


def is_offered() -> bool:
    """Whether this kiosk offers the mode."""
    return kiosk().settings.shared_terminal


def is_on() -> bool:
    """Whether this browser is on a shared computer, or says so as it signs in."""
    return is_offered() and (_SEEN in session or request.form.get(CHOSEN) == "1")


def begin() -> None:
    """Let this session be one of a shared computer, in use now."""
    session[_SEEN] = request_at().isoformat()


def leave() -> None:
    """Lock this session, whatever is left of its time."""
    session[_SEEN] = (request_at() - IDLE).isoformat()


def is_idle() -> bool:
    """Whether this session has been left for too long."""
    return request_at() >= datetime.fromisoformat(session[_SEEN]) + IDLE


def unlock(person: Person, password: str, errors: Errors) -> bool:
    """Go on if `password` is that of `person`; note what is wrong otherwise."""
    if not password:
        errors[FIELD] = _("Indiquez votre mot de passe.")
    elif not authentication.confirms(person, password):
        errors[FIELD] = _("Ce n’est pas votre mot de passe actuel.")
    else:
        begin()
    return not errors


def _watch() -> Response | tuple[str, int] | None:
    endpoint = request.endpoint
    if _SEEN not in session or endpoint is None or endpoint in _WATCHED_LESS or endpoint == "static":
        return None
    if _shows_nothing(endpoint) or not current_user.is_authenticated:
        return None
    person: Person = current_user._get_current_object()
    if is_idle():
        if request.method in SAFE_METHODS:
            return redirect(url_for("shared.lock", publisher=person.publisher, next=request.path), 303)
        errors: Errors = {}
        if FIELD not in request.form or not unlock(person, request.form[FIELD], errors):
            return _ask_again(person, errors)
    begin()
    if endpoint in _DOWNLOADS and (endpoint != "space.export" or request.method == "POST"):
        return render_template("shared/no_download.html"), 403
    return None


def _shows_nothing(endpoint: str) -> bool:
    """Whether a page is the same for everybody: it may be read for as long as one likes."""
    return is_public(current_app, endpoint)


def _ask_again(person: Person, errors: Errors) -> tuple[str, int]:
    """Ask for the password, and carry what was sent, so that nothing is lost."""
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER_CARRIED]
    page = render_template("shared/lock.html", errors=errors, carried=carried, sent=True, action=request.path)
    return page, 403


def _context() -> dict[str, object]:
    """Give templates `shared`, None on a computer of one's own, and `shared_offered`."""
    if not is_offered() or _SEEN not in session:
        return {"shared": None, "shared_offered": is_offered()}
    endpoint = request.endpoint
    watched = endpoint is not None and endpoint not in _WATCHED_LESS and not _shows_nothing(endpoint)
    found = Watched(watched and "publisher" in g, int(WARNED.total_seconds()))
    return {"shared": found, "shared_offered": True}
