"""Terms, acronyms and names: defined once, written one way."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Form, Run
from cgu_archive.corpus.errors import Finding

_QUOTED = re.compile(r"«\s*(?P<words>[^«»]{1,60}?)\s*»")
_DEFINED = re.compile(r"(?:^|et\s)(?:\W{0,3})«\s*(?P<words>[^«»]{1,60}?)\s*»\s*:", re.MULTILINE)
_CALLED = re.compile(
    r"\b(?:ci[- ]après(?:[ ,]+(?:définie?s?|dénommée?s?|désignée?s?|appelée?s?)\b[\w ]{0,16})?"
    r"|dites?|dits?|(?:dé)?nommée?s?(?: collectivement)?)[ ,]+(?:les?\s|la\s|l[’'])?"
    r"(?:«\s*(?P<quoted>[^«»]{1,60}?)\s*»|(?<=ci-après l[ae] )(?P<bare>[A-ZÀ-Ý][\w’'-]+))"
)
_ARTICLE = re.compile(r"^(?:les?|la|l[’']|des?|du)\s*(?=\w)", re.IGNORECASE)
_INSTITUTIONS = frozenset(
    """
    agence assemblée autorité caisse code comité commission communauté commune conseil constitution cour
    direction directive décret délégation délégué département france fonds gouvernement institut
    internet journal loi mairie ministre ministère métropole ordonnance parlement portail-public premier
    président préfecture préfet région règlement république secrétariat sénat tribunal union ville
    état etat web
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Common nouns that French writes with a capital without defining them: « la Commission »."""
_CAPITAL = re.compile(
    r"(?:\b(?:les?|la|une?|des|du|aux?|cette|ces?|ses|son|sa|chaque|entre les)\s|\b[ldLD][’'])"
    r"(?P<word>[A-ZÀ-Ý][a-zà-ÿœ]{2,})(?P<more>(?:\s[A-ZÀ-Ý][a-zà-ÿœ]{2,})*)"
)


@dataclass(frozen=True, slots=True)
class _Term:
    words: str
    run: Run
    start: int
    end: int
    listed: bool
    """Whether it stands in a list of definitions (« X » : …), not in « (ci-après « X ») »."""
    means: str


def _terms(page: Page) -> tuple[_Term, ...]:
    """Return what the text defines, in reading order."""
    found = []
    for run in page.sheet.runs:
        if run.form is Form.HEADING:
            continue
        found += [
            _Term(_bare(one["words"]), run, *one.span("words"), True, _same(run.words[one.end() :]))
            for one in _DEFINED.finditer(run.words)
        ]
        for one in _CALLED.finditer(run.words):
            name = "quoted" if one["quoted"] else "bare"
            before = _same(run.words[: one.start()])[-200:]
            found.append(_Term(_bare(one[name]), run, *one.span(name), False, before))
    return tuple(found[:_MANY])


_MANY = 400
"""No text defines more."""


def _bare(words: str) -> str:
    return _ARTICLE.sub("", words.strip("« »\u00a0\u202f"))


def definitions(page: Page) -> Iterator[Finding]:
    """L-15: a term defined twice or never used again; a word with a capital that nothing defines."""
    terms = _terms(page)
    if not terms:
        return
    yield from _twice(page, terms)
    yield from _unused(page, terms)
    yield from _undefined(page, terms)


def _twice(page: Page, terms: tuple[_Term, ...]) -> Iterator[Finding]:
    listed: dict[str, _Term] = {}
    for term in sorted(terms, key=lambda term: not term.listed):
        if term.listed and _stem(term.words) not in listed:
            listed[_stem(term.words)] = term
    meanings = [(term, _significant(term.means.split()[:16])) for term in listed.values()]
    for term in terms:
        first = listed.get(_stem(term.words))
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


def _unused(page: Page, terms: tuple[_Term, ...]) -> Iterator[Finding]:
    stems: Counter[str] = Counter()
    for word, times in page.sheet.counts.items():
        stems[_stem(word)] += times
    whole = (
        " ".join(_same(run.words) for run in page.sheet.runs) if any(" " in t.words for t in terms) else ""
    )
    for term in terms:
        name, own = _same(term.words), _same(term.run.words)
        if not term.listed or not name:
            continue
        if " " in name:
            elsewhere = whole.count(f" {name}") - f" {own}".count(f" {name}")
        else:
            elsewhere = stems[_stem(name)] - sum(_stem(word) == _stem(name) for word in own.split())
        if elsewhere <= 0:
            yield page.finding(
                "L-15",
                term.run,
                term.start,
                term.end,
                f"« {term.words} » est défini, et le texte ne l’emploie plus.",
                "Retirez la définition, ou employez le terme.",
            )


def _undefined(page: Page, terms: tuple[_Term, ...]) -> Iterator[Finding]:
    """Yield the common nouns that take a capital in the middle of a sentence without being defined."""
    known = {_stem(word) for term in terms for word in _same(term.words).split()}
    first: dict[str, tuple[Run, int, int]] = {}
    times: Counter[str] = Counter()
    quoted = {
        _stem(word)
        for run in page.sheet.runs
        for one in _QUOTED.finditer(run.words)
        for word in _same(one["words"]).split()
    }
    shouted = {_stem(word) for run in page.sheet.runs for word in re.findall(r"\b[A-Z]{4,}\b", run.words)}
    for run in page.sheet.runs:
        if run.form is Form.HEADING:
            continue
        for one in _CAPITAL.finditer(run.words):
            word = _stem(one["word"])
            if one["more"] or word in known or _in_name(run.words, *one.span(), known):
                continue
            times[word] += 1
            first.setdefault(word, (run, *one.span("word")))
    for word, (run, start, end) in first.items():
        if (
            word in quoted
            or word in _INSTITUTIONS
            or word in shouted
            or not _is_common(word, page.sheet.text)
        ):
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


def _is_common(stem: str, text: str) -> bool:
    """Whether `text` also writes the word without a capital."""
    return re.search(rf"(?<![\w.@/-]){re.escape(stem)}[sx]?\b", text) is not None


_CAPITALISED = re.compile(r"\b[A-ZÀ-Ý]\w+")
_NEAR = 30


def _in_name(words: str, start: int, end: int, known: set[str]) -> bool:
    """Whether another capital stands near: « ministère du Travail », « Commission de l’Informatique »."""
    if words[end : end + 1] == "-":
        return True
    around = f"{words[max(0, start - _NEAR) : start]} | {words[end : end + _NEAR]}"
    near = [one[0] for one in _CAPITALISED.finditer(around) if _stem(one[0]) not in known]
    before = re.findall(r"[^\W\d_]+", words[max(0, start - _NEAR) : start])[-2:]
    return bool(near) or any(_stem(word) in _INSTITUTIONS for word in before)


_ACRONYM = re.compile(r"(?<![\w.@/’'(-])(?P<name>[A-Z][A-Z0-9]{1,5})(?![\w@’'(-])(?!\.\w)")
_KNOWN = frozenset(
    """
    API CAF CD CDD CDI CERFA CNIL CV DVD FAQ GMT GPS HTML HTTP HTTPS ID INSEE IOS IP JSON MP3 MSA NB OK
    PC PDF PIN PME PMR QR RGPD RIB RSA SARL SIREN SIRET SMS SSL TLS TTC TVA UE URL URSSAF USB VPN WIFI
    XML CEDEX CGU CGV CG CP
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Acronyms that dictionaries hold, or that are better known than their words."""


def acronyms(page: Page) -> Iterator[Finding]:
    """L-16: an acronym that the text never writes in full."""
    told: set[str] = set()
    for run in page.sheet.runs:
        for one in _DEFINED.finditer(run.words):
            told.update(re.findall(r"[A-Z][A-Z0-9]+", one["words"]))
        told.update(re.findall(r"[\w»]\s*\(\s*(?:«\s*)?([A-Z][A-Z0-9]{1,5})s?\b", run.words))
        told.update(re.findall(r"\b([A-Z][A-Z0-9]{1,5})\s*\([^()]*[a-zà-ÿ]{4}", run.words))
        told.update(_spelt_before(run.words))
    said = {word for run in page.sheet.runs for word in re.findall(r"\b[A-Z][a-z]+\b", run.words)}
    names = " ".join([page.service.name, page.service.publisher.name, page.service.slug]).upper()
    seen = told | _KNOWN
    for run in page.sheet.runs:
        if run.words.isupper() and " " in run.words:
            continue  # a title in capitals
        for one in _ACRONYM.finditer(run.words):
            name = one["name"]
            if name in seen or name in names or name.capitalize() in said or not name.strip("IVXLCDM"):
                continue
            seen.add(name)
            yield page.finding(
                "L-16",
                run,
                *one.span("name"),
                f"« {name} » : sigle que le texte ne développe pas.",
                "Écrivez-le en toutes lettres la première fois, le sigle entre parenthèses.",
            )


def _spelt_before(words: str) -> Iterator[str]:
    """Yield the acronyms that follow the words they stand for: « Centres de formation d’apprentis CFA »."""
    for one in _ACRONYM.finditer(words):
        before = re.findall(r"\b[\wÀ-ÿ]+", words[max(0, one.start() - 80) : one.start()])
        letters = "".join(word[0] for word in before[-8:] if len(word) > 3).upper()
        if letters.endswith(one["name"]):
            yield one["name"]


_NAME = re.compile(
    r"(?<![\w@./-])(?:[A-Z][a-zà-ÿ]*(?:[A-Z][a-zà-ÿ]*|\d+)[A-Za-z0-9]*|[A-Z]{4,}|[A-Z][a-z]{3,})"
    r"(?:[’'](?=[a-z])[a-z]+)?(?:\s\d{2,3}(?!\d|[\s)]*[A-Za-zÀ-ÿ]*\s?\d))?(?![\w@])(?!\.\w)"
)


def variants(page: Page) -> Iterator[Finding]:
    """L-18: one name written in several ways: capitals, spaces, hyphens, apostrophes."""
    yield from _names(page)
    yield from _labels(page)
    yield from _capitals(page)


def _names(page: Page) -> Iterator[Finding]:
    ways: defaultdict[str, dict[str, tuple[int, Run, int, int]]] = defaultdict(dict)
    ordinary: set[str] = set()
    for run in page.sheet.runs:
        shouted = run.words.isupper()
        ordinary.update(re.findall(r"(?<![\w.@/-])[a-zà-ÿ]{4,}", run.words))
        for one in _NAME.finditer(run.words):
            if shouted or _in_link(run, one.start()):
                continue
            same = re.sub(r"[^a-z0-9]", "", one[0].casefold())
            times, *place = ways[same].get(one[0], (0, run, one.start(), one.end()))
            ways[same][one[0]] = (times + 1, *place)  # type: ignore[assignment]
    for same, forms in ways.items():
        marked = [form for form in forms if not re.fullmatch(r"[A-Z][a-z]+", form)]
        if len(forms) < 2 or not marked or same in ordinary:
            continue
        usual = max(forms, key=lambda form: (form == page.service.name, forms[form][0]))
        for form, (_, run, start, end) in forms.items():
            # « PARIS » at the foot of an address is Paris; « Ocapiat » is not OCAPIAT
            if form != usual and not (form.isupper() and form.capitalize() == usual):
                yield page.finding(
                    "L-18",
                    run,
                    start,
                    end,
                    f"« {form} », écrit ailleurs « {usual} » ({forms[usual][0]} fois).",
                    "Choisissez une écriture.",
                )


def _in_link(run: Run, place: int) -> bool:
    return any(anchor.start <= place < anchor.end for anchor in run.anchors[:_MANY])


def _labels(page: Page) -> Iterator[Finding]:
    """Yield what is quoted in two ways: « Mon compte », « Mon Compte »; a name and the same name, longer."""
    first: dict[str, tuple[str, int]] = {}
    for run in page.sheet.runs:
        for one in _QUOTED.finditer(run.words):
            words = " ".join(one["words"].split())
            words = _bare(words)
            words = words[:1].upper() + words[1:]
            same = _same(words)
            known, line = first.setdefault(same, (words, run.line))
            if known != words and known.replace("’", "'") != words.replace("’", "'"):
                first[same] = (words, run.line)
            else:
                parts = same.split()
                heads = (" ".join(parts[:size]) for size in range(_LABEL + 1, len(parts)))
                longer = next((first[head] for head in heads if head in first), None)
                if longer is None or line != run.line:
                    continue
                known, line = longer
            yield page.finding(
                "L-18",
                run,
                *one.span("words"),
                f"« {words} », écrit « {known} » ligne {line}.",
                "Choisissez une écriture.",
            )


_LABEL = 3
"""Fewer spaces than that in a label: a longer one is another thing."""


_SMALL = re.compile(r"\b(?:(?:[Ll][ea]|au|du)\s|[Ll][’'])(?P<word>[a-zà-ÿœ]+)\b")
_TIMES = 2
"""A word met once without its capital may mean another thing."""


def _capitals(page: Page) -> Iterator[Finding]:
    """Yield the defined terms that the text also writes without their capital, after an article."""
    small: defaultdict[str, list[tuple[Run, re.Match[str]]]] = defaultdict(list)
    for run in page.sheet.runs:
        for one in _SMALL.finditer(run.words):
            small[one["word"]].append((run, one))
    for term in {term.words: term for term in reversed(_terms(page))}.values():
        places = small[term.words.lower()]
        if not term.words.istitle() or _stem(term.words) in _INSTITUTIONS:
            continue
        if len(places) >= _TIMES:
            run, one = places[0]
            yield page.finding(
                "L-18",
                run,
                *one.span("word"),
                f"« {term.words} » est défini avec une majuscule (ligne {term.run.line}) ;"
                f" écrit {len(places)} fois sans.",
                "Gardez la majuscule partout où le terme a le sens défini.",
            )


def _same(words: str) -> str:
    return " ".join(word.casefold() for word in re.findall(r"[^\W_]+", words))


def _stem(word: str) -> str:
    return word.casefold().rstrip("sx")
