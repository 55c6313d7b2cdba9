"""Read the pages of the archive as a browser does, to say what is on them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib


def parse(html: str) -> Element:
    """Return the tree of a whole page, or of a body."""
    tree: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return tree


@cache
def read(file: Path) -> Element:
    """Return the tree of the page in `file`; nobody changes it."""
    return parse(file.read_text("utf-8"))


def classes(element: Element) -> set[str]:
    return set((element.get("class") or "").split())


def having(tree: Element, name: str) -> Iterator[Element]:
    """Yield the elements of class `name`."""
    return (element for element in tree.iter() if name in classes(element))


def the(tree: Element, name: str) -> Element:
    """Return the only element of class `name`."""
    (found,) = having(tree, name)
    return found


def words(element: Element, *, without: str = "hors-texte") -> str:
    """Return what is read of an element, white space squeezed; what we add to a text is left out."""
    return " ".join("".join(_pieces(element, without)).split())


def _pieces(element: Element, without: str) -> Iterator[str]:
    if without in classes(element) or element.tag in ("script", "style"):
        return
    yield element.text or ""
    for child in element:
        edge = " " if child.tag in _BLOCKS else ""
        yield edge
        yield from _pieces(child, without)
        yield edge
        yield child.tail or ""


_BLOCKS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "section", "div", "td", "th", "tr", "pre",
    "br", "dt", "dd", "dl", "table", "blockquote", "figure", "figcaption", "aside", "details", "summary",
}  # fmt: skip
