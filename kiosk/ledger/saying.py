"""How what the ledger holds is said in French, wherever people read of it: decisions, people, instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cgu_archive.corpus.dates import PARIS
from cgu_archive.rendering import words


def marked(words: str) -> str:
    """Return `words`, which pages translate: `make messages` finds them by this name."""
    return words


@dataclass(frozen=True, slots=True)
class Said:
    """The words for a decision of one kind."""

    done: str
    """What was done, of the document: « conditions acceptées »."""
    by_you: str
    """The same, to whoever decided: « Vous avez accepté »."""
    noun: str
    """« acceptation »: file names hold it too."""
    the: str
    """With its article: « l’acceptation »."""
    on: str
    """Before a day: « acceptée le »."""
    disputed: str
    """Once somebody said « Ce n’est pas moi »."""


DECISIONS: Mapping[str, Said] = {
    "accepted": Said(
        "conditions acceptées",
        marked("Vous avez accepté"),
        "acceptation",
        "l’acceptation",
        marked("acceptée le"),
        marked("Acceptation enregistrée, contestée"),
    ),
    "awaiting": Said(
        "conditions acceptées, dans l’attente du représentant légal",
        marked("En attente de l’accord de votre représentant légal"),
        "attente",
        "l’attente",
        marked("en attente d’un accord depuis le"),
        marked("Attente d’un accord enregistrée, contestée"),
    ),
    "refused": Said(
        "conditions refusées",
        marked("Vous avez refusé"),
        "refus",
        "le refus",
        marked("refusée le"),
        marked("Refus enregistré, contesté"),
    ),
    "deferred": Said(
        "décision reportée",
        marked("Vous avez reporté votre décision"),
        "report",
        "le report",
        marked("reportée le"),
        marked("Report enregistré, contesté"),
    ),
    "renounced": Said(
        "renonciation au service",
        marked("Vous avez renoncé au service"),
        "renonciation",
        "la renonciation",
        marked("renoncement le"),
        marked("Renonciation enregistrée, contestée"),
    ),
    "terminated": Said(
        "résiliation pour manquement",
        marked("Vous avez résilié pour manquement"),
        "résiliation",
        "la résiliation",
        marked("résiliation le"),
        marked("Résiliation enregistrée, contestée"),
    ),
}
"""By the value of `decision` in a statement (proof/README.md, « Kinds »)."""
FIELDS: Mapping[str, str] = {
    "email": "Adresse électronique",
    "account": "Compte",
    "profile": "Profil",
    "organisation_name": "Organisation",
    "siren": "SIREN",
    "siret": "SIRET",
    "capacity_declaration": "Qualité déclarée",
    "words": "Manquement invoqué",
}
"""Labels of the personal fields of a decision, in the order to print."""


def capitalised(text: str) -> str:
    """Return `text` with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def instant(at: datetime) -> str:
    """Return « 22 novembre 2026 à 09:00:00 (heure de Paris) »: a record gives the second."""
    return f"{words.day(at)} à {at.astimezone(PARIS):%H:%M:%S} (heure de Paris)"


def utc(at: datetime) -> str:
    """Return the same instant as machines write it, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_utc(at: datetime) -> str:
    """Return the same for a terminal: ``2026-11-22 08:00:00 UTC``."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def templates(folder: Path, *, markup: bool = True) -> Environment:
    """Return what renders the templates of `folder` outside of a page: papers, and mails without `markup`."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=markup,  # noqa: S701 - plain text needs none
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": lambda said, **values: said % values, "colon": lambda: "\u00a0:"}
    made.filters |= {
        "day": words.day, "instant": instant, "utc": utc, "capitalised": capitalised, "french": str,
    }  # fmt: skip
    return made
