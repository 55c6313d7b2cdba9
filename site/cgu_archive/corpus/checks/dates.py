"""Dates that contradict each other, inside a version and from one version to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise

from cgu_archive.corpus.checks.named import said
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.model import Metadata, Origin, Terms, Version

_MEND = "Corrigez l’une des deux dates ; écrivez null si elle est inconnue."


def contradictions(version: Version) -> Iterator[Finding]:
    """Yield the dates of `version` that cannot all be true."""
    metadata = version.metadata
    for early_name, early, late_name, late in _pairs(metadata):
        if early is not None and late is not None and late < early:
            yield _finding(
                version,
                "dates",
                f"{said(late_name)} : attendu {early} au plus tôt,"
                f" d’après : {said(early_name)} ; trouvé {late}.",
            )
    if metadata.approval is not None and metadata.approval.on != metadata.approved_on:
        yield _finding(
            version,
            "approval",
            f"{said('approved_on')} : attendu {metadata.approval.on}, d’après : {said('approval.on')} ;"
            f" trouvé {metadata.approved_on or 'rien'}.",
        )


def cancellation(version: Version) -> Iterator[Finding]:
    """Yield a cancellation of what was not published, or had taken effect."""
    cancelled, effective_at = version.cancellation, version.metadata.effective_at
    if cancelled is None:
        return
    if not version.published or effective_at is None or cancelled.at >= effective_at:
        yield Finding(
            f"{version.address}/cancellation.yml", None, "cancellation",
            "seule une version publiée, qui n’a pas encore pris effet, s’annule.",
            "Retirez ce fichier ; une version en vigueur se remplace par une nouvelle.",
        )  # fmt: skip


def _pairs(metadata: Metadata) -> tuple[tuple[str, date | None, str, date | None], ...]:
    """Return pairs of days of which the second never comes before the first, with their fields."""
    published_on = day_in_paris(metadata.published_at) if metadata.published_at else None
    begins = ("effective_on", metadata.effective_on)
    if metadata.effective_on is None:
        begins = ("published_at", published_on)
    received_on = metadata.source.received_on if metadata.source else None
    archived = ("archived_on", metadata.archived_on)
    accession = metadata.origin is Origin.ACCESSION
    entered = archived if accession else ("published_at", published_on)
    return (
        ("published_at", published_on, "effective_on", metadata.effective_on),
        (*begins, "required_on", metadata.required_on),
        ("approved_on", metadata.approved_on, *entered),
        ("published_at", published_on, *archived),
        ("source.received_on", received_on, *archived),
    )


def in_order(terms: Terms) -> Iterator[Finding]:
    """Yield the published versions that take effect, or were put online, before the one they follow."""
    for name in ("published_at", "effective_at"):
        entered = terms.published if name == "published_at" else terms.lasting
        dated = [(v, at) for v in entered if (at := _instant(v, name)) is not None]
        for (earlier, before), (later, after) in pairwise(dated):
            if after < before:
                yield _finding(
                    later,
                    "dates-order",
                    f"{_WORDS[name]} le {after:%Y-%m-%d %H:%M} UTC, avant la version publiée avant elle"
                    f" (« {earlier.address.slug} », {before:%Y-%m-%d %H:%M} UTC).",
                )


_WORDS = {"published_at": "mise en ligne", "effective_at": "prend effet"}


def _instant(version: Version, name: str) -> datetime | None:
    metadata = version.metadata
    return metadata.published_at if name == "published_at" else metadata.effective_at


def _finding(version: Version, rule: str, message: str) -> Finding:
    return Finding(f"{version.address}/version.yml", None, rule, message, _MEND)
