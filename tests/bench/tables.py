"""One table a subject: what was measured, its figure, its bar, and whether it is met."""

from __future__ import annotations


def head(subject: str) -> str:
    """Return the first line of the table of `subject`."""
    return f"\n{subject.upper():<74} {'measured':>18} {'bar':>10}"


def barred(what: str, figure: str, bar: str, *, met: bool) -> str:
    """Return the line of a figure that has a bar."""
    return f"{what:<74} {figure:>18} {bar:>10}  {'met' if met else 'NOT MET'}"


def noted(what: str, figure: str) -> str:
    """Return the line of a figure that has none."""
    return f"{what:<74} {figure:>18}"
