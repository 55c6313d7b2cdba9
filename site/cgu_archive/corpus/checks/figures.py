"""Delays, amounts and lengths that a text states, so that none the software should keep is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cgu_archive.corpus.provisions import Provision
from cgu_archive.corpus.rules import Rule, RuleKind, squeezed

_NUMBERS = (
    "deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt"
    "|trente|quarante|cinquante|soixante|cent"
)
_FIGURE = re.compile(
    rf"(?<![\w,.:])(?:(?:\d+|{_NUMBERS})(?:\s\(\w+\))?\s?"
    r"(?:jours|mois|ans|années|semaines|heures|h|minutes|caractères|euros|€|%"
    r"|des (?:\w+ )?(?:critères|catégories))"
    r"|une? (?:jour|mois|an|année|semaine|heure))(?!\w|\ssur\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, where a text states it."""

    words: str
    address: str
    line: int
    """First line, 0-based, of the block that states it."""


def unknown(text: Provision, rules: tuple[Rule, ...]) -> Iterator[Figure]:
    """Yield the figures of `text` that no rule quotes from the provision that states them."""
    yield from _unknown(text, rules, ())


def _unknown(provision: Provision, rules: tuple[Rule, ...], quotes: tuple[str, ...]) -> Iterator[Figure]:
    quotes = (*quotes, *(squeezed(rule.quote) for rule in rules if rule.at == provision.address))
    for block in provision.blocks:
        alone = replace(provision, heading=None, marker="", blocks=(block,), children=())
        for found in dict.fromkeys(match[0] for match in _FIGURE.finditer(squeezed(alone.text()))):
            if not any(found in quote for quote in quotes):
                yield Figure(found, provision.address, block.lines[0])
    for child in provision.children:
        yield from _unknown(child, rules, quotes)


_SMALL = """
    zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize
    """.split()  # noqa: SIM905 - a list of words reads better as words
_TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100}
_DAYS = {"jour": 1, "semaine": 7, "mois": 30, "an": 365, "année": 365}
"""A month has thirty days, a year three hundred and sixty-five."""
_DELAY = re.compile(
    rf"(?<![\w,.:])(?P<number>\d+|une?|{_NUMBERS})(?:\s\(\w+\))?\s(?P<unit>jour|semaine|mois|année|an)s?(?!\w)",
    re.IGNORECASE,
)
_CHARACTERS = re.compile(rf"(?<!\w)(?P<number>\d+|{_NUMBERS})(?:\s\(\w+\))?\scaractères(?!\w)", re.IGNORECASE)
_KINDS = re.compile(
    rf"(?<!\w)(?P<number>\d+|{_NUMBERS})(?:\s\(\w+\))?\sdes\s(?:\w+\s)?(?:critères|catégories)(?!\w)",
    re.IGNORECASE,
)
_VALUED: dict[RuleKind, re.Pattern[str]] = {
    RuleKind.PASSWORD_LENGTH: _CHARACTERS,
    RuleKind.PASSWORD_CLASSES: _KINDS,
    RuleKind.PASSWORD_RENEWAL_DAYS: _DELAY,
    RuleKind.CURE_DAYS: _DELAY,
    RuleKind.RETENTION_TRACE_DAYS: _DELAY,
    RuleKind.API_KEY_DAYS: _DELAY,
}
"""Settings whose value is the figure of their sentence."""


def number_of(words: str) -> int | None:
    """Return the number that `words` say in figures or in letters, up to a hundred; None for another word."""
    said = words.casefold()
    if said.isdecimal():
        return int(said[:9])
    if said in ("un", "une"):
        return 1
    return _SMALL.index(said) if said in _SMALL else _TENS.get(said)


def value_of(kind: RuleKind, sentence: str) -> int | None:
    """Return the value of a rule of `kind` that `sentence` states, delays in days.

    None when the sentence states none, or several.
    """
    if kind not in _VALUED:
        return None
    said = {_value(found) for found in _VALUED[kind].finditer(squeezed(sentence))}
    return said.pop() if len(said) == 1 else None


def _value(found: re.Match[str]) -> int | None:
    number, unit = number_of(found["number"]), found.groupdict().get("unit")
    return None if number is None else number * (_DAYS[unit.casefold()] if unit else 1)
