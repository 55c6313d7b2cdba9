"""Words, items and passages that are said twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Form, Run, same
from cgu_archive.corpus.errors import Edit, Finding
from cgu_archive.corpus.sentences import sentences

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_ALONE = frozenset(["nous", "vous", "non", "si", "très"])
"""Words that good French says twice in a row: « vous vous engagez »."""
_LONGEST = 5
"""Longest group of words looked for twice, in words."""


_FAMILY = re.compile(r"\b(?P<one>[^\W\d_]{8,}) de (?P<two>[A-ZÀ-Ý][^\W\d_]{7,})\b")


def repeated(page: Page) -> Iterator[Finding]:
    """L-07: words said twice in a row: « les accès les accès », « départemental de Département »."""
    for run in page.sheet.runs:
        for found in _FAMILY.finditer(run.words):
            if _family(found["one"].casefold(), found["two"].casefold()):
                yield page.finding(
                    "L-07",
                    run,
                    *found.span(),
                    f"« {found[0]} » : le même mot sous deux formes, reste probable d’un remplacement.",
                    "Retirez l’une des deux, et rétablissez l’article.",
                )
        words = list(_WORD.finditer(run.words))
        said = [word[0].casefold().replace("’", "'") for word in words]
        # whether only white space stands between a word and the next
        close = [run.words[left.end() : right.start()].isspace() for left, right in pairwise(words)]
        rank = 0
        while rank < len(words):
            size = _twice(said, close, rank)
            if not size:
                rank += 1
                continue
            times = 2
            while _twice(said, close, rank + (times - 1) * size) == size:
                times += 1
            first, last, end = words[rank], words[rank + size - 1], words[rank + times * size - 1]
            again = run.words[words[rank + size].start() : words[rank + 2 * size - 1].end()]
            yield page.finding(
                "L-07",
                run,
                first.start(),
                end.end(),
                f"« {again} » : dit {times} fois de suite.",
                "Retirez l’une des deux fois.",
                edits=(Edit(last.end(), end.end(), ""),),
            )
            rank += times * size


def _family(one: str, two: str) -> bool:
    return one.startswith(two) or two.startswith(one)


def _twice(said: list[str], close: list[bool], rank: int) -> int:
    """Return how many words from `rank` on are said twice in a row; 0 for none."""
    for size in range(min(_LONGEST, (len(said) - rank) // 2), 0, -1):
        if said[rank] != said[rank + size]:
            continue
        group = said[rank : rank + size]
        if group != said[rank + size : rank + 2 * size] or not all(close[rank : rank + 2 * size - 1]):
            continue
        if not any(word.isdigit() or word in _ALONE for word in group):
            return size
    return 0


_ACRONYM = re.compile(r"\(([A-Z][\w’'.+-]{1,11})\)\s*[.;,]?$")


def items(page: Page) -> Iterator[Finding]:
    """L-05: an item that its list has already, word for word or under its acronym."""
    seen: dict[tuple[int, str], Run] = {}
    for run in page.sheet.runs:
        if not run.group:
            continue
        whole = same(run.words)
        first = seen.get((run.group, whole))
        if first is not None:
            yield page.finding(
                "L-05",
                run,
                0,
                len(run.words),
                f"« {run.words} » : cette liste le dit déjà, ligne {first.line} (« {first.words} »).",
                "Retirez l’un des deux, ou dites ce qui les distingue.",
            )
        acronym = _ACRONYM.search(run.words)
        for name in (whole, same(acronym[1])) if acronym else (whole,):
            if name:
                seen.setdefault((run.group, name), run)


_SENTENCE = 8
"""Shorter sentences may be said twice, in words."""
_SHOWN = 10
_LIST = 8
"""Shorter lists are often alike: the fields of two forms."""
_MOSTLY = 0.8
_BESIDE = 5
"""No item is compared with more than that."""


def passages(page: Page) -> Iterator[Finding]:
    """L-06: a sentence, a title, an item or a list that the text says again, or nearly."""
    yield from _sentences(page)
    yield from _titles(page)
    yield from _near_items(page)
    yield from _lists(page)


def _sentences(page: Page) -> Iterator[Finding]:
    seen: dict[str, Run] = {}
    goes_on = False
    for run in page.sheet.runs:
        if run.form is not Form.PARAGRAPH:
            continue
        for start, end in sentences(run.words):
            said = same(run.words[start:end])
            if said.count(" ") + 1 < _SENTENCE:
                continue
            first = seen.setdefault(said, run)
            again, goes_on = goes_on, first is not run
            if goes_on and not again:  # of several in a row, the first is enough
                yield page.finding(
                    "L-06",
                    run,
                    start,
                    end,
                    f"phrase déjà écrite ligne {first.line} ({first.at}).",
                    "Gardez-en une, et renvoyez-y.",
                )


def _titles(page: Page) -> Iterator[Finding]:
    before: Run | None = None
    for run in page.sheet.runs:
        heading = run.form is Form.HEADING
        if heading and before is not None and _shared(before.words, run.words, max) >= _MOSTLY:
            message = f"« {run.words} » répète le titre de la ligne {before.line}."
            yield page.finding("L-06", run, 0, len(run.words), message, "Gardez un seul titre.")
        before = run if heading else None


def _near_items(page: Page) -> Iterator[Finding]:
    """Yield the items that say one object in other words: same first and last words, four in five shared."""
    seen: defaultdict[tuple[int, str, str], list[Run]] = defaultdict(list)
    for run in page.sheet.runs:
        words = same(run.words).split()
        if not run.group or len(words) < _SENTENCE:
            continue
        beside = seen[(run.group, words[0], " ".join(words[-2:]))]
        for other in beside[:_BESIDE]:
            if same(other.words) != same(run.words) and _overlap(other.words, run.words) >= _MOSTLY:
                yield page.finding(
                    "L-06",
                    run,
                    0,
                    len(run.words),
                    f"presque le même élément que ligne {other.line} : « {other.words} ».",
                    "Retirez l’un des deux, ou dites ce qui les distingue.",
                )
                break
        beside.append(run)


def _lists(page: Page) -> Iterator[Finding]:
    """Yield the lists that repeat most of an earlier one, and what they leave out or add."""
    groups: defaultdict[int, dict[str, Run]] = defaultdict(dict)
    for run in page.sheet.runs:
        if run.group:
            groups[run.group].setdefault(same(run.words), run)
    known: dict[str, int] = {}
    for group, held in groups.items():
        earlier = known.get(next(iter(held)))
        for name in held:
            known.setdefault(name, group)
        if earlier is None or len(held) < _LIST:
            continue
        before = groups[earlier]
        shared = before.keys() & held.keys()
        if len(shared) < _MOSTLY * max(len(before), len(held)):
            continue
        apart = [run.words for one, other in ((before, held), (held, before)) for name, run in one.items()
                 if name not in other]  # fmt: skip
        first, run = next(iter(before.values())), next(iter(held.values()))
        differs = f", sauf : {' ; '.join(apart[:_SHOWN])}" if apart else ""
        yield page.finding(
            "L-06",
            run,
            0,
            len(run.words),
            f"cette liste reprend celle de la ligne {first.line}{differs}.",
            "Gardez une seule liste, et renvoyez-y.",
        )


def _overlap(one: str, other: str) -> float:
    """Return the share of the words of the shorter that the other says too, 0 to 1."""
    return _shared(one, other, min)


def _shared(one: str, other: str, of: Callable[[int, int], int]) -> float:
    first, second = set(same(one).split()), set(same(other).split())
    return len(first & second) / (of(len(first), len(second)) or 1)
