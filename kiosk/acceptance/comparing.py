"""Compare any two versions of a text, without an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Terms
from kiosk.acceptance import changes
from kiosk.acceptance.changes import Redline
from kiosk.acceptance.errors import ComparisonRefusedError
from kiosk.accounts import limits
from kiosk.db import writing
from kiosk.extensions import current_document, current_service, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, public
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion

bp = Blueprint("comparing", __name__)

MAX_TEXT_BYTES = 1_000_000
"""A longer text is compared on the machine of who wants it; a pair of this size takes about three seconds."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LIMIT = limits.Limit("comparison-client", 30, timedelta(minutes=15))
"""Comparisons really made for one client, page and Word file at once; those held count for nothing."""
_AT_ONCE = BoundedSemaphore(2)
"""Comparisons made at once by one process, whoever asks: the other threads go on answering."""
_BUSY = timedelta(seconds=10)


@bp.get("/<publisher>/<service>/<terms>/comparer")
@public
def compare(terms: str) -> Response:
    """Show what changed from one version (`de`) to another (`a`), in any order."""
    document = current_document(terms)
    versions = texts.history(db(), current_service().slug, terms)
    old, new = _chosen("de", versions), _chosen("a", versions)
    try:
        _refuse_unknown(versions)
        redline = _redline(old, new) if old and new and old.id != new.id else None
    except ComparisonRefusedError as error:
        return _page(document, versions, old, new, None, refused=error)
    return _page(document, versions, old, new, redline)


@bp.get("/<publisher>/<service>/<terms>/comparer.docx")
@public
def as_word(terms: str) -> Response:
    """Send what changed from one version (`de`) to another (`a`) as a Word file, to work on."""
    document = current_document(terms)
    versions = texts.history(db(), current_service().slug, terms)
    old, new = _chosen("de", versions), _chosen("a", versions)
    if old is None or new is None or old.id == new.id:
        abort(404)
    try:
        content = _redline(old, new).word
    except ComparisonRefusedError as error:
        return _page(document, versions, old, new, None, refused=error)
    response = make_response(content)
    response.mimetype = _WORD
    name = f"{old.service}-{terms}-{old.slug}-{new.slug}.docx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _chosen(name: str, versions: list[PublishedVersion]) -> PublishedVersion | None:
    slug = request.args.get(name)
    return next((version for version in versions if version.slug == slug), None)


def _refuse_unknown(versions: list[PublishedVersion]) -> None:
    known = {version.slug for version in versions}
    for name in ("de", "a"):
        slug = request.args.get(name)
        if slug and slug not in known:
            raise ComparisonRefusedError(
                _(
                    "« %(slug)s » n’est pas une version de ce document. Choisissez dans les deux listes.",
                    slug=slug[:64],
                ),
                404,
            )


def _redline(old: PublishedVersion, new: PublishedVersion) -> Redline:
    def around() -> AbstractContextManager[None]:
        return _affordable(old, new)

    return changes.between(db(), current_service(), old, new, kiosk().settings.mode, around=around)


@contextmanager
def _affordable(old: PublishedVersion, new: PublishedVersion) -> Iterator[None]:
    """Make a comparison within this; raises `ComparisonRefusedError` when it would cost too much, or now."""
    if max(len(old.text), len(new.text)) > MAX_TEXT_BYTES:
        raise ComparisonRefusedError(
            _(
                "Ces textes sont trop longs pour être comparés ici (plus de %(n)s octets)."
                " Enregistrez-les, puis comparez-les sur votre ordinateur"
                " avec la commande « cgu compare ».",
                n=MAX_TEXT_BYTES,
            ),
            422,
        )
    if not _AT_ONCE.acquire(blocking=False):
        raise ComparisonRefusedError(
            _(
                "D’autres comparaisons sont en cours."
                " Attendez quelques secondes, puis demandez celle-ci de nouveau."
            ),
            503,
            retry_after=_BUSY,
        )
    try:
        _count()
        yield
    finally:
        _AT_ONCE.release()


def _count() -> None:
    """Count one comparison made for this client; raises `ComparisonRefusedError` past the limit."""
    limited = ((_LIMIT, limits.network(request.remote_addr)),)
    with writing(kiosk().engine) as session:
        reached = limits.reached(session, limited, at=request_at(), hasher=keyed_hash)
        if not reached:
            limits.note(session, limited, at=request_at(), hasher=keyed_hash)
    if reached:
        raise ComparisonRefusedError(
            _(
                "Vous avez demandé beaucoup de comparaisons en peu de temps. Attendez un quart d’heure, ou"
                " ouvrez celles de l’archive, qui sont déjà faites."
            ),
            429,
            retry_after=_LIMIT.window,
        )


def _page(
    document: Terms,
    versions: list[PublishedVersion],
    old: PublishedVersion | None,
    new: PublishedVersion | None,
    redline: Redline | None,
    *,
    refused: ComparisonRefusedError | None = None,
) -> Response:
    """Answer with the form, and below it what was found or why nothing was."""
    backwards = redline is not None and old is not None and new is not None and new.sequence < old.sequence
    steps = texts.steps(db(), old, new) if redline and old and new else []
    page = render_template(
        "acceptance/compare.html",
        document=document,
        versions=versions[::-1],
        old=old,
        new=new,
        redline=redline,
        refused=refused,
        backwards=backwards,
        steps=[(version, texts.metadata(version)) for version in steps],
        suggested=_suggested(versions, old, new),
    )
    response = make_response(page, refused.status if refused else 200)
    if refused is not None and refused.retry_after is not None:
        response.headers["Retry-After"] = str(int(refused.retry_after.total_seconds()))
    return response


def _suggested(
    versions: list[PublishedVersion], old: PublishedVersion | None, new: PublishedVersion | None
) -> tuple[str | None, str | None]:
    """Return the slugs that the lists show first: those asked for, else a version and the one before it."""
    if new is None and versions:
        now = texts.current(db(), versions[0].service, versions[0].terms, request_at())
        new = now if old is None or now is None or now.id != old.id else None
    if old is None and new is not None:
        held = [version for version in versions if version.sequence < new.sequence]
        old = held[-1] if held else next((one for one in versions if one.id != new.id), None)
    return (old.slug if old else None), (new.slug if new else None)
