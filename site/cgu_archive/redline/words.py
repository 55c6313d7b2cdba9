"""What a comparison says in French: facts that can be checked on the text, never a legal conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from cgu_archive.corpus.comparison import (
    Callout,
    ChangeClass,
    ChangeKind,
    Comparison,
    ComparisonWarning,
    Op,
    Row,
    Scope,
    WarningKind,
)
from cgu_archive.redline.places import NBSP, name, quote

CALLOUTS = f"Repérage automatique, non exhaustif{NBSP}: lisez le texte."
CLASSES = {
    ChangeClass.WORDING: "mots",
    ChangeClass.TYPOGRAPHY: "typographie",
    ChangeClass.MARKUP: "mise en forme",
    ChangeClass.LINK: "liens",
    ChangeClass.NUMBERING: "numéros",
    ChangeClass.TABLE: "tableaux",
}
_LANGUAGES = {"fr": "français", "en": "anglais"}
_SIGNS = {
    "'": ("apostrophe", "droite"),
    "’": ("apostrophe", "typographique"),
    "‘": ("apostrophe", "culbutée"),
    "ʼ": ("apostrophe", "modificative"),
    '"': ("guillemets", "droits"),
    "«": ("guillemets", "français"),
    "»": ("guillemets", "français"),
    "“": ("guillemets", "anglais"),
    "”": ("guillemets", "anglais"),
    " ": ("espace", "ordinaire"),
    "\u00a0": ("espace", "insécable"),
    "\u202f": ("espace", "fine insécable"),
    "\u2009": ("espace", "fine"),
    "-": ("tiret", "court"),
    "\u2011": ("tiret", "court insécable"),
    "–": ("tiret", "demi-cadratin"),
    "—": ("tiret", "cadratin"),
}


def many(count: int, one: str, several: str) -> str:
    """Return « 1 mot », « 2 mots », « 1 335 mots »."""
    return f"{count:,}".replace(",", NBSP) + f"{NBSP}{one if count < 2 else several}"


def first_line(comparison: Comparison) -> str:
    """Return what to read first: whether words changed, and how many."""
    moved = sum(ChangeKind.MOVED in change.kinds for change in comparison.changes)
    classes = [CLASSES[found] for found in comparison.classes]
    if ChangeClass.WORDING in comparison.classes:
        others = [CLASSES[found] for found in comparison.classes if found not in _COUNTED]
        return _counts(comparison) + (f" Changent aussi{NBSP}: {', '.join(others)}." if others else "")
    if moved:
        classes.append("place de certains passages")
    if classes:
        return f"Aucun mot modifié. Seuls changent{NBSP}: {', '.join(classes)}."
    if comparison.old.text_hash == comparison.new.text_hash:
        return "Les deux textes sont identiques."
    return "Aucun mot modifié. Seule change la façon dont le fichier est écrit."


_COUNTED = (ChangeClass.WORDING, ChangeClass.TABLE)


def _counts(comparison: Comparison) -> str:
    moves = [change.scope for change in comparison.changes if ChangeKind.MOVED in change.kinds]
    passages, provisions = (moves.count(scope) for scope in (Scope.PASSAGE, Scope.PROVISION))
    added: set[str] = set()
    gone: set[str] = set()
    edited: set[str] = set()
    for change in comparison.changes:
        if ChangeClass.WORDING not in change.classes:
            continue
        reused = ChangeKind.NUMBER_REUSED in change.kinds
        if change.new is not None and (reused or change.old is None):
            added.add(change.new.address)
        if reused and change.old is not None:
            gone.add(change.old.address)
        elif reused or change.old is None:
            continue
        elif change.new is None and change.old is not None:
            gone.add(change.old.address)
        elif change.new is not None:
            edited.add(change.new.address)
    facts = [
        many(len(edited), "disposition modifiée", "dispositions modifiées") if edited else "",
        many(len(added), "disposition ajoutée", "dispositions ajoutées") if added else "",
        many(len(gone), "disposition supprimée", "dispositions supprimées") if gone else "",
        many(provisions, "disposition déplacée", "dispositions déplacées") if provisions else "",
        many(passages, "passage déplacé", "passages déplacés") if passages else "",
        many(comparison.words.inserted, "mot ajouté", "mots ajoutés"),
        many(comparison.words.deleted, "mot supprimé", "mots supprimés"),
    ]
    return f"{', '.join(fact for fact in facts if fact)}."


def warning_sentence(warning: ComparisonWarning) -> str:
    """Return a warning as people read it."""
    details = warning.details
    match warning.kind:
        case WarningKind.IDENTICAL:
            return "Les deux textes sont identiques."
        case WarningKind.LABEL_UNCHANGED:
            return (
                f"Le texte change sans changer de numéro ni de date{NBSP}: {', '.join(map(quote, details))}."
            )
        case WarningKind.LANGUAGE_CHANGED:
            before, after = (_LANGUAGES.get(language, language) for language in details)
            return f"La langue du texte change{NBSP}: {before}, puis {after}."
        case WarningKind.SHRUNK:
            return f"Il reste moins du tiers du texte{NBSP}: {details[0]} mots, puis {details[1]}."
        case WarningKind.SEEN_BEFORE:
            label = f" ({details[0]})" if details else ""
            return f"Ce texte est exactement celui d’une version antérieure{label}."
        case WarningKind.NUMBER_DUPLICATED:
            where = f"{NBSP}: {name(warning.place)}" if warning.place else ""
            return f"Dans le nouveau texte, le numéro {details[0]} est porté deux fois{where}."
        case WarningKind.NUMBER_SKIPPED:
            return f"Le nouveau texte passe au numéro {details[0]} sans numéro {details[1]}."
        case WarningKind.HIDDEN_WORDS:
            said = ", ".join(map(quote, details))
            return f"Des mots du fichier que la lecture ne montre pas ont changé{NBSP}: {said}."
        case WarningKind.REFERENCE_STALE:
            where = name(warning.place) if warning.place else "Un passage"
            now = f"est devenue {details[1]}" if len(details) > 1 else "n’existe plus"
            return f"{where} cite toujours {quote(details[0])}, disposition qui {now}."
        case _:
            assert_never(warning.kind)


def callout_sentence(callout: Callout) -> str:
    """Return « « huit jours » devient « quinze jours » »."""
    if callout.old is None:
        return f"{quote(callout.new or '')} apparaît"
    if callout.new is None:
        return f"{quote(callout.old)} disparaît"
    return f"{quote(callout.old)} devient {quote(callout.new)}"


def classes_alone(classes: Sequence[ChangeClass]) -> str:
    """Return what changed where no word did: « typographie seule », « numéros et liens seuls »."""
    named = [CLASSES[found] for found in classes]
    alone = "seule" if set(classes) <= _FEMININE else "seul"
    plural = len(named) > 1 or named[0].endswith("s")
    return f"{listed(named)} {alone}{'s' if plural else ''}"


def listed(words: Sequence[str]) -> str:
    """Return « typographie, liens et numéros »."""
    *firsts, last = words
    return f"{', '.join(firsts)} et {last}" if firsts else last


_FEMININE = frozenset({ChangeClass.TYPOGRAPHY, ChangeClass.MARKUP})


def typography(rows: Sequence[Row]) -> str:
    """Return which signs the changes of typography of `rows` swap: « apostrophe droite → typographique »."""
    gone, come = _signs(rows, Op.DELETED), _signs(rows, Op.INSERTED)
    said = []
    for sign in dict.fromkeys([*gone, *come]):
        before, after = gone.get(sign, {}), come.get(sign, {})
        lost = [which for which, count in before.items() if count > after.get(which, 0)]
        gained = [which for which, count in after.items() if count > before.get(which, 0)]
        if lost and gained:
            said.append(f"{sign} {', '.join(lost)} → {', '.join(gained)}")
        elif lost:
            said.append(f"{sign} {', '.join(lost)} en moins")
        elif gained:
            said.append(f"{sign} {', '.join(gained)} en plus")
    if not said and any(map(_case_alone, rows)):
        said.append("majuscules et minuscules")
    return f"{NBSP}; ".join(said)


def _signs(rows: Sequence[Row], op: Op) -> dict[str, dict[str, int]]:
    """Return how many of each sign the typography changes of one side hold, by family."""
    found: dict[str, dict[str, int]] = {}
    for letter in (letter for row in rows for letter in _typographic(row, op)):
        if letter in _SIGNS:
            family, which = _SIGNS[letter]
            counts = found.setdefault(family, {})
            counts[which] = counts.get(which, 0) + 1
    return found


def _case_alone(row: Row) -> bool:
    old, new = ("".join(_typographic(row, op)) for op in (Op.DELETED, Op.INSERTED))
    return old != new and old.casefold() == new.casefold()


def _typographic(row: Row, op: Op) -> Iterator[str]:
    for span in row.spans:
        if span.op is op and span.change is ChangeClass.TYPOGRAPHY:
            yield from span.text
