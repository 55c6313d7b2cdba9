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
_NUMBER = r"\d+(?:[.\-]\d+)*|[IVXLCDM]+|1er|premier|[A-Z]"
_LABELLED = re.compile(
    rf"(?P<label>{'|'.join(_LABELS)})\.?\s+(?P<number>{_NUMBER})(?![\w’'])"
    r"(?:\s*[-–—:.)]+)*\s*(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(r"(?P<number>\d+(?:\.\d+)*)(?:[.)]\s*|\s+[-–—:]\s+|\s+)(?P<title>\D.*)", re.DOTALL)
_OUTLINE = re.compile(r"(?P<number>[IVXLCDM]+|[ivxlcdm]+|[A-Za-z])[.)]\s+(?P<title>\S.*)", re.DOTALL)
_TYPED = re.compile(r"(?P<number>\d+(?:\.\d+)+)\.?\s+\S")
_WORD = re.compile(r"[a-z0-9]+")
_SLUG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Numbered:
    """A title taken apart: ``Article 7 – Compte`` is label article, number 7, title Compte."""

    label: str | None
    number: str | None
    title: str


def read_title(title: str) -> Numbered:
    """Return the label, number and words of a heading."""
    title = " ".join(title.split())
    if found := _LABELLED.fullmatch(title):
        label = _LABELS[found["label"].lower()]
        return Numbered(label, found["number"], found["title"].strip())
    if found := _BARE.fullmatch(title) or _OUTLINE.fullmatch(title):
        return Numbered(None, found["number"], found["title"].strip())
    return Numbered(None, None, title)


def typed_number(paragraph: str) -> str | None:
    """Return the dotted number a paragraph begins with (``1.1 Lors de…``), if it does."""
    found = _TYPED.match(paragraph)
    return found["number"] if found else None


def slug(words: str) -> str:
    """Return `words` as an address: ASCII letters, digits and hyphens, at most 60 characters."""
    text = words.replace("’", "'").replace("‘", "'").replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(_WORD.findall(text))[:_SLUG_LENGTH].strip("-")
