"""Read one text by every rule that its readers ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import partial
from itertools import islice

from cgu_archive.corpus.checks import (
    characters,
    law,
    links,
    names,
    people,
    settings,
    structure,
    terms,
    typography,
    validity,
    words,
)
from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.table import CARDS, RANKS
from cgu_archive.corpus.errors import Finding, Severity

MOST = 500
"""A text that breaks one rule more often is not read further by it."""

_Reader = Callable[[Page], Iterator[Finding]]
_READERS: dict[str, _Reader] = {
    "L-01": characters.confusable,
    "L-02": links.promised,
    "L-04": settings.passwords,
    "L-05": words.items,
    "L-06": words.passages,
    "L-07": words.repeated,
    "L-08": characters.split_words,
    "L-09": characters.elisions,
    "L-10": characters.pairs,
    "L-11": typography.spacing,
    "L-12": structure.numbering,
    "L-13": structure.cut,
    "L-14": structure.titles,
    "L-15": terms.definitions,
    "L-16": terms.acronyms,
    "L-17": law.references,
    "L-18": names.variants,
    "L-19": people.postal_codes,
    "L-20": people.channels,
    "L-21": typography.mixed,
    "L-22": links.restricted,
    "L-23": links.unverified,
    "L-24": validity.partial_dates,
    "L-28": law.former_names,
    "L-29": links.insecure,
    "L-30": people.personal_data,
}
"""The other numbers are checks of the corpus: see `table`."""


def read(page: Page, lowest: Severity, on: date | None, only: Collection[str] = CARDS) -> Iterator[Finding]:
    """Yield what the rules of `only` that weigh `lowest` or more find on `page`, `on` that day."""
    readers: dict[str, _Reader] = {**_READERS, "L-27": partial(validity.homologation, on=on)}
    for rule, reader in readers.items():
        if rule in only and RANKS[CARDS[rule].severity] >= RANKS[lowest]:
            yield from islice(reader(page), MOST)
