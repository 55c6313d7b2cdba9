"""Refuse the changes that an OpenDocument text tracks: what was inserted goes, what was deleted comes back.

In OpenDocument (1.3, part 3, §5.5), what was inserted stands in the text between two marks; what was deleted
stands apart, and one mark says where it was. A move is a deletion and an insertion. Of a change of looks, the
file does not say what was there before.
"""

from __future__ import annotations

from collections import Counter

from cgu_archive.importing.model import ImportRefusedError, TrackedCount
from cgu_archive.importing.odt_styles import OFFICE, TEXT
from cgu_archive.importing.packages import Element
from cgu_archive.importing.pieces import plain_words

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SAID = {"insertion": "insertion", "deletion": "suppression", "format-change": "changement de mise en forme"}
_BLOCKS = (f"{TEXT}p", f"{TEXT}h")
_HOLDERS = frozenset(
    (f"{TEXT}list-item", f"{TEXT}list", f"{TEXT}section", f"{_TABLE}table-row", f"{_TABLE}table")
)
"""What goes with the last paragraph it holds; a cell alone stays, for those beside it to keep their place."""
LOOKS = (
    "Les changements de mise en forme suivis sont gardés : le fichier ne dit pas ce qu’il y avait avant."
    " Vérifiez les titres, le gras et l’italique."
)
LONG = (
    "Une suppression refusée s’étend sur plusieurs paragraphes : vérifiez la place et les numéros de ce qui"
    " revient."
)
_DAMAGED = (
    "Le suivi des modifications de ce fichier est abîmé. Refusez-les dans LibreOffice (Édition, Suivi des"
    " modifications, Tout rejeter), enregistrez, puis recommencez."
)


def counts(text: Element) -> tuple[TrackedCount, ...]:
    """Return how many changes each author made of each kind, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for region in _regions(text):
        author = next((one.text or "" for one in region.iter(_CREATOR)), "")
        for child in region:
            if said := _SAID.get(str(child.tag).removeprefix(TEXT)):
                found[said, plain_words(author) or "auteur inconnu"] += 1
    return tuple(TrackedCount(change, author, count) for (change, author), count in found.most_common())


def refuse(text: Element) -> list[str]:
    """Refuse every change of `text`, in place; returns what a person must look at.

    Raises `ImportRefusedError` when the marks of a change do not go two by two.
    """
    inserted: set[str] = set()
    deleted: dict[str, Element] = {}
    doubts: dict[str, None] = {}
    for region in _regions(text):
        name = str(region.get(f"{TEXT}id") or region.get(_ID, ""))
        if region.find(f"{TEXT}insertion") is not None:
            inserted.add(name)  # deleted afterwards or not, it was not there before
        elif (deletion := region.find(f"{TEXT}deletion")) is not None:
            deleted[name] = deletion
        else:
            doubts[LOOKS] = None
    for apart in text.findall(f"{TEXT}tracked-changes"):
        text.remove(apart)
    _take_out(text, inserted)
    while marks := [one for one in text.iter(f"{TEXT}change") if one.get(f"{TEXT}change-id") in deleted]:
        for mark in marks:
            deletion = deleted.pop(str(mark.get(f"{TEXT}change-id")), None)
            if deletion is not None and _put_back(mark, deletion):
                doubts[LONG] = None
        _take_out(text, inserted)  # of what was put back
    return list(doubts)


def _regions(text: Element) -> list[Element]:
    return list(text.iterfind(f"{TEXT}tracked-changes/{TEXT}changed-region"))


# What was inserted


def _take_out(text: Element, inserted: set[str]) -> None:
    blocks = list(text.iter(*_BLOCKS))
    ranks = {block: rank for rank, block in enumerate(blocks)}
    ends = {str(one.get(f"{TEXT}change-id", "")): one for one in text.iter(f"{TEXT}change-end")}
    for start in list(text.iter(f"{TEXT}change-start")):
        name = str(start.get(f"{TEXT}change-id", ""))
        if name not in inserted:
            continue
        end = ends.get(name)
        first, last = _block(start), None if end is None else _block(end)
        if _is_gone(start, text):
            continue
        if end is None or _is_gone(end, text) or (first is None) != (last is None):
            raise ImportRefusedError(_DAMAGED)
        if first is None:
            _take_between(start, end)
        elif ranks[first] > ranks[last]:
            raise ImportRefusedError(_DAMAGED)
        else:
            _take_words(start, end, first, last, blocks[ranks[first] + 1 : ranks[last]])


def _take_words(start: Element, end: Element, first: Element, last: Element, between: list[Element]) -> None:
    """Take out what stands between two marks that paragraphs hold; what is left of both is one paragraph."""
    if first is last:
        _take_within(start, end)
        return
    _cut_after(start, first)
    _cut_before(end, last)
    for block in between:
        if block is not first and block is not last and not any(one is last for one in block.iter(*_BLOCKS)):
            _remove(block)
    if not _says(first):
        _remove(first)
    elif _says(last):
        _append(first, last)
        _remove(last)
    else:
        _remove(last)


def _take_within(start: Element, end: Element) -> None:
    """Take out what stands between two marks of one paragraph, perhaps at different depths of it."""
    over = next((one for one in start.iterancestors() if one in set(end.iterancestors())), None)
    if over is None:
        raise ImportRefusedError(_DAMAGED)
    head, tail = _child_of(over, start), _child_of(over, end)
    if over.index(head) > over.index(tail):
        raise ImportRefusedError(_DAMAGED)
    _cut_after(start, head)
    _cut_before(end, tail)
    for one in list(over)[over.index(head) + 1 : over.index(tail)]:
        over.remove(one)
    head.tail = None


def _take_between(start: Element, end: Element) -> None:
    """Take out the blocks that stand between two marks that no paragraph holds."""
    over = start.getparent()
    if over is not end.getparent() or over.index(start) > over.index(end):
        raise ImportRefusedError(_DAMAGED)
    for one in list(over)[over.index(start) + 1 : over.index(end)]:
        over.remove(one)


def _cut_after(mark: Element, top: Element) -> None:
    """Remove all that follows `mark` in `top`."""
    while mark is not top:
        mark.tail = None
        for one in list(mark.itersiblings()):
            one.getparent().remove(one)
        mark = mark.getparent()


def _cut_before(mark: Element, top: Element) -> None:
    """Remove all that precedes `mark` in `top`."""
    while mark is not top:
        over = mark.getparent()
        over.text = None
        for one in list(mark.itersiblings(preceding=True)):
            over.remove(one)
        mark = over


# What was deleted


def _put_back(mark: Element, deletion: Element) -> bool:
    """Put back what was deleted at `mark`; returns whether it was more than words of one paragraph."""
    back = [one for one in deletion if one.tag != f"{OFFICE}change-info"]
    host = _block(mark)
    if not back:
        return False
    if host is None:
        for one in back:
            mark.addprevious(one)
        return True
    if len(back) == 1 and back[0].tag in _BLOCKS:
        _splice(mark, back[0])
        return False
    if _begins(mark, host):  # what is left is the last of the paragraphs: those before it come back whole
        if back[-1].tag in _BLOCKS:
            _splice(mark, back.pop())
        for one in back:
            host.addprevious(one)
        return True
    after = _split(mark, host)
    if back[0].tag in _BLOCKS:
        _append(host, back.pop(0))
    if back and back[-1].tag in _BLOCKS:
        _append(back[-1], after)
    elif _says(after):
        back.append(after)
    for one in reversed(back):
        host.addnext(one)
    return True


def _begins(mark: Element, host: Element) -> bool:
    """Whether nothing is read in `host` before `mark`."""
    while mark is not host:
        over = mark.getparent()
        before = mark.itersiblings(preceding=True)
        if (over.text or "").strip() or any(_says(one) or (one.tail or "").strip() for one in before):
            return False
        mark = over
    return True


def _split(mark: Element, host: Element) -> Element:
    """Cut `host` after `mark`; returns what followed, as a paragraph of the same kind that stands nowhere."""
    after = host.makeelement(host.tag, dict(host.attrib))
    inner, top = mark, None
    while inner is not host:
        over = inner.getparent()
        made = after if over is host else over.makeelement(over.tag, dict(over.attrib))
        made.text, inner.tail = inner.tail, None
        if top is not None:
            made.insert(0, top)
            top.tail, made.text = made.text, None
        for one in list(inner.itersiblings()):
            made.append(one)
        inner, top = over, made
    return after


def _splice(mark: Element, words: Element) -> None:
    """Put the content of a paragraph before `mark`."""
    before = mark.getprevious()
    if words.text:
        if before is not None:
            before.tail = (before.tail or "") + words.text
        else:
            over = mark.getparent()
            over.text = (over.text or "") + words.text
    for one in list(words):
        mark.addprevious(one)


def _append(block: Element, words: Element) -> None:
    """Put the content of a paragraph at the end of another."""
    if words.text:
        if len(block):
            block[-1].tail = (block[-1].tail or "") + words.text
        else:
            block.text = (block.text or "") + words.text
    for one in list(words):
        block.append(one)


# Both


def _block(mark: Element) -> Element | None:
    return next(mark.iterancestors(*_BLOCKS), None)


def _child_of(over: Element, inner: Element) -> Element:
    while inner.getparent() is not over:
        inner = inner.getparent()
    return inner


def _is_gone(mark: Element, text: Element) -> bool:
    return next(mark.iterancestors(text.tag), None) is not text


def _says(block: Element) -> bool:
    """Whether something is left to read, or to keep, in a paragraph."""
    marks = (f"{TEXT}change-start", f"{TEXT}change-end", f"{TEXT}span")
    return bool("".join(block.itertext()).strip()) or any(
        one.tag not in marks for one in block.iterdescendants()
    )


def _remove(block: Element) -> None:
    """Remove a paragraph, and the items, lists, rows and tables that held nothing else."""
    over = block.getparent()
    if over is None:
        return
    over.remove(block)
    while over is not None and (over.tag in _HOLDERS or over.tag == f"{_TABLE}table-cell"):
        parent = over.getparent()
        if over.tag in _HOLDERS and parent is not None and next(over.iter(*_BLOCKS), None) is None:
            parent.remove(over)
        over = parent
