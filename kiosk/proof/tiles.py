"""The tree cut into tiles of 256 hashes, as static files (C2SP tlog-tiles)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.proof import merkle
from kiosk.proof.errors import MalformedError

WIDTH = 256
"""Hashes in a full tile."""
HEIGHT = 8
"""Levels of the tree that a full tile spans."""
MAX_LEVEL = 63
MAX_PATH_CHARACTERS = 64
_PATH = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of one tile: consecutive hashes of one height of the tree."""

    level: int
    """0: leaf hashes; above: each hash is the root of a full tile of the level below."""
    number: int
    """Which tile of that level, counted from 0."""
    width: int
    """How many hashes it has: 1 to 256; fewer than 256 only at the right edge of a tree."""

    def __post_init__(self) -> None:
        if not (0 <= self.level <= MAX_LEVEL and 0 <= self.number <= merkle.MAX_SIZE):
            raise MalformedError("tile {} of level {}: out of range", self.number, self.level)
        if not 1 <= self.width <= WIDTH:
            raise MalformedError("tile: 1 to {} hashes expected, {} found", WIDTH, self.width)

    @property
    def path(self) -> str:
        """Where it is published, under the prefix of the log: ``tile/0/x001/x234/067.p/112``."""
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{number_path(self.number)}{partial}"

    @property
    def full(self) -> Tile:
        """The tile it is a beginning of, or itself."""
        return Tile(self.level, self.number, WIDTH)


def number_path(number: int) -> str:
    """Return `number` as C2SP writes it in a path, by groups of three digits: ``x001/x234/067``."""
    digits = str(number)
    groups = f"{digits:0>{-(-len(digits) // 3) * 3}}"
    parts = [groups[i : i + 3] for i in range(0, len(groups), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])


def parse_path(text: str) -> Tile:
    """Return the tile published at `text`; raises `MalformedError` unless it is its only form."""
    found = _PATH.fullmatch(text) if len(text) <= MAX_PATH_CHARACTERS else None
    if not found:
        raise MalformedError("tile path: tile/<level>/<number>[.p/<width>] expected")
    number = int(found["number"].replace("/", "").replace("x", ""))
    tile = Tile(int(found["level"]), number, int(found["width"] or WIDTH))
    if tile.path != text:
        raise MalformedError("tile path: not in its only form")
    return tile


def tiles_of(size: int) -> tuple[Tile, ...]:
    """Return the tiles of a tree of `size` leaves, level by level, partial ones included."""
    return tuple(tile for level in range(_levels(size)) for tile in _of_level(level, 0, size))


def completed(old: int, new: int) -> tuple[Tile, ...]:
    """Return the tiles that are full in a tree of `new` leaves and were not in one of `old`."""
    return tuple(
        tile
        for level in range(_levels(new))
        for tile in _of_level(level, old >> (HEIGHT * (level + 1)), new)
        if tile.width == WIDTH
    )


def split(tile: Tile, raw: bytes) -> tuple[bytes, ...]:
    """Return the hashes that the bytes of `tile` hold; raises `MalformedError` for more or fewer."""
    if len(raw) != tile.width * merkle.HASH_BYTES:
        raise MalformedError("{}: {} hashes of {} bytes expected", tile.path, tile.width, merkle.HASH_BYTES)
    return tuple(raw[i : i + merkle.HASH_BYTES] for i in range(0, len(raw), merkle.HASH_BYTES))


class TileReader:
    """The `merkle.Reader` of a tree of `size` leaves, from its tiles; each is fetched once and kept.

    `fetch` returns the hashes of a tile, one after another: for a partial one, its own or the full tile's.
    """

    __slots__ = ("_fetch", "_nodes", "_size", "_tiles")

    def __init__(self, fetch: Callable[[Tile], bytes], size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the root of the complete subtree `index` of ``2**level`` leaves.

        Raises `MalformedError` when the tree has no such subtree, or a tile has another width than expected.
        """
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise MalformedError(
                "tree of {} leaves: no complete subtree {} of level {}", self._size, index, level
            )
        return self._node(level, index)

    def _node(self, level: int, index: int) -> bytes:
        if level % HEIGHT == 0:
            number, place = divmod(index, WIDTH)
            return self._tile(level // HEIGHT, number)[place]
        if (level, index) not in self._nodes:
            left, right = self._node(level - 1, 2 * index), self._node(level - 1, 2 * index + 1)
            self._nodes[level, index] = merkle.node_hash(left, right)
        return self._nodes[level, index]

    def _tile(self, level: int, number: int) -> tuple[bytes, ...]:
        if (level, number) not in self._tiles:
            tile = Tile(level, number, min(WIDTH, (self._size >> (HEIGHT * level)) - number * WIDTH))
            raw = self._fetch(tile)
            whole = tile.full if len(raw) == WIDTH * merkle.HASH_BYTES else tile
            self._tiles[level, number] = split(whole, raw)
        return self._tiles[level, number]


def _levels(size: int) -> int:
    return -(-size.bit_length() // HEIGHT)


def _of_level(level: int, first: int, size: int) -> list[Tile]:
    full, rest = divmod(size >> (HEIGHT * level), WIDTH)
    tiles = [Tile(level, number, WIDTH) for number in range(first, full)]
    return [*tiles, Tile(level, full, rest)] if rest else tiles
