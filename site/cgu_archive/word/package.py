"""The parts of a Word document, and the file that holds them: the same bytes for the same parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cgu_archive.word.runs import literal, run

_TEMPLATES = Path(__file__).parent.parent / "templates" / "docx"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: the first that a zip file can say."""
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = ("styles", "numbering", "settings", "header", "footer")


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself, apart from its words; every field is XML already."""

    title: str
    """Its title, which stands at the head of its pages."""
    author: str
    date: str
    """When it was made and last changed, as `date_of` writes it; empty when that is not known."""
    description: str = ""
    identifier: str = ""
    foot: tuple[str, ...] = ()
    """The lines at the foot of its pages, before their number."""


def pack(
    body: str,
    about: About,
    *,
    links: Mapping[str, str],
    numbering: str = "",
    comments: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """Return the `.docx` file whose body holds the blocks `body`; every argument is XML already.

    `links` are the targets of those of the body, by `r:id`; `numbering` is the part that counts its lists,
    when it has others than bullets; `comments` and foot`notes` are parts of their own when there are any.
    """
    more = {
        **({} if comments is None else {"comments": f"<w:comments {_W}>{''.join(comments)}</w:comments>"}),
        **({"footnotes": f"<w:footnotes {_W} {_R}>{''.join(notes)}</w:footnotes>"} if notes else {}),
    }
    names = (*_PARTS, *more)
    page = _text("Page ") + _field("PAGE") + _text(" sur ") + _field("NUMPAGES")
    foot = "".join(paragraph("Footer", line) for line in (*map(_text, about.foot), page))
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/>'
        '<w:footerReference w:type="default" r:id="rId5"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1701" w:right="1418" w:bottom="1701" w:left="1418"'
        ' w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>'
    )
    parts = {
        "[Content_Types].xml": _content_types(names),
        "_rels/.rels": _relationships(
            (f"{_OFFICE}/officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            (f"{_OFFICE}/extended-properties", "docProps/app.xml"),
        ),
        "docProps/core.xml": _core(about),
        "docProps/app.xml": (
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
        ),
        "word/document.xml": f"<w:document {_W} {_R}><w:body>{body}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relationships(
            *((f"{_OFFICE}/{name}", f"{name}.xml") for name in names), links=links
        ),
        "word/header.xml": f"<w:hdr {_W}>{paragraph('Header', _text(about.title))}</w:hdr>",
        "word/footer.xml": f"<w:ftr {_W}>{foot}</w:ftr>",
        **{f"word/{name}.xml": xml for name, xml in more.items()},
        **{f"word/{name}.xml": given(name) for name in ("styles", "numbering", "settings")},
    }
    if numbering:
        parts["word/numbering.xml"] = numbering
    if notes:
        parts["word/_rels/footnotes.xml.rels"] = _relationships(links=links)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, xml in parts.items():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, f"{_HEAD}{xml}".encode())
    return packed.getvalue()


@cache
def given(name: str) -> str:
    """Return a part that is the same in every document."""
    return (_TEMPLATES / f"{name}.xml").read_text("utf-8")


def _content_types(names: Sequence[str]) -> str:
    overrides = {
        "/word/document.xml": f"{_WORD}.document.main+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
        **{f"/word/{part}.xml": f"{_WORD}.{part}+xml" for part in names},
    }
    said = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{said}</Types>'
    )


def _relationships(*targets: tuple[str, str], links: Mapping[str, str] | None = None) -> str:
    """Return relationships: those numbered from `rId1` are to parts of the file, `links` to elsewhere."""
    said = "".join(
        f'<Relationship Id="rId{rank}" Type="{kind}" Target="{target}"/>'
        for rank, (kind, target) in enumerate(targets, start=1)
    )
    said += "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/hyperlink" Target="{target}" TargetMode="External"/>'
        for name, target in (links or {}).items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{said}</Relationships>'


def _core(about: About) -> str:
    said = {"title": about.title, "creator": about.author, "description": about.description}
    said |= {"identifier": about.identifier, "language": "fr-FR"}
    written = "".join(f"<dc:{name}>{value}</dc:{name}>" for name, value in said.items() if value)
    if about.date:
        written += "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{about.date}</dcterms:{name}>'
            for name in ("created", "modified")
        )
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{written}</cp:coreProperties>'
    )


def paragraph(style: str, content: str) -> str:
    """Return a paragraph of one `style`."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{content}</w:p>'


def _text(words: str) -> str:
    return run(literal(words))


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
