"""Check a receipt offline, step by step, as README.md (« Verification ») numbers the steps."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import IntEnum

from kiosk.proof import comparison, note, receipt, statement
from kiosk.proof.commitment import verify_opening
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, SpecimenError, UnknownKeyError
from kiosk.proof.note import Note, VerifierKey
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Statement

DEMONSTRATION = "demonstration"
PUBLISHER = "publisher"
DEMONSTRATION_NAME = "demonstration."
"""How the name of a demonstration's key begins; no other key may be named so."""


class Step(IntEnum):
    """The steps of a verification, in order; a refusal names the first that failed."""

    FORMAT = 1
    STATEMENT = 2
    DISCLOSURES = 3
    SIGNATURE = 4
    ENVIRONMENT = 5
    TEXT = 6
    COMPARISON = 7


def read(raw: bytes) -> tuple[Receipt, Statement]:
    """Return the receipt in `raw` and its statement (steps 1 and 2); proves nothing by itself.

    Raises `MalformedError`, whose `step` says which.
    """
    with _step(Step.FORMAT):
        held = receipt.parse(raw)
    with _step(Step.STATEMENT):
        return held, statement.parse(held.statement)


def verify(raw: bytes, trusted: Collection[VerifierKey]) -> None:
    """Raise unless `raw` is an intact receipt, signed by a key among `trusted`, of a real publisher.

    Raises `MalformedError` or `AlteredError` (something was changed or is missing), `UnknownKeyError`,
    `SpecimenError` (made by a demonstration; every other step passed when its key is among `trusted`).
    Each carries the `step` that refused.
    """
    # 1. The receipt has the expected format. 2. Its statement is canonical.
    held, said = read(raw)

    # 3. Each disclosure opens a commitment of the statement.
    with _step(Step.DISCLOSURES):
        _verify_disclosures(held, said)

    # 4. A trusted key signed this statement.
    with _step(Step.SIGNATURE):
        signed = note.parse(held.signature)
        if signed.text != receipt.signed_text(said):
            raise AlteredError("the signed hash is not that of the statement")
        _verify_signature(signed, trusted)

    # 5. The statement is of a publisher, and so is the key.
    with _step(Step.ENVIRONMENT):
        _verify_environment(said, signed)


def verify_text(said: Statement, text: bytes) -> None:
    """Raise unless `text` is, to the byte, the text that the statement is about (step 6)."""
    with _step(Step.TEXT):
        expected = _text_hash(said)
        found = hashlib.sha256(text).hexdigest()
        if not hmac.compare_digest(found.encode(), expected.encode()):
            raise AlteredError(f"the text given has hash {found}, the statement names {expected}")


def verify_comparison(said: Statement, shown: bytes, old: bytes | None = None) -> None:
    """Raise unless `shown` is, to the byte, the comparison that the statement says was shown (step 7).

    It must rebuild two texts that have the hashes it names, the new one that of the statement; and the old
    one is `old`, when it is given. What it marks as changed between them is not examined.

    It reads `shown`, which takes memory: verify the signature of the statement first.
    """
    with _step(Step.COMPARISON):
        exposure = said.members.get("exposure")
        expected = exposure.get("comparison_hash") if isinstance(exposure, dict) else None
        if not isinstance(expected, str):
            raise MalformedError("statement: no comparison was shown")
        found = hashlib.sha256(shown).hexdigest()
        if not hmac.compare_digest(found.encode(), expected.encode()):
            raise AlteredError(f"the comparison given has hash {found}, the statement names {expected}")
        rebuilt = comparison.rebuild(shown)
        if hashlib.sha256(rebuilt.new).hexdigest() != _text_hash(said):
            raise AlteredError("the comparison given leads to another text than the statement's")
        if old is not None and rebuilt.old != old:
            raise AlteredError("the comparison given starts from another text than the one given")


def _text_hash(said: Statement) -> str:
    document = said.members.get("document")
    expected = document.get("text_hash") if isinstance(document, dict) else None
    if not isinstance(expected, str):
        raise MalformedError("statement: it names no text")
    return expected


def _verify_disclosures(held: Receipt, said: Statement) -> None:
    commitments = said.commitments
    for opening in held.disclosures:
        if opening.field not in commitments:
            raise AlteredError(f"the statement commits to no field {opening.field!r}")
        verify_opening(opening, commitments[opening.field])


def _verify_signature(signed: Note, trusted: Collection[VerifierKey]) -> None:
    try:
        note.verify(signed, trusted)
    except UnknownKeyError as error:
        if _by_demonstration(signed):
            raise SpecimenError(
                "signed under the name of a demonstration; its key is not given here"
            ) from error
        raise


def _verify_environment(said: Statement, signed: Note) -> None:
    environment = said.members.get("environment")
    if environment not in (DEMONSTRATION, PUBLISHER):
        raise MalformedError(f"statement: unknown environment {environment!r}")
    if (environment == DEMONSTRATION) is not _by_demonstration(signed):
        raise AlteredError(f"a statement of environment {environment!r} signed by a key of another")
    if environment == DEMONSTRATION:
        raise SpecimenError("made by a demonstration")


def _by_demonstration(signed: Note) -> bool:
    return any(signature.name.startswith(DEMONSTRATION_NAME) for signature in signed.signatures)


@contextmanager
def _step(step: Step) -> Iterator[None]:
    try:
        yield
    except ProofError as error:
        error.step = int(step)
        raise
