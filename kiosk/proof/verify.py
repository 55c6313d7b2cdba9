"""Check a receipt offline, step by step, as README.md (« Verification ») numbers the steps."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from kiosk.proof import comparison, cosignature, receipt, signatures, statement, tlog_proof
from kiosk.proof.commitment import verify_opening
from kiosk.proof.cosignature import Cosigned
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    ProofError,
    SpecimenError,
    TimeError,
    UnknownKeyError,
    WitnessError,
)
from kiosk.proof.receipt import Proof, Receipt
from kiosk.proof.signatures import DEMONSTRATION_NAME as DEMONSTRATION_NAME
from kiosk.proof.signatures import Signed
from kiosk.proof.statement import Statement
from kiosk.proof.times import Bounds, verify_times
from kiosk.proof.trust import Trust

if TYPE_CHECKING:
    from kiosk.proof.token import Attested

DEMONSTRATION = "demonstration"
PUBLISHER = "publisher"


class Step(IntEnum):
    """The steps of a verification, in order; a refusal names the first that failed."""

    FORMAT = 1
    STATEMENT = 2
    DISCLOSURES = 3
    SIGNATURE = 4
    INCLUSION = 5
    TIME = 6
    ENVIRONMENT = 7
    WITNESSES = 8
    WHOLE = 9
    TEXT = 10
    COMPARISON = 11
    SEAL = 12


class Verdict(StrEnum):
    """What is said of a file."""

    INTACT = "intact"
    """Every step passed, and an authority that the verifier trusts attests the time."""
    UNATTESTED = "intact-unattested"
    """Every step passed; nobody attests the time."""
    ALTERED = "altered"
    UNKNOWN_KEY = "unknown-key"
    SPECIMEN = "specimen"


@dataclass(slots=True)
class Examination:
    """How far a verification went, and what it established on the way."""

    passed: list[Step] = field(default_factory=list)
    """In order; a step that does not apply is not there."""
    refused: ProofError | None = None
    """The first refusal; that of a specimen at step 7 gives way to a later one."""
    receipt: Receipt | None = None
    statement: Statement | None = None
    bounds: Bounds = field(default_factory=Bounds)
    """Between which times the statement was made, and who attests it."""
    witnesses: tuple[Cosigned, ...] = ()
    """Those that saw the checkpoint, when some had to."""

    @property
    def attested(self) -> Attested | None:
        """By when the statement was there, and who attests it."""
        return self.bounds.latest

    @property
    def not_before(self) -> Attested | None:
        """Since when at the earliest it was there, and who attests it."""
        return self.bounds.earliest

    @property
    def verdict(self) -> Verdict:
        """What is to be said."""
        if self.refused is not None:
            return verdict_of(self.refused)
        return Verdict.UNATTESTED if self.attested is None else Verdict.INTACT

    @contextmanager
    def step(self, number: Step) -> Iterator[None]:
        """Note that the step passed, or number the error that refuses; a specimen is examined further."""
        try:
            with step(number):
                yield
        except SpecimenError as error:
            if number is not Step.ENVIRONMENT:
                raise
            self.refused = error
        else:
            self.passed.append(number)


def examine(raw: bytes, trust: Trust) -> Examination:
    """Return how far the receipt `raw` is verified under `trust` (steps 1 to 9), whatever it holds."""
    return _examined(raw, trust, _examine_receipt)


def examine_tlog_proof(raw: bytes, trust: Trust) -> Examination:
    """Return how far the tlog-proof `raw`, with its statement, is verified (steps 1, 2 and 4 to 8)."""
    return _examined(raw, trust, _examine_tlog_proof)


def _examined(raw: bytes, trust: Trust, run: Callable[[Examination, bytes, Trust], None]) -> Examination:
    found = Examination()
    try:
        run(found, raw, trust)
    except ProofError as error:
        found.refused = error
    return found


def _examine_receipt(found: Examination, raw: bytes, trust: Trust) -> None:
    # 1. The receipt has the expected format.
    with found.step(Step.FORMAT):
        held = found.receipt = receipt.parse(raw)

    # 2. Its statement is canonical, with the members of its kind.
    with found.step(Step.STATEMENT):
        said = found.statement = statement.parse(held.statement)

    # 3. Each disclosure opens a commitment of the statement.
    with found.step(Step.DISCLOSURES):
        _verify_disclosures(held, said)

    _examine_proof(found, held, said, trust)

    # 9. Nothing was damaged where no signature covers it.
    with found.step(Step.WHOLE):
        receipt.verify_digest(raw)


def _examine_tlog_proof(found: Examination, raw: bytes, trust: Trust) -> None:
    with found.step(Step.FORMAT):
        proof = tlog_proof.parse(raw)
        if proof.extra is None:
            raise MalformedError("tlog-proof: the statement as extra data expected")
        held = Receipt(proof.extra, proof=Proof(proof.index, proof.path, proof.checkpoint))
        found.receipt = held
    with found.step(Step.STATEMENT):
        said = found.statement = statement.parse(held.statement)
    _examine_proof(found, held, said, trust)


def _examine_proof(found: Examination, held: Receipt, said: Statement, trust: Trust) -> None:
    # 4. A trusted key, or one that follows it, signed the promise or the checkpoints.
    with found.step(Step.SIGNATURE):
        trusted = signatures.with_changes(trust, held.keys.changes)
        if held.proof is None:
            signed = signatures.promised(held.promise or "", said, trusted)
        else:
            signed = signatures.opened(held.proof.checkpoint, trusted)
        earlier = signatures.opened(held.earlier.checkpoint, trusted) if held.earlier else None

    # 5. The statement is a leaf of the tree.
    if held.proof is not None and signed.checkpoint is not None:
        with found.step(Step.INCLUSION):
            signatures.verify_inclusion(said.body, held.proof, signed.checkpoint)

    # 6. The stated time is after the checkpoint and the token that the statement names, not after its tokens.
    with found.step(Step.TIME):
        found.bounds = verify_times(said, held, signed, earlier, trust)

    # 7. The statement is of a publisher, and so is the key.
    with found.step(Step.ENVIRONMENT):
        _verify_environment(said, signed.names)

    # 8. Enough witnesses saw the checkpoint, when the verifier asks for some.
    if trust.quorum:
        with found.step(Step.WITNESSES):
            found.witnesses = _verify_witnesses(signed, trust)


def verify(raw: bytes, trust: Trust) -> None:
    """Raise unless `raw` is an intact receipt of a real publisher, proved by keys that `trust` holds.

    Raises `MalformedError` or `AlteredError` (something was changed or is missing), `UnknownKeyError`,
    `TimeError`, `WitnessError`, `SpecimenError` (made by a demonstration; every other step passed when its
    key is in `trust`). Each carries the `step` that refused.
    """
    found = examine(raw, trust)
    if found.refused is not None:
        raise found.refused


def verdict_of(refused: ProofError) -> Verdict:
    """Return the verdict on what was refused for `refused`."""
    match refused:
        case SpecimenError():
            return Verdict.SPECIMEN
        case UnknownKeyError():
            return Verdict.UNKNOWN_KEY
        case TimeError() if refused.reason == "unknown-authority":
            return Verdict.UNKNOWN_KEY
        case _:
            return Verdict.ALTERED


def read(raw: bytes) -> tuple[Receipt, Statement]:
    """Return the receipt in `raw` and its statement (steps 1 and 2); proves nothing by itself.

    Raises `MalformedError`, whose `step` says which.
    """
    with step(Step.FORMAT):
        held = receipt.parse(raw)
    with step(Step.STATEMENT):
        return held, statement.parse(held.statement)


def verify_text(said: Statement, text: bytes) -> None:
    """Raise unless `text` is, to the byte, the text that the statement is about (step 10)."""
    with step(Step.TEXT):
        expected = _text_hash(said)
        found = hashlib.sha256(text).hexdigest()
        if not hmac.compare_digest(found.encode(), expected.encode()):
            raise AlteredError("the text given has hash {}, the statement names {}", found, expected)


def verify_comparison(said: Statement, shown: bytes, old: bytes | None = None) -> None:
    """Raise unless `shown` is, to the byte, the comparison that the statement says was shown (step 11).

    It must rebuild two texts that have the hashes it names, the new one that of the statement; and the old
    one is `old`, when it is given. What it marks as changed between them is not examined.

    It reads `shown`, which takes memory: verify the signature of the statement first.
    """
    with step(Step.COMPARISON):
        exposure = said.members.get("exposure")
        expected = exposure.get("comparison_hash") if isinstance(exposure, dict) else None
        if not isinstance(expected, str):
            raise MalformedError("statement: no comparison was shown")
        found = hashlib.sha256(shown).hexdigest()
        if not hmac.compare_digest(found.encode(), expected.encode()):
            raise AlteredError("the comparison given has hash {}, the statement names {}", found, expected)
        rebuilt = comparison.rebuild(shown)
        if hashlib.sha256(rebuilt.new).hexdigest() != _text_hash(said):
            raise AlteredError("the comparison given leads to another text than the statement's")
        if old is not None and rebuilt.old != old:
            raise AlteredError("the comparison given starts from another text than the one given")


@contextmanager
def step(number: Step) -> Iterator[None]:
    """Give the error that refuses the number of the step."""
    try:
        yield
    except ProofError as error:
        error.step = int(number)
        raise


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
            raise AlteredError("the statement commits to no field {!r}", opening.field)
        verify_opening(opening, commitments[opening.field])


def _verify_witnesses(signed: Signed, trust: Trust) -> tuple[Cosigned, ...]:
    if signed.checkpoint is None:
        raise WitnessError("no checkpoint yet that witnesses could have seen")
    return cosignature.verify_quorum(signed.note, trust.witnesses, trust.quorum)


def _verify_environment(said: Statement, names: Sequence[str]) -> None:
    environment = said.members.get("environment")
    if environment not in (DEMONSTRATION, PUBLISHER):
        raise MalformedError("statement: unknown environment {!r}", environment)
    if (environment == DEMONSTRATION) is not signatures.by_demonstration(names):
        raise AlteredError("a statement of environment {!r} signed by a key of another", environment)
    if environment == DEMONSTRATION:
        raise SpecimenError("made by a demonstration")
