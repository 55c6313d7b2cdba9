"""The footnotes of a text: Word has real ones, Markdown has words.

« Un délai[^1] », and at the end of the text « [^1]: Trente jours. » become a note of Word when its own count
gives the same numbers: calls 1, 2, 3… in the order of the text, each once, then their notes in that order,
with nothing after them. Otherwise calls and notes are left as the words that they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass

from cgu_archive.corpus.markdown import Block, Inline, Paragraph, Text

CALL = re.compile(r"\[\^([1-9]\d{0,3})\]")
_NOTE = re.compile(r"\[\^([1-9]\d{0,3})\]:[ ]+(?=\S)")


def parted(blocks: Sequence[Block]) -> tuple[Sequence[Block], tuple[tuple[Inline, ...], ...]]:
    """Return `blocks` without the notes that Word can have as such, and the words of each of these notes."""
    at = len(blocks)
    while at and _note(blocks[at - 1]) is not None:
        at -= 1
    notes = [found for block in blocks[at:] if (found := _note(block)) is not None]
    body, words = blocks[:at], tuple(words for _, words in notes)
    numbers = [str(number) for number in range(1, len(notes) + 1)]
    if [number for number, _ in notes] != numbers or _calls(tuple(body)) != numbers or _calls(words):
        return blocks, ()
    return body, words


def _note(block: Block) -> tuple[str, tuple[Inline, ...]] | None:
    """Return the number and the words of the note that a block is, if it is one."""
    match block:
        case Paragraph((Text(words), *rest)) if found := _NOTE.match(words):
            return found[1], (Text(words[found.end() :]), *rest)
        case _:
            return None


def _calls(node: object) -> list[str]:
    return [call for one in walk(node) if isinstance(one, Text) for call in CALL.findall(one.text)]


def walk(node: object) -> Iterator[object]:
    """Yield every block and inline of a tree, or of several, in reading order."""
    if isinstance(node, tuple):
        for one in node:
            yield from walk(one)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))
