"""How a provision is cited in French: « Article 7 – Durées », « l’article 7 », « de l’article 7 »."""

from __future__ import annotations

from collections.abc import Iterable

from cgu_archive.corpus.comparison import Pair, Place
from cgu_archive.corpus.comparison.changes import same_number
from cgu_archive.corpus.provisions import Kind
from cgu_archive.redline.unseen import coded

NBSP = "\u00a0"
_LONGEST_TITLE = 90
VOWELS = "aeiouyàâéèêëîïôûüh"
MASCULINE = frozenset({"article", "chapitre", "titre", "paragraphe", "point", "livre"})


class Former:
    """Knows which provisions of the old text are no longer cited as they were."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._new = {pair.old.address: pair.new for pair in pairs}

    def new(self, old: Place) -> Place | None:
        """Return what the new text has for a provision of the old one."""
        return self._new.get(old.address)

    def has(self, old: Place) -> bool:
        """Whether `old` has another number in the new text, or is not in it."""
        new = self.new(old)
        return old.number is not None and (new is None or not same_number(old, new))


def noun(place: Place) -> str:
    """Return what kind of provision it is: « article », « paragraphe »."""
    if place.label is not None:
        return place.label
    return "section" if place.kind is Kind.SECTION else "paragraphe"


def quote(words: str) -> str:
    """Return `words` between French quotation marks, cut when they are too long for a list."""
    return f"«{NBSP}{coded(cut(words))}{NBSP}»"


def name(place: Place, was: Place | None = None) -> str:
    """Return « Article 7 – Durées de conservation »; with `was`, « Article 6 → 7 – Durées… »."""
    if place.number is None:
        if place.title:
            return quote(place.title)
        return "Début du texte" if place.kind is Kind.TEXT else "Disposition sans titre"
    head = f"{noun(place).capitalize()} {place.number}"
    if was is not None and was.number is not None and was.number != place.number:
        again = "" if noun(was) == noun(place) else f"{noun(place)} "
        head = f"{noun(was).capitalize()} {was.number} → {again}{place.number}"
    head += inside(place)
    return f"{head} – {coded(cut(place.title), changed=False)}" if place.title else head


def former_name(place: Place) -> str:
    """Return the name of a provision of the old text that has none in the new: « Ancien paragraphe 2 »."""
    told = name(place)
    if place.number is None:
        return told
    return f"{'Ancien' if noun(place) in MASCULINE else 'Ancienne'} {told[0].lower()}{told[1:]}"


def agreed(place: Place, participle: str) -> str:
    """Return a past participle said of `place`: « ajouté », « ajoutée », « disposition ajoutée »."""
    if place.number is None:
        return f"disposition {participle}e" if place.title else f"{participle}e"
    return participle if noun(place) in MASCULINE else f"{participle}e"


def cited(place: Place) -> str:
    """Return how a provision is called without its title: « article 7 »; its title when it has no number."""
    return f"{noun(place)} {place.number}" if place.number is not None else place.title


def short(place: Place, *, former: bool = False) -> str:
    """Return the provision inside a sentence: « l’article 7 »; when `former`, « l’ancien article 7 »."""
    if place.number is None:
        if place.title:
            return quote(place.title)
        return "le début du texte" if place.kind is Kind.TEXT else "la disposition sans titre"
    said = cited(place)
    masculine = noun(place) in MASCULINE
    if former:
        return f"l’ancien {said}" if masculine else f"l’ancienne {said}"
    if said[0] in VOWELS:
        return f"l’{said}"
    return f"le {said}" if masculine else f"la {said}"


def bare(place: Place, *, former: bool = False) -> str:
    """Return the provision without its article: « article 7 », « ancien article 7 »."""
    if place.number is None:
        return short(place)
    if not former:
        return cited(place)
    return f"{'ancien' if noun(place) in MASCULINE else 'ancienne'} {cited(place)}"


def inside(place: Place) -> str:
    """Return « de l’article 4 », with a space before, for an entry of a numbered list of it; else nothing."""
    return f" {of(place.above)}" if place.above is not None else ""


def of(place: Place, *, former: bool = False) -> str:
    """Return « de l’article 7 », « du paragraphe 28 »."""
    return of_said(short(place, former=former))


def of_said(said: str) -> str:
    """Return « de l’article 7 », « du paragraphe 28 », of what is called « l’article 7 » and so on."""
    return f"du {said[3:]}" if said.startswith("le ") else f"de {said}"


def to(place: Place, *, former: bool = False) -> str:
    """Return « à l’article 7 », « au paragraphe 28 »."""
    return to_said(short(place, former=former))


def to_said(said: str) -> str:
    """Return « à l’article 7 », « au paragraphe 28 », of what is called « l’article 7 » and so on."""
    return f"au {said[3:]}" if said.startswith("le ") else f"à {said}"


def cut(title: str) -> str:
    """Return a title, cut when it is too long for a list."""
    return title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"
