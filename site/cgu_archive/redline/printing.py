"""A comparison as PDF: what `redline_html` shows, set for paper, with a bookmark per line of its list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from markupsafe import Markup

from cgu_archive import pdf
from cgu_archive.corpus.characters import undrawable
from cgu_archive.corpus.comparison import Comparison, comparison_hash
from cgu_archive.redline.anchors import Anchors
from cgu_archive.redline.departures import departures
from cgu_archive.redline.html import redline_html
from cgu_archive.redline.listing import entries
from cgu_archive.redline.unseen import code, coded
from cgu_archive.rendering import LinkPolicy

_TAG = re.compile(r"<[^<>]+>")
_ID = re.compile(r' id="([^"]+)"')
_TEXT = '<div class="texte compare">'
_OURS = re.compile(r'(?:<p class="repere[^>]*>(?:<strong>)?|<span class="hors-texte[^>]*>)[^<]*')
"""What is said in our words among those of the text."""
_BAR = '<p class="repere'


def redline_pdf(
    comparison: Comparison,
    *,
    names: tuple[str, str],
    at: datetime,
    links: LinkPolicy | None = None,
    banners: Sequence[str] = (),
    notices: Sequence[str] = (),
) -> bytes:
    """Return `comparison` as PDF, made at the instant `at`: the same bytes for the same arguments.

    `names` are those of the old text and of the new one; `banners` and `notices` stand at the foot of every
    page. `links` says which addresses of the texts may be links; without it none is. A character that
    nobody would see, or that no bundled font draws, is written by its code: ``[U+1F600]``.
    """
    html = pdf.fill(
        "pdf_comparison.html",
        names=names,
        sides=(comparison.old, comparison.new),
        identifier=comparison_hash(comparison),
        dated=at.astimezone(UTC),
        banners=banners,
        notices=notices,
        changes=Markup(_changes(comparison, links)),  # noqa: S704 - escaped there
    )
    return pdf.typeset(_drawable(html), identifier=comparison_hash(comparison), dated=at)


def _changes(comparison: Comparison, links: LinkPolicy | None) -> str:
    """Return what changed as HTML; the arrows of our words are drawn by a sign that the fonts have."""
    listed, opening, text = redline_html(comparison, links).partition(_TEXT)
    drawn = _OURS.sub(lambda found: _without_arrows(found[0]), text)
    return _bookmarked(comparison, f"{_without_arrows(listed)}{opening}{drawn}")


def _without_arrows(words: str) -> str:
    return words.replace("→", "›")


def _bookmarked(comparison: Comparison, html: str) -> str:
    """Return the `html` of a comparison where the place of each line of the list carries its sentence.

    Where several lines lead to one place, those after the first stand at the head of what is said of it.
    """
    labels = _labels(comparison)
    waiting: list[str] = []

    def marked(found: re.Match[str]) -> str:
        tag = found[0]
        place = _ID.search(tag)
        if place is not None and place[1] in labels:
            first, *others = labels.pop(place[1])
            waiting.extend(others)
            return f'{tag[:-1]} data-signet="{escape(_without_arrows(first))}">'
        if waiting and tag.startswith(_BAR):
            tag += "".join(
                f'<span data-signet="{escape(_without_arrows(label))}"></span>' for label in waiting
            )
            waiting.clear()
        return tag

    return _TAG.sub(marked, html)


def _labels(comparison: Comparison) -> dict[str, list[str]]:
    """Return the sentences of the list of changes by the identifier of the place each leads to."""
    listed = entries(comparison)
    anchors = Anchors(comparison, listed, departures(comparison), whole=True)
    labels: dict[str, list[str]] = {}
    for rank, entry in enumerate(listed):
        for member, told in enumerate(entry.members or (entry,)):
            labels.setdefault(anchors.line(rank, member, told.rows), []).append(told.sentence)
    return labels


def _drawable(html: str) -> str:
    """Return `html` where each character that nobody sees, or no font of ours draws, is its code."""
    seen = coded(html, changed=False)
    return seen.translate({ord(letter): code(letter) for letter in undrawable(seen)})
