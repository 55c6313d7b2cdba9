"""What a reader sees of a page: the words of the text, without what the archive adds around them."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"br", "hr"}
_INLINE = {"a", "code", "em", "span", "strong"}
ADDED = "hors-texte"
"""Class of the elements that are not words of the text."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.headings: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.words.append("\n")
            return
        classes = (dict(attrs).get("class") or "").split()
        self._open.append((tag, ADDED in classes))
        if tag not in _INLINE:
            self.words.append("\n")
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        if tag not in _INLINE:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if any(added for _, added in self._open):
            return
        self.words.append(data)
        if any(tag[0] == "h" and tag[1:].isdigit() for tag, _ in self._open):
            self.headings[-1] += data

    def close(self) -> None:
        super().close()
        assert not self._open, f"never closed: {self._open}"


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def words(html: str) -> str:
    """Return the words of the text that `html` shows; asserts that every element is closed."""
    return "".join(_read(html).words)


def headings(html: str) -> list[str]:
    """Return the words of each heading, in order."""
    return [" ".join(heading.split()) for heading in _read(html).headings]
