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
    "clause": "clause",
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
_RUN_IN = re.compile(
    rf"(?:(?P<label>{'|'.join(_LABELS)})\.?\s+(?P<number>{_NUMBER})(?![\w’'])"
    r"|(?P<plain>\d{1,3}(?:\.\d{1,3})*|[IVX]+)(?!\w))"
    r"\s*(?P<sign>[-–—:.)]*)\s*(?P<title>(?![\s\d]).*)",
    re.IGNORECASE,
)
_SIGNS = ".:)-–—"
_HIGHEST = 3
"""Digits of a title's number; a longer one is a year, or the article of a code."""
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


def run_in_title(words: str, rest: str) -> Numbered | None:
    """Return what the bold `words` at the head of a paragraph say as its title, when `rest` may follow one.

    « **Article 4 – Durée.** Le service… » has one, as has « **4.2 Durée** – Le service… »; « **Article 4** du
    code… » and « **Attention** : … » have none. A bare « 4.2 » is the number of its paragraph, not a title.
    """
    words = " ".join(words.split())
    found = _RUN_IN.fullmatch(words) if len(words) <= _LINE_LENGTH else None
    if not found or not (words[-1] in _SIGNS or _may_follow(rest)):
        return None
    label = _LABELS[found["label"].lower()] if found["label"] else None
    number, title = found["number"] or found["plain"], found["title"].rstrip(" ;," + _SIGNS.replace(")", ""))
    if not _may_number(label, number):
        return None
    if label is None and "." in number:
        return Numbered(None, number, title) if title[:1].isupper() else None
    signed = found["sign"] or (not title and (label or rest.lstrip()[:1] in _SIGNS))
    return Numbered(label, number, title) if signed else None


def _may_number(label: str | None, number: str) -> bool:
    """Whether bold words may be a title so numbered: « Partie A » is no title, « Article 1240 » is cited."""
    if number.isalpha() and label != "annexe" and number.casefold() != "premier":
        return not number.strip("IVX")
    return all(len(digits) <= _HIGHEST for digits in re.findall(r"\d+", number))


def _may_follow(rest: str) -> bool:
    """Whether `rest` goes on after a title: by a sign, on another line, or by a new sentence."""
    first = rest.lstrip()[:1]
    return first in _SIGNS or first in '«“"(' or first.isupper() or rest.startswith("\n")


def typed_number(paragraph: str) -> str | None:
    """Return the dotted number a paragraph begins with (``1.1 Lors de…``), if it does."""
    found = _TYPED.match(paragraph)
    return found["number"] if found else None


def slug(words: str) -> str:
    """Return `words` as an address: ASCII letters, digits and hyphens, at most 60 characters."""
    text = unicodedata.normalize("NFKD", words.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    return "-".join(_WORD.findall(text))[:_SLUG_LENGTH].strip("-")
