"""What changed between two published versions, as a redline to read and as the bytes that are kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus.comparison import Side, compare_bytes, hashed_bytes
from cgu_archive.redline import redline_html
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
    asked = _Asked(
        services.side(old), services.side(new), services.sides_before(session, new, old), unlinked_hosts
    )

    def make() -> Redline:
        texts = old.text, new.text
        before()
        return _redline(asked, *texts)

    return _REDLINES.get(asked, make)


def _redline(asked: _Asked, old: bytes, new: bytes) -> Redline:
    comparison = compare_bytes(old, new, old_side=asked.old, new_side=asked.new, earlier=asked.earlier)
    html = redline_html(comparison, LinkPolicy(asked.unlinked_hosts))
    return Redline(Markup(html), pack(hashed_bytes(comparison)))  # noqa: S704 - escaped by the renderer
