"""A comparison as HTML: what changed in one line, the list of changes, then the text with them in place.

What is no word of the two texts stands, in the text, in elements of class ``hors-texte``: without those and
without ``del``, the new text is left, word for word; without ``ins``, the old one but for the order of what
moved. Nothing needs JavaScript, nothing is told by colour alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from cgu_archive.corpus.comparison import (
    ChangeClass,
    ChangeKind,
    Comparison,
    Place,
    Row,
    UnitKind,
)
from cgu_archive.redline.layout import Layout
from cgu_archive.redline.listing import Entry, entries, is_changed, moved_from
from cgu_archive.redline.places import NBSP, name
from cgu_archive.redline.spelling import spell
from cgu_archive.redline.words import CALLOUTS, classes_alone, first_line, typography, warning_sentence
from cgu_archive.rendering import LinkPolicy


def redline_html(comparison: Comparison, links: LinkPolicy | None = None, *, whole: bool = True) -> str:
    """Return `comparison` as HTML; its headings begin at `h3`.

    `links` says which addresses of the texts may be links; without it none is. With `whole` false, only the
    changed blocks are given, each under the title of its provision.
    """
    page = _Page(comparison, links)
    return f'<div class="redline">{"".join([*page.summary(), *page.text(whole=whole)])}</div>'


class _Page:
    """Writes one comparison."""

    def __init__(self, comparison: Comparison, links: LinkPolicy | None) -> None:
        self._comparison = comparison
        self._links = links
        self._entries = entries(comparison)
        self._prefix = _free_prefix(comparison)
        self._entry_of = self._share_rows()
        self._stops = self._find_stops()
        self._order = list(self._stops)
        self._rank_of = {row: rank for rank, row in enumerate(self._order)}
        self._first_stop: dict[int, str] = {}
        for row, anchor in self._stops.items():
            self._first_stop.setdefault(self._entry_of[row], anchor)

    def summary(self) -> Iterator[str]:
        """Yield the first line, the warnings, and the list of changes with a link to each."""
        yield f'<p class="premiere-ligne">{_escape(first_line(self._comparison))}</p>'
        if warnings := self._comparison.warnings:
            yield '<ul class="avertissements">'
            for warning in warnings:
                yield f"<li><strong>Attention{NBSP}:</strong> {_escape(warning_sentence(warning))}</li>"
            yield "</ul>"
        if not self._entries:
            return
        yield f'<h3 id="{self._prefix}-liste">Liste des changements</h3><ol class="changements">'
        for rank, entry in enumerate(self._entries):
            yield self._listed(rank, entry)
        yield "</ol>"
        if any(entry.callouts for entry in self._entries):
            yield f'<p class="note">{_escape(CALLOUTS)}</p>'

    def _listed(self, rank: int, entry: Entry) -> str:
        classes = " ".join(f"classe-{found}" for found in entry.classes)
        target = self._first_stop.get(rank) or self._nearest_stop(entry)
        sentence = _escape(f"{entry.sentence}.")
        link = f'<a href="#{target}">{sentence}</a>' if target else sentence
        callouts = "".join(f"<li>{_escape(callout)}</li>" for callout in entry.callouts)
        told = f'<ul class="reperages">{callouts}</ul>' if callouts else ""
        return f'<li class="{classes}">{link}{told}</li>'

    def text(self, *, whole: bool) -> Iterator[str]:
        """Yield the text, or its changed blocks alone."""
        if not whole and not self._stops:
            return
        yield f"<h3>{'Le texte, changements en place' if whole else 'Les passages changés'}</h3>"
        yield '<div class="texte compare">'
        layout = Layout()
        place: Place | None = None
        for rank, row in enumerate(self._comparison.rows):
            changed = is_changed(self._comparison, rank)
            if not whole and not changed:
                continue
            blocks = spell(rank, row, self._links)
            unit = blocks[0].unit
            if not whole and unit.place != place and unit.kind is not UnitKind.HEADING:
                yield from layout.title(name(unit.place))
            place = unit.place
            for number, block in enumerate(blocks):
                first = number == 0
                attributes = self._attributes(rank, row, changed=changed, first=first)
                yield from layout.block(block, attributes, self._bar(rank, row) if changed and first else "")
        yield from layout.close()
        yield "</div>"

    def _attributes(self, rank: int, row: Row, *, changed: bool, first: bool) -> str:
        if not changed:
            return ""
        names = ["ligne", *(f"classe-{found}" for found in row.classes)]
        names += ["ajoutee"] * (not row.old) + ["supprimee"] * (not row.new) + ["deplacee"] * self._moved(row)
        anchor = f' id="{self._stops[rank]}"' if first and rank in self._stops else ""
        return f' class="{" ".join(names)}"{anchor}'

    def _bar(self, rank: int, row: Row) -> str:
        """Return what is said above a changed block: what it is, and the way to its neighbours."""
        label = self._label(rank, row)
        if rank not in self._stops:
            if self._entry_of.get(rank - 1) == self._entry_of[rank]:
                before = self._comparison.rows[rank - 1]
                if label == self._label(rank - 1, before):
                    return ""
            return f'<p class="repere hors-texte"><strong>{_escape(label)}</strong></p>'
        here = self._rank_of[rank]
        said = f"<strong>{_escape(label)}</strong>"
        steps = []
        if here > 0:
            target = self._stops[self._order[here - 1]]
            steps.append(f'<a href="#{target}">changement précédent</a>')
        if here < len(self._order) - 1:
            target = self._stops[self._order[here + 1]]
            steps.append(f'<a href="#{target}">changement suivant</a>')
        steps.append(f'<a href="#{self._prefix}-liste">liste</a>')
        count = f"{here + 1}/{len(self._order)}"
        links = f'<span class="pas"><span class="rang">{count}</span> {" ".join(steps)}</span>'
        return f'<p class="repere hors-texte">{said} {links}</p>'

    def _label(self, rank: int, row: Row) -> str:
        """Return what happened to a block, in words."""
        if not row.old:
            return "Ajouté"
        if not row.new:
            return "Supprimé"
        change = self._comparison.changes[row.change] if row.change is not None else None
        said = []
        if self._moved(row):
            said.append(moved_from(row, change))
        if ChangeClass.WORDING in row.classes:
            said.append("modifié" if said else "Modifié")
        elif row.classes:
            alone = classes_alone(row.classes)
            said.append(alone if said else alone[0].upper() + alone[1:])
        else:
            said.append("texte inchangé")
        signs = typography(row)
        return f"{', '.join(said)}{f'{NBSP}: {signs}' if signs else ''}"

    def _moved(self, row: Row) -> bool:
        if row.moved:
            return True
        if row.change is None or not (row.old and row.new):
            return False
        return ChangeKind.MOVED in self._comparison.changes[row.change].kinds

    def _share_rows(self) -> dict[int, int]:
        """Give each changed row to the first line about it, those of passages before the others."""
        shared: dict[int, int] = {}
        for rank, entry in sorted(enumerate(self._entries), key=lambda ranked: not ranked[1].passage):
            for row in entry.rows:
                if is_changed(self._comparison, row):
                    shared.setdefault(row, rank)
        return shared

    def _find_stops(self) -> dict[int, str]:
        """Return the anchor of each row where a run of changed rows of one line begins."""
        stops: dict[int, str] = {}
        counts: dict[int, int] = {}
        for row in sorted(self._entry_of):
            entry = self._entry_of[row]
            if self._entry_of.get(row - 1) == entry:
                continue
            counts[entry] = counts.get(entry, 0) + 1
            part = f"-{counts[entry]}" if counts[entry] > 1 else ""
            stops[row] = f"{self._prefix}-{entry + 1}{part}"
        return stops

    def _nearest_stop(self, entry: Entry) -> str:
        """Return where a line leads whose rows are all told by another line."""
        at = [row for row in self._stops if row <= max(entry.rows)]
        return self._stops[at[-1]] if at else next(iter(self._stops.values()), "")


def _free_prefix(comparison: Comparison) -> str:
    """Return « changement », unless a provision's own address looks like ours: the page may show it too."""
    addresses = {unit.place.address for row in comparison.rows for unit in (*row.old, *row.new)}
    prefix = "changement"
    while any(re.fullmatch(rf"{prefix}-(?:liste|\d+(?:-\d+)?)", address) for address in addresses):
        prefix = f"redline-{prefix}"
    return prefix


def _escape(text: str) -> str:
    return escape(text, quote=False)
