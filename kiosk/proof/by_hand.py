"""What a bundle holds beside its receipts so that people verify them with the tools of others alone.

Each file is a part of a receipt or of a checkpoint, in the form that `sha256sum` and `openssl` take. Nothing
here adds to what the receipts prove: a verifier makes these files again from them, and compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kiosk.proof import checkpoint as checkpoints
from kiosk.proof import commitment, merkle, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.proof.receipt import Receipt

FOLDER = "a-la-main"
"""One folder a receipt, named after it."""
POINTS = "registre/points"
"""One folder a checkpoint, named after its size."""
CONSISTENCY = "registre/coherence"
"""One file an earlier checkpoint, named after its size."""
START, LEFT, RIGHT = "depart", "gauche", "droite"
_SIGNATURE_BYTES = 64


def statement_files(held: Receipt) -> dict[str, bytes]:
    """Return the parts of a receipt: the statement, what each disclosed commitment hashes, the path.

    A line of the path is ``gauche H`` or ``droite H``: the side on which the hash H is put (RFC 9162,
    2.1.3.2), from the leaf to the root. Raises `MalformedError`.
    """
    files = {"enregistrement.json": held.statement}
    for one in held.disclosures:
        files[f"champ-{one.field}.bin"] = commitment.hashed_bytes(one)
    if held.proof is not None:
        size = opened(held.proof.checkpoint).size
        lines = _sides(held.proof.path, held.proof.index, size - 1)
        files["chemin.txt"] = _text(lines)
        files["taille.txt"] = f"{size}\n".encode()
    return files


def point_files(raw: str, tokens: Sequence[bytes] = ()) -> dict[str, bytes]:
    """Return the parts of the note `raw` of a checkpoint: the text that is signed, signatures, time tokens.

    Raises `MalformedError`.
    """
    files = {"note.txt": raw.encode(), "checkpoint.txt": opened(raw).text.encode()}
    for line in note.parse(raw).signatures:
        if len(line.value) == _SIGNATURE_BYTES:
            files[f"signature-{line.key_id.hex()}.bin"] = line.value
    for number, token in enumerate(tokens, 1):
        files[f"jeton-{number}.tst"] = token
    return files


def consistency_file(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bytes:
    """Return the lines that lead from the tree of `old` to that of `new` (RFC 9162, 2.1.4.2).

    The first is ``depart H``; then ``gauche H`` goes into both roots, ``droite H`` into that of `new` alone.
    A tree that is the other's equal has the first line alone.
    """
    if old.size == new.size:
        return _text([(START, old.root)])
    hashes = [old.root, *path] if old.size & (old.size - 1) == 0 else list(path)
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return _text([(START, one) for one in hashes[:1]] + list(_sides(hashes[1:], node, last)))


def consistency_path(raw: bytes, old: Checkpoint, new: Checkpoint) -> tuple[bytes, ...]:
    """Return the path that the file `raw` holds, from the tree of `old` to that of `new`.

    Raises `MalformedError`. Nothing of it is verified: see `merkle.verify_consistency`, then compare with
    `consistency_file`.
    """
    try:
        lines = [line.split(" ") for line in raw.decode("ascii").splitlines()]
        hashes = [bytes.fromhex(digest) for _, digest in lines]
    except ValueError as error:
        raise MalformedError("consistency: a side and a hash a line expected") from error
    if len(hashes) > merkle.MAX_PATH + 1:
        raise MalformedError("consistency: at most {} lines expected", merkle.MAX_PATH + 1)
    started = old.size == new.size or old.size & (old.size - 1) == 0
    return tuple(hashes[1:] if started else hashes)


def opened(raw: str) -> Checkpoint:
    """Return the checkpoint of the note `raw`, whoever signed it; raises `MalformedError`."""
    return checkpoints.parse(note.parse(raw).text)


def cosigned(raw: str) -> bool:
    """Whether the note `raw` has a signature with a time: that of a witness; raises `MalformedError`."""
    return any(len(line.value) > _SIGNATURE_BYTES for line in note.parse(raw).signatures)


def placed(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return `files` under `folder`."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def _sides(path: Sequence[bytes], node: int, last: int) -> Iterator[tuple[str, bytes]]:
    """Yield each hash of `path` and the side where it goes, as RFC 9162 walks from `node` to the root."""
    for sibling in path:
        if node & 1 or node == last:
            yield LEFT, sibling
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            yield RIGHT, sibling
        node, last = node >> 1, last >> 1


def _text(lines: Sequence[tuple[str, bytes]] | Iterator[tuple[str, bytes]]) -> bytes:
    return "".join(f"{side} {digest.hex()}\n" for side, digest in lines).encode()
