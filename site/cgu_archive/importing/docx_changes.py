"""The changes that a Word file tracks: counted, then accepted or refused as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cgu_archive.importing.docx_styles import W
from cgu_archive.importing.model import Tracked, TrackedCount
from cgu_archive.importing.packages import Element
from cgu_archive.importing.pieces import plain_words

_INSERTED = (f"{W}ins", f"{W}moveTo")
_DELETED = (f"{W}del", f"{W}moveFrom")
_SAID = {
    "ins": "insertion",
    "cellIns": "insertion",
    "del": "suppression",
    "cellDel": "suppression",
    "moveFrom": "déplacement",
    "rPrChange": "changement de mise en forme",
    "pPrChange": "changement de mise en forme",
    "tblPrChange": "changement de mise en forme",
    "tblGridChange": "changement de mise en forme",
    "trPrChange": "changement de mise en forme",
    "tcPrChange": "changement de mise en forme",
    "sectPrChange": "changement de mise en forme",
    "numberingChange": "changement de mise en forme",
    "cellMerge": "changement de mise en forme",
}


def counts(roots: Iterable[Element]) -> tuple[TrackedCount, ...]:
    """Return how many changes each author made of each kind, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for root in roots:
        for element in root.iter(*(f"{W}{name}" for name in _SAID)):
            if _ends_another(element):
                continue
            said = _SAID[element.tag.removeprefix(W)]
            found[said, plain_words(str(element.get(f"{W}author", ""))) or "auteur inconnu"] += 1
    return tuple(TrackedCount(change, author, count) for (change, author), count in found.most_common())


def _ends_another(element: Element) -> bool:
    """Whether it is the end of a paragraph whose words are counted already as one change of that kind."""
    parent = element.getparent()
    if (
        parent is None
        or parent.tag != f"{W}rPr"
        or (paragraph := next(element.iterancestors(f"{W}p"), None)) is None
    ):
        return False
    kinds = next((kinds for kinds in (_INSERTED, _DELETED) if element.tag in kinds), ())
    return any(child.tag in kinds for child in paragraph)


class Choice:
    """What stays once the changes are accepted or refused."""

    def __init__(self, tracked: Tracked | None) -> None:
        self._gone = _INSERTED if tracked is Tracked.REJECT else _DELETED
        self._rejects = tracked is Tracked.REJECT

    def drops(self, element: Element) -> bool:
        """Whether nothing of `element` is read."""
        return element.tag in self._gone

    def drops_row(self, row: Element) -> bool:
        """Whether a row of a table goes."""
        return any(row.find(f"{W}trPr/{tag}") is not None for tag in self._gone)

    def drops_cell(self, cell: Element) -> bool:
        """Whether a cell goes, with its column."""
        return cell.find(f"{W}tcPr/{W}{'cellIns' if self._rejects else 'cellDel'}") is not None

    def joins_next(self, properties: Element | None) -> bool:
        """Whether the end of a paragraph goes: the next one goes on in it."""
        if properties is None:
            return False
        return any(properties.find(f"{W}rPr/{tag}") is not None for tag in self._gone)

    def properties(self, paragraph: Element) -> Element | None:
        """Return the properties of a paragraph that stay: refusing brings the former ones back."""
        own = paragraph.find(f"{W}pPr")
        if not self._rejects or own is None or (former := own.find(f"{W}pPrChange/{W}pPr")) is None:
            return own
        return former
