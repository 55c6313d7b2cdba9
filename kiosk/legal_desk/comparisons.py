"""What a state of a draft changes to a published version, or to another of its states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus.comparison import Comparison, Side, compare_bytes
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.model import Service, Version
from cgu_archive.redline import redline_html
from cgu_archive.redline.docx import AUTHOR, redline_docx
from cgu_archive.redline.words import first_line
from cgu_archive.rendering import link_policy, words
from kiosk.legal_desk.drafts import Held, as_version, content, revision
from kiosk.legal_desk.errors import RefusedError, UnknownDraftError
from kiosk.texts import services as texts
from kiosk.texts.kept import Kept
from kiosk.texts.reading import frozen_version

_STATE, _VERSION = "etat-", "version-"
_FOUND: Kept[tuple[str, ...], Comparison] = Kept(8)


@dataclass(frozen=True, slots=True)
class Compared:
    """One text that a draft may be compared with, or the draft itself."""

    key: str
    """``version-sans-date-1``, ``etat-2``."""
    name: str
    version: Version


def choices(session: Session, held: Held) -> list[tuple[str, str]]:
    """Return what a draft may be compared with, newest first: keys, and names as people read them."""
    published = texts.history(session, held.draft.service, held.draft.terms)
    states = range(held.standing.revision, 0, -1)
    return [(f"{_STATE}{number}", f"État n°\u00a0{number} de ce brouillon") for number in states] + [
        (f"{_VERSION}{one.slug}", f"Version publiée\u00a0: {one.label or one.slug}")
        for one in published[::-1]
    ]


def find(session: Session, held: Held, key: str) -> Compared:
    """Return what `key` names. Raises `UnknownDraftError`."""
    for known, name in choices(session, held):
        if known != key:
            continue
        if key.startswith(_STATE):
            row = revision(session, held, int(key.removeprefix(_STATE)))
            return Compared(key, name, as_version(held, content(row)))
        history = texts.history(session, held.draft.service, held.draft.terms)
        row_of = {f"{_VERSION}{one.slug}": one for one in history}
        return Compared(key, name, frozen_version(row_of[key]))
    raise UnknownDraftError("Ce brouillon ne se compare pas avec ce texte.")


def state_key(number: int) -> str:
    """Return the key of a state."""
    return f"{_STATE}{number}"


def base_key(session: Session, held: Held, at: datetime) -> str | None:
    """Return the key of what a draft is compared with: the version that it corrects, else the one in force.

    Once it is published, the version before it: what is in force may be the draft itself.
    """
    if held.draft.corrects is not None:
        return f"{_VERSION}{held.draft.corrects}"
    if held.version_id is not None:
        before = texts.former(session, texts.get(session, held.version_id))
    else:
        before = texts.current(session, held.draft.service, held.draft.terms, at)
    return f"{_VERSION}{before.slug}" if before else None


def between(old: Version, new: Version) -> Comparison:
    """Return what `new` changes to `old`; raises `RefusedError` when a text is too long, or unreadable."""
    sides = tuple(Side.of(one.text_hash, one.metadata) for one in (old, new))
    key = (old.text_hash, old.metadata_hash, new.text_hash, new.metadata_hash)
    try:
        return _FOUND.get(
            key, lambda: compare_bytes(old.text, new.text, old_side=sides[0], new_side=sides[1])
        )
    except UnreadableTextError as error:
        raise RefusedError(str(error)) from error


def html(found: Comparison, service: Service) -> Markup:
    """Return a comparison to put in a page."""
    return Markup(redline_html(found, link_policy(service)))  # noqa: S704 - escaped there


def in_one_line(found: Comparison) -> str:
    """Return what changed in one sentence."""
    return first_line(found)


def word_file(found: Comparison, service: Service, old: Compared, new: Compared, at: datetime) -> bytes:
    """Return a comparison as a Word file with tracked changes, marked as that of a draft."""
    title = f"Brouillon, comparaison\u00a0: {words.name(old.version)} → {words.name(new.version)}"
    notices = (f"Brouillon\u00a0: {new.name}, sans valeur.",)
    links = link_policy(service)
    return redline_docx(found, title=title, author=AUTHOR, at=at, links=links, notices=notices)
