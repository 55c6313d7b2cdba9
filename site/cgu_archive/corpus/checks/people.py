"""Addresses that disagree, two places for one report, and what names a person."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import EMAIL, Form, Run
from cgu_archive.corpus.errors import Finding

_STREET = re.compile(
    r"(?P<number>\d{1,4})?,?\s?(?P<kind>rue|avenue|boulevard|place|quai|cours|allée|impasse|chemin|route|square)"
    r"\s(?P<name>(?:[\w’'-]+\s){0,5}?[\w’'-]+),?\s(?:[A-ZÀ-Ý][\w’'-]+\s\((?P<after>\d{5})\)|(?P<code>\d{5})\b)",
    re.IGNORECASE,
)


_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


def postal_codes(page: Page) -> Iterator[Finding]:
    """L-19: one street and number, two postal codes."""
    first: dict[str, tuple[str, Run]] = {}
    for run in page.sheet.runs:
        for found in _STREET.finditer(run.words) if _CODE.search(run.words) else ():
            key = " ".join(
                re.findall(r"\w+", f"{found['number']} {found['kind']} {found['name']}".casefold())
            )
            code = found["code"] or found["after"]
            known, other = first.setdefault(key, (code, run))
            if known != code:
                yield page.finding(
                    "L-19",
                    run,
                    *found.span(),
                    f"« {found[0]} » : la même adresse porte le code {known} ligne {other.line}.",
                    "Vérifiez le code postal et gardez le bon.",
                )


_HARM = re.compile(r"\b(?:vol|perte|frauduleu\w+|compromission|divulgation|accès non autorisé|insu)\b")
_TELL = re.compile(
    r"\b(?:notifi\w+|préven\w+|signal\w+|inform\w+ (?:immédiatement|sans délai)|cette notification)\b",
)
_CHANNEL = re.compile(r"l[’']assistance|formulaire", re.IGNORECASE)
_REPLY = re.compile(r"\b[Cc]ette (?:notification|information)\b")
_ONLY = re.compile(r"\b(?:uniquement|exclusivement|seulement)\b[^.;()]{0,60}", re.IGNORECASE)


def channels(page: Page) -> Iterator[Finding]:
    """L-20: a loss or a fraud to report in two places; an address kept for one use and given for another."""
    told: dict[str, Run] = {}
    asked = False
    for run in page.sheet.runs:
        if run.form is Form.HEADING:
            continue
        low = run.words.casefold()
        reports = _HARM.search(low) is not None and _TELL.search(low) is not None
        if reports or (asked and _REPLY.search(run.words)):
            for found in [*EMAIL.finditer(run.words), *_CHANNEL.finditer(run.words)]:
                known = next(iter(told), None)
                told.setdefault(found[0].casefold(), run)
                if known is not None and known != found[0].casefold():
                    yield page.finding(
                        "L-20",
                        run,
                        *found.span(),
                        f"« {found[0]} » : un signalement de même nature va à « {known} »"
                        f" ligne {told[known].line}.",
                        "Donnez une seule voie, ou dites laquelle fait foi.",
                    )
                    break
        asked = reports
    yield from _reserved(page)


_NEAR, _FAR = 20, 120
"""Where the words that reserve an address begin and end, in characters after it."""


def _reserved(page: Page) -> Iterator[Finding]:
    uses: defaultdict[str, list[tuple[Run, re.Match[str]]]] = defaultdict(list)
    for run in page.sheet.runs:
        for found in EMAIL.finditer(run.words) if "@" in run.words else ():
            uses[found[0].casefold()].append((run, found))
    for address, places in uses.items():
        for run, found in places:
            only = _ONLY.search(run.words, found.end(), found.end() + _FAR)
            if only is None or only.start() > found.end() + _NEAR:
                continue
            for other, at in islice(((other, at) for other, at in places if other.at != run.at), 1):
                yield page.finding(
                    "L-20",
                    other,
                    *at.span(),
                    f"« {address} » : la ligne {run.line} réserve cette adresse (« {only[0]} »).",
                    "Donnez une autre adresse ici, ou levez la réserve.",
                )


_MOBILE = re.compile(r"(?<![\d.])(?:\+33\s?|0)[67](?:[\s.\u00a0-]?\d{2}){4}(?!\d)")
_PERSON = re.compile(
    r"\b(?:M\.|Mme|Mlle|Monsieur|Madame)\s(?!le\b|la\b|l[’'])(?P<name>[A-ZÀ-Ý][\wÀ-ÿ’'-]+(?:\s[A-ZÀ-Ý][\wÀ-ÿ’'-]+)?)"
)
_GIVEN = re.compile(r"(?P<given>[a-zà-ÿ]{2,})(?:-[a-zà-ÿ]+)?\.(?P<family>[a-zà-ÿ-]{2,})")
_GENERIC = frozenset(
    """
    accueil aide assistance bureau cellule communication compte conseil contact direction donnees dpd
    dpo equipe info informatique mairie mediation mission ne noreply pas pole portail presse protection
    reclamation reply rgpd rh secretariat securite service services site support telechargement
    webmaster
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


def personal_data(page: Page) -> Iterator[Finding]:
    """L-30: the name, the mobile telephone or the address of a person, in a text that never goes away."""
    remedy = "Nommez la fonction, et donnez une adresse ou un numéro de service."
    known = _GENERIC | {page.service.slug, page.service.publisher.slug}
    for run in page.sheet.runs:
        for found in _MOBILE.finditer(run.words):
            message = f"« {found[0]} » : numéro de téléphone mobile, sans doute celui d’une personne."
            yield page.finding("L-30", run, *found.span(), message, remedy)
        for found in _PERSON.finditer(run.words):
            message = f"« {found[0]} » : nom d’une personne."
            yield page.finding("L-30", run, *found.span(), message, remedy)
        for found in EMAIL.finditer(run.words) if "@" in run.words else ():
            person = _GIVEN.fullmatch(found["local"].casefold())
            names = {person["given"], *person["family"].split("-")} if person else known
            if not names & known and not names & _shouted(page):
                message = f"« {found[0]} » : adresse d’une personne (prénom et nom)."
                yield page.finding("L-30", run, *found.span(), message, remedy)


def _shouted(page: Page) -> set[str]:
    """Return the acronyms of the text, in small letters: « misi.dgefp » names no person."""
    return {word.casefold() for word in re.findall(r"\b[A-Z][A-Za-z]*[A-Z]\w*", page.sheet.text)}
