"""Read what officers typed to prove who they are; say in French what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.extensions import gettext as _
from kiosk.staff.keys import LABEL_CHARACTERS
from kiosk.staff.pages import Errors


def credentials(form: Mapping[str, str], errors: Errors) -> tuple[str, str]:
    """Return login and secret, or note which is missing."""
    login, secret = form.get("login", "").strip(), form.get("secret", "")
    if not login:
        errors["login"] = _("Indiquez votre identifiant.")
    if not secret:
        errors["secret"] = _("Indiquez votre secret.")
    return login, secret


def secrets(form: Mapping[str, str], errors: Errors) -> tuple[str, str]:
    """Return the present secret and the one to come, or note what is missing or typed otherwise."""
    present, new = form.get("present", ""), form.get("new", "")
    if not present:
        errors["present"] = _("Indiquez votre secret actuel.")
    if not new:
        errors["new"] = _("Choisissez un nouveau secret.")
    elif form.get("again", "") != new:
        errors["again"] = _("Ce n’est pas le même secret que dans le champ précédent.")
    return present, new


def code(form: Mapping[str, str], errors: Errors) -> str:
    """Return a code of the second factor, or note that it is missing."""
    typed = form.get("code", "").strip()
    if not typed:
        errors["code"] = _("Indiquez le code.")
    return typed


def label(form: Mapping[str, str]) -> str:
    """Return what the holder of a key calls it, made fit for one line."""
    typed = "".join(one for one in form.get("label", "") if one.isprintable())
    return " ".join(typed.split())[:LABEL_CHARACTERS] or _("Clé de sécurité")
