"""Longest common subsequence and heaviest increasing subsequence: exact, fast, and bounded in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

MAX_CELLS = 400_000_000
"""Largest product of lengths compared exactly (50 MB of bits); beyond it the sequence is cut first."""

Match = tuple[int, int]
"""A rank in the old sequence and the one it answers to in the new one."""


def common_subsequence(old: Sequence[int], new: Sequence[int]) -> list[Match]:
    """Return a longest common subsequence of `old` and `new`, as increasing matches.

    Past `MAX_CELLS` it is made between the elements that occur once in each: still common, perhaps not the
    longest. Where there is none either, that stretch has no match.
    """
    start, end = _shared_ends(old, new)
    matches = [(rank, rank) for rank in range(start)]
    matches += _middle(old, new, (start, len(old) - end), (start, len(new) - end))
    matches += [(len(old) - rank, len(new) - rank) for rank in range(end, 0, -1)]
    return matches


def _shared_ends(old: Sequence[int], new: Sequence[int]) -> tuple[int, int]:
    """Return how many elements both begin with, then how many both end with."""
    shortest = min(len(old), len(new))
    start = 0
    while start < shortest and old[start] == new[start]:
        start += 1
    end = 0
    while end < shortest - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def _middle(old: Sequence[int], new: Sequence[int], a: tuple[int, int], b: tuple[int, int]) -> list[Match]:
    """Return the matches between `old[a]` and `new[b]`, which begin and end otherwise."""
    if (a[1] - a[0]) * (b[1] - b[0]) <= MAX_CELLS:
        found = _by_bits(old[a[0] : a[1]], new[b[0] : b[1]])
        return [(i + a[0], j + b[0]) for i, j in found]
    anchors = _anchors(old, new, a, b)
    matches: list[Match] = []
    if anchors:
        i, j = a[0], b[0]
        for anchor in [*anchors, (a[1], b[1])]:
            inner = common_subsequence(old[i : anchor[0]], new[j : anchor[1]])
            matches += [(i + x, j + y) for x, y in inner]
            matches.append(anchor)
            i, j = anchor[0] + 1, anchor[1] + 1
        matches.pop()
    return matches


def _anchors(old: Sequence[int], new: Sequence[int], a: tuple[int, int], b: tuple[int, int]) -> list[Match]:
    """Return, in order, elements that occur once in each of `old[a]` and `new[b]`."""
    in_old, in_new = Counter(old[a[0] : a[1]]), Counter(new[b[0] : b[1]])
    where = {new[j]: j for j in range(*b)}
    once = [(i, where[old[i]]) for i in range(*a) if in_old[old[i]] == 1 == in_new.get(old[i], 0)]
    return [once[rank] for rank in heaviest_increasing([(j, 1) for _, j in once])]


_BITS = 1024
"""How many ranks are gathered in a small number before a great one takes them."""


def _by_bits(old: Sequence[int], new: Sequence[int]) -> list[Match]:
    """Return a longest common subsequence, one machine operation for many cells (Hyyrö, 2004).

    Bit j of row i is 0 where the longest common subsequence of the first i elements of `old` and the first
    j + 1 of `new` is longer than with the first j.
    """
    positions = _positions(old, new)
    mask = (1 << len(new)) - 1
    row = mask
    rows = []
    for element in old:
        found = row & positions[element]
        row = ((row + found) | (row - found)) & mask
        rows.append(row)
    return _trace(rows, len(new))


def _positions(old: Sequence[int], new: Sequence[int]) -> dict[int, int]:
    """Return, for each element of both, the ranks in `new` where it stands, as bits."""
    positions = dict.fromkeys(old, 0)
    for base in range(0, len(new), _BITS):
        block: dict[int, int] = {}
        bit = 1
        for element in new[base : base + _BITS]:
            if element in positions:
                block[element] = block.get(element, 0) | bit
            bit <<= 1
        for element, bits in block.items():
            positions[element] |= bits << base
    return positions


def _trace(rows: list[int], length: int) -> list[Match]:
    matches: list[Match] = []
    i, j = len(rows), length
    size = (length + 7) // 8
    row = rows[-1].to_bytes(size, "little") if rows else b""
    while i and j:
        byte, bit = divmod(j - 1, 8)
        if row[byte] >> bit & 1:
            j -= 1
            continue
        i -= 1
        row = rows[i - 1].to_bytes(size, "little")  # the last one, when i is 0, is not read
        if i and not row[byte] >> bit & 1:
            continue
        j -= 1
        matches.append((i, j))
    matches.reverse()
    return matches


def heaviest_increasing(items: Sequence[tuple[int, int]]) -> list[int]:
    """Return the ranks of the heaviest strictly increasing subsequence of (value, weight) items.

    Weights are positive. Among equals, the one found first; n log n.
    """
    values = sorted({value for value, _ in items})
    best = [(0, -1)] * (len(values) + 1)
    previous: list[int] = []
    champion = (0, -1)
    for rank, (value, weight) in enumerate(items):
        place = bisect_left(values, value)
        under = _best_below(best, place)
        previous.append(under[1])
        reached = (under[0] + weight, rank)
        _raise(best, place + 1, reached)
        if reached[0] > champion[0]:
            champion = reached
    chain = []
    rank = champion[1]
    while rank >= 0:
        chain.append(rank)
        rank = previous[rank]
    chain.reverse()
    return chain


def _best_below(best: list[tuple[int, int]], place: int) -> tuple[int, int]:
    """Return the heaviest chain that ends before `place` (a Fenwick tree of maxima)."""
    found = (0, -1)
    while place:
        if best[place][0] > found[0]:
            found = best[place]
        place &= place - 1
    return found


def _raise(best: list[tuple[int, int]], place: int, reached: tuple[int, int]) -> None:
    while place < len(best):
        if reached[0] > best[place][0]:
            best[place] = reached
        place += place & -place
