"""Letters that imitate others, words cut in two, elisions and pairs of signs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from urllib.parse import unquote

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import EMAIL, WORD, Run
from cgu_archive.corpus.errors import Edit, Finding

_ADDRESS = re.compile(rf"(?:https?://|www\.)[^\s<>()«»]+|{EMAIL.pattern}")
_LOOKS = str.maketrans("αεικμνορστυχаеорсухіѕјкмнвт", "aeikmvopstuxaeopcyxisjkmhbt")
"""Greek, then Cyrillic letters, and the Latin ones they are taken for."""


def confusable(page: Page) -> Iterator[Finding]:
    """L-01: an address written with letters that are not Latin."""
    for run in page.sheet.runs:
        if run.words.isascii() or not any(mark in run.words for mark in ("@", "://", "www.")):
            continue
        for found in _ADDRESS.finditer(run.words):
            foreign = [letter for letter in found[0] if _is_foreign(letter)]
            link = run.anchor_at(found.start())
            if not foreign or (link is not None and not unquote(link.target).isascii()):
                continue
            latin = found[0].translate(_LOOKS)
            edits = (Edit(found.start(), found.end(), latin),) if latin.isascii() else ()
            yield page.finding(
                "L-01",
                run,
                *found.span(),
                f"« {found[0]} » : {_others(foreign)} ; personne n’est joint à cette adresse.",
                "Écrivez l’adresse en lettres latines.",
                edits=edits,
            )


def _others(foreign: Iterable[str]) -> str:
    """Return « μ, ι ne sont pas des lettres latines »."""
    each = list(dict.fromkeys(foreign))
    return f"{', '.join(each)} " + (
        "n’est pas une lettre latine" if len(each) == 1 else "ne sont pas des lettres latines"
    )


def _is_foreign(letter: str) -> bool:
    return letter.isalpha() and not letter.isascii() and "LATIN" not in unicodedata.name(letter, "")


_LONE = frozenset("bcdfgjklmnpqstvwxz")
"""Letters that are never a word; « à », « a », « y », « ô », « h » and « r » (an initial) are left out."""
_PIECES = frozenset(
    """
    tion tions ation ations isation isations ité ités ement ements ellement ilité ibilité abilité eurs
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Ends of words that are no words."""
_SHORT = frozenset(
    """
    au aux bien ce ces dans de des du elle elles en entre et fin il ils la le les lors ma mal me mes moi
    mon ne non nos on ou où par pas peu plus pour qu que qui sa sans se ses si soi soit son sous sur ta
    te toi ton tous tout toute toutes tu un une vos y à
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Words whose two halves may be written apart in good French: « par tout », « si non »."""


def split_words(page: Page) -> Iterator[Finding]:
    """L-08: a word cut by a space, seen because the text writes it whole elsewhere; without a dictionary."""
    counts = page.sheet.counts
    for run in page.sheet.runs:
        words = list(WORD.finditer(run.words))
        for left, right in pairwise(words):
            if run.words[left.end() : right.start()] != " ":
                continue
            one, two = left[0].casefold(), right[0].casefold()
            whole = one + two
            joined = whole in counts and right[0][0].islower() and _is_torn(one, two, counts)
            if joined or two in _PIECES:
                yield page.finding(
                    "L-08",
                    run,
                    left.start(),
                    right.end(),
                    f"« {left[0]} {right[0]} » : un mot coupé par une espace"
                    + (f" ; le texte écrit « {whole} » ailleurs." if joined else "."),
                    "Retirez l’espace.",
                    edits=(Edit(left.end(), right.start(), ""),),
                )
            elif right[0] in _LONE and _is_lone(run.words, right):
                yield page.finding(
                    "L-08",
                    run,
                    left.start(),
                    right.end(),
                    f"« {left[0]} {right[0]} » : une lettre seule ; mot coupé, ou apostrophe oubliée.",
                    "Rétablissez le mot.",
                )


def _is_torn(one: str, two: str, counts: Counter[str]) -> bool:
    """Whether at least one half is met nowhere else, and neither is a word that often stands alone."""
    if one.isdigit() or two.isdigit() or one in _SHORT or two in _SHORT:
        return False
    return min(counts[one], counts[two]) == 1 and min(len(one), len(two)) <= 4


def _is_lone(words: str, letter: re.Match[str]) -> bool:
    after = words[letter.end() : letter.end() + 2]
    return after[:1] == " " and after[1:].isalpha() and words[max(0, letter.start() - 2)].islower()


_ELISION = re.compile(
    r"(?<![\w’'])(?P<word>[dlnsjmtc]|qu|lorsqu|puisqu)(?P<sign>['’‘])(?P<next>[^\W\d_]+)", re.IGNORECASE
)
_VOWELS = "aeiouyhœæàâäéèêëîïôöùûü"
_SPELT = "FLMNRSX"
"""Capitals whose name begins with a vowel: « l’SMS »."""
_WHOLE = {"d": "de", "n": "ne", "s": "se", "j": "je", "m": "me", "t": "te", "c": "ce"}


def elisions(page: Page) -> Iterator[Finding]:
    """L-09: « d’ », « l’ » or « qu’ » before a word that begins with a consonant."""
    for run in page.sheet.runs:
        for found in _ELISION.finditer(run.words):
            follows = found["next"]
            if follows[0].lower() in _VOWELS or (follows.isupper() and follows[0] in _SPELT):
                continue
            word = found["word"]
            whole = _WHOLE.get(word.lower(), f"{word}e" if len(word) > 1 else "")
            if word[0].isupper():
                whole = whole.capitalize()
            edits = (Edit(found.start(), found.end("sign"), f"{whole} "),) if whole else ()
            yield page.finding(
                "L-09",
                run,
                *found.span(),
                f"« {found[0]} » : élision devant une consonne, reste probable d’un remplacement.",
                f"Écrivez « {whole} {follows} », ou rétablissez l’article."
                if whole
                else "Écrivez l’article.",
                edits=edits,
            )


_PAIRS = {"»": "«", ")": "(", "”": "“", "]": "["}
_SIGNS = re.compile(r"[«»()“”\[\]]")
_ENUMERATION = re.compile(r"(?:^|[\s;(«])(?:[^\W_]|\d{1,2}|[ivx]{1,4})$", re.IGNORECASE)
_CONTEXT = 40


def pairs(page: Page) -> Iterator[Finding]:
    """L-10: a quotation mark or bracket that is opened or closed alone, inside one provision."""
    opened: list[tuple[Run, int]] = []
    at = ""
    for run in page.sheet.runs:
        if run.at != at:
            yield from _alone(page, opened)
            opened, at = [], run.at
        for found in _SIGNS.finditer(run.words):
            sign, place = found[0], found.start()
            if sign not in _PAIRS:
                opened.append((run, place))
            elif opened and (mate := _mate(opened, _PAIRS[sign])) is not None:
                yield from _alone(page, opened[mate + 1 :])
                del opened[mate:]
            elif sign != ")" or not _ENUMERATION.search(run.words[max(0, place - 5) : place]):
                yield from _alone(page, [(run, place)])
    yield from _alone(page, opened)


def _mate(opened: list[tuple[Run, int]], sign: str) -> int | None:
    """Return which of the last few signs opened is the one that a sign closes."""
    for rank in range(len(opened) - 1, max(-1, len(opened) - 8), -1):
        run, place = opened[rank]
        if run.words[place] == sign:
            return rank
    return None


def _alone(page: Page, signs: list[tuple[Run, int]]) -> Iterator[Finding]:
    for run, place in signs:
        sign = run.words[place]
        closes = sign in _PAIRS
        start = max(0, place - _CONTEXT) if closes else place
        end = place + 1 if closes else min(len(run.words), place + _CONTEXT)
        what = "fermé sans avoir été ouvert" if closes else "ouvert et jamais fermé"
        yield page.finding(
            "L-10",
            run,
            start,
            end,
            f"« {sign} » : signe {what}.",
            "Ajoutez le signe qui manque, ou retirez celui-ci.",
        )
