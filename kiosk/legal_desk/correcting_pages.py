"""The page that names who decided on a faulty version, to whoever publishes, with a reason that is kept."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.extensions import current_publisher, db, kiosk
from kiosk.legal_desk import correcting, forms, spreadsheets
from kiosk.legal_desk.correcting import Decider
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.pages import bp, published
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import StaffError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
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
    return _page(published(of, terms, slug, Role.PUBLISHER), None, {})


@bp.post("/versions/<of>/<terms>/<slug>/suivi/decisions")
@public
def deciders_list(of: str, terms: str, slug: str) -> Answer:
    """Name who decided on it, once it is written down who asked and why."""
    version, errors = published(of, terms, slug, Role.PUBLISHER), Errors()
    reason = forms.reason_to_know(request.form, errors)
    if errors:
        return _page(version, None, errors)
    try:
        found = correcting.listed(db(), current_officer(), version, reason=reason, at=kiosk().clock())
    except (RefusedError, StaffError) as error:
        db().rollback()
        return _page(version, None, {"reason": str(error)})
    db().commit()
    return _file(version, found) if request.form.get("as") == "csv" else _page(version, found, {})


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
        most=forms.MAX_REASON,
    )


def _file(version: PublishedVersion, found: list[Decider]) -> Response:
    rows = [(one.email, KINDS[one.kind.value], one.at.isoformat()) for one in found]
    name = f"decisions-{version.service}-{version.terms}-{version.slug}.csv"
    return spreadsheets.answer(["adresse", "décision", "le"], rows, name)
