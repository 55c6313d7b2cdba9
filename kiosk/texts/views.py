"""Pages of a text: read it whole, save it, without an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Address, Terms
from cgu_archive.word import MEDIA_TYPE
from kiosk.extensions import current_document, current_service, db, kiosk, request_at
from kiosk.security import public
from kiosk.texts import attachments, reading, services
from kiosk.texts.errors import LostAttachmentError, UnknownVersionError
from kiosk.texts.models import PublishedVersion

bp = Blueprint("texts", __name__)


def _version(terms: str, slug: str) -> PublishedVersion:
    try:
        return services.by_address(db(), Address(current_service().slug, terms, slug))
    except UnknownVersionError:
        abort(404)


@bp.get("/<publisher>/<service>/<terms>")
@public
def read(terms: str) -> str:
    """Show the whole text to read now."""
    document = current_document(terms)
    version = services.current(db(), current_service().slug, terms, request_at())
    if version is None:
        abort(404)
    return _page(document, version, version)


@bp.get("/<publisher>/<service>/<terms>/<slug>")
@public
def read_version(terms: str, slug: str) -> str:
    """Show the whole text of one version, whatever came since."""
    document = current_document(terms)
    now = services.current(db(), current_service().slug, terms, request_at())
    return _page(document, _version(terms, slug), now)


def _page(document: Terms, version: PublishedVersion, now: PublishedVersion | None) -> str:
    at = request_at()
    other = now is None or now.id != version.id
    return render_template(
        "texts/read.html",
        cancelled=services.cancellations(db(), [version]).get(version.id) if other else None,
        correction=_correction(version, at) if other else None,
        document=document,
        version=version,
        now=now,
        upcoming=services.upcoming(db(), version.service, version.terms, at),
        text=reading.text_html(current_service(), version),
        contents=reading.text_contents(version),
        metadata=services.metadata(version),
        has_others=services.has_others(db(), version),
        effective=version.effective_at is None or version.effective_at <= at,
    )


def _correction(version: PublishedVersion, at: datetime) -> dict[str, Any] | None:
    """Return the version that corrects an error of this one, and why, as its publisher says."""
    found = services.correction(db(), version, at)
    return {"version": found, "reason": services.reason(found)} if found else None


@bp.get("/<publisher>/<service>/<terms>/<slug>/texte.pdf")
@public
def pdf(terms: str, slug: str) -> Response:
    """Give the text as PDF."""
    document = current_document(terms)
    version = _version(terms, slug)
    settings = kiosk().settings
    made = reading.pdf(
        db(),
        current_service(),
        document,
        version,
        mode=settings.mode.value,
        permalink=_permalink(terms, slug),
        kept=settings.pdf_dir,
    )
    return file_answer(made, "application/pdf", f"{version.service}-{terms}-{slug}.pdf")


@bp.get("/<publisher>/<service>/<terms>/<slug>/texte.docx")
@public
def docx(terms: str, slug: str) -> Response:
    """Give the text as a Word document, to work on."""
    document = current_document(terms)
    version = _version(terms, slug)
    made = reading.docx(
        current_service(),
        document,
        version,
        mode=kiosk().settings.mode.value,
        permalink=_permalink(terms, slug),
    )
    return file_answer(made, MEDIA_TYPE, f"{version.service}-{terms}-{slug}.docx")


@bp.get("/<publisher>/<service>/<terms>/<slug>/texte.md")
@public
def source(terms: str, slug: str) -> Response:
    """Give the bytes whose hash is shown everywhere."""
    current_document(terms)
    return file_answer(
        _version(terms, slug).text, "text/markdown", f"{current_service().slug}-{terms}-{slug}.md"
    )


@bp.get("/<publisher>/<service>/<terms>/<slug>/pieces-jointes/<name>")
@public
def attachment(terms: str, slug: str, name: str) -> Response:
    """Give a file that goes along with a version, the bytes whose hash is frozen with it."""
    current_document(terms)
    one = attachments.named(services.metadata(_version(terms, slug)), name)
    if one is None:
        abort(404)
    try:
        return file_answer(attachments.content(db(), one.sha256), one.media_type, one.name)
    except LostAttachmentError:
        abort(410)


def _permalink(terms: str, slug: str) -> str:
    """Return the lasting address of a version of the current service."""
    return kiosk().settings.public_url + url_for("texts.read_version", terms=terms, slug=slug)


def file_answer(content: bytes, media_type: str, name: str) -> Response:
    """Return a file to keep under `name`, never to be opened as a page."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
