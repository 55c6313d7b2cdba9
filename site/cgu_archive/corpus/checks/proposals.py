"""When a text changes, the rules that change with it: what a desk offers, and a person decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from cgu_archive.corpus.checks import figures
from cgu_archive.corpus.errors import UnknownAddressError
from cgu_archive.corpus.provisions import Provision
from cgu_archive.corpus.rules import Rule, RuleKind, Value, said_by, squeezed
from cgu_archive.corpus.sentences import sentences

_ALIKE = 0.5
"""Share of words that a sentence has in common with the one a rule quoted, to be taken for it."""
_AT_HOME = 0.1
"""A sentence of the same provision is preferred to another one as near."""


class Fate(StrEnum):
    """What becomes of a rule."""

    MOVED = "moved"
    """Its words are said elsewhere."""
    REWORDED = "reworded"
    """Its sentence changed, its value did not, or nobody can say."""
    CHANGED = "changed"
    """Its sentence changed, and states another value."""
    GONE = "gone"
    """Nothing in the text says it any more."""
    NEW = "new"
    """A figure of the text that no rule knows, of a kind the software keeps."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One change offered: `before` is None for a new rule, `after` for one to be removed."""

    fate: Fate
    before: Rule | None
    after: Rule | None


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: str
    at: str
    counts: Counter[str]


def proposed_rules(text: Provision, rules: tuple[Rule, ...]) -> tuple[RuleChange, ...]:
    """Return what to change in `rules` so that `text` says them all: theirs first, in order, then new ones.

    Every rule offered quotes words that its provision says. Rules that `text` still says are left out.
    """
    said = tuple(_sentences(text))
    changes = [change for rule in rules if (change := _followed(text, said, rule)) is not None]
    gone = {change.before.id: change.after for change in changes if change.before is not None}
    kept = [gone.get(rule.id, rule) for rule in rules]
    known = tuple(rule for rule in kept if rule is not None)
    return (*changes, *_unknown(text, said, known))


def carried_rules(text: Provision, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return `rules` as `text` promises them: one whose words are said elsewhere now, unchanged, goes there.

    Nothing else changes by itself: a value, or a sentence, is changed by somebody who says so.
    """
    moved = {
        change.before: change.after
        for change in proposed_rules(text, rules)
        if change.fate is Fate.MOVED and change.before is not None and change.after is not None
    }
    return tuple(moved.get(rule, rule) for rule in rules)


def _sentences(text: Provision) -> Iterator[_Sentence]:
    for unit in text.walk():
        for line in unit.own_lines():
            for start, end in sentences(line):
                words = line[start:end]
                yield _Sentence(words, unit.address, Counter(_words(words)))


def _words(said: str) -> list[str]:
    return re.findall(r"[^\W_]+", said.casefold())


def _followed(text: Provision, said: tuple[_Sentence, ...], rule: Rule) -> RuleChange | None:
    if _is_said(text, rule):
        return None
    elsewhere = [unit for unit in text.walk() if said_by(rule, unit)]
    if elsewhere:  # the last is the innermost: a provision says what those under it say
        return RuleChange(Fate.MOVED, rule, replace(rule, at=elsewhere[-1].address))
    nearest = _nearest(said, rule)
    if nearest is None:
        return RuleChange(Fate.GONE, rule, None)
    stated = figures.value_of(rule.kind, nearest.words)
    value = rule.value if stated is None else stated
    after = replace(rule, value=value, at=nearest.at, quote=nearest.words)
    return RuleChange(Fate.REWORDED if value == rule.value else Fate.CHANGED, rule, after)


def _is_said(text: Provision, rule: Rule) -> bool:
    try:
        return said_by(rule, text.find(rule.at))
    except UnknownAddressError:
        return False


def _nearest(said: tuple[_Sentence, ...], rule: Rule) -> _Sentence | None:
    """Return the sentence that has most words of the quote, those of its own provision first."""
    quoted = Counter(_words(rule.quote))
    total = sum(quoted.values()) or 1
    best, score = None, _ALIKE
    for sentence in said:
        shared = sum((quoted & sentence.counts).values())
        # a quote may be a part of its sentence: what counts is how much of it the sentence has
        alike = shared / total + _AT_HOME * (sentence.at == rule.at)
        if alike > score:
            best, score = sentence, alike
    return best


_KINDS: tuple[tuple[RuleKind, str, str], ...] = (
    (RuleKind.PASSWORD_LENGTH, r"mots? de passe|identifiant", r"caractères"),
    (RuleKind.PASSWORD_CLASSES, r"mots? de passe|caractères|majuscule", r"critères|catégories"),
    (RuleKind.PASSWORD_RENEWAL_DAYS, r"mots? de passe", r"jours?|mois|ans?|années?|semaines?"),
    (RuleKind.API_KEY_DAYS, r"\bAPI|clés? (?:de sécurité|d[’']accès)", r"jours?|mois|ans?|années?|semaines?"),
    (RuleKind.RETENTION_TRACE_DAYS, r"trace|traçabilité|journaux|journalis", r"jours?|mois|ans?|années?"),
    (RuleKind.RETENTION, r"conserv|archiv|supprimé|détrui|effacé", r"jours?|mois|ans?|années?|semaines?"),
    (RuleKind.CURE_DAYS, r"manquement|mise en demeure|notification", r"jours?|semaines?|mois"),
)
"""Kind, words of the sentence and unit of the figure by which it is recognised, the surest first."""


def _unknown(text: Provision, said: tuple[_Sentence, ...], rules: tuple[Rule, ...]) -> Iterator[RuleChange]:
    taken = {rule.id for rule in rules}
    for figure in figures.unknown(text, rules):
        home = [sentence for sentence in said if sentence.at == figure.address]
        sentence = next((one for one in home if figure.words in squeezed(one.words)), None)
        kind = _kind(figure.words, sentence.words) if sentence else None
        if sentence is None or kind is None:
            continue
        stated = figures.value_of(kind, figure.words)
        value: Value | None = figure.words if kind is RuleKind.RETENTION else stated
        if value is None:
            continue
        name = _free(kind.value, taken)
        taken.add(name)
        yield RuleChange(Fate.NEW, None, Rule(name, kind, value, figure.address, sentence.words))


def _kind(figure: str, sentence: str) -> RuleKind | None:
    for kind, about, unit in _KINDS:
        if re.search(rf"(?:{unit})$", figure, re.IGNORECASE) and re.search(about, sentence, re.IGNORECASE):
            return kind
    return None


def _free(name: str, taken: set[str]) -> str:
    """Return `name`, with a number when it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
