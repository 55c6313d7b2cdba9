"""How to ask for an account by post, where the text says so, and the form to print (O-25, O-26)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

from flask import Response, abort, render_template
from jinja2 import Environment

from cgu_archive import pdf
from cgu_archive.corpus.model import FieldKind, Service
from cgu_archive.corpus.rules import ByPost
from kiosk.accounts.pages import bp
from kiosk.extensions import current_service
from kiosk.ledger import saying
from kiosk.security import public

_TEMPLATES = Path(__file__).parent.parent / "templates" / "accounts"
_CODE = FieldKind.CODE
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Dates the files attached to a PDF: this one has none."""
_KEPT = 8
"""Forms held in memory: one for each service that has one is enough."""


@bp.get("/<publisher>/<service>/inscription/par-courrier")
@public
def by_post() -> str:
    """Say what to send, where and how, in the words of the text."""
    return render_template("accounts/by_post.html", way=_way(current_service()))


@bp.get("/<publisher>/<service>/inscription/par-courrier.pdf")
@public
def by_post_form() -> Response:
    """Give the form to print and fill by hand."""
    service = current_service()
    page = _environment().get_template("by_post_form.html").render(
        service=service, way=_way(service), lines=tuple(_lines(service)),
    )  # fmt: skip
    response = Response(_printed(page, service.slug), mimetype="application/pdf")
    name = f"demande-de-compte-{service.slug}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _way(service: Service) -> ByPost:
    if service.by_post is None:
        abort(404)
    return service.by_post


def _lines(service: Service) -> list[str]:
    """Return what the form asks: what the sign-up asks of everybody, and the address to answer to."""
    asked = [field.label for field in service.fields.values() if field.kind is not _CODE]
    return [*asked, "Adresse électronique"]


@lru_cache(maxsize=_KEPT)
def _printed(page: str, slug: str) -> bytes:
    """Return a form as PDF: typeset once, however often it is asked for."""
    return pdf.typeset(page, identifier=f"par-courrier-{slug}", dated=_NEVER)


@cache
def _environment() -> Environment:
    return saying.templates(_TEMPLATES)
