"""Read a page of HTML as a browser shows it: words, titles, lists, tables and links, never scripts."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree
from lxml import html as lxml_html

from cgu_archive.importing.docx_numbering import shown
from cgu_archive.importing.model import ImportRefusedError
from cgu_archive.importing.packages import Element, refuse_tags
from cgu_archive.importing.pieces import BULLET, Found, Line, Literal, Paragraph, Run, Table, merged, readable
from cgu_archive.importing.titles import regular

_UNSEEN = frozenset(
    {
        "script",
        "style",
        "head",
        "template",
        "noscript",
        "svg",
        "math",
        "iframe",
        "object",
        "select",
        "textarea",
    }
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hr", "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "ul"}
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|#)\S*", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_CHARSET = re.compile(rb"charset\s*=", re.IGNORECASE)
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_DEEPEST = 200


def read(content: bytes) -> Found:
    """Return what a page says; raises `ImportRefusedError`."""
    body = _body(content)
    reader = _Reader()
    reader.block(body, 0, 0)
    reader.flush()
    found = reader.found
    found.raw = _raw(body)
    if reader.hidden:
        found.general.append("Du texte caché, que la page ne montre pas, est laissé de côté.")
    found.pieces = regular(found.pieces)
    return found


def _body(content: bytes) -> Element:
    refuse_tags(content)
    encoding = (
        None if _CHARSET.search(content[:2048]) or content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    )
    parser = lxml_html.HTMLParser(
        encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = lxml_html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ImportRefusedError("Cette page HTML ne se lit pas. Enregistrez-la de nouveau.") from error
    body = root.find(".//body")
    body = root if body is None else body
    if _depth(body) > _DEEPEST:
        raise ImportRefusedError(f"Page HTML imbriquée sur plus de {_DEEPEST} niveaux : elle n’est pas lue.")
    return body


def _depth(root: Element) -> int:
    """Return how deep the tags of `root` are nested."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def is_unseen(element: Element) -> bool:
    """Whether a browser shows nothing of an element."""
    if not isinstance(element.tag, str) or element.tag in _UNSEEN:
        return True
    return element.get("hidden") is not None or _HIDDEN.search(str(element.get("style", ""))) is not None


def _raw(element: Element) -> str:
    """Return every word under `element` that a browser shows, but the numbers that it draws."""
    said: list[str] = [element.text or ""]
    for child in element:
        if not is_unseen(child):
            separator = "\n" if child.tag in _BLOCKS or child.tag in ("br", "td", "th", "tr") else ""
            said += [separator, _raw(child), separator]
        said.append(child.tail or "")
    return "".join(said)


class _Reader:
    """Reads the blocks of a page."""

    def __init__(self) -> None:
        self.found = Found()
        self.hidden = False
        self._runs: list[Run] = []
        self._doubts: list[str] = []
        self._marker = ""
        self._level = 0
        self._at = (0, 0)
        """Lists and quotes around."""
        self._line = 0

    def block(self, element: Element, depth: int, quotes: int) -> None:
        """Read what stands in a block; `depth` lists and `quotes` quotes are around it."""
        self._at = (depth, quotes)
        self._words(element.text)
        for child in element:
            self._child(child, depth, quotes)
            self._at = (depth, quotes)
            self._words(child.tail)

    def _child(self, child: Element, depth: int, quotes: int) -> None:
        if is_unseen(child):
            self.hidden |= isinstance(child.tag, str) and child.tag not in _UNSEEN
            return
        if child.tag not in _BLOCKS:
            self._inline(child, False, False, None, depth, quotes)
            return
        self.flush()
        self._line = child.sourceline or self._line
        match child.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6" as name:
                numbered = self._marker not in ("", BULLET)  # LibreOffice counts titles as items
                self._level = int(name[1]) if quotes == 0 and (depth == 0 or numbered) else 0
                self.block(child, depth, quotes)
            case "ul" | "ol":
                self._list(child, depth + 1, quotes)
            case "table":
                self._table(child)
            case "blockquote":
                self.block(child, 0, quotes + 1)
            case "pre":
                self.found.pieces.append(Literal("".join(child.itertext()), self._place(), quotes))
            case "hr":
                self.found.pieces.append(Line(self._place(), quotes))
            case _:
                self.block(child, depth, quotes)
        self.flush()
        self._level = 0

    def _place(self) -> str:
        return f"ligne {self._line}" if self._line else ""

    def flush(self, *, ends: bool = False) -> None:
        """Write the paragraph that was being read; a number without words too, where its item `ends`."""
        runs = merged(self._runs)
        if "".join(run.text for run in runs).strip() or (ends and self._marker not in ("", BULLET)):
            depth, quotes = self._at
            depth = 0 if self._level else depth
            piece = Paragraph(
                runs, self._place(), self._level, self._marker, depth, quotes, doubts=tuple(self._doubts)
            )
            self.found.pieces.append(piece)
            self._marker = ""
        self._runs, self._doubts = [], []

    def _list(self, element: Element, depth: int, quotes: int) -> None:
        items = [child for child in element if child.tag == "li" and not is_unseen(child)]
        step = -1 if element.get("reversed") is not None else 1
        rank = _whole(element.get("start"), len(items) if step < 0 else 1)
        form = _FORMS.get(str(element.get("type", "")), "decimal")
        for item in element:
            if is_unseen(item):
                continue
            if item.tag != "li":
                self._at = (depth, quotes)
                self._child(item, depth, quotes)
                continue
            rank = _whole(item.get("value"), rank)
            self._marker = BULLET if element.tag == "ul" else f"{shown(rank, form)}."
            self._line = item.sourceline or self._line
            self.block(item, depth, quotes)
            self.flush(ends=True)
            self._marker = ""
            rank += step

    def _table(self, table: Element) -> None:
        rows = []
        doubts: list[str] = []
        for row in table.iter("tr"):
            if next(row.iterancestors("table"), None) is not table or is_unseen(row):
                continue
            cells: list[tuple[Run, ...]] = []
            for cell in row:
                if cell.tag not in ("td", "th") or is_unseen(cell):
                    continue
                inner = _Reader()
                inner.block(cell, 0, 0)
                inner.flush()
                cells.append(_cell(inner.found, doubts))
                wide = min(_whole(cell.get("colspan"), 1), 64)
                if wide > 1 or _whole(cell.get("rowspan"), 1) > 1:
                    doubts.append("Des cellules fusionnées sont séparées : vérifiez le tableau.")
                cells += [()] * (wide - 1)
            if cells:
                rows.append(tuple(cells))
        caption = table.find("caption")
        if caption is not None:
            self.block(caption, 0, 0)
            self.flush()
        if rows:
            self.found.pieces.append(Table(tuple(rows), self._place(), tuple(dict.fromkeys(doubts))))

    # Words

    def _inline(
        self, element: Element, bold: bool, italic: bool, link: str | None, depth: int, quotes: int
    ) -> None:
        match element.tag:
            case "b" | "strong":
                bold = True
            case "i" | "em":
                italic = True
            case "a":
                target = str(element.get("href", "")).strip()
                link = readable(target) if _LINK.fullmatch(target) else None
                if target and link is None:
                    self._doubts.append(f"Lien retiré, son adresse n’est pas complète : « {target[:80]} ».")
            case "br":
                self._runs.append(Run("\n"))
            case "img":
                self._doubts.append("Une image n’est pas reprise : si elle dit quelque chose, écrivez-le.")
        self._words(element.text, bold, italic, link)
        for child in element:
            if is_unseen(child):
                self.hidden |= isinstance(child.tag, str) and child.tag not in _UNSEEN
            elif child.tag in _BLOCKS:
                self._child(child, depth, quotes)
                self._at = (depth, quotes)
            else:
                self._inline(child, bold, italic, link, depth, quotes)
            self._words(child.tail, bold, italic, link)

    def _words(
        self, text: str | None, bold: bool = False, italic: bool = False, link: str | None = None
    ) -> None:
        if text:
            self._runs.append(Run(_SPACES.sub(" ", text), bold, italic, link))


def _cell(found: Found, doubts: list[str]) -> tuple[Run, ...]:
    """Return the words of a cell, its blocks one after the other."""
    runs: list[Run] = []
    for piece in found.pieces:
        if runs:
            runs.append(Run(" "))
            doubts.append("Une cellule a plusieurs paragraphes : ils sont mis à la suite.")
        match piece:
            case Paragraph(own, marker=marker):
                runs += ([Run(f"{marker} ", mark=True)] if marker not in ("", BULLET) else []) + list(own)
            case Table(rows):
                runs += [replace(run, text=f"{run.text} ") for row in rows for cell in row for run in cell]
            case _:
                runs.append(Run(piece.seen))
    return merged(runs)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text.strip()) else otherwise
