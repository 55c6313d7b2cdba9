"""Read plain text: what its lines are, when nothing but their words and length says it.

Text copied from a PDF has lines cut where the page cut them, bullets alone on theirs, titles in capitals.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from cgu_archive.corpus.numbering import title_line
from cgu_archive.importing.model import ImportRefusedError, Kind
from cgu_archive.importing.pieces import BULLET, MAX_PIECES, Found, Paragraph, Run, typed_marker
from cgu_archive.importing.titles import WHOLE, Title, is_capitals, levels, regular

_LONE_BULLET = re.compile(r"[-–—•·▪‣◦●○■□➢➤*\uf0b7\uf0a7]")
_NUMBERED_TITLE = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.)]|[IVX]+\s*[.)–-])\s+[«\"“]?\s?[^\W\d_a-z]"
)
_NUMBER = re.compile(r"(\d{1,3})[.)]\s")
_TYPED = re.compile(r"(?:\d{1,9}[.)]|\d{1,3}(?:\.\d{1,3})+\.?|[a-z][.)])\s+\S")
_CLOSED = re.compile(r"[.!?…:;][\s\u00a0]*[»)”\"]*$|[»]$")
_SENTENCE = re.compile(r"[.!?…:][\s\u00a0]*[»)”\"]*$")
_GOES_ON = re.compile(
    r"(?:Ce|Cet|Cette|Ces|Ils?|Elles?|Celui-ci|Celle-ci|C[’']est|Chaque|Pour (?:cela|ce faire)"
    r"|Son|Sa|Ses|Leurs?|La date)\b"
)
_PAGE = re.compile(r"(?:page\s+)?\d+(?:\s*(?:/|sur)\s*\d+)?", re.IGNORECASE)
_LONGEST_TITLE = 110
_LONGEST_WHOLE = 160
_SHORT = 70
_SHORT_CUT = 45
"""Where pages cut the lines, a longer one may be the first of a paragraph."""
_WIDEST = 140
"""Characters of the widest page."""
_ENOUGH = 8
_CUT = 0.15
"""With that part of the lines going on in the next one, the text was cut by pages."""
_TITLE = "Ligne courte comprise comme un titre."
_ENDS = ".;,:…"


@dataclass(slots=True)
class _Block:
    """Lines that make one paragraph, title or item."""

    first: int
    lines: list[str] = field(default_factory=list)
    marker: str = ""
    title: bool = False
    unsure: bool = False
    alone: bool = False
    """Whether its bullet stood alone on its line."""


def read(text: str) -> tuple[Kind, Found]:
    """Return what plain text says, and whether pages cut its lines; raises `ImportRefusedError`."""
    lines = [line.strip() for line in text.replace("\f", "\n").replace("\x0b", "\n").split("\n")]
    full = [line for line in lines if line]
    if len(full) > MAX_PIECES:
        raise ImportRefusedError(f"Plus de {MAX_PIECES} lignes. Coupez le fichier, puis recommencez.")
    kind = Kind.PASTED if _is_cut(full) else Kind.TEXT
    blocks = _Gatherer(lines, kind is Kind.PASTED).blocks()
    if kind is Kind.PASTED:
        blocks = list(_last_items(blocks))
    found = Found(raw="\n".join(map(_without_bullet, full)), pieces=regular(_pieces(blocks)))
    if kind is Kind.PASTED:
        found.general.append(
            "Les lignes étaient coupées par la page : les paragraphes sont reconstitués. "
            "Vérifiez où chacun commence."
        )
    return kind, found


def _is_cut(lines: Sequence[str]) -> bool:
    """Whether the lines of a text end where a page ended them."""
    if len(lines) < _ENOUGH or statistics.quantiles(map(len, lines), n=20)[-1] > _WIDEST:
        return False
    going = sum(after[:1].islower() and not _CLOSED.search(before) for before, after in pairwise(lines))
    return going / len(lines) > _CUT


def _without_bullet(line: str) -> str:
    marker, length = typed_marker(line)
    return "" if _LONE_BULLET.fullmatch(line) else line[length:] if marker == BULLET else line


class _Gatherer:
    """Puts the lines of a text together, block by block."""

    def __init__(self, lines: Sequence[str], cut: bool) -> None:
        self._lines = lines
        self._befores = list(accumulate(lines[:-1], lambda before, line: line or before, initial=""))
        """By line, the last one before it that is not empty."""
        self._afters = list(accumulate(lines[:0:-1], lambda after, line: line or after, initial=""))[::-1]
        """By line, the first one after it that is not empty."""
        self._cut = cut
        self._found: list[_Block] = []

    def blocks(self) -> list[_Block]:
        """Return the blocks of the text."""
        blank, pending = True, False
        for rank, line in enumerate(self._lines):
            if not line:
                blank = True
                continue
            if _LONE_BULLET.fullmatch(line):
                if not pending:
                    self._found.append(_Block(rank, marker=BULLET, alone=True))
                pending = True
            elif pending:
                self._found[-1].lines.append(line)
                pending = False
            else:
                self._line(rank, line, blank)
            blank = False
        if pending:
            self._found.pop()
        return self._found

    def _after(self, rank: int) -> str:
        """Return the next line that is not empty."""
        return self._afters[rank]

    def _line(self, rank: int, line: str, blank: bool) -> None:
        last = self._found[-1] if self._found else None
        marker, length = typed_marker(line)
        if marker == BULLET:
            self._found.append(_Block(rank, [line[length:]], BULLET))
        elif (
            last
            and last.title
            and is_capitals(line)
            and is_capitals(" ".join(last.lines))
            and self._same(last, line)
        ):
            last.lines.append(line)
        elif self._is_title(rank, line):
            self._found.append(_Block(rank, [line], title=True))
        elif self._is_short_title(rank, line):
            self._found.append(_Block(rank, [line], title=True, unsure=bool(self._found)))
        elif last is None or last.title or self._starts(last, line, blank):
            self._found.append(_Block(rank, [line]))
        else:
            last.lines.append(line)

    def _same(self, last: _Block, line: str) -> bool:
        """Whether a line in capitals goes on with the title before it."""
        return (
            self._cut and not _NUMBERED_TITLE.match(line) and last.first + len(last.lines) < len(self._lines)
        )

    def _is_title(self, rank: int, line: str) -> bool:
        if len(line) > _LONGEST_TITLE or line[-1] in _ENDS or self._goes_on(rank):
            return False
        if title_line(line, bold=False) is not None or is_capitals(line):
            return not _PAGE.fullmatch(line)
        return _NUMBERED_TITLE.match(line) is not None and not self._is_listed(rank, line)

    def _goes_on(self, rank: int) -> bool:
        """Whether the next line goes on with this one."""
        return self._cut and self._lines[rank + 1 : rank + 2] != [""] and self._after(rank)[:1].islower()

    def _is_listed(self, rank: int, line: str) -> bool:
        """Whether a numbered line stands beside the one before or after it in a list."""
        own = _NUMBER.match(line)
        if own is None:
            return False
        for other, step in ((self._befores[rank], -1), (self._after(rank), 1)):
            if (found := _NUMBER.match(other)) and int(found[1]) == int(own[1]) + step:
                return True
        return False

    def _is_short_title(self, rank: int, line: str) -> bool:
        """Whether a short line without number stands as a title, after a finished block, before another."""
        first = not self._found
        after = self._after(rank)
        longest = _LONGEST_WHOLE if first else _SHORT_CUT if self._cut else _SHORT
        if not after or len(line) > longest or line[-1] in _ENDS:
            return False
        if not line[0].isupper() or self._goes_on(rank):
            return False
        if first:
            return not self._cut
        last = self._found[-1]
        closed = last.title or _CLOSED.search(last.lines[-1]) is not None
        if last.lines[-1].endswith(":") or not closed or "://" in line:
            return False
        marker, _ = typed_marker(after)
        return not marker and after[0].isupper() and len(after) > len(line)

    def _starts(self, last: _Block, line: str, blank: bool) -> bool:
        """Whether a line begins a paragraph, rather than going on with the block before it."""
        if not self._cut:
            return True
        end = last.lines[-1]
        if blank:
            return not (line[:1].islower() and not _CLOSED.search(end))
        if _TYPED.match(line) and _CLOSED.search(end):
            return True
        if last.marker == BULLET or not _SENTENCE.search(end):
            return False
        return not line[:1].islower() and not _GOES_ON.match(line)


def _last_items(blocks: Sequence[_Block]) -> Iterator[_Block]:
    """Yield `blocks` with the last item of each list cut where a paragraph follows it.

    An item whose lines are sentences goes on as long as the others of its list do.
    """
    run: list[_Block] = []
    for block in [*blocks, None]:
        if block is not None and block.marker == BULLET:
            run.append(block)
            continue
        if run:
            yield from run[:-1]
            long = any(_second_start(item) is not None for item in run[:-1])
            at = None if long else _second_start(run[-1])
            yield from _split(run[-1], at)
            run = []
        if block is not None:
            yield block


def _second_start(item: _Block) -> int | None:
    """Return the rank of the first line of an item, but the first, that begins as a sentence does."""
    return next((rank for rank, line in enumerate(item.lines) if rank and not line[:1].islower()), None)


def _split(item: _Block, at: int | None) -> Iterator[_Block]:
    if at is None:
        yield item
        return
    yield replace(item, lines=item.lines[:at])
    rest = item.lines[at:]
    begin = 0
    for rank in range(1, len(rest) + 1):
        ends = rank == len(rest)
        if ends or (
            _SENTENCE.search(rest[rank - 1])
            and not rest[rank][:1].islower()
            and not _GOES_ON.match(rest[rank])
        ):
            yield _Block(item.first + at + item.alone + begin, rest[begin:rank])
            begin = rank


def _pieces(blocks: Sequence[_Block]) -> list[Paragraph]:
    titled = [block for block in blocks if block.title]
    told = [
        Title(" ".join(block.lines), is_capitals(" ".join(block.lines)), first=block is blocks[0])
        for block in titled
    ]
    by_block = {id(block): level for block, level in zip(titled, levels(told), strict=True)}
    found = []
    for block in blocks:
        words = " ".join(block.lines)
        level = by_block.get(id(block), 0)
        doubts = (_TITLE,) if block.unsure else ()
        if _PAGE.fullmatch(words) and not block.marker:
            doubts = (*doubts, "Ressemble à un numéro de page : à retirer s’il n’est pas du texte.")
        whole = level == 1 and block is blocks[0]
        source = "\n".join(block.lines)
        place = f"ligne {block.first + 1}"
        depth = 1 if block.marker else 0
        found.append(
            Paragraph(
                (Run(words),),
                place,
                WHOLE if whole else level,
                block.marker,
                depth,
                source=source,
                doubts=doubts,
            )
        )
    return found
