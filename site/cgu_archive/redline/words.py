"""What a comparison says in French: facts that can be checked on the text, never a legal conclusion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never
from unicodedata import category

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
    Words,
)
from cgu_archive.redline import attachments
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


def wording(rows: Iterable[Row]) -> str:
    """Return what the changes of wording touch: « mots », or, with no letter nor digit, « ponctuation »."""
    changed = "".join(span.text for row in rows for span in row.spans if span.change is ChangeClass.WORDING)
    signs = [sign for sign in changed if not sign.isspace()]
    if not signs or any(sign.isalnum() for sign in signs):
        return CLASSES[ChangeClass.WORDING]
    is_known = all(category(sign)[0] == "P" and sign not in _NO_PUNCTUATION for sign in signs)
    return "ponctuation" if is_known else "signes"


def edited(rows: Iterable[Row]) -> str:
    """Return what happened to the wording of `rows`: « modifié », « ponctuation modifiée »."""
    return _EDITED[wording(rows)]


_EDITED = {"mots": "modifié", "ponctuation": "ponctuation modifiée", "signes": "signes modifiés"}
_SIGNS_CHANGE = {"ponctuation": "la ponctuation change", "signes": "des signes changent"}
_NO_PUNCTUATION = frozenset("%‰&@#§*\\†‡")
"""Signs that Unicode files under punctuation, and that mean something."""


def first_line(comparison: Comparison) -> str:
    """Return what to read first: whether words changed, and how many; then whether attachments did."""
    return " ".join(part for part in (_of_words(comparison), attachments.counted(comparison)) if part)


def _of_words(comparison: Comparison) -> str:
    moved = sum(ChangeKind.MOVED in change.kinds for change in comparison.changes)
    classes = [CLASSES[found] for found in comparison.classes]
    if ChangeClass.WORDING in comparison.classes:
        return _told(comparison, *_figures(comparison.words))
    if moved:
        classes.append("place de certains passages")
    if classes:
        return f"Aucun mot modifié. Seuls changent{NBSP}: {', '.join(classes)}."
    if comparison.old.text_hash == comparison.new.text_hash:
        return "Les deux textes sont identiques."
    return "Aucun mot modifié. Seule change la façon dont le fichier est écrit."


_COUNTED = (ChangeClass.WORDING, ChangeClass.TABLE)


def in_brief(comparison: Comparison) -> str:
    """Return the same without the figures of words: what to say beside them."""
    if ChangeClass.WORDING not in comparison.classes:
        return first_line(comparison)
    return " ".join(part for part in (_told(comparison), attachments.counted(comparison)) if part)


def _told(comparison: Comparison, *figures: str) -> str:
    """Return how many provisions changed, the `figures`, and the other classes of change."""
    facts = [*_provisions(comparison), *figures]
    signs = wording(comparison.rows) if comparison.words == Words() else CLASSES[ChangeClass.WORDING]
    if signs in _SIGNS_CHANGE:
        facts = _provisions(comparison)
    others = [CLASSES[found] for found in comparison.classes if found not in _COUNTED]
    said = [
        ", ".join(facts),
        f"Aucun mot modifié{NBSP}: {_SIGNS_CHANGE[signs]}" if signs in _SIGNS_CHANGE else "",
        f"Changent aussi{NBSP}: {', '.join(others)}" if others else "",
    ]
    return " ".join(f"{part}." for part in said if part)


def _figures(words: Words) -> tuple[str, str]:
    return (
        many(words.inserted, "mot ajouté", "mots ajoutés"),
        many(words.deleted, "mot supprimé", "mots supprimés"),
    )


def _provisions(comparison: Comparison) -> list[str]:
    """Return how many provisions were edited, inserted, deleted and moved."""
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
    said = [
        many(len(edited), "disposition modifiée", "dispositions modifiées") if edited else "",
        many(len(added), "disposition ajoutée", "dispositions ajoutées") if added else "",
        many(len(gone), "disposition supprimée", "dispositions supprimées") if gone else "",
        many(provisions, "disposition déplacée", "dispositions déplacées") if provisions else "",
        many(passages, "passage déplacé", "passages déplacés") if passages else "",
    ]
    return [fact for fact in said if fact]


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
            where = f" ({name(warning.place)})" if warning.place else ""
            return f"Des mots du fichier que la lecture ne montre pas ont changé{where}{NBSP}: {said}."
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


def classes_alone(classes: Sequence[ChangeClass], rows: Iterable[Row] = ()) -> str:
    """Return what alone changed: « typographie seule », « numéros et liens seuls », « ponctuation seule ».

    `rows`, when they are given, say whether a change of wording is one of words.
    """
    named = [wording(rows) if found is ChangeClass.WORDING else CLASSES[found] for found in classes]
    alone = "seule" if set(named) <= _FEMININE else "seul"
    plural = len(named) > 1 or named[0].endswith("s")
    return f"{listed(named)} {alone}{'s' if plural else ''}"


def listed(words: Sequence[str]) -> str:
    """Return « typographie, liens et numéros »."""
    *firsts, last = words
    return f"{', '.join(firsts)} et {last}" if firsts else last


_FEMININE = frozenset({"typographie", "mise en forme", "ponctuation"})


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
