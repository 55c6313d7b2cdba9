"""Which words took the place of which, with enough of their sentence to recognise it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cgu_archive.corpus.comparison import Callout, ChangeClass, Op, Row, Span
from cgu_archive.corpus.comparison.model import CELL_BREAK, UNIT_BREAK
from cgu_archive.corpus.sentences import sentences
from cgu_archive.redline.places import cut, quote

_NEAR = 2
"""Words left as they are between two changes, up to which both are quoted as one."""
_TELLING = 3
"""Words, on the longer side, above which they are recognised without those around them."""
_LETTERS = 7
"""Letters of a word and its space, above which it counts for more: a quote is cut by letters."""
_BEFORE = 3
_AFTER = 4
"""Words quoted at most before a change, and after it."""
_LEAST_AFTER = 2
_SMALL = 3
"""Letters up to which a word says little without its neighbour."""
_LEANING = frozenset({
    "dans", "pour", "avec", "sans", "sous", "entre", "avant", "après", "depuis", "pendant", "lors",
    "selon", "vers", "dont", "mais", "leur", "leurs", "cette", "sont", "deux", "trois", "quatre",
    "cinq", "sept", "huit", "neuf", "onze", "douze", "treize", "quatorze", "quinze", "seize",
    "vingt", "trente", "quarante", "cinquante", "soixante", "cent", "mille", "moins", "plus",
})  # fmt: skip
"""Longer words that also want the next one."""
_GAP = re.compile("[^\\S\x0b-\x1f\x85\u2028\u2029]+")
"""White space, but what is shown by its code."""
_SENTENCE_END = re.compile(r"[.!?…](?=\s|\Z)|[\n\t]")
_TURN = re.compile(
    r"\b(?:n[’'ʼ]|(?:ne|ni|non|sans|sauf|hors|hormis|excepté|jamais|aucun|aucune|aucunement|nul|nulle|nullement"
    r"|pas|guère|interdit|interdite|interdits|interdites|interdiction|défense"
    r"|not|no|nor|neither|never|none|unless|except|without|cannot)\b)",
    re.IGNORECASE,
)
"""Words that turn round, or restrict, what follows them in a sentence: no quote begins between the two."""
_FARTHEST = 10
"""Words up to which a quote goes back to one of those; beyond, nothing around is quoted."""
_LOOKED_AT = 1_000
"""Letters before a change in which the beginning of its sentence is looked for."""
_ELIDED = re.compile(r"\w[’'ʼ]\Z")
_APOSTROPHES = ("’", "'", "ʼ")
_BREAKS = (UNIT_BREAK, CELL_BREAK)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Substitution:
    """Words of the old text and those that stand there now; one side may be empty."""

    old: str
    new: str
    before: str = field(default="", compare=False)
    """What is quoted before them on both sides, with its space; two that differ by it alone are equal."""
    after: str = field(default="", compare=False)
    """What is quoted after them."""

    @property
    def length(self) -> int:
        """Return how many words its longer side has; very long ones count for several."""
        return max(max(len(side.split()), len(side) // _LETTERS) for side in (self.old, self.new))

    @property
    def alone(self) -> str:
        """Return « « huit » devient « quinze » », « « sans préavis » supprimé »: nothing around."""
        if not self.old.strip():
            return f"{quote(self.new.strip())} ajouté"
        if not self.new.strip():
            return f"{quote(self.old.strip())} supprimé"
        return f"{quote(self.old.strip())} devient {quote(self.new.strip())}"

    @property
    def sentence(self) -> str:
        """Return « « au moins huit jours » devient « au plus huit jours » », the words around the same."""
        before, after = self._sides()
        is_bare = before == self.old.strip() and after == self.new.strip()
        if is_bare or (cut(before), cut(after)) != (before, after):
            return self.alone
        said = self.old.strip() or self.new.strip()
        if (self.old.strip() and self.new.strip()) or not _LETTER_OR_DIGIT.search(said):
            return f"{quote(before)} devient {quote(after)}"
        return f"{self.alone} dans {quote(before if self.old.strip() else after)}"

    def is_told_by(self, callout: Callout) -> bool:
        """Whether `callout` says all of it, and more than what is quoted around."""
        old, new = self.old.strip(), self.new.strip()
        is_within = bool(old and new) and old in (callout.old or "") and new in (callout.new or "")
        before, after = self._sides()
        return is_within and not ((callout.old or "") in before and (callout.new or "") in after)

    def _sides(self) -> tuple[str, str]:
        """Return the words of each side, and those quoted around them."""
        old, new = (
            _GAP.sub(" ", f"{self.before}{side}{self.after}").strip() for side in (self.old, self.new)
        )
        return old, new


def substitutions(row: Row) -> Iterator[Substitution]:
    """Yield what changed in the words of a row, those that are near each other together.

    Words that left with a sentence, or came with one, are told by its move.
    """
    spans = row.spans
    worded = [rank for rank, span in enumerate(spans) if _is_worded(span)]
    worded.reverse()
    while worded:
        first = last = worded.pop()
        while worded and _is_near(spans[last + 1 : worded[-1]]):
            last = worded.pop()
        yield _substitution(spans, first, last)


def _is_worded(span: Span) -> bool:
    return span.change is ChangeClass.WORDING and span.move is None


def _is_near(between: Sequence[Span]) -> bool:
    words = "".join(span.text for span in between)
    is_inside = not any(sign in words for sign in _BREAKS) and all(span.move is None for span in between)
    return is_inside and len(words.split()) <= _NEAR


def _substitution(spans: Sequence[Span], first: int, last: int) -> Substitution:
    """Return the words of the spans from `first` to `last`, the spaces that changed with them included."""
    while first > 0 and _is_changed_space(spans[first - 1]):
        first -= 1
    while last < len(spans) - 1 and _is_changed_space(spans[last + 1]):
        last += 1
    old, new = (_words(spans[first : last + 1], op) for op in (Op.INSERTED, Op.DELETED))
    follows = _run(spans, last + 1, 1)
    if old.strip() and new.strip() and any(_ELIDED.search(side.rstrip()) for side in (old, new)):
        rest = _first(follows)
        old, new, follows = f"{old}{rest}", f"{new}{rest}", follows[len(rest) :]
    if max(len(old.split()), len(new.split())) > _TELLING:
        return Substitution(old.strip(), new.strip())
    after = _after(follows)
    before = _before(_run(spans, first - 1, -1), is_end=not after)
    turned = _turned(spans, first)
    if turned is None:
        return Substitution(old.strip(), new.strip())
    if len(turned) > len(before):
        if not _run(spans, first - 1, -1).endswith(turned):
            return Substitution(old.strip(), new.strip())
        before = turned
    if not before:
        old, new = old.lstrip(), new.lstrip()
    if not after:
        old, new = old.rstrip(), new.rstrip()
    return Substitution(old, new, before, after)


def _first(words: str) -> str:
    """Return the first word, when no white space stands before it."""
    found = re.match(r"\S+", words)
    return found[0].rstrip(".,;:") if found else ""


def _turned(spans: Sequence[Span], first: int) -> str | None:
    """Return the words before a change, from the first one of its sentence that turns round what follows.

    Nothing when there is none, or None when it stands too far away to be quoted, or is not in both texts.
    """
    olds, news = (_sentence(spans, first, op) for op in (Op.INSERTED, Op.DELETED))
    if olds is None or news is None:
        return None
    old, new = _TURN.search(olds), _TURN.search(news)
    if old is None and new is None:
        return ""
    if old is None or new is None or olds[old.start() :] != news[new.start() :]:
        return None
    found = olds[old.start() :]
    return found if len(found.split()) <= _FARTHEST else None


def _sentence(spans: Sequence[Span], first: int, other: Op) -> str | None:
    """Return the beginning of the sentence that stops at span `first`; None when it is too far."""
    parts: list[str] = []
    length = 0
    rank = first
    while rank and length <= _LOOKED_AT:
        rank -= 1
        if spans[rank].op is not other:
            parts.append(spans[rank].text[-_LOOKED_AT:])
            length += len(parts[-1])
    words = "".join(reversed(parts))[-_LOOKED_AT:]
    words = words[max(words.rfind(sign) for sign in _BREAKS) + 1 :]
    (*_, (start, _)) = sentences(f"{words}{spans[first].text.lstrip()[:1] or 'x'}")
    return None if len(words) == _LOOKED_AT and not start else words[start:]


def _is_changed_space(span: Span) -> bool:
    return (
        span.op is not Op.EQUAL
        and span.move is None
        and span.text.isspace()
        and not any(sign in span.text for sign in _BREAKS)
    )


def _words(spans: Sequence[Span], other: Op) -> str:
    return _GAP.sub(" ", "".join(span.text for span in spans if span.op is not other))


def _run(spans: Sequence[Span], rank: int, step: int) -> str:
    """Return the words left as they are from `rank` on, one way or the other."""
    found: list[str] = []
    while 0 <= rank < len(spans) and spans[rank].op is Op.EQUAL:
        found.append(spans[rank].text)
        rank += step
    return "".join(found[::step])


def _before(words: str, *, is_end: bool) -> str:
    """Return the last words of a sentence, up to one that means something; two such ones when `is_end`."""
    ends = list(_SENTENCE_END.finditer(words))
    words = words[ends[-1].end() :] if ends else words
    wanted = 2 if is_end else 1
    kept = ""
    for count, token in enumerate(reversed(re.findall(r"\s*\S+\s*\Z|\s*\S+", words)), start=1):
        kept = token + kept
        wanted -= _says_something(token)
        if wanted == 0 or count == _BEFORE + is_end:
            break
    return kept.lstrip()


def _after(words: str) -> str:
    """Return the first words, up to one that means something by itself, within their sentence."""
    end = _SENTENCE_END.search(words)
    words = words[: end.start()] if end else words
    kept = ""
    for count, token in enumerate(re.findall(r"\s*\S+", words), start=1):
        kept += token
        if count == _AFTER or (count >= _LEAST_AFTER and _says_something(token)):
            break
    if kept[-1:] in _APOSTROPHES:
        kept = " ".join(kept.split(" ")[:-1])  # « le client et l’ »: the next word is not quoted
    return kept.rstrip(" ,;:")


def _says_something(token: str) -> bool:
    word = "".join(_LETTER_OR_DIGIT.findall(token)).casefold()
    return len(word) > _SMALL and not word.isdecimal() and word not in _LEANING
