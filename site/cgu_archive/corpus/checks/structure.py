"""Numbers that jump, paragraphs that are cut, titles whose levels lie."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Form, Run
from cgu_archive.corpus.errors import Edit, Finding, Fix
from cgu_archive.corpus.provisions import Kind, Provision


def numbering(page: Page) -> Iterator[Finding]:
    """L-12: among provisions of one kind, a number that is said twice, or does not follow the one before."""
    runs = {run.at: run for run in reversed(page.sheet.runs)}
    last: dict[tuple[str, str | None, str], int] = {}
    for parent, unit in _numbered(page.sheet.root):
        head, _, tail = (unit.number or "").rpartition(".")
        if not tail.isdecimal() or len(tail) > _DIGITS:
            continue
        # articles and paragraphs run through a whole text (SOFFi, 1 to 88), or begin again under a title
        whose = parent.address if unit.kind is Kind.SECTION else ""
        kind = (f"{unit.kind.value} {whose}", unit.label, head)
        before, value = last.get(kind), int(tail)
        last[kind] = value
        if before is None or value in (before + 1, 1) or unit.address not in runs:
            continue
        run = runs[unit.address]
        number = unit.number or ""
        start = max(run.words.find(number), 0)
        end = start + len(number) if run.words.startswith(number, start) else len(run.words[:_SHOWN])
        expected = ".".join(filter(None, (head, str(before + 1))))
        said = "déjà employé, ou revenu en arrière" if value <= before else "un numéro manque"
        yield page.finding(
            "L-12",
            run,
            start,
            end,
            f"numéro {number} après {'.'.join(filter(None, (head, str(before))))} : {said} ;"
            f" attendu {expected}.",
            "Rétablissez la suite des numéros ; un article abrogé garde le sien, avec la mention « abrogé ».",
        )


_DIGITS = 6
_SHOWN = 40


def _numbered(root: Provision) -> Iterator[tuple[Provision, Provision]]:
    for parent in root.walk():
        for child in parent.children:
            if child.number:
                yield parent, child


_LONG = 10
"""Fewer words than that make a label, not a sentence."""
_DEFINITION = re.compile(r"«[^«»]*»\s(?::|et\s«)")
_LOWER = re.compile(r"[a-zà-öø-ÿœæ]")


def cut(page: Page) -> Iterator[Finding]:
    """L-13: a paragraph that ends with a comma or in the middle of a sentence, or has no full stop."""
    runs = page.sheet.runs
    for rank, run in enumerate(runs):
        words = run.words.rstrip()
        if run.form is not Form.PARAGRAPH or not words or _in_address(run, len(words)):
            continue
        follows = runs[rank + 1] if rank + 1 < len(runs) else None
        goes_on = follows is not None and follows.form is Form.PARAGRAPH and _LOWER.match(follows.words)
        before = runs[rank - 1].words.rstrip() if rank else ""
        listed = before.endswith((":", ",", ";"))  # one of several lines under a sentence
        comma = words.endswith(",") and not listed
        edits: tuple[Edit, ...] = ()
        if comma and not (follows and follows.form is Form.ITEM):
            said, remedy = "se termine par une virgule", "Rétablissez la suite de la phrase."
        elif words[-1].isalnum() and goes_on and not listed and not words.endswith(("; et", "; ou")):
            said, remedy = "s’arrête au milieu d’une phrase", "Réunissez les deux paragraphes."
        elif _is_sentence(words):
            said, remedy = "n’a pas de point final", "Ajoutez le point, ou la fin perdue."
            edits = (Edit(len(words), len(words), "."),)
        else:
            continue
        start = max(0, words.rfind(" ", 0, max(0, len(words) - _SHOWN)) + 1)
        message = f"le paragraphe {said} ; une ligne est peut-être perdue."
        yield page.finding("L-13", run, start, len(words), message, remedy, edits=edits)


def _is_sentence(words: str) -> bool:
    """Whether `words`, that no point ends, are long enough to want one, and no definition."""
    ends = words[-1].isalpha() or words[-1] in ")»"
    return ends and len(words.split()) >= _LONG and not words.isupper() and not _DEFINITION.match(words)


def _in_address(run: Run, end: int) -> bool:
    return bool(run.anchors) and run.anchors[-1].end >= end


_BOLD = re.compile(r"[ \t]*#{1,6}[ \t]+(?P<open>\*\*|__)(?P<words>.+?)(?P<close>\*\*|__)[ \t]*#*[ \t]*\r?\n?")


def titles(page: Page) -> Iterator[Finding]:
    """L-14: a title two levels under the one before it, or in bold."""
    level = 0
    for run in page.sheet.runs:
        if run.form is not Form.HEADING:
            continue
        if level and run.level > level + 1:
            yield page.finding(
                "L-14",
                run,
                0,
                len(run.words),
                f"titre de niveau {run.level} sous un titre de niveau {level} : un niveau est sauté.",
                f"Donnez-lui le niveau {level + 1} ({'#' * (level + 1)}).",
                fix=_raised(page, run, level + 1),
            )
        level = run.level
        if run.bold:
            yield page.finding(
                "L-14",
                run,
                0,
                len(run.words),
                "titre en gras : un titre l’est déjà, et le gras s’y lit comme une insistance.",
                "Retirez les étoiles.",
                fix=_unmarked(page, run),
            )


def _raised(page: Page, run: Run, level: int) -> Fix | None:
    start, _ = page.sheet.lines(run)
    marks = "#" * run.level
    begins = page.sheet.text.find(marks, start, start + run.level + 4)
    return Fix((Edit(begins, begins + run.level, "#" * level),)) if begins >= 0 else None


def _unmarked(page: Page, run: Run) -> Fix | None:
    start, end = page.sheet.lines(run)
    found = _BOLD.fullmatch(page.sheet.text, start, end)
    if found is None or found["open"] != found["close"] or found["open"] in found["words"]:
        return None
    return Fix((Edit(*found.span("open"), ""), Edit(*found.span("close"), "")))
