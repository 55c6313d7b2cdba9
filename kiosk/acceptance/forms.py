"""Read what people typed on the decision page; say in French what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from cgu_archive.corpus.model import Service
from kiosk.acceptance.errors import StaleFormError
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Organisation, Shown
from kiosk.accounts.addresses import EmailAddress, normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.extensions import gettext as _
from kiosk.organisations.numbers import digits, is_siren
from kiosk.presentation import version_name
from kiosk.texts.models import PublishedVersion

Errors = dict[str, str]
"""What is wrong, by name of field, in the order of the form."""

CHOICES = {
    "accepter": Kind.ACCEPTED,
    "refuser": Kind.REFUSED,
    "plus-tard": Kind.DEFERRED,
    "renoncer": Kind.RENOUNCED,
    "resilier": Kind.TERMINATED,
}
_NAME_LENGTH = 200
WORDS_LENGTH = 1000
"""Most characters of what a person writes in their own words."""
_LINES = {"\n", "\t"}
_CARRIED = {"holder", *(one.name for one in fields(Shown))}


def _recorded(words: str, **values: object) -> str:
    """Return what a statement holds: French, whatever the language of the page it is shown on."""
    return words % values


def button(kind: Kind) -> str:
    """Return the words on the button of a choice."""
    match kind:
        case Kind.ACCEPTED | Kind.AWAITING:
            return _recorded("Accepter ces conditions")
        case Kind.REFUSED:
            return _recorded("Refuser")
        case Kind.DEFERRED:
            return _recorded("Décider plus tard")
        case Kind.RENOUNCED:
            return _recorded("Renoncer au service")
        case Kind.TERMINATED:
            return _recorded("Résilier pour manquement")


def box(service: Service, version: PublishedVersion) -> str:
    """Return the words of the box, as the service decided them, naming the version."""
    words = service.acceptance.box.replace("{service}", service.name)
    return words.replace("{version}", version_name(version))


def box_missing_alone() -> str:
    """Return what is said to who accepts without an account and without ticking the box."""
    return _("Cochez la case pour accepter, ou fermez cette page.")


def unverified() -> str:
    """Return what a statement says of who accepts without an account (requirement O-06)."""
    return _recorded("Identité déclarée, non vérifiée.")


def representative_needed() -> str:
    """Return what who lacks full legal capacity declares (requirement M-25); never why."""
    return _recorded(
        "Je n’ai pas la pleine capacité juridique : mon représentant légal doit donner son accord."
    )


def full_capacity() -> str:
    """Return what who declared that, and accepts alone after all, declares instead (requirement M-25)."""
    return _recorded("Je reviens sur cette déclaration : j’ai la pleine capacité juridique pour m’engager.")


def full_capacity_missing() -> str:
    """Return what is said to who accepts alone after that declaration, which still stands."""
    return _(
        "Rien n’a été enregistré : vous avez déclaré que votre représentant légal doit donner son accord."
        " Revenez sur cette déclaration en cochant cette case, ou demandez-lui son accord."
    )


def representative(form: Mapping[str, str], own: str | None, errors: Errors) -> EmailAddress | None:
    """Return the address of the representative, or note what is wrong with it: `own` is the person's."""
    try:
        found = normalise(form.get("representative_email", ""))
    except InvalidAddressError:
        errors["representative_email"] = _("Donnez l’adresse électronique de votre représentant légal.")
        return None
    if own is None or found.key != normalise(own).key:
        return found
    errors["representative_email"] = _("C’est votre adresse : donnez celle de votre représentant légal.")
    return None


def representative_box(service: Service, version: PublishedVersion) -> str:
    """Return the words of the box of a legal representative."""
    return _recorded(
        "En qualité de représentant légal, je donne mon accord à l’utilisation de %(name)s sous les"
        " conditions générales d’utilisation (%(version)s).",
        name=service.name,
        version=version_name(version),
    )


def representative_button(kind: Kind) -> str:
    """Return the words on the button of a legal representative."""
    return _recorded("Donner mon accord") if kind is Kind.ACCEPTED else _recorded("Ne pas donner mon accord")


def representative_box_missing() -> str:
    """Return what is said to a representative who agrees without ticking the box."""
    return _("Cochez la case pour donner votre accord.")


def solution(name: str) -> str:
    """Return what a statement says of the solution that is used without an account (requirement O-05)."""
    return _recorded("Service utilisé : %(name)s.", name=name)


def retention_without_account(service: Service) -> str:
    """Return how long what names a person without an account is kept, as the statement says it."""
    return _recorded(
        "Ce qui vous nomme est gardé à part au plus %(kept)s après cette acceptation, puis détruit."
        " Un litige peut prolonger la garde, jusqu’à une date fixée.",
        kept=_years(service.retention.years),
    )


def ends_without_account(service: Service, at: datetime) -> datetime:
    """Return until when the code of a person without an account serves: as long as they may be named."""
    return at + timedelta(days=365 * service.retention.years)


def box_missing() -> str:
    """Return what is said to who accepts without ticking the box."""
    return _("Cochez la case pour accepter, ou choisissez « Refuser ».")


def retention(service: Service, own: Iterable[Service]) -> str:
    """Return how long what names a person is kept with their decisions, as the statement says it.

    `own` are the services of the publisher: one account opens them all, and is unused when none is used.
    """
    return _retention(service.retention.years, max(one.retention.unused_years for one in own))


@cache
def _retention(years: int, unused: int) -> str:
    return _recorded(
        "Ce qui vous nomme est gardé au plus %(kept)s après la suppression de votre compte, puis détruit."
        " Vous pouvez le supprimer à tout moment ; il l’est d’office après %(unused)s sans connexion. Un"
        " litige peut prolonger la garde, jusqu’à une date fixée.",
        kept=_years(years),
        unused=_years(unused),
    )


def _years(number: int) -> str:
    return _recorded("un an") if number == 1 else _recorded("%(n)s ans", n=number)


def capacity(name: str) -> str:
    """Return the declaration of someone who accepts for an organisation (requirement O-12)."""
    return _recorded("Je déclare être habilité à représenter et à engager %(name)s.", name=name)


def sign(shown: Shown, holder: str, serializer: URLSafeSerializer) -> str:
    """Return what the form carries: what was shown, to whom, unforgeable."""
    values = asdict(shown) | {"shown_at": shown.shown_at.isoformat(), "holder": holder}
    return str(serializer.dumps(values))


def shown(signed: str, holder: str, serializer: URLSafeSerializer) -> Shown:
    """Return what the form says was shown to `holder`; raises `StaleFormError`."""
    try:
        values: dict[str, Any] = serializer.loads(signed)
    except BadSignature as error:
        raise StaleFormError("signature") from error
    if values.keys() != _CARRIED:
        raise StaleFormError("members")  # made by a release that carried others
    if values.pop("holder") != holder:
        raise StaleFormError("holder")
    return Shown(
        **values
        | {
            "shown_at": datetime.fromisoformat(values["shown_at"]),
            "statements": tuple(values["statements"]),
            "named_without_text": tuple(values["named_without_text"]),
        }
    )


def organisation(form: Mapping[str, str], service: Service, errors: Errors) -> Organisation | None:
    """Return in whose name the person also accepts, where the text asks for it."""
    if not service.acceptance.on_behalf_of_organisation:
        return None
    name = " ".join(form.get("organisation_name", "").split())
    siren = digits(form.get("siren", "").strip())
    if not name.isprintable() or not 0 < len(name) <= _NAME_LENGTH:
        errors["organisation_name"] = _(
            "Indiquez la raison sociale, en %(n)s signes au plus.", n=_NAME_LENGTH
        )
    if not is_siren(siren):
        errors["siren"] = _("Ce numéro SIREN n’est pas valable : attendu neuf chiffres, clé comprise.")
    if form.get("capacity") != "1":
        errors["capacity"] = _("Déclarez que vous êtes habilité à engager cette organisation.")
    return Organisation(name, siren, capacity(name))


def termination(provision: str) -> str:
    """Return the declaration of who ends the agreement for a breach (requirement S-54)."""
    return _recorded(
        "Je prononce la résiliation, pour manquement, au titre de la disposition suivante : %(at)s.",
        at=provision,
    )


def breach(form: Mapping[str, str], errors: Errors) -> str | None:
    """Return what a person reproaches, or note that it is missing."""
    words = own_words(form.get("words", ""), errors)
    if words is None and not errors:
        errors["words"] = _("Dites quel manquement vous invoquez.")
    return words


def own_words(typed: str, errors: Errors) -> str | None:
    """Return what a person wrote, line ends as line feeds, or None; note as `words` what is wrong with it."""
    words = typed.replace("\r\n", "\n").strip()
    if len(words) > WORDS_LENGTH:
        errors["words"] = _("1 000 signes au plus ; vous en avez écrit %(found)s.", found=len(words))
    elif not all(one.isprintable() or one in _LINES for one in words):
        errors["words"] = _("Retirez les caractères invisibles de ce texte.")
    return words or None
