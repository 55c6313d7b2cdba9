"""Read what officers typed of a notice or a decision; what cannot be read is noted by its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from cgu_archive.corpus.dates import start_of_day, typed_day
from cgu_archive.corpus.model import Service
from kiosk.extensions import gettext as _
from kiosk.sanctions import words
from kiosk.sanctions.checking import Notice, Ruling
from kiosk.sanctions.policy import Ground, Measure

Errors = dict[str, str]
_DIGITS = 2


def notice(form: Mapping[str, str], service: Service, least_days: int, errors: Errors) -> Notice:
    """Return the notice that was typed; `least_days` are those of the text when none were."""
    days = form.get("days", "").strip()
    if days and not (days.isascii() and days.isdigit() and len(days) <= _DIGITS):
        errors["days"] = words.least_days(least_days)
    return Notice(
        service=service.slug,
        terms=service.terms[0].slug,
        provision=text(form, "provision"),
        contact=text(form, "contact"),
        assistance=words.assistance(service.publisher) if form.get("rights") == "1" else "",
        days=int(days) if days and "days" not in errors else least_days,
        urgency=text(form, "urgency"),
        **_measure(form, errors),
    )


def ruling(form: Mapping[str, str], errors: Errors) -> tuple[Ruling, date | None]:
    """Return the decision that was typed, and the day the notice was handed over otherwise, if it was."""
    return Ruling(**_measure(form, errors)), _day(form, "reached_on", errors)


def text(form: Mapping[str, str], name: str) -> str:
    """Return what was typed, line ends as line feeds."""
    return form.get(name, "").replace("\r\n", "\n").strip()


def _measure(form: Mapping[str, str], errors: Errors) -> dict[str, Any]:
    last = _day(form, "until", errors)
    until: datetime | None = start_of_day(last + timedelta(days=1)) if last else None
    measure, ground = form.get("measure", ""), form.get("ground", "")
    return {
        "measure": Measure(measure) if measure in set(Measure) else None,
        "ground": Ground(ground) if ground in set(Ground) else None,
        "right": text(form, "right") or None,
        "until": until,
        "facts": text(form, "facts"),
        "actions": text(form, "actions"),
    }


def _day(form: Mapping[str, str], name: str, errors: Errors) -> date | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        return typed_day(typed)
    except ValueError:
        errors[name] = _("Donnez un jour, par exemple 2026-12-31.")
        return None
