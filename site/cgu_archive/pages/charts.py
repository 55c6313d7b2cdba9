"""The life of a document as pictures: one row per version, time from left to right; bars for its words.

A picture is an SVG without style or script of its own; the theme gives its colours. What it shows is said
in words beside it, so it is never the only source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Terms, Version
from cgu_archive.rendering import words

_WIDTH = 360
_LEFT, _RIGHT = 8, 352
_ROW = 46
_TOP = 8
_AXIS = 26
MOST_ROWS = 24
"""Versions drawn at most: the newest. The table beside the picture holds them all."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Turns days into horizontal positions."""

    first: date
    last: date

    def __call__(self, value: date) -> float:
        share = (value - self.first).days / max((self.last - self.first).days, 1)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)


def life(terms: Terms, title: str) -> str:
    """Return the picture of the newest versions of `terms`, oldest on top; empty when none is dated."""
    versions = terms.published[-MOST_ROWS:]
    scale = _scale(versions)
    if scale is None:
        return ""
    height = _TOP + _ROW * len(versions) + _AXIS
    rows = [_row(versions, index, scale) for index in range(len(versions))]
    said = " ".join(f"{words.brief(version)} : {_said(version)}." for version in versions)
    return (
        f'<svg class="frise" viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg"'
        f' aria-label="{escape(words.french(f"{title}. {said}"))}">'
        f"{_axis(scale, height)}{''.join(rows)}</svg>"
    )


def _scale(versions: tuple[Version, ...]) -> _Scale | None:
    days = [day for version in versions for day in _days(version)]
    if not days:
        return None
    first, last = min(days), max(days)
    margin = max((last - first) // 10, timedelta(days=150))
    undated = any(_effective(version) is None for version in versions)
    return _Scale(first - (margin if undated else timedelta(days=20)), last + margin)


def _days(version: Version) -> list[date]:
    metadata = version.metadata
    declared = metadata.declared_on
    known = (declared.earliest if declared else None, metadata.archived_on, _effective(version))
    return [day for day in known if day is not None]


def _effective(version: Version) -> date | None:
    at: datetime | None = version.metadata.effective_at
    return day_in_paris(at) if at else None


def _said(version: Version) -> str:
    """Return in words what the row of `version` shows."""
    metadata = version.metadata
    parts = ["annulée avant effet"] if version.cancellation else []
    if metadata.declared_on is not None:
        parts.append(f"date portée par le texte, {words.partial(metadata.declared_on)}")
    if version.cancellation is not None:
        pass
    elif metadata.effective_at is not None:
        parts.append(f"prise d’effet le {words.instant(metadata.effective_at)}")
    else:
        parts.append("date de prise d’effet inconnue")
    if metadata.archived_on is not None:
        parts.append(f"entrée dans l’archive le {words.day(metadata.archived_on)}")
    return ", ".join(parts)


def _row(versions: tuple[Version, ...], index: int, scale: _Scale) -> str:
    version = versions[index]
    y = _TOP + _ROW * index
    line = y + 32
    label = escape(words.brief(version))
    parts = [f'<text class="frise-nom" x="{_LEFT}" y="{y + 17}">{label}</text>']
    begins = _effective(version)
    if version.cancellation is not None:
        parts.append(f'<text class="frise-inconnu" x="{_LEFT}" y="{line + 4}">annulée avant effet</text>')
    elif begins is None:
        parts.append(_unknown_span(version, scale, line))
    else:
        parts.append(_span(versions, index, begins, scale, line))
    parts.append(_marks(version, scale, line))
    return "".join(parts)


def _span(versions: tuple[Version, ...], index: int, begins: date, scale: _Scale, y: int) -> str:
    """Draw the time from effect to the next version's effect; the last one stays open."""
    after = (version for version in versions[index + 1 :] if version.cancellation is None)
    later = [day for version in after if (day := _effective(version)) and day >= begins]
    left = scale(begins)
    if later:
        width = round(max(scale(min(later)) - left, 3), 1)
        return f'<rect class="frise-barre" x="{left}" y="{y - 5}" width="{width}" height="10" rx="2"/>'
    right = _RIGHT - 9
    points = f"{left},{y - 5} {right},{y - 5} {_RIGHT},{y} {right},{y + 5} {left},{y + 5}"
    return f'<polygon class="frise-barre frise-actuelle" points="{points}"/>'


def _unknown_span(version: Version, scale: _Scale, y: int) -> str:
    """Draw a dashed line where the text may have applied: nobody here knows since when."""
    declared = version.metadata.declared_on
    left = scale(declared.earliest) if declared else _LEFT + 12
    mark = "" if declared else f'<text class="frise-inconnu" x="{_LEFT}" y="{y + 4}">?</text>'
    return f'<line class="frise-doute" x1="{left}" y1="{y}" x2="{_RIGHT}" y2="{y}"/>{mark}'


def _marks(version: Version, scale: _Scale, y: int) -> str:
    parts = []
    declared = version.metadata.declared_on
    if declared is not None:
        x = scale(declared.earliest)
        points = f"{x},{y - 7} {x + 7},{y} {x},{y + 7} {x - 7},{y}"
        parts.append(f'<polygon class="frise-declaree" points="{points}"/>')
    archived = version.metadata.archived_on
    if archived is not None:
        parts.append(f'<circle class="frise-versee" cx="{scale(archived)}" cy="{y}" r="4.5"/>')
    return "".join(parts)


def _axis(scale: _Scale, height: int) -> str:
    base = height - _AXIS + 4
    parts = [f'<line class="frise-axe" x1="{_LEFT}" y1="{base}" x2="{_RIGHT}" y2="{base}"/>']
    years = [year for year in range(scale.first.year, scale.last.year + 1) if date(year, 1, 1) >= scale.first]
    step = max(1, -(-len(years) // 6))
    for year in years[::step]:
        x = scale(date(year, 1, 1))
        if x > _RIGHT - 14:
            continue
        parts.append(f'<line class="frise-annee" x1="{x}" y1="{_TOP}" x2="{x}" y2="{base}"/>')
        parts.append(f'<text class="frise-an" x="{x}" y="{base + 16}">{year}</text>')
    return "".join(parts)


_BAR = 8


def bar(look: str, count: int, most: int) -> str:
    """Return `count` as a bar of class `look`, as wide as its place when it is `most`; none is no bar.

    The least number is still seen. Its figure stands beside it, in words of the page: they keep their size.
    """
    if not count:
        return ""
    width = max(round(100 * count / most, 1), 1)
    return (
        f'<svg class="{look}" viewBox="0 0 100 {_BAR}" preserveAspectRatio="none" aria-hidden="true"'
        f' xmlns="http://www.w3.org/2000/svg"><rect width="{width}" height="{_BAR}"/></svg>'
    )
