"""The PDF made from a receipt, for people: it is read, the receipt attached to it is what verifies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment

from cgu_archive import pdf
from cgu_archive.corpus.characters import undrawable
from cgu_archive.corpus.model import Service
from kiosk.ledger import saying
from kiosk.ledger.errors import LedgerError
from kiosk.proof import note
from kiosk.proof.receipt import HeldToken, Receipt
from kiosk.proof.token import read_token
from kiosk.proof.verify import DEMONSTRATION, read, verify_comparison, verify_text

RECEIPT_FILE = "justificatif.receipt.json"
TEXT_FILE = "texte.md"
COMPARISON_FILE = "comparaison.json"

_TEMPLATES = Path(__file__).parent.parent / "templates" / "ledger"
_ELSEWHERE = "voir le justificatif joint"


class HeldText(Protocol):
    """The published version a decision is about."""

    @property
    def text(self) -> bytes:
        """Its bytes."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What the ledger knows of a decision beside its receipt."""

    comparison: bytes | None = None
    """Canonical JSON of the comparison that was shown, to be attached."""
    sealed_at: datetime | None = None
    """When the checkpoint was made, by the server's clock."""
    contested_at: datetime | None = None
    """When it was disputed first."""
    by_organisation: bool = False
    """Whether the organisation in whose name it was made did, and not the holder of the account."""
    by_letter: bool = False
    """Whether who decided did, by a letter to the publisher, the account being deleted."""


NOTHING = Aside()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time that an authority attests, as its token says."""

    authority: str
    at: datetime


def attestation_pdf(
    receipt: bytes,
    *,
    service: Service,
    version: HeldText,
    person: Mapping[str, str],
    aside: Aside = NOTHING,
) -> bytes:
    """Return the attestation of `receipt`, with the receipt, the text and the comparison attached.

    `person` are the fields to show, by name. Raises `ProofError` when the receipt cannot be read, is about
    another text or another comparison, `LedgerError` when it tells no decision.
    """
    held, said = read(receipt)
    verify_text(said, version.text)
    if aside.comparison is not None:
        verify_comparison(said, aside.comparison)
    members = said.members
    if members.get("decision") not in saying.DECISIONS:
        raise LedgerError("an attestation is made from the receipt of a decision")
    document: Mapping[str, Any] = members["document"]
    at = datetime.fromisoformat(members["at"]).astimezone(UTC)
    html = _environment().get_template("attestation.html").render(
        service=service,
        notices=service.notices,
        title=service.document(document["terms"]).title,
        document=document,
        decision=saying.capitalised(saying.DECISIONS[members["decision"]].done),
        organisation=members.get("capacity") == "organisation",
        representative=members.get("capacity") == "representative",
        together=members.get("together", ()),
        exposure=members.get("exposure"),
        wording={"box": None, "statements": (), "button": None} | dict(members.get("wording", {})),
        named_without_text=members.get("named_without_text", ()),
        person=tuple(_lines(person)),
        destroyed=bool(said.commitments) and not (person or held.disclosures),
        specimen=members["environment"] == DEMONSTRATION,
        statement_hash=said.hash,
        signer=_signer(held),
        state=held.state.value,
        since=_stamp(held.earlier.token) if held.earlier else None,
        stamps=tuple(map(_stamp, held.tokens)),
        aside=aside,
        at=at,
        receipt_file=RECEIPT_FILE,
        text_file=TEXT_FILE,
        comparison_file=COMPARISON_FILE if aside.comparison is not None else None,
    )  # fmt: skip
    return pdf.typeset(
        html,
        identifier=said.hash,
        dated=at.replace(microsecond=0),
        attached=tuple(_attached(receipt, version.text, aside.comparison)),
    )


def _attached(receipt: bytes, text: bytes, comparison: bytes | None) -> Iterator[pdf.Attached]:
    yield pdf.Attached(RECEIPT_FILE, receipt, "Justificatif, à vérifier avec cgu-verify", "Data")
    yield pdf.Attached(TEXT_FILE, text, "Texte visé par la décision, en Markdown", "Source")
    if comparison is not None:
        yield pdf.Attached(COMPARISON_FILE, comparison, "Comparaison affichée avant la décision", "Data")


def _stamp(held: HeldToken) -> Stamp:
    return Stamp(held.authority, read_token(held.token).at)


def _signer(held: Receipt) -> str:
    """Return the name under which the ledger signed, a promise or a checkpoint."""
    signed = held.proof.checkpoint if held.proof else held.promise
    return note.parse(signed or "").signatures[0].name


def _lines(person: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the personal fields to print; a value that no bundled font draws is left to the receipt."""
    for field, label in saying.FIELDS.items():
        if field in person:
            value = person[field]
            yield label, _ELSEWHERE if undrawable(value) else value


@cache
def _environment() -> Environment:
    return saying.templates(_TEMPLATES)
