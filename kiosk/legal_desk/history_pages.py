"""Pages of the history of a version: what an auditor reads, takes away and checks."""

from __future__ import annotations

import json

from flask import abort
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Address
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.ledger import receipts
from kiosk.ledger.errors import SignerAwayError
from kiosk.legal_desk import history
from kiosk.legal_desk.history import History
from kiosk.legal_desk.pages import bp, mine
from kiosk.security import public
from kiosk.staff.pages import Answer, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError

_PROOF_LATER_SECONDS = 5


def _found(service: str, terms: str, slug: str) -> History:
    """Return the history of a version of the officer's services; 404 for any other."""
    if service not in mine():
        abort(404)
    try:
        version = texts.by_address(db(), Address(service, terms, slug))
    except UnknownVersionError:
        abort(404)
    return history.of_version(db(), current_publisher().slug, version, receipts.revoked(kiosk().settings))


@bp.get("/versions/<of>/<terms>/<slug>")
@public
def version_history(of: str, terms: str, slug: str) -> Answer:
    """Show all that is recorded of a version."""
    found = _found(of, terms, slug)
    effective_at = found.version.effective_at
    corrects = (
        of in mine(Role.AUTHOR)
        and found.cancelled is None
        and (effective_at is None or effective_at <= request_at())
    )
    return page("legal_desk/history", {}, history=found, services=mine(), corrects=corrects)


@bp.get("/versions/<of>/<terms>/<slug>/historique.json")
@public
def version_history_json(of: str, terms: str, slug: str) -> Response:
    """Give the same as JSON."""
    body = json.dumps(history.document(_found(of, terms, slug)), ensure_ascii=False, indent=2)
    return _file(body.encode(), "application/json", f"historique-{of}-{terms}-{slug}.json")


@bp.get("/versions/<of>/<terms>/<slug>/preuves/<string(length=64):statement>")
@public
def version_proof(of: str, terms: str, slug: str, statement: str) -> Response:
    """Give the proof of one record of this history, to be checked without us; 503 until it is sealed."""
    if not _found(of, terms, slug).named(statement):
        abort(404)
    try:
        proof = receipts.best(db(), statement, None, hints=receipts.hints(kiosk().settings))
    except SignerAwayError:
        later = Response(
            "Pas encore scellé\u00a0: recommencez dans quelques secondes.\n", 503, mimetype="text/plain"
        )
        later.headers["Retry-After"] = str(_PROOF_LATER_SECONDS)
        return later
    return _file(proof, "application/json", f"preuve-{statement[:12]}.receipt.json")


def _file(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
