"""Who signed a receipt: a promise or checkpoints, by a trusted key or by one that follows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kiosk.proof import checkpoint as checkpoints
from kiosk.proof import merkle, note, receipt, statement
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, MalformedError, SpecimenError, UnknownKeyError
from kiosk.proof.note import Note, VerifierKey
from kiosk.proof.receipt import KeyChange, Proof
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.trust import Trust, key_name

DEMONSTRATION_NAME = "demonstration."
"""How the name of a demonstration's key begins; no other key may be named so."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What trusted keys signed."""

    names: tuple[str, ...]
    """Under which names."""
    keys: tuple[VerifierKey, ...]
    """By which trusted keys: at least one."""
    note: Note
    checkpoint: Checkpoint | None = None
    """None for a promise."""


def with_changes(trust: Trust, changes: Sequence[KeyChange]) -> tuple[VerifierKey, ...]:
    """Return the trusted keys of ledgers and those that follow them, by `changes`, oldest first.

    A change counts when the key before it is trusted, was not revoked, and signed a checkpoint that holds the
    change: the receipt says which key follows, the trusted key vouches for it. One that begins with an
    unknown key is passed over. Raises `ProofError` for any other.
    """
    trusted = list(trust.ledger)
    for change in changes:
        said = statement.parse(change.statement)
        if said.members["kind"] != Kind.KEY_CHANGE:
            raise MalformedError("receipt: the statement of a change of key expected")
        old, new = (VerifierKey.parse(said.members[name]) for name in ("old", "new"))
        if old.name != new.name:
            raise AlteredError("a change of key from {} to another ledger, {}", old.name, new.name)
        if old in trusted and new not in trusted and key_name(old) not in trust.revoked:
            sealed, _ = checkpoints.opened(change.proof.checkpoint, [old])
            verify_inclusion(said.body, change.proof, sealed)
            trusted.append(new)
    return tuple(trusted)


def opened(raw: str, trusted: Collection[VerifierKey]) -> Signed:
    """Return the checkpoint of the note `raw`, signed by a trusted key of its origin.

    Raises as `checkpoint.opened` does, and `SpecimenError` when it is of a demonstration that is not trusted.
    """
    origin = checkpoints.parse(note.parse(raw).text).origin
    own = [key for key in trusted if key.name == origin]
    try:
        checkpoint, held = checkpoints.opened(raw, own)
    except UnknownKeyError as error:
        _refuse_specimen((origin,), error)
        raise
    return Signed((origin,), _signers(held, own), held, checkpoint)


def promised(raw: str, said: Statement, trusted: Collection[VerifierKey]) -> Signed:
    """Return the promise `raw`, of a trusted key, that `said` will be a leaf; raises `ProofError`."""
    held = note.parse(raw)
    if held.text != receipt.promised_text(said):
        raise AlteredError("the signed hash is not that of the statement")
    names = tuple(line.name for line in held.signatures)
    try:
        note.verify(held, trusted)
    except UnknownKeyError as error:
        _refuse_specimen(names, error)
        raise
    return Signed(names, _signers(held, trusted), held)


def by_demonstration(names: Sequence[str]) -> bool:
    """Whether one of the `names` that signed is that of a demonstration."""
    return any(name.startswith(DEMONSTRATION_NAME) for name in names)


def verify_inclusion(body: bytes, proof: Proof, sealed: Checkpoint) -> None:
    """Raise unless `proof` shows that `body` is a leaf of the tree of `sealed`."""
    merkle.verify_inclusion(merkle.leaf_hash(body), proof.index, sealed.size, proof.path, sealed.root)


def _signers(held: Note, trusted: Collection[VerifierKey]) -> tuple[VerifierKey, ...]:
    lines = {(line.name, line.key_id) for line in held.signatures}
    return tuple(key for key in trusted if (key.name, key.key_id) in lines)


def _refuse_specimen(names: Sequence[str], error: UnknownKeyError) -> None:
    if by_demonstration(names):
        raise SpecimenError("signed under the name of a demonstration; its key is not given here") from error
