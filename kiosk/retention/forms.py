"""Read what people typed to delete their account or ask for erasure; say in French what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.extensions import gettext as _
from kiosk.retention.requests import Wanted

Errors = dict[str, str]
"""What is wrong, by name of field, in the order of the form."""

WORDS_LENGTH = 1_000


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


def words(form: Mapping[str, str], errors: Errors) -> str | None:
    """Return why, if the person says it, or note that it is too long or cannot be kept."""
    typed = "\n".join(form.get("words", "").split("\r\n")).strip()
    if len(typed) > WORDS_LENGTH:
        errors["words"] = _("1 000 signes au plus : vous en avez écrit %(n)s.", n=len(typed))
    elif any(not (char.isprintable() or char in "\n\t") for char in typed):
        errors["words"] = _("Ce texte a des signes qui ne s’affichent pas : retapez-le.")
    return typed or None
