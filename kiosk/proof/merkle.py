"""The tree of hashes of RFC 9162, section 2.1: its root, and the paths that prove what it holds.

Every hash is 32 bytes (SHA-256). A tree is never held whole: what makes a path is given a `Reader`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from kiosk.proof.errors import AlteredError, MalformedError

HASH_BYTES = 32
MAX_SIZE = 2**53 - 1
"""Leaves a tree may have: the largest whole number that JSON holds exactly (RFC 8785, RFC 7493)."""
MAX_PATH = 54
"""Hashes a path may have: one a level (inclusion), and one more (consistency)."""
EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

_LEAF = b"\x00"
_NODE = b"\x01"

Reader = Callable[[int, int], bytes]
"""``read(level, index)`` gives the root of the complete subtree of ``2**level`` leaves whose first leaf is
``index * 2**level``."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of the leaf that holds `data`."""
    return hashlib.sha256(_LEAF + data).digest()


def leaf_hashes(data: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each of the leaves that hold `data`, in their order."""
    begun, found = hashlib.sha256(_LEAF), []
    for one in data:
        leaf = begun.copy()
        leaf.update(one)
        found.append(leaf.digest())
    return found


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above `left` and `right`."""
    return hashlib.sha256(_NODE + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree of `leaf_hashes`, in their order."""
    level = list(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        last = level[len(level) & ~1 :]
        level = _paired(level)
        level += last
    return level[0]


class Frontier:
    """What must be kept of a tree to append to it: the roots of its complete subtrees, largest first."""

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Begin after `size` leaves; raises `MalformedError` unless there is one hash a set bit of `size`."""
        _check_size(size)
        if len(hashes) != size.bit_count():
            raise MalformedError("frontier of {} leaves: {} hashes expected", size, size.bit_count())
        _check_hashes(hashes, "frontier")
        self._size = size
        self._hashes = list(hashes)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first: one a set bit of `size`."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add the leaf whose hash is `leaf`; raises `MalformedError` unless it is 32 bytes."""
        _check_hashes((leaf,), "leaf")
        _check_size(self._size + 1)
        carried = leaf
        filled = self._size
        while filled & 1:
            carried = node_hash(self._hashes.pop(), carried)
            filled >>= 1
        self._hashes.append(carried)
        self._size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add the leaves of these hashes, as `append` would one by one; raises as it does."""
        _check_hashes(leaves, "leaf")
        _check_size(self._size + len(leaves))
        level, filled, kept = list(leaves), self._size, []
        while level:
            if filled & 1:
                level.insert(0, self._hashes.pop())
            if len(level) & 1:
                kept.append(level.pop())
            level = _paired(level)
            filled >>= 1
        self._hashes += reversed(kept)
        self._size += len(leaves)

    def root(self) -> bytes:
        """Return the root of the tree as it is."""
        return _folded(self._hashes) if self._hashes else EMPTY_ROOT


def tree_root(size: int, read: Reader) -> bytes:
    """Return the root of the tree of the first `size` leaves; raises `MalformedError` for no such size."""
    _check_size(size)
    return _range_root(0, size, read) if size else EMPTY_ROOT


def frontier(size: int, read: Reader) -> Frontier:
    """Return the frontier of the tree of the first `size` leaves; raises as `tree_root` does."""
    _check_size(size)
    return Frontier(size, _subtrees(0, size, read))


def inclusion_path(index: int, size: int, read: Reader) -> tuple[bytes, ...]:
    """Return the path from leaf `index` to the root of the tree of `size` leaves (RFC 9162, 2.1.3.1).

    From the leaf's sibling up; it is empty when there is one leaf. Raises `MalformedError` when the tree has
    no such leaf.
    """
    _check_size(size)
    if not 0 <= index < size:
        raise MalformedError("leaf {}: the tree has {} leaves, counted from 0", index, size)
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        split = _split(begin, end)
        if index < split:
            path.append(_range_root(split, end, read))
            end = split
        else:
            path.append(_range_root(begin, split, read))
            begin = split
    return tuple(reversed(path))


def consistency_path(old: int, new: int, read: Reader) -> tuple[bytes, ...]:
    """Return what proves that the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.1).

    It is empty when `old` is 0 or equals `new`. Raises `MalformedError` when `old` is the larger one.
    """
    _check_size(new)
    if not 0 <= old <= new:
        raise MalformedError("consistency from {} leaves to {}: a tree never shrinks", old, new)
    if old in (0, new):
        return ()
    path: list[bytes] = []
    begin, end = 0, new
    while end != old:
        split = _split(begin, end)
        if old <= split:
            path.append(_range_root(split, end, read))
            end = split
        else:
            path.append(_range_root(begin, split, read))
            begin = split
    if begin:
        path.append(_range_root(begin, end, read))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise unless `path` proves the leaf of hash `leaf` at `index` of a tree (RFC 9162, 2.1.3.2).

    The tree has `size` leaves and the root `root`. Raises `AlteredError` when it does not prove it,
    `MalformedError` when a size is impossible or a hash not 32 bytes.
    """
    _check_size(size)
    _check_hashes((leaf, *path, root), "inclusion")
    if index < 0:
        raise MalformedError("inclusion: the index of a leaf counts from 0")
    if index >= size:
        raise AlteredError("inclusion: leaf {} is not in a tree of {} leaves", index, size)
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise AlteredError("inclusion: the path is longer than the tree is high")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise AlteredError("inclusion: the path is shorter than the tree is high")
    if found != root:
        raise AlteredError("inclusion: the path leads to another root")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raise unless `path` proves that the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.2).

    A tree without leaves is at the beginning of every tree; no path is needed for that, nor between equal
    trees, and none is accepted. Raises `AlteredError` when it is not proved, `MalformedError` when a size is
    impossible or a hash not 32 bytes.
    """
    _check_size(old)
    _check_size(new)
    _check_hashes((old_root, new_root, *path), "consistency")
    if old > new:
        raise AlteredError("consistency: {} leaves, then {}: a tree never shrinks", old, new)
    if old == new and old_root != new_root:
        raise AlteredError("consistency: two trees of {} leaves have different roots", old)
    if old == 0 and old_root != EMPTY_ROOT:
        raise AlteredError("consistency: the root of a tree without leaves is another one")
    if old in (0, new):
        if path:
            raise AlteredError("consistency: no path is needed between these trees")
        return
    found_old, found_new = _both_roots(old, new, path, old_root)
    if found_old != old_root:
        raise AlteredError("consistency: the path leads to another root of the first tree")
    if found_new != new_root:
        raise AlteredError("consistency: the path leads to another root of the second tree")


def _both_roots(old: int, new: int, path: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Return the roots that `path` gives to the trees of `old` and `new` leaves, 0 < `old` < `new`."""
    complete = old & (old - 1) == 0
    hashes = [old_root, *path] if complete else list(path)
    if not hashes:
        raise AlteredError("consistency: the path is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    found_old = found_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise AlteredError("consistency: the path is longer than the tree is high")
        if node & 1 or node == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise AlteredError("consistency: the path is shorter than the tree is high")
    return found_old, found_new


def _split(begin: int, end: int) -> int:
    """Return where the left subtree of leaves `begin` to `end` ends: after the most, a power of two."""
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


def _range_root(begin: int, end: int, read: Reader) -> bytes:
    """Return the root over leaves `begin` to `end`; `begin` is a multiple of the largest subtree in it."""
    return _folded(_subtrees(begin, end, read))


def _subtrees(begin: int, end: int, read: Reader) -> list[bytes]:
    """Return the roots of the complete subtrees that leaves `begin` to `end` are made of, largest first."""
    hashes: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        hashes.append(read(level, begin >> level))
        begin += 1 << level
    return hashes


def _paired(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the nodes above `hashes`, two by two; a last one without a sibling is left out."""
    sha256 = hashlib.sha256
    return [sha256(_NODE + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes) - 1, 2)]


def _folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root above complete subtrees, largest first."""
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise MalformedError("tree of {} leaves: 0 to {} expected", size, MAX_SIZE)


def _check_hashes(hashes: Iterable[bytes], what: str) -> None:
    if not set(map(len, hashes)) <= {HASH_BYTES}:
        raise MalformedError("{}: a hash is {} bytes", what, HASH_BYTES)
