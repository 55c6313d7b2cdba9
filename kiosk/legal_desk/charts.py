"""Draw how many people there were day after day, as SVG: one line a picture, no colour that speaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import leather
from leather import theme

WIDTH, HEIGHT = 640, 240
_INK, _GRID, _PAPER = "#1b1b35", "#c9c9d4", "#ffffff"
_FACE = "sans-serif"
_MOST_TICKS = 5

theme.background_color = _PAPER
theme.tick_color = _GRID
theme.zero_color = theme.label_color = theme.axis_title_color = _INK
theme.tick_font_family = theme.axis_title_font_family = _FACE
theme.default_series_colors = [_INK]


def line(days: Sequence[tuple[date, int]]) -> bytes:
    """Return a picture of `days`, in order, each with how many there were by its end; at least one.

    Plain elements and attributes: no script, no style, nothing from elsewhere.
    """
    chart = leather.Chart()
    first, last = days[0][0].toordinal(), days[-1][0].toordinal()
    points = [(day.toordinal(), count) for day, count in days]
    chart.add_x_scale(first, max(last, first + 1))
    chart.add_y_scale(0, max(10, *(count for _, count in days), 0))
    chart.add_x_axis(ticks=_ticks(first, last), tick_formatter=_day)
    if len(points) > 1:
        chart.add_line(points)
    else:
        chart.add_dots(points)
    svg: str = chart.to_svg(width=WIDTH, height=HEIGHT)
    return svg.encode()


def _ticks(first: int, last: int) -> list[int]:
    """Return at most five days (`date.toordinal`) from the first to the last, both among them."""
    step = max(1, -(-(last - first) // (_MOST_TICKS - 1)))
    return sorted({*range(first, last, step), last})


def _day(day: int, *_others: object) -> str:
    """Return what is written under a tick: leather tells the place and the number of ticks too."""
    return f"{date.fromordinal(int(day)):%d/%m}"
