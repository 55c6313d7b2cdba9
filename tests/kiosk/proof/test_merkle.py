"""The tree of RFC 9162: the published roots, the definition to the letter, an independent implementation."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle.proof import InclusionProof

from kiosk.proof import merkle
from kiosk.proof.errors import AlteredError, MalformedError
from tests.vectors.cases_tree import CT_LEAVES, CT_ROOTS

EXHAUSTIVE = 1_000 if os.environ.get("CGU_SOAK") else 300
LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(EXHAUSTIVE)]
OTHER = bytes(32)

sizes = st.integers(1, merkle.MAX_SIZE)


# The definitions of RFC 9162, section 2.1, as the text writes them: MTH, PATH, SUBPROOF.


def largest_power_below(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


@functools.cache
def mth(begin: int, end: int) -> bytes:
    if begin == end:
        return merkle.EMPTY_ROOT
    if end - begin == 1:
        return LEAVES[begin]
    k = begin + largest_power_below(end - begin)
    return merkle.node_hash(mth(begin, k), mth(k, end))


def path_of(m: int, begin: int, end: int) -> list[bytes]:
    if end - begin == 1:
        return []
    k = largest_power_below(end - begin)
    if m < k:
        return [*path_of(m, begin, begin + k), mth(begin + k, end)]
    return [*path_of(m - k, begin + k, end), mth(begin, begin + k)]


def subproof(m: int, begin: int, end: int, *, whole: bool) -> list[bytes]:
    if m == end - begin:
        return [] if whole else [mth(begin, end)]
    k = largest_power_below(end - begin)
    if m <= k:
        return [*subproof(m, begin, begin + k, whole=whole), mth(begin + k, end)]
    return [*subproof(m - k, begin + k, end, whole=False), mth(begin, begin + k)]


def read(level: int, index: int) -> bytes:
    return mth(index << level, (index + 1) << level)


def test_the_roots_are_those_published_for_certificate_transparency() -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in CT_LEAVES]
    assert merkle.leaf_hashes(CT_LEAVES) == hashes
    assert [merkle.root(hashes[:size]).hex() for size in range(9)] == list(CT_ROOTS)
    frontier = merkle.Frontier()
    for size, expected in enumerate(CT_ROOTS):
        assert (frontier.size, frontier.root().hex()) == (size, expected)
        if size < len(hashes):
            frontier.append(hashes[size])


def test_every_way_to_the_root_of_every_small_tree_agrees_with_the_definition() -> None:
    frontier = merkle.Frontier()
    for size in range(EXHAUSTIVE + 1):
        expected = mth(0, size)
        assert merkle.root(LEAVES[:size]) == expected
        assert merkle.tree_root(size, read) == expected
        assert frontier.root() == expected
        assert merkle.Frontier(size, frontier.hashes).root() == expected
        assert merkle.frontier(size, read).hashes == frontier.hashes
        for held in {0, min(1, size), size // 2, size}:
            extended = merkle.frontier(held, read)
            extended.extend(LEAVES[held:size])
            assert (extended.size, extended.hashes) == (size, frontier.hashes)
        if size < EXHAUSTIVE:
            frontier.append(LEAVES[size])


def test_every_inclusion_in_every_small_tree_is_that_of_the_definition_and_verifies() -> None:
    for size in range(1, EXHAUSTIVE + 1):
        for index in range(size):
            path = merkle.inclusion_path(index, size, read)
            assert path == tuple(path_of(index, 0, size))
            merkle.verify_inclusion(LEAVES[index], index, size, path, mth(0, size))


def test_every_consistency_between_small_trees_is_that_of_the_definition_and_verifies() -> None:
    for new in range(1, EXHAUSTIVE + 1):
        for old in range(1, new + 1):
            path = merkle.consistency_path(old, new, read)
            assert path == tuple(subproof(old, 0, new, whole=True))
            merkle.verify_consistency(old, mth(0, old), new, mth(0, new), path)


def independent(size: int) -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for number in range(size):
        tree.append_entry(str(number).encode())
    return tree


def test_an_independent_tree_has_our_roots_and_verifies_our_inclusion_paths() -> None:
    tree = independent(70)
    for size in range(1, 71):
        assert tree.get_root(size) == mth(0, size)
        for index in range(size):
            rule = tree.prove_inclusion(index + 1, size).rule  # where each hash of the path stands
            path = [LEAVES[index], *merkle.inclusion_path(index, size, read)]
            proof = InclusionProof("sha256", True, size, index + 1, rule, path)
            proof.verify(LEAVES[index], mth(0, size), index + 1, size)


def as_rfc(proof: pymerkle.MerkleProof, old: int) -> tuple[bytes, ...]:
    """The path of RFC 9162 from pymerkle's, which may go on below the last subtree of the old tree."""
    base = proof.subset.index(1)
    path = list(proof.path)
    if base:
        right = path[0]
        for bit, sibling in zip(proof.rule, path[1:base], strict=False):
            right = merkle.node_hash(sibling, right) if bit else merkle.node_hash(right, sibling)
        path = [path[base], right, *path[base + 1 :]]
    complete = old & (old - 1) == 0
    return tuple(path[1:] if complete else path)


def test_an_independent_tree_makes_our_consistency_paths() -> None:
    tree = independent(70)
    for new in range(2, 71):
        for old in range(1, new):
            proof = tree.prove_consistency(old, new)
            proof.verify(mth(0, old), mth(0, new), old, new)
            assert merkle.consistency_path(old, new, read) == as_rfc(proof, old), (old, new)


def marked(index: int) -> merkle.Reader:
    """A tree of any size whose leaves are all alike, but for that at `index`."""
    alike = [merkle.leaf_hash(b"")]
    for _ in range(53):
        alike.append(merkle.node_hash(alike[-1], alike[-1]))

    def node(level: int, at: int) -> bytes:
        if index >> level != at:
            return alike[level]
        if level == 0:
            return merkle.leaf_hash(b"marked")
        return merkle.node_hash(node(level - 1, 2 * at), node(level - 1, 2 * at + 1))

    return node


@given(st.data())
def test_inclusion_verifies_in_trees_of_any_size(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    read_marked = marked(index)
    root = merkle.tree_root(size, read_marked)
    path = merkle.inclusion_path(index, size, read_marked)
    assert len(path) <= merkle.MAX_PATH
    merkle.verify_inclusion(merkle.leaf_hash(b"marked"), index, size, path, root)
    elsewhere = data.draw(st.integers(0, size))
    if elsewhere != index:
        with pytest.raises(AlteredError):
            merkle.verify_inclusion(merkle.leaf_hash(b"marked"), elsewhere, size, path, root)


@given(st.data())
def test_consistency_verifies_between_trees_of_any_size(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(0, new))
    read_marked = marked(data.draw(st.integers(0, new - 1)))
    roots = merkle.tree_root(old, read_marked), merkle.tree_root(new, read_marked)
    path = merkle.consistency_path(old, new, read_marked)
    assert len(path) <= merkle.MAX_PATH
    merkle.verify_consistency(old, roots[0], new, roots[1], path)


@given(st.data())
def test_a_leaf_changed_after_the_fact_is_refused(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(1, new))
    before, after = marked(new), marked(data.draw(st.integers(0, old - 1)))  # the mark lies in the old tree
    old_root, new_root = merkle.tree_root(old, before), merkle.tree_root(new, after)
    for forged in (merkle.consistency_path(old, new, before), merkle.consistency_path(old, new, after)):
        with pytest.raises(AlteredError):
            merkle.verify_consistency(old, old_root, new, new_root, forged)


def changed(path: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """Every path that differs by one hash changed, left out or added."""
    ways = [(*path, OTHER), (OTHER, *path)]
    for place in range(len(path)):
        ways.append((*path[:place], OTHER, *path[place + 1 :]))
        ways.append((*path[:place], *path[place + 1 :]))
    return ways


@pytest.mark.parametrize("size", range(1, 18))
def test_an_inclusion_changed_anywhere_is_refused(size: int) -> None:
    for index in range(size):
        path, root = merkle.inclusion_path(index, size, read), mth(0, size)
        for forged in changed(path):
            with pytest.raises(AlteredError):
                merkle.verify_inclusion(LEAVES[index], index, size, forged, root)
        with pytest.raises(AlteredError, match="another root"):
            merkle.verify_inclusion(OTHER, index, size, path, root)
        with pytest.raises(AlteredError, match="another root"):
            merkle.verify_inclusion(LEAVES[index], index, size, path, OTHER)


@pytest.mark.parametrize("new", range(1, 18))
def test_a_consistency_changed_anywhere_is_refused(new: int) -> None:
    for old in range(1, new + 1):
        path, roots = merkle.consistency_path(old, new, read), (mth(0, old), mth(0, new))
        for forged in changed(path):
            with pytest.raises(AlteredError):
                merkle.verify_consistency(old, roots[0], new, roots[1], forged)
        for old_root, new_root in ((OTHER, roots[1]), (roots[0], OTHER)):
            with pytest.raises(AlteredError):
                merkle.verify_consistency(old, old_root, new, new_root, path)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        pytest.param(lambda: merkle.verify_inclusion(OTHER, 3, 3, (), OTHER), "not in a tree", id="past end"),
        pytest.param(lambda: merkle.verify_inclusion(OTHER, 0, 0, (), OTHER), "not in a tree", id="no leaf"),
        pytest.param(
            lambda: merkle.verify_consistency(3, OTHER, 2, OTHER, ()), "never shrinks", id="shrinking"
        ),
        pytest.param(
            lambda: merkle.verify_consistency(2, mth(0, 2), 2, OTHER, ()), "different roots", id="a fork"
        ),
        pytest.param(
            lambda: merkle.verify_consistency(0, OTHER, 2, OTHER, ()), "without leaves", id="false root"
        ),
        pytest.param(
            lambda: merkle.verify_consistency(3, mth(0, 3), 7, mth(0, 7), ()), "path is empty", id="no path"
        ),
        pytest.param(
            lambda: merkle.verify_consistency(2, mth(0, 2), 7, mth(0, 7), ()), "shorter", id="no path (2)"
        ),
        pytest.param(
            lambda: merkle.verify_consistency(0, merkle.EMPTY_ROOT, 2, OTHER, (OTHER,)),
            "no path is needed",
            id="a path where none is needed",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_proved_is_refused(call: Callable[[], None], reason: str) -> None:
    with pytest.raises(AlteredError, match=reason):
        call()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: merkle.Frontier(-1), id="frontier of a negative size"),
        pytest.param(lambda: merkle.Frontier(3, (OTHER,)), id="frontier short of a hash"),
        pytest.param(lambda: merkle.Frontier(1, (b"short",)), id="frontier with a short hash"),
        pytest.param(lambda: merkle.Frontier().append(b"short"), id="short leaf hash"),
        pytest.param(
            lambda: merkle.Frontier(merkle.MAX_SIZE, (OTHER,) * 53).append(OTHER), id="a leaf too many"
        ),
        pytest.param(lambda: merkle.Frontier().extend((OTHER, b"short")), id="short leaf hash among others"),
        pytest.param(
            lambda: merkle.Frontier(merkle.MAX_SIZE - 1, (OTHER,) * 52).extend((OTHER, OTHER)),
            id="leaves too many",
        ),
        pytest.param(lambda: merkle.tree_root(merkle.MAX_SIZE + 1, read), id="too many leaves"),
        pytest.param(lambda: merkle.frontier(-1, read), id="frontier of no tree"),
        pytest.param(lambda: merkle.inclusion_path(3, 3, read), id="path to no leaf"),
        pytest.param(lambda: merkle.inclusion_path(-1, 3, read), id="path to a negative leaf"),
        pytest.param(lambda: merkle.consistency_path(3, 2, read), id="path to a smaller tree"),
        pytest.param(lambda: merkle.consistency_path(-1, 2, read), id="path from a negative size"),
        pytest.param(lambda: merkle.verify_inclusion(OTHER, -1, 3, (), OTHER), id="negative index"),
        pytest.param(lambda: merkle.verify_inclusion(OTHER, 0, -1, (), OTHER), id="negative size"),
        pytest.param(lambda: merkle.verify_inclusion(b"", 0, 1, (), OTHER), id="no leaf hash"),
        pytest.param(lambda: merkle.verify_inclusion(OTHER, 0, 2, (b"",), OTHER), id="empty hash in a path"),
        pytest.param(lambda: merkle.verify_inclusion(OTHER, 0, 1, (), OTHER + b"\x00"), id="long root"),
        pytest.param(lambda: merkle.verify_consistency(-1, OTHER, 2, OTHER, ()), id="negative old size"),
        pytest.param(
            lambda: merkle.verify_consistency(1, OTHER, merkle.MAX_SIZE + 1, OTHER, ()),
            id="new size too large",
        ),
        pytest.param(lambda: merkle.verify_consistency(1, OTHER, 2, OTHER, (b"",)), id="empty hash"),
    ],
)
def test_what_is_no_tree_or_no_hash_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(MalformedError):
        call()


def test_making_a_path_reads_few_nodes() -> None:
    asked: list[tuple[int, int]] = []
    read_marked = marked(0)

    def counted(level: int, index: int) -> bytes:
        asked.append((level, index))
        return read_marked(level, index)

    merkle.inclusion_path(500_000, 1_000_003, counted)
    assert len(asked) <= 2 * (1_000_003).bit_length()
