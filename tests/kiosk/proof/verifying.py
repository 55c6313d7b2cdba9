"""Receipts to verify, and why one is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import cosignature, note, receipt, statement
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import (
    ProofError,
)
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Statement
from kiosk.proof.trust import Trust
from kiosk.proof.verify import (
    Step,
    verify,
)
from tests.kiosk.proof.making import (
    AT,
    PUBLISHER,
    issued,
    sealed,
    stamped,
    trusting,
)

TRUST = trusting(PUBLISHER)
SEALED, LOG = sealed()
STAMPED = stamped()
RECEIPTS = {"signed": issued(), "sealed": SEALED, "stamped": STAMPED}
ALWAYS = (Step.FORMAT, Step.STATEMENT, Step.DISCLOSURES, Step.SIGNATURE, Step.TIME, Step.ENVIRONMENT)
IN_TREE = (*ALWAYS[:4], Step.INCLUSION, *ALWAYS[4:], Step.WHOLE)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS_KEY = WitnessKey("temoin.invalid", WITNESS.public_key().public_bytes_raw())


def refused(held: Receipt | bytes, trust: Trust = TRUST) -> ProofError:
    """Why a receipt is refused."""
    raw = held if isinstance(held, bytes) else receipt.dump(held)
    with pytest.raises(ProofError) as caught:
        verify(raw, trust)
    return caught.value


def refusal(held: Receipt | bytes, trust: Trust = TRUST) -> tuple[type[ProofError], int | None]:
    """Which error refuses it, and at which step."""
    error = refused(held, trust)
    return type(error), error.step


def with_statement(held: Receipt, body: bytes) -> Receipt:
    """The same receipt around another statement."""
    return replace(held, statement=body, disclosures=())


def witnessed(held: Receipt) -> Receipt:
    """The same, seen by a witness."""
    assert held.proof
    line = cosignature.cosign(note.parse(held.proof.checkpoint).text, WITNESS, WITNESS_KEY.name, AT)
    return replace(held, proof=replace(held.proof, checkpoint=note.append(held.proof.checkpoint, line)))


def former(**members: object) -> Statement:
    """A statement in the format before, whose members nobody checks."""
    whole = {"format": statement.FORMER_FORMAT, "kind": "decision"} | members
    return statement.parse(json.dumps(whole, separators=(",", ":"), sort_keys=True).encode())
