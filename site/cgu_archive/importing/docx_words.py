"""The words of a Word file without its structure, and the few things that both readings need to know."""

from __future__ import annotations

import re

from cgu_archive.importing.docx_changes import Choice
from cgu_archive.importing.docx_styles import Look, Styles, W, look_over, value
from cgu_archive.importing.packages import Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_HYPERLINK = re.compile(r'\s*HYPERLINK\s+"([^"]+)"')
_SIGNS = {
    "f0a8": "☐", "f06f": "☐", "f0fe": "☒", "f0fd": "☒", "f052": "☑", "f0fc": "✓", "f0b7": "•", "f0a7": "▪",
    "f0d8": "➢", "f0e0": "→", "f0e8": "→",
}  # fmt: skip
_HIDES = frozenset({f"{W}vanish", f"{W}rStyle"})
_BLANKS = frozenset(f"{W}{name}" for name in ("tab", "ptab", "br", "cr"))


class Fields:
    """Follows the fields of a file: only their results are read by people, not what computes them."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str | None]] = []
        """Of each open field, what it computes, and where it points once that was read."""

    @property
    def shows(self) -> bool:
        """Whether words that stand here are seen."""
        return all(target is not None for _, target in self._open)

    @property
    def link(self) -> str | None:
        """Where words that stand here point."""
        return next((target for _, target in reversed(self._open) if target), None)

    def read(self, element: Element) -> None:
        """Go past a `fldChar` or an `instrText`."""
        if element.tag == f"{W}instrText":
            if self._open and self._open[-1][1] is None:
                self._open[-1] = (self._open[-1][0] + (element.text or ""), None)
            return
        match element.get(f"{W}fldCharType"):
            case "begin":
                self._open.append(("", None))
            case "separate" if self._open:
                found = _HYPERLINK.match(self._open[-1][0])
                self._open[-1] = (self._open[-1][0], found[1] if found else "")
            case "end" if self._open:
                self._open.pop()


def hidden(run: Element, styles: Styles) -> bool:
    """Whether the words of a run are masked."""
    properties = run.find(f"{W}rPr")
    if properties is None or not (_HIDES & {child.tag for child in properties}):
        return False
    return look_over(styles.character(Look(), value(properties, "rStyle")), properties).hidden


def symbol(element: Element) -> tuple[str, bool]:
    """Return the sign of a `sym`, and whether it is known."""
    code = str(element.get(f"{W}char", "")).lower()
    if code in _SIGNS:
        return _SIGNS[code], True
    return "\ufffd", False


def is_contents_part(block: Element) -> bool:
    """Whether a `sdt` is an automatic table of contents."""
    gallery = block.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def raw_words(root: Element, choice: Choice, styles: Styles) -> str:
    """Return every word under `root` that a reader of Word sees, but the numbers that Word draws."""
    said: list[str] = []
    fields = Fields()

    def walk(element: Element) -> None:
        tag = element.tag
        if choice.drops(element) or tag == f"{_MC}Fallback":
            return
        if tag in (f"{W}t", f"{W}delText"):
            said.append(element.text or "" if fields.shows else "")
        elif tag == _MATH:
            said.append(f" {element.text or ''} ")
        elif tag in _BLANKS:
            said.append(" ")
        elif tag == f"{W}noBreakHyphen":
            said.append("\u2011")
        elif tag in (f"{W}fldChar", f"{W}instrText"):
            fields.read(element)
        elif tag == f"{W}p":
            properties = choice.properties(element)
            if not styles.is_contents(value(properties, "pStyle")):
                children(element)
                said.append("" if choice.joins_next(element.find(f"{W}pPr")) else "\n")
        elif not (
            (tag == f"{W}r" and hidden(element, styles))
            or (tag == f"{W}sdt" and is_contents_part(element))
            or (tag == f"{W}tr" and choice.drops_row(element))
            or (tag == f"{W}tc" and choice.drops_cell(element))
        ):
            children(element)

    def children(element: Element) -> None:
        boxes = []
        for child in element:
            if child.tag == f"{W}txbxContent":
                boxes.append(child)
            else:
                walk(child)
        for box in boxes:
            said.append("\n")
            children(box)

    children(root)
    return "".join(said)
