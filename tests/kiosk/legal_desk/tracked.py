"""A Word file as a legal team sends it: what it changes is in tracked changes, by somebody, at some time."""

from __future__ import annotations

import copy
from io import BytesIO
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

_BY = {"w:author": "Une juriste", "w:date": "2026-11-20T09:30:00Z"}


def revised(
    file: bytes, edits: tuple[tuple[str, str, str], ...], deleted: str, moved: tuple[str, str]
) -> bytes:
    """Return the Word file `file` with tracked changes.

    Each of `edits` is the beginning of a paragraph of one run, words of it, and those that replace them; the
    paragraph that begins with `deleted` goes; the first of `moved` goes after the second.
    """
    held = docx.Document(BytesIO(file))
    tracker = _Tracker()
    for begin, old, new in edits:
        tracker.edit(_paragraph(held, begin), old, new)
    tracker.delete(_paragraph(held, deleted))
    tracker.move(*(_paragraph(held, begin) for begin in moved))
    written = BytesIO()
    held.save(written)
    return written.getvalue()


def _paragraph(held: Any, begin: str) -> Paragraph:
    (found,) = [one for one in held.paragraphs if one.text.startswith(begin)]
    return found  # type: ignore[no-any-return]


class _Tracker:
    """Gives each change its number."""

    def __init__(self) -> None:
        self._last = 9000

    def _mark(self, tag: str) -> Any:
        self._last += 1
        made = OxmlElement(tag)
        made.set(qn("w:id"), str(self._last))
        for name, value in _BY.items():
            made.set(qn(name), value)
        return made

    def edit(self, paragraph: Paragraph, old: str, new: str) -> None:
        (run,) = paragraph.runs
        before, _, after = run.text.partition(old)
        assert run.text == before + old + after
        pieces = []
        for words, tag in ((before, None), (old, "w:del"), (new, "w:ins"), (after, None)):
            piece = copy.deepcopy(run._r)
            text = piece.find(qn("w:t"))
            text.text = words
            text.set(qn("xml:space"), "preserve")
            if tag == "w:del":
                text.tag = qn("w:delText")
            if tag:
                around = self._mark(tag)
                around.append(piece)
                piece = around
            pieces.append(piece)
        for piece in pieces:
            run._r.addprevious(piece)
        paragraph._p.remove(run._r)

    def delete(self, paragraph: Paragraph) -> None:
        self._whole(paragraph._p, "w:del")

    def move(self, paragraph: Paragraph, after: Paragraph) -> None:
        arrived = copy.deepcopy(paragraph._p)
        after._p.addnext(arrived)
        self._whole(arrived, "w:moveTo")
        self._whole(paragraph._p, "w:moveFrom")

    def _whole(self, paragraph: Any, tag: str) -> None:
        """Mark a whole paragraph, its end included."""
        properties = paragraph.get_or_add_pPr()
        run_properties = properties.find(qn("w:rPr"))
        if run_properties is None:
            run_properties = OxmlElement("w:rPr")
            properties.append(run_properties)
        run_properties.append(self._mark(tag))
        for run in paragraph.findall(qn("w:r")):
            around = self._mark(tag)
            run.addprevious(around)
            around.append(run)
            if tag == "w:del":
                for text in run.findall(qn("w:t")):
                    text.tag = qn("w:delText")
