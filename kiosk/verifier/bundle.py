"""Judge a bundle of evidence: its list of files, every receipt with what goes with it, and how all agree.

What proves is told apart from what is only there to be read, such as a PDF without a seal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import rfc8785

from kiosk.proof import bundle, by_hand, merkle, signatures, verify
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, SpecimenError
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Verdict
from kiosk.verifier.judging import Given, Judgement, judge

MARK = b"PK"
"""How the file begins."""
CHECKPOINT = "registre/checkpoint"
_RECEIPT = re.compile(r"(?:justificatifs|notifications)/([^/]+)\.receipt\.json")
_TEXT = re.compile(r"textes/([^/]+/[^/]+/[^/]+)/texte\.md")
_ATTESTATION = re.compile(r"attestations/([^/]+)\.pdf")
_COMPARISON = re.compile(r"comparaisons/([0-9a-f]{64})\.json")
_SCREEN = re.compile(r"ecran/([0-9a-f]{64})/fichiers/(.+)")
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
        """Whether nothing was refused."""
        return self.refused is None and self.failed is None


@dataclass(slots=True)
class _Examination:
    """A bundle being examined."""

    files: Mapping[str, bytes]
    trust: Trust
    refused: dict[str, ProofError]
    proved: set[str] = field(default_factory=set)
    receipts: dict[str, tuple[Receipt, Statement]] = field(default_factory=dict)
    """Those that can be read, by path."""
    documents: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """What statements say of versions, by address."""
    attested: bool = True

    def check(self, name: str, verify: Callable[..., object], *arguments: object) -> None:
        """Note whether `verify`, which raises when not, proves the file `name`; a former refusal stays."""
        if name in self.refused:
            return
        try:
            verify(*arguments)
        except ProofError as error:
            self.refused[name] = error
        else:
            self.proved.add(name)

    def named(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        """Yield the files whose whole path is of that pattern, and were not refused yet."""
        for name in sorted(self.files.keys() - self.refused.keys()):
            found = pattern.fullmatch(name)
            if found:
                yield name, found


def judge_bundle(raw: bytes, trust: Trust) -> BundleJudgement:
    """Return what is found of the bundle `raw` under `trust`, whatever it holds."""
    try:
        files = bundle.unpack(raw)
        found = _Examination(files, trust, bundle.faults(files))
    except ProofError as error:
        return BundleJudgement(refused=error)
    _examine_publications(found)
    _examine_receipts(found)
    _examine_one_person(found)
    _examine_ledger(found)
    _examine_texts(found)
    _examine_comparisons(found)
    _examine_screens(found)
    _examine_attestations(found)
    pieces = (_piece(found, name) for name in sorted(files.keys() | found.refused.keys()))
    return BundleJudgement(tuple(pieces), attested=found.attested)


def _piece(found: _Examination, name: str) -> Piece:
    if name in found.refused:
        return Piece(name, State.REFUSED, found.refused[name])
    return Piece(name, State.PROVED if name in found.proved else State.LISTED)


def _verdicts(piece: Piece) -> Iterator[Verdict]:
    if piece.refused is not None:
        yield verify.verdict_of(piece.refused)


def _examine_publications(found: _Examination) -> None:
    """Verify what proves that texts were published, and remember what it says of them."""
    for name in sorted(found.files.keys() - found.refused.keys()):
        if name.endswith(".tlog-proof"):
            judged = judge(found.files[name], found.trust)
            found.check(name, _raise, judged)
            _remember(found, judged.found.statement)


def _examine_receipts(found: _Examination) -> None:
    """Verify each receipt with the text and the comparison that it designates, which must be there."""
    texts = {bundle.digest(found.files[name]): found.files[name] for name, _ in found.named(_TEXT)}
    for name, _ in found.named(_RECEIPT):
        given, absent = _beside(found, name, texts)
        judged = judge(found.files[name], found.trust, given)
        held, said = judged.found.receipt, judged.found.statement
        if held is not None and said is not None:
            found.receipts[name] = held, said
            _remember(found, said)
        if judged.found.attested is None:
            found.attested = False
        found.check(name, _raise, judged, absent)
    found.attested = found.attested and bool(found.receipts)


def _beside(found: _Examination, name: str, texts: Mapping[str, bytes]) -> tuple[Given, ProofError | None]:
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


def _raise(judged: Judgement, absent: ProofError | None = None) -> None:
    """Raise what refused a file: a fault before a mere specimen."""
    refused = judged.found.refused
    if refused is not None and verify.verdict_of(refused) is not Verdict.SPECIMEN:
        raise refused
    if absent is not None:
        raise absent
    if refused is not None:
        raise refused


def _remember(found: _Examination, said: Statement | None) -> None:
    document = said.members.get("document") if said else None
    if isinstance(document, Mapping):
        address = "/".join(str(document.get(part)) for part in ("service", "terms", "version"))
        found.documents.setdefault(address, []).append(document)


def _examine_one_person(found: _Examination) -> None:
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


def _examine_ledger(found: _Examination) -> None:
    """Verify the newest checkpoint, that the tree of each receipt is its beginning, and what is by hand."""
    if CHECKPOINT in found.refused:
        return
    try:
        raw = found.files[CHECKPOINT].decode()
        newest = by_hand.opened(raw)
    except (KeyError, UnicodeDecodeError, MalformedError):
        found.refused[CHECKPOINT] = MalformedError("the newest checkpoint of the ledger expected")
        return
    found.check(CHECKPOINT, _verify_signed, found, raw)
    tokens = _tokens(found, newest.size)
    for name in tokens:
        found.check(name, _verify_token, found, name, newest)
    expected = _point(raw, [found.files[name] for name in tokens])
    for name, (held, _) in sorted(found.receipts.items()):
        try:
            expected |= _parts(found, name, held, newest)
        except MalformedError as error:
            found.refused.setdefault(name, error)
    _compare(found, expected)


def _verify_signed(found: _Examination, raw: str) -> None:
    """Raise unless a trusted key, or one that follows it by a receipt, signed the checkpoint `raw`."""
    keys = dict.fromkeys(found.trust.ledger)
    for held, _ in found.receipts.values():
        keys |= dict.fromkeys(signatures.with_changes(found.trust, held.keys.changes))
    signed = signatures.opened(raw, tuple(keys))
    if signatures.by_demonstration(signed.names):
        raise SpecimenError("signed for the ledger of a demonstration")


def _parts(found: _Examination, name: str, held: Receipt, newest: Checkpoint) -> dict[str, bytes]:
    """Return the files that follow from one receipt, and check that its tree became the newest."""
    if held.proof is None:
        raise MalformedError("a sealed receipt expected in a bundle")
    folder = f"{by_hand.FOLDER}/{name.split('/')[1].removesuffix('.receipt.json')}"
    files = by_hand.placed(folder, by_hand.statement_files(held))
    first = by_hand.opened(held.proof.checkpoint)
    if first.size != newest.size:
        files |= _point(held.proof.checkpoint, [one.token for one in held.tokens])
    place = f"{by_hand.CONSISTENCY}/{first.size}.txt"
    if place not in found.files:
        found.refused[place] = AlteredError("how the tree of a receipt became the newest is not there")
    found.check(place, _verify_growth, found.files.get(place, b""), first, newest)
    if place in found.files:
        files[place] = found.files[place]
    return files


def _verify_growth(raw: bytes, first: Checkpoint, newest: Checkpoint) -> None:
    """Raise unless the file `raw`, in its only form, proves that the tree of `first` became `newest`."""
    if first.origin != newest.origin:
        raise AlteredError("a receipt of another ledger than that of the newest checkpoint")
    path = by_hand.consistency_path(raw, first, newest)
    merkle.verify_consistency(first.size, first.root, newest.size, newest.root, path)
    if by_hand.consistency_file(first, newest, path) != raw:
        raise AlteredError("not in the form that is followed by hand")


def _compare(found: _Examination, expected: Mapping[str, bytes]) -> None:
    """Compare what is there to be verified by hand with what follows from the receipts; no more, no less."""
    folders = (f"{by_hand.FOLDER}/", f"{by_hand.POINTS}/", f"{by_hand.CONSISTENCY}/")
    there = {name for name in found.files if name.startswith(folders)}
    for name in sorted(there | expected.keys()):
        if found.files.get(name) != expected.get(name):
            found.refused.setdefault(name, AlteredError("not what follows from the receipts"))
            found.proved.discard(name)
        elif name not in found.refused:
            found.proved.add(name)


def _tokens(found: _Examination, size: int) -> list[str]:
    """Return where the time tokens on the newest checkpoint are."""
    pattern = re.compile(rf"{by_hand.POINTS}/{size}/jeton-([1-9][0-9]?)\.tst")
    return [name for _, name in sorted((int(match[1]), name) for name, match in found.named(pattern))]


def _verify_token(found: _Examination, name: str, newest: Checkpoint) -> None:
    from kiosk.proof.token import verify_token  # takes a while to import: only when there is a token

    verify_token(found.files[name], newest.text.encode(), found.trust.authorities)


def _point(raw: str, tokens: Sequence[bytes]) -> dict[str, bytes]:
    return by_hand.placed(f"{by_hand.POINTS}/{by_hand.opened(raw).size}", by_hand.point_files(raw, tokens))


def _examine_texts(found: _Examination) -> None:
    """Compare each text and its metadata with the hashes in the statements about that version."""
    members = (("texte.md", "text_hash"), ("metadonnees.json", "metadata_hash"))
    for _, match in list(found.named(_TEXT)):
        for file, member in members:
            name = f"textes/{match[1]}/{file}"
            found.check(name, _verify_designated, found, name, match[1], member)


def _verify_designated(found: _Examination, name: str, address: str, member: str) -> None:
    digest = bundle.digest(found.files.get(name, b""))
    documents = found.documents.get(address, [])
    if not documents or any(document.get(member) != digest for document in documents):
        raise AlteredError("not the one that the statements of the bundle designate")


def _examine_comparisons(found: _Examination) -> None:
    """Compare each comparison with its name, and that with the decisions that say it was shown."""
    shown = {_comparison_name(said) for _, said in found.receipts.values()}
    for name, match in list(found.named(_COMPARISON)):
        found.check(name, _verify_comparison, found.files[name], match[1], name in shown)


def _verify_comparison(content: bytes, digest: str, shown: bool) -> None:
    if not shown or bundle.digest(content) != digest:
        raise AlteredError("not a comparison that a decision here says was shown")


def _examine_screens(found: _Examination) -> None:
    """Compare the files of each screen with its hash, which decisions name."""
    screens: dict[str, dict[str, str]] = {}
    for name, match in found.named(_SCREEN):
        screens.setdefault(match[1], {})[name] = match[2]
    named = {said.members.get("screen") for _, said in found.receipts.values()}
    for screen, files in screens.items():
        listed = {path: bundle.digest(found.files[name]) for name, path in files.items()}
        for name in files:
            found.check(name, _verify_screen, screen, listed, named)


def _verify_screen(screen: str, listed: Mapping[str, str], named: Collection[object]) -> None:
    if screen not in named or bundle.digest(rfc8785.dumps(dict(listed))) != screen:
        raise AlteredError("the files of a screen that no decision here names")


def _examine_attestations(found: _Examination) -> None:
    """Compare the receipt in each attestation with the one in the bundle: the rest of it is only read."""
    for name, match in list(found.named(_ATTESTATION)):
        try:
            _verify_attached(found, name, match[1])
        except ProofError as error:
            found.refused[name] = error


def _verify_attached(found: _Examination, name: str, stem: str) -> None:
    from kiosk.verifier import pdf  # takes a second to import: only when there is a PDF

    if pdf.receipt_of(found.files[name]) != found.files.get(f"justificatifs/{stem}.receipt.json"):
        raise AlteredError("the receipt attached to it is not the one of the bundle")
