"""Match provisions with one another: by the units they share, then by what they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import fsum, log

from cgu_archive.corpus.comparison.pairs import FREE, Pairs
from cgu_archive.corpus.comparison.views import Section, View, likeness, units_likeness

_SHARED = 0.5
"""Part of the smaller provision that must be found in the other one…"""
_ALIKE = 0.3
"""… or part of both together."""
_TITLE_WORDS = 20
"""A title that two provisions alone bear counts for that many shared words, and half the smaller body."""
_SAME_SUBJECT = 0.37
"""Score from which two provisions that share no unit are about the same thing."""
_TITLE_WEIGHT = 0.6
_CONTEXT_WEIGHT = 0.05
"""A same number, or a neighbour that answers to the neighbour, only tips the scales."""
_SAME_NUMBER = 1.25
"""How much more the words that two provisions share count, when these bear one number…"""
_SAME_BEGINNING = 6.0
"""… or one number or title, and begin with the same words: of a provision cut in two, that is the first."""
_SMALL_WORDS = 0.5
"""Weight of all words, small ones too, between provisions about one thing: they tell near twins apart."""
_SHARED_WEIGHT = 0.1
"""One unit in common, though too little to match by it."""
_COMMON = 30
"""A word found in more provisions than this helps to find none."""
_CANDIDATES = 8
_COPIED_WORDS = 8
"""A shorter unit that a text says twice tells nothing of the provisions that hold it."""
_MOST_COPIES = 3
_OPENING = 60
"""Words at the head of a provision among which a long run is looked for…"""
_OPENING_RUNS = 12
"""… and how many runs of `_COPIED_WORDS` it must hold: 19 words in a row."""


def match_by_votes(pairs: Pairs) -> None:
    """Match the provisions whose bodies share most words, or that alone bear the same title."""
    votes: Counter[tuple[int, int]] = Counter()
    for olds, news in pairs.rows:
        for i, j in zip(olds, news, strict=True):
            match = pairs.old.section_of[i], pairs.new.section_of[j]
            votes[match] += round(_weight(pairs, i, j) * _closeness(pairs, i, j))
    for i, j, times in _copies(pairs):
        votes[pairs.old.section_of[i], pairs.new.section_of[j]] += _weight(pairs, i, j) // times
    votes.update(_votes_above(pairs, votes))
    titled = set(_same_titles(pairs))
    ballot = {
        match: votes[match] * _name_weight(pairs, *match) + _title_weight(pairs, *match, titled)
        for match in titled | votes.keys()
    }
    for s, t in sorted(ballot, key=lambda match: (-ballot[match], abs(match[0] - match[1]), match)):
        if _both_free(pairs, s, t) and ((s, t) in titled or _share_enough(pairs, s, t, votes[s, t])):
            pairs.match_sections(s, t)


def match_leftovers(pairs: Pairs) -> None:
    """Match provisions that share no unit but are about the same thing, the most alike first."""
    shared = {
        (pairs.old.section_of[i], pairs.new.section_of[j])
        for olds, news in pairs.rows
        for i, j in zip(olds, news, strict=True)
    }
    scored = []
    rarity = _rarity(pairs)
    for s, candidates in _candidates(pairs):
        for t in candidates:
            score = round(_subject(pairs, s, t, rarity) + _SHARED_WEIGHT * ((s, t) in shared), 3)
            if score >= _SAME_SUBJECT:
                score = round(score + _SMALL_WORDS * _said_alike(pairs, s, t), 3)
                scored.append((-score, abs(s - t), s, t))
    for _, _, s, t in sorted(scored):
        if _both_free(pairs, s, t):
            pairs.match_sections(s, t)


def match_by_openings(pairs: Pairs) -> None:
    """Match provisions of one provision that begin with the same long run of words.

    A text may say it twice: of several, the one that shares most rare words with the other is the same.
    """
    ballot = Counter(match for match in _same_openings(pairs) if _beside(pairs, *match))
    found = [match for match, runs in ballot.items() if runs >= _OPENING_RUNS]
    rarity = _rarity(pairs) if found else {}
    scored = []
    for s, t in found:
        shared = set(_first_words(pairs.old, s)) & set(_first_words(pairs.new, t))
        score = round(sum(rarity.get(word, 0.0) for word in sorted(shared)), 3)
        scored.append((-score, abs(s - t), s, t))
    for _, _, s, t in sorted(scored):
        if _both_free(pairs, s, t):
            pairs.match_sections(s, t)


def _same_openings(pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Yield, for each run of words, the free provisions that begin with it, where they are few."""
    holders: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}
    for side, (view, matched_to) in enumerate(_free_sides(pairs)):
        for section in view.sections[1:]:
            if matched_to[section.rank] != FREE or not section.body:
                continue
            words = _first_words(view, section.rank)[:_OPENING]
            for run in zip(*(words[start:] for start in range(_COPIED_WORDS)), strict=False):
                holders.setdefault(run, ([], []))[side].append(section.rank)
    for olds, news in holders.values():
        if len(olds) <= _MOST_COPIES >= len(news):
            yield from ((s, t) for s in olds for t in news)


def _first_words(view: View, rank: int) -> list[str]:
    return view.words(view.sections[rank].body[0])


def _beside(pairs: Pairs, s: int, t: int) -> bool:
    """Whether two provisions stand right under one that is the same in both texts."""
    return pairs.section_to_new[pairs.old.sections[s].parent] == pairs.new.sections[t].parent


def match_parents(pairs: Pairs) -> None:
    """Match provisions whose own words say too little by the provisions under them, innermost first.

    Each holds most of what the other one shares with any, and one of them most of all that the other holds.
    """
    for s in range(len(pairs.old.sections) - 1, -1, -1):
        if pairs.section_to_new[s] != FREE:
            continue
        ours = _went_under(pairs.old, s, pairs.new, pairs.section_to_new)
        for t in _most_shared(ours):
            theirs = _went_under(pairs.new, t, pairs.old, pairs.section_to_old)
            most = 2 * ours[t] >= ours.total() or 2 * theirs[s] >= theirs.total()
            if most and pairs.section_to_old[t] == FREE and [s] == _most_shared(theirs):
                pairs.match_sections(s, t)


def _went_under(here: View, parent: int, there: View, to_there: list[int]) -> Counter[int]:
    """Return how much of what is under `parent` went under each provision of the other text, or nowhere."""
    votes: Counter[int] = Counter()
    for rank in here.sections[parent].children:
        t = to_there[rank]
        votes[there.sections[t].parent if t != FREE else FREE] += 1 + here.sections[rank].weight
    return votes


def _most_shared(votes: Counter[int]) -> list[int]:
    """Return the provision that has most of what has a match, alone in a list; none when there is none."""
    matched = votes.total() - votes[FREE]
    return [t for t, count in votes.items() if t != FREE and 2 * count > matched]


def _same_titles(pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Yield the free provisions that alone bear a title in each text, the same in both."""
    old, new = (_by_title(view, to) for view, to in _free_sides(pairs))
    for title, ranks in old.items():
        if len(ranks) == 1 == len(new.get(title, [])):
            yield ranks[0], new[title][0]


def _by_title(view: View, matched_to: list[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for section in view.sections:
        if section.title and matched_to[section.rank] == FREE:
            found.setdefault(section.title, []).append(section.rank)
    return found


def _free_sides(pairs: Pairs) -> list[tuple[View, list[int]]]:
    return [(pairs.old, pairs.section_to_new), (pairs.new, pairs.section_to_old)]


def _votes_above(pairs: Pairs, votes: Counter[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """Return what speaks for a provision whose words went under it: « Article 9 » cut in 9.1 and 9.2."""
    found: Counter[tuple[int, int]] = Counter()
    for (s, t), count in votes.items():
        for above in _above(pairs.new, t):
            if _same_name(pairs.old.sections[s], pairs.new.sections[above]):
                found[s, above] += count
        for above in _above(pairs.old, s):
            if _same_name(pairs.old.sections[above], pairs.new.sections[t]):
                found[above, t] += count
    return found


def _above(view: View, rank: int) -> Iterator[int]:
    """Yield the provisions that `rank` is under, innermost first, the whole text left out."""
    above = view.sections[rank].parent
    while above > 0:
        yield above
        above = view.sections[above].parent


def _same_name(old: Section, new: Section) -> bool:
    return _same_number(old, new) or (old.title != "" and old.title == new.title)


def _copies(pairs: Pairs) -> Iterator[tuple[int, int, int]]:
    """Yield the long units that say the same where a text says it several times, and how many times."""
    old, new = (_by_key(view, free) for view, free in _free_units(pairs))
    for key, olds in old.items():
        news = new.get(key, [])
        if news and len(olds) <= _MOST_COPIES >= len(news):
            times = max(len(olds), len(news))
            yield from ((i, j, times) for i in olds for j in news)


def _free_units(pairs: Pairs) -> list[tuple[View, list[int]]]:
    return [(pairs.old, pairs.free_old()), (pairs.new, pairs.free_new())]


def _by_key(view: View, free: list[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for unit in free:
        if view.weights[unit] >= _COPIED_WORDS:
            found.setdefault(view.keys[unit], []).append(unit)
    return found


def _weight(pairs: Pairs, i: int, j: int) -> int:
    return min(pairs.old.weights[i], pairs.new.weights[j])


def _closeness(pairs: Pairs, i: int, j: int) -> float:
    if pairs.old.keys[i] == pairs.new.keys[j]:
        return 1.0
    return units_likeness(pairs.old, i, pairs.new, j)


def _name_weight(pairs: Pairs, s: int, t: int) -> float:
    """Return how much more the words count that stay under one number or title."""
    ours, theirs = pairs.old.sections[s], pairs.new.sections[t]
    if not _same_name(ours, theirs):
        return 1.0
    heads = zip(ours.body[:1], theirs.body[:1], strict=False)
    if any(pairs.old_row[i] == pairs.new_row[j] != FREE for i, j in heads):
        return _SAME_BEGINNING
    return _SAME_NUMBER if _same_number(ours, theirs) else 1.0


def _title_weight(pairs: Pairs, s: int, t: int, titled: set[tuple[int, int]]) -> int:
    """Return what a shared title weighs: less than a whole body found under another title."""
    if (s, t) not in titled:
        return 0
    return _TITLE_WORDS + min(pairs.old.sections[s].weight, pairs.new.sections[t].weight) // 2


def _share_enough(pairs: Pairs, s: int, t: int, shared: int) -> bool:
    ours, theirs = pairs.old.sections[s].weight, pairs.new.sections[t].weight
    return shared >= _SHARED * min(ours, theirs) or 2 * shared >= _ALIKE * (ours + theirs)


def _both_free(pairs: Pairs, s: int, t: int) -> bool:
    return pairs.section_to_new[s] == FREE == pairs.section_to_old[t]


def _candidates(pairs: Pairs) -> Iterator[tuple[int, list[int]]]:
    """Yield each free old provision with the free new ones that share most rare words with it."""
    holders: dict[str, list[int]] = {}
    for t, s in enumerate(pairs.section_to_old):
        if s == FREE:
            for word in pairs.new.about(t) | pairs.new.named(t):
                holders.setdefault(word, []).append(t)
    for s, t in enumerate(pairs.section_to_new):
        if t != FREE:
            continue
        shared: Counter[int] = Counter()
        for word in pairs.old.about(s) | pairs.old.named(s):
            found = holders.get(word, [])
            if len(found) <= _COMMON:
                shared.update(found)
        yield s, sorted(shared, key=lambda t: (-shared[t], abs(s - t), t))[:_CANDIDATES]


def _rarity(pairs: Pairs) -> dict[str, float]:
    """Return how much each word tells: one that every provision holds tells nothing."""
    holders: Counter[str] = Counter()
    for view in (pairs.old, pairs.new):
        for section in view.sections:
            holders.update(view.about(section.rank) | view.named(section.rank))
    every = len(pairs.old.sections) + len(pairs.new.sections)
    return {word: log((1 + every) / count) for word, count in holders.items()}


def _likeness(ours: frozenset[str], theirs: frozenset[str], rarity: dict[str, float]) -> float:
    """Return how much two sets of words have in common, from 0 to 1, rare ones counting most."""
    if not ours or not theirs:
        return 0.0
    shared = fsum(rarity[word] for word in ours & theirs)
    return 2 * shared / (fsum(rarity[word] for word in ours) + fsum(rarity[word] for word in theirs))


def _subject(pairs: Pairs, s: int, t: int, rarity: dict[str, float]) -> float:
    """Return how much two provisions seem to be about the same thing."""
    about, named = pairs.old.about(s), pairs.old.named(s)
    other_about, other_named = pairs.new.about(t), pairs.new.named(t)
    score = _likeness(about, other_about, rarity) + _TITLE_WEIGHT * _likeness(named, other_named, rarity)
    if not named or not other_named:  # a title on one side may be the first words on the other
        score = max(score, _likeness(about | named, other_about | other_named, rarity))
    ours, theirs = pairs.old.sections[s], pairs.new.sections[t]
    if _same_number(ours, theirs):
        score += _CONTEXT_WEIGHT
    if pairs.section_to_new[s - 1] == t - 1:
        score += _CONTEXT_WEIGHT
    return score


def _said_alike(pairs: Pairs, s: int, t: int) -> float:
    """Return how much two provisions say in the same words, small ones too, which tell near twins apart."""
    return likeness(_all_words(pairs.old, s), _all_words(pairs.new, t))


def _all_words(view: View, rank: int) -> frozenset[str]:
    section = view.sections[rank]
    units = section.body if section.heading is None else [section.heading, *section.body]
    return frozenset(word for unit in units for word in view.words(unit))


def _same_number(old: Section, new: Section) -> bool:
    return old.place.number is not None and (old.place.label, old.place.number) == (
        new.place.label,
        new.place.number,
    )
