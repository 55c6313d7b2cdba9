"""Read what officers typed; say in French what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from cgu_archive.corpus.model import Service
from kiosk.evidence import services
from kiosk.evidence.services import Grounds
from kiosk.extensions import gettext as _
from kiosk.staff.pages import Errors

EVERY = ""
"""Chosen for every service of the publisher."""
_LONGEST_PERSON = 320


def person(form: Mapping[str, str], errors: Errors) -> str:
    """Return how the person is named, or note that they are not."""
    typed = form.get("person", "").strip()
    if not 0 < len(typed) <= _LONGEST_PERSON or not typed.isprintable():
        errors["person"] = _("Indiquez une adresse électronique, ou un identifiant.")
    return typed


def service(form: Mapping[str, str], offered: Mapping[str, Service], errors: Errors) -> str | None:
    """Return the service that the evidence is about, None for all of them."""
    chosen = form.get("service", EVERY)
    if chosen != EVERY and chosen not in offered:
        errors["service"] = _("Choisissez un service de la liste.")
    return chosen or None


def compared(form: Mapping[str, str], errors: Errors) -> None:
    """Note when who approves did not say that they compared the person with the request."""
    if not form.get("compared"):
        errors["compared"] = _("Comparez la personne avec la demande, puis cochez la case.")


def grounds(form: Mapping[str, str], errors: Errors) -> Grounds:
    """Return who asks for the evidence and why, or note what is missing or too long."""
    typed = {}
    for name, most, must in (
        ("requester", services.MAX_REQUESTER, _("Indiquez qui demande ce dossier.")),
        ("reference", services.MAX_REFERENCE, None),
        ("reason", services.MAX_REASON, _("Indiquez pourquoi.")),
    ):
        typed[name] = " ".join(form.get(name, "").split())
        if not typed[name] and must:
            errors[name] = must
        elif len(typed[name]) > most or not typed[name].isprintable():
            errors[name] = _("Il faut au plus %(n)s caractères, sans caractère invisible.", n=most)
    return Grounds(**typed)
