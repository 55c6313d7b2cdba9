"""A history as JSON: format ``cgu-history/1``, described in HISTORY.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cgu_archive.corpus.comparison import Side, Words
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.lives import Event, History, Life, Sentence, Step, Turn

FORMAT = "cgu-history/1"


def to_json(history: History, sides: Sequence[Side]) -> dict[str, Json]:
    """Return `history` as a JSON object; `sides` are its versions, the oldest first."""
    return {
        "format": FORMAT,
        "versions": [_side(side) for side in sides],
        "steps": [_step(step) for step in history.steps],
        "lives": [_life(life) for life in history.lives],
        "sentences": _Stays(history).to_json(),
    }


class _Stays:
    """Gathers each wording once, with the versions in which it stands."""

    def __init__(self, history: History) -> None:
        self._found: dict[int, dict[str, Json]] = {}
        self._ranks: dict[int, int] = {}
        for rank, version in enumerate(history.versions):
            for told in version.values():
                for sentence in told.title:
                    self._add(sentence, told.life, rank, is_title=True)
                for sentence in told.sentences:
                    self._add(sentence, told.life, rank, is_title=False)

    def to_json(self) -> list[Json]:
        """Return the sentences in the order in which they came."""
        return list(self._found.values())

    def _add(self, sentence: Sentence, life: int, rank: int, *, is_title: bool) -> None:
        origin = sentence.origin
        if id(origin) not in self._found:
            self._ranks[id(origin)] = len(self._ranks)
            self._found[id(origin)] = {
                "since": origin.since,
                "replaced": [self._ranks[id(former.sentence.origin)] for former in origin.replaced],
                "stood": list(origin.stood) if origin.stood is not None else None,
                "title": is_title,
            }
        self._found[id(origin)] |= {"text": sentence.text, "life": life, "until": rank}


def _side(side: Side) -> Json:
    return {"text_hash": side.text_hash, "label": side.label, "declared_on": side.declared_on}


def _words(words: Words) -> Json:
    return {"inserted": words.inserted, "deleted": words.deleted}


def _step(step: Step) -> Json:
    return {
        "words": _words(step.words),
        "changes": step.changes,
        "provisions": step.provisions,
        "kinds": {kind.value: count for kind, count in step.kinds},
        "classes": [found.value for found in step.classes],
        "warnings": [warning.kind.value for warning in step.warnings],
    }


def _life(life: Life) -> Json:
    return {
        "places": list(_places(life)),
        "beginning": _turn(life.beginning),
        "ending": _turn(life.ending),
        "again": life.again,
        "events": [_event(event) for event in life.events],
    }


def _places(life: Life) -> Iterator[Json]:
    """Yield each place once, with the first and last version that has it."""
    for place, group in groupby(enumerate(life.places, life.first), key=lambda entry: entry[1]):
        ranks = [rank for rank, _ in group]
        yield {
            "first": ranks[0],
            "last": ranks[-1],
            "number": place.number,
            "title": place.title,
            "address": place.address,
        }


def _turn(turn: Turn | None) -> Json:
    return None if turn is None else {"kind": turn.kind.value, "other": turn.other}


def _event(event: Event) -> Json:
    return {
        "at": event.at,
        "kinds": [kind.value for kind in event.kinds],
        "classes": [found.value for found in event.classes],
        "words": _words(event.words),
        "source": event.source,
        "target": event.target,
        "passage": event.is_passage,
    }
