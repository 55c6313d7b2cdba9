"""The page that names who decided on a faulty version, to whoever publishes, with a reason that is kept."""

from __future__ import annotations

from flask import abort, request
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Address
from kiosk.extensions import current_publisher, db, kiosk
from kiosk.legal_desk import correcting, spreadsheets
from kiosk.legal_desk.correcting import Decider
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.pages import bp, mine
from kiosk.legal_desk.reminding_pages import MAX_REASON
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import StaffError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import PublishedVersion

KINDS = {
    "accepted": "acceptation",
    "awaiting": "acceptation, en attente du représentant légal",
    "refused": "refus",
    "deferred": "décision reportée",
    "renounced": "renonciation au service",
    "terminated": "résiliation par la personne",
}


@bp.get("/versions/<of>/<terms>/<slug>/suivi/decisions")
@public
def deciders_form(of: str, terms: str, slug: str) -> Answer:
    """Ask why somebody wants to know who decided on a faulty version; nobody is named."""
    return _page(_version(of, terms, slug), None, {})


@bp.post("/versions/<of>/<terms>/<slug>/suivi/decisions")
@public
def deciders_list(of: str, terms: str, slug: str) -> Answer:
    """Name who decided on it, once it is written down who asked and why."""
    version, errors = _version(of, terms, slug), Errors()
    reason = " ".join(request.form.get("reason", "").split())
    if not reason:
        errors["reason"] = "Dites pourquoi\u00a0: c’est gardé avec votre nom."
    elif len(reason) > MAX_REASON or not reason.isprintable():
        errors["reason"] = f"Il faut au plus {MAX_REASON} caractères, sans caractère invisible."
    if errors:
        return _page(version, None, errors)
    try:
        found = correcting.listed(db(), current_officer(), version, reason=reason, at=kiosk().clock())
    except (RefusedError, StaffError) as error:
        db().rollback()
        return _page(version, None, {"reason": str(error)})
    db().commit()
    return _file(version, found) if request.form.get("as") == "csv" else _page(version, found, {})


def _version(of: str, terms: str, slug: str) -> PublishedVersion:
    """Return a version of a service where the officer publishes; 404 or 403 for any other."""
    if of not in mine():
        abort(404)
    if of not in mine(Role.PUBLISHER):
        abort(403)
    try:
        return texts.by_address(db(), Address(of, terms, slug))
    except UnknownVersionError:
        abort(404)


def _page(version: PublishedVersion, found: list[Decider] | None, errors: Errors) -> Answer:
    return page(
        "legal_desk/deciders",
        errors,
        version=version,
        found=found,
        faulty=correcting.is_faulty(db(), current_publisher().slug, version),
        sound=correcting.SOUND,
        kinds=KINDS,
        typed=request.form,
        most=MAX_REASON,
    )


def _file(version: PublishedVersion, found: list[Decider]) -> Response:
    rows = [(one.email, KINDS[one.kind.value], one.at.isoformat()) for one in found]
    name = f"decisions-{version.service}-{version.terms}-{version.slug}.csv"
    return spreadsheets.answer(["adresse", "décision", "le"], rows, name)
