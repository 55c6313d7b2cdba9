"""Characters that turn the line, drive a terminal, or that nobody sees: comparisons show them by their code.

They are never given as they are, since a browser, Word or a terminal would obey them: ``[U+202E]`` stands in
their place. Soft hyphens, zero-width spaces and joiners, and the variants of emoji are of ordinary use: they
are left alone in words that both texts have, and shown where they may be all that changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import category

_HARMFUL = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but tab and end of line
    r"\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_ORDINARY = r"\xad\u200b-\u200d\ufe0e\ufe0f"
HARMFUL = re.compile(f"[{_HARMFUL}]")
"""What is shown wherever it stands."""
UNSEEN = re.compile(f"[{_HARMFUL}{_ORDINARY}]")
"""What is shown in words that changed."""


def code(letter: str) -> str:
    """Return a character by its code: ``[U+202E]``."""
    return f"[U+{ord(letter):04X}]"


def coded(words: str, *, changed: bool = True) -> str:
    """Return `words` where what nobody sees is written by its code; less of it when nothing `changed`."""
    return (UNSEEN if changed else HARMFUL).sub(lambda found: code(found[0]), words)


def parted(words: str, *, changed: bool) -> Iterator[tuple[str, bool]]:
    """Yield `words` cut into what can be shown as it is (False) and codes of what nobody sees (True)."""
    start = 0
    for found in (UNSEEN if changed else HARMFUL).finditer(words):
        if found.start() > start:
            yield words[start : found.start()], False
        yield code(found[0]), True
        start = found.end()
    if start < len(words):
        yield words[start:], False


def for_terminal(words: str, *, keep: str = "\n") -> str:
    """Return `words` so that a terminal obeys none of them: what it could is written by its code.

    The characters of `keep` are left as they are; so are spaces of any width.
    """
    if words.isprintable():
        return words
    return "".join(letter if is_harmless(letter) or letter in keep else code(letter) for letter in words)


def is_harmless(letter: str) -> bool:
    """Whether a terminal shows a character without obeying it."""
    return letter.isprintable() or category(letter) == "Zs"
