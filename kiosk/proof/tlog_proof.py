"""A leaf, its path and a checkpoint in one text file (C2SP tlog-proof)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from kiosk.proof import checkpoint as checkpoints
from kiosk.proof import merkle, note
from kiosk.proof.errors import MalformedError

FORMAT = "c2sp.org/tlog-proof@v1"
MAX_BYTES = 400_000
_EXTRA = "extra "
_INDEX = re.compile(r"index (?P<index>0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where a leaf stands in the tree of a checkpoint."""

    index: int
    """Counted from 0."""
    path: tuple[bytes, ...]
    """Hashes of 32 bytes, from the leaf's sibling up."""
    checkpoint: str
    """A signed note, verbatim."""
    extra: bytes | None = None
    """What the leaf holds (the bytes of a statement), so that the file stands alone; never empty."""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= merkle.MAX_SIZE:
            raise MalformedError("tlog-proof: an index from 0 to {} expected", merkle.MAX_SIZE)
        if len(self.path) > merkle.MAX_PATH:
            raise MalformedError("tlog-proof: at most {} hashes expected", merkle.MAX_PATH)
        if any(len(one) != merkle.HASH_BYTES for one in self.path):
            raise MalformedError("tlog-proof: hashes of {} bytes expected", merkle.HASH_BYTES)
        if self.extra == b"":
            raise MalformedError("tlog-proof: extra data is left out when there is none")
        checkpoints.parse(note.parse(self.checkpoint).text)


def dump(proof: TlogProof) -> bytes:
    """Return the file; raises `MalformedError` when it would be longer than `parse` takes."""
    lines = [FORMAT]
    if proof.extra is not None:
        lines.append(f"{_EXTRA}{base64.b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines += [base64.b64encode(one).decode() for one in proof.path]
    raw = ("\n".join(lines) + f"\n\n{proof.checkpoint}").encode()
    if len(raw) > MAX_BYTES:
        raise MalformedError("tlog-proof: at most {} bytes expected, {} to write", MAX_BYTES, len(raw))
    return raw


def parse(raw: bytes) -> TlogProof:
    """Return the proof of the file `raw`; raises `MalformedError`, and checks the format alone.

    A file read has one only form: `dump` gives its bytes again. Nothing in it is to be believed before the
    checkpoint is opened (`checkpoint.opened`) and the path verified (`merkle.verify_inclusion`).
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError("tlog-proof: at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("tlog-proof: not UTF-8") from error
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != FORMAT:
        raise MalformedError("tlog-proof: the line {}, an index, hashes and a checkpoint expected", FORMAT)
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = note.decode(lines.pop(0).removeprefix(_EXTRA), "tlog-proof extra data")
    found = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if not found:
        raise MalformedError("tlog-proof: a line « index » and a whole number expected")
    path = tuple(note.decode(line, "tlog-proof hash") for line in lines)
    return TlogProof(int(found["index"]), path, checkpoint, extra)
