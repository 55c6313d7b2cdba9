"""What was shown on one day, in one hash: its lines, their digest, a path (README.md, « Exposure »)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import rfc8785

from kiosk.proof import merkle
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.statement import instant


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where one line stands in the tree of its day."""

    index: int
    count: int
    """How many lines the tree has."""
    path: tuple[bytes, ...]
    """As RFC 9162, 2.1.3: hashes of 32 bytes, the nearest first."""


def line(
    *, account: str, at: datetime, salt: bytes, service: str, terms: str, version: str, text_hash: str
) -> bytes:
    """Return the line of one document shown: canonical JSON (RFC 8785), without a line feed."""
    return rfc8785.dumps(
        {
            "account": account,
            "at": instant(at),
            "salt": salt.hex(),
            "service": service,
            "terms": terms,
            "text_hash": text_hash,
            "version": version,
        }
    )


def digest(lines: Iterable[bytes]) -> str:
    """Return the root of the tree of `lines`, whatever their order, 64 hexadecimal digits."""
    return merkle.root(_leaves(lines)).hex()


def inclusion(lines: Iterable[bytes], one: bytes) -> Inclusion:
    """Return where `one` stands among `lines`; raises `AlteredError` when it is not one of them."""
    leaves, leaf = _leaves(lines), merkle.leaf_hash(one)
    if leaf not in leaves:
        raise AlteredError("the line is not one of that day's")

    def read(level: int, number: int) -> bytes:
        return merkle.root(leaves[number << level : (number + 1) << level])

    index = leaves.index(leaf)
    return Inclusion(index, len(leaves), merkle.inclusion_path(index, len(leaves), read))


def verify_inclusion(one: bytes, where: Inclusion, told: str) -> None:
    """Raise `AlteredError` unless the line `one` is in the tree of the digest that a statement tells.

    Raises `MalformedError` when `told` is no digest, or a hash of the path is not 32 bytes.
    """
    try:
        root = bytes.fromhex(told)
    except ValueError as error:
        raise MalformedError("exposure: a digest of 64 hexadecimal digits expected") from error
    merkle.verify_inclusion(merkle.leaf_hash(one), where.index, where.count, where.path, root)


def _leaves(lines: Iterable[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(one) for one in sorted(lines)]
