"""What a reader looks for first in a change: figures, delays, amounts, dates, obligations, sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, zip_longest

from cgu_archive.corpus.comparison.model import (
    CELL_BREAK,
    UNIT_BREAK,
    Callout,
    CalloutKind,
    ChangeClass,
    Op,
    Row,
    Unit,
)
from cgu_archive.corpus.sentences import sentences

_WRITTEN = (
    "zéro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?"
    "|trente|quarante|cinquante|soixante|cents?|mille"
)
_NUMBER = rf"(?:\d{{1,3}}(?:\s\d{{3}})+(?!\d)|\d+)(?:[.,]\d+)?|\b(?:{_WRITTEN})(?:[\s-](?:et|{_WRITTEN}))*\b"
_MONTH = (
    r"janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
)
_LABELS = "articles?|sections?|paragraphes?|annexes?|alinéas?|chapitres?|titres?|points?"
_SMALL = (
    "afin|ainsi|ci|dans|dont|est|ne|ni|où|sont|sous|sauf|s"
    "|et|ou|de|du|des|d|à|au|aux|le|la|les|l|en|par|pour|sur|qui|que|and|or|of|to|in|the"
)
_UNITS = (
    "secondes?|minutes?|heures?|jours?|semaines?|mois|trimestres?|ans?|années?"
    "|days?|hours?|weeks?|months?|years?"
)
_OBLIGATIONS = (
    "doi(?:t|vent)|devra(?:it|ient)?|devront|peu(?:t|vent)|pourra(?:it|ient)?|pourront|engage(?:nt)?"
    "|interdi(?:t|sent)|interdite?s?|obligatoires?|facultati(?:f|ve)s?|tenue?s?|sous\\sréserve|(?:sans\\s)?préavis|must|shall|may"
)
_REMARKABLE = re.compile(
    rf"""
      (?P<date>\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b | \d{{1,2}}[ .-]\d{{1,2}}[ .-]\d{{4}}\b
        | (?:(?:1er|\b\d{{1,2}})\s)?\b(?:{_MONTH})\s\d{{4}})
    | (?P<amount>(?:{_NUMBER})\s?(?:€|%|(?:euros?|eur|centimes?|pour\scent)\b) | [€$£]\s?\d[\d.,]*)
    | (?P<delay>(?:{_NUMBER})\s(?:\(\d+\)\s)?(?:{_UNITS})\b
        (?:\s(?:ouvrés?|ouvrables?|calendaires?|francs?)\b)?)
    | (?P<figure>\b(?:{_LABELS})\s(?:n°\s?|[lrd]\.?\s?)?\d+(?:[.-]\d+)*
        | (?:\d+(?:-\d+)+|{_NUMBER})(?:\s(?!(?:{_SMALL})\b)[^\W\d_]+\b(?!['’]))?)
    | (?P<obligation>\b(?:{_OBLIGATIONS})\b)
    """,
    re.VERBOSE,
)
_DENIED = re.compile(
    r"""
    \b(?: n(?:e\s|['’]) (?:(?:se|le|la|les|lui|leur|y|en)\s | [sl]['’])?
          (?:(?:est|sont|sera|seront|serait|seraient|soit|soient|saurait|sauraient)\s (?:être\s)?)?
          (?:(?:pas|plus|jamais|point|nullement|aucunement|en\saucun\scas)\s)?
      | non\s )\Z
    """,
    re.VERBOSE,
)
"""What denies the obligation that follows: « ne », « n’est pas »."""
_LONGEST_DENIAL = 40
_DENYING = re.compile(r"\s(?:pas|jamais|nullement|aucunement|en\saucun\scas|not|never)\b")
"""What denies the obligation before it."""
_DENYING_TOO = re.compile(r"\s(?:(?:plus|point|que)\b|qu['’])")
"""What does after « ne » only: « ne peut plus », « ne peut que »."""
_PIECE = re.compile(r"\d+|[€$£]|[^\W\d_]+")
_FIRST_WORD = re.compile(rf"{_WRITTEN}|{_MONTH}|{_OBLIGATIONS}|{_LABELS}|sans|sous")
_MANY = r"(?!(?:sans|sous|dans|hors|vers|mais|puis|depuis|après|très|plus|moins)\b)[^\W\d_]+[sx]\b"
_NO_NUMBER = re.compile(
    rf"une?\b(?![\s-](?:\(\d|{_UNITS}|euros?|centimes?|pour))"
    rf"|neuf\b(?!\s?[%€]|[\s-](?:\(\d|{_UNITS}|{_MANY}|cents?|mille|pour\scent))"
)
"""« une » counts nothing unless a unit follows, nor « neuf » unless many things do."""
_GLUED = re.compile(r"(?:\w|\w[-.]|\^)\Z")
"""What stands right before a number that is the end of a word, or the mark of a footnote."""
_APART = re.compile(f"[{UNIT_BREAK}{CELL_BREAK}]")
_KEPT = 1 << 16
"""How many words this process remembers the beginnings of."""

_Touched = tuple[int, int]
"""Where a change of wording begins and ends in the words of one side."""

_Remark = tuple[int, int, CalloutKind, str, int]
"""Where a remarkable passage begins and ends, what it holds, its words; where « doit » is in « ne doit »."""


def callouts(row: Row) -> Iterator[Callout]:
    """Yield the figures, delays, amounts, dates and obligations that a row's changes of wording touch.

    A unit that is wholly new or gone tells its figures, not each of its obligations, nor its number.
    """
    if ChangeClass.WORDING not in row.classes:
        return
    old_remarks, new_remarks = _remarks(row.old_words(), row.old), _remarks(row.new_words(), row.new)
    if not old_remarks and not new_remarks:
        return
    kinds = [kind for kind in CalloutKind if kind is not CalloutKind.OBLIGATION or (row.old and row.new)]
    for before, after in _together(row, old_remarks, new_remarks):
        for kind in kinds:
            gone = [remark[3] for remark in before if remark[2] is kind]
            come = [remark[3] for remark in after if remark[2] is kind]
            if gone == come:
                continue
            kept = Counter(gone) & Counter(come)
            lost = list((Counter(gone) - kept).elements())
            gained = list((Counter(come) - kept).elements())
            yield from (Callout(kind, was, now) for was, now in zip_longest(lost, gained))


def _together(
    row: Row, old_remarks: list[_Remark], new_remarks: list[_Remark]
) -> list[tuple[list[_Remark], list[_Remark]]]:
    """Return the old and new remarks that each change touches; changes that touch one remark are one.

    An obligation that is denied since, or no more, faces what it was: « doit », « ne doit plus ».
    """
    kept = _kept(row, old_remarks, new_remarks)
    now, was = dict(kept), {after: before for before, after in kept}
    found: list[tuple[list[_Remark], list[_Remark]]] = []
    for old, new in _touched(row):
        before, after = _within(old_remarks, old), _within(new_remarks, new)
        if not before and not after:
            continue
        before, after = _with(before, after, was), _with(after, before, now)
        before = before or _longer_now(old_remarks, old, after)
        after = after or _longer_now(new_remarks, new, before)
        if found and (set(before[:1]) & set(found[-1][0]) or set(after[:1]) & set(found[-1][1])):
            for known, others in zip(found[-1], (before, after), strict=True):
                known += [other for other in others if not known or other > known[-1]]
        else:
            found.append((before, after))
    return found


def _with(remarks: list[_Remark], others: list[_Remark], facing: dict[_Remark, _Remark]) -> list[_Remark]:
    """Return `remarks`, and those that face `others`."""
    if not facing:
        return remarks
    return sorted({*remarks, *(facing[other] for other in others if other in facing)})


def _kept(row: Row, old_remarks: list[_Remark], new_remarks: list[_Remark]) -> list[tuple[_Remark, _Remark]]:
    """Return the obligations that both sides of a row hold, denied or not, where their word is kept."""
    come = {remark[4]: remark for remark in new_remarks if remark[2] is CalloutKind.OBLIGATION}
    if not come:
        return []
    left = iter([remark for remark in old_remarks if remark[2] is CalloutKind.OBLIGATION])
    remark = next(left, None)
    found: list[tuple[_Remark, _Remark]] = []
    i = j = 0
    for span in row.spans:
        after = i + (len(span.text) if span.op is not Op.INSERTED else 0)
        while remark is not None and remark[4] < after:
            if span.op is Op.EQUAL and (other := come.get(remark[4] - i + j)):
                found.append((remark, other))
            remark = next(left, None)
        i = after
        j += len(span.text) if span.op is not Op.DELETED else 0
    return found


def changed_sentences(row: Row) -> int:
    """Return how many sentences of a row, on the side that has more of them, hold a change of wording."""
    if ChangeClass.WORDING not in row.classes:
        return 0
    touched = list(_touched(row))
    return max(
        _count_sentences(row.old_words(), [old for old, _ in touched]),
        _count_sentences(row.new_words(), [new for _, new in touched]),
    )


def _touched(row: Row) -> Iterator[tuple[_Touched, _Touched]]:
    """Yield where each passage of changed wording stands in the old words and in the new ones."""
    i = j = 0
    start: tuple[int, int] | None = None
    for span in row.spans:
        if span.change is ChangeClass.WORDING and span.move is None:
            start = start or (i, j)
        elif start is not None:
            yield (start[0], i), (start[1], j)
            start = None
        i += len(span.text) if span.op is not Op.INSERTED else 0
        j += len(span.text) if span.op is not Op.DELETED else 0
    if start is not None:
        yield (start[0], i), (start[1], j)


def _count_sentences(words: str, touched: list[_Touched]) -> int:
    """Return how many sentences of `words` hold some of the changes; both are in order."""
    count = 0
    waiting = iter([change for change in touched if change[0] < change[1]])
    change = next(waiting, None)
    for end, following in _sentence_ends(words):
        held = False
        while change is not None and change[0] < end:
            held = True
            if change[1] > following:
                break
            change = next(waiting, None)
        count += held
    return count


def _sentence_ends(words: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence ends and where what follows begins; units and cells are cut apart first."""
    at = 0
    for part in _APART.split(words):
        found = sentences(part)
        yield from ((at + end, at + start) for (_, end), (start, _) in pairwise(found))
        at += len(part) + 1
        yield at, at


def _remarks(words: str, units: tuple[Unit, ...]) -> list[_Remark]:
    """Return what is remarkable in the words of one side, in order, its own number left out."""
    lowered = words.lower() if len(words.lower()) == len(words) else words
    own = units[0].own if units else None
    found: list[_Remark] = []
    at = 0
    for first in _beginnings(lowered):
        if first < at or _GLUED.search(lowered, max(0, first - 2), first) or _NO_NUMBER.match(lowered, first):
            continue
        match = _REMARKABLE.match(lowered, first)
        if match is None or (own is not None and match.start() < own[1] and own[0] < match.end()):
            continue
        kind = CalloutKind(str(match.lastgroup))
        start, at = _denied(lowered, at, match) if kind is CalloutKind.OBLIGATION else match.span()
        found.append((start, at, kind, " ".join(words[start:at].split()), first))
    return found


def _denied(lowered: str, after: int, obligation: re.Match[str]) -> tuple[int, int]:
    """Return where an obligation begins and ends with the words that deny it: « ne peut en aucun cas »."""
    start, end = obligation.span()
    if before := _DENIED.search(lowered, max(after, start - _LONGEST_DENIAL), start):
        start = before.start()
    follows = _DENYING.match(lowered, end) or (_DENYING_TOO.match(lowered, end) if before else None)
    return start, follows.end() if follows else end


def _beginnings(lowered: str) -> Iterator[int]:
    """Yield where a remarkable passage may begin."""
    at = 0
    for chunk in lowered.split(" "):
        for begins in _begins_in(chunk):
            yield at + begins
        at += len(chunk) + 1


@lru_cache(maxsize=_KEPT)
def _begins_in(chunk: str) -> tuple[int, ...]:
    """Return where a remarkable passage may begin in what stands between two spaces."""
    return tuple(
        piece.start()
        for piece in _PIECE.finditer(chunk)
        if not piece[0].isalpha() or _FIRST_WORD.fullmatch(piece[0])
    )


def _longer_now(remarks: list[_Remark], touched: _Touched, others: list[_Remark]) -> list[_Remark]:
    """Return the remark right before a point where the other side goes on: « 30 jours » ouvrés."""
    if touched[0] != touched[1]:
        return []
    beside = [remark for remark in remarks if touched[0] - 1 <= remark[1] <= touched[0]]
    return [found for found in beside if any(other[3].startswith(found[3]) for other in others)]


def _within(remarks: list[_Remark], touched: _Touched) -> list[_Remark]:
    """Return the remarks that a change touches."""
    if not remarks:
        return []
    rank = bisect_right(remarks, touched[0], key=lambda remark: remark[1])
    found: list[_Remark] = []
    while rank < len(remarks) and remarks[rank][0] < touched[1]:
        found.append(remarks[rank])
        rank += 1
    return found
