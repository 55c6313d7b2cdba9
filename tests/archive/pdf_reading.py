"""Make the PDF of a version, and read it as a screen reader does: along its structure, artifacts left out."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

from pypdf import PdfReader
from pypdf.generic import ContentStream

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus
from cgu_archive.pdf import version_pdf

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
REAL = (
    "monjob62/cgu/sans-date-1",
    "ocapiat/cgu/ca-2025-04-08",
    "portail/cgu/2024-01",
    "soffi/cgu/sans-date-1",
    "tableau-de-bord/cgu/v0.3",
)
FICTION = "demonstration/cgu/v4"
ALL = (*REAL, FICTION)
PERMALINK = "https://archive.exemple.invalid/{}/"
SHORT = b"# Titre\n\nUn texte court.\n"

_INLINE = {"Span", "NonStruct", "Link"}
_BULLET = "Lbl"
_PAIR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


@dataclass(frozen=True)
class Run:
    """A piece of a line: its letters, and how far down the page it stands."""

    text: str
    y: float


@dataclass
class Element:
    """One structure element: its role, the 0-based page it is on, and what it holds."""

    role: str
    page: int | None
    kids: list[Element | Run] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """Yield this element and those under it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.walk()


class Reading:
    """The parts of one PDF that tests look at."""

    def __init__(self, raw: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(raw))
        self.catalog: Any = self.reader.trailer["/Root"]
        self._numbers = {page.indirect_reference.idnum: at for at, page in enumerate(self.reader.pages)}
        self._marked: dict[int, dict[int, Run]] = {}

    @cached_property
    def document(self) -> Element:
        """The root of the structure."""
        return self._element(self.catalog["/StructTreeRoot"]["/K"][0].get_object())

    def lines(self, elements: Sequence[Element | Run] | None = None) -> list[str]:
        """Return the words in reading order, one line per block, without the marks of bulleted lists."""
        lines = [""]
        last: float | None = None

        def read(kids: Sequence[Element | Run]) -> None:
            nonlocal last
            for kid in kids:
                if isinstance(kid, Run):
                    lines[-1] += kid.text if last in (None, kid.y) else f" {kid.text}"
                    last = kid.y
                elif kid.role in _INLINE:
                    read(kid.kids)
                elif kid.role != _BULLET:
                    lines.append("")
                    last = None
                    read(kid.kids)
                    lines.append("")
                    last = None

        read(self.document.kids if elements is None else elements)
        return [line for line in lines if line.strip()]

    def first_page(self) -> list[str]:
        """Return the lines of the first page, which is in our words."""
        return self.lines([kid for kid in self.document.kids if isinstance(kid, Element) and kid.page == 0])

    def provisions(self) -> list[str]:
        """Return the lines of the publisher's text: after our first page, before our closing words."""
        text = [kid for kid in self.document.kids if isinstance(kid, Element) and kid.page]
        lines = self.lines(text)
        return lines[: lines.index("Fin du texte")]

    def headings(self) -> list[int]:
        """Return the levels of the headings, in reading order."""
        return [int(e.role[1]) for e in self.document.walk() if re.fullmatch(r"H[1-6]", e.role)]

    @cached_property
    def pages(self) -> list[str]:
        """Return everything drawn on each page, head and foot included."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    def links(self) -> list[str]:
        """Return the address of every link that leaves the file."""
        annotations = [a.get_object() for page in self.reader.pages for a in page.get("/Annots", ())]
        return [str(annotation["/A"]["/URI"]) for annotation in annotations if "/A" in annotation]

    @cached_property
    def fonts(self) -> dict[str, dict[int, str]]:
        """The glyphs of each font, by the name of the font, as the letters they are said to be."""
        used = {key: font for page in self.reader.pages for key, font in page["/Resources"]["/Font"].items()}
        return {_name(font): _letters(font.get_object()) for font in used.values()}

    def _element(self, source: Any) -> Element:
        page = source.get("/Pg")
        number = None if page is None else self._numbers[page.indirect_reference.idnum]
        element = Element(str(source["/S"])[1:], number)
        for kid in source.get("/K", ()):
            value = kid.get_object()
            if isinstance(value, int):
                assert number is not None
                if number not in self._marked:
                    self._marked[number] = self._runs(self.reader.pages[number])
                element.kids.append(self._marked[number][value])
            elif value.get("/Type") != "/OBJR":
                element.kids.append(self._element(value))
        return element

    def _runs(self, page: Any) -> dict[int, Run]:
        """Return the marked content of a page by its number."""
        letters = {key: self.fonts[_name(font)] for key, font in page["/Resources"]["/Font"].items()}
        runs: dict[int, Run] = {}
        mark, text, y, font = None, "", 0.0, ""
        for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
            match operator:
                case b"BDC":
                    mark, text = operands[1].get("/MCID"), ""
                case b"EMC" if mark is not None:
                    runs[mark] = Run(text, round(y))
                    mark = None
                case b"Tm":
                    y = float(operands[5])
                case b"Tf":
                    font = operands[0]
                case b"TJ":
                    strings = [part for part in operands[0] if not isinstance(part, int | float)]
                    codes = b"".join(getattr(part, "original_bytes", part) for part in strings)
                    numbers = (int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2))
                    text += "".join(letters[font][number] for number in numbers)
        return runs


def _name(font: Any) -> str:
    """Return the name of a font without the prefix of subsets."""
    return str(font.get_object()["/BaseFont"]).split("+")[1]


def _letters(font: Any) -> dict[int, str]:
    """Return the letters of a font's glyphs, as its ToUnicode table says."""
    table = font["/ToUnicode"].get_object().get_data().decode("ascii")
    blocks = re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL)
    pairs = (pair for block in blocks for pair in _PAIR.findall(block))
    return {int(code, 16): bytes.fromhex(said).decode("utf-16-be") for code, said in pairs}


def make(
    corpus: Corpus,
    address: str,
    mode: str = "documentary",
    at: datetime = AT,
    text: bytes | None = None,
    **changes: object,
) -> bytes:
    """Return the PDF of a version as if published, with another text or other metadata if given."""
    version = corpus.version(address)
    service = corpus.service(version.address.service)
    terms = service.document(version.address.terms)
    made = replace(version, published=True, metadata=replace(version.metadata, **changes))
    if text is not None:
        made = replace(made, text=text, text_hash=text_hash(text))
    others = (
        replace(v, published=v.metadata.published_at is not None)
        for v in terms.versions
        if v.address != version.address
    )
    versions = sorted((*others, made), key=lambda v: terms.versions.index(corpus.version(v.address)))
    return version_pdf(
        service,
        replace(terms, versions=tuple(versions)),
        made,
        mode=mode,
        at=at,
        permalink=PERMALINK.format(address),
    )


@cache
def documentary(address: str) -> Reading:
    """Return the PDF of a version of this repository, as a documentary copy; made once."""
    return Reading(make(load(Path(__file__).parents[2] / "cgu_texts"), address))


def words(text: str) -> str:
    """Return the words of `text`, white space made equal; a line may end after a hyphen or a slash."""
    squeezed = " ".join(normalize("NFKC", text).split())
    return re.sub(r"(?<=[-/–.?=&]) ", "", squeezed)
