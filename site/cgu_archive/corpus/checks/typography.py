"""Spaces, doubled punctuation, and the two ways of writing an apostrophe."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import EMAIL, Run
from cgu_archive.corpus.errors import Edit, Finding, Fix

_NBSP = "\u00a0"
_URL = re.compile(
    rf"(?:https?://|www\.)\S+|{EMAIL.pattern}"
    r"|(?<![\w.-])[\w-]{1,64}(?:\.[\w-]{1,64}){0,6}\.(?:fr|com|org|eu|net)\b"
)
_SIGN = re.compile(r"[;:!?,.«»()]")
_DOUBLED = frozenset([",,", ";;", "::", ";.", ";,", ",.", ",;", ":;", ":,", ".;", ".,"])
_AROUND = 40
_BEFORE, _AFTER = "espace manquante avant ce signe", "espace manquante après ce signe"
_TOO_MANY_BEFORE, _TOO_MANY_AFTER = "espace en trop avant ce signe", "espace en trop après ce signe"


def spacing(page: Page) -> Iterator[Finding]:
    """L-11: a space that is missing or not wanted beside a sign, and punctuation said twice."""
    for run in page.sheet.runs:
        words = run.words
        addresses: list[tuple[int, int]] | None = None
        for found in _SIGN.finditer(words):
            slip = _slip(words, found.start())
            if slip is None:
                continue
            addresses = _addresses(run) if addresses is None else addresses
            rank = bisect_left(addresses, (found.start(), 0)) - 1
            if rank >= 0 and found.start() < addresses[rank][1]:
                continue
            said, edit = slip
            low = max(0, found.start() - _AROUND)
            start = max(words.rfind(" ", low, max(0, found.start() - 1)) + 1, low)
            end = words.find(" ", found.start() + 1, found.start() + _AROUND)
            end = min(len(words), found.start() + _AROUND) if end < 0 else end
            yield page.finding(
                "L-11",
                run,
                start,
                end,
                f"« {words[start:end].strip()} » : {said}.",
                "Corrigez l’espace." if edit else "Gardez un seul signe.",
                edits=(edit,) if edit else (),
            )


def _slip(words: str, at: int) -> tuple[str, Edit | None] | None:
    """Return what is wrong beside the sign at `at`, and what mends it; None when nothing is."""
    sign, before, after = words[at], words[at - 1 : at] or " ", words[at + 1 : at + 2] or " "
    if sign + after in _DOUBLED and not words[at + 2 : at + 3].strip() and words[at - 3 : at] != "etc":
        return "ponctuation doublée", None
    if sign in "(«":
        if sign == "(" and after.isspace():
            return _TOO_MANY_AFTER, Edit(at + 1, at + 2, "")
        missing = sign == "«" and not after.isspace()
        return (_AFTER, Edit(at + 1, at + 1, _NBSP)) if missing else None
    if sign in ")»":
        if sign == ")" and before.isspace() and at:
            return _TOO_MANY_BEFORE, Edit(at - 1, at, "")
        missing = sign == "»" and not before.isspace()
        return (_BEFORE, Edit(at, at, _NBSP)) if missing else None
    if sign in ",." and before.isspace() and after.isspace() and at:
        return _TOO_MANY_BEFORE, Edit(at - 1, at, "")
    return _missing(words, at, sign, before, after)


def _missing(words: str, at: int, sign: str, before: str, after: str) -> tuple[str, Edit] | None:
    """Return which space is missing beside a sign between two words."""
    follows = after.isalpha() and (before.isalpha() or before in ")»")
    if sign in ";:!?" and after.isspace():
        closes = before.isalnum() if sign != ":" else before.isalpha()
        return (_BEFORE, Edit(at, at, _NBSP)) if closes or before in ")»" else None
    if sign in ";:" and (after.isalpha() or (after.isdigit() and not before.isdigit())):
        return _AFTER, Edit(at + 1, at + 1, " ")
    if sign == "," and follows:
        return _AFTER, Edit(at + 1, at + 1, " ")
    is_end = words[at - 2 : at].isalpha() or before in ")»"
    if sign == "." and follows and is_end and after.isupper() and words[at + 2 : at + 3].islower():
        return _AFTER, Edit(at + 1, at + 1, " ")
    return None


def _addresses(run: Run) -> list[tuple[int, int]]:
    """Return where addresses stand in `run`; a link ends where its own words do."""
    found = []
    for one in _URL.finditer(run.words):
        link = run.anchor_at(one.start())
        found.append((one.start(), min(one.end(), link.end) if link else one.end()))
    return found


_PLAIN_SPACE = re.compile(r" (?=[;:?!»])")
_AFTER_QUOTE = re.compile(r"« ")


def mixed(page: Page) -> Iterator[Finding]:
    """L-21: apostrophes of two kinds, one turned the wrong way, ordinary spaces where a line may break."""
    runs = page.sheet.runs
    straight = _apostrophes(runs, "'")
    if straight and any(_apostrophes(runs, "’")):
        said = f"{len(straight)} apostrophe(s) droite(s) parmi des apostrophes typographiques."
        yield _together(page, straight, "’", said, "Écrivez partout la même apostrophe (’).")
    for run, start, end in _apostrophes(runs, "‘"):
        yield _together(
            page, [(run, start, end)], "’", "« ‘ » : guillemet pris pour une apostrophe.", "Écrivez « ’ »."
        )
    if hyphens := _dashes(runs):
        said = f"{len(hyphens)} trait(s) d’union employé(s) comme tiret(s) parmi des tirets."
        yield _together(page, hyphens, "–", said, "Écrivez partout le même tiret (–).")
    plain = [(run, *found.span()) for run in runs for found in _PLAIN_SPACE.finditer(run.words)]
    plain += [
        (run, found.end() - 1, found.end()) for run in runs for found in _AFTER_QUOTE.finditer(run.words)
    ]
    if plain:
        said = (
            f"{len(plain)} espace(s) ordinaire(s) avant « ; : ? ! » ou dans « » : la ligne peut s’y couper."
        )
        yield _together(page, plain, _NBSP, said, "Employez des espaces insécables.")


_HYPHEN = re.compile(r" - ")
_DASH = re.compile(r" [–—] ")


def _dashes(runs: tuple[Run, ...]) -> list[tuple[Run, int, int]]:
    """Return the hyphens that stand for dashes, where the text has dashes too."""
    if not any(_DASH.search(run.words) for run in runs):
        return []
    hyphens = ((run, found.start() + 1) for run in runs for found in _HYPHEN.finditer(run.words))
    return [(run, at, at + 1) for run, at in hyphens]


def _apostrophes(runs: tuple[Run, ...], sign: str) -> list[tuple[Run, int, int]]:
    """Return where `sign` stands between two letters."""
    found = []
    for run in runs:
        at = run.words.find(sign)
        while at >= 0:
            if run.words[at - 1 : at].isalnum() and run.words[at + 1 : at + 2].isalnum():
                found.append((run, at, at + 1))
            at = run.words.find(sign, at + 1)
    return found


def _together(
    page: Page, places: list[tuple[Run, int, int]], instead: str, message: str, remedy: str
) -> Finding:
    """Return one finding for many places, at the first, with one fix that mends those it is sure of."""
    run, start, end = min(places, key=lambda place: (place[0].line, place[1]))
    fixes = [page.sheet.fix(one, (Edit(first, last, instead),)) for one, first, last in places if page.strict]
    edits = [edit for fix in fixes if fix for edit in fix.edits]
    edits.sort(key=lambda edit: edit.start)
    whole = Fix(tuple(edits)) if edits and len(edits) == len(places) else None
    head = max(0, start - 15)
    return page.finding("L-21", run, head, min(len(run.words), end + 15), message, remedy, fix=whole)
