"""The characters that the bundled fonts draw: a version that holds another one cannot be set as PDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unicodedata import category, name, normalize

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = Path(__file__).parents[1] / "fonts"
"""The bundled faces, their licences, and ``fonts.css`` that names them for pages by relative address."""


@cache
def drawable() -> frozenset[str]:
    """Return the characters that the bundled fonts draw."""
    codes: set[int] = set()
    for file in sorted(FONTS.glob("*-400-normal.woff2")):
        with TTFont(file) as font:
            codes.update(font.getBestCmap())
    return frozenset(map(chr, codes))


def undrawable(words: str) -> tuple[str, ...]:
    """Return the characters of `words` that can be set in no form, each once."""
    return tuple(sorted(chr(code) for code, form in forms(words).items() if form is None))


def forms(words: str) -> dict[int, str | None]:
    """Return what is set for each character of `words` that has no glyph: None where nothing is."""
    return {ord(character): _form(character) for character in set(words) - drawable()}


def named(character: str) -> str:
    """Return a character as it is told to people: itself, its number and its name in Unicode."""
    return f"« {character} » (U+{ord(character):04X}, {name(character, 'sans nom')})"


def _form(character: str) -> str | None:
    """Return what is set for a character without a glyph: itself when it is invisible."""
    if category(character) in ("Zs", "Zl", "Zp", "Cf", "Cc"):
        return character
    form = normalize("NFKC", character).replace("\u2010", "-")
    return form if set(form) <= drawable() else None
