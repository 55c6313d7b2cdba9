"""Refuse an act that does not say all that it must: what is missing, by name of field, in French."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from cgu_archive.corpus.model import Service
from cgu_archive.corpus.rules import Rule
from kiosk.sanctions.policy import (
    DATED,
    MOST_DAYS,
    NEVER_URGENT,
    Ground,
    Measure,
    allows,
    days_to_answer,
    graver,
)
from kiosk.sanctions.words import CONTACT, LABELS, MISSING, SHORT, TEXT, least_days

_LINES = {"\n", "\t"}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told before a measure, or with one that could not wait; None or empty: not said."""

    service: str
    terms: str
    provision: str
    measure: Measure | None
    ground: Ground | None
    facts: str
    actions: str
    """What the person can do to end the breach, and have their access again (requirement O-59)."""
    contact: str
    """Where the file can be seen and a hearing asked for: an office, never a name."""
    assistance: str
    """What is said of the right to be assisted, to see the file, to be heard (`words.assistance`)."""
    days: int | None
    """Calendar days to answer."""
    right: str | None = None
    until: datetime | None = None
    """When the measure would end by itself."""
    urgency: str = ""
    """Why it cannot wait; empty: it waits."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided once the person could answer."""

    measure: Measure | None
    ground: Ground | None
    facts: str
    """Grounds in law and fact (CRPA, L. 211-2, L. 211-5): what is held, and what the answer changes."""
    actions: str
    right: str | None = None
    until: datetime | None = None


def notice_problems(
    notice: Notice,
    service: Service,
    provisions: Collection[str],
    rules: Collection[Rule],
    at: datetime,
    *,
    urgent: bool,
) -> dict[str, str]:
    """Return what `notice` lacks; `provisions` and `rules` are those of the version that binds the person."""
    found = dict(_of_measure(notice, service, rules, at))
    if notice.provision not in provisions:
        found["provision"] = MISSING["provision"]
    found |= _of_texts(notice, ("facts", "actions"))
    found |= _of_texts(notice, ("contact",), CONTACT)
    if not notice.assistance.strip():
        found["assistance"] = MISSING["assistance"]
    least = days_to_answer(rules)
    if notice.days is None or not least <= notice.days <= MOST_DAYS:
        found["days"] = least_days(least)
    if urgent:
        found |= _of_texts(notice, ("urgency",))
        if notice.measure in NEVER_URGENT:
            found["measure"] = MISSING["not-urgent"]
        if notice.ground is Ground.NOT_CURED:
            found["ground"] = MISSING["ground"]
    return found


def ruling_problems(
    ruling: Ruling, intended: Measure, service: Service, rules: Collection[Rule], at: datetime
) -> dict[str, str]:
    """Return what `ruling` lacks; the notice told that `intended` might be taken, and nothing graver may."""
    found = dict(_of_measure(ruling, service, rules, at))
    if ruling.measure is not None and graver(ruling.measure, intended):
        found["measure"] = MISSING["graver"]
    return found | _of_texts(ruling, ("facts", "actions"))


def text_problems(field: str, value: str, most: int = TEXT) -> dict[str, str]:
    """Return what is wrong with a text that must be there."""
    said = value.strip()
    if not said or not all(one.isprintable() or one in _LINES for one in said):
        return {field: MISSING[field]}
    if len(said) > most:
        return {field: SHORT.format(label=LABELS[field], found=len(said), most=most)}
    return {}


def _of_texts(said: Notice | Ruling, fields: Collection[str], most: int = TEXT) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields:
        found |= text_problems(field, getattr(said, field), most)
    return found


def _of_measure(
    said: Notice | Ruling, service: Service, rules: Collection[Rule], at: datetime
) -> Iterator[tuple[str, str]]:
    if said.measure is None:
        yield "measure", MISSING["measure"]
    elif (said.measure is Measure.RIGHT) != (said.right is not None):
        yield "right", MISSING["right"]
    if said.right is not None and said.right not in service.solutions:
        yield "right", MISSING["right"]
    if said.ground is None or (said.measure is not None and not allows(said.measure, said.ground, rules)):
        yield "ground", MISSING["ground"]
    if said.until is not None and (said.measure not in DATED or said.until <= at):
        yield "until", MISSING["until"]
