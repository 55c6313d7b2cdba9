"""What a history says, as values: lives of provisions, stays of sentences, steps from version to version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, ComparisonWarning, Place, Words

Kinds = tuple[ChangeKind, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a wording comes from; one object for all the versions in which it stands."""

    since: int
    """Rank of the first version of this stay."""
    replaced: tuple[Former, ...] = ()
    """The sentences it replaced, which stood until the version before `since`."""
    stood: tuple[int, int] | None = None
    """The first and last version of an earlier stay, when it left and came back."""


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A sentence as one version writes it; the same object in every version that writes it so."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Former:
    """A sentence that is no more, and the provision it last stood in."""

    sentence: Sentence
    address: str
    until: int
    """Rank of the last version where it stood."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A provision in one version; the same object in the next when none of its own words changed."""

    life: int
    """Rank in `History.lives`."""
    under: int | None
    """The life of the provision that holds it; None for the whole text."""
    title: tuple[Sentence, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What one version did to a provision."""

    at: int
    kinds: Kinds
    classes: tuple[ChangeClass, ...]
    words: Words
    source: int | None = None
    """The life that gave it words, when that is another one."""
    target: int | None = None
    """The life it gave words to, when that is another one."""
    is_passage: bool = False
    """Whether it is about some of its blocks or sentences, not about itself."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How a life began or ended, and the other life it owes that to, if any.

    `other` is where its words came from or went to (`SPLIT`, `MERGED`, `EDITED`), or the other text that had
    or took its number (`NUMBER_REUSED`).
    """

    kind: ChangeKind
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """One provision through versions."""

    first: int
    """Rank of the first version that has it."""
    places: tuple[Place, ...]
    """Where it stands in that version and in each of the next ones, as long as it lasts."""
    beginning: Turn | None
    """None when the first version held has it already."""
    ending: Turn | None
    """None when the last version held has it."""
    events: tuple[Event, ...]
    removed: tuple[Former, ...]
    """The sentences taken from it with nothing in their place."""
    again: int | None = None
    """An earlier life, ended, of the same words."""

    @property
    def last(self) -> int:
        """Rank of the last version that has it."""
        return self.first + len(self.places) - 1

    def place(self, rank: int) -> Place | None:
        """Return where it stands in the version of that rank; None when it does not."""
        return self.places[rank - self.first] if self.first <= rank <= self.last else None


@dataclass(frozen=True, slots=True)
class Step:
    """How much one version changed the one before it."""

    words: Words
    changes: int
    """How many changes it made, of any kind."""
    provisions: int
    """How many provisions it changed by their wording, added and removed ones included."""
    kinds: tuple[tuple[ChangeKind, int], ...]
    """How many changes of each kind."""
    classes: tuple[ChangeClass, ...]
    warnings: tuple[ComparisonWarning, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Every version of a text, provision by provision, and what became of each."""

    steps: tuple[Step, ...]
    """One for each version after the first."""
    lives: tuple[Life, ...]
    versions: tuple[Mapping[str, Told], ...]
    """For each version, its provisions by address, in reading order."""

    def whereabouts(self, life: int, rank: int) -> tuple[int, Place] | None:
        """Return the life that a provision goes on in, and its place, in the version of that rank.

        A provision merged into another goes on there. None before it began, and once it was deleted.
        """
        for follower in self.followers(life):
            if (place := self.lives[follower].place(rank)) is not None:
                return follower, place
        return None

    def within(self, life: int, rank: int) -> Iterator[Told]:
        """Yield the provisions right under a life in the version of that rank."""
        return (told for told in self.versions[rank].values() if told.under == life)

    def followers(self, life: int) -> Iterator[int]:
        """Yield a life, then the one it was merged into, and so on."""
        following: int | None = life
        while following is not None:
            yield following
            ending = self.lives[following].ending
            goes_on = ending is not None and ending.kind in GOES_ON
            following = ending.other if ending is not None and goes_on else None


GOES_ON = frozenset({ChangeKind.MERGED, ChangeKind.EDITED})
"""Ends after which the words of a provision are found in another one."""
