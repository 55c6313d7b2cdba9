"""Terms, acronyms and names: defined once, written one way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Form, Run, same
from cgu_archive.corpus.errors import Finding

QUOTED = re.compile(r"«\s*(?P<words>[^«»]{1,60}?)\s*»")
_NAMED = re.compile(r"[\"“](?P<words>[^\"“”]{1,60})[\"”]|^(?P<first>[A-ZÀ-Ý][\w ’'-]{2,30})\s:\s")
"""Between other quotation marks, or at the head of a line: « Client : toute personne… »."""
_DEFINED = re.compile(r"(?:^|et\s)(?:\W{0,3})«\s*(?P<words>[^«»]{1,60}?)\s*»\s*:", re.MULTILINE)
_CALLED = re.compile(
    r"\b(?:ci[- ]après(?:[ ,]+(?:définie?s?|dénommée?s?|désignée?s?|appelée?s?)\b[\w ]{0,16})?"
    r"|dites?|dits?|(?:dé)?nommée?s?(?: collectivement)?)[ ,]+(?:les?\s|la\s|l[’'])?"
    r"(?:«\s*(?P<quoted>[^«»]{1,60}?)\s*»|(?<=ci-après l[ae] )(?P<bare>[A-ZÀ-Ý][\w’'-]+))"
)
_ARTICLE = re.compile(r"^(?:les?|la|l[’']|des?|du)\s*(?=\w)", re.IGNORECASE)
INSTITUTIONS = frozenset(
    """
    agence assemblée autorité caisse code comité commission communauté commune conseil constitution cour
    direction directive décret délégation délégué département france fonds gouvernement institut
    internet journal loi mairie ministre ministère métropole ordonnance parlement poste premier
    président préfecture préfet région règlement république secrétariat sénat tribunal union ville
    état etat web
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Common nouns that French writes with a capital without defining them: « la Commission »."""
_CAPITAL = re.compile(
    r"(?:\b(?i:les?|la|une?|des|du|aux?|cette|ces?|ses|son|sa|chaque)\s|\b[ldLD][’'])"
    r"(?P<word>[A-ZÀ-Ý][a-zà-ÿœ]{2,})(?P<more>(?:\s[A-ZÀ-Ý][a-zà-ÿœ]{2,})*)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """What a text defines, where it does."""

    words: str
    run: Run
    start: int
    end: int
    listed: bool
    """Whether it stands in a list of definitions (« X » : …), not in « (ci-après « X ») »."""
    means: str
    """The words of its definition, in small letters."""


def terms_of(page: Page) -> tuple[Term, ...]:
    """Return what the text defines, in reading order."""
    found: list[Term] = []
    for run in page.sheet.runs:
        if run.form is Form.HEADING:
            continue
        if len(found) >= MANY:
            break
        found += [
            Term(bare(one["words"]), run, *one.span("words"), True, _meant(run.words, one.end()))
            for one in islice(_DEFINED.finditer(run.words), MANY)
        ]
        for one in islice(_CALLED.finditer(run.words), MANY):
            name = "quoted" if one["quoted"] else "bare"
            before = same(run.words[max(0, one.start() - _MEANING) : one.start()])[-200:]
            found.append(Term(bare(one[name]), run, *one.span(name), False, before))
    return tuple(found[:MANY])


MANY = 400
"""No text defines more."""
_MEANING = 2000
"""Characters of a definition that are read, at each of its ends."""


def _meant(words: str, start: int) -> str:
    """Return what a definition says from `start`: its two ends, when it is very long."""
    if len(words) - start <= 2 * _MEANING:
        return same(words[start:])
    return f"{same(words[start : start + _MEANING])} {same(words[-_MEANING:])}"


def bare(words: str) -> str:
    """Return `words` without their article."""
    return _ARTICLE.sub("", words.strip("« »\u00a0\u202f"))


def definitions(page: Page) -> Iterator[Finding]:
    """L-15: a term defined twice or never used again; a word with a capital that nothing defines."""
    terms = terms_of(page)
    if not terms:
        return
    yield from _twice(page, terms)
    yield from _unused(page, terms)
    yield from _undefined(page, terms)


def _twice(page: Page, terms: tuple[Term, ...]) -> Iterator[Finding]:
    listed: dict[str, Term] = {}
    for term in sorted(terms, key=lambda term: not term.listed):
        if term.listed and stem(term.words) not in listed:
            listed[stem(term.words)] = term
    meanings = [(term, _significant(term.means.split()[:16])) for term in listed.values()]
    for term in terms:
        first = listed.get(stem(term.words))
        if first is None or first is term or term.run is first.run:
            continue
        # « Délégation générale à l’emploi… (ci-après « le Ministère ») »: the words of another definition
        meant = _significant(term.means.split()[-16:])
        best = max(meanings, key=lambda pair: len(pair[1] & meant) / (len(pair[1]) or 1))
        named = best[0] if best[0] is not first and len(best[1] & meant) >= _AS_MANY else None
        if term.listed or named is not None:
            as_another = f", où il désigne « {named.words} »" if named else ""
            yield page.finding(
                "L-15",
                term.run,
                term.start,
                term.end,
                f"« {term.words} » est défini deux fois : ici{as_another}, et ligne {first.run.line}.",
                "Gardez une seule définition, ou deux mots différents.",
            )


_AS_MANY = 4
"""Fewer words in common with a definition do not make the same thing."""


def _significant(words: list[str]) -> set[str]:
    return {word for word in words if len(word) > 3}


def _unused(page: Page, terms: tuple[Term, ...]) -> Iterator[Finding]:
    stems: Counter[str] = Counter()
    for word, times in page.sheet.counts.items():
        stems[stem(word)] += times
    whole = " ".join(same(run.words) for run in page.sheet.runs) if any(" " in t.words for t in terms) else ""
    owns: dict[int, tuple[str, Counter[str]]] = {}
    for term in terms:
        name, place = same(term.words), id(term.run)
        if not term.listed or not name:
            continue
        if place not in owns:
            words = same(term.run.words)
            owns[place] = words, Counter(map(stem, words.split()))
        own, counted = owns[place]
        if " " in name:
            elsewhere = whole.count(f" {name}") - f" {own}".count(f" {name}")
        else:
            elsewhere = stems[stem(name)] - counted[stem(name)]
        if elsewhere <= 0:
            yield page.finding(
                "L-15",
                term.run,
                term.start,
                term.end,
                f"« {term.words} » est défini, et le texte ne l’emploie plus.",
                "Retirez la définition, ou employez le terme.",
            )


def _undefined(page: Page, terms: tuple[Term, ...]) -> Iterator[Finding]:
    """Yield the common nouns that take a capital in the middle of a sentence without being defined."""
    known = {stem(word) for term in terms for word in same(term.words).split()}
    usual = known | _FIRST
    first: dict[str, tuple[Run, int, int]] = {}
    times: Counter[str] = Counter()
    quoted = {
        stem(word)
        for run in page.sheet.runs
        for one in (*QUOTED.finditer(run.words), *_NAMED.finditer(run.words))
        for word in same(one[0]).split()
    }
    shouted = {stem(word) for run in page.sheet.runs for word in re.findall(r"\b[A-Z]{4,}\b", run.words)}
    for run in page.sheet.runs:
        if run.form is Form.HEADING:
            continue
        for one in _CAPITAL.finditer(run.words):
            word = stem(one["word"])
            if one["more"] or word in known or _in_name(run.words, *one.span(), usual):
                continue
            times[word] += 1
            first.setdefault(word, (run, *one.span("word")))
    small = {stem(word) for word in page.sheet.small}
    for word, (run, start, end) in first.items():
        if word in quoted or word in INSTITUTIONS or word in shouted or word not in small:
            continue
        name = run.words[start:end]
        yield page.finding(
            "L-15",
            run,
            start,
            end,
            f"« {name} » porte une majuscule {times[word]} fois, comme un terme défini ; rien ne le définit.",
            "Définissez-le, ou écrivez-le sans majuscule.",
        )


_CAPITALISED = re.compile(r"\b[A-ZÀ-Ý]\w+")
_NEAR = 30
_FIRST = frozenset(
    """
    a au aucun aucune avec ce cet cette chaque dan de du elle en et il la le leur lorsque no nou par pour sa
    san se ses si son sou sur toute tou tout un une vou à
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Words, plural left out, whose capital is that of a sentence."""


def _in_name(words: str, start: int, end: int, usual: set[str]) -> bool:
    """Whether another capital stands near: « ministère du Travail », « Commission de l’Informatique »."""
    if words[end : end + 1] == "-":
        return True
    around = f"{words[max(0, start - _NEAR) : start]} | {words[end : end + _NEAR]}"
    near = [one[0] for one in _CAPITALISED.finditer(around) if stem(one[0]) not in usual]
    before = re.findall(r"[^\W\d_]+", words[max(0, start - _NEAR) : start])[-2:]
    return bool(near) or any(stem(word) in INSTITUTIONS for word in before)


_ACRONYM = re.compile(r"(?<![\w.@/’'(-])(?P<name>[A-Z][A-Z0-9]{1,5})(?![\w@’'(-])(?!\.\w)")
_KNOWN = frozenset(
    """
    API CAF CB CD CDD CDI CERFA CNIL CV DVD FAQ GMT GPS HTML HTTP HTTPS ID INSEE IOS IP JSON MP3 MSA NB OK
    PC PDF PIN PME PMR QR RCS RGPD RIB RSA SA SARL SAS SIREN SIRET SMS SSL TLS TTC TVA UE URL URSSAF USB
    VPN WIFI XML CEDEX CGU CGV CG CP
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Acronyms that dictionaries hold, or that are better known than their words."""


def acronyms(page: Page) -> Iterator[Finding]:
    """L-16: an acronym that the text never writes in full."""
    told: set[str] = set()
    for run in page.sheet.runs:
        for one in _DEFINED.finditer(run.words):
            told.update(re.findall(r"[A-Z][A-Z0-9]+", one["words"]))
        told.update(re.findall(r"\(\s*(?:«\s*)?([A-Z][A-Z0-9]{1,5})s?\b", run.words))
        told.update(re.findall(r"\b([A-Z][A-Z0-9]{1,5})\s*\([^()]*[a-zà-ÿ]{4}", run.words))
        told.update(_spelt_before(run.words))
    said = {word for run in page.sheet.runs for word in re.findall(r"\b[A-Z][a-z]+\b", run.words)}
    names = " ".join([page.service.name, page.service.publisher.name, page.service.slug]).upper()
    seen = told | _KNOWN
    for run in page.sheet.runs:
        if _is_shouted(run):
            continue
        for one in _ACRONYM.finditer(run.words):
            name = one["name"]
            if name in seen or name in names or name.capitalize() in said:
                continue
            if not name.strip("IVXLCDM") or _shouts(run.words, one):
                continue
            seen.add(name)
            yield page.finding(
                "L-16",
                run,
                *one.span("name"),
                f"« {name} » : sigle que le texte ne développe pas.",
                "Écrivez-le en toutes lettres la première fois, le sigle entre parenthèses.",
            )


def _is_shouted(run: Run) -> bool:
    """Whether `run` is a title in capitals, of which no word is an acronym."""
    if run.form is Form.HEADING:
        return sum(map(str.isupper, run.words)) > len(run.words) / 2
    return run.words.isupper() and " " in run.words


_BESIDE = re.compile(r"[A-ZÀ-Ý]{2,}")


def _shouts(words: str, found: re.Match[str]) -> bool:
    """Whether the word beside is in capitals too: « LA CROIX »."""
    before, after = words[: found.start()].split(" ")[-2:-1], words[found.end() :].split(" ")[1:2]
    return any(_BESIDE.fullmatch(word) for word in (*before, *after))


def _spelt_before(words: str) -> Iterator[str]:
    """Yield the acronyms that follow the words they stand for: « Centres de formation d’apprentis CFA »."""
    for one in _ACRONYM.finditer(words):
        before = re.findall(r"\b[\wÀ-ÿ]+", words[max(0, one.start() - 80) : one.start()])
        letters = "".join(word[0] for word in before[-8:] if len(word) > 3).upper()
        if letters.endswith(one["name"]):
            yield one["name"]


def stem(word: str) -> str:
    """Return a word in small letters, its plural left out."""
    return word.casefold().rstrip("sx")
