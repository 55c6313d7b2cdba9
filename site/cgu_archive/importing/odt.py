"""Read an OpenDocument text, as LibreOffice writes it: titles, numbers, lists, tables, notes, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cgu_archive.importing import odt_changes, titles
from cgu_archive.importing.model import ImportRefusedError, Kind, Tracked, TrackedChangesError, TrackedCount
from cgu_archive.importing.odt_styles import OFFICE, TEXT, Counters, Styles
from cgu_archive.importing.packages import Element, Package
from cgu_archive.importing.pieces import (
    BULLET,
    Found,
    Hanging,
    Paragraph,
    Run,
    Table,
    merged,
    readable,
)

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_CONTENTS = frozenset(
    f"{TEXT}{name}"
    for name in ("table-of-content", "illustration-index", "table-index", "alphabetical-index")
)
_APART = frozenset(
    (
        f"{TEXT}tracked-changes",
        f"{TEXT}note",
        f"{TEXT}sequence-decls",
        f"{OFFICE}annotation",
        f"{OFFICE}forms",
    )
)
"""What stands apart from the words around it."""
_SPACES = re.compile(r"[ \t\r\n]+")
_LINK = ("http://", "https://", "mailto:", "#")


@dataclass(slots=True)
class _Draft:
    """A paragraph being read."""

    runs: list[Run] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    comments: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


def read(package: Package, tracked: Tracked | None) -> tuple[Found, tuple[TrackedCount, ...]]:
    """Return what an OpenDocument text says, and the changes it tracked.

    Raises `ImportRefusedError`, `TrackedChangesError` when it tracks changes and `tracked` is None.
    """
    content, styles = package.xml("content.xml"), package.xml("styles.xml")
    text = None if content is None else content.find(f"{OFFICE}body/{OFFICE}text")
    if content is None or text is None:
        raise ImportRefusedError("Ce fichier n’est pas un texte OpenDocument. Enregistrez-le en .odt.")
    changes = odt_changes.counts(text)
    if changes and tracked is None:
        raise TrackedChangesError(changes, Kind.ODT)
    doubts = odt_changes.refuse(text) if changes and tracked is Tracked.REJECT else []
    found = _Reader(text, Styles(content, styles)).read()
    found.general += doubts
    return found, changes


class _Reader:
    """Reads one text whose changes are accepted: what was deleted stands apart from it."""

    def __init__(self, text: Element, styles: Styles) -> None:
        self._text = text
        self._styles = styles
        self._counters = Counters(styles)
        self._found = Found()
        self._clues: list[titles.Clue | None] = []
        self._notes: list[tuple[Element, _Draft]] = []
        self._rank = 0

    def read(self) -> Found:
        self._blocks(self._text)
        self._write_notes()
        found = self._found
        found.raw = "\n".join([_raw(self._text), *(_raw(note) for note, _ in self._notes)])
        found.pieces = titles.by_look(found.pieces, self._clues, self._styles.normal_size)
        return found

    # Blocks

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            tag = child.tag
            if tag == f"{TEXT}h":
                level = self._styles.whole(child.get(f"{TEXT}outline-level")) or 1
                self._paragraph(child, level, self._counters.outline(child, level), 0)
            elif tag == f"{TEXT}p":
                self._paragraph(child, 0, "", 0)
            elif tag in (f"{TEXT}list", f"{TEXT}ordered-list", f"{TEXT}unordered-list"):
                self._list(child, 1, None)
            elif tag == f"{_TABLE}table":
                self._table(child)
            elif tag in _CONTENTS:
                count = sum(1 for _ in child.iter(f"{TEXT}p"))
                self._found.general.append(
                    f"Sommaire automatique laissé de côté ({count} lignes) : l’archive fait le sien."
                )
            elif tag == f"{TEXT}section":
                self._blocks(child)

    def _list(self, element: Element, depth: int, style: str | None) -> None:
        style = element.get(f"{TEXT}style-name") or style
        self._counters.begin(element, style, depth)
        for item in element:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            marker = self._counters.item(item, style, depth) if item.tag == f"{TEXT}list-item" else ""
            for child in item:
                if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    level = (
                        self._styles.whole(child.get(f"{TEXT}outline-level"))
                        if child.tag == f"{TEXT}h"
                        else 0
                    )
                    self._paragraph(child, level or 0, marker, 0 if level else depth)
                    marker = ""
                elif child.tag == f"{TEXT}list":
                    self._list(child, depth + 1, style)

    def _paragraph(self, element: Element, level: int, marker: str, depth: int) -> None:
        self._rank += 1
        draft = _Draft()
        style = element.get(f"{TEXT}style-name")
        if level == 0 and self._styles.is_title(style):
            level = titles.WHOLE
        bold, italic = (False, False) if level else self._styles.look(style)
        self._inlines(element, draft, bold, italic, None)
        runs = merged(draft.runs)
        words = "".join(run.text for run in runs)
        place = f"paragraphe {self._rank}"
        self._found.comments += [self._comment(one) for one in draft.comments]
        if words.strip() or marker not in ("", BULLET):
            piece = Paragraph(runs, place, level, marker, depth, doubts=tuple(dict.fromkeys(draft.doubts)))
            self._found.pieces.append(piece)
            said = [run for run in runs if run.text.strip()]
            self._clues.append(
                titles.Clue(
                    bool(said) and all(run.bold for run in said),
                    titles.is_capitals(words),
                    self._styles.size(style),
                )
            )
        else:
            self._found.general += draft.doubts
        for box in draft.boxes:
            self._blocks(box)

    def _table(self, table: Element) -> None:
        rows, doubts = [], list[str]()
        for row in table.iter(f"{_TABLE}table-row"):
            if next(row.iterancestors(f"{_TABLE}table"), None) is not table:
                continue
            cells = [
                tuple(self._cell(cell, doubts))
                for cell in row
                if cell.tag.startswith(_TABLE) and "cell" in cell.tag
            ]
            rows.append(tuple(cells))
        if any(run.text.strip() for row in rows for cell in row for run in cell):
            place = f"tableau avant le paragraphe {self._rank + 1}"
            self._found.pieces.append(Table(tuple(rows), place, tuple(dict.fromkeys(doubts))))
            self._clues.append(None)

    def _cell(self, cell: Element, doubts: list[str]) -> Iterator[Run]:
        draft = _Draft()
        for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h"):
            if draft.runs:
                draft.runs.append(Run(" "))
                doubts.append("Une cellule a plusieurs paragraphes : ils sont mis à la suite.")
            bold, italic = self._styles.look(paragraph.get(f"{TEXT}style-name"))
            self._inlines(paragraph, draft, bold, italic, None)
        if any(
            (self._styles.whole(cell.get(f"{_TABLE}number-{way}-spanned")) or 1) > 1
            for way in ("columns", "rows")
        ):
            doubts.append("Des cellules fusionnées sont séparées : vérifiez le tableau.")
        doubts += draft.doubts
        self._found.comments += [self._comment(one) for one in draft.comments]
        yield from merged(draft.runs)

    # Words

    def _inlines(self, element: Element, draft: _Draft, bold: bool, italic: bool, link: str | None) -> None:
        def say(words: str | None, *, mark: bool = False) -> None:
            if words:
                draft.runs.append(Run(words, bold, italic, link, mark))

        say(element.text and _collapsed(element.text))
        for child in element:
            match str(child.tag).removeprefix(TEXT):
                case "s":
                    say(" ")
                case "tab":
                    say(" ")
                case "line-break":
                    say("\n")
                case "note":
                    self._notes.append((child, _Draft()))
                    say(f"[^{len(self._notes)}]", mark=True)
                case "a":
                    target = str(child.get(_HREF, ""))
                    kept = readable(target) if target.startswith(_LINK) else None
                    if kept is None:
                        draft.doubts.append(
                            f"Lien retiré, son adresse n’est pas complète : « {target[:80]} »."
                        )
                    self._inlines(child, draft, bold, italic, kept)
                case "span":
                    own = self._styles.look(child.get(f"{TEXT}style-name"), (bold, italic))
                    self._inlines(child, draft, *own, link)
                case _ if child.tag == f"{OFFICE}annotation":
                    draft.comments.append(child)
                case _ if child.tag.startswith(_DRAW):
                    self._drawing(child, draft)
                case "tracked-changes" | "soft-page-break":
                    pass
                case _:
                    self._inlines(child, draft, bold, italic, link)
            say(child.tail and _collapsed(child.tail))

    def _drawing(self, element: Element, draft: _Draft) -> None:
        boxes = _outermost(element, f"{_DRAW}text-box")
        draft.boxes += boxes
        if boxes:
            draft.doubts.append("Une zone de texte est placée à la suite du paragraphe : vérifiez sa place.")
        elif next(element.iter(f"{_DRAW}object", f"{_DRAW}object-ole"), None) is not None:
            draft.doubts.append("Un objet inséré (feuille, document…) n’est pas repris.")
        else:
            draft.doubts.append("Une image n’est pas reprise : si elle dit quelque chose, écrivez-le.")

    def _write_notes(self) -> None:
        rank = 0
        while rank < len(self._notes):
            note, draft = self._notes[rank]
            rank += 1
            body = note.find(f"{TEXT}note-body")
            for paragraph in () if body is None else body.iter(f"{TEXT}p"):
                if next(paragraph.iterancestors(body.tag)) is not body:
                    continue  # of a note in this one, which has its turn
                if draft.runs:
                    draft.runs.append(Run(" "))
                self._inlines(paragraph, draft, False, False, None)
            runs = (Run(f"[^{rank}]: ", mark=True), *merged(draft.runs))
            self._found.pieces.append(Paragraph(runs, f"note {rank}", doubts=tuple(draft.doubts)))
            self._clues.append(None)

    def _comment(self, element: Element) -> Hanging:
        author = next((one.text or "" for one in element.iterfind(f"{_DC}creator")), "") or "auteur inconnu"
        date = next((one.text or "" for one in element.iterfind(f"{_DC}date")), "")
        words = "\n".join("".join(one.itertext()) for one in element.iter(f"{TEXT}p"))
        return Hanging(author, words, date[:26], len(self._found.pieces))


def _outermost(element: Element, tag: str) -> list[Element]:
    """Return the elements of this tag in `element` that stand in no other: it is read with them."""
    found: list[Element] = []
    for one in element.iter(tag):
        if not found or found[-1] not in one.iterancestors(tag):
            found.append(one)
    return found


def _collapsed(text: str) -> str:
    """Return words with their spaces as OpenDocument shows them: one for several."""
    return _SPACES.sub(" ", text)


def _raw(root: Element) -> str:
    """Return every word of the text, or of one note; notes, comments and what was deleted stand apart."""
    said: list[str] = []

    def walk(element: Element) -> None:
        said.append(element.text or "")
        for child in element:
            if child.tag in _CONTENTS or child.tag in _APART:
                pass
            elif child.tag in (f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break"):
                said.append(" ")
            else:
                apart = child.tag in (f"{TEXT}p", f"{TEXT}h") or child.tag.startswith(_DRAW)
                said.append("\n" if apart else "")
                walk(child)
                said.append("\n" if apart else "")
            said.append(child.tail or "")

    body = root.find(f"{TEXT}note-body") if root.tag == f"{TEXT}note" else root
    if body is not None:
        walk(body)
    return "".join(said)
