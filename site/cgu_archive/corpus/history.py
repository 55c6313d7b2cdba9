"""The life of each provision and of each sentence, from the first version of a text to the last.

Each version is compared with the one before it, once; what is kept of a comparison is what it says of lives.
A life is one provision through versions, whatever its number and place. A sentence is kept from one version
to the next for as long as its wording stands: typography, marks, links and numbers are no new wording.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cgu_archive.corpus.comparison import (
    Change,
    ChangeClass,
    ChangeKind,
    Comparison,
    Move,
    Place,
    Row,
    Scope,
    Side,
    Text,
    UnitKind,
    Words,
    compare,
)
from cgu_archive.corpus.following import cut, descents, key
from cgu_archive.corpus.lives import Event, Former, History, Life, Origin, Sentence, Step, Told, Turn
from cgu_archive.corpus.provisions import ROOT_ADDRESS

_ENDS = (ChangeKind.NUMBER_REUSED, ChangeKind.MERGED, ChangeKind.DELETED, ChangeKind.EDITED)
_BEGINNINGS = (ChangeKind.NUMBER_REUSED, ChangeKind.SPLIT, ChangeKind.INSERTED, ChangeKind.EDITED)
_TELLING = 4
"""A sentence of fewer words may be found twice by chance: nobody says that it came back."""
_NO_WORDS = Words()


Watcher = Callable[[Text, Text, Comparison], None]
"""Is shown two neighbours and their comparison, which nothing holds afterwards."""


def history(texts: Iterable[Text], sides: Sequence[Side], watch: Watcher | None = None) -> History:
    """Return the history of `texts`, the oldest first; `sides` say what is known of each.

    Each text is compared with the one before it, and neither is held afterwards; `watch` may look meanwhile.
    """
    folding = Folding(sides, watch)
    for text in texts:
        folding.add(text)
    return folding.history()


@dataclass(slots=True)
class _Life:
    """A life being told."""

    first: int
    places: list[Place]
    beginning: Turn | None = None
    ending: Turn | None = None
    events: list[Event] = field(default_factory=list)
    removed: list[Former] = field(default_factory=list)
    again: int | None = None

    def told(self) -> Life:
        return Life(
            first=self.first,
            places=tuple(self.places),
            beginning=self.beginning,
            ending=self.ending,
            events=tuple(self.events),
            removed=tuple(self.removed),
            again=self.again,
        )


class _Followed:
    """A row whose signs changed: its old sentences, and where each of its new ones comes from."""

    def __init__(self, row: Row, before: Sequence[tuple[Sentence, ...]], at: int) -> None:
        olds = [Former(said, unit.place.address, at - 1) for unit in row.old for said in before[unit.index]]
        self.said = [(unit, cut(unit)) for unit in row.new]
        self._descents = descents(row)
        self.kept = [olds[found.kept] if found.kept is not None else None for found in self._descents]
        """For each new sentence, the one of the same wording, if any."""
        kept = {found.kept for found in self._descents}
        self.left = {old: former for old, former in enumerate(olds) if old not in kept}
        """The old sentences, by rank, whose wording no new one has."""
        self.came: dict[int, Former] = {}
        """The sentences of another row, or of another place in this one, that new ones were made from."""

    def replaced(self, rank: int) -> list[int]:
        """Return the old sentences that a new one replaced, those found elsewhere left out."""
        return [old for old in self._descents[rank].replaced if old in self.left and rank not in self.came]

    def take(self, words: str) -> Former | None:
        """Return the old sentence that says `words`, which is not left any more."""
        for old, former in self.left.items():
            if former.sentence.text == words:
                return self.left.pop(old)
        return None

    def rank_of(self, words: str) -> int | None:
        """Return which new sentence says `words` and was not here; None when none does."""
        said = [one for _, many in self.said for one in many]
        return next((rank for rank, one in enumerate(said) if one == words and self.kept[rank] is None), None)


def _find_moved(moves: Sequence[Move], changed: Mapping[int, _Followed]) -> None:
    """Say of the sentences that moved and were edited on the way which ones they were."""
    for move in moves:
        olds, news = cut(move.row.old[0]), cut(move.row.new[0])
        for words, descent in zip(news, descents(move.row), strict=True):
            rank = changed[move.arrival].rank_of(words)
            if descent.kept is not None or rank is None or not descent.replaced:
                continue
            former = changed[move.origin].take(olds[descent.replaced[0]])
            if former is not None:
                changed[move.arrival].came[rank] = former


def _find_elsewhere(changed: Collection[_Followed]) -> None:
    """Keep the sentences that left one changed row for another, in the very same words."""
    left: dict[str, tuple[_Followed, int]] = {}
    for followed in changed:
        for old, former in followed.left.items():
            if _is_telling(former.sentence.text):
                left.setdefault(key(former.sentence.text), (followed, old))
    for followed in changed:
        words = [words for _, said in followed.said for words in said]
        for rank, kept in enumerate(followed.kept):
            if kept is None and (found := left.pop(key(words[rank]), None)) is not None:
                followed.kept[rank] = found[0].left.pop(found[1])


def _is_telling(words: str) -> bool:
    return len(words.split()) >= _TELLING


class Folding:
    """What is known of the versions added so far; of their texts, only the last is held."""

    def __init__(self, sides: Sequence[Side], watch: Watcher | None = None) -> None:
        self._sides = sides
        self._watch = watch
        self._last: Text | None = None
        self._steps: list[Step] = []
        self._lives: list[_Life] = []
        self._versions: list[dict[str, Told]] = []
        self._held: list[tuple[Sentence, ...]] = []
        """The sentences of each unit of the last text."""
        self._gone: dict[str, tuple[int, int]] = {}
        """The stay of each sentence that is no more."""
        self._ended: dict[str, int] = {}
        """The lives that ended, by their words."""

    def history(self) -> History:
        """Return the history of the versions added so far."""
        return History(tuple(self._steps), tuple(life.told() for life in self._lives), tuple(self._versions))

    def add(self, text: Text) -> None:
        """Add the next version."""
        last, self._last = self._last, text
        at = len(self._versions)
        if last is None:
            self._held = [tuple(Sentence(said, Origin(at)) for said in cut(unit)) for unit in text.view.units]
            living = {place.address: self._begin(place, None) for place in _places(text)}
            self._tell(text, living)
            return
        found = compare(
            last,
            text,
            old_side=self._sides[at - 1],
            new_side=self._sides[at],
            earlier=self._sides[: at - 1],
        )
        if self._watch is not None:
            self._watch(last, text, found)
        self._steps.append(_step(found))
        departed = self._follow(found, text, at)
        living = self._live(found, text)
        self._end(found, living)
        self._happen(found, living, at)
        self._depart(departed, at)
        self._tell(text, living)
        self._recognise(living, at)

    def _begin(self, place: Place, beginning: Turn | None) -> int:
        self._lives.append(_Life(len(self._versions), [place], beginning))
        return len(self._lives) - 1

    # Sentences

    def _follow(self, found: Comparison, text: Text, at: int) -> list[Former]:
        """Give each unit of `text` its sentences; return those of the last text that nothing replaced."""
        before, self._held = self._held, [()] * len(text.view.units)
        changed: dict[int, _Followed] = {}
        for rank, row in enumerate(found.rows):
            if _is_same(row):
                self._held[row.new[0].index] = before[row.old[0].index]
            else:
                changed[rank] = _Followed(row, before, at)
        _find_elsewhere(changed.values())
        _find_moved(found.moves, changed)
        departed: list[Former] = []
        for followed in changed.values():
            departed += self._write(followed, at)
        return departed

    def _write(self, followed: _Followed, at: int) -> list[Former]:
        """Write the sentences of a row; return the old ones that nothing replaced."""
        rank = 0
        for unit, said in followed.said:
            sentences: list[Sentence] = []
            for words in said:
                if (kept := followed.kept[rank]) is not None:
                    sentences.append(_kept(words, kept.sentence))
                else:
                    replaced = tuple(followed.left[old] for old in followed.replaced(rank))
                    if (came := followed.came.get(rank)) is not None:
                        replaced = (came,)
                        self._leave(came)
                    sentences.append(Sentence(words, Origin(at, replaced, self._stood(words))))
                rank += 1
            self._held[unit.index] = tuple(sentences)
        lost = {
            old for rank, kept in enumerate(followed.kept) if kept is None for old in followed.replaced(rank)
        }
        for old in sorted(lost):
            self._leave(followed.left[old])
        return [former for old, former in followed.left.items() if old not in lost]

    def _stood(self, words: str) -> tuple[int, int] | None:
        return self._gone.get(key(words)) if _is_telling(words) else None

    def _leave(self, former: Former) -> None:
        sentence = former.sentence
        self._gone[key(sentence.text)] = (sentence.origin.since, former.until)

    def _depart(self, departed: Iterable[Former], at: int) -> None:
        """Tell the sentences that left a provision which goes on, with nothing in their place."""
        for former in departed:
            self._leave(former)
            life = self._lives[self._versions[-1][former.address].life]
            if len(life.places) == at - life.first + 1:
                life.removed.append(former)

    # Provisions

    def _live(self, found: Comparison, text: Text) -> dict[str, int]:
        """Return the life of each provision of `text`, those that begin included."""
        before = self._versions[-1]
        olds = {pair.new.address: before[pair.old.address].life for pair in found.pairs}
        begun = _turns(found, _BEGINNINGS, "new")
        living: dict[str, int] = {}
        for place in _places(text):
            life = olds.get(place.address)
            if life is None:
                kind, source = begun.get(place.address, (ChangeKind.INSERTED, None))
                other = before[source.address].life if source is not None else None
                life = self._begin(place, Turn(kind, other))
            else:
                places = self._lives[life].places
                places.append(places[-1] if places[-1] == place else place)
            living[place.address] = life
        return living

    def _end(self, found: Comparison, living: dict[str, int]) -> None:
        """End the lives that the new text has no more."""
        ended = _turns(found, _ENDS, "old")
        going_on = set(living.values())
        for address, told in self._versions[-1].items():
            if told.life in going_on:
                continue
            kind, target = ended.get(address, (ChangeKind.DELETED, None))
            other = living[target.address] if target is not None else None
            self._lives[told.life].ending = Turn(kind, other)
            if words := _words(told):
                self._ended[words] = told.life

    def _happen(self, found: Comparison, living: dict[str, int], at: int) -> None:
        """Tell each change to the lives it is about, when they go on."""
        before = self._versions[-1]
        for change in found.changes:
            old = before[change.old.address].life if change.old is not None else None
            new = living[change.new.address] if change.new is not None else None
            if ChangeKind.NUMBER_REUSED in change.kinds:
                continue
            for life in dict.fromkeys((new, old)):
                if life is None or not self._lives[life].first < at <= self._last_of(life):
                    continue
                source = old if life == new and old != new else None
                target = new if life == old and old != new else None
                words = change.words if life == new or target is None else _NO_WORDS
                is_passage = change.scope is Scope.PASSAGE
                event = Event(at, change.kinds, change.classes, words, source, target, is_passage)
                self._lives[life].events.append(event)

    def _last_of(self, life: int) -> int:
        return self._lives[life].first + len(self._lives[life].places) - 1

    def _recognise(self, living: dict[str, int], at: int) -> None:
        """Say of the lives that begin which ended life had the same words."""
        for address, life in living.items():
            if self._lives[life].first == at and (words := _words(self._versions[-1][address])):
                earlier = self._ended.get(words)
                if earlier is not None and self._last_of(earlier) < at - 1:
                    self._lives[life].again = earlier

    def _tell(self, text: Text, living: dict[str, int]) -> None:
        """Write down the provisions of the version just added, sharing those that did not change."""
        said: dict[str, tuple[list[Sentence], list[Sentence]]] = {address: ([], []) for address in living}
        for unit, sentences in zip(text.view.units, self._held, strict=True):
            said[unit.place.address][unit.kind is not UnitKind.HEADING].extend(sentences)
        previous = {told.life: told for told in self._versions[-1].values()} if self._versions else {}
        version: dict[str, Told] = {}
        for section in text.view.sections:
            address = section.place.address
            title, body = said[address]
            under = living[text.view.sections[section.parent].place.address] if section.parent >= 0 else None
            told = Told(living[address], under, tuple(title), tuple(body))
            last = previous.get(told.life)
            version[address] = last if last is not None and _is_alike(last, told) else told
        self._versions.append(version)


def _places(text: Text) -> list[Place]:
    return [section.place for section in text.view.sections]


def _is_same(row: Row) -> bool:
    """Whether a row is one unit on each side, of which not one sign changed."""
    return len(row.old) == len(row.new) == 1 and row.old[0].text == row.new[0].text


def _is_alike(last: Told, told: Told) -> bool:
    """Whether a provision says the same, sign for sign, under the same one."""
    return (last.under, last.title, last.sentences) == (told.under, told.title, told.sentences)


def _kept(words: str, sentence: Sentence) -> Sentence:
    """Return a sentence of the same wording, as the new text writes it."""
    return sentence if sentence.text == words else Sentence(words, sentence.origin)


def _turns(
    found: Comparison, kinds: Sequence[ChangeKind], side: str
) -> dict[str, tuple[ChangeKind, Place | None]]:
    """Return how each provision of one side that the other has not began or ended, by address."""
    turns: dict[str, tuple[ChangeKind, Place | None]] = {}
    for change in found.changes:
        ours, theirs = (change.old, change.new) if side == "old" else (change.new, change.old)
        if ours is None or change.is_same or change.scope is Scope.PASSAGE:
            continue
        kind = next((kind for kind in kinds if kind in change.kinds), None)
        if kind is not None:
            turns.setdefault(ours.address, (kind, theirs))
    return turns


def _words(told: Told) -> str:
    """Return the words of a provision, when they are enough to know it by; a hash would say no more."""
    words = "".join(key(sentence.text) for sentence in told.sentences)
    return words if sum(len(sentence.text.split()) for sentence in told.sentences) >= _TELLING else ""


def _step(found: Comparison) -> Step:
    kinds = Counter(kind for change in found.changes for kind in change.kinds)
    return Step(
        words=found.words,
        changes=len(found.changes),
        provisions=len({_about(change) for change in found.changes if ChangeClass.WORDING in change.classes}),
        kinds=tuple((kind, kinds[kind]) for kind in ChangeKind if kinds[kind]),
        classes=found.classes,
        warnings=found.warnings,
    )


def _about(change: Change) -> str:
    """Return the address of the provision a change is about."""
    place = change.new or change.old
    return place.address if place is not None else ROOT_ADDRESS
