"""Comparisons: what a lawyer lists against what is told, other tools, economy, speed, completeness.

SERIES names a folder of versions: files ``*.md`` in name order, or one sub-folder per series.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Comparison, Scope, Text, compare, read
from cgu_archive.corpus.comparison.tokens import tokenize
from cgu_archive.corpus.loader import load
from tests.bench.comparing import series
from tests.bench.comparing.bare import by_articles, by_words
from tests.bench.comparing.gold import Gold, Score, all_gold, disagreements, nameable, score, texts_of
from tests.bench.comparing.peers import PEERS, Peer, Shown
from tests.bench.comparing.script import STYLES, Pair, make, versions
from tests.bench.comparing.shown import Edit, shown_by, words
from tests.bench.tables import barred, noted
from tests.bench.timing import alternate, seconds
from tests.conftest import ROOT

SMALL, MIDDLE, LARGE = 25_000, 250_000, 1_000_000
SCRIPTS = (
    ("1 % of words", 0.01, 0, 0, 0),
    ("5 % of words", 0.05, 0, 0, 0),
    ("20 % of words", 0.2, 0, 0, 0),
    ("60 % of words", 0.6, 0, 0, 0),
    ("one article inserted", 0.0, 1, 0, 0),
    ("three articles moved", 0.0, 0, 3, 0),
    ("ten sentences moved", 0.0, 0, 0, 10),
    ("5 % and all at once", 0.05, 1, 3, 10),
)
"""Name, rate of words edited, articles inserted, articles moved, sentences moved."""
HEAVY = 0.2
ECONOMY_BAR = 1.05
SERIES_BAR = 60.0
"""Seconds."""


def measure() -> Iterator[str]:
    """Yield every line; raises `SystemExit` naming the pairs whose texts did not come back."""
    folder = Path(os.environ["SERIES"]) if os.environ.get("SERIES") else None
    if folder and not folder.is_dir():
        raise SystemExit(f"SERIES={folder}: no such folder; give one that holds versions (*.md)")
    for peer in PEERS:
        if not peer.is_there():
            yield peer.missing()
    yield from _gold(folder)
    yield from _economy()
    yield from _speed()
    yield from _long_series()
    yield from _completeness(folder)


@dataclass(frozen=True, slots=True)
class _Told:
    """One gold pair, its two texts, and how this comparison tells it."""

    gold: Gold
    old: str
    new: str
    points: Score
    shown: Edit

    @property
    def is_rewrite(self) -> bool:
        """Whether more than a third of both texts changed."""
        return 3 * self.gold.edit.total > len(words(self.old)) + len(words(self.new))


def _gold(folder: Path | None) -> Iterator[str]:
    """Yield how each gold pair is told by this comparison, and what the other tools show."""
    every = all_gold()
    found = [(gold, texts) for gold in every if folder and (texts := texts_of(gold, folder))]
    yield f"gold: {len(found)} of {len(every)} pairs found under SERIES={folder or '(not given)'}"
    told = []
    for gold, (old, new) in found:
        comparison = compare(read(old), read(new))
        points, shown = score(gold, comparison), shown_by(comparison, ChangeClass.WORDING)
        told.append(_Told(gold, old.decode(), new.decode(), points, shown))
        yield (
            f"{gold.name}: {_points(points)}; words shown {_against(shown, gold.edit)}"
            + _wrong(gold, comparison)
        )
        yield from (f"   {line}" for line in disagreements(gold, comparison))
    if told:
        total = sum((each.points for each in told), Score(0, 0, 0, 0, 0))
        yield f"gold, all: {_points(total)}, classes too {total.classes} of {total.expected}"
        yield f"gold, words: this comparison {_in_all(told, [each.shown for each in told])}"
        yield from _peers_on_gold(told, total.expected)


def _wrong(gold: Gold, comparison: Comparison) -> str:
    """Return what this comparison says wrongly of the whole pair."""
    kinds = {warning.kind.value for warning in comparison.warnings}
    wrong = ""
    if kinds != gold.warnings:
        wrong = f"; warnings {_set(kinds)}, expected {_set(gold.warnings)}"
    if (ChangeClass.WORDING in comparison.classes) is not gold.wording_changed:
        wrong += "; WRONG on whether any wording changed"
    return wrong


def _peers_on_gold(told: list[_Told], changes: int) -> Iterator[str]:
    could = sum(nameable(each.gold) for each in told)
    for peer in PEERS:
        if not peer.is_there():
            continue
        shown: list[Shown] = []
        taken = seconds(partial(_run_all, peer, told, shown))
        still = [
            each.words.total for each, pair in zip(shown, told, strict=True) if not pair.gold.wording_changed
        ]
        hidden = sum(each.hidden for each in shown)
        yield (
            f"gold, words: {peer.name} {_in_all(told, [each.words for each in shown])},"
            f" {sum(each.operations for each in shown)} operations for {changes} changes, of which it can"
            f" name {could} at most (none moved or renumbered); {sum(still)} words on the {len(still)} pairs"
            f" where no word changed; {taken:.1f} s"
            + (f"; {hidden} words wrongly left as unchanged" * bool(hidden))
        )


def _run_all(peer: Peer, told: list[_Told], shown: list[Shown]) -> None:
    shown += [peer.compare(each.old, each.new) for each in told]


def _in_all(told: list[_Told], shown: list[Edit]) -> str:
    """Return words shown against the true edit, on all pairs and on those that are no rewrite."""
    every = list(zip(told, shown, strict=True))
    light = [(pair, edit) for pair, edit in every if not pair.is_rewrite]
    return f"{_sums(every)} on {len(every)} pairs, {_sums(light)} on the {len(light)} that are no rewrite"


def _sums(pairs: list[tuple[_Told, Edit]]) -> str:
    none = Edit(0, 0)
    return _against(sum((edit for _, edit in pairs), none), sum((pair.gold.edit for pair, _ in pairs), none))


def _economy() -> Iterator[str]:
    """Yield the words shown as changed on generated pairs, against the script and the smallest edit."""
    worst = 0.0
    for size in (SMALL, MIDDLE, LARGE):
        for name, rate, inserted, moved, sentences in SCRIPTS if size < LARGE else SCRIPTS[-1:]:
            pair = make(size, rate, inserted=inserted, moved=moved, sentences=sentences)
            found = compare(read(pair.old.encode()), read(pair.new.encode()))
            shown = shown_by(found, ChangeClass.WORDING)
            worst = max(worst, _ratio(shown, pair.script))
            others = "; ".join(_others(pair)) if size == SMALL else ""
            told = _structure(found) if inserted or moved or sentences else ""
            yield f"economy, {size // 1000} KB, {name}: {_economical(shown, pair)}{told}" + (
                others and f" | {others}"
            )
    for name, style in STYLES.items():
        pair = make(SMALL, 0.05, inserted=1, moved=3, style=style)
        found = compare(read(pair.old.encode()), read(pair.new.encode()))
        shown = shown_by(found, ChangeClass.WORDING)
        worst = max(worst, _ratio(shown, pair.script))
        yield (
            f"economy, {SMALL // 1000} KB, titles as {name}, all at once:"
            f" {_economical(shown, pair)}{_structure(found)}"
        )
    yield barred(
        "economy: words shown beside the script, at worst",
        f"× {worst:.3f}", f"<= {ECONOMY_BAR}", met=worst <= ECONOMY_BAR,
    )  # fmt: skip


def _others(pair: Pair) -> Iterator[str]:
    for peer in PEERS:
        if peer.is_there():
            shown = peer.compare(pair.old, pair.new)
            hidden = f", {shown.hidden} hidden" if shown.hidden else ""
            yield f"{peer.name} {_times(shown.words, pair.script)}{hidden}"


def _structure(comparison: Comparison) -> str:
    """Return how many articles are told as inserted, moved and deleted (none was), and how many passages."""
    whole = (change for change in comparison.changes if change.scope is Scope.PROVISION)
    told = Counter(kind for change in whole for kind in change.kinds)
    kinds = (ChangeKind.INSERTED, ChangeKind.MOVED, ChangeKind.DELETED)
    articles = ", ".join(f"{told[kind]} {kind.value}" for kind in kinds)
    return f"; told: {articles}, {len(comparison.moves)} sentences moved"


def _economical(shown: Edit, pair: Pair) -> str:
    return (
        f"{shown.total} words shown, script {pair.script.total} ({_times(shown, pair.script)}),"
        f" smallest {pair.least.total} ({_times(shown, pair.least)})"
    )


def _speed() -> Iterator[str]:
    """Yield the time of heavily edited pairs, beside bare comparisons of the same texts."""
    for size, runs, bar in ((SMALL, 9, 0.05), (MIDDLE, 5, 0.5), (LARGE, 3, 3.0)):
        pair = make(size, HEAVY, inserted=1, moved=3)
        loaded = [(read(pair.old.encode()), read(pair.new.encode())) for _ in range(2 * runs + 1)]
        ours, bare = partial(_compare_next, loaded), partial(by_articles, pair.old, pair.new)
        ours()  # the first call also pays for what is made once
        taken, least = alternate(runs, ours, bare)
        best = min(seconds(ours) for _ in range(runs))
        reading = seconds(partial(read, pair.new.encode()))
        yield barred(
            f"speed, {size // 1000} KB, once loaded",
            f"{taken * 1000:.0f} ms", f"<= {bar * 1000:.0f} ms", met=taken <= bar,
        )  # fmt: skip
        yield noted("   the best; loading one text", f"{best * 1000:.0f}; {reading * 1000:.0f} ms")
        yield noted("   beside articles then words", f"× {taken / least:.1f}")
        if size < LARGE:  # beyond, difflib takes minutes
            alone = seconds(partial(by_words, pair.old, pair.new))
            yield noted("   beside difflib on words", f"× {taken / alone:.2f}")
    yield _memory()


def _compare_next(loaded: list[tuple[Text, Text]]) -> None:
    """Compare two texts that no comparison has seen yet."""
    tokenize.cache_clear()
    compare(*loaded.pop())


def _memory() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.comparing.memory", str(LARGE), str(HEAVY)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    before, peak = done.stdout.split()
    return noted(f"memory, {LARGE // 1000} KB: peak; before reading", f"{peak}; {before} MiB")


def _long_series() -> Iterator[str]:
    """Yield the time of sixty versions of 90 KB, read once, all neighbours compared."""
    raws = [text.encode() for text in versions(60, 90_000)]
    texts: list[Text] = []
    reading = seconds(lambda: texts.extend(read(raw) for raw in raws))
    each = [seconds(partial(compare, before, after)) for before, after in pairwise(texts)]
    whole = reading + sum(each)
    yield barred(
        f"series of {len(raws)} versions of {len(raws[0]) // 1000} KB: read and compared",
        f"{whole:.1f} s", f"<= {SERIES_BAR:.0f} s", met=whole <= SERIES_BAR,
    )  # fmt: skip
    yield noted("   two neighbours, median", f"{statistics.median(each) * 1000:.0f} ms")


def _completeness(folder: Path | None) -> Iterator[str]:
    """Yield the count of pairs rebuilt, series by series; raises `SystemExit` when one is not."""
    demonstration = load(ROOT / "cgu_texts").service("demonstration").document("cgu")
    every = [("demonstration", [(v.address.slug, v.text) for v in demonstration.versions])]
    if folder:
        every += [
            (name, [(path.stem, path.read_bytes()) for path in files])
            for name, files in series.folders(folder)
        ]
    wrong: list[str] = []
    for name, files in every:
        result = series.check(name, files)
        yield from result.lines
        yield from result.refused
        yield result.summary()
        wrong += result.mismatches
    if wrong:
        raise SystemExit("these texts are not rebuilt from their comparison: " + "; ".join(wrong))


def _points(points: Score) -> str:
    return (
        f"{points.kinds} right of {points.expected} expected and {points.found} told"
        f" (precision {points.precision:.2f}, recall {points.recall:.2f})"
    )


def _against(shown: Edit, truth: Edit) -> str:
    if not truth.total:
        return f"{shown.total} for none"
    return f"{shown.total} for {truth.total} ({_times(shown, truth)})"


def _ratio(shown: Edit, truth: Edit) -> float:
    if truth.total:
        return shown.total / truth.total
    return 1.0 if not shown.total else float("inf")


def _times(shown: Edit, truth: Edit) -> str:
    return f"{_ratio(shown, truth):.2f} ×" if truth.total else f"{shown.total} for none"


def _set(kinds: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(kinds)) or "none"
