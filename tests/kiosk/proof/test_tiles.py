"""Tiles: the examples of C2SP tlog-tiles, and trees read back from the files alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import merkle, tiles
from kiosk.proof.errors import MalformedError
from kiosk.proof.tiles import Tile, TileReader, completed, parse_path, tiles_of

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(66_000)]


def hashes_of(tile: Tile) -> bytes:
    """The bytes of `tile`, as the specification defines them."""
    span = 256**tile.level
    first = tile.number * 256
    return b"".join(
        merkle.root(LEAVES[(first + i) * span : (first + i + 1) * span]) for i in range(tile.width)
    )


def publish(folder: Path, tile: Tile) -> None:
    file = folder / tile.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(hashes_of(tile))


def from_folder(folder: Path) -> Callable[[Tile], bytes]:
    def fetch(tile: Tile) -> bytes:
        file = folder / tile.path
        return (file if file.exists() else folder / tile.full.path).read_bytes()

    return fetch


def test_a_tree_of_70000_leaves_has_the_tiles_the_specification_counts() -> None:
    found = Counter((tile.level, tile.width) for tile in tiles_of(70_000))
    assert found == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}


def test_a_tree_of_256_leaves_has_a_full_tile_and_its_root_above() -> None:
    assert tiles_of(256) == (Tile(0, 0, 256), Tile(1, 0, 1))


def test_a_tree_without_leaves_has_no_tile() -> None:
    assert tiles_of(0) == ()


def test_the_path_is_that_of_the_specification() -> None:
    assert Tile(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert Tile(0, 1_234_067, 112).path == "tile/0/x001/x234/067.p/112"
    assert Tile(63, 0, 1).path == "tile/63/000.p/1"


@given(st.integers(0, 63), st.integers(0, merkle.MAX_SIZE), st.integers(1, 256))
def test_a_path_is_read_back(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tile/0/67",
        "tile/00/067",
        "tile/64/067",
        "tile/-1/067",
        "tile/0/067.p/0",
        "tile/0/067.p/256",
        "tile/0/067.p/257",
        "tile/0/067.p/01",
        "tile/0/067\n",
        "tile/0/x000/067",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/٠٦٧",
        "tile/entries/067",
        "/tile/0/067",
        "tile/0/../067",
        "tile/0/" + "x999/" * 6 + "999",
        "tile/0/" + "x001/" * 20 + "067",
    ],
)
def test_a_path_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_path(text)


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**53, 1)]
)
def test_a_tile_that_no_tree_has_cannot_be_named(level: int, number: int, width: int) -> None:
    with pytest.raises(MalformedError):
        Tile(level, number, width)


def test_the_tiles_that_a_growing_tree_completed_are_told_at_every_level() -> None:
    assert completed(0, 255) == completed(256, 511) == ()
    assert completed(255, 513) == (Tile(0, 0, 256), Tile(0, 1, 256))
    assert completed(65_535, 65_536) == (Tile(0, 255, 256), Tile(1, 0, 256))


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_the_completed_tiles_are_the_full_ones_that_were_not(one: int, two: int) -> None:
    old, new = sorted((one, two))

    def full(size: int) -> set[Tile]:
        return {tile for tile in tiles_of(size) if tile.width == 256}

    assert set(completed(old, new)) == full(new) - full(old)
    assert len(completed(old, new)) == len(full(new)) - len(full(old))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600, 65_536, 65_793, 66_000])
def test_root_and_paths_come_from_the_published_files_alone(size: int, tmp_path: Path) -> None:
    for tile in tiles_of(size):
        publish(tmp_path, tile)
    read = TileReader(from_folder(tmp_path), size)
    root = merkle.tree_root(size, read)
    assert root == merkle.root(LEAVES[:size])
    for index in {0, size // 3, size - 1}:
        path = merkle.inclusion_path(index, size, read)
        merkle.verify_inclusion(LEAVES[index], index, size, path, root)
    old = size // 2
    path = merkle.consistency_path(old, size, read)
    merkle.verify_consistency(old, merkle.root(LEAVES[:old]), size, root, path)


def test_the_root_of_an_older_tree_comes_from_the_tiles_of_a_newer_one(tmp_path: Path) -> None:
    for tile in tiles_of(600):
        publish(tmp_path, tile)
    assert merkle.tree_root(300, TileReader(from_folder(tmp_path), 600)) == merkle.root(LEAVES[:300])


def test_a_full_tile_stands_for_the_partial_one_that_is_gone(tmp_path: Path) -> None:
    publish(tmp_path, Tile(0, 0, 256))
    assert merkle.tree_root(200, TileReader(from_folder(tmp_path), 200)) == merkle.root(LEAVES[:200])


def test_each_tile_is_fetched_once() -> None:
    fetched: Counter[Tile] = Counter()

    def fetch(tile: Tile) -> bytes:
        fetched[tile] += 1
        return hashes_of(tile)

    read = TileReader(fetch, 600)
    for index in range(0, 600, 7):
        merkle.inclusion_path(index, 600, read)
    assert fetched == Counter(tiles_of(600))


@pytest.mark.parametrize("length", [0, 31, 32 * 43, 32 * 45, 8_191, 8_193])
def test_a_tile_of_another_width_is_refused(length: int) -> None:
    read = TileReader(lambda _: bytes(length), 44)
    with pytest.raises(MalformedError, match=r"tile/0/000\.p/44"):
        read(0, 3)


@pytest.mark.parametrize(("level", "index"), [(0, 44), (3, 5), (6, 0), (-1, 0), (0, -1)])
def test_a_subtree_that_the_tree_does_not_have_is_refused(level: int, index: int) -> None:
    read = TileReader(hashes_of, 44)
    with pytest.raises(MalformedError, match="no complete subtree"):
        read(level, index)


def test_number_paths_never_name_a_file_and_a_folder_alike() -> None:
    assert [tiles.number_path(number) for number in (0, 999, 1_000, 1_234_567)] == [
        "000", "999", "x001/000", "x001/x234/567",
    ]  # fmt: skip
