"""How pages say values, in their language: days, instants, hashes, names of versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, g, session
from flask_login import current_user
from markupsafe import Markup

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.hashing import short
from cgu_archive.corpus.model import Contact, Mode, Publisher, Service
from cgu_archive.rendering import LinkPolicy, link_policy, words
from kiosk import english
from kiosk.extensions import gettext as _
from kiosk.extensions import kiosk
from kiosk.languages import ENGLISH, language
from kiosk.ledger import saying
from kiosk.ledger.saying import DECISIONS, capitalised, utc
from kiosk.security import SIGN_UP
from kiosk.texts import links
from kiosk.texts.models import PublishedVersion

ROOT = Path(__file__).parent
_BREAKS = re.compile(r"(?<=«) | (?=[:;?!»](?:\s|$|[).,;]))")


def init_app(app: Flask) -> None:
    """Give the templates of `app` the words of this module."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=day,
        instant=instant,
        utc=utc,
        spaced=spaced,
        grouped=grouped,
        version_name=version_name,
        support=support,
        linkable=linkable,
        weight=words.weight,
        decided_on=decided_on,
        said_decision=DECISIONS.__getitem__,
    )
    app.context_processor(_context)


def linkable(url: str, of: Service | Publisher) -> bool:
    """Whether pages may lead to `url`: no register of links, of this service or publisher, removed it."""
    state = kiosk()
    services = state.services_of(of.slug) if isinstance(of, Publisher) else (of,)
    kept = (links.on_file(state.settings.texts_dir, service) for service in services)
    return LinkPolicy(removed=link_policy(*kept).removed).allows(url)


def spaced(said: str) -> str:
    """Return a sentence of the software with the spaces of French that do not break; words only are text.

    Sentences that a terminal and the archive share are written with plain spaces. Markup stays as it is.
    """
    if isinstance(said, Markup) or language() == ENGLISH:
        return said
    return _BREAKS.sub("\u00a0", said)


def day(value: date | datetime) -> str:
    """Return a day in full, in the language of the page; of an instant, the day it is in Paris."""
    return english.day(value) if language() == ENGLISH else words.day(value)


def instant(at: datetime) -> str:
    """Return an instant to the second, in Paris time, in the language of the page."""
    return english.instant(at) if language() == ENGLISH else saying.instant(at)


def decided_on(kind: str) -> str:
    """Return « Acceptée le », to be followed by a day, for a decision of this kind (`policy.Kind`)."""
    return capitalised(_(DECISIONS[kind].on))


def grouped(digest: str) -> str:
    """Return a hash in groups of eight digits, to be read aloud or compared by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def version_name(version: PublishedVersion) -> str:
    """Return the label of `version`; without one, what is known: dates, receipt, start of the hash.

    In French, whatever the page: statements hold it.
    """
    if version.label:
        return version.label
    metadata: dict[str, Any] = json.loads(version.contractual)
    received = (metadata.get("source") or {}).get("received_on") or metadata.get("archived_on")
    declared, approved = metadata.get("declared_on"), metadata.get("approved_on")
    known = words.dated(
        PartialDate.parse(declared) if declared else None, date.fromisoformat(approved) if approved else None
    )
    name = f"version {known}" if known else "version"
    if received:
        name += f" reçue le {words.day(date.fromisoformat(received))}"
    missing = "sans numéro" if known else "sans date ni numéro"
    return f"{name}, {missing}, empreinte {short(version.text_hash)}"


def support(service: Service) -> str | None:
    """Return « du lundi au vendredi, de 9 h à 17 h (heure de Paris) », if the text says hours."""
    hours = service.support_hours
    if hours is None:
        return None
    said = english.hours(hours) if language() == ENGLISH else words.hours(hours)
    return _("%(hours)s (heure de Paris)", hours=said)


def rights_contacts(services: Iterable[Service]) -> list[tuple[Publisher, list[Contact]]]:
    """Return whom each publisher of `services` says to write to about personal data (requirement O-42).

    The data protection officers that its services name; none when their texts name none.
    """
    found: dict[Publisher, dict[Contact, None]] = {}
    for service in services:
        named, contact = found.setdefault(service.publisher, {}), service.contacts["data_protection"]
        if contact is not None and not contact.lost:
            named[contact] = None
    return [(publisher, list(named)) for publisher, named in found.items()]


def _context() -> dict[str, Any]:
    state = kiosk()
    return {
        "mode": state.settings.mode.value,
        "settings": state.settings,
        "publisher": g.get("publisher"),
        "service": g.get("service"),
        "person": _person,
        "in_sign_up": SIGN_UP in session,
        "own_services": _own_services,
        "profile_names": _profile_names,
        "rights_contacts": rights_contacts,
    }


def _own_services() -> tuple[Service, ...]:
    """Return the services of the publisher of the current address."""
    return kiosk().services_of(g.publisher.slug)


def _profile_names(person: Any) -> list[tuple[str, str]]:
    """Return the profiles of a person: name of the service, and of the profile there.

    Each is its identifier when the service, or its profile, is no longer there.
    """
    found = {person.service: person.profile} if person.profile else {}
    return [_profile_name(service, slug) for service, slug in (found | (person.profiles or {})).items()]


def _profile_name(service: str, slug: str) -> tuple[str, str]:
    held = kiosk().services.get(service)
    names = {profile.slug: profile.name for profile in held.profiles} if held else {}
    return (held.name if held else service), names.get(slug, slug)


def _person() -> Any:
    """Return the signed-in person, asked only by pages that show it."""
    if kiosk().settings.mode is Mode.DOCUMENTARY:
        return None
    return current_user if current_user.is_authenticated else None
