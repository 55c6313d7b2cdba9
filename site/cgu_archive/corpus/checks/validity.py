"""Dates that are missing or too old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.model import Origin

_HOMOLOGATED_YEARS = 3
_FULL = len("2024-01-31")


def partial_dates(page: Page) -> Iterator[Finding]:
    """L-24: the text gives a month for a date, or nobody knows when it took effect."""
    metadata = page.version.metadata
    declared = metadata.declared_on
    if declared is not None and len(str(declared)) < _FULL:
        yield page.about(
            "L-24",
            f"champ « declared_on » : le texte ne donne que « {declared} », sans le jour.",
            "Écrivez le jour dans la prochaine version ; n’en inventez pas.",
        )
    if metadata.origin is Origin.ACCESSION and metadata.effective_on is None:
        yield page.about(
            "L-24",
            "champ « effective_on » : la date de prise d’effet n’est pas connue.",
            "Demandez-la à l’éditeur ; jusque-là, les pages la disent inconnue.",
        )


def homologation(page: Page, on: date | None) -> Iterator[Finding]:
    """L-27: on the day `on`, else when it entered the archive, the attestation is over three years old."""
    metadata = page.version.metadata
    day = on or metadata.archived_on
    if metadata.homologation is None or day is None:
        return
    since = metadata.homologation.on
    if (day.year - _HOMOLOGATED_YEARS, day.month, day.day) > (since.year, since.month, since.day):
        yield page.about(
            "L-27",
            f"homologation du {since} : plus de {_HOMOLOGATED_YEARS} ans le {day}.",
            "Demandez la décision de renouvellement, et citez-la.",
        )
