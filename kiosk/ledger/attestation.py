"""The PDF made from a receipt, for people: it is read, the receipt attached to it is what verifies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cgu_archive import pdf
from cgu_archive.corpus.dates import PARIS
from cgu_archive.corpus.model import Service
from kiosk.ledger.errors import LedgerError
from kiosk.proof import note
from kiosk.proof.verify import DEMONSTRATION, read, verify_text

RECEIPT_FILE = "justificatif.receipt.json"
TEXT_FILE = "texte.md"

_TEMPLATES = Path(__file__).parent.parent / "templates" / "ledger"
_DECISIONS = {
    "accepted": "conditions acceptées",
    "refused": "conditions refusées",
    "deferred": "décision reportée",
    "renounced": "renonciation au service",
}
_FIELDS = {
    "account": "Compte",
    "email": "Adresse électronique",
    "organisation_name": "Organisation",
    "siren": "SIREN",
    "capacity_declaration": "Qualité déclarée",
}
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_ELSEWHERE = "voir le justificatif joint"


class HeldText(Protocol):
    """The published version a decision is about."""

    @property
    def text(self) -> bytes:
        """Its bytes."""


def attestation_pdf(
    receipt: bytes, *, service: Service, version: HeldText, person: Mapping[str, str]
) -> bytes:
    """Return the attestation of `receipt`, with the receipt and the text attached.

    `person` are the fields to show, by name. Raises `ProofError` when the receipt cannot be read or is about
    another text, `LedgerError` when it tells no decision.
    """
    held, said = read(receipt)
    verify_text(said, version.text)
    members = said.members
    if members.get("decision") not in _DECISIONS:
        raise LedgerError("an attestation is made from the receipt of a decision")
    document: Mapping[str, Any] = members["document"]
    at = datetime.fromisoformat(members["at"]).astimezone(UTC)
    local = at.astimezone(PARIS)
    html = _environment().get_template("attestation.html").render(
        service=service,
        notices=service.notices,
        title=service.document(document["terms"]).title,
        document=document,
        decision=_DECISIONS[members["decision"]],
        organisation=members.get("capacity") == "organisation",
        wording={"box": None, "statements": (), "button": None} | dict(members.get("wording", {})),
        named_without_text=members.get("named_without_text", ()),
        person=tuple(_lines(person)),
        specimen=members["environment"] == DEMONSTRATION,
        statement_hash=said.hash,
        signer=note.parse(held.signature).signatures[0].name,
        day=f"{'1er' if local.day == 1 else local.day} {_MONTHS[local.month - 1]} {local.year}",
        hour=f"{local:%H:%M:%S}",
        utc=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        receipt_file=RECEIPT_FILE,
        text_file=TEXT_FILE,
    )  # fmt: skip
    return pdf.typeset(
        html,
        identifier=said.hash,
        dated=at.replace(microsecond=0),
        attached=(
            pdf.Attached(RECEIPT_FILE, receipt, "Justificatif, à vérifier avec cgu-verify", "Data"),
            pdf.Attached(TEXT_FILE, version.text, "Texte visé par la décision, en Markdown", "Source"),
        ),
    )


def _lines(person: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the personal fields to print; a value that no bundled font draws is left to the receipt."""
    for field, label in _FIELDS.items():
        if field in person:
            value = person[field]
            yield label, _ELSEWHERE if pdf.undrawable(value) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
