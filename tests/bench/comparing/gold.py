"""Gold files: what a careful lawyer lists between two versions, and how a comparison scores against it.

`tests/bench/gold/README.md` documents the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgu_archive.corpus.comparison import Change, Comparison
from cgu_archive.corpus.hashing import text_hash
from tests.bench.comparing.shown import Edit

FORMAT = "cgu-gold/1"
FOLDER = Path(__file__).parents[1] / "gold"

_CITED = re.compile(r"texte|(?:-?(?:article|section|p|partie|annexe)(?:-(?:\d+|[ivxlc]+|[a-z]))+)+")
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Named:
    """What is said of one provision: addresses as gold files write them, kinds, classes."""

    old: str | None
    new: str | None
    kinds: frozenset[str]
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expected:
    """A change that must be told, or may be."""

    named: Named
    more_kinds: frozenset[str] = frozenset()
    more_classes: frozenset[str] = frozenset()
    optional: bool = False

    def same_place(self, found: Named) -> bool:
        """Whether `found` is about the same provisions."""
        return (self.named.old, self.named.new) == (found.old, found.new)

    def same_kinds(self, found: Named) -> bool:
        """Whether `found` says what happened to the same provisions, no less and no more."""
        kinds = self.named.kinds
        return self.same_place(found) and kinds <= found.kinds <= kinds | self.more_kinds

    def same_classes(self, found: Named) -> bool:
        """Whether `found` says the very same."""
        classes = self.named.classes
        return self.same_kinds(found) and classes <= found.classes <= classes | self.more_classes


@dataclass(frozen=True, slots=True)
class Gold:
    """One pair of files and what changed between them."""

    name: str
    series: str
    old: tuple[str, str]
    """File name and SHA-256."""
    new: tuple[str, str]
    wording_changed: bool
    edit: Edit
    warnings: frozenset[str]
    changes: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many changes were expected, told, and right at three levels."""

    expected: int
    found: int
    places: int
    """Told of the right provisions."""
    kinds: int
    """And of the right kinds: the score."""
    classes: int
    """And of the right classes."""

    def __add__(self, other: Score) -> Score:
        return Score(
            self.expected + other.expected,
            self.found + other.found,
            self.places + other.places,
            self.kinds + other.kinds,
            self.classes + other.classes,
        )

    @property
    def precision(self) -> float:
        """Return the part of what was told that is right."""
        return self.kinds / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Return the part of what was expected that was told."""
        return self.kinds / self.expected if self.expected else 1.0


def gold_name(address: str | None) -> str | None:
    """Return how gold files write an address: as it is when made of numbers, hashed when made of a title."""
    if address is None or _CITED.fullmatch(address):
        return address
    return f"sha256:{text_hash(address.encode())[:_SHORT]}"


def read_gold(path: Path) -> Gold:
    """Return the gold file at `path`; raises `ValueError` when it is of another format."""
    raw = json.loads(path.read_bytes())
    if raw.get("format") != FORMAT:
        raise ValueError(f"{path.name}: format is {raw.get('format')!r}, expected {FORMAT!r}")
    return Gold(
        name=path.stem,
        series=raw["series"],
        old=(raw["old"]["file"], raw["old"]["sha256"]),
        new=(raw["new"]["file"], raw["new"]["sha256"]),
        wording_changed=raw["wording_changed"],
        edit=Edit(raw["words"]["inserted"], raw["words"]["deleted"]),
        warnings=frozenset(raw["warnings"]),
        changes=tuple(_expected(change) for change in raw["changes"]),
    )


def _expected(raw: dict[str, Any]) -> Expected:
    return Expected(
        Named(raw["old"], raw["new"], frozenset(raw["kinds"]), frozenset(raw["classes"])),
        frozenset(raw.get("optional_kinds", ())),
        frozenset(raw.get("optional_classes", ())),
        raw.get("optional", False),
    )


def all_gold() -> list[Gold]:
    """Return every gold file, in name order."""
    return [read_gold(path) for path in sorted(FOLDER.glob("*.json"))]


def texts_of(gold: Gold, series: Path) -> tuple[bytes, bytes] | None:
    """Return both texts when the folder `series` holds them with the right SHA-256, else None."""
    found = []
    for name, digest in (gold.old, gold.new):
        for path in (series / gold.series / name, series / name):
            if path.is_file() and text_hash(raw := path.read_bytes()) == digest:
                found.append(raw)
                break
        else:
            return None
    return found[0], found[1]


def named(change: Change) -> Named:
    """Return a change of a comparison as gold files write it."""
    return Named(
        gold_name(change.old.address if change.old else None),
        gold_name(change.new.address if change.new else None),
        frozenset(kind.value for kind in change.kinds),
        frozenset(each.value for each in change.classes),
    )


def score(gold: Gold, comparison: Comparison) -> Score:
    """Return how the changes of `comparison` match those of `gold`."""
    return score_changes(gold.changes, [named(change) for change in comparison.changes])


def disagreements(gold: Gold, comparison: Comparison) -> list[str]:
    """Return a line for each change that is listed and not told so, and for each told and not listed so."""
    found = [named(change) for change in comparison.changes]
    lines = [
        f"expected, not told: {_line(change.named)}"
        for change in gold.changes
        if not change.optional and not any(change.same_kinds(one) for one in found)
    ]
    lines += [
        f"told, not expected: {_line(one)}"
        for one in found
        if not any(change.same_kinds(one) for change in gold.changes)
    ]
    return lines


def _line(change: Named) -> str:
    kinds = "/".join(sorted(change.kinds))
    return f"{kinds} {change.old or '(none)'} → {change.new or '(none)'}"


def score_changes(expected: Sequence[Expected], found: Sequence[Named]) -> Score:
    """Return how `found` matches `expected`; each is used once, the best matches first.

    An optional change that was told leaves the count of both sides; one that was not is not missed.
    """
    levels: list[Callable[[Expected, Named], bool]] = [
        Expected.same_classes, Expected.same_kinds, Expected.same_place,
    ]  # fmt: skip
    wanted, told = list(expected), list(found)
    matched = [0, 0, 0]
    for level, same in enumerate(levels):
        for change in sorted(wanted, key=lambda change: change.optional):
            hit = next((candidate for candidate in told if same(change, candidate)), None)
            if hit is None:
                continue
            if change.optional and level == len(levels) - 1:
                continue  # of other kinds: it is told beside the point
            wanted.remove(change)
            told.remove(hit)
            matched[level] += not change.optional
    required = sum(not change.optional for change in expected)
    classes, kinds, _ = matched
    optional_told = len(found) - len(told) - sum(matched)
    return Score(required, len(found) - optional_told, sum(matched), classes + kinds, classes)


def nameable(gold: Gold) -> int:
    """Return how many changes a tool could name that knows words inserted and words deleted alone."""
    return sum(
        change.named.kinds <= {"inserted", "deleted", "edited"}
        and len(change.named.kinds) == 1
        and change.named.classes == {"wording"}
        and not change.optional
        for change in gold.changes
    )
