"""Read what people typed in the forms of an account; say in French what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cgu_archive.corpus.model import Service
from cgu_archive.corpus.rules import PasswordRule
from kiosk.accounts import passwords, steps
from kiosk.accounts.addresses import EmailAddress, normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.accounts.passwords import Problem
from kiosk.extensions import gettext as _

Errors = dict[str, str]
"""What is wrong, by name of field, in the order of the form."""

_CODE = re.compile(r"\d{6}")
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A six-digit code."""

    code: str


@dataclass(frozen=True, slots=True)
class PastedLink:
    """The secret part of an address pasted from the mail."""

    token: str


def address(form: Mapping[str, str], errors: Errors, field: str = "email") -> EmailAddress | None:
    """Return the address of a field, or note what is wrong."""
    typed = form.get(field, "")
    if not typed.strip():
        errors[field] = _("Indiquez votre adresse électronique.")
        return None
    try:
        return normalise(typed)
    except InvalidAddressError:
        errors[field] = _("Cette adresse n’a pas la forme attendue, par exemple prenom.nom@exemple.fr.")
        return None


def code_or_link(form: Mapping[str, str], errors: Errors) -> TypedCode | PastedLink | None:
    """Return the code typed, or the link pasted, in the field `code` (requirement P-19)."""
    typed = "".join(form.get("code", "").split())
    if not typed:
        errors["code"] = _("Tapez le code reçu, ou collez l’adresse du lien.")
        return None
    if _CODE.fullmatch(typed):
        return TypedCode(typed)
    try:
        last = urlsplit(typed).path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:
        last = ""
    if _TOKEN.fullmatch(last):
        return PastedLink(last)
    errors["code"] = _("Attendu : les six chiffres du message, ou l’adresse entière du lien qu’il contient.")
    return None


def profile(form: Mapping[str, str], service: Service, email: str, errors: Errors) -> str | None:
    """Return the profile chosen among those of the service that `email` may choose (requirement S-32)."""
    chosen = next((one for one in service.profiles if one.slug == form.get("profile")), None)
    if chosen is None:
        errors["profile"] = _("Choisissez votre profil.")
        return None
    if not steps.may_choose(chosen, email):
        errors["profile"] = _(
            "Ce profil est réservé aux adresses professionnelles de ces domaines : %(domains)s."
            " La vôtre n’en est pas. Choisissez un autre profil, ou changez d’adresse.",
            domains=", ".join(chosen.email_domains),
        )
        return None
    return chosen.slug


def new_password(
    form: Mapping[str, str], rule: PasswordRule, own_words: tuple[str, ...], errors: Errors
) -> str:
    """Return the password of the field `password`, or note every reason to refuse it."""
    password = form.get("password", "")
    if not password:
        errors["password"] = _("Choisissez un mot de passe.")
        return password
    found = passwords.problems(password, rule, own_words)
    if found:
        errors["password"] = " ".join(_problem(problem, rule) for problem in found)
    return password


def _problem(problem: Problem, rule: PasswordRule) -> str:
    match problem:
        case Problem.TOO_SHORT:
            return _("Il faut au moins %(n)s caractères.", n=rule.length)
        case Problem.TOO_LONG:
            return _("Il faut au plus %(n)s caractères.", n=passwords.MAX_LENGTH)
        case Problem.TOO_FEW_KINDS:
            return rule_kinds(rule)
        case Problem.COMMON:
            return _("Ce mot de passe se devine trop facilement : mots courants, suites, dates ou votre nom.")


def rule_kinds(rule: PasswordRule) -> str:
    """Return the sentence that says which kinds of characters `rule` wants."""
    if rule.classes >= 4:
        return _("Il faut une majuscule, une minuscule, un chiffre et un caractère spécial.")
    return _(
        "Il faut au moins %(n)s de ces quatre catégories : majuscule, minuscule, chiffre, caractère spécial.",
        n=rule.classes,
    )


@dataclass(frozen=True, slots=True)
class Incident:
    """A theft or a misuse that a person reports."""

    words: str | None


MAX_WORDS = 1000


def incident(form: Mapping[str, str], errors: Errors) -> Incident | None:
    """Return what is reported with a new password, when its box is ticked."""
    if not form.get("report"):
        return None
    words = form.get("words", "").replace("\x00", "").strip()
    if len(words) > MAX_WORDS:
        errors["words"] = _("Il faut au plus %(n)s caractères.", n=MAX_WORDS)
    return Incident(words or None)


MAX_RECOGNISED = 500


def recognised(form: Mapping[str, str], errors: Errors) -> str | None:
    """Return how the publisher may recognise the person who asks for another address."""
    words = form.get("words", "").replace("\x00", "").strip()
    if len(words) > MAX_RECOGNISED:
        errors["words"] = _("Il faut au plus %(n)s caractères.", n=MAX_RECOGNISED)
    if not words:
        errors["words"] = _("Dites comment l’éditeur peut vous reconnaître.")
    return words
