"""What a draft begins with: the text in force, a version to correct, a received file, or a title alone."""

from __future__ import annotations

import re
from dataclasses import replace

from cgu_archive.corpus import checks, provisions
from cgu_archive.corpus.drafting import blank
from cgu_archive.corpus.fields import SLUG
from cgu_archive.corpus.model import Metadata, Source, Terms
from cgu_archive.corpus.numbering import slug
from cgu_archive.corpus.rules import Rule, said_by
from kiosk.legal_desk.drafts import Content
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion

MAX_SLUG = 60
_DOT = re.compile(r"(?<=[0-9])\.(?=[0-9])")


def following(version: PublishedVersion, label: str | None) -> Content:
    """Return the words of a published version, its rules and attachments, as a draft that follows it."""
    return Content(version.text, _joined(blank(label, texts.rules(version)), version))


def correcting(version: PublishedVersion, label: str | None) -> Content:
    """Return the words, rules and attachments of a published version, as a draft that corrects it."""
    return Content(version.text, _joined(blank(label, texts.rules(version), version.slug), version))


def empty(terms: Terms, before: PublishedVersion | None, label: str | None) -> Content:
    """Return the title of a document alone, with the rules of the version before, if there is one."""
    return Content(f"# {terms.title}\n".encode(), blank(label, texts.rules(before) if before else ()))


def understood(text: bytes, source: Source, before: PublishedVersion | None, label: str | None) -> Content:
    """Return a text understood from a received file, with the rules and attachments of the version before."""
    made = blank(label, carried(text, texts.rules(before)) if before else ())
    return Content(text, replace(_joined(made, before) if before else made, source=source))


def _joined(made: Metadata, before: PublishedVersion) -> Metadata:
    return replace(made, attachments=texts.metadata(before).attachments)


def carried(text: bytes, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return `rules` with those whose words are said elsewhere in `text`, unchanged, led there.

    Raises `UnreadableTextError`.
    """
    return checks.carried_rules(provisions.read(text), rules)


def unsaid(what: Content) -> tuple[Rule, ...]:
    """Return the rules whose words the text does not say any more.

    Raises `UnreadableTextError`.
    """
    found = {one.address: one for one in provisions.read(what.text).walk()}
    return tuple(
        rule for rule in what.metadata.rules if rule.at not in found or not said_by(rule, found[rule.at])
    )


def proposed_slug(label: str) -> str:
    """Return a name for addresses made from a label: « v2.1 (juin) » gives ``v2.1-juin``."""
    parts = [slug(part) for part in _DOT.split(label)]
    return ".".join(part for part in parts if part)[:MAX_SLUG].strip(".-")


def is_slug(typed: str) -> bool:
    """Whether `typed` may name a version in addresses."""
    return len(typed) <= MAX_SLUG and SLUG.fullmatch(typed) is not None
