"""Files as people send them, made part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import docx
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from cgu_archive.corpus import markdown

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>'
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="H{level}"><w:name w:val="heading {level}"/>'
        '<w:basedOn w:val="N"/><w:rPr><w:b/></w:rPr></w:style>'
        for level in range(1, 7)
    )
    + '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    + '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file of `parts`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def word_parts(body: str, *, links: Mapping[str, str] | None = None, **parts: str) -> dict[str, str | bytes]:
    """Return the parts of a Word file; `parts` are the insides of `styles`, `numbering`, `comments`…"""
    names = {"styles": "styles", "numbering": "numbering", "comments": "comments", "footnotes": "footnotes"}
    given = {"styles": STYLES} | parts
    relations = "".join(
        f'<Relationship Id="r{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>' for name in given
    )
    relations += "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/hyperlink" Target="{to}" TargetMode="External"/>'
        for name, to in (links or {}).items()
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/word/document.xml"'
        f' ContentType="{_MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        "</Relationships>",
        "word/document.xml": f"<w:document {W} {_R} {_MC}><w:body>{body}</w:body></w:document>",
        **{
            f"word/{name}.xml": f"<w:{names[name]} {W}>{inner}</w:{names[name]}>"
            for name, inner in given.items()
        },
    }


def word(body: str, *, links: Mapping[str, str] | None = None, **parts: str) -> bytes:
    """Return a Word file whose body holds the XML `body`."""
    return zipped(word_parts(body, links=links, **parts))


def p(
    words: str = "", *, style: str = "", number: tuple[int, int] | None = None, properties: str = ""
) -> str:
    """Return a paragraph; `words` that are not XML already become a run."""
    inner = words if words.startswith("<") or not words else run(words)
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    if number is not None:
        own += f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
    return f"<w:p><w:pPr>{own}{properties}</w:pPr>{inner}</w:p>"


def run(words: str, look: str = "") -> str:
    """Return a run of words, `look` in its properties."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def level(rank: int, form: str, text: str, extra: str = "", start: int = 1) -> str:
    """Return one level of a numbering."""
    return (
        f'<w:lvl w:ilvl="{rank}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{extra}'
        f'<w:lvlText w:val="{text}"/><w:pPr><w:ind w:left="{360 * (rank + 1)}"/></w:pPr></w:lvl>'
    )


def numbering(*abstracts: str, numbers: Mapping[int, str] | None = None) -> str:
    """Return the inside of a numbering: abstract ones from 0, and those that use them."""
    said = "".join(
        f'<w:abstractNum w:abstractNumId="{rank}">{levels}</w:abstractNum>'
        for rank, levels in enumerate(abstracts)
    )
    used = numbers or {rank + 1: f'<w:abstractNumId w:val="{rank}"/>' for rank in range(len(abstracts))}
    return said + "".join(f'<w:num w:numId="{name}">{inner}</w:num>' for name, inner in used.items())


def odt_parts(body: str, *, automatic: str = "", styles: str = "") -> dict[str, str | bytes]:
    """Return the parts of an OpenDocument text."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{of}:1.0"'
        for name, of in {
            "office": "office", "style": "style", "text": "text", "table": "table", "draw": "drawing",
            "fo": "xsl-fo-compatible",
        }.items()
    )  # fmt: skip
    spaces += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{automatic}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>",
        "styles.xml": f"<office:document-styles {spaces}><office:styles>{styles}</office:styles>"
        "</office:document-styles>",
    }


def odt(body: str, **others: str) -> bytes:
    """Return an OpenDocument text whose body holds the XML `body`."""
    return zipped(odt_parts(body, **others))


def automatic(raw: bytes) -> bytes:
    """Return the text `raw` as a Word file that people would make: every number of it drawn by Word."""
    document = docx.Document()
    root = document.part.numbering_part._element
    for old in list(root):
        root.remove(old)
    for rank, (form, text, left) in enumerate(
        (("decimal", "%1.", 360), ("bullet", "•", 1080), ("bullet", "•", 360))
    ):
        root.append(
            parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{rank}"><w:lvl w:ilvl="0">'
                f'<w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
                f'<w:pPr><w:ind w:left="{left}"/></w:pPr>'
                "</w:lvl></w:abstractNum>"
            )
        )
    for rank in range(3):
        root.append(
            parse_xml(f'<w:num {nsdecls("w")} w:numId="{rank + 1}"><w:abstractNumId w:val="{rank}"/></w:num>')
        )
    _blocks(document, markdown.parse(raw.decode()), 0)
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def _blocks(document: Any, blocks: tuple[markdown.Block, ...], depth: int) -> None:
    for block in blocks:
        match block:
            case markdown.Heading(rank, inlines):
                paragraph = document.add_heading(level=rank)
                words = markdown.plain(inlines)
                if words.startswith(("34. ", "35. ")):  # SOFFi counts two titles with its paragraphs
                    _number(paragraph, 1)
                    inlines = (markdown.Text(words[4:]),)
                _inlines(document, paragraph, inlines, bold=False)
            case markdown.Paragraph(inlines):
                _inlines(document, document.add_paragraph(), inlines, bold=False)
            case markdown.List(ordered, items):
                for item in items:
                    paragraph = document.add_paragraph()
                    _number(paragraph, 1 if ordered else 2 if depth else 3)
                    first = item.blocks[0]
                    assert isinstance(first, markdown.Paragraph)
                    _inlines(document, paragraph, first.inlines, bold=False)
                    _blocks(document, item.blocks[1:], depth + 1)
            case markdown.Table(header, rows):
                table = document.add_table(rows=0, cols=len(header.cells))
                for row in (header, *rows):
                    for cell, inlines in zip(table.add_row().cells, row.cells, strict=True):
                        _inlines(document, cell.paragraphs[0], inlines, bold=False)
            case markdown.Rule():
                border = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="4"/></w:pBdr>'
                document.add_paragraph()._p.get_or_add_pPr().append(parse_xml(border))


def _number(paragraph: Any, number: int) -> None:
    properties = OxmlElement("w:numPr")
    for name, value in (("w:ilvl", 0), ("w:numId", number)):
        inner = OxmlElement(name)
        inner.set(qn("w:val"), str(value))
        properties.append(inner)
    paragraph._p.get_or_add_pPr().append(properties)


def _inlines(document: Any, paragraph: Any, inlines: tuple[markdown.Inline, ...], *, bold: bool) -> None:
    for inline in inlines:
        match inline:
            case markdown.Text(text):
                paragraph.add_run(text).bold = bold or None
            case markdown.Strong(children):
                _inlines(document, paragraph, children, bold=True)
            case markdown.Link(target, children):
                name = document.part.relate_to(target, f"{_OFFICE}/hyperlink", is_external=True)
                link = OxmlElement("w:hyperlink")
                link.set(qn("r:id"), name)
                paragraph._p.append(link)
                link.append(paragraph.add_run(markdown.plain(children))._r)
