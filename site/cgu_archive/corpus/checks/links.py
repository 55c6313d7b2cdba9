"""Links that lead nowhere, where they should not, or that nobody has verified."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from urllib.parse import urlsplit

from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.checks.sheet import Anchor, Run
from cgu_archive.corpus.errors import Edit, Finding, Fix
from cgu_archive.corpus.sentences import sentences

_HERE = re.compile(
    r"\b(?:(?:ce|le présent) lien|lien (?:suivant|ci-(?:dessous|après))|cliqu(?:er|ez|ant|e) ici"
    r"|(?:disponible|consultable|accessible|téléchargeable)s? (?:ici|à l[’']adresse suivante))\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"https?://|www\.|@|[\w-]\.(?:fr|com|org|eu|net)\b")


def promised(page: Page) -> Iterator[Finding]:
    """L-02: « via ce lien », « disponible ici », with neither link nor address in the sentence or after."""
    runs = page.sheet.runs
    for rank, run in enumerate(runs):
        if not _HERE.search(run.words):
            continue
        for start, end in sentences(run.words):
            found = _HERE.search(run.words, start, end)
            if found is None or _leads(run, start, end):
                continue
            follows = runs[rank + 1] if rank + 1 < len(runs) else None
            if run.words[start:end].endswith(":") and follows and _leads(follows, 0, len(follows.words)):
                continue
            yield page.finding(
                "L-02",
                run,
                *found.span(),
                f"« {found[0]} » : le texte renvoie à un lien qui n’y est pas.",
                "Écrivez l’adresse, ou retirez le renvoi.",
            )


def _leads(run: Run, start: int, end: int) -> bool:
    rank = bisect_left(run.anchors, start, key=lambda anchor: anchor.start)
    linked = rank < len(run.anchors) and run.anchors[rank].start < end
    return linked or _WRITTEN.search(run.words, start, end) is not None


def restricted(page: Page) -> Iterator[Finding]:
    """L-22: a link to a host that the text of the service forbids to link."""
    hosts = frozenset(page.service.unlinked_hosts)
    for run, anchor in _external(page):
        host = host_of(anchor.target)
        if host in hosts:
            yield page.finding(
                "L-22",
                run,
                anchor.start,
                anchor.end,
                f"lien vers « {host} » : le texte l’interdit sans autorisation expresse ;"
                " les pages le montrent sans lien.",
                "Gardez l’adresse en toutes lettres, sans lien.",
                fix=_unlinked(page, run, anchor),
            )


def _unlinked(page: Page, run: Run, anchor: Anchor) -> Fix | None:
    """Return what takes the link off and leaves its words."""
    span = page.sheet.span(run, anchor.start, anchor.end)
    if span is None:
        return None
    text, (start, end) = page.sheet.text, span
    if text[start - 1 : start] == "<" and text[end : end + 1] == ">":
        return Fix((Edit(start - 1, start, ""), Edit(end, end + 1, "")))
    closed = text.find(")", end)
    if text[start - 1 : start] == "[" and text.startswith("](", end) and "(" not in text[end + 2 : closed]:
        return Fix((Edit(start - 1, start, ""), Edit(end, closed + 1, "")))
    return None


def unverified(page: Page) -> Iterator[Finding]:
    """L-23: a link out of the service that its register of links does not know as verified."""
    verified = {record.url for record in page.service.links}
    own = {host_of(page.service.site or ""), *page.service.unlinked_hosts}
    seen: set[str] = set()
    for run, anchor in _external(page):
        target = anchor.target
        if target in verified or target in seen or host_of(target) in own:
            continue
        seen.add(target)
        yield page.finding(
            "L-23",
            run,
            anchor.start,
            anchor.end,
            f"« {target} » : personne n’a encore noté avoir vérifié cette page.",
            "Ouvrez la page et vérifiez son contenu, puis inscrivez-le au registre des liens : page « Liens »"
            " de l’espace juridique, ou fichier links.yml du service (cgu links en donne la liste).",
            beside=True,
        )


_HTTP = "http://"


def insecure(page: Page) -> Iterator[Finding]:
    """L-29: a link whose page may be read or changed on its way."""
    for run, anchor in _external(page):
        if not anchor.target.startswith(_HTTP):
            continue
        yield page.finding(
            "L-29",
            run,
            anchor.start,
            anchor.end,
            f"« {anchor.target} » : la page visitée peut être lue ou changée en chemin.",
            "Écrivez https:// si le site répond ainsi.",
            fix=_secured(page, run, anchor),
        )


def _secured(page: Page, run: Run, anchor: Anchor) -> Fix | None:
    span = page.sheet.span(run, anchor.start, anchor.end)
    if span is None:
        return None
    text, (start, end) = page.sheet.text, span
    if text.startswith(_HTTP, start):  # « <http://…> », or the address as its own words
        first = Edit(start, start + len(_HTTP), "https://")
        return Fix((first,)) if text[start - 1 : start] == "<" else None
    if text.startswith(f"]({_HTTP}", end):
        return Fix((Edit(end + 2, end + 2 + len(_HTTP), "https://"),))
    return None


def _external(page: Page) -> Iterator[tuple[Run, Anchor]]:
    for run in page.sheet.runs:
        for anchor in run.anchors:
            if anchor.target.startswith((_HTTP, "https://")):
                yield run, anchor


def host_of(url: str) -> str | None:
    """Return the host that `url` names, in lower case; None when it names none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
