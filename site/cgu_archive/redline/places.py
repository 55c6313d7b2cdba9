"""How a provision is cited in French: « Article 7 – Durées », « l’article 7 », « de l’article 7 »."""

from __future__ import annotations

from cgu_archive.corpus.comparison import Place
from cgu_archive.corpus.provisions import Kind

NBSP = "\u00a0"
_LONGEST_TITLE = 90
_VOWELS = "aeiouyàâéèêëîïôûüh"
_MASCULINE = ("chapitre", "titre", "paragraphe")


def noun(place: Place) -> str:
    """Return what kind of provision it is: « article », « paragraphe »."""
    if place.label is not None:
        return place.label
    return "section" if place.kind is Kind.SECTION else "paragraphe"


def quote(words: str) -> str:
    """Return `words` between French quotation marks, cut when they are too long for a list."""
    if len(words) > _LONGEST_TITLE:
        words = f"{words[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"
    return f"«{NBSP}{words}{NBSP}»"


def name(place: Place, was: Place | None = None) -> str:
    """Return « Article 7 – Durées de conservation »; with `was`, « Article 6 → 7 – Durées… »."""
    if place.number is None:
        return quote(place.title) if place.title else "Début du texte"
    number = place.number
    if was is not None and was.number is not None and was.number != number:
        number = f"{was.number} → {number}"
    cited = f"{noun(place).capitalize()} {number}"
    return f"{cited} – {_cut(place.title)}" if place.title else cited


def short(place: Place) -> str:
    """Return the provision inside a sentence, with its article: « l’article 7 »."""
    if place.number is None:
        return quote(place.title) if place.title else "le début du texte"
    said = f"{noun(place)} {place.number}"
    if said[0] in _VOWELS:
        return f"l’{said}"
    return f"le {said}" if noun(place) in _MASCULINE else f"la {said}"


def of(place: Place) -> str:
    """Return « de l’article 7 », « du paragraphe 28 »."""
    said = short(place)
    return f"du {said[3:]}" if said.startswith("le ") else f"de {said}"


def to(place: Place) -> str:
    """Return « à l’article 7 », « au paragraphe 28 »."""
    said = short(place)
    return f"au {said[3:]}" if said.startswith("le ") else f"à {said}"


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"
