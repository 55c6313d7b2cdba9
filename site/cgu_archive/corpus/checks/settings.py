"""What the text promises that a machine keeps: passwords, delays, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgu_archive.corpus.checks.figures import number_of
from cgu_archive.corpus.checks.page import Page
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Service, Version
from cgu_archive.corpus.rules import RuleKind

_LENGTH = re.compile(r"(?<!\w)(?P<number>\d+|[a-z]+)(?:\s\(\w+\))?\scaractères", re.IGNORECASE)
_PASSWORD = re.compile(r"\bmots? de passe\b", re.IGNORECASE)
_STATED = {RuleKind.PASSWORD_LENGTH: "longueur", RuleKind.PASSWORD_CLASSES: "catégories"}


def passwords(page: Page) -> Iterator[Finding]:
    """L-04: two lengths of password in one text, or a rule that is not that of the account."""
    first: tuple[int, int] | None = None
    for run in page.sheet.runs:
        if not _PASSWORD.search(run.words):
            continue
        for found in _LENGTH.finditer(run.words):
            length = number_of(found["number"])
            if length is None:
                continue
            first = first or (length, run.line)
            if length != first[0]:
                yield page.finding(
                    "L-04",
                    run,
                    *found.span(),
                    f"« {found[0]} », et {first[0]} ligne {first[1]} : deux règles de mot de passe dans un"
                    " texte ; la plus stricte s’applique.",
                    "Gardez une seule règle.",
                )


def linked_passwords(services: dict[str, Service], service: Service, version: Version) -> Iterator[Finding]:
    """L-04: what the text of `version` asks of a password that the account it needs asks otherwise."""
    ours = {kind: _values(version, kind) for kind in _STATED}
    for slug in service.requires:
        for terms in services[slug].terms if slug in services else ():
            for last in terms.lasting[-1:]:
                for kind, word in _STATED.items():
                    theirs = _values(last, kind)
                    if theirs and ours[kind] and theirs != ours[kind]:
                        yield Finding(
                            f"{version.address}/version.yml",
                            None,
                            "L-04",
                            f"mot de passe, {word} : {_said(ours[kind])} ici, {_said(theirs)} dans"
                            f" {last.address}, dont le compte ouvre ce service.",
                            "Accordez les deux textes ; la règle la plus stricte s’applique.",
                            Severity.WARNING,
                        )


def _values(version: Version, kind: RuleKind) -> set[int]:
    return {int(rule.value) for rule in version.metadata.rules if rule.kind is kind}


def _said(values: set[int]) -> str:
    return " et ".join(str(value) for value in sorted(values))
