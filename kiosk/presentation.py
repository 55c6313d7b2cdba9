"""How values are said in French: dates in Paris time, hashes, names of versions."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from flask import Flask, g, session
from flask_login import current_user

from cgu_archive.corpus.dates import PARIS, PartialDate
from cgu_archive.corpus.hashing import short
from cgu_archive.corpus.model import Mode, Service
from kiosk.extensions import kiosk
from kiosk.security import SIGN_UP
from kiosk.texts.models import PublishedVersion

ROOT = Path(__file__).parent
_LOCALE = "fr"


def init_app(app: Flask) -> None:
    """Give the templates of `app` the words of this module."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=day, instant=instant, utc=utc, grouped=grouped, version_name=version_name, support=support
    )
    app.context_processor(_context)


def day(value: date | datetime) -> str:
    """Return « 1er janvier 2026 »: the day it is in Paris."""
    if isinstance(value, datetime):
        value = value.astimezone(PARIS).date()
    written = format_date(value, "d MMMM y", locale=_LOCALE)
    return f"1er {written[2:]}" if written.startswith("1 ") else written


def instant(at: datetime) -> str:
    """Return « 22 novembre 2026 à 09:00:00 (heure de Paris) »."""
    return f"{day(at)} à {format_datetime(at, 'HH:mm:ss', tzinfo=PARIS, locale=_LOCALE)} (heure de Paris)"


def utc(at: datetime) -> str:
    """Return the same instant as machines write it, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def grouped(digest: str) -> str:
    """Return a hash in groups of eight digits, to be read aloud or compared by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def version_name(version: PublishedVersion) -> str:
    """Return the label of `version`; without one, what is known: dates, receipt, start of the hash."""
    if version.label:
        return version.label
    metadata: dict[str, Any] = json.loads(version.contractual)
    received = (metadata.get("source") or {}).get("received_on") or metadata.get("archived_on")
    known = _declared(metadata)
    name = f"version {known}" if known else "version"
    if received:
        name += f" reçue le {day(date.fromisoformat(received))}"
    missing = "sans numéro" if known else "sans date ni numéro"
    return f"{name}, {missing}, empreinte {short(version.text_hash)}"


def _declared(metadata: dict[str, Any]) -> str | None:
    declared = metadata.get("declared_on")
    if declared:
        partial = PartialDate.parse(declared)
        if partial.day is not None:
            return f"du {day(partial.earliest)}"
        if partial.month is not None:
            return f"de {format_date(partial.earliest, 'MMMM y', locale=_LOCALE)}"
        return f"de {partial.year}"
    approved = metadata.get("approved_on")
    return f"approuvée le {day(date.fromisoformat(approved))}" if approved else None


_DAYS = {
    "mon": "lundi", "tue": "mardi", "wed": "mercredi", "thu": "jeudi",
    "fri": "vendredi", "sat": "samedi", "sun": "dimanche",
}  # fmt: skip


def support(service: Service) -> str | None:
    """Return « du lundi au vendredi, de 9:00 à 17:00 (heure de Paris) », if the text says hours."""
    hours = service.support_hours
    if hours is None:
        return None
    days = [_DAYS[name] for name in hours.days]
    return f"du {days[0]} au {days[-1]}, de {hours.opens:%H:%M} à {hours.closes:%H:%M} (heure de Paris)"


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
        "profile_name": _profile_name,
    }


def _own_services() -> tuple[Service, ...]:
    """Return the services of the publisher of the current address."""
    return kiosk().services_of(g.publisher.slug)


def _profile_name(person: Any) -> str:
    """Return the name of a person's profile, or its identifier when the service no longer has it."""
    service = kiosk().services.get(person.service)
    names = {profile.slug: profile.name for profile in service.profiles} if service else {}
    return names.get(person.profile, str(person.profile))


def _person() -> Any:
    """Return the signed-in person, asked only by pages that show it."""
    if kiosk().settings.mode is Mode.DOCUMENTARY:
        return None
    return current_user if current_user.is_authenticated else None
