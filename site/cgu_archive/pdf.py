"""Set a version as PDF: tagged, archivable (PDF/A-3a), accessible (PDF/UA-1), the same bytes every time.

A page of our own words comes first, then the publisher's text and nothing else. The text and its frozen
metadata are attached. Nothing is fetched and no clock is read: what the file says, its date included, comes
from the arguments. `typeset` sets any document whose template extends ``pdf_frame.html``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import pydyf
import weasyprint
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from cgu_archive.corpus import hashing, markdown, provisions, timeline
from cgu_archive.corpus.characters import FONTS, forms, named, undrawable
from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Metadata, Mode, Service, Terms, Version
from cgu_archive.rendering import link_policy, text_to_html, words

METADATA_FILE = "metadonnees.json"
_TEMPLATES = Path(__file__).parent / "templates"
_PROFILE = Path(weasyprint.__file__).parent / "pdf" / "sRGB2014.icc"
"""The colour profile that PDF/A asks for; WeasyPrint brings it."""
_COLOURS = "--srgb"
_TAG = re.compile(r"(<[^>]*>)")


class UndrawableTextError(CorpusError):
    """A text holds a character that no bundled font can draw."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file carried by a PDF; `relationship` is the word of PDF/A-3 for what it is to the document."""

    name: str
    content: bytes
    description: str
    relationship: str


def version_pdf(
    service: Service, terms: Terms, version: Version, *, mode: str, at: datetime, permalink: str
) -> bytes:
    """Return the PDF of `version`, which says what is true of it at the instant `at`.

    `mode` is a value of `Mode`; `permalink` is the lasting address of the version, a link if it is absolute.
    Raises `UndrawableTextError` when no bundled font has a character of the text.
    """
    links = link_policy(service)
    text = text_to_html(provisions.read(version.text), links, permalinks=False)
    _refuse_undrawable(version, text)
    attached = attached_files(version)
    html = fill(
        "pdf_version.html",
        service=service,
        terms=terms,
        version=version,
        mode=Mode(mode),
        at=at,
        dated=document_date(version.metadata, at),
        notices=words.notices(service, Mode(mode)),
        standing=timeline.standing(terms, version, at),
        correction=_correction(terms, version, at),
        permalink=permalink,
        links=links,
        text=Markup(_unbroken(text)),  # noqa: S704 - made from escaped words
        text_file=attached[0].name,
        metadata_file=attached[1].name,
    )
    return typeset(
        html, identifier=version.text_hash, dated=document_date(version.metadata, at), attached=attached
    )


def attached_files(version: Version) -> tuple[Attached, Attached]:
    """Return the text and the frozen metadata of `version`, byte for byte as they were hashed."""
    metadata = hashing.canonical(version.metadata.contractual())
    return (
        Attached(text_name(version.metadata.transcription), version.text, "Texte de la version", "Source"),
        Attached(METADATA_FILE, metadata, "Métadonnées figées avec le texte", "Data"),
    )


def document_date(metadata: Metadata, at: datetime) -> datetime:
    """Return the date of a PDF, in UTC: publication, else entry in the archive; `at` for a bare draft."""
    return words.document_date(metadata) or at.astimezone(UTC)


def fill(template: str, **values: object) -> str:
    """Return the HTML of `template`, which extends ``pdf_frame.html``.

    The frame wants `service`, `terms`, `version`, `mode`, `dated` and `notices`; the rest is the template's.
    """
    return _environment().get_template(template).render(values)


def typeset(html: str, *, identifier: str, dated: datetime, attached: Sequence[Attached] = ()) -> bytes:
    """Return `html` as PDF/A-3a and PDF/UA-1, in the bundled fonts, with the files `attached`.

    `identifier` (ASCII) is the permanent part of the file's identifier; `dated` dates the attached files.
    A character without a glyph is set in its compatible form (``ﬁ`` as ``fi``); raises `UndrawableTextError`
    when there is none.
    """
    if missing := undrawable(html):
        raise UndrawableTextError(f"Aucune police fournie ne dessine {named(missing[0])}.")
    files = [
        weasyprint.Attachment(
            string=file.content,
            name=file.name,
            description=file.description,
            relationship=file.relationship,
            created=dated,
            modified=dated,
        )
        for file in sorted(attached, key=lambda file: file.name)  # a name tree is sorted
    ]
    return _press().print(html.translate(forms(html)), files, identifier)


def _correction(terms: Terms, version: Version, at: datetime) -> Version | None:
    """Return the version that corrects `version`, once in effect."""
    for other in terms.lasting:
        effective_at = other.metadata.effective_at
        if other.metadata.corrects == version.address.slug and effective_at and effective_at <= at:
            return other
    return None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    environment.filters["short"] = hashing.short
    environment.filters["french"] = words.french
    environment.filters["upfirst"] = lambda said: said[:1].upper() + said[1:]
    return environment


def _refuse_undrawable(version: Version, html: str) -> None:
    """Raise `UndrawableTextError` with the place in the text of `version` of what cannot be drawn."""
    for character in undrawable(html):
        lines = markdown.decode(version.text).split("\n")
        found = next((number for number, line in enumerate(lines, start=1) if character in line), None)
        place = f"{version.address}, ligne {found}" if found else str(version.address)
        raise UndrawableTextError(
            f"{place} : aucune police fournie ne dessine {named(character)}."
            " Remplacez ce caractère, ou ajoutez une police qui le contient."
        )


def _unbroken(html: str) -> str:
    """Return `html` so that no line of it ends after « or before a colon; tags are left alone."""
    return "".join(part if at % 2 else words.french(part) for at, part in enumerate(_TAG.split(html)))


# The press


class _BundledFiles(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Gives the bundled fonts and the colour profile, nothing else: no text makes a build fetch anything."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        for file in (*FONTS.glob("*.woff2"), _PROFILE):
            if url == file.as_uri():
                return URLFetcherResponse(url, file.read_bytes())
        raise ValueError(f"{url} is not a bundled file")


def _faces() -> str:
    """Return a rule for each bundled file, its family named after it: ``source-serif-4-greek``.

    A family of several files would be drawn wrong: WeasyPrint tells fonts apart by family, weight and style,
    and would take the glyphs of one file by the numbers of another.
    """
    return "".join(
        f"@font-face {{ font-family: {family}; font-weight: {weight}; font-style: {style};"
        f' src: url("{file.as_uri()}"); }}'
        for file in sorted(FONTS.glob("*.woff2"))
        for family, weight, style in [file.stem.rsplit("-", 2)]
    )


class _Press:
    """Fonts and styles, loaded once for all the documents of a process."""

    def __init__(self) -> None:
        self._lock = Lock()  # Pango's font map serves one thread at a time.
        self._fonts = FontConfiguration()
        self._style = weasyprint.CSS(
            string=_faces() + (_TEMPLATES / "pdf_print.css").read_text("utf-8"),
            url_fetcher=_BundledFiles(),
            font_config=self._fonts,
        )

    def print(self, html: str, files: list[weasyprint.Attachment], identifier: str) -> bytes:
        with self._lock:
            pdf = weasyprint.HTML(string=html, url_fetcher=_BundledFiles()).write_pdf(
                font_config=self._fonts,
                color_profiles=_colours(),
                stylesheets=[self._style],
                attachments=files,
                pdf_variant="pdf/a-3a",
                output_intent=_COLOURS,
                pdf_identifier=identifier.encode("ascii"),
                finisher=_finish,
            )
        return bytes(pdf)


def _colours() -> dict[str, object]:
    """Return what colours mean, new for each document: once asked its name, a profile is written otherwise.

    Left to open its profile itself, WeasyPrint would forget to close the file.
    """
    profiles: dict[str, object] = {}
    rule = f'@color-profile {_COLOURS} {{ src: url("{_PROFILE.as_uri()}"); components: r, g, b }}'
    weasyprint.CSS(string=rule, url_fetcher=_BundledFiles(), color_profiles=profiles)
    return profiles


@cache
def _press() -> _Press:
    return _Press()


# What WeasyPrint leaves undone

_Objects = dict[bytes, Any]
"""The objects of a PDF by reference (``12 0 R``)."""

_NO_BREAK_SPACE = re.compile(rb"<(?:00a0|202f)>$")
"""In a table from glyphs to letters. Spaces share one glyph, which must be read as the plain one: else the
search for two words finds nothing."""
_UA_MARK = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
"""PDF/UA-1 (ISO 14289-1, clause 5) beside PDF/A-3a, which wants the foreign property described."""


def _finish(_document: object, pdf: pydyf.PDF) -> None:
    """Make the file conform to both standards, which WeasyPrint does for one and nearly."""
    objects = {o.reference: o for o in pdf.objects if o.number is not None}
    for item in [o for o in objects.values() if isinstance(o, dict) and o.get("S") == "/LI"]:
        _gather_item(item, objects, pdf)
    _set_margins_apart(objects, pdf)
    for table in [o for o in objects.values() if isinstance(o, pydyf.Stream)]:
        if b"endcodespacerange" in table.stream:
            table.stream = [_NO_BREAK_SPACE.sub(b"<0020>", line) for line in table.stream]
    metadata = objects[pdf.catalog["Metadata"]]
    metadata.stream = [metadata.stream[0].replace(b"</rdf:RDF>", _UA_MARK, 1)]


def _gather_item(item: Any, objects: _Objects, pdf: pydyf.PDF) -> None:
    """Put what stands loose in a list item into its body (ISO 32000-1, 14.8.4.3.3)."""
    kinds = {reference: objects[reference]["S"] for reference in item["K"]}
    loose = [reference for reference, kind in kinds.items() if kind not in ("/Lbl", "/LBody")]
    if not loose:
        return
    bodies = [objects[reference] for reference, kind in kinds.items() if kind == "/LBody"]
    if not bodies:
        body = pydyf.Dictionary(
            {"Type": "/StructElem", "S": "/LBody", "K": pydyf.Array(), "Pg": item["Pg"], "P": item.reference}
        )
        pdf.add_object(body)
        objects[body.reference] = body
        bodies = [body]
        kinds[body.reference] = "/LBody"
    for reference in loose:
        objects[reference]["P"] = bodies[0].reference
    bodies[0]["K"].extend(loose)
    item["K"] = pydyf.Array(reference for reference in kinds if reference not in loose)


def _set_margins_apart(objects: _Objects, pdf: pydyf.PDF) -> None:
    """Mark the heads and feet of pages as artifacts: a screen reader reads them on no page.

    WeasyPrint gives them elements that hang from no tree (ISO 14289-1, 7.8 wants artifacts).
    """
    root = objects[pdf.catalog["StructTreeRoot"]]
    read = set(_descend(root["K"], objects))
    numbers = objects[root["ParentTree"]]["Nums"]
    for index, page in enumerate(pdf.page_references):
        owners = numbers[2 * index + 1]
        apart = {mcid for mcid, owner in enumerate(owners) if owner not in read}
        for mcid in apart:
            owners[mcid] = b"null"
        operands = objects[objects[page]["Contents"]].stream
        for at, operand in enumerate(operands):
            if isinstance(operand, dict) and operand.get("MCID") in apart:
                operands[at - 1 : at + 1] = ["/Artifact", pydyf.Dictionary({"Type": "/Pagination"})]


def _descend(references: Iterable[object], objects: _Objects) -> Iterator[bytes]:
    """Yield the references of structure elements under `references`; numbers of marked content are passed."""
    for reference in references:
        if isinstance(reference, bytes):
            yield reference
            yield from _descend(objects[reference].get("K", ()), objects)
