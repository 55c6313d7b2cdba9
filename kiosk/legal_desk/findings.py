"""What the checks say of a draft, without what somebody set aside, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from cgu_archive.corpus import checks
from cgu_archive.corpus.checks.silences import may_be_silenced
from cgu_archive.corpus.checks.table import CARDS, number
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Address, Service, Terms, Version
from cgu_archive.corpus.notes import Silence
from kiosk.legal_desk.acts import has_commands
from kiosk.legal_desk.drafts import (
    Content,
    Held,
    Told,
    as_version,
    content,
    published_as,
    revision,
    text_hashes,
)
from kiosk.legal_desk.policy import Act
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.kept import Kept
from kiosk.texts.models import PublishedVersion
from kiosk.texts.projections import Made
from kiosk.texts.reading import frozen_version

_DIGITS = 32
_QUOTED = 200
_WHY = "Raison\u00a0:\n"
"""Between what an act sets aside and why, in its words."""
_DESTROYED = "Raison détruite à son terme."
_READ: Kept[tuple[str, ...], tuple[Finding, ...]] = Kept(32)
_WEIGHTS = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Read:
    """What the checks found in one state of a draft."""

    heard: tuple[Finding, ...]
    """By weight, then place in the text."""
    silenced: tuple[tuple[Finding, Told], ...]
    """Set aside: each with the act that says why."""

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Those that stop a submission and a publication."""
        return tuple(one for one in self.heard if one.severity is Severity.ERROR)

    @property
    def silences(self) -> tuple[Silence, ...]:
        """What was set aside, as the archive notes it beside a version."""
        return tuple(dict.fromkeys(_silence(finding, told) for finding, told in self.silenced))


def key(finding: Finding) -> str:
    """Return what a finding is known by whatever moves around it: its rule and its words, hashed.

    The same words elsewhere are the same finding: paragraphs change number when one before them goes.
    """
    said = finding.place.words if finding.place else finding.message
    return f"{finding.rule}:{text_hash(said.encode())[:_DIGITS]}"


def set_aside(finding: Finding, reason: str) -> str:
    """Return the words of the act that sets a finding aside: which one, then why; both are sealed."""
    known = number(finding)
    title = f"{known} {CARDS[known].title}" if known else finding.rule
    said = " ".join((finding.place.words if finding.place else finding.message).split())[:_QUOTED]
    return f"{title}, «\u00a0{said}\u00a0». {_WHY}{reason}"


def why(told: Told) -> str:
    """Return the reason alone of an act that set a finding aside."""
    words = told.words or ""
    return words.partition(_WHY)[2] or words


def read(session: Session, service: Service, held: Held, what: Content) -> Read:
    """Return what the checks say of `what`, a content of this draft."""
    found = _found(service, _document(session, service, held), what)
    acts = {one.place: one for one in held.acts if one.done.act is Act.SILENCED}
    aside = {key(one): acts[key(one)] for one in found if key(one) in acts and may_be_silenced(one)}
    return Read(
        tuple(one for one in found if key(one) not in aside),
        tuple((one, aside[key(one)]) for one in found if key(one) in aside),
    )


def on(session: Session, held: Held, service: Service) -> Read:
    """Return what the checks say of the present state of a draft."""
    return read(session, service, held, content(revision(session, held)))


def blocking(session: Session, held: Held, service: Service) -> tuple[Finding, ...]:
    """Return what stops the submission and the publication of the present state of a draft."""
    return on(session, held, service).blocking


def as_read(session: Session, service: Service, held: Held, what: Content) -> Version:
    """Return what a draft holds as a version that is not published, with what was set aside in it."""
    return replace(as_version(held, what), silences=read(session, service, held, what).silences)


def where(finding: Finding, names: Mapping[str, str]) -> str:
    """Return where a finding stands, before what it says: the provision, its words; nothing when unknown.

    `names` are what the provisions of the text are called, by address.
    """
    if finding.place is None:
        return ""
    words = " ".join(finding.place.words.split())
    said = words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"
    return (
        f"{names.get(finding.place.at, finding.place.at)} ({finding.place.at}), «\u00a0{said}\u00a0»\u00a0: "
    )


def made(session: Session, service: Service, version: PublishedVersion) -> Made:
    """Return what the draft that `version` came of set aside, and its texts; nothing without a draft."""
    held = published_as(session, version.id)
    if held is None:
        return Made()
    silences = read(session, service, held, content(revision(session, held))).silences
    return Made(silences, text_hashes(session, held))


def inherited(session: Session, held: Held, service: Service, found: Read) -> tuple[Finding, ...]:
    """Return what may be set aside at once: what people read now says the same, word for word."""
    document = _document(session, service, held)
    if not document.versions:
        return ()
    base = document.versions[-1]
    there = {key(one) for one in _found(service, document, Content(base.text, base.metadata))}
    return tuple(one for one in found.heard if key(one) in there and may_be_silenced(one))


def _found(service: Service, document: Terms, what: Content) -> tuple[Finding, ...]:
    """Return every finding on `what`, by weight then line; what was read lately is not read again."""
    versions = ((one.text_hash, one.metadata_hash) for one in document.versions)
    register = repr(service.links)  # what was verified since is not said again
    asked = (service.slug, document.slug, what.hash, register, *(one for pair in versions for one in pair))

    def look() -> tuple[Finding, ...]:
        found = checks.on_draft(service, document, what.text, what.undated)
        return tuple(sorted(found, key=lambda one: (_WEIGHTS.index(one.severity), one.line or 0)))

    return _READ.get(asked, look)


def _document(session: Session, service: Service, held: Held) -> Terms:
    """Return the document of a draft with the versions that say something of it: the last, the corrected.

    The last before it, once it is published; one that was cancelled says nothing.
    """
    draft = held.draft
    if held.version_id is not None:
        last = texts.former(session, texts.get(session, held.version_id))
    else:
        last = texts.newest(session, draft.service, draft.terms)
    rows = [] if last is None else [last]
    if draft.corrects is not None:
        try:
            faulty = texts.by_address(session, Address(draft.service, draft.terms, draft.corrects))
        except UnknownVersionError:  # the checks say so
            faulty = None
        if faulty is not None and faulty not in rows:
            rows = [faulty, *rows]
    return replace(service.document(draft.terms), versions=tuple(map(frozen_version, rows)))


def _silence(finding: Finding, told: Told) -> Silence:
    place = finding.place
    words = " ".join(place.words.split()) if place else finding.message
    unwritable = place is not None and has_commands(words)
    return Silence(
        rule=number(finding) or finding.rule,
        words=None if unwritable else words,
        at=place.at if unwritable and place else None,
        reason=" ".join(why(told).split()) or _DESTROYED,
        on=day_in_paris(told.done.at),
        by=told.done.function,
    )
