"""What changed since the version a person accepted, as a redline to read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cgu_archive.redline import redline_html
from markupsafe import Markup

from cgu_archive.corpus.comparison import compare_bytes, comparison_hash
from kiosk.texts.models import PublishedVersion

_KEPT = 32


@dataclass(frozen=True, slots=True)
class Changes:
    """The comparison as shown, and the version it starts from."""

    since: PublishedVersion
    html: Markup
    hash: str
    """SHA-256 of the comparison, as the archive computes it."""


def between(old: PublishedVersion, new: PublishedVersion) -> Changes:
    """Return what `new` changes to `old`."""
    return Changes(old, *_redline(old.text, new.text))


@lru_cache(maxsize=_KEPT)
def _redline(old: bytes, new: bytes) -> tuple[Markup, str]:
    comparison = compare_bytes(old, new)
    html = Markup(redline_html(comparison))  # noqa: S704 - escaped by the renderer
    return html, comparison_hash(comparison)
