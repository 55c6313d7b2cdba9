"""Pages of « Ce n’est pas moi »: dispute a decision, take away the receipt of that. Never behind the gate."""

from __future__ import annotations

import re

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.acceptance import asking, confirmations, contestations, documents, services
from kiosk.acceptance.errors import AccountClosedError, ContestedEnoughError
from kiosk.acceptance.forms import Errors, own_words
from kiosk.acceptance.models import Contestation
from kiosk.acceptance.receipt_pages import not_ready
from kiosk.acceptance.services import Recorded
from kiosk.accounts import browser
from kiosk.extensions import db, kiosk
from kiosk.extensions import gettext as _
from kiosk.ledger import receipts
from kiosk.ledger.errors import SignerAwayError
from kiosk.notices.receipts import MEDIA_TYPE, file_name

bp = Blueprint("contesting", __name__)
bp.register_error_handler(SignerAwayError, not_ready)

Answer = Response | str | tuple[str, int]
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_DECISION = "/<publisher>/mes-acceptations/<string(length=32):decision_id>"
_CONTESTATION = f"{_DECISION}/contestation/<string(length=32):contestation_id>"


@bp.get(f"{_DECISION}/contester")
def contest(decision_id: str) -> Answer:
    """Say what contesting does, and what to do besides."""
    return _page(_recorded(decision_id), kiosk().randomness(16).hex(), "", {})


@bp.post(f"{_DECISION}/contester")
def record(decision_id: str) -> Answer:
    """Record the contestation, whatever the person has still to decide."""
    form_id = request.form.get("form_id", "")
    if not _FORM_ID.fullmatch(form_id):
        abort(400)
    found = _recorded(decision_id)
    errors: Errors = {}
    words = own_words(request.form.get("words", ""), errors)
    if errors:
        return _page(found, form_id, request.form.get("words", ""), errors)
    try:
        account = asking.lock_account(db(), browser.signed_in_person().account_id)
    except AccountClosedError:
        abort(401)
    try:
        made, new = contestations.contest(
            db(),
            found.decision,
            account_id=account.id,
            words=words,
            form_id=form_id,
            environment=kiosk().settings.mode.value,
            at=kiosk().clock(),  # read under the lock: it comes after what was waited for
            randomness=kiosk().randomness,
        )
    except ContestedEnoughError:
        db().rollback()
        errors["words"] = _(
            "Rien n’a été enregistré : cette décision est déjà contestée %(n)s fois."
            " Écrivez au contact nommé plus haut.",
            n=contestations.MOST,
        )
        return _page(found, form_id, request.form.get("words", ""), errors)
    if new:
        confirmations.contested(account, found, made)
    db().commit()
    return redirect(url_for("receipts.receipt", decision_id=decision_id, _anchor="contestation"), 303)


def _recorded(decision_id: str) -> Recorded:
    found = services.one_recorded(db(), browser.signed_in_person().account_id, decision_id)
    if found is None:
        abort(404)
    return found


def _page(found: Recorded, form_id: str, words: str, errors: Errors) -> Answer:
    page = render_template(
        "acceptance/contest.html",
        decision=found.decision,
        version=found.version,
        about=kiosk().services[found.version.service],
        contested=contestations.of_decision(db(), found.decision),
        form_id=form_id,
        words=words,
        errors=errors,
    )
    return (page, 422) if errors else page


# What a person takes away


@bp.get(f"{_CONTESTATION}.receipt.json")
def receipt_json(decision_id: str, contestation_id: str) -> Response:
    """Give the receipt of the contestation; with ``?sans=coordonnees``, one that names nobody."""
    found, made = _contested(decision_id, contestation_id)
    shared = request.args.get("sans") == "coordonnees"
    name = file_name(f"{made.id}-sans-coordonnees" if shared else made.id)
    raw = documents.receipt_of(made.statement_hash, disclose=not shared)
    return documents.downloaded(found, raw, MEDIA_TYPE, name)


@bp.get(f"{_CONTESTATION}.tlog-proof")
def tlog_proof(decision_id: str, contestation_id: str) -> Response:
    """Give the proof that the contestation is in the ledger, which names nobody (C2SP tlog-proof)."""
    found, made = _contested(decision_id, contestation_id)
    raw = receipts.tlog_proof(db(), made.statement_hash)
    return documents.downloaded(found, raw, "text/plain", f"preuve-{made.id}.tlog-proof")


def _contested(decision_id: str, contestation_id: str) -> tuple[Recorded, Contestation]:
    found = _recorded(decision_id)
    made = next(
        (one for one in contestations.of_decision(db(), found.decision) if one.id == contestation_id), None
    )
    if made is None:
        abort(404)
    return found, made
