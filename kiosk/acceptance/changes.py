"""What changed since the version a person accepted, as a redline to read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from cgu_archive.corpus.comparison import Side, compare_bytes, comparison_hash
from cgu_archive.redline import redline_html
from cgu_archive.rendering import LinkPolicy
from kiosk.texts import services
from kiosk.texts.models import PublishedVersion

_KEPT = 32


@dataclass(frozen=True, slots=True)
class Changes:
    """The comparison as shown, and the version it starts from."""

    since: PublishedVersion
    html: Markup
    hash: str
    """SHA-256 of the comparison, as the archive computes it."""


def between(old: PublishedVersion, new: PublishedVersion, unlinked_hosts: tuple[str, ...] = ()) -> Changes:
    """Return what `new` changes to `old`, without links to `unlinked_hosts`."""
    return Changes(old, *_redline(old.text, new.text, _side(old), _side(new), unlinked_hosts))


def _side(version: PublishedVersion) -> Side:
    return Side.of(version.text_hash, services.metadata(version))


@lru_cache(maxsize=_KEPT)
def _redline(
    old: bytes, new: bytes, old_side: Side, new_side: Side, unlinked_hosts: tuple[str, ...]
) -> tuple[Markup, str]:
    comparison = compare_bytes(old, new, old_side=old_side, new_side=new_side)
    html = redline_html(comparison, LinkPolicy(unlinked_hosts))
    return Markup(html), comparison_hash(comparison)  # noqa: S704 - escaped by the renderer
