"""How titles and paragraphs of a legal text are numbered, and the addresses made from that."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LABELS = {
    "article": "article",
    "art": "article",
    "section": "section",
    "chapitre": "chapitre",
    "chapter": "chapitre",
    "titre": "titre",
    "partie": "partie",
    "part": "partie",
    "annexe": "annexe",
    "appendix": "annexe",
    "schedule": "annexe",
}
_NUMBER = r"\d+(?:[.\-]\d+)*(?:\s(?:bis|ter|quater|quinquies|sexies)\b)?|[IVXLCDM]+|1er|premier|[A-Z]"
_LABELLED = re.compile(
    rf"(?P<label>{'|'.join(_LABELS)})\.?\s+(?P<number>{_NUMBER})(?![\w’'])"
    r"(?:\s*[-–—:.)]+)*\s*(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(r"(?P<number>\d+(?:\.\d+)*)(?:[.)]\s*|\s+[-–—:]\s+|\s+)(?P<title>\D.*)", re.DOTALL)
_OUTLINE = re.compile(r"(?P<number>[IVXLCDM]+|[ivxlcdm]+|[A-Za-z])[.)]\s+(?P<title>\S.*)", re.DOTALL)
_LINE_LABELLED = re.compile(
    rf"(?:{'|'.join(_LABELS)})\.?\s+(?:{_NUMBER})(?![\w’'])\s*(?:[-–—:.)]\s*(?![\s\d]).*)?",
    re.IGNORECASE | re.DOTALL,
)
_LINE_NUMBERED = re.compile(
    r"(?:\d+(?:\.\d+)+\.?\s+|\d+\s*[.)–—-]\s*|[IVX]+\s*[.)–—-]\s+|(?:[ivx]+|[A-Za-z])[.)]\s+)[^\W\d].*",
    re.DOTALL,
)
_LINE_LENGTH = 200
_TYPED = re.compile(r"(?P<number>\d+(?:\.\d+)+)\.?\s+\S")
_WORD = re.compile(r"[a-z0-9]+")
_SLUG_LENGTH = 60
_LETTERS = str.maketrans({"’": "'", "‘": "'", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})


@dataclass(frozen=True, slots=True)
class Numbered:
    """A title taken apart: ``Article 7 – Compte`` is label article, number 7, title Compte."""

    label: str | None
    number: str | None
    title: str


def read_title(title: str) -> Numbered:
    """Return the label, number and words of a heading."""
    title = " ".join(title.split())
    if (found := _LABELLED.fullmatch(title)) and (label := _LABELS.get(found["label"].lower())):
        return Numbered(label, found["number"], found["title"].strip())
    if found := _BARE.fullmatch(title) or _OUTLINE.fullmatch(title):
        return Numbered(None, found["number"], found["title"].strip())
    return Numbered(None, None, title)


def title_line(words: str, *, bold: bool) -> Numbered | None:
    """Return the label, number and words of a paragraph that stands as a title, or None when it is not one.

    Many texts have no headings: « ARTICLE 1. OBJET » is a line like any other, or a line in bold. A line is
    a title when it says so itself: a label and a number, then nothing or a separator (« Article 5 du code… »
    is a sentence); in bold, a number with its point or dash is enough. Bold words alone are no title.
    """
    if len(words) > _LINE_LENGTH or not (words[:1].isupper() or bold):
        return None
    if _LINE_LABELLED.fullmatch(words):
        return read_title(words) if bold or words[-1] not in ".;," else None
    return read_title(words) if bold and _LINE_NUMBERED.fullmatch(words) else None


def typed_number(paragraph: str) -> str | None:
    """Return the dotted number a paragraph begins with (``1.1 Lors de…``), if it does."""
    found = _TYPED.match(paragraph)
    return found["number"] if found else None


def slug(words: str) -> str:
    """Return `words` as an address: ASCII letters, digits and hyphens, at most 60 characters."""
    text = unicodedata.normalize("NFKD", words.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    return "-".join(_WORD.findall(text))[:_SLUG_LENGTH].strip("-")
