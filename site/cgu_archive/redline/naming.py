"""How the provisions of two texts are told from one another: same number, same title, old text or new one."""

from __future__ import annotations

from collections.abc import Iterable

from cgu_archive.corpus.comparison import Comparison, Place, Row, Unit
from cgu_archive.corpus.comparison.references import plain_number
from cgu_archive.redline.places import (
    MASCULINE,
    VOWELS,
    Former,
    bare,
    cited,
    former_name,
    inside,
    name,
    noun,
    of_said,
    short,
)


class Names(Former):
    """Names provisions so that none is taken for another one, of the same text or of the other."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(comparison.pairs)
        self._old = {pair.new.address: pair.old for pair in comparison.pairs}
        olds, news = _places(comparison.old_units()), _places(comparison.new_units())
        self._borne = {_number(place) for place in olds.values() if place.number is not None}
        self._ranks = {True: _ranks(olds.values()), False: _ranks(news.values())}
        self._shared = {
            place.title
            for is_old, places in ((True, olds), (False, news))
            for address, place in places.items()
            if self._ranks[is_old].get(address, (1, 1))[1] > 1
        }
        """The titles that several provisions of one text have, and no number."""

    def name(self, place: Place, was: Place | None = None) -> str:
        """Return the name of a provision of the new text, with its rank if others are called so."""
        return f"{name(place, was)}{self._rank(place, is_old=False)}"

    def gone_name(self, place: Place) -> str:
        """Return the name of a provision of the old text that the new one no longer has."""
        return f"{name(place)}{self._rank(place, is_old=True)}"

    def of_row(self, row: Row) -> str:
        """Return the name of the provision where a row stands."""
        return self.name(row.new[0].place) if row.new else self.gone_name(row.old[0].place)

    def former_name(self, place: Place) -> str:
        """Return the same, « Ancien » said with it."""
        return f"{former_name(place)}{self._rank(place, is_old=True)}"

    def old(self, place: Place, *, article: bool = True) -> str:
        """Return a provision of the old text inside a sentence: « l’ancien article 7 », « article 7 »."""
        said = short if article else bare
        told = f"{said(place, former=self.has(place))}{self._rank(place, is_old=True)}"
        return f"{told} {of_said(self.old(place.above))}" if place.above is not None else told

    def now(self, place: Place, *, article: bool = True) -> str:
        """Return a provision of the new text inside a sentence.

        « l’article 7 »; when another provision of the old text had that number, « l’article 7 (ancien 8) » or
        « le nouvel article 7 ».
        """
        said = short if article else bare
        if place.number is None:
            return f"{said(place)}{self._rank(place, is_old=False)}"
        above = inside(place)
        if not self._misleads(place):
            return f"{said(place)}{above}"
        was = self._old.get(place.address)
        if was is None or was.number is None:
            return f"{_new(place, article=article)}{above}"
        return f"{said(place)}{above} ({_was(was, place)})"

    def _misleads(self, place: Place) -> bool:
        """Whether a reader of the old text knows another provision under the number of `place`."""
        was = self._old.get(place.address)
        if was is not None and _number(was) == _number(place):
            return False
        is_above = place.above is not None and self._misleads(place.above)
        return place.number is not None and (_number(place) in self._borne or is_above)

    def _rank(self, place: Place, *, is_old: bool) -> str:
        """Return « (2e de ce titre) », after a space, where the title alone does not say which one it is."""
        if place.number is not None or place.title not in self._shared:
            return ""
        here, count = self._ranks[is_old].get(place.address, (1, 1))
        told = [f"{'1re' if here == 1 else f'{here}e'} de ce titre"] if count > 1 else []
        if is_old and self._ranks[False].get(self._now(place), (0, 0))[0] != here:
            told.append("ancien texte")
        return f" ({', '.join(told)})" if told else ""

    def _now(self, old: Place) -> str:
        new = self.new(old)
        return new.address if new is not None else ""


def _places(units: Iterable[Unit]) -> dict[str, Place]:
    """Return the provisions of a text by address, in its order."""
    return {unit.place.address: unit.place for unit in units}


def _ranks(places: Iterable[Place]) -> dict[str, tuple[int, int]]:
    """Return, by address, the rank of each provision without a number among how many of its title."""
    named: dict[str, list[str]] = {}
    for place in places:
        if place.number is None and place.title:
            named.setdefault(place.title, []).append(place.address)
    return {
        address: (rank, len(addresses))
        for addresses in named.values()
        for rank, address in enumerate(addresses, start=1)
    }


def _number(place: Place) -> tuple[str, ...]:
    """Return what a provision is called, then what the one above it is called."""
    above = _number(place.above) if place.above is not None else ()
    return (noun(place), plain_number(place.number or ""), *above)


def _new(place: Place, *, article: bool) -> str:
    """Return « le nouvel article 2 », « nouvelle section 3 »."""
    said = cited(place)
    if noun(place) not in MASCULINE:
        return f"{'la ' if article else ''}nouvelle {said}"
    return f"{'le ' if article else ''}{'nouvel' if said[0] in VOWELS else 'nouveau'} {said}"


def _was(old: Place, new: Place) -> str:
    """Return « ancien 3 », « ancien paragraphe 3 de l’article 4 »."""
    above = [_number(place.above) if place.above is not None else () for place in (old, new)]
    if above[0] != above[1]:
        return f"{bare(old, former=True)}{inside(old)}"
    if noun(old) != noun(new) or any(above):
        return bare(old, former=True)
    return f"{'ancien' if noun(old) in MASCULINE else 'ancienne'} {old.number}"
