"""Delays, amounts and lengths that a text states, so that none the software should keep is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cgu_archive.corpus.provisions import Provision
from cgu_archive.corpus.rules import Rule, squeezed

_NUMBERS = (
    "deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt"
    "|trente|quarante|cinquante|soixante|cent"
)
_FIGURE = re.compile(
    rf"(?<![\w,.:])(?:(?:\d+|{_NUMBERS})(?:\s\(\d+\))?\s?"
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
