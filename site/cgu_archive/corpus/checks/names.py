"""Names, labels and defined terms: each written one way."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Form, Run, same
from cgu_archive.corpus.checks.terms import INSTITUTIONS, QUOTED, bare, stem, terms_of
from cgu_archive.corpus.errors import Finding

_NAME = re.compile(
    r"(?<![\w@./-])(?:[A-Z][a-zà-ÿ]*+[A-Z0-9][A-Za-zà-ÿ0-9]*+|[A-Z][a-z]{3,}+)"
    r"(?:[’'][a-z]++)?(?:\s\d{2,3}(?!\d|\s?\w*\s?\d))?(?![\w@])(?!\.\w)"
)


def variants(page: Page) -> Iterator[Finding]:
    """L-18: one name written in several ways: capitals, spaces, hyphens, apostrophes."""
    yield from _names(page)
    yield from _pairs(page)
    yield from _labels(page)
    yield from _capitals(page)


_SHORTEST = 4


def _names(page: Page) -> Iterator[Finding]:
    ways: defaultdict[str, dict[str, list[tuple[Run, int, int]]]] = defaultdict(dict)
    for run in page.sheet.runs:
        shouted = run.words.isupper()
        for one in _NAME.finditer(run.words):
            if shouted or len(one[0]) < _SHORTEST or run.anchor_at(one.start()):
                continue
            key = re.sub(r"[^a-z0-9]", "", one[0].casefold())
            ways[key].setdefault(one[0], []).append((run, *one.span()))
    for key, forms in ways.items():
        marked = [form for form in forms if not re.fullmatch(r"[A-Z][a-z]+", form)]
        if len(forms) < 2 or not marked or key in page.sheet.small:
            continue
        usual = max(forms, key=lambda form: (form == page.service.name, len(forms[form])))
        for form, ((run, start, end), *_) in forms.items():
            # « PARIS » at the foot of an address is Paris; « Ocapiat » is not OCAPIAT
            shouted = form.isupper() and form.capitalize() == usual
            rare = usual.isupper() and usual.capitalize() == form and len(forms[usual]) < _USUALLY
            if form != usual and not shouted and not rare:
                yield page.finding(
                    "L-18",
                    run,
                    start,
                    end,
                    f"« {form} », écrit ailleurs « {usual} » ({len(forms[usual])} fois).",
                    "Choisissez une écriture.",
                )


_USUALLY = 5
"""A name in capitals less often than that may be a way of writing an address."""
_PAIR = re.compile(r"(?<![.!?…:»] )(?<!^)\b(?P<words>[A-ZÀ-Ý][a-zà-ÿœ]{2,} [A-ZÀ-Ý][a-zà-ÿœ]{2,})\b")


def _pairs(page: Page) -> Iterator[Finding]:
    """Yield pairs of words with capitals, also written without: « Pôle Emploi », « pôle emploi »."""
    first: dict[str, tuple[Run, re.Match[str]]] = {}
    for run in page.sheet.runs:
        for one in _PAIR.finditer(run.words) if run.form is not Form.HEADING else ():
            first.setdefault(one["words"].lower(), (run, one))
    if not first:
        return
    small: dict[str, int] = {}
    for run in page.sheet.runs:
        for pair in pairwise(_GAPS.split(run.words)):
            small.setdefault(" ".join(pair).rstrip(_ENDS), run.line)
    for words, (run, one) in first.items():
        if words in small:
            yield page.finding(
                "L-18",
                run,
                *one.span("words"),
                f"« {one['words']} », écrit « {words} » ligne {small[words]}.",
                "Choisissez une écriture.",
            )


_ENDS = ".,;:)»…"
_GAPS = re.compile(r"[ \u00a0’']")


def _labels(page: Page) -> Iterator[Finding]:
    """Yield what is quoted in two ways: « Mon compte », « Mon Compte »; a name and the same name, longer."""
    first: dict[str, tuple[str, int]] = {}
    for run in page.sheet.runs:
        for one in QUOTED.finditer(run.words):
            words = " ".join(one["words"].split())
            words = bare(words)
            words = words[:1].upper() + words[1:]
            key = same(words)
            known, line = first.setdefault(key, (words, run.line))
            if known != words and known.replace("’", "'") != words.replace("’", "'"):
                first[key] = (words, run.line)
            else:
                parts = key.split()
                heads = (" ".join(parts[:size]) for size in range(_LABEL + 1, len(parts)))
                longer = next((first[head] for head in heads if head in first), None)
                if longer is None or line != run.line:
                    continue
                known, line = longer
            yield page.finding(
                "L-18",
                run,
                *one.span("words"),
                f"« {words} », écrit « {known} » ligne {line}.",
                "Choisissez une écriture.",
            )


_LABEL = 3
"""Fewer spaces than that in a label: a longer one is another thing."""


_SMALL = re.compile(r"\b(?:(?:[Ll][ea]|au|du)\s|[Ll][’'])(?P<word>[a-zà-ÿœ]+)\b")
_TIMES = 2
"""A word met once without its capital may mean another thing."""


def _capitals(page: Page) -> Iterator[Finding]:
    """Yield the defined terms that the text also writes without their capital, after an article."""
    small: defaultdict[str, list[tuple[Run, re.Match[str]]]] = defaultdict(list)
    for run in page.sheet.runs:
        for one in _SMALL.finditer(run.words):
            small[one["word"]].append((run, one))
    for term in {term.words: term for term in reversed(terms_of(page))}.values():
        places = small[term.words.lower()]
        if not term.words.istitle() or stem(term.words) in INSTITUTIONS:
            continue
        if len(places) >= _TIMES:
            run, one = places[0]
            yield page.finding(
                "L-18",
                run,
                *one.span("word"),
                f"« {term.words} » est défini avec une majuscule (ligne {term.run.line}) ;"
                f" écrit {len(places)} fois sans.",
                "Gardez la majuscule partout où le terme a le sens défini.",
            )
