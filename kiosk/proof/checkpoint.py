"""What a ledger signs of its tree: its name, how many leaves, which root (C2SP tlog-checkpoint)."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import merkle, note
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import Note, VerifierKey

_TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,15})\n(?P<root>[A-Za-z0-9+/]{43}=)\n",
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a tree: any later one must begin with the same leaves."""

    origin: str
    """The name of the ledger's key; it stays the same when the key changes."""
    size: int
    """How many leaves."""
    root: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        note.check_name(self.origin)
        if not 0 <= self.size <= merkle.MAX_SIZE:
            raise MalformedError("checkpoint: 0 to {} leaves expected, {} found", merkle.MAX_SIZE, self.size)
        if len(self.root) != merkle.HASH_BYTES:
            raise MalformedError("checkpoint: a root of {} bytes expected", merkle.HASH_BYTES)
        if self.size == 0 and self.root != merkle.EMPTY_ROOT:
            raise MalformedError("checkpoint: a tree without leaves has another root")

    @property
    def text(self) -> str:
        """The three lines that are signed, the last line feed included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse(text: str) -> Checkpoint:
    """Return the checkpoint of the three lines `text`; raises `MalformedError`.

    Extension lines, which C2SP allows and advises against, are refused: nobody could check them.
    """
    found = _TEXT.fullmatch(text)
    if not found:
        raise MalformedError("checkpoint: three lines expected, origin, size and root")
    return Checkpoint(found["origin"], int(found["size"]), note.decode(found["root"], "checkpoint root"))


def sign(checkpoint: Checkpoint, *keys: Ed25519PrivateKey) -> str:
    """Return the note of `checkpoint`, signed by each of `keys` under its origin, newest key first.

    Raises `MalformedError` without a key.
    """
    return note.sign(checkpoint.text, checkpoint.origin, *keys)


def opened(raw: str, trusted: Collection[VerifierKey]) -> tuple[Checkpoint, Note]:
    """Return the checkpoint and the note written `raw`, once a trusted key of its origin signed it.

    Raises `MalformedError`, `AlteredError` when a trusted key did not sign this text, `UnknownKeyError` when
    no trusted key of that origin signed it: one ledger's key says nothing of another's tree.
    """
    held = note.parse(raw)
    checkpoint = parse(held.text)
    note.verify(held, [key for key in trusted if key.name == checkpoint.origin])
    return checkpoint, held
