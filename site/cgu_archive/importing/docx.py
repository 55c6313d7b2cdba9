"""Read a Word file as a person sees it: titles, numbers, lists, tables, notes, links, comments."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from cgu_archive.importing import docx_changes, titles
from cgu_archive.importing.docx_inlines import DESCENDS, Draft, Inlines
from cgu_archive.importing.docx_numbering import Marker, Numbering
from cgu_archive.importing.docx_styles import Look, Styles, W, indent, number, value
from cgu_archive.importing.docx_words import is_contents_part, raw_words
from cgu_archive.importing.model import ImportRefusedError, Kind, Tracked, TrackedChangesError, TrackedCount
from cgu_archive.importing.packages import Element, Package
from cgu_archive.importing.pieces import BULLET, Found, Hanging, Line, Literal, Paragraph, Run, Table, merged

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = "http://purl.oclc.org/ooxml/"
_DEEPER = 100
"""Twentieths of a point that make a list stand under another."""


def read(package: Package, tracked: Tracked | None) -> tuple[Found, tuple[TrackedCount, ...]]:
    """Return what a Word file says, and the changes it tracked.

    Raises `ImportRefusedError`, `TrackedChangesError` when it tracks changes and `tracked` is None.
    """
    return _Reader(package, tracked).read()


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the kind and target of each relationship of a part, by id."""
    folder, name = posixpath.split(part)
    root = package.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
    if root is None:
        return {}
    return {
        str(one.get("Id", "")): (str(one.get("Type", "")).rpartition("/")[2], _target(folder, one))
        for one in root.iterfind(_REL)
    }


def _target(folder: str, relation: Element) -> str:
    target = str(relation.get("Target", ""))
    if relation.get("TargetMode") == "External":
        return target
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


class _Reader:
    """Reads one file."""

    def __init__(self, package: Package, tracked: Tracked | None) -> None:
        main = next((to for kind, to in _relations(package, "").values() if kind == "officeDocument"), "")
        root = package.xml(main)
        if root is None or not str(root.tag).endswith("}document"):
            raise ImportRefusedError("Ce fichier n’est pas un document Word. Enregistrez-le en .docx.")
        if str(root.tag).startswith(f"{{{_STRICT}"):
            raise ImportRefusedError(
                "Document Word « Open XML strict » : enregistrez-le en « Document Word (.docx) »."
            )
        body = root.find(f"{W}body")
        if body is None:
            raise ImportRefusedError("Document Word sans contenu : ouvrez-le, enregistrez-le de nouveau.")
        self._body = body
        self._relations = _relations(package, main)
        parts = {kind: package.xml(to) for kind, to in self._parts()}
        self._styles = Styles(parts.get("styles"))
        self._numbering = Numbering(parts.get("numbering"), self._styles)
        self._comments = _by_id(parts.get("comments"), "comment")
        notes = {
            "footnoteReference": _by_id(parts.get("footnotes"), "footnote"),
            "endnoteReference": _by_id(parts.get("endnotes"), "endnote"),
        }
        self._margins = [
            root for kind, root in parts.items() if kind.startswith(("header", "footer")) and root is not None
        ]
        changed = (
            root,
            *(part for name in ("footnotes", "endnotes") if (part := parts.get(name)) is not None),
        )
        self._changes = docx_changes.counts(changed)
        if self._changes and tracked is None:
            raise TrackedChangesError(self._changes, Kind.DOCX)
        self._choice = docx_changes.Choice(tracked)
        self._inlines = Inlines(self._relations, self._styles, self._choice, notes)
        self._found = Found()
        self._hung: set[str] = set()
        self._clues: list[titles.Clue | None] = []
        self._raw: list[str] = []
        self._open: list[tuple[int, str | None, int, bool]] = []
        self._carried: Draft | None = None
        self._rank = 0
        self._contents = 0

    def _parts(self) -> Iterator[tuple[str, str]]:
        for rank, (kind, to) in enumerate(self._relations.values()):
            if kind in ("styles", "numbering", "comments", "footnotes", "endnotes"):
                yield kind, to
            elif kind in ("header", "footer"):
                yield f"{kind}{rank}", to

    def read(self) -> tuple[Found, tuple[TrackedCount, ...]]:
        self._raw.append(raw_words(self._body, self._choice, self._styles))
        self._blocks(self._body)
        self._write_notes()
        self._hang_others()
        found = self._found
        found.raw = "\n".join(self._raw)
        self._say_general()
        found.pieces = titles.by_look(found.pieces, self._clues, self._styles.normal_size)
        return found, self._changes

    def _say_general(self) -> None:
        general = self._found.general
        if self._contents:
            general.append(
                f"Sommaire automatique laissé de côté ({self._contents} lignes) : l’archive fait le sien."
            )
        margins = {" ".join("".join(root.itertext()).split()) for root in self._margins} - {""}
        if margins:
            told = " / ".join(f"« {words[:80]} »" for words in sorted(margins))
            general.append(f"L’en-tête et le pied de page ne font pas partie du texte : {told}.")

    # Blocks

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            if self._choice.drops(child):
                continue
            match str(child.tag).removeprefix(W):
                case "p":
                    self._paragraph(child)
                case "tbl":
                    self._flush()
                    self._table(child)
                case "sdt":
                    if is_contents_part(child):
                        self._contents += sum(1 for _ in child.iter(f"{W}p"))
                    elif (inner := child.find(f"{W}sdtContent")) is not None:
                        self._blocks(inner)
                case "altChunk":
                    self._found.general.append(
                        "Le fichier en contient un autre, inséré tel quel, qui n’est pas lu : "
                        "ouvrez-le dans Word, enregistrez-le, recommencez."
                    )
                case _ if child.tag in DESCENDS:
                    self._blocks(child)
        self._flush()

    def _flush(self) -> None:
        """Write the paragraph whose end is gone and that nothing follows."""
        if self._carried is not None:
            draft, self._carried = self._carried, None
            self._finish(draft)

    def _paragraph(self, element: Element) -> None:
        properties = self._choice.properties(element)
        if self._styles.is_contents(value(properties, "pStyle")):
            self._contents += 1
            return
        self._rank += 1
        draft = self._carried or Draft()
        self._carried = None
        draft.properties = properties
        style = value(properties, "pStyle")
        draft.is_title = self._styles.is_title(style) or self._styles.level(style, properties) > 0
        self._inlines.read(element, draft, None)
        if self._choice.joins_next(element.find(f"{W}pPr")):
            self._carried = draft
        else:
            self._finish(draft)

    def _finish(self, draft: Draft) -> None:
        style = value(draft.properties, "pStyle")
        level = self._styles.level(style, draft.properties)
        if self._styles.is_title(style):
            level = -1
        numbered, given = self._styles.numbering(style, draft.properties)
        marker = self._numbering.marker(numbered.number, numbered.level, given)
        runs = merged(draft.runs)
        words = "".join(run.text for run in runs)
        doubts = list(draft.doubts)
        self._found.comments += [self._comment(name) for name in draft.comments if name in self._comments]
        if marker is not None and not marker.known:
            doubts.append(
                f"Numéro « {marker.text} » écrit en chiffres : sa forme dans Word n’est pas connue."
            )
        if words.strip() or (marker is not None and marker.text != BULLET):
            depth = 0
            if marker is not None and level == 0:
                depth = self._depth(marker, numbered.number, draft.properties, style)
            elif words.strip():
                self._open.clear()
            place, said = f"paragraphe {self._rank}", tuple(doubts)
            if level == 0 and marker is None and self._styles.is_code(style):
                self._add(Literal(words, place, doubts=said), None)
            else:
                quotes = int(level == 0 and marker is None and self._styles.is_quote(style))
                shown = marker.text if marker else ""
                piece = Paragraph(runs, place, level, shown, depth, quotes, doubts=said)
                self._add(piece, self._clue(draft, style))
        elif draft.properties is not None and draft.properties.find(f"{W}pBdr/{W}bottom") is not None:
            self._add(Line(f"paragraphe {self._rank}"), None)
        else:
            self._found.general += doubts
        for box in draft.boxes:
            self._blocks(box)

    def _add(self, piece: Paragraph | Table | Line | Literal, clue: titles.Clue | None) -> None:
        self._found.pieces.append(piece)
        self._clues.append(clue)

    def _clue(self, draft: Draft, style: str | None) -> titles.Clue:
        words = [(run, look) for run, look in zip(draft.runs, draft.looks, strict=True) if run.text.strip()]
        sizes = [look.size for _, look in words] or [self._styles.normal_size]
        return titles.Clue(
            bold=bool(words) and all(look.bold for _, look in words),
            capitals=bool(words) and all(look.caps or run.text.upper() == run.text for run, look in words),
            size=min(sizes),
            centred=value(draft.properties, "jc") == "center",
        )

    def _depth(self, marker: Marker, named: str | None, properties: Element | None, style: str | None) -> int:
        """Return how many lists a paragraph stands in: by its level in one list, by its indent across two."""
        left = next(
            (at for at in (indent(properties), marker.indent, self._styles.indent(style)) if at is not None),
            360 * (marker.level + 1),
        )
        is_bullet = marker.text == BULLET
        while self._open:
            over_left, over_named, over_level, over_bullet = self._open[-1]
            if over_named == named and over_level != marker.level:
                under = marker.level > over_level
            else:
                under = left > over_left + _DEEPER or (
                    is_bullet and not over_bullet and over_named != named and len(self._open) == 1
                )
            if under and not (over_named == named and over_level == marker.level):
                break
            self._open.pop()
        self._open.append((left, named, marker.level, is_bullet))
        return len(self._open)

    def _write_notes(self) -> None:
        """Write the notes after the text, in the order of their calls; notes of notes follow."""
        rank = 0
        while rank < len(self._inlines.called):
            note, draft = self._inlines.called[rank]
            rank += 1
            for paragraph in note.iter(f"{W}p"):
                if draft.runs:
                    self._inlines.say(draft, " ", Look(), None)
                self._inlines.read(paragraph, draft, None)
            self._raw.append(raw_words(note, self._choice, self._styles))
            runs = (Run(f"[^{rank}]: ", mark=True), *merged(draft.runs))
            self._add(Paragraph(runs, f"note {rank}", doubts=tuple(draft.doubts)), None)

    def _comment(self, name: str) -> Hanging:
        self._hung.add(name)
        element = self._comments[name]
        words = "\n".join("".join(p.itertext(f"{W}t")) for p in element.iter(f"{W}p"))
        author = str(element.get(f"{W}author") or "auteur inconnu")
        return Hanging(author, words, str(element.get(f"{W}date") or ""), len(self._found.pieces))

    def _hang_others(self) -> None:
        """Hang on the last block the comments that hang on nothing that is read: none is lost."""
        for name in self._comments:
            if name not in self._hung:
                self._found.comments.append(self._comment(name))

    # Tables

    def _table(self, table: Element) -> None:
        rows = [
            row
            for row in table.iter(f"{W}tr")
            if _owner(row, "tbl") is table and not self._choice.drops_row(row)
        ]
        cells = [
            [
                cell
                for cell in row.iter(f"{W}tc")
                if _owner(cell, "tr") is row and not self._choice.drops_cell(cell)
            ]
            for row in rows
        ]
        if sum(map(len, cells)) == 1:  # a frame around words
            self._blocks(next(row[0] for row in cells if row))
            return
        self._rank += 1
        self._open.clear()
        doubts: list[str] = []
        written = [tuple(self._row(row, doubts)) for row in cells if row]
        if written and any(run.text.strip() for row in written for cell in row for run in cell):
            place = f"tableau avant le paragraphe {self._rank + 1}"
            self._add(Table(tuple(written), place, tuple(dict.fromkeys(doubts))), None)

    def _row(self, cells: Sequence[Element], doubts: list[str]) -> Iterator[tuple[Run, ...]]:
        for cell in cells:
            draft = Draft()
            for paragraph in cell.iter(f"{W}p"):
                draft.properties = self._choice.properties(paragraph)
                place, given = self._styles.numbering(value(draft.properties, "pStyle"), draft.properties)
                marker = self._numbering.marker(place.number, place.level, given)
                if draft.runs:
                    self._inlines.say(draft, " ", Look(), None)
                    doubts.append("Une cellule a plusieurs paragraphes : ils sont mis à la suite.")
                if marker is not None and marker.text != BULLET:
                    self._inlines.say(draft, f"{marker.text} ", Look(), None, mark=True)
                self._inlines.read(paragraph, draft, None)
            self._found.comments += [self._comment(name) for name in draft.comments if name in self._comments]
            doubts += draft.doubts
            if cell.find(f".//{W}tbl") is not None:
                doubts.append("Un tableau dans un tableau : ses mots sont mis à la suite.")
            yield merged(draft.runs)
            wide = number(value(cell.find(f"{W}tcPr"), "gridSpan")) or 1
            if wide > 1 or cell.find(f"{W}tcPr/{W}vMerge") is not None:
                doubts.append("Des cellules fusionnées sont séparées : vérifiez le tableau.")
            yield from ((),) * (min(wide, 64) - 1)


def _by_id(root: Element | None, name: str) -> dict[str, Element]:
    if root is None:
        return {}
    return {str(one.get(f"{W}id", "")): one for one in root.iterfind(f"{W}{name}")}


def _owner(element: Element, name: str) -> Element | None:
    """Return the nearest `name` that holds `element`."""
    return next(element.iterancestors(f"{W}{name}"), None)
