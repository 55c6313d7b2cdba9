"""Completeness on any folder of versions: both texts come back, byte for byte, from a comparison alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from cgu_archive.corpus.comparison import Comparison, Text, compare, read, rebuild, to_json
from cgu_archive.corpus.errors import UnreadableTextError


@dataclass(slots=True)
class Result:
    """What came of the comparisons of one series."""

    name: str
    lines: list[str] = field(default_factory=list)
    pairs: int = 0
    changes: int = 0
    milliseconds: list[float] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    """Pairs whose texts did not come back."""
    refused: list[str] = field(default_factory=list)
    """Files that are no text, and why."""

    def summary(self) -> str:
        """Return one line: how many pairs, how many wrong."""
        taken = statistics.median(self.milliseconds) if self.milliseconds else 0
        refused = f", {len(self.refused)} files refused" if self.refused else ""
        return (
            f"{self.name}: {self.pairs} pairs rebuilt from their JSON, {len(self.mismatches)} wrong;"
            f" {self.changes} changes, median {taken:.0f} ms{refused}"
        )


def folders(root: Path) -> Iterator[tuple[str, list[Path]]]:
    """Yield each series under `root`: the folder itself when it holds ``*.md``, and its sub-folders."""
    for folder in (root, *sorted(path for path in root.iterdir() if path.is_dir())):
        files = sorted(folder.glob("*.md"))
        if len(files) > 1:
            yield folder.name, files


def distant(count: int) -> list[tuple[int, int]]:
    """Return ranks of some pairs that are no neighbours, and of pairs in reverse order."""
    if count < 2:
        return []
    last, middle = count - 1, count // 2
    wanted = [
        (0, last),
        (last, 0),
        (0, middle),
        (middle, 0),
        (middle, last),
        (last, middle),
        (1, 0),
        (last, last - 1),
    ]
    return [pair for pair in dict.fromkeys(wanted) if pair[0] != pair[1] and pair[1] - pair[0] != 1]


def check(name: str, files: list[tuple[str, bytes]]) -> Result:
    """Compare neighbours and distant pairs of `files` (name and bytes), and rebuild both texts of each."""
    result = Result(name)
    texts: list[tuple[str, bytes, Text]] = []
    for file, raw in files:
        try:
            texts.append((file, raw, read(raw)))
        except UnreadableTextError as error:
            result.refused.append(f"{name} {file}: {error}")
    neighbours = list(pairwise(range(len(texts))))
    for old, new in [*neighbours, *distant(len(texts))]:
        _pair(result, texts[old], texts[new], is_neighbour=new - old == 1)
    return result


def _pair(
    result: Result, old: tuple[str, bytes, Text], new: tuple[str, bytes, Text], *, is_neighbour: bool
) -> None:
    (old_name, old_raw, before), (new_name, new_raw, after) = old, new
    pair = f"{result.name} {old_name} → {new_name}"
    result.pairs += 1
    begin = time.perf_counter()
    try:
        comparison = compare(before, after)
        taken = (time.perf_counter() - begin) * 1000
        complete = returns(comparison, old_raw, new_raw)
    except Exception as error:  # noqa: BLE001 - whatever it is, this pair is named and the next ones are compared
        result.mismatches.append(f"{pair} ({type(error).__name__}: {error})")
        return
    result.changes += len(comparison.changes)
    result.milliseconds.append(taken)
    if not complete:
        result.mismatches.append(pair)
    if is_neighbour:
        words = comparison.words
        result.lines.append(
            f"{pair}: {len(comparison.changes)} changes,"
            f" +{words.inserted} −{words.deleted} words, {taken:.0f} ms"
        )


def returns(comparison: Comparison, old: bytes, new: bytes) -> bool:
    """Whether both texts are rebuilt from the JSON of `comparison`, written and read again."""
    return rebuild(json.loads(json.dumps(to_json(comparison)))) == (old, new)
