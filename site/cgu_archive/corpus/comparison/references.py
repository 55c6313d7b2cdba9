"""Find what a text cites of itself (« l’article 12 », « §§ 3 et 4 »), and which provision that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cgu_archive.corpus.comparison.model import UNIT_BREAK, Op, Row, Unit, UnitKind
from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.tokens import fold, tokenize
from cgu_archive.corpus.comparison.views import View
from cgu_archive.corpus.provisions import Kind

_LABELS: dict[str, str | None] = {
    "article": "article",
    "articles": "article",
    "art": "article",
    "section": "section",
    "sections": "section",
    "chapitre": "chapitre",
    "chapitres": "chapitre",
    "titre": "titre",
    "partie": "partie",
    "annexe": "annexe",
    "annexes": "annexe",
    "paragraphe": None,
    "paragraphes": None,
    "paragraph": None,
    "paragraphs": None,
    "point": None,
    "points": None,
    "clause": "clause",
    "clauses": "clause",
    "§": None,
}
_CALLS = _LABELS | {
    called(label): _LABELS[label] for label in _LABELS for called in (str.capitalize, str.upper)
}
"""The same, in lower case, with a capital, in capitals."""
_STEMS = tuple(label for label in _LABELS if sum(other in label for other in _LABELS) == 1)
"""The labels that hold no other one."""
_NUMBER = re.compile(r"\d+(?:\.\d+)*|1er|[IVXLC]+")
_BEFORE_NUMBER = frozenset({".", "§", "n", "n°", "°", "nº"})
_BETWEEN_NUMBERS = frozenset({",", "et", "ou", "à", "-", "and", "or", "to"})
_AT_HEAD = re.compile(
    rf"(?:{'|'.join(label for label in _LABELS if label.isalpha() and label[-1] != 's')})\.?\s+(?=\w)",
    re.IGNORECASE,
)
"""What a paragraph that begins with its own title begins with."""
_LISTED = (UnitKind.ITEM, UnitKind.ROW)
_ORDINALS = frozenset({"bis", "ter", "quater", "quinquies", "sexies"})
_OF = frozenset({"du", "de", "des", "d'", "of"})
_OURS = frozenset({"présent", "présente", "présents", "présentes", "this", "these"})
_OUR_NAME = frozenset({"cgu", "conditions", "texte", "agreement", "terms"})
_IN_OUR_NAME = frozenset({"générales", "d'", "utilisation", "of", "use"})
_THEIRS = frozenset(
    """
    accord accords act arrêté arrêtés avenant bail bon charte circulaire code codes constitution contrat
    contrats contrat-cadre convention conventions décret décrets délibération devis directive directives
    document dudit desdits desdites formulaire gdpr guide jeu-concours law licence livre loi lois marché
    marchés mentions norme notice ordonnance ordonnances politique protocole règlement règlements regulation
    rgpd statuts traité treaty
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""What has articles of its own."""
_POSSESSIVE = frozenset({"son", "ses", "leur", "leurs", "its", "their"})
_THIS = frozenset({"ce", "cet", "cette"})
_THE = frozenset({"l'", "le", "la", "les", "à", "aux", "au", "the"})
_LISTS = frozenset({"(", "[", ","})
_NO_ACRONYM = frozenset(_LABELS) | {"cgu", "cgv"}
_END = frozenset({".", "!", "?", "\n", "\t"})
_AND = frozenset({"et", "ou", "mais", "and", "or", "but"})
_BEFORE, _AFTER, _SENTENCE = 10, 12, 60
"""How many words before a reference, or after it, may name the text it is of; how far « son » reaches."""


class References:
    """Says which provision each text names, so that a renumbered reference is known as such."""

    def __init__(self, pairs: Pairs) -> None:
        self._old = _Index(pairs.old)
        self._new = _Index(pairs.new)
        self._to_new = pairs.section_to_new
        self._to_old = pairs.section_to_old

    def in_old(self, words: Sequence[str]) -> dict[int, int]:
        """Return, by rank in the old `words`, what the new text has for each provision they name."""
        named = ((at, self._to_new[section]) for at, section in self._old.named(words))
        return {at: section for at, section in named if section != FREE}

    def in_new(self, words: Sequence[str]) -> dict[int, int]:
        """Return, by rank in the new `words`, each provision they name that the old text had."""
        return {at: section for at, section in self._new.named(words) if self._to_old[section] != FREE}

    def left_behind(self, row: Row) -> Iterator[tuple[str, int]]:
        """Yield what the words that a row keeps still cite, though it is no longer its number.

        That is the reference (« article 5 ») and the new rank of what it named, `FREE` when that is gone.
        A paragraph that begins with the number of a title cites nothing there.
        """
        now = {at: section for at, _, section in self._new.cited(row.new_words())}
        if not now:
            return
        old_titles, new_titles = set(_own_numbers(row.old)), set(_own_numbers(row.new))
        for at, cited, section in self._old.cited(row.old_words()):
            kept_at = _kept_at(row, at) if section is not None else None
            if section is None or kept_at not in now or at in old_titles or kept_at in new_titles:
                continue
            follows = self._to_new[section]
            if follows == FREE or follows != now[kept_at]:
                yield cited, follows


def _kept_at(row: Row, at: int) -> int | None:
    """Return where the new words of a row hold what the old ones hold `at`; None when that changed."""
    i = j = 0
    for span in row.spans:
        if span.op is Op.EQUAL and i <= at < i + len(span.text):
            return at - i + j
        i += len(span.text) if span.op is not Op.INSERTED else 0
        j += len(span.text) if span.op is not Op.DELETED else 0
    return None


def _own_numbers(units: Sequence[Unit]) -> Iterator[int]:
    """Yield where the numbers that are those of the paragraphs themselves stand in the words of a row.

    An entry of a list may begin with what it cites (« - Article 5 – Prix »), as may a row of a table.
    """
    start = 0
    for unit in units:
        if unit.own is not None:
            yield start + unit.own[0]
        if unit.kind not in _LISTED and (found := _AT_HEAD.match(unit.text)):
            yield start + found.end()
        start += len(unit.text) + len(UNIT_BREAK)


def may_cite(words: str) -> bool:
    """Whether some words may hold a reference: a quick look."""
    lowered = words.lower()
    return any(stem in lowered for stem in _STEMS)


def plain_number(number: str) -> str:
    """Return a number as it compares: « 1er » and « premier » are 1."""
    return {"1er": "1", "premier": "1"}.get(number.lower(), number.rstrip("."))


class _Index:
    """The provisions of one text by number."""

    def __init__(self, view: View) -> None:
        self._sections = view.sections
        self._by_number: dict[str, list[int]] = {}
        for section in view.sections:
            if section.place.number is not None:
                self._by_number.setdefault(plain_number(section.place.number), []).append(section.rank)

    def named(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the rank of each number that names one provision of this text, and the provision."""
        for at, rank in _references(tuple(words)):
            section = self._find(_CALLS[words[at]], _number(words, rank))
            if section is not None:
                yield rank, section

    def cited(self, text: str) -> Iterator[tuple[int, str, int | None]]:
        """Yield where the number of each reference stands, the reference, and what it names, if anything."""
        tokens = tokenize(text)
        for at, rank in _references(tokens.words):
            number = _number(tokens.words, rank)
            label = tokens.words[at].lower().rstrip("s")
            start = sum(map(len, tokens.gaps[: rank + 1])) + sum(map(len, tokens.words[:rank]))
            yield start, f"{label} {number}", self._find(_CALLS[tokens.words[at]], number)

    def _find(self, label: str | None, number: str) -> int | None:
        """Return the only provision that a label and number can mean.

        One that has no label of its own may be called article, section or point; never annexe.
        """
        found = self._by_number.get(number, [])
        exact = [rank for rank in found if self._is_called(rank, label)]
        if not exact and label == "clause":
            exact = found
        if not exact and label in (None, "article", "section"):
            exact = [rank for rank in found if self._sections[rank].place.label is None]
        return exact[0] if len(exact) == 1 else None

    def _is_called(self, rank: int, label: str | None) -> bool:
        place = self._sections[rank].place
        if label is None:
            return place.kind is Kind.PARAGRAPH
        return place.label == label


def _number(words: Sequence[str], rank: int) -> str:
    """Return the number of a reference, with the « bis » that may follow it."""
    number = plain_number(words[rank])
    return f"{number} {words[rank + 1].lower()}" if _has_ordinal(words, rank) else number


def _has_ordinal(words: Sequence[str], rank: int) -> bool:
    return rank + 1 < len(words) and words[rank + 1].lower() in _ORDINALS


@lru_cache(maxsize=1 << 10)
def _references(words: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return the ranks of the label and of the number of each reference to this text."""
    return () if _CALLS.keys().isdisjoint(words) else tuple(_found_references(words))


def _found_references(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    for at, word in enumerate(words):
        if word not in _CALLS:
            continue
        numbers = _numbers_after(words, at)
        if numbers and not _is_of_another_text(words, at, numbers[-1] + 1 + _has_ordinal(words, numbers[-1])):
            yield from ((at, rank) for rank in numbers)


def _numbers_after(words: Sequence[str], at: int) -> list[int]:
    """Return the ranks of the numbers that follow a label: « articles 4, 5 et 6 »."""
    at += 1
    while at < len(words) and words[at].lower() in _BEFORE_NUMBER:
        at += 1
    found: list[int] = []
    while at < len(words) and _NUMBER.fullmatch(words[at]):
        found.append(at)
        at += 2
        if at > len(words) or fold(words[at - 1]).lower() not in _BETWEEN_NUMBERS:
            break
    return found


def _is_of_another_text(words: Sequence[str], label: int, at: int) -> bool:
    """Whether what stands around a reference, from its `label` to `at`, may give it to another text.

    « article 6 du code… », « article 4 TFUE », « le RGPD (article 6) ». In doubt it does: a figure that
    changes is then wording.
    """
    return _goes_to_another(words, at) or _is_beside_another(words, label)


def _goes_to_another(words: Sequence[str], at: int) -> bool:
    following = [fold(word) for word in words[at : at + 6]]
    lowered = [word.lower() for word in following]
    if not lowered or lowered[0] not in _OF:
        return bool(lowered) and following[0][0].isupper()
    named = [word for word in lowered[1:] if word not in _THE and word not in _THIS]
    if not named or named[0] in _OURS:
        return False
    if named[0] not in _OUR_NAME:
        return True
    rest = [word for word in named[1:] if word not in _IN_OUR_NAME]
    return bool(rest) and rest[0] in _OF  # « des CGU du vendeur »


def _is_beside_another(words: Sequence[str], label: int) -> bool:
    """Whether what stands near a reference names another text, or gives it to what was named before."""
    before = [fold(word) for word in _clause(words[label - 1 :: -1] if label else ())]
    after = [fold(word) for word in _clause(words[label:], _AFTER)]
    lowered = [word.lower() for word in before if word.lower() not in _THE]
    if lowered[:1] and lowered[0] in _POSSESSIVE:
        return True
    if lowered[:1] and lowered[0] in _LISTS and _names_conditions(lowered[::-1]):
        return True
    near = [*before[:_BEFORE], *after]
    capitals = all(word.isupper() for word in near if word.isalpha())
    return any(word.lower() in _THEIRS for word in near) or (not capitals and any(map(_is_acronym, near)))


def _clause(words: Sequence[str], most: int = _SENTENCE) -> Iterator[str]:
    """Yield the words that come first, up to the end of their clause: a point, or a comma and « et »."""
    for at, word in enumerate(words[:most]):
        beside = words[at + 1 : at + 2], words[at - 1 : at] if at else ()
        if word in _END or (word == "," and any(fold(w).lower() in _AND for side in beside for w in side)):
            return
        yield word


def _names_conditions(before: Sequence[str]) -> bool:
    """Whether conditions that are not ours were named: « aux conditions du prestataire, article 4 »."""
    return any(
        word in ("conditions", "cgu", "cgv") and not set(before[max(0, at - 1) : at]) & _OURS
        for at, word in enumerate(before)
    )


def _is_acronym(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and word.isupper() and word.lower() not in _NO_ACRONYM
