"""Judge one file: a receipt, a tlog-proof, or a PDF that holds a receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.proof import tlog_proof, verify
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, SpecimenError
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Examination, Step, Verdict

if TYPE_CHECKING:
    from kiosk.verifier.pdf import Sealed

_PROOF = tlog_proof.FORMAT.split("@", 1)[0].encode()
_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Given:
    """What is given beside a receipt, to be compared with what it says."""

    text: bytes | None = None
    """The text it should be about."""
    comparison: bytes | None = None
    """The comparison that should have been shown."""
    old_text: bytes | None = None
    """The text that this comparison should start from."""


NOTHING = Given()


@dataclass(slots=True)
class Container:
    """A PDF around a receipt."""

    receipt: Verdict
    """That of the receipt by itself."""
    receipt_refused: ProofError | None
    """Why the receipt by itself is refused."""
    sealed_by: str | None
    """The name on its seal, good or bad; None: it bears none."""
    sealed: Sealed | None = None
    """What its seal establishes; None unless it is verified."""
    seal_refused: ProofError | None = None
    """Why its seal is refused; for a specimen, not why the file is."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one file."""

    found: Examination
    applicable: tuple[Step, ...]
    """The steps that are about this file, in order; one that was not reached is among them."""
    asked: tuple[Step, ...]
    """The steps to tell of: `applicable`, and those that do not apply to such a file yet."""
    container: Container | None = None
    """The PDF that held the receipt; None for a receipt by itself, and for a PDF in which none was found."""

    @property
    def unsealed_pdf(self) -> bool:
        """Whether it is a PDF that bears no seal."""
        return self.container is not None and self.container.sealed_by is None

    @property
    def verdict(self) -> Verdict:
        """What is to be said."""
        return self.found.verdict

    @property
    def verified(self) -> bool:
        """Whether every step passed, and nothing of the file was left unexamined."""
        return self.found.refused is None and not self.unsealed_pdf

    @property
    def promised(self) -> bool:
        """Whether the receipt holds a promise alone, in which nothing is found wrong."""
        held, refused = self.found.receipt, self.found.refused
        return (
            held is not None
            and held.proof is None
            and (refused is None or isinstance(refused, SpecimenError))
        )

    @property
    def failed(self) -> int | None:
        """Number of the step that refused."""
        return self.found.refused.step if self.found.refused else None


def judge(raw: bytes, trust: Trust, given: Given = NOTHING) -> Judgement:
    """Return what is found of the file `raw` under `trust`, whatever it holds."""
    if raw.startswith(_PDF):
        return _judge_pdf(raw, trust, given)
    if raw.startswith(_PROOF):
        return _judged(verify.examine_tlog_proof(raw, trust), trust, given, (Step.DISCLOSURES, Step.WHOLE))
    return _judged(verify.examine(raw, trust), trust, given)


def _judge_pdf(raw: bytes, trust: Trust, given: Given) -> Judgement:
    from kiosk.verifier import pdf  # takes a second to import: only when there is a PDF

    try:
        with verify.step(Step.FORMAT):
            receipt, sealed_by = pdf.receipt_of(raw), pdf.sealed_by(raw)
    except MalformedError as error:
        return _judged(Examination(refused=error), trust, given)
    judged = _judged(verify.examine(receipt, trust), trust, given)
    found = judged.found
    container = Container(found.verdict, found.refused, sealed_by)
    if sealed_by is None and not trust.seals:
        return replace(judged, container=container)

    def check_seal() -> None:
        try:
            if sealed_by is None:
                raise AlteredError("PDF: no seal, where the trust file says whose it must bear")
            container.sealed = pdf.verify_pdf(raw, trust)
            if container.sealed.demonstration and found.refused is None:
                raise SpecimenError("PDF: sealed by a demonstration, around a receipt that is of none")
        except ProofError as error:
            container.seal_refused = error
            raise

    if _goes_on(found):
        _add(found, Step.SEAL, check_seal)
    return replace(
        judged,
        applicable=(*judged.applicable, Step.SEAL),
        asked=(*judged.asked, Step.SEAL),
        container=container,
    )


def _judged(found: Examination, trust: Trust, given: Given, absent: tuple[Step, ...] = ()) -> Judgement:
    """Return the judgement on what was found, once what is given beside is compared with it."""
    said = found.statement
    if said is not None:
        # What comes with a specimen is compared too: its words are about the demonstration, not about a
        # fault. What comes with a signature that anybody may have made is not read: it could take all the
        # memory.
        text, comparison, old = given.text, given.comparison, given.old_text
        if text is not None and _goes_on(found):
            _add(found, Step.TEXT, lambda: verify.verify_text(said, text))
        if comparison is not None and _goes_on(found):
            _add(found, Step.COMPARISON, lambda: verify.verify_comparison(said, comparison, old))
    asked = tuple(step for step in Step if step not in (*absent, *_not_given(trust, given)))
    promised = found.receipt is not None and found.receipt.proof is None
    applicable = tuple(step for step in asked if not (promised and step is Step.INCLUSION))
    return Judgement(found, applicable, asked)


def _goes_on(found: Examination) -> bool:
    """Whether what comes with the receipt is examined: nothing refused it, or only that it is a specimen."""
    refused = found.refused
    return refused is None or (isinstance(refused, SpecimenError) and refused.step == Step.ENVIRONMENT)


def _add(found: Examination, number: Step, check: Callable[[], object]) -> None:
    try:
        with verify.step(number):
            check()
    except SpecimenError as error:
        found.refused = found.refused or error
    except ProofError as error:
        found.refused = error
    else:
        found.passed.append(number)


def _not_given(trust: Trust, given: Given) -> Iterator[Step]:
    """Yield the steps that nothing was given for."""
    if not trust.quorum:
        yield Step.WITNESSES
    if given.text is None:
        yield Step.TEXT
    if given.comparison is None:
        yield Step.COMPARISON
    yield Step.SEAL
