"""Compare the words of a row, and say of each change which class it is of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cgu_archive.corpus.comparison.model import (
    CELL_BREAK,
    UNIT_BREAK,
    ChangeClass,
    MarkKind,
    Op,
    Span,
    Unit,
    UnitKind,
)
from cgu_archive.corpus.comparison.references import References
from cgu_archive.corpus.comparison.tokens import bare, fold_token, tokenize
from cgu_archive.corpus.comparison.wording import Hunk, hunks

_OWN = -1
"""The key of a provision's own number, whatever it is."""
_SEPARATOR = -2
"""The key of what stands between a number and its title: « 7. », « 7 – », « 7 : »."""
_BULLET = -3
"""The key of a bullet typed at the head of a block; it is layout."""
_LABEL = -4
"""The key of the label before a title's own number: « Article 7 », « Section 7 »."""
_NAMED = -10
"""The key of a number that names the first provision; the next ones count down from it."""
_TITLING = frozenset({_LABEL, _OWN, _SEPARATOR})
_BULLETS = frozenset("-–—•·*▪◦●○■□➢✓")
_SEPARATORS = frozenset(".:-–—)")
_TITLE_WORDS = (3, 20)
"""How many words, at least and at most, a plain paragraph has that is taken for a title."""
_BREAKS = re.compile(r"([\t\n])")
_BREAK_CLASSES = {UNIT_BREAK: ChangeClass.MARKUP, CELL_BREAK: ChangeClass.TABLE}


@dataclass(slots=True)
class _Said:
    """The tokens of one side, with the key of each: two tokens with one key are the same word."""

    gaps: list[str]
    words: list[str]
    keys: list[int]


class _Keys(dict[str, int]):
    """Gives every token its key, the same for those that differ by typography alone."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self._fold = fold
        self._numbers: dict[str, int] = {}

    def __missing__(self, token: str) -> int:
        key = self[token] = self._numbers.setdefault(self._fold(token), len(self._numbers))
        return key


class Speller:
    """Turns units that face each other into spans."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._exact = _Keys(fold_token)
        self._lower = _Keys(lambda token: bare(fold_token(token)))

    def spans(self, old: Sequence[Unit], new: Sequence[Unit], *, titles: bool = True) -> tuple[Span, ...]:
        """Return what happened to the words of `old` to make those of `new`.

        A title may go from capitals to sentence case without a change of wording; without `titles`, none of
        the units is one, whatever it looks like.
        """
        old_text, new_text = joined(old), joined(new)
        if old_text == new_text:
            return (Span(Op.EQUAL, old_text),) if old_text else ()
        capitals = titles and (_is_capitals(old) or _is_capitals(new))
        keys = self._lower if capitals else self._exact
        before = self._said(old, self._references.in_old, keys, facing=new)
        after = self._said(new, self._references.in_new, keys, facing=old)
        found = hunks(before.words, after.words, before.keys, after.keys)
        return _write(found, before, after)

    def _said(
        self,
        units: Sequence[Unit],
        references: Callable[[Sequence[str]], dict[int, int]],
        keys: _Keys,
        *,
        facing: Sequence[Unit],
    ) -> _Said:
        said = _Said([""], [], [])
        both_own = any(unit.own or unit.marker for unit in facing)
        for rank, unit in enumerate(units):
            if rank:
                said.words.append(UNIT_BREAK)
                said.keys.append(keys[UNIT_BREAK])
                said.gaps.append("")
            if unit.own and (both_own or _is_its_number(unit, unit.own)):
                _add_numbered(said, unit, unit.own, keys)
            else:
                _add_bulleted(said, unit.text, keys)
        for at, section in references(said.words).items():
            if said.keys[at] != _OWN:
                said.keys[at] = _NAMED - section
        return said


def _is_its_number(unit: Unit, own: tuple[int, int]) -> bool:
    """Whether a number that stands in some words is that of their provision."""
    return unit.kind is UnitKind.HEADING or unit.text[slice(*own)] == unit.place.number


def _add(said: _Said, text: str, keys: _Keys) -> None:
    tokens = tokenize(text)
    said.gaps[-1] += tokens.gaps[0]
    said.gaps += tokens.gaps[1:]
    said.words += tokens.words
    said.keys += map(keys.__getitem__, tokens.words)


def _add_bulleted(said: _Said, text: str, keys: _Keys) -> None:
    """Add the words of a unit, which may begin with a typed bullet."""
    first = len(said.words)
    _add(said, text, keys)
    if said.words[first:] and said.words[first] in _BULLETS and said.gaps[first + 1]:
        said.keys[first] = _BULLET


def _add_numbered(said: _Said, unit: Unit, own: tuple[int, int], keys: _Keys) -> None:
    """Add the words of a unit around its own number; in a title, what stands before it is a label."""
    label = len(said.keys)
    _add(said, unit.text[: own[0]], keys)
    if unit.place.label is not None and unit.kind is UnitKind.HEADING:
        said.keys[label:] = [_LABEL] * (len(said.keys) - label)
    said.words.append(unit.text[own[0] : own[1]])
    said.keys.append(_OWN)
    said.gaps.append("")
    after = len(said.keys)
    _add(said, unit.text[own[1] :], keys)
    if said.words[after:] and said.words[after] in _SEPARATORS:
        said.keys[after] = _SEPARATOR


def joined(units: Sequence[Unit]) -> str:
    """Return the words of one side of a row."""
    return UNIT_BREAK.join(unit.text for unit in units)


def _is_capitals(units: Sequence[Unit]) -> bool:
    """Whether a row holds one title, all in capitals."""
    return len(units) == 1 and _is_title(units[0]) and units[0].text.isupper()


def _is_title(unit: Unit) -> bool:
    """Whether a unit is a title: a heading, a line in bold, or a few words that end no sentence."""
    if unit.kind in (UnitKind.HEADING, UnitKind.INTERTITLE):
        return True
    if any(mark.kind is MarkKind.STRONG and mark.end - mark.start == len(unit.text) for mark in unit.marks):
        return True
    short = _TITLE_WORDS[0] <= len(unit.text.split()) <= _TITLE_WORDS[1]
    return unit.kind is UnitKind.PARAGRAPH and short and unit.text.rstrip()[-1:] not in (".", ";", ",")


class _Writer:
    """Gathers spans, neighbours of the same kind made one."""

    def __init__(self) -> None:
        self._said: list[tuple[Op, str, ChangeClass | None]] = []

    def spans(self) -> tuple[Span, ...]:
        """Return what was gathered."""
        return tuple(Span(op, text, change) for op, text, change in self._said)

    def add(self, op: Op, text: str, change: ChangeClass | None) -> None:
        if not text:
            return
        if self._said and self._said[-1][0] is op and self._said[-1][2] is change:
            text = self._said.pop()[1] + text
        self._said.append((op, text, change))

    def replace(self, old: str, new: str, change: ChangeClass) -> None:
        """Add words that answer to one another, whether they differ or not."""
        if old == new:
            self.add(Op.EQUAL, old, None)
        else:
            self.add(Op.DELETED, old, change)
            self.add(Op.INSERTED, new, change)

    def changed(self, op: Op, text: str, change: ChangeClass) -> None:
        """Add words of one side only; breaks between units and cells stand apart."""
        for part in _BREAKS.split(text) if _BREAKS.search(text) else (text,):
            self.add(op, part, _BREAK_CLASSES.get(part, change))


def _write(found: list[Hunk], before: _Said, after: _Said) -> tuple[Span, ...]:
    """Return the spans of two sides: words that answer to one another between hunks, then each hunk.

    The white space before a token goes with it; that around a hunk is equal wherever it is in both.
    """
    writer = _Writer()
    if not found or found[0].a:
        writer.replace(before.gaps[0], after.gaps[0], ChangeClass.TYPOGRAPHY)
    i = j = 0
    for hunk in found:
        _write_equal(writer, before, after, (i, hunk.a), (j, hunk.c))
        _write_hunk(writer, hunk, before, after)
        i, j = hunk.b, hunk.d
    _write_equal(writer, before, after, (i, len(before.words)), (j, len(after.words)))
    if i < len(before.words):
        writer.replace(before.gaps[-1], after.gaps[-1], ChangeClass.TYPOGRAPHY)
    return writer.spans()


def _write_equal(
    writer: _Writer, before: _Said, after: _Said, a: tuple[int, int], c: tuple[int, int]
) -> None:
    """Write tokens that answer to one another, without the gaps before the first and after the last."""
    same_gaps = before.gaps[a[0] + 1 : a[1]] == after.gaps[c[0] + 1 : c[1]]
    if same_gaps and before.words[a[0] : a[1]] == after.words[c[0] : c[1]]:
        writer.add(Op.EQUAL, _run(before, *a), None)
        return
    for rank, (i, j) in enumerate(zip(range(*a), range(*c), strict=True)):
        if rank:
            writer.replace(before.gaps[i], after.gaps[j], ChangeClass.TYPOGRAPHY)
        key = before.keys[i]
        numbers = key == after.keys[j] and (key == _OWN or key <= _NAMED)
        numbering = numbers or _other_label(before, i, after, j)
        change = ChangeClass.NUMBERING if numbering else ChangeClass.TYPOGRAPHY
        writer.replace(before.words[i], after.words[j], change)


def _other_label(before: _Said, i: int, after: _Said, j: int) -> bool:
    """Whether « Article 7 » became « Section 7 »; « ARTICLE 7 » is the same label."""
    return before.keys[i] == _LABEL and before.words[i].casefold() != after.words[j].casefold()


def _write_hunk(writer: _Writer, hunk: Hunk, before: _Said, after: _Said) -> None:
    """Write a hunk with the gaps on both sides of it."""
    old_gaps = before.gaps[hunk.a], before.gaps[hunk.b]
    new_gaps = after.gaps[hunk.c], after.gaps[hunk.d]
    deleted = _run(before, hunk.a, hunk.b)
    inserted = _run(after, hunk.c, hunk.d)
    change = _hunk_class(before.keys[hunk.a : hunk.b] + after.keys[hunk.c : hunk.d])
    if not deleted:
        _write_alone(writer, Op.INSERTED, inserted, new_gaps, old_gaps[0], change)
    elif not inserted:
        _write_alone(writer, Op.DELETED, deleted, old_gaps, new_gaps[0], change)
    else:
        writer.replace(old_gaps[0], new_gaps[0], ChangeClass.TYPOGRAPHY)
        writer.changed(Op.DELETED, deleted, change)
        writer.changed(Op.INSERTED, inserted, change)
        writer.replace(old_gaps[1], new_gaps[1], ChangeClass.TYPOGRAPHY)


def _hunk_class(keys: list[int]) -> ChangeClass:
    """Return the class of words that answer to none: wording, but for a bullet or what numbers a title."""
    if keys == [_BULLET]:
        return ChangeClass.MARKUP
    if keys == [_SEPARATOR]:
        return ChangeClass.TYPOGRAPHY
    return ChangeClass.NUMBERING if _TITLING.issuperset(keys) else ChangeClass.WORDING


def _write_alone(
    writer: _Writer, op: Op, words: str, gaps: tuple[str, str], gap: str, change: ChangeClass
) -> None:
    """Write words that one side alone has, where the other side has a mere `gap`."""
    if gap == gaps[1]:
        writer.changed(op, gaps[0] + words, change)
        writer.add(Op.EQUAL, gap, None)
    elif gap == gaps[0]:
        writer.add(Op.EQUAL, gap, None)
        writer.changed(op, words + gaps[1], change)
    else:
        other = Op.DELETED if op is Op.INSERTED else Op.INSERTED
        writer.add(other, gap, _BREAK_CLASSES.get(words, ChangeClass.TYPOGRAPHY))
        writer.changed(op, gaps[0] + words + gaps[1], change)


def _run(said: _Said, start: int, end: int) -> str:
    """Return tokens with the gaps between them."""
    if end - start == 1:
        return said.words[start]
    parts = [""] * (2 * (end - start))
    parts[1::2] = said.words[start:end]
    parts[2::2] = said.gaps[start + 1 : end]
    return "".join(parts)
