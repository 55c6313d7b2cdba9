"""Words as runs of a Word document: what XML refuses is shown, marks are in the order that Word wants."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from html import escape

from cgu_archive.corpus.comparison import MarkKind

_FORBIDDEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML has no way to say, or reads as white space."""
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_STYLES = {MarkKind.CODE: "CodeText", MarkKind.IMAGE: "ImageText", MarkKind.LINK: "Hyperlink"}
"""The style of a run, the first that fits."""


def drawn(words: str) -> str:
    """Return `words` where a character that XML refuses is its picture, or `�`."""
    return _FORBIDDEN.sub(lambda found: chr(_PICTURES.get(ord(found[0]), 0xFFFD)), words)


def safe(words: str) -> str:
    """Return `words` as XML."""
    return escape(drawn(words))


def date_of(at: datetime) -> str:
    """Return an instant as a document writes it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def attire(kinds: Collection[MarkKind]) -> str:
    """Return the properties of a run that wears marks of these kinds."""
    style = next((style for kind, style in _STYLES.items() if kind in kinds), "")
    parts = [f'<w:rStyle w:val="{style}"/>' if style else ""]
    parts.append("<w:b/>" if MarkKind.STRONG in kinds else "")
    parts.append("<w:i/>" if MarkKind.EMPHASIS in kinds else "")
    return "".join(parts)


def run(content: str, properties: str = "") -> str:
    """Return a run of `content`, which is XML, with its `properties`."""
    head = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{head}{content}</w:r>"


def literal(words: str, tag: str = "t") -> str:
    """Return `words`, XML already, as the text of a run."""
    return f'<w:{tag} xml:space="preserve">{words}</w:{tag}>' if words else ""
