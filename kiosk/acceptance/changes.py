"""What changed between two published versions, as a redline to read and as the bytes that are kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus.comparison import Comparison, Side, compare_bytes, hashed_bytes
from cgu_archive.redline import redline_html
from cgu_archive.redline.docx import AUTHOR, redline_docx
from cgu_archive.rendering import LinkPolicy
from kiosk.ledger.comparisons import Packed, pack
from kiosk.texts import services
from kiosk.texts.kept import Kept
from kiosk.texts.models import PublishedVersion

_KEPT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Redline:
    """A comparison as it is shown, and as it is kept."""

    html: Markup
    packed: Packed

    @property
    def hash(self) -> str:
        """SHA-256 of the comparison, as the archive computes it."""
        return self.packed.hash


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed for a person since the version they accepted."""

    since: PublishedVersion
    steps: tuple[PublishedVersion, ...]
    """The versions that came since, oldest first."""
    redline: Redline


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a redline depends on; the hashes stand for the texts."""

    old: Side
    new: Side
    earlier: tuple[Side, ...]
    unlinked_hosts: tuple[str, ...]


_REDLINES: Kept[_Asked, Redline] = Kept(_KEPT_BYTES, lambda kept: len(kept.html) + len(kept.packed.body))
_FILES: Kept[tuple[_Asked, str], bytes] = Kept(_KEPT_BYTES // 4, len)


def since(
    session: Session, old: PublishedVersion, new: PublishedVersion, unlinked_hosts: tuple[str, ...] = ()
) -> Changes:
    """Return what `new`, and every version that came between, changed to `old`."""
    steps = tuple(services.steps(session, old, new))
    return Changes(old, steps, between(session, old, new, unlinked_hosts))


def between(
    session: Session,
    old: PublishedVersion,
    new: PublishedVersion,
    unlinked_hosts: tuple[str, ...] = (),
    *,
    before: Callable[[], None] = lambda: None,
) -> Redline:
    """Return what `new` changes to `old`, in any order, without links to `unlinked_hosts`.

    What was compared lately is not compared again; otherwise `before` is called first, once both texts are
    read, and may raise.
    """
    asked = _asked(session, old, new, unlinked_hosts)

    def make() -> Redline:
        comparison = _compare(asked, old, new, before)
        html = redline_html(comparison, LinkPolicy(unlinked_hosts))
        return Redline(Markup(html), pack(hashed_bytes(comparison)))  # noqa: S704 - escaped by the renderer

    return _REDLINES.get(asked, make)


def as_word(
    session: Session,
    old: PublishedVersion,
    new: PublishedVersion,
    title: str,
    *,
    before: Callable[[], None] = lambda: None,
) -> bytes:
    """Return what `new` changes to `old` as a Word file with tracked changes; `before` is that of `between`.

    The changes bear the instant at which this kiosk knew the newer text.
    """
    asked = _asked(session, old, new, ())

    def make() -> bytes:
        comparison = _compare(asked, old, new, before)
        known_at = max(version.published_at or version.registered_at for version in (old, new))
        return redline_docx(comparison, title=title, author=AUTHOR, at=known_at)

    return _FILES.get((asked, title), make)


def _asked(
    session: Session, old: PublishedVersion, new: PublishedVersion, unlinked_hosts: tuple[str, ...]
) -> _Asked:
    before = services.sides_before(session, new, old)
    return _Asked(services.side(old), services.side(new), before, unlinked_hosts)


def _compare(
    asked: _Asked, old: PublishedVersion, new: PublishedVersion, before: Callable[[], None]
) -> Comparison:
    texts = old.text, new.text
    before()
    return compare_bytes(*texts, old_side=asked.old, new_side=asked.new, earlier=asked.earlier)
