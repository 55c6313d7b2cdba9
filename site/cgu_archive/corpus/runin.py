"""Titles in bold at the head of a paragraph whose text goes on: « **Article 4 – Durée.** Le service… ».

Bold words open many paragraphs that have no title: a warning, a term being defined, the article of a code
that is quoted. Words are a title here when they say a number, and when the titles around go with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from cgu_archive.corpus import markdown
from cgu_archive.corpus.markdown import Block, Break, Heading, Inline, Link, Paragraph, Strong
from cgu_archive.corpus.numbering import Numbered, read_title, run_in_title, slug, title_line, typed_number

_NEAR = 2
"""One number may be missing between two titles that follow one another."""
_SERIES = 2
"""With so many titles of its label, a labelled one may come in any order: the others moved, or are gone."""
_FAR = 99
"""A higher number that does not follow is that of an article of a code."""
_ONCE = ("article", "annexe", "clause")
"""What a text numbers once from end to end: where « Article 4 » is a heading, bold words only cite it."""
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}


@dataclass(frozen=True, slots=True)
class _Title:
    """A numbered title of the text, sure or possible."""

    rank: int
    """Of its block."""
    numbered: Numbered
    number: str
    sure: bool

    @property
    def manner(self) -> tuple[str, int]:
        """Titles of one manner are numbered together."""
        return self.numbered.label or "", len(_ordinal(self.number))


def run_in_titles(blocks: Sequence[Block]) -> dict[int, Numbered]:
    """Return the titles that open paragraphs of `blocks` whose text goes on, by rank of the block."""
    possible = {
        rank: numbered
        for rank, block in enumerate(blocks)
        if isinstance(block, Paragraph) and (numbered := _possible(block.inlines))
    }
    if not possible:
        return {}
    by_manner: dict[tuple[str, int], list[_Title]] = {}
    for title in _titles(blocks, possible):
        by_manner.setdefault(title.manner, []).append(title)
    plain = set(_plain_siblings(blocks, possible))
    sure = {
        (title.numbered.label, title.number)
        for titles in by_manner.values()
        for title in titles
        if title.sure
    }
    return {
        title.rank: title.numbered
        for titles in by_manner.values()
        for title in _accepted(titles, sure)
        if _above(title.number) not in plain
    }


def is_bold(inlines: Sequence[Inline]) -> bool:
    """Whether all the words of `inlines` are in bold."""
    return all(isinstance(inline, Strong) or _is_blank(inline) for inline in inlines)


def bold_head(inlines: Sequence[Inline]) -> str:
    """Return the words in bold at the head of a paragraph; none where one of them is a link."""
    return _cut(inlines)[0]


def may_follow(before: str | None, after: str | None) -> bool:
    """Whether a title numbered `after` may be the next one after a title numbered `before`."""
    if before is None or after is None or before == after:
        return False
    first, second = _ordinal(before), _ordinal(after)
    return first[:-1] == second[:-1] and len(first) == len(second) and 0 <= second[-1] - first[-1] <= _NEAR


def _is_blank(inline: Inline) -> bool:
    return not markdown.plain((inline,)).strip()


def _cut(inlines: Sequence[Inline]) -> tuple[str, str]:
    """Return the words in bold at the head of a paragraph, then the others, a line end before them kept."""
    rank = 0
    while rank < len(inlines) and (isinstance(inlines[rank], Strong) or _is_blank(inlines[rank])):
        rank += 1
    head = inlines[:rank]
    if any(isinstance(part, Link) for bold in head if isinstance(bold, Strong) for part in bold.children):
        return "", ""
    line_end = "\n" if any(isinstance(inline, Break) for inline in head) else ""
    return markdown.plain(head).strip(), line_end + markdown.plain(inlines[rank:])


def _possible(inlines: Sequence[Inline]) -> Numbered | None:
    """Return what the bold words at the head of a paragraph say as its title, if they may be one."""
    if not inlines or not isinstance(inlines[0], Strong):
        return None
    words, rest = _cut(inlines)
    if not words or not rest.strip() or _stands_alone(inlines):
        return None
    return run_in_title(words, rest)


def _stands_alone(inlines: Sequence[Inline]) -> bool:
    """Whether a whole paragraph is a title: « **Article 4** – Durée »."""
    if any(isinstance(inline, Break | Link) for inline in inlines):
        return False
    words = markdown.plain(inlines).strip()
    return words[-1:] != ":" and title_line(words, bold=False) is not None


def _titles(blocks: Sequence[Block], possible: dict[int, Numbered]) -> Iterator[_Title]:
    """Yield the numbered titles of `blocks`, in reading order."""
    sure = dict(_marked(blocks))
    sure |= _lines(blocks, {numbered.label for numbered in sure.values()}, possible)
    for rank, numbered in sorted([*sure.items(), *possible.items()], key=itemgetter(0)):
        if numbered.number is not None:
            yield _Title(rank, numbered, numbered.number, rank not in possible)


def _marked(blocks: Sequence[Block]) -> Iterator[tuple[int, Numbered]]:
    """Yield what headings and lines in bold, or that begin in bold, say as titles."""
    for rank, block in enumerate(blocks):
        match block:
            case Heading(_, inlines):
                yield rank, read_title(markdown.plain(inlines))
            case Paragraph(inlines) if is_bold(inlines) or (bold_head(inlines) and _stands_alone(inlines)):
                if numbered := title_line(markdown.plain(inlines).strip(), bold=is_bold(inlines)):
                    yield rank, numbered


def _lines(
    blocks: Sequence[Block], marked: set[str | None], possible: dict[int, Numbered]
) -> dict[int, Numbered]:
    """Return what plain lines say as titles, where they are not those of the table of contents.

    They are when titles of their label have a mark, or when each has its own words in bold further on.
    """
    lines: dict[str | None, dict[int, Numbered]] = {}
    for rank, block in enumerate(blocks):
        if not isinstance(block, Paragraph) or bold_head(block.inlines) or not _stands_alone(block.inlines):
            continue
        if numbered := title_line(markdown.plain(block.inlines).strip(), bold=False):
            lines.setdefault(numbered.label, {})[rank] = numbered
    bold = {(numbered.label, numbered.number) for numbered in possible.values()}
    found: dict[int, Numbered] = {}
    for label, alike in lines.items():
        if label not in marked and not {(label, numbered.number) for numbered in alike.values()} <= bold:
            found |= alike
    return found


def _accepted(titles: Sequence[_Title], sure: set[tuple[str | None, str]]) -> Iterator[_Title]:
    """Yield the possible titles of one manner that are titles: where they stand, then by their label."""
    near = [title for place, title in enumerate(titles) if not title.sure and _goes_with(titles, place, sure)]
    yield from near
    known = [*near, *(title for title in titles if title.sure)]
    if titles[0].numbered.label is None or not known:
        return
    borne = {_key(title.number) for title in known}
    is_series = len(known) >= _SERIES
    for title in titles:
        key = _key(title.number)
        may_be = is_series or _is_beside(known[0].number, title.number)
        if may_be and key not in borne and key[0][-1] <= _FAR:
            borne.add(key)
            yield title


def _key(number: str) -> tuple[tuple[int, ...], str]:
    """Return a number as no two titles of one label bear it: « 1er » is 1, « 4 bis » is not 4."""
    return _ordinal(number), number.partition(" ")[2].lower()


def _is_beside(first: str, second: str) -> bool:
    return may_follow(first, second) or may_follow(second, first)


def _goes_with(titles: Sequence[_Title], place: int, sure: set[tuple[str | None, str]]) -> bool:
    """Whether the titles of its manner, those right before and after, go with a possible one."""
    title = titles[place]
    label, number = title.numbered.label, title.number
    if label in _ONCE and (label, number) in sure:
        return False
    if any(may_follow(before.number, number) for before in titles[max(place - 1, 0) : place]):
        return True
    if any(may_follow(number, after.number) for after in titles[place + 1 : place + 2]):
        return True
    if label is None:
        return "." in number
    return len(titles) == 1 or _ordinal(number)[-1] == 1


def _plain_siblings(blocks: Sequence[Block], possible: dict[int, Numbered]) -> Iterator[str]:
    """Yield the numbers above those typed without a title (« 4 » for « 4.2 Le service… »).

    A line of the table of contents is none of these.
    """
    titles = {slug(bold_head(block.inlines)) for block in blocks if isinstance(block, Paragraph)}
    for rank, block in enumerate(blocks):
        if isinstance(block, Paragraph) and rank not in possible and not is_bold(block.inlines):
            words = markdown.plain(block.inlines)
            if (number := typed_number(words)) and slug(words) not in titles:
                yield _above(number)


def _above(number: str) -> str:
    """Return the number of the provision that a dotted one is under; empty for a plain one."""
    return number.rpartition(".")[0]


def _ordinal(number: str) -> tuple[int, ...]:
    """Return a number as integers: « 4.2 » is (4, 2), « IV » and « 4 bis » are (4,), « B » is (2,)."""
    return tuple(_value(part) for part in re.split(r"[.\-]", number.split()[0].lower()))


def _value(part: str) -> int:
    if digits := re.match(r"\d+", part):
        return int(digits[0])
    if part == "premier":
        return 1
    if len(part) == 1 and part not in "ivx":
        return ord(part) - ord("a") + 1
    values = [_ROMAN.get(letter, 0) for letter in part]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
