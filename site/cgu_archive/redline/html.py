"""A comparison as HTML: what changed in one line, the list of changes, then the text with them in place.

What is no word of the two texts stands, in the text, in elements of class ``hors-texte``: without those and
without ``del``, the new text is left, word for word; without ``ins``, the old one but for the order of what
moved. Characters that nobody sees are not given: their code stands there instead, in a ``hors-texte``.
Nothing needs JavaScript, nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Comparison, Place, Row, UnitKind
from cgu_archive.redline import attachments
from cgu_archive.redline.anchors import Anchors
from cgu_archive.redline.departures import TOP, Departure, departures
from cgu_archive.redline.details import TOO_LONG, details, is_too_long
from cgu_archive.redline.layout import Layout
from cgu_archive.redline.listing import Entry, entries, is_changed
from cgu_archive.redline.moves import Ends, settled
from cgu_archive.redline.naming import Names
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.sentences import moved_from
from cgu_archive.redline.spelling import Ways, spell
from cgu_archive.redline.unseen import coded
from cgu_archive.redline.words import (
    CALLOUTS,
    classes_alone,
    edited,
    first_line,
    listed,
    warning_sentence,
)
from cgu_archive.rendering import LinkPolicy


def redline_html(comparison: Comparison, links: LinkPolicy | None = None, *, whole: bool = True) -> str:
    """Return `comparison` as HTML; its headings begin at `h3`.

    `links` says which addresses of the texts may be links; without it none is, but those that lead to another
    provision of the text shown. With `whole` false, only the changed blocks are given, each under the title
    of its provision.
    """
    page = _Page(comparison, links, whole=whole)
    return f'<div class="redline">{"".join([*page.summary(), *page.text()])}</div>'


class _Page:
    """Writes one comparison."""

    def __init__(self, comparison: Comparison, links: LinkPolicy | None, *, whole: bool) -> None:
        self._comparison = comparison
        self._whole = whole
        self._names = Names(comparison)
        self._entries = entries(comparison)
        self._departures = departures(comparison) if whole else ()
        self._anchors = Anchors(comparison, self._entries, self._departures, whole=whole)
        self._ends = Ends(comparison)
        self._ways = Ways(links, self._anchors.inner, self._ends, self._anchors.sentences)
        self._order = list(self._anchors.stops)
        self._rank_of = {row: rank for rank, row in enumerate(self._order)}
        self._left_from = {departure.arrival: at for at, departure in enumerate(self._departures)}

    def summary(self) -> Iterator[str]:
        """Yield the first line, the warnings, and the list of changes with a link to each."""
        yield f'<p class="premiere-ligne">{_escape(first_line(self._comparison))}</p>'
        if self._comparison.attachments:
            yield '<ul class="pieces-jointes">'
            yield from (f"<li>{_escape(one)}</li>" for one in attachments.sentences(self._comparison))
            yield "</ul>"
        if warnings := self._comparison.warnings:
            yield '<ul class="avertissements">'
            for warning in warnings:
                yield f"<li><strong>Attention{NBSP}:</strong> {_escape(warning_sentence(warning))}</li>"
            yield "</ul>"
        if not self._entries:
            return
        yield f'<h3 id="{self._anchors.prefix}-liste">Liste des changements</h3><ol class="changements">'
        for rank, entry in enumerate(self._entries):
            yield self._listed(rank, entry)
        yield "</ol>"
        if any(change.callouts for change in self._comparison.changes):
            yield f'<p class="note">{_escape(CALLOUTS)}</p>'

    def _listed(self, rank: int, entry: Entry) -> str:
        names = [*(f"classe-{found}" for found in entry.classes), *["deplace"] * entry.is_moved]
        callouts = "".join(f"<li>{_escape(callout)}</li>" for callout in entry.callouts)
        told = f'<ul class="reperages">{callouts}</ul>' if callouts else ""
        if entry.members:
            links = (self._link(rank, at, one, one.name) for at, one in enumerate(entry.members))
            where = "".join(f"<li>{link}</li>" for link in links)
            summary = f"<summary>{_escape(entry.sentence)}</summary>"
            shown = f'<details>{summary}<ul class="dispositions">{where}</ul></details>'
        else:
            shown = self._link(rank, 0, entry, f"{entry.sentence}.")
        return f'<li class="{" ".join(names)}">{shown}{told}</li>'

    def _link(self, rank: int, member: int, entry: Entry, said: str) -> str:
        target = self._anchors.line(rank, member, entry.rows)
        return f'<a href="#{target}">{_escape(said)}</a>' if target else _escape(said)

    def text(self) -> Iterator[str]:
        """Yield the text, or its changed blocks alone."""
        if not self._whole and not self._order:
            return
        yield f"<h3>{'Le texte, changements en place' if self._whole else 'Les passages changés'}</h3>"
        yield '<div class="texte compare">'
        leaving: dict[int, list[int]] = {}
        for at, departure in enumerate(self._departures):
            leaving.setdefault(departure.after, []).append(at)
        layout = Layout()
        yield from (layout.note(self._departed(at)) for at in leaving.get(TOP, ()))
        place: Place | None = None
        for rank, row in enumerate(self._comparison.rows):
            changed = is_changed(self._comparison, rank)
            if not self._whole and not changed:
                continue
            blocks = spell(rank, row, self._ways)
            unit = blocks[0].unit
            if not self._whole and unit.place != place and unit.kind is not UnitKind.HEADING:
                yield from layout.title(self._names.of_row(row))
            place = unit.place
            for number, block in enumerate(blocks):
                first = number == 0
                attributes = self._attributes(rank, row, changed=changed, first=first)
                yield from layout.block(block, attributes, self._bar(rank, row) if changed and first else "")
            yield from (layout.note(self._departed(at)) for at in leaving.get(rank, ()))
        yield from layout.close()
        yield "</div>"

    def _departed(self, at: int) -> str:
        """Return what is said where something stood before it moved."""
        departure: Departure = self._departures[at]
        link = f'<a href="#{self._anchors.row(departure.arrival)}">voir sa nouvelle place</a>'
        ident = self._anchors.departure(at)
        return f'<p class="repere depart hors-texte" id="{ident}">{_escape(departure.sentence)} {link}</p>'

    def _attributes(self, rank: int, row: Row, *, changed: bool, first: bool) -> str:
        anchor = self._anchors.row(rank) if first else ""
        names = []
        if changed:
            names = ["ligne", *(f"classe-{found}" for found in row.classes)]
            names += ["ajoutee"] * (not row.old) + ["supprimee"] * (not row.new)
            names += ["deplacee"] * (self._moved(row) or bool(row.moves)) + ["suite"] * (not first)
        unit = (row.new or row.old)[0]
        if unit.kind is UnitKind.ITEM and unit.marker and (names or anchor):
            names.append("numerotee")
        shown = f' class="{" ".join(names)}"' if names else ""
        return f'{shown} id="{anchor}"' if anchor else shown

    def _bar(self, rank: int, row: Row) -> str:
        """Return what is said above a changed block: what it is, and the way to its neighbours."""
        label = self._label(row)
        steps = []
        if rank in self._left_from:
            target = self._anchors.departure(self._left_from[rank])
            steps.append(f'<a href="#{target}">voir son ancienne place</a>')
        if rank in self._rank_of:
            steps += self._steps(self._rank_of[rank])
        elif not steps and self._repeats(rank, row):
            return ""
        links = f' <span class="pas">{" ".join(steps)}</span>' if steps else ""
        return f'<p class="repere hors-texte"><strong>{_escape(label)}</strong>{links}</p>'

    def _repeats(self, rank: int, row: Row) -> bool:
        """Whether a block would be told as the one just before it, by the same line of the list."""
        if self._anchors.line_of.get(rank - 1) != self._anchors.line_of[rank]:
            return False
        return self._label(row, brief=True) == self._label(self._comparison.rows[rank - 1], brief=True)

    def _steps(self, here: int) -> Iterator[str]:
        """Yield which lines of the list a passage is about, then the ways to its neighbours and the list."""
        ranks = listed([str(rank + 1) for rank in self._anchors.told_at[self._order[here]]])
        yield f'<span class="rang">{ranks}/{len(self._entries)}</span>'
        stops = self._anchors.stops
        if here > 0:
            yield f'<a href="#{stops[self._order[here - 1]]}">changement précédent</a>'
        if here < len(self._order) - 1:
            yield f'<a href="#{stops[self._order[here + 1]]}">changement suivant</a>'
        yield f'<a href="#{self._anchors.prefix}-liste">liste</a>'

    def _label(self, row: Row, *, brief: bool = False) -> str:
        """Return what happened to a block, in words; when `brief`, without the signs that were swapped."""
        facts = list(self._ends.facts(row))
        own = settled(row, self._comparison.moves)
        if not (row.old and row.new):
            said = self._lone_label(own, facts)
        elif own_label := self._own_label(own, is_whole=not facts, brief=brief):
            said = [own_label, *facts]
        else:
            said = facts or ["texte inchangé"]
        label = f"{NBSP}; ".join(said)
        return label[0].upper() + label[1:]

    def _lone_label(self, own: Row, facts: Sequence[str]) -> list[str]:
        """Return what is said of a block that faces nothing; `facts` are about the sentences that moved."""
        if facts and not any(span.text.strip() for span in own.spans):
            return list(facts)
        done, but = ("supprimé", "sauf") if own.old else ("ajouté", "avec")
        return [f"{done}, {but} {facts[0]}", *facts[1:]] if facts else [done]

    def _own_label(self, row: Row, *, is_whole: bool, brief: bool) -> str:
        """Return what happened to a block that faces another, sentences that moved alone left out."""
        change = self._comparison.changes[row.change] if row.change is not None else None
        said = []
        if self._moved(row):
            said.append(moved_from(row, change, self._names))
        if ChangeClass.WORDING in row.classes:
            said.append(edited([row]))
            said += [TOO_LONG] * is_too_long(row)
        elif row.classes:
            said.append(classes_alone(row.classes))
        elif said and is_whole:
            said.append("texte inchangé")
        signs = "" if brief or ChangeClass.WORDING in row.classes else details([row])
        return f"{', '.join(said)}{f'{NBSP}: {signs}' if signs else ''}"

    def _moved(self, row: Row) -> bool:
        if row.moved:
            return True
        if row.change is None or not (row.old and row.new):
            return False
        change = self._comparison.changes[row.change]
        return ChangeKind.MOVED in change.kinds and not change.moves


def _escape(text: str) -> str:
    return escape(coded(text, changed=False), quote=False)
