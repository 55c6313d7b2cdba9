"""Which signs and which layout changed: « apostrophe droite → typographique », « gras en plus »."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cgu_archive.corpus.comparison import ChangeClass, MarkKind, Op, Row, Span, Unit, UnitKind, sequences
from cgu_archive.corpus.comparison.marks import Layers, joined_marks
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.words import typography

TOO_LONG = "passage trop long et trop différent pour être comparé mot à mot"
_LONGEST = 120
"""Letters up to which what changed is said in a line."""
_MARKS = {
    MarkKind.STRONG: "gras",
    MarkKind.EMPHASIS: "italique",
    MarkKind.CODE: "caractères de code",
    MarkKind.BREAK: "retour à la ligne",
}
_UNITS = {
    UnitKind.HEADING: "titre",
    UnitKind.INTERTITLE: "intertitre",
    UnitKind.PARAGRAPH: "alinéa",
    UnitKind.ITEM: "élément de liste",
    UnitKind.ROW: "ligne de tableau",
    UnitKind.CODE: "texte littéral",
    UnitKind.RULE: "filet",
}


def is_too_long(row: Row) -> bool:
    """Whether a passage of `row` is told as rewritten because it was too long to be compared word by word."""
    return any(
        gone.op is Op.DELETED
        and come.op is Op.INSERTED
        # Signs are compared as words are: half as many words are enough.
        and 2 * len(gone.text.split()) * len(come.text.split()) > sequences.MAX_CELLS
        for gone, come in pairwise(row.spans)
    )


def details(rows: Sequence[Row]) -> str:
    """Return what can be told of the changes of typography and layout of `rows`; often nothing."""
    return f"{NBSP}; ".join(said for said in (typography(rows), layout(rows)) if said)


def aside(rows: Sequence[Row]) -> str:
    """Return the same between brackets, after a space, when it is short enough for a line of a list."""
    said = details(rows)
    return f" ({said})" if 0 < len(said) <= _LONGEST else ""


def layout(rows: Sequence[Row]) -> str:
    """Return « gras en plus », « titre de niveau 2 → 3 », « alinéa → élément de liste », « alinéa coupé »."""
    marked = [row for row in rows if ChangeClass.MARKUP in row.classes]
    said = dict.fromkeys([*_emphasis(marked), *(found for row in marked for found in _shapes(row))])
    return f"{NBSP}; ".join(said)


def _emphasis(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what words that did not change are marked with, or no more."""
    gained: Counter[MarkKind] = Counter()
    lost: Counter[MarkKind] = Counter()
    for row in rows:
        before, after = Layers(joined_marks(row.old)), Layers(joined_marks(row.new))
        i = j = 0
        for span in row.spans:
            if span.op is Op.EQUAL and span.change is ChangeClass.MARKUP:
                old, new = ({kind for kind, _ in worn.at(at)[0]} for worn, at in ((before, i), (after, j)))
                gained.update(new - old)
                lost.update(old - new)
            i += len(span.text) if span.op is not Op.INSERTED else 0
            j += len(span.text) if span.op is not Op.DELETED else 0
    for mark, name in _MARKS.items():
        if gained[mark] and lost[mark]:
            yield f"{name} en plus et en moins"
        elif gained[mark] or lost[mark]:
            yield f"{name} {'en plus' if gained[mark] else 'en moins'}"


def _shapes(row: Row) -> Iterator[str]:
    """Yield how the blocks of a row are laid out otherwise."""
    if not row.old or not row.new:
        (unit, *_) = row.new or row.old
        if unit.kind is UnitKind.RULE:
            yield f"filet {'en plus' if row.new else 'en moins'}"
        return
    for old, new in zip(row.old, row.new, strict=False):
        yield from _shape(old, new)
    if len(row.old) != len(row.new):
        yield "alinéa coupé" if len(row.old) < len(row.new) else "alinéas réunis"
    if any(map(_is_bullet, row.spans)):
        yield "puce"


def _shape(old: Unit, new: Unit) -> Iterator[str]:
    if old.kind is not new.kind:
        yield f"{_UNITS[old.kind]} → {_UNITS[new.kind]}"
    elif old.level != new.level:
        is_marked = all(unit.source.lstrip().startswith("#") for unit in (old, new))
        yield f"titre de niveau {old.level} → {new.level}" if is_marked else "titre écrit autrement"
    elif old.depth != new.depth:
        yield f"liste de niveau {old.depth} → {new.depth}"
    if old.quoted != new.quoted:
        yield f"citation {'en plus' if new.quoted > old.quoted else 'en moins'}"
    if old.kind is new.kind and old.header != new.header:
        yield f"titres de colonnes {'en plus' if new.header else 'en moins'}"


def _is_bullet(span: Span) -> bool:
    is_changed = span.op is not Op.EQUAL and span.change is ChangeClass.MARKUP
    return is_changed and bool(span.text.strip())
