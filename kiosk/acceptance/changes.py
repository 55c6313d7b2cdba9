"""What changed between two published versions, as a redline to read and as the bytes that are kept of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus.comparison import Side, compare_bytes, hashed_bytes
from cgu_archive.corpus.dates import start_of_day
from cgu_archive.corpus.model import Address, Mode, Service
from cgu_archive.redline import redline_html
from cgu_archive.redline.docx import AUTHOR, redline_docx
from cgu_archive.rendering import LinkPolicy, words
from kiosk.ledger.comparisons import Packed, pack
from kiosk.texts import links, services
from kiosk.texts.kept import Kept
from kiosk.texts.models import PublishedVersion
from kiosk.texts.reading import frozen_version

_HELD_BYTES = 64_000_000
"""What one process holds of the comparisons it made last."""
_TITLE = "Comparaison\u00a0: {} → {}"


@dataclass(frozen=True, slots=True)
class Redline:
    """A comparison as it is shown, as it is sent, and as it is kept."""

    page: bytes
    """Its HTML, in UTF-8."""
    word: bytes
    """The Word file with tracked changes, the very one that the archive offers in the same mode."""
    packed: Packed

    @property
    def html(self) -> Markup:
        """The comparison to put in a page."""
        return Markup(self.page.decode())  # noqa: S704 - escaped by the renderer

    @property
    def hash(self) -> str:
        """SHA-256 of the comparison, as the archive computes it."""
        return self.packed.hash

    @property
    def weight(self) -> int:
        """How many bytes it takes to hold it."""
        return len(self.page) + len(self.word) + len(self.packed.body)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed for a person since the version they accepted."""

    since: PublishedVersion
    steps: tuple[PublishedVersion, ...]
    """The versions that came since, oldest first."""
    redline: Redline


@dataclass(frozen=True, slots=True)
class _Version:
    """One side of what is asked; its hashes stand for its text and its metadata."""

    address: Address
    side: Side
    metadata_hash: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a redline depends on."""

    old: _Version
    new: _Version
    earlier: tuple[Side, ...]
    mode: Mode
    links: LinkPolicy


_REDLINES: Kept[_Asked, Redline] = Kept(_HELD_BYTES, lambda held: held.weight)

Around = Callable[[], AbstractContextManager[None]]
"""What a comparison is made within, once both texts are read; it may refuse, by raising."""


def since(
    session: Session, service: Service, old: PublishedVersion, new: PublishedVersion, mode: Mode
) -> Changes:
    """Return what `new`, and every version that came between, changed to `old`."""
    steps = tuple(services.steps(session, old, new))
    return Changes(old, steps, between(session, service, old, new, mode))


def between(
    session: Session,
    service: Service,
    old: PublishedVersion,
    new: PublishedVersion,
    mode: Mode,
    *,
    around: Around = nullcontext,
) -> Redline:
    """Return what `new` changes to `old`, two versions of a text of `service`, in any order.

    What was compared lately is not compared again; otherwise the work is done within `around`.
    """
    earlier = services.sides_before(session, new, old)
    asked = _Asked(_version(old), _version(new), earlier, mode, links.policy(service, new))
    return _REDLINES.get(asked, lambda: _make(asked, service, old, new, around))


def _version(version: PublishedVersion) -> _Version:
    return _Version(services.address(version), services.side(version), version.metadata_hash)


def _make(
    asked: _Asked, service: Service, old: PublishedVersion, new: PublishedVersion, around: Around
) -> Redline:
    """Compare; whatever the database is asked is asked before `around`."""
    before, after = frozen_version(old), frozen_version(new)
    title = _TITLE.format(words.name(before), words.name(after))
    notices = words.banners(service, after, asked.mode)
    at = _known_at(new)
    with around():
        found = compare_bytes(
            before.text, after.text, old_side=asked.old.side, new_side=asked.new.side, earlier=asked.earlier
        )
        return Redline(
            redline_html(found, asked.links).encode(),
            redline_docx(found, title=title, author=AUTHOR, at=at, links=asked.links, notices=notices),
            pack(hashed_bytes(found)),
        )


def _known_at(version: PublishedVersion) -> datetime:
    """Return the first instant `version` was known, as its metadata say: the date that its changes bear."""
    held = services.metadata(version)
    if held.published_at is not None:
        return held.published_at
    return start_of_day(held.archived_on) if held.archived_on is not None else version.registered_at
