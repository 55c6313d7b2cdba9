"""Change a password and, in the same act, report what happened: one path, signed in or not (S-28, P-43)."""

from __future__ import annotations

from typing import Any

from flask import request

from cgu_archive.corpus.rules import PasswordRule
from kiosk.accounts import browser, forms, incidents, mails, passwords, services
from kiosk.accounts.forms import Errors, Incident
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.traces.services import Event


def chosen(rule: PasswordRule, email: str, present_hash: str, errors: Errors) -> str:
    """Return the new password of the form, or note why it is refused: the present one is not new (O-33)."""
    password = forms.new_password(request.form, rule, (email,), errors)
    if "password" not in errors and passwords.matches(present_hash, password):
        errors["password"] = _("C’est votre mot de passe actuel : choisissez-en un autre.")
    return password


def change(account_id: str, email: str, password_hash: str, incident: Incident | None) -> None:
    """Replace the password, end every session, tell the holder, and report `incident`; the caller commits."""
    at = request_at()
    services.change_password(db(), account_id, password_hash, at=at)
    browser.trace(Event.PASSWORD_CHANGED, account_id)
    mails.send("password_changed", key=f"changed:{account_id}:{at.isoformat()}", to=email)
    if incident is not None:
        _report(account_id, email, incident)


def _report(account_id: str, email: str, incident: Incident) -> None:
    publisher = current_publisher().slug
    for told in incidents.addressees(kiosk().services_of(publisher)):
        number = incidents.record(
            db(), told, publisher=publisher, account_id=account_id, words=incident.words, at=request_at(),
            randomness=kiosk().randomness,
        )  # fmt: skip
        said: dict[str, Any] = {
            "told": told, "email": email, "words": incident.words, "at": request_at(), "number": number,
        }  # fmt: skip
        if told.address is not None:
            mails.send("incident", key=incidents.mail_key(number), to=told.address, **said)
        mails.send("incident_copy", key=f"incident-copy:{number}", to=email, **said)
    browser.trace(Event.INCIDENT_REPORTED, account_id)
