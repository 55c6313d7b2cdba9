"""Ask for the password again before what is sensitive, when it was typed too long ago (ASVS 5.0, 7.5.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from flask import redirect, request

from kiosk.accounts import authentication, browser, sessions
from kiosk.accounts.forms import Errors
from kiosk.accounts.pages import Answer, answer
from kiosk.accounts.services import Person
from kiosk.extensions import db, request_at
from kiosk.extensions import gettext as _

FRESH = timedelta(minutes=10)
"""How long a password that was typed answers for who is there."""
FIELD = "confirmation"
_GOES_ON = "goes_on"
_NEVER_CARRIED = ("password", "current", "csrf_token", FIELD, _GOES_ON)

View = Callable[..., Answer]


def confirmed(view: View) -> View:
    """Let `view` run only in a session whose password was typed less than `FRESH` ago; else ask for it.

    What was sent meanwhile is carried by the page that asks, passwords excepted, and goes on once it is
    given.
    """

    @wraps(view)
    def asking(*args: str, **values: str) -> Answer:
        person = browser.signed_in_person()
        if request_at() < person.confirmed_at + FRESH:
            return view(*args, **values)
        errors: Errors = {}
        if request.method == "POST" and FIELD in request.form and _is_given(person, errors):
            goes_on = _GOES_ON in request.form
            return view(*args, **values) if goes_on else redirect(request.path, 303)
        return _ask(errors)

    return asking


def _is_given(person: Person, errors: Errors) -> bool:
    password = request.form[FIELD]
    if not password:
        errors[FIELD] = _("Indiquez votre mot de passe.")
        return False
    db().rollback()  # no lock is held while the password is checked, which is slow
    if not authentication.confirms(person, password):
        errors[FIELD] = _("Ce n’est pas votre mot de passe actuel.")
        return False
    sessions.confirm(db(), browser.current_hash() or "", request_at())
    db().commit()
    return True


def _ask(errors: Errors) -> Answer:
    sent = request.method == "POST" and (FIELD not in request.form or _GOES_ON in request.form)
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER_CARRIED]
    if sent:
        carried.append((_GOES_ON, "1"))
    page = answer("confirm", errors, carried=carried, sent=sent, email=browser.signed_in_person().email)
    return (page, 403) if sent and isinstance(page, str) else page
