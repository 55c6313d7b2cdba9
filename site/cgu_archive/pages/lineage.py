"""What became of a provision, in French: where it stood, since when, where it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Place
from cgu_archive.corpus.comparison.tokens import lower, squeeze
from cgu_archive.corpus.lives import Event, Life, Turn
from cgu_archive.pages.past import Past
from cgu_archive.redline import places
from cgu_archive.redline.words import CLASSES, many
from cgu_archive.rendering import words

_EVENTS = {
    ChangeKind.MOVED: "déplacée",
    ChangeKind.RENUMBERED: "renumérotée",
    ChangeKind.RETITLED: "de titre nouveau",
    ChangeKind.EDITED: "modifiée",
}
_MASCULINE = frozenset({"article", "chapitre", "titre", "paragraphe"})


@dataclass(frozen=True, slots=True)
class Stay:
    """The versions, from rank to rank, in which a provision was cited in one way."""

    place: Place
    name: str
    first: int
    last: int


def stays(life: Life) -> tuple[Stay, ...]:
    """Return how a provision was cited, the oldest first."""
    found: list[Stay] = []
    ranked = enumerate(life.places, life.first)
    for _, group in groupby(ranked, key=lambda entry: cited(entry[1])):
        ranks = list(group)
        last, place = ranks[-1]
        found.append(Stay(place, places.short(place), ranks[0][0], last))
    return tuple(found)


def cited(place: Place) -> str:
    """Return what two ways of citing a provision have in common: typography is none of it."""
    return squeeze(lower(places.short(place)))


def agreed(place: Place, participle: str) -> str:
    """Return a past participle as the noun of a provision wants it; without number, « disposition »."""
    is_masculine = place.number is not None and places.noun(place) in _MASCULINE
    return participle if is_masculine else f"{participle}e"


def told(past: Past, life: Life) -> str:
    """Return the life of a provision in a few sentences."""
    return words.french(" ".join(_told(past, life)))


def _told(past: Past, life: Life) -> Iterator[str]:
    yield _beginning(past, life)
    if life.again is not None:
        earlier = past.history.lives[life.again]
        yield f"Les mêmes mots étaient déjà {_at(earlier.places[-1])} jusqu’à {past.the(earlier.last)}."
    *earlier_stays, last_stay = stays(life)
    if earlier_stays:
        said = [f"{stay.name} jusqu’à {past.the(stay.last)}" for stay in earlier_stays]
        yield f"Elle est {', puis '.join(said)}, {last_stay.name} depuis {past.the(last_stay.first)}."
    if life.ending is not None:
        yield ending(past, life, life.ending)


def _beginning(past: Past, life: Life) -> str:
    turn, by = life.beginning, past.the(life.first)
    if turn is None:
        return f"Cette disposition figure déjà dans {by}, la plus ancienne version détenue."
    source = _before(past, life, turn)
    if turn.kind is ChangeKind.SPLIT and source is not None:
        return f"Cette disposition est tirée {places.of(source)} par {by}."
    if turn.kind is ChangeKind.NUMBER_REUSED and source is not None:
        return (
            f"Cette disposition est ajoutée par {by}. Elle prend le numéro d’une autre, supprimée :"
            f" {places.name(source)}."
        )
    if turn.kind is ChangeKind.EDITED and source is not None:
        return f"Cette disposition est distincte depuis {by} ; ses mots étaient {_at(source)}."
    return f"Cette disposition est ajoutée par {by}."


def _before(past: Past, life: Life, turn: Turn) -> Place | None:
    return past.history.lives[turn.other].place(life.first - 1) if turn.other is not None else None


def ending(past: Past, life: Life, turn: Turn) -> str:
    """Return how a provision ended."""
    by = past.the(life.last + 1)
    other = past.history.lives[turn.other].place(life.last + 1) if turn.other is not None else None
    if turn.kind is ChangeKind.MERGED and other is not None:
        return f"Elle est réunie {places.to(other)} par {by}."
    if turn.kind is ChangeKind.EDITED and other is not None:
        return f"Elle n’est plus distincte depuis {by} ; ses mots sont {_at(other)}."
    if turn.kind is ChangeKind.NUMBER_REUSED and other is not None:
        return f"Elle est supprimée par {by}, où un autre texte prend son numéro : {places.name(other)}."
    return f"Elle est supprimée par {by}."


def event(past: Past, happened: Event) -> str:
    """Return what one version did to a provision, without naming the version."""
    other = happened.source if happened.source is not None else happened.target
    parts = [word for kind, word in _EVENTS.items() if kind in happened.kinds]
    if happened.is_passage:
        edited = [", modifié"] if ChangeKind.EDITED in happened.kinds else []
        parts = ["".join(["un passage y change de place", *edited])]
    if other is not None:
        parts = [_exchange(past, happened, other)]
    if happened.words.inserted or happened.words.deleted:
        parts.append(many(happened.words.inserted, "mot ajouté", "mots ajoutés"))
        parts.append(many(happened.words.deleted, "mot supprimé", "mots supprimés"))
    elif other is None and set(happened.classes) - {ChangeClass.NUMBERING}:
        parts.append(f"aucun mot : {', '.join(CLASSES[found] for found in happened.classes)}")
    return words.french(", ".join(parts))


def _exchange(past: Past, happened: Event, other: int) -> str:
    """Return what a provision received from another one, or gave to it."""
    life = past.history.lives[other]
    received = happened.source is not None
    place = life.place(happened.at - 1 if received else happened.at) or life.places[-1]
    if ChangeKind.MERGED in happened.kinds:
        return f"{places.short(place)} lui est réuni"
    if received:
        return f"reçoit un passage {places.of(place)}"
    return f"un passage en est tiré, vers {places.short(place)}"


def _at(place: Place) -> str:
    """Return « dans l’article 7 », « dans « Objet » »."""
    return f"dans {places.short(place)}"


def _s(count: int) -> str:
    return "s" if count > 1 else ""
