"""Read what officers typed about people; say in French what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from cgu_archive.corpus.dates import PARIS, typed_day
from cgu_archive.corpus.hashing import HASH
from cgu_archive.corpus.model import Service
from kiosk.administration.alerts import MAX_BODY, MAX_SUBJECT
from kiosk.administration.contesting import MAX_REFERENCE, MAX_WORDS, Letter
from kiosk.administration.people import TO_DECIDE, State
from kiosk.administration.services import MAX_REASON
from kiosk.extensions import gettext as _
from kiosk.staff import criteria
from kiosk.staff.pages import Errors

TO_DECIDE_NAME = "to-decide"
EVERY = "*"
"""Chosen for every service of the officer."""
_UNTIL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")


def reason(form: Mapping[str, str], errors: Errors, name: str = "reason") -> str:
    """Return why the officer asks, or note that it is missing or too long."""
    typed = " ".join(form.get(name, "").split())
    if not typed:
        errors[name] = _("Indiquez le motif.")
    elif len(typed) > MAX_REASON or not typed.isprintable():
        errors[name] = _("Il faut au plus %(n)s caractères, sans caractère invisible.", n=MAX_REASON)
    return typed


def address(form: Mapping[str, str], errors: Errors) -> str:
    """Return an exact address, or note that it is none."""
    typed = form.get("address", "").strip()
    if criteria.address(typed) is None:
        errors["address"] = _("Indiquez une adresse électronique entière : nom@exemple.fr.")
    return typed


def services(form: Mapping[str, str], offered: Mapping[str, Service], errors: Errors) -> tuple[str, ...]:
    """Return the services that are chosen, all of those offered for « all », or note that none is."""
    chosen = form.get("service", "")
    if chosen == EVERY:
        return tuple(offered)
    if chosen not in offered:
        errors["service"] = _("Choisissez un service de la liste.")
    return (chosen,)


def until(form: Mapping[str, str], errors: Errors) -> datetime | None:
    """Return when a service opens again, typed as it is said in Paris; None when that is not known yet."""
    typed = form.get("until", "").strip()
    if not typed:
        return None
    if _UNTIL.fullmatch(typed):
        try:
            typed_day(typed.partition("T")[0])
            return datetime.fromisoformat(typed).replace(tzinfo=PARIS)
        except ValueError:
            pass
    errors["until"] = _("Indiquez un jour et une heure, par exemple 2026-12-31T08:00.")
    return None


def notice(form: Mapping[str, str], errors: Errors) -> tuple[str, str]:
    """Return the subject and the text of a notice, or note what is missing or too long."""
    subject, body = " ".join(form.get("subject", "").split()), form.get("body", "").strip()
    if not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
        errors["subject"] = _("Il faut de 1 à %(n)s caractères, sur une ligne.", n=MAX_SUBJECT)
    if not body or len(body) > MAX_BODY or not body.replace("\r", "").replace("\n", "").isprintable():
        errors["body"] = _("Il faut de 1 à %(n)s caractères, sans caractère invisible.", n=MAX_BODY)
    return subject, body.replace("\r\n", "\n") + "\n"


def statement_hash(form: Mapping[str, str], errors: Errors) -> str:
    """Return the hash of a statement as copied from an attestation, without its spaces, or note why not."""
    typed = "".join(form.get("statement", "").split()).lower()
    if not HASH.fullmatch(typed):
        errors["statement"] = _("Attendu les 64 signes de l’empreinte, chiffres et lettres de a à f.")
    return typed


def reference(form: Mapping[str, str], errors: Errors) -> str:
    """Return the reference of a letter, or note what is wrong with it."""
    typed = " ".join(form.get("reference", "").split())
    if not 0 < len(typed) <= MAX_REFERENCE or not typed.isprintable():
        errors["reference"] = _("Il faut de 1 à %(n)s caractères, sur une ligne.", n=MAX_REFERENCE)
    return typed


def letter(form: Mapping[str, str], errors: Errors) -> Letter:
    """Return what an organisation wrote, or note what is missing or too long."""
    said = {name: " ".join(form.get(name, "").split()) for name in ("reference", "function")}
    for name, typed in said.items():
        if not 0 < len(typed) <= MAX_REFERENCE or not typed.isprintable():
            errors[name] = _("Il faut de 1 à %(n)s caractères, sur une ligne.", n=MAX_REFERENCE)
    words = form.get("words", "").replace("\r\n", "\n").strip()
    if len(words) > MAX_WORDS or not words.replace("\n", "").isprintable():
        errors["words"] = _("Il faut au plus %(n)s caractères, sans caractère invisible.", n=MAX_WORDS)
    return Letter(said["reference"], said["function"], words or None)


def after(form: Mapping[str, str]) -> str:
    """Return the account that the page before ended with; empty for the first page."""
    typed = form.get("after", "")
    return typed if criteria.is_identifier(typed) else ""


def states(form: Mapping[str, str]) -> tuple[State, ...]:
    """Return the states to list, all of them unless one is chosen."""
    chosen = form.get("state", "")
    if chosen == TO_DECIDE_NAME:
        return TO_DECIDE
    return tuple(one for one in State if one.value == chosen) or tuple(State)
