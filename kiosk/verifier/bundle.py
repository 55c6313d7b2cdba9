"""Judge a bundle of evidence: its list of files, every receipt with what goes with it, and how all agree.

What proves is told apart from what is only there to be read, such as a PDF without a seal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import rfc8785

from kiosk.proof import bundle, verify
from kiosk.proof.errors import AlteredError, MalformedError, ProofError
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Verdict
from kiosk.verifier.bundle_attachments import examine_attachments
from kiosk.verifier.bundle_followed import PATH as RECOVERY
from kiosk.verifier.bundle_followed import examine_followed
from kiosk.verifier.bundle_ledger import examine_ledger
from kiosk.verifier.examination import Examination, Reservation, raise_refusal
from kiosk.verifier.judging import Given, judge

MARK = b"PK"
"""How the file begins."""
_RECEIPT = re.compile(r"(?:justificatifs|notifications)/([^/]+)\.receipt\.json")
_TEXT = re.compile(r"textes/([^/]+/[^/]+/[^/]+)/texte\.md")
_OF_TEXT = re.compile(
    r"textes/([^/]+/[^/]+/[^/]+)/"
    r"(?:texte\.md|texte\.pdf|metadonnees\.json|publication\.tlog-proof|pieces-jointes/[^/]+)"
)
_ATTESTATION = re.compile(r"attestations/([^/]+)\.pdf")
_COMPARISON = re.compile(r"comparaisons/([0-9a-f]{64})\.json")
_SCREEN = re.compile(r"ecran/([0-9a-f]{64})/fichiers/(.+)")
_OF_SCREEN = re.compile(r"ecran/([0-9a-f]{64})/(?:fichiers/.+|images/[^/]+|publication\.tlog-proof)")
_PAPER = re.compile(
    r"SHA256SUMS|LISEZ-MOI\.pdf|en-ligne\.(?:pdf|json)|VERIFIER\.txt|chaine-de-conservation\.json"
)
_OF_LEDGER = re.compile(
    r"registre/checkpoint|(?:registre/coherence|registre/points/[^/]+|a-la-main/[^/]+)/[^/]+"
)
_PATHS = (_RECEIPT, _OF_TEXT, _ATTESTATION, _COMPARISON, _OF_SCREEN, _PAPER, _OF_LEDGER, RECOVERY)
"""Every path that a bundle may have (proof/README.md): nothing else goes along under its verdict."""
_GRAVEST = (Verdict.ALTERED, Verdict.UNKNOWN_KEY, Verdict.SPECIMEN)


class State(StrEnum):
    """What is known of one file of a bundle."""

    PROVED = "proved"
    """It proves, or it is what a proof designates."""
    LISTED = "listed"
    """It is the one listed, there to be read: nothing proves what it says."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a bundle."""

    name: str
    state: State
    refused: ProofError | None = None


@dataclass(frozen=True, slots=True)
class BundleJudgement:
    """What was found of a bundle."""

    pieces: tuple[Piece, ...] = ()
    """By path; empty when the file could not be opened."""
    refused: ProofError | None = None
    """Why it could not be opened."""
    attested: bool = False
    """Whether an authority that the verifier trusts attests the time of every receipt."""
    reservations: tuple[Reservation, ...] = ()
    """What is not there, and that the ledger says it may have lost, by path of what names it."""

    @property
    def failed(self) -> Piece | None:
        """The gravest refusal of a file, the first of its kind; None when nothing was refused."""
        refused = {verdict: one for one in reversed(self.pieces) for verdict in _verdicts(one)}
        return next((refused[verdict] for verdict in _GRAVEST if verdict in refused), None)

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the whole."""
        gravest = self.refused or (self.failed.refused if self.failed else None)
        if gravest is not None:
            return verify.verdict_of(gravest)
        return Verdict.INTACT if self.attested else Verdict.UNATTESTED

    @property
    def verified(self) -> bool:
        """Whether nothing was refused, and nothing that is named is missing."""
        return self.refused is None and self.failed is None and not self.reservations


def judge_bundle(raw: bytes, trust: Trust) -> BundleJudgement:
    """Return what is found of the bundle `raw` under `trust`, whatever it holds."""
    try:
        files = bundle.unpack(raw)
        found = Examination(files, trust, bundle.faults(files))
    except ProofError as error:
        return BundleJudgement(refused=error)
    _examine_paths(found)
    _examine_receipts(found)
    _examine_one_person(found)
    examine_ledger(found)
    examine_followed(found)
    _examine_texts(found)
    _examine_comparisons(found)
    _examine_screens(found)
    _examine_attestations(found)
    pieces = (_piece(found, name) for name in sorted(files.keys() | found.refused.keys()))
    reserved = tuple(found.reserved[name] for name in sorted(found.reserved))
    return BundleJudgement(tuple(pieces), attested=found.attested, reservations=reserved)


def _piece(found: Examination, name: str) -> Piece:
    if name in found.refused:
        return Piece(name, State.REFUSED, found.refused[name])
    return Piece(name, State.PROVED if name in found.proved else State.LISTED)


def _verdicts(piece: Piece) -> Iterator[Verdict]:
    if piece.refused is not None:
        yield verify.verdict_of(piece.refused)


def _examine_paths(found: Examination) -> None:
    """Refuse each file that a bundle has no place for."""
    for name in found.files:
        if not any(pattern.fullmatch(name) for pattern in _PATHS):
            found.refused.setdefault(name, AlteredError("not a file that a bundle has"))


def _examine_receipts(found: Examination) -> None:
    """Verify each receipt with the text and the comparison that it designates, which must be there."""
    texts = {bundle.digest(found.files[name]): found.files[name] for name, _ in found.named(_TEXT)}
    for name, _ in found.named(_RECEIPT):
        given, absent = _beside(found, name, texts)
        judged = judge(found.files[name], found.trust, given)
        held, said = judged.found.receipt, judged.found.statement
        if held is not None and said is not None:
            found.receipts[name] = held, said
            found.remember(said)
        if judged.found.attested is None:
            found.attested = False
        found.check(name, raise_refusal, judged, absent)
    found.attested = found.attested and bool(found.receipts)


def _beside(found: Examination, name: str, texts: Mapping[str, bytes]) -> tuple[Given, ProofError | None]:
    """Return what the bundle gives beside a receipt, and what it should give and does not."""
    try:
        _, said = verify.read(found.files[name])
    except ProofError:
        return Given(), None
    document, exposure = said.members.get("document"), said.members.get("exposure")
    if said.members.get("kind") != Kind.DECISION or not isinstance(document, Mapping):
        return Given(), None
    text = texts.get(str(document.get("text_hash")))
    if text is None:
        return Given(), AlteredError("the text that the statement is about is not there")
    if not isinstance(exposure, Mapping) or exposure.get("comparison_hash") is None:
        return Given(text), None
    compared = found.files.get(_comparison_name(said))
    if compared is None:
        return Given(text), AlteredError("the comparison that was shown is not there")
    former = "/".join(str(document.get(part)) for part in ("service", "terms"))
    old = found.files.get(f"textes/{former}/{exposure.get('compared_with')}/texte.md")
    return Given(text, compared, old), None


def _comparison_name(said: Statement | None) -> str:
    exposure = said.members.get("exposure") if said else None
    return f"comparaisons/{exposure.get('comparison_hash') if isinstance(exposure, Mapping) else ''}.json"


def _examine_one_person(found: Examination) -> None:
    """Refuse receipts of another person than the first one's: a file is about one alone."""
    subjects = {
        name: said.members["subject"]
        for name, (_, said) in sorted(found.receipts.items())
        if said.members.get("subject") is not None
    }
    first = next(iter(subjects.values()), None)
    for name, subject in subjects.items():
        if subject != first:
            found.refused.setdefault(name, AlteredError("about another person than the rest of the bundle"))
            found.proved.discard(name)
    if not subjects:
        found.refused.setdefault(bundle.LISTING, MalformedError("a receipt of somebody expected"))


def _examine_texts(found: Examination) -> None:
    """Compare each text and its metadata with the hashes in the statements about that version.

    Beside a text that no statement designates, nothing is only read.
    """
    for name, match in list(found.named(_OF_TEXT)):
        if not found.documents.get(match[1]):
            found.refused.setdefault(name, AlteredError("of a text that no statement here designates"))
            found.proved.discard(name)
    members = (("texte.md", "text_hash"), ("metadonnees.json", "metadata_hash"))
    for address in sorted({match[1] for _, match in found.named(_OF_TEXT)}):
        for file, member in members:
            name = f"textes/{address}/{file}"
            found.check(name, _verify_designated, found, name, address, member)
        examine_attachments(found, address)


def _verify_designated(found: Examination, name: str, address: str, member: str) -> None:
    digest = bundle.digest(found.files.get(name, b""))
    documents = found.documents.get(address, [])
    if not documents or any(document.get(member) != digest for document in documents):
        raise AlteredError("not the one that the statements of the bundle designate")


def _examine_comparisons(found: Examination) -> None:
    """Compare each comparison with its name, and that with the decisions that say it was shown."""
    shown = {_comparison_name(said) for _, said in found.receipts.values()}
    for name, match in list(found.named(_COMPARISON)):
        found.check(name, _verify_comparison, found.files[name], match[1], name in shown)


def _verify_comparison(content: bytes, digest: str, shown: bool) -> None:
    if not shown or bundle.digest(content) != digest:
        raise AlteredError("not a comparison that a decision here says was shown")


def _examine_screens(found: Examination) -> None:
    """Compare the files of each screen with its hash, which decisions name."""
    named = {said.members.get("screen") for _, said in found.receipts.values()}
    for name, match in list(found.named(_OF_SCREEN)):
        if match[1] not in named:
            found.refused[name] = AlteredError("of a screen that no decision here names")
    screens: dict[str, dict[str, str]] = {}
    for name, match in found.named(_SCREEN):
        screens.setdefault(match[1], {})[name] = match[2]
    for screen, files in screens.items():
        listed = {path: bundle.digest(found.files[name]) for name, path in files.items()}
        for name in files:
            found.check(name, _verify_screen, screen, listed)


def _verify_screen(screen: str, listed: Mapping[str, str]) -> None:
    if bundle.digest(rfc8785.dumps(dict(listed))) != screen:
        raise AlteredError("not the files of the screen that decisions name")


def _examine_attestations(found: Examination) -> None:
    """Compare the receipt in each attestation with the one in the bundle: the rest of it is only read."""
    for name, match in list(found.named(_ATTESTATION)):
        try:
            _verify_attached(found, name, match[1])
        except ProofError as error:
            found.refused[name] = error


def _verify_attached(found: Examination, name: str, stem: str) -> None:
    from kiosk.verifier import pdf  # takes a second to import: only when there is a PDF

    if pdf.receipt_of(found.files[name]) != found.files.get(f"justificatifs/{stem}.receipt.json"):
        raise AlteredError("the receipt attached to it is not the one of the bundle")
