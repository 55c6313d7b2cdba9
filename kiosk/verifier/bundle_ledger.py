"""Judge what a bundle of evidence holds of the ledger: its newest checkpoint, and how all else led to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kiosk.proof import by_hand, cosignature, merkle, signatures, times, tlog_proof
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import (
    AlteredError,
    MalformedError,
    ProofError,
    SpecimenError,
    UnknownKeyError,
    WitnessError,
)
from kiosk.proof.note import VerifierKey
from kiosk.proof.receipt import Receipt
from kiosk.verifier.examination import Examination, raise_refusal
from kiosk.verifier.judging import judge

CHECKPOINT = "registre/checkpoint"
_PROOF = ".tlog-proof"


def examine_ledger(found: Examination) -> None:
    """Verify the newest checkpoint, that the tree of each receipt is its beginning, and what is by hand."""
    if CHECKPOINT in found.refused:
        return
    try:
        raw = found.files[CHECKPOINT].decode()
        newest = by_hand.opened(raw)
    except (KeyError, UnicodeDecodeError, MalformedError):
        found.refused[CHECKPOINT] = MalformedError("the newest checkpoint of the ledger expected")
        return
    tokens = _tokens(found, newest.size)
    for name in tokens:
        found.check(name, _verify_token, found, name, newest)
    _examine_newest(found, raw, newest, [found.files[name] for name in tokens if name in found.proved])
    expected = _point(raw, [found.files[name] for name in tokens])
    for name, (held, _) in sorted(found.receipts.items()):
        try:
            expected |= _parts(found, name, held, newest)
        except MalformedError as error:
            found.refused.setdefault(name, error)
    for name, first in _published(found):
        if first is not None:
            expected |= _path(found, first, newest)
        _examine_publication(found, name, first)
    _compare(found, expected)
    if CHECKPOINT not in found.proved:
        follow = (f"{by_hand.CONSISTENCY}/", f"{by_hand.POINTS}/{newest.size}/")
        found.proved -= {name for name in found.proved if name.startswith(follow)}


def _examine_newest(found: Examination, raw: str, newest: Checkpoint, tokens: Sequence[bytes]) -> None:
    """Verify who signed the newest checkpoint `raw`, and whether it counts under the rule of receipts.

    One that a trusted key signed, revoked since or seen by too few witnesses, proves nothing and harms no
    receipt: it is there to be read.
    """
    try:
        signed = signatures.opened(raw, _keys(found))
        if signatures.by_demonstration(signed.names):
            raise SpecimenError("signed for the ledger of a demonstration")
    except ProofError as error:
        found.refused.setdefault(CHECKPOINT, error)
        return
    try:
        times.attested(signed, tokens, found.trust)
        cosignature.verify_quorum(signed.note, found.trust.witnesses, found.trust.quorum)
    except (UnknownKeyError, WitnessError):
        return
    except ProofError as error:
        found.refused.setdefault(CHECKPOINT, error)
    else:
        found.proved.add(CHECKPOINT)
        found.vouched.append(newest)


def _keys(found: Examination) -> tuple[VerifierKey, ...]:
    """Return the trusted keys, and those that follow them by a receipt."""
    keys = dict.fromkeys(found.trust.ledger)
    for held, _ in found.receipts.values():
        keys |= dict.fromkeys(signatures.with_changes(found.trust, held.keys.changes))
    return tuple(keys)


def _parts(found: Examination, name: str, held: Receipt, newest: Checkpoint) -> dict[str, bytes]:
    """Return the files that follow from one receipt, and check that its tree became the newest."""
    if held.proof is None:
        raise MalformedError("a sealed receipt expected in a bundle")
    folder = f"{by_hand.FOLDER}/{name.split('/')[1].removesuffix('.receipt.json')}"
    files = by_hand.placed(folder, by_hand.statement_files(held))
    first = by_hand.opened(held.proof.checkpoint)
    if first.size != newest.size:
        files |= _point(held.proof.checkpoint, [one.token for one in held.tokens])
    files |= _path(found, first, newest)
    if name in found.proved and _place(first) in found.proved:
        found.vouched.append(first)
    return files


def _path(found: Examination, first: Checkpoint, newest: Checkpoint) -> dict[str, bytes]:
    """Return the file that leads from the tree of `first` to the newest, and check that it does."""
    place = _place(first)
    if place not in found.files:
        found.refused[place] = AlteredError("how an earlier tree became the newest is not there")
        return {}
    found.check(place, _verify_growth, found.files[place], first, newest)
    return {place: found.files[place]}


def _place(first: Checkpoint) -> str:
    return f"{by_hand.CONSISTENCY}/{first.size}.txt"


def _verify_growth(raw: bytes, first: Checkpoint, newest: Checkpoint) -> None:
    """Raise unless the file `raw`, in its only form, proves that the tree of `first` became `newest`."""
    if first.origin != newest.origin:
        raise AlteredError("a receipt of another ledger than that of the newest checkpoint")
    path = by_hand.consistency_path(raw, first, newest)
    merkle.verify_consistency(first.size, first.root, newest.size, newest.root, path)
    if by_hand.consistency_file(first, newest, path) != raw:
        raise AlteredError("not in the form that is followed by hand")


def _compare(found: Examination, expected: Mapping[str, bytes]) -> None:
    """Compare what is there to be verified by hand with what follows from the receipts; no more, no less."""
    folders = (f"{by_hand.FOLDER}/", f"{by_hand.POINTS}/", f"{by_hand.CONSISTENCY}/")
    there = {name for name in found.files if name.startswith(folders)}
    for name in sorted(there | expected.keys()):
        if found.files.get(name) != expected.get(name):
            found.refused.setdefault(name, AlteredError("not what follows from the receipts"))
            found.proved.discard(name)
        elif name not in found.refused:
            found.proved.add(name)


def _tokens(found: Examination, size: int) -> list[str]:
    """Return where the time tokens on the newest checkpoint are."""
    pattern = re.compile(rf"{by_hand.POINTS}/{size}/jeton-([1-9][0-9]?)\.tst")
    return [name for _, name in sorted((int(match[1]), name) for name, match in found.named(pattern))]


def _verify_token(found: Examination, name: str, newest: Checkpoint) -> None:
    from kiosk.proof.token import verify_token  # takes a while to import: only when there is a token

    verify_token(found.files[name], newest.text.encode(), found.trust.authorities)


def _point(raw: str, tokens: Sequence[bytes]) -> dict[str, bytes]:
    return by_hand.placed(f"{by_hand.POINTS}/{by_hand.opened(raw).size}", by_hand.point_files(raw, tokens))


def _published(found: Examination) -> Iterator[tuple[str, Checkpoint | None]]:
    """Yield the proofs that texts were published, and their checkpoints; None when they cannot be read."""
    for name in sorted(found.files.keys() - found.refused.keys()):
        if name.endswith(_PROOF):
            try:
                yield name, by_hand.opened(tlog_proof.parse(found.files[name]).checkpoint)
            except MalformedError:
                yield name, None


def _examine_publication(found: Examination, name: str, first: Checkpoint | None) -> None:
    """Verify what proves that a text was published, and remember what it says of it.

    It bears no token: when its key was revoked since, or too few witnesses saw its checkpoint, it counts all
    the same if its tree is the beginning of one that is vouched for. `first` is its checkpoint.
    """
    trust = replace(found.trust, ledger=_keys(found))
    judged = judge(found.files[name], trust)
    unvouched = isinstance(judged.found.refused, (UnknownKeyError, WitnessError))
    if unvouched and first is not None and _leads(found, first):
        judged = judge(found.files[name], replace(trust, quorum=0, revoked={}))
    found.check(name, raise_refusal, judged)
    found.remember(judged.found.statement)
    held, said = judged.found.receipt, judged.found.statement
    if held is not None and held.proof is not None and said is not None:
        found.published[name] = held.proof.index, said


def _leads(found: Examination, first: Checkpoint) -> bool:
    """Whether the tree of `first` is the beginning of one that is vouched for: both are of the newest."""
    return _place(first) in found.proved and any(first.size <= one.size for one in found.vouched)
