"""Comparisons made by hand, in which sentences moved alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cgu_archive.corpus.comparison import (
    ChangeClass,
    Comparison,
    Mark,
    MarkKind,
    Op,
    Place,
    Row,
    Side,
    Span,
    Unit,
    UnitKind,
    Words,
)
from cgu_archive.corpus.comparison.model import UNIT_BREAK, Move
from cgu_archive.corpus.provisions import Kind

PLACE = Place("article-1", "1", "Objet", "article", Kind.ARTICLE)


def kept(words: str) -> Span:
    return Span(Op.EQUAL, words)


def lost(words: str, move: int | None = None) -> Span:
    return Span(Op.DELETED, words, ChangeClass.WORDING, move)


def won(words: str, move: int | None = None) -> Span:
    return Span(Op.INSERTED, words, ChangeClass.WORDING, move)


def left(words: str, move: int) -> Span:
    return Span(Op.DELETED, words, None, move)


def came(words: str, move: int) -> Span:
    return Span(Op.INSERTED, words, None, move)


@dataclass
class Lines:
    """A row to be made: its words, and which texts have it."""

    spans: list[Span] = field(default_factory=list)
    in_old: bool = True
    in_new: bool = True
    kind: UnitKind = UnitKind.PARAGRAPH

    def has(self, op: Op) -> bool:
        return self.in_old if op is Op.DELETED else self.in_new

    def units(self, op: Op, first: int) -> tuple[Unit, ...]:
        """Return the units of the text that alone has the words `op`; the first is the `first` of it."""
        if not self.has(op):
            return ()
        words = "".join(span.text for span in self.spans if span.op in (Op.EQUAL, op))
        return tuple(
            Unit(index, self.kind, PLACE, "", text, _bold(text, op), 0, 0, 0, False, None)
            for index, text in enumerate(words.split(UNIT_BREAK), start=first)
        )


def _bold(words: str, op: Op) -> tuple[Mark, ...]:
    """Return the marks of a paragraph: its end is in bold, a longer one in the old text."""
    start = 9 if op is Op.DELETED else 14
    return (Mark(start, len(words), MarkKind.STRONG),) if len(words) > start else ()


def by_hand(given: Sequence[Lines], old_order: Sequence[int] | None = None) -> Comparison:
    """Return the comparison whose rows are `given`; its moves, from 0, are those of their spans.

    The old text had them in `old_order`, the same one unless it is said.
    """
    sides: dict[Op, dict[int, tuple[Unit, ...]]] = {Op.DELETED: {}, Op.INSERTED: {}}
    for op, order in ((Op.DELETED, old_order or range(len(given))), (Op.INSERTED, range(len(given)))):
        count = 0
        for rank in order:
            sides[op][rank] = given[rank].units(op, count)
            count += len(sides[op][rank])
    rows = [
        Row(sides[Op.DELETED][rank], sides[Op.INSERTED][rank], tuple(line.spans), (), Words())
        for rank, line in enumerate(given)
    ]
    return Comparison(Side(), Side(), tuple(rows), (), (), (), moves=tuple(_moves(given)))


def _moves(given: Sequence[Lines]) -> Iterator[Move]:
    ends = {
        (span.move, span.op): rank
        for rank, line in enumerate(given)
        for span in line.spans
        if span.move is not None
    }
    for move in range(len(ends) // 2):
        spans = tuple(span for line in given for span in line.spans if span.move == move)
        facing = Lines(list(spans))
        row = Row(facing.units(Op.DELETED, 0), facing.units(Op.INSERTED, 0), spans, (), Words())
        yield Move(row, ends[move, Op.DELETED], ends[move, Op.INSERTED])


STAYS = [kept("Rien ne change ici. ")]
ONE = "La commune publie un bilan. "

SENTENCES = {
    "in-its-paragraph": [Lines([left(ONE, 0), *STAYS, came(ONE, 0)])],
    "to-the-start": [Lines([came(ONE, 0), *STAYS, left(ONE, 0), kept("Fin.")])],
    "to-another-paragraph": [
        Lines([kept("Début. "), left(ONE, 0), kept("Suite.")]), Lines([*STAYS, came(ONE, 0)])
    ],
    "from-another-paragraph": [Lines([*STAYS, came(ONE, 0)]), Lines([left(ONE, 0), kept("Suite.")])],
    "edited": [
        Lines([left("La commune ", 0), lost("publie", 0), left(" un bilan. ", 0), *STAYS]),
        Lines([*STAYS, came("La commune ", 0), won("montre", 0), came(" un bilan. ", 0), won("Voilà.")]),
    ],
    "edited-at-its-ends": [
        Lines([kept("Début. "), lost("La commune ", 0), left("publie un bilan. ", 0)]),
        Lines([came("publie un bilan. ", 0), won("Encore. ", 0), *STAYS]),
    ],
    "from-a-deleted-paragraph": [
        Lines(STAYS), Lines([left(ONE, 0)], in_new=False), Lines([*STAYS, came(ONE, 0)])
    ],
    "from-a-deleted-paragraph-among-others": [
        Lines([lost("Perdu. "), left(ONE, 0), lost("Perdu aussi.")], in_new=False),
        Lines([*STAYS, came(ONE, 0), kept("Fin.")]),
    ],
    "to-an-inserted-paragraph": [
        Lines([left(ONE, 0), *STAYS]), Lines([came(ONE, 0)], in_old=False), Lines(STAYS)
    ],
    "to-an-inserted-last-paragraph": [
        Lines([left(ONE, 0), *STAYS]), Lines([won("Gagné. "), came(ONE, 0)], in_old=False)
    ],
    "from-a-deleted-to-an-inserted-paragraph": [
        Lines([left(ONE, 0)], in_new=False), Lines(STAYS), Lines([came(ONE, 0), won("Gagné.")], in_old=False)
    ],
    "two-that-follow": [
        Lines([left(ONE, 0), left("Il est relu. ", 1), *STAYS]),
        Lines([came("Il est relu. ", 1), came(ONE, 0), *STAYS]),
    ],
    "two-that-cross": [
        Lines([left(ONE, 0), *STAYS, came("Il est relu. ", 1)]),
        Lines([came(ONE, 0), *STAYS, left("Il est relu. ", 1)]),
    ],
    "one-leaves-where-one-comes": [
        Lines([kept("Début. "), left(ONE, 0), came("Il est relu. ", 1), kept("Suite.")]),
        Lines([left("Il est relu. ", 1), came(ONE, 0), *STAYS]),
    ],
    "from-a-split-paragraph": [
        Lines([kept("Début. "), left(ONE, 0), won("\n"), kept("Suite. ")]), Lines([*STAYS, came(ONE, 0)])
    ],
    "to-a-joined-paragraph": [
        Lines([kept("Début. "), lost("\n"), came(ONE, 0), kept("Suite.")]), Lines([left(ONE, 0), *STAYS])
    ],
}  # fmt: skip
"""Each move here is one in the document too."""

CELL = Lines([kept("Nom\tun an. "), came(ONE, 0)], kind=UnitKind.ROW)
REFUSED: dict[str, tuple[list[Lines], list[int] | None]] = {
    "to-a-table": ([Lines([left(ONE, 0), *STAYS]), CELL], None),
    "from-a-row-of-a-table": (
        [
            Lines([lost("Nom\t"), left(ONE, 0)], in_new=False, kind=UnitKind.ROW),
            Lines([*STAYS, came(ONE, 0)]),
        ],
        None,
    ),
    "from-a-moved-paragraph": (
        [
            Lines([kept("Un paragraphe très long, avec bien des mots, reste en place.")]),
            Lines([kept("Début. "), left(ONE, 0), kept("Suite.")]),
            Lines([*STAYS, came(ONE, 0)]),
        ],
        [1, 0, 2],
    ),
    "to-a-moved-paragraph": (
        [
            Lines([kept("Un paragraphe très long, avec bien des mots, reste en place.")]),
            Lines([kept("Début. "), came(ONE, 0)]),
            Lines([*STAYS, left(ONE, 0)]),
        ],
        [1, 0, 2],
    ),
    "across-two-paragraphs": (
        [Lines([left("La commune", 0), left("\n", 0), left("publie.", 0)]), Lines([*STAYS, came(ONE, 0)])],
        None,
    ),
    "in-pieces": (
        [
            Lines([left("La commune ", 0), kept("encore "), left("publie un bilan. ", 0)]),
            Lines([*STAYS, came(ONE, 0)]),
        ],
        None,
    ),
    "no-word-the-same": ([Lines([*STAYS, lost(ONE, 0)]), Lines([*STAYS, came(ONE, 0)])], None),
}
"""Both ends of the move are a deletion and an insertion in the document."""


def beside_moved_paragraphs() -> Iterator[Comparison]:
    """Yield sentences that moved at the end of paragraphs, near one that moved and changed at its own end."""
    long = kept("Un texte qui reste, avec bien des mots pour peser. ")
    for changes in ([lost("Perdu. ")], [won("Gagné. ")], [lost("Perdu. "), won("Gagné. ")]):
        moved = Lines([kept("Un court texte. "), *changes])
        comes = [Lines([long, came(ONE, 0)]), Lines([kept("Ici. "), left(ONE, 0)])]
        leaves = [Lines([long, left(ONE, 0)]), Lines([came(ONE, 0), kept("Ici.")])]
        for given in (comes, leaves):
            yield by_hand([moved, *given], [1, 0, 2])
            yield by_hand([given[0], Lines([long]), given[1], moved], [3, 0, 1, 2])


def any_comparison(chance: random.Random) -> Comparison:
    """Return rows and moves of every kind, wherever they fall."""
    given = [_any_lines(chance, rank) for rank in range(chance.randint(2, 6))]
    for move in range(chance.randint(1, 4)):
        _add(chance, given, move, Op.DELETED)
        _add(chance, given, move, Op.INSERTED)
    order = list(range(len(given)))
    if chance.random() < 0.4:
        chance.shuffle(order)
    return by_hand(given, order)


def _any_lines(chance: random.Random, rank: int) -> Lines:
    match chance.randrange(8):
        case 0 | 1:
            return Lines([lost(f"Texte ôté {rank}. ")] * chance.randrange(2), in_new=False)
        case 2 | 3:
            return Lines([won(f"Texte mis {rank}. ")] * chance.randrange(2), in_old=False)
        case 4:
            return Lines([kept(f"Nom {rank}\tdurée "), won("longue")], kind=UnitKind.ROW)
        case 5:
            words = [kept(f"Le début {rank}. "), chance.choice([won, lost])(UNIT_BREAK)]
            return Lines([*words, kept(f"La fin {rank}. ")])
        case _:
            words = [kept(f"Le texte {rank} "), lost("dit "), won("montre "), kept("ceci. ")]
            return Lines(chance.sample(words, chance.randint(1, 4)))


def _add(chance: random.Random, given: Sequence[Lines], move: int, op: Op) -> None:
    """Add one end of `move` to one of the rows that can have it, or to a new paragraph when there is none."""
    spans = [Span(op, text, None, move) for text in (f"La phrase {move} ", "est ", "partie. ")]
    if chance.random() < 0.5:
        spans.insert(chance.randint(0, 3), Span(op, "ailleurs ", ChangeClass.WORDING, move))
    line = chance.choice([line for line in given if line.has(op)] or [given[0]])
    line.in_old |= op is Op.DELETED
    line.in_new |= op is Op.INSERTED
    at = chance.randint(0, len(line.spans))
    line.spans[at:at] = spans
