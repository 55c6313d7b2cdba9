"""Read what people typed to delete their account or ask for erasure; say in French what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.acceptance.forms import Errors
from kiosk.extensions import gettext as _
from kiosk.retention.requests import Wanted


def confirmed(form: Mapping[str, str], errors: Errors) -> str:
    """Return the password typed, or note what is missing to delete the account."""
    password = form.get("password", "")
    if not password:
        errors["password"] = _("Indiquez votre mot de passe.")
    if form.get("confirm") != "1":
        errors["confirm"] = _("Cochez la case pour supprimer votre compte.")
    return password


def wanted(form: Mapping[str, str], errors: Errors) -> Wanted | None:
    """Return what is to be erased, or note that it must be chosen."""
    try:
        return Wanted(form.get("wanted", ""))
    except ValueError:
        errors["wanted"] = _("Choisissez ce que vous demandez.")
        return None
