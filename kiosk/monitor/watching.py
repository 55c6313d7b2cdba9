"""Check a published ledger: signature, tree, what it adds to what was seen, statements published whole.

The tree is rebuilt from its leaves. What was seen before stands at its beginning when the subtrees that it
begins with have the root that was seen (RFC 9162, 2.1.4): no proof is asked of the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kiosk.monitor.errors import ForkError, MissingError, RewoundError, WithdrawnError
from kiosk.monitor.sources import Source
from kiosk.proof import checkpoint, merkle, note, statement, tiles
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.note import VerifierKey
from kiosk.proof.tiles import HEIGHT, WIDTH, Tile, TileReader, tiles_of

CHECKPOINT = "checkpoint"
INDEX = "statements/index"
MAX_INDEX_BYTES = 20_000_000
_MAX_NOTE_BYTES = 4 * note.MAX_CHARACTERS
_LINE = re.compile(r"(?P<index>0|[1-9][0-9]{0,15}) (?P<hash>[0-9a-f]{64}) (?P<kind>[a-z-]{1,32})")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of a ledger once it was checked."""

    note: str
    """The checkpoint, as published."""
    index: str = ""
    """The lines of the statements published whole, up to that checkpoint."""

    @property
    def head(self) -> Checkpoint:
        """The checkpoint itself."""
        return checkpoint.parse(note.parse(self.note).text)


@dataclass(frozen=True, slots=True)
class Published:
    """A statement published whole that was not there before."""

    index: int
    hash: str
    kind: str
    document: dict[str, Any] | None
    """Which text it is about, when it is about one."""


def fetch(source: Source, trusted: Collection[VerifierKey]) -> Seen:
    """Return the checkpoint that `source` shows, signed by a trusted key; nothing else is checked.

    Raises `SourceError`, `MalformedError`, `UnknownKeyError`, `AlteredError`.
    """
    raw = source.read(CHECKPOINT, _MAX_NOTE_BYTES)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("checkpoint: not UTF-8") from error
    checkpoint.opened(text, trusted)
    return Seen(text)


def follow(
    source: Source, found: Seen, kept: Seen | None, *, whole: bool = False
) -> tuple[Seen, tuple[Published, ...]]:
    """Check the ledger of checkpoint `found`; returns what is to be kept of it, and what it published since.

    With `whole`, what was checked before is read again. Raises `ForkError`, `RewoundError`, `WithdrawnError`,
    `AlteredError` and `MalformedError` when something is wrong with the ledger, `SourceError` when a file of
    it is missing.
    """
    before = kept.head if kept else None
    head = found.head
    if before and head.size < before.size:
        raise RewoundError(f"{head.size} leaves published, {before.size} were seen")
    if before and head.size == before.size and head.root != before.root:
        raise ForkError(f"two trees of {head.size} leaves were signed")
    held = _Tiles(source, head.size)
    since = 0 if whole or before is None else before.size
    if not _grows(held, head, before, since):
        since = 0
    _verify_levels(held, head.size, since)
    lines = _listed(source, head.size)
    _verify_kept(lines, kept)
    published = tuple(_published(source, held, line) for line in lines if int(line[0]) >= since)
    new = tuple(one for one in published if before is None or one.index >= before.size)
    return Seen(found.note, "".join(f"{' '.join(line)}\n" for line in lines)), new


def verify_growth(source: Source, head: Checkpoint, before: Checkpoint) -> None:
    """Raise unless the tree of `head`, rebuilt from its leaves, begins with that of `before`.

    Raises `RewoundError`, `ForkError`, `AlteredError`, `MalformedError` and `SourceError`.
    """
    if head.size < before.size:
        raise RewoundError(f"{head.size} leaves published, {before.size} were cosigned")
    _grows(_Tiles(source, head.size), head, before, 0)


class _Tiles:
    """The tiles of a tree, each fetched once."""

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._fetched: dict[tuple[int, int], bytes] = {}
        self.read = TileReader(self.raw, size)

    def raw(self, tile: Tile) -> bytes:
        """Return the bytes of `tile`, or of the full one when the partial one is gone."""
        place = tile.level, tile.number
        if place not in self._fetched:
            most = WIDTH * merkle.HASH_BYTES
            try:
                self._fetched[place] = self._source.read(tile.path, most)
            except MissingError:
                if tile.width == WIDTH:
                    raise
                self._fetched[place] = self._source.read(tile.full.path, most)
        return self._fetched[place]


def _grows(held: _Tiles, head: Checkpoint, before: Checkpoint | None, since: int) -> bool:
    """Raise unless the leaves have the root of `head` and begin with those of `before`.

    Only leaves from `since` on are read; returns whether that was enough to tell.
    """
    begun = merkle.frontier(since, held.read)
    enough = not (since and before) or begun.root() == before.root
    grown = begun if enough else merkle.Frontier()
    seen = before is None or (before.size == grown.size and before.root == grown.root())
    while grown.size < head.size:
        grown.append(held.read(0, grown.size))
        if before and grown.size == before.size:
            seen = grown.root() == before.root
    if grown.root() != head.root:
        raise AlteredError(f"the {head.size} leaves published have another root than the one signed")
    if not seen:
        raise ForkError(f"the {head.size} leaves do not begin with those seen before")
    return enough


def _verify_levels(held: _Tiles, size: int, since: int) -> None:
    """Raise unless each hash above the leaves is the root of the tile below it, from leaf `since` on."""
    for tile in tiles_of(size):
        if tile.level == 0:
            continue
        first = tile.number * WIDTH
        for number in range(max(first, since >> (HEIGHT * tile.level)), first + tile.width):
            below = Tile(tile.level - 1, number, WIDTH)
            if merkle.root(tiles.split(below, held.raw(below))) != held.read(HEIGHT * tile.level, number):
                raise AlteredError(f"{tile.path}: hash {number - first} is not the root of the tile below")


def _listed(source: Source, size: int) -> list[tuple[str, str, str]]:
    """Return the lines of the statements published whole, of the first `size` leaves, in their order."""
    try:
        text = source.read(INDEX, MAX_INDEX_BYTES).decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedError(f"{INDEX}: not ASCII") from error
    return [line for line in _lines(text) if int(line[0]) < size]


def _lines(text: str) -> list[tuple[str, str, str]]:
    if text and not text.endswith("\n"):
        raise MalformedError(f"{INDEX}: whole lines expected")
    lines: list[tuple[str, str, str]] = []
    for line in text.split("\n")[:-1]:
        found = _LINE.fullmatch(line)
        if not found or (lines and int(lines[-1][0]) >= int(found["index"])):
            raise MalformedError(f"{INDEX}: lines « index hash kind » in order expected")
        lines.append((found["index"], found["hash"], found["kind"]))
    return lines


def _verify_kept(lines: list[tuple[str, str, str]], kept: Seen | None) -> None:
    """Raise unless every line seen before is there, and no line came among them."""
    if kept is None:
        return
    known = [line for line in _lines(kept.index) if int(line[0]) < kept.head.size]
    if [line for line in lines if int(line[0]) < kept.head.size] != known:
        raise WithdrawnError("the statements published whole are not those that were seen")


def _published(source: Source, held: _Tiles, line: tuple[str, str, str]) -> Published:
    index, digest, kind = int(line[0]), line[1], line[2]
    name = f"statements/{tiles.number_path(index)}"
    body = source.read(name, statement.MAX_BYTES)
    said = statement.parse(body)
    if said.hash != digest or said.members["kind"] != kind:
        raise AlteredError(f"{name}: another hash or another kind than the list says")
    if merkle.leaf_hash(body) != held.read(0, index):
        raise AlteredError(f"{name}: not the leaf {index} of the tree")
    document = said.members.get("document")
    return Published(index, digest, kind, document if isinstance(document, dict) else None)
