"""Receipts for tests, with a fixed key so that a failure can be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import receipt
from kiosk.proof.commitment import Opening
from kiosk.proof.note import VerifierKey
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Kind, Statement, make

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
TEXT = b"# Conditions\n\nUn texte.\n"
TEXT_HASH = "0e57a39e8f3ce4eb64bad9e8b5e49e39e3b7f4c94e94a5d9ef2ae8cf3a1d9f61"
OPENINGS = (
    Opening("account", bytes(range(16)), "3f2a"),
    Opening("email", bytes(range(16, 32)), "camille@exemple.invalid"),
)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the name it signs under."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.key.public_key().public_bytes_raw())


PUBLISHER = Signer("cgu.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"p" * 32))
DEMONSTRATION = Signer(
    "demonstration.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"d" * 32)
)


def decision(
    environment: str = "publisher", text_hash: str = TEXT_HASH, comparison_hash: str | None = None
) -> Statement:
    """An acceptance, with two personal fields."""
    members = {
        "decision": "accepted",
        "document": {
            "service": "essai", "terms": "cgu", "version": "v1", "label": "v1", "text_hash": text_hash,
            "metadata_hash": "c" * 64, "origin": "publication",
        },
        "exposure": {"compared_with": "v0", "comparison_hash": comparison_hash},
    }  # fmt: skip
    return make(Kind.DECISION, environment, AT, members, OPENINGS)


def issued(
    environment: str = "publisher",
    signer: Signer = PUBLISHER,
    openings: tuple[Opening, ...] = OPENINGS,
    text_hash: str = TEXT_HASH,
    comparison_hash: str | None = None,
) -> Receipt:
    """A receipt of `decision`, signed."""
    return receipt.issue(decision(environment, text_hash, comparison_hash), openings, signer.name, signer.key)
