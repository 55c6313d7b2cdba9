"""References to the law, and names that no longer exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.errors import Edit, Finding

_ARTICLE = re.compile(
    r"(?<![\w-])(?P<letter>[LRDA])(?P<gap>\.?[\s\u00a0\u202f]?|-|\.-)(?P<number>\d{2,4}(?:[-.]\d{1,4}){0,4})(?![\w€%])"
)
_NUMBERED = re.compile(
    r"\b(?:loi|décret|ordonnance|délibération|arrêté)\s(?P<no>no)\s(?=\d{2,4}-\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference that is written wrong or that no longer stands, and what to write instead."""

    seen: re.Pattern[str]
    key: str
    """In small letters, words without which nothing is there to be seen."""
    instead: str
    why: str
    mends: bool = False
    """Whether `instead` may take its place word for word."""


def _written(key: str, pattern: str, instead: str, why: str, *, mends: bool = False) -> _Reference:
    return _Reference(re.compile(pattern, re.IGNORECASE), key, instead, why, mends)


_REFERENCES = (
    _written("code entre", r"code entre le public et l[’']administration",
             "code des relations entre le public et l’administration", "nom incomplet du code", mends=True),
    _written("code de propri", r"code de propriété intellectuelle",
             "Code de la propriété intellectuelle", "nom du code", mends=True),
    _written("artistique", r"code de la propriété intellectuelle et artistique",
             "Code de la propriété intellectuelle", "nom du code", mends=True),
    _written("données personnelles", r"règlement général sur les données personnelles",
             "règlement général sur la protection des données", "nom du règlement (UE) 2016/679",
             mends=True),
    _written("article ", r"\b[ld][’']article (?=\d+ et \d+)", "articles", "deux articles : au pluriel"),
    _written("aux article ", r"\baux article (?=\d)", "aux articles ", "deux articles : au pluriel",
             mends=True),
    _written("95/46", r"directive (?:n° )?95/46(?:/CE)?", "règlement (UE) 2016/679",
             "directive abrogée le 25 mai 2018"),
    _written("correspondant", r"correspondant informatique et libertés",
             "délégué à la protection des données", "fonction remplacée le 25 mai 2018"),
    _written("marchés publics", r"code des marchés publics", "code de la commande publique",
             "code remplacé le 1er avril 2019"),
    _written("tribun", r"tribun(?:al|aux) (?:de grande instance|d[’']instance)", "tribunal judiciaire",
             "juridictions réunies le 1er janvier 2020"),
    _written("78-753", r"loi n° 78-753 du 17 juillet 1978",
             "livre III du code des relations entre le public et l’administration",
             "codifiée le 1er janvier 2016"),
    _written("shield", r"Privacy Shield", "",
             "décision invalidée par la Cour de justice de l’Union européenne le 16 juillet 2020"),
    _written("safe harbo", r"Safe Harbou?r", "",
             "décision invalidée par la Cour de justice de l’Union européenne le 6 octobre 2015"),
)  # fmt: skip


def references(page: Page) -> Iterator[Finding]:
    """L-17: an article of a code, a law or a regulation written as the Journal officiel does not."""
    remedy = "Écrivez la référence comme le fait le Journal officiel."
    text = page.sheet.text.casefold()
    told = [reference for reference in _REFERENCES if reference.key in text]
    for run in page.sheet.runs:
        for found in _ARTICLE.finditer(run.words):
            right = f"{found['letter']}. {found['number'].replace('.', '-')}"
            if found[0].replace("\u00a0", " ").replace("\u202f", " ") == right:
                continue
            if "-" not in right and not re.search(
                r"articles?\s$", run.words[max(0, found.start() - 12) : found.start()]
            ):
                continue
            yield page.finding(
                "L-17", run, *found.span(), f"« {found[0]} » : attendu « {right} ».", remedy,
                edits=(Edit(*found.span(), right.replace(" ", "\u00a0")),),
            )  # fmt: skip
        for found in _NUMBERED.finditer(run.words) if " no " in run.words else ():
            yield page.finding(
                "L-17", run, *found.span(), f"« {found[0].strip()} » : « no » écrit pour « n° ».", remedy,
                edits=(Edit(*found.span("no"), "n°"),),
            )  # fmt: skip
        for reference in told:
            for found in reference.seen.finditer(run.words):
                if found[0].casefold().replace("’", "'") == reference.instead.casefold().replace("’", "'"):
                    continue
                instead = f" ; attendu « {reference.instead.strip()} »" if reference.instead else ""
                message = f"« {found[0].strip()} » : {reference.why}{instead}."
                edits = (Edit(*found.span(), reference.instead),) if reference.mends else ()
                yield page.finding("L-17", run, *found.span(), message, remedy, edits=edits)


@dataclass(frozen=True, slots=True)
class _Former:
    seen: re.Pattern[str]
    key: str
    """In small letters, as in `_Reference`."""
    since: str


def _former(key: str, pattern: str, since: str) -> _Former:
    return _Former(re.compile(pattern), key, since)


_FORMER = (
    _former("pôle emploi", r"\b[Pp]ôle [Ee]mploi\b", "France Travail depuis le 1er janvier 2024"),
    _former("direccte", r"\bD(?:IRECCTE|irecc?te)s?\b", "DREETS depuis le 1er avril 2021"),
    _former("opca", r"\bOPCA\b", "OPCO depuis le 1er avril 2019"),
    _former("génér", r"\b[Cc]onseils? [Gg]énéra(?:l|ux)\b", "conseil départemental depuis le 2 avril 2015"),
    _former("windows", r"\bWindows (?:XP|Vista|7|8(?:\.1)?)\b",
            "plus maintenu par son éditeur, depuis 2023 au plus tard"),
    _former("internet explorer", r"\bInternet Explorer\b", "retiré par son éditeur le 15 juin 2022"),
    _former("flash", r"\bAdobe Flash\b|\bFlash Player\b", "retiré par son éditeur le 31 décembre 2020"),
    _former("conseil supérieur", r"\bConseil supérieur de l[’']audiovisuel\b",
            "Arcom depuis le 1er janvier 2022"),
    _former("hadopi", r"\bHADOPI\b|\bHadopi\b", "Arcom depuis le 1er janvier 2022"),
    _former("wetransfert", r"\bWe[Tt]ransfert\b", "ce service se nomme WeTransfer"),
)  # fmt: skip


_LINES = 20


def former_names(page: Page) -> Iterator[Finding]:
    """L-28: a body or a product that changed its name or is no more; once per name and text."""
    text = page.sheet.text.casefold()
    for former in _FORMER:
        if former.key not in text:
            continue
        places = [(run, found) for run in page.sheet.runs for found in former.seen.finditer(run.words)]
        if not places:
            continue
        run, found = places[0]
        lines = ", ".join(dict.fromkeys(str(one.line) for one, _ in places[:_LINES]))
        yield page.finding(
            "L-28",
            run,
            *found.span(),
            f"« {found[0]} » ({former.since}) ; ligne(s) {lines}.",
            "Écrivez le nom d’aujourd’hui, et l’ancien entre parenthèses s’il est encore connu.",
        )
