"""Read what people typed to delete their account or use their rights; say in French what is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kiosk.acceptance.forms import Errors
from kiosk.extensions import gettext as _
from kiosk.retention.requests import ERASURES, Wanted


def confirmed(form: Mapping[str, str], errors: Errors) -> str:
    """Return the password typed, or note what is missing to delete the account."""
    password = form.get("password", "")
    if not password:
        errors["password"] = _("Indiquez votre mot de passe.")
    if form.get("confirm") != "1":
        errors["confirm"] = _("Cochez la case pour supprimer votre compte.")
    return password


def wanted(form: Mapping[str, str], errors: Errors, offered: Collection[Wanted] = ERASURES) -> Wanted | None:
    """Return which of `offered` is asked, or note that it must be chosen."""
    found = next((one for one in offered if one == form.get("wanted", "")), None)
    if found is None:
        errors["wanted"] = _("Choisissez ce que vous demandez.")
    return found
