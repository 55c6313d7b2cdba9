"""Pages of what was decided: the list, each receipt, and the files that a person takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from kiosk.acceptance import bundled, contestations, documents, news, services, terminations
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Recorded
from kiosk.accounts import browser
from kiosk.extensions import db, kiosk, request_at
from kiosk.ledger import comparisons, receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.errors import LedgerError, SealError, SignerAwayError
from kiosk.notices import notifications
from kiosk.notices.receipts import MEDIA_TYPE, file_name

bp = Blueprint("receipts", __name__)

Answer = Response | str | tuple[str, int]
_READY_WITHIN_SECONDS = 5
"""When to ask again for what was not sealed; it usually takes two seconds."""


@bp.get("/<publisher>/mes-acceptations")
def decisions() -> Answer:
    """List every decision of the person, and what binds them now."""
    person = browser.signed_in_person()
    mine = kiosk().services_of(person.publisher)
    found = services.recorded(db(), person.account_id, [service.slug for service in mine])
    hashes = [one.decision.statement_hash for one in found]
    return render_template(
        "acceptance/decisions.html",
        recorded=found,
        standings=receipts.standings(db(), hashes, receipts.revoked(kiosk().settings)),
        news=news.of_person(db(), kiosk().services, found, person.account_id, request_at()),
        contested=contestations.about(db(), hashes),
        told=notifications.about(db(), hashes),
        organisations=_named(found),
        services=kiosk().services,
        mine=mine,
    )


def _recorded(decision_id: str) -> Recorded:
    person = browser.signed_in_person()
    found = services.one_recorded(db(), person.account_id, decision_id)
    if found is None:
        abort(404)
    return found


@bp.get("/<publisher>/mes-acceptations/<string(length=32):decision_id>")
def receipt(decision_id: str) -> Answer:
    """Show one decision and how to keep and check the proof of it."""
    found = _recorded(decision_id)
    statement = ledger.get(db(), found.decision.statement_hash)
    contested = contestations.of_decision(db(), found.decision)
    hashes = [found.decision.statement_hash, *(one.statement_hash for one in contested)]
    digest = documents.comparison_hash(statement)
    beside = _of_the_same_click(found)
    named = {**_named([found, *beside]), **bundled.organisations(db(), hashes[1:])}
    mine, own = named.get(found.decision.statement_hash), contestations.own(contested, named)
    return render_template(
        "acceptance/receipt.html",
        beside=beside,
        organisations=named,
        kept_until=_kept_until(found),
        otherwise=bundled.decided_otherwise(db(), found.decision, mine[1]) if mine else 0,
        decision=found.decision,
        terminated_to=terminations.addressee(kiosk().services[found.version.service]),
        version=found.version,
        about=kiosk().services[found.version.service],
        members=statement.members,
        standings=receipts.standings(db(), hashes, receipts.revoked(kiosk().settings)),
        own_contested=own,
        contested=[(one, contestations.words_of(db(), one)) for one in contested],
        told=notifications.about(db(), hashes),
        destroyed=bool(statement.commitments) and not ledger.disclosures(db(), statement.hash),
        signed=kiosk().signer is not None,
        comparison_kept=digest is not None and comparisons.is_kept(db(), digest),
    )


def _kept_until(found: Recorded) -> datetime | None:
    """Return until when who refused goes on under the version accepted before; None when that is over."""
    decision, until = found.decision, found.version.required_at
    if decision.kind != Kind.REFUSED or until is None or until <= request_at():
        return None
    person = browser.signed_in_person()
    held = services.applicable_version(
        db(), person.account_id, decision.service, decision.terms, request_at()
    )
    return until if held is not None else None


def _of_the_same_click(found: Recorded) -> list[Recorded]:
    """Return what was decided with the same click, where a click may decide several things."""
    acceptance = kiosk().services[found.decision.service].acceptance
    several = acceptance.on_behalf_of_organisation or found.decision.terms in acceptance.together
    return bundled.of_the_same_click(db(), found) if several else []


def _named(found: Sequence[Recorded]) -> Mapping[str, tuple[str, str]]:
    """Return in the name of which organisation these decisions were made, by hash, where some may be."""
    held = kiosk().services
    may = [one for one in found if held[one.decision.service].acceptance.on_behalf_of_organisation]
    return bundled.organisations(db(), [one.decision.statement_hash for one in may]) if may else {}


@bp.errorhandler(SignerAwayError)
@bp.errorhandler(SealError)
def not_ready(error: LedgerError) -> tuple[str, int, dict[str, str]]:
    """Say that a receipt or its attestation is not there yet, and when to ask again."""
    page = render_template("acceptance/not_ready.html", unsealed=isinstance(error, SealError))
    return page, 503, {"Retry-After": str(_READY_WITHIN_SECONDS)}


@bp.get("/<publisher>/mes-acceptations/<string(length=32):decision_id>.receipt.json")
def receipt_json(decision_id: str) -> Response:
    """Give the receipt as a file; with ``?sans=coordonnees``, one that names nobody."""
    found = _recorded(decision_id)
    shared = request.args.get("sans") == "coordonnees"
    name = file_name(f"{decision_id}-sans-coordonnees" if shared else decision_id)
    raw = documents.receipt_of(found.decision.statement_hash, disclose=not shared)
    return documents.downloaded(found, raw, MEDIA_TYPE, name)


@bp.get("/<publisher>/mes-acceptations/<string(length=32):decision_id>.tlog-proof")
def tlog_proof(decision_id: str) -> Response:
    """Give the proof that the decision is in the ledger, which names nobody (C2SP tlog-proof)."""
    found = _recorded(decision_id)
    proof = receipts.tlog_proof(db(), found.decision.statement_hash)
    return documents.downloaded(found, proof, "text/plain", f"preuve-{decision_id}.tlog-proof")


@bp.get("/<publisher>/mes-acceptations/<string(length=32):decision_id>.pdf")
def attestation(decision_id: str) -> Response:
    """Give the attestation made from the receipt."""
    found = _recorded(decision_id)
    pdf = documents.attestation(found)
    return documents.downloaded(found, pdf, "application/pdf", f"attestation-{decision_id}.pdf")


@bp.get("/<publisher>/mes-acceptations/<string(length=32):decision_id>/comparaison.json")
def comparison_json(decision_id: str) -> Response:
    """Give the comparison that was shown, the very bytes whose hash the receipt holds."""
    found = _recorded(decision_id)
    digest = documents.comparison_hash(ledger.get(db(), found.decision.statement_hash))
    kept = comparisons.get(db(), digest) if digest else None
    if kept is None:
        abort(404)
    return documents.downloaded(found, kept, "application/json", f"comparaison-{decision_id}.json")
