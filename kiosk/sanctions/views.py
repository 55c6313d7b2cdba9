"""Pages of « Mesures me concernant »: read, answer, take receipts away; never behind any gate.

Off by default (`KIOSK_SANCTIONS`): a kiosk without this module has none of these addresses.
"""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk import english
from kiosk.acceptance import documents
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.forms import Errors
from kiosk.acceptance.receipt_pages import not_ready
from kiosk.accounts import browser
from kiosk.extensions import current_publisher, db, kiosk, only_read, request_at
from kiosk.extensions import gettext as _
from kiosk.languages import ENGLISH, french, language
from kiosk.ledger import services as ledger
from kiosk.ledger.errors import SignerAwayError
from kiosk.notices.receipts import MEDIA_TYPE, file_name
from kiosk.retention.erasures import Office
from kiosk.sanctions import gate, register, services, words
from kiosk.sanctions.errors import AnsweredEnoughError, IncompleteError, OutOfTurnError
from kiosk.sanctions.policy import Act, may_follow
from kiosk.sanctions.register import Procedure
from kiosk.texts import services as texts

bp = Blueprint("sanctions", __name__)
bp.register_error_handler(SignerAwayError, not_ready)
bp.before_app_request(gate.refuse_closed)

Answer = Response | str | tuple[str, int]
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_ONE = "/<publisher>/mesures/<string(length=32):procedure_id>"


@bp.get("/<publisher>/mesures")
def listing() -> Answer:
    """List every procedure about the person."""
    return render_template(
        "sanctions/list.html",
        procedures=register.of_account(db(), browser.signed_in_person().account_id),
        services=kiosk().services,
        at=request_at(),
        measure=gate.measure,
        states=words.STATES,
    )


@bp.get(_ONE)
def one(procedure_id: str) -> Answer:
    """Show one procedure, every act with its words, and a form to answer."""
    return _page(_mine(procedure_id), kiosk().randomness(16).hex(), "", {})


@bp.post(f"{_ONE}/reponse")
def answer(procedure_id: str) -> Answer:
    """Record what the person answers."""
    form_id = request.form.get("form_id", "")
    if not _FORM_ID.fullmatch(form_id):
        abort(400)
    person, typed = browser.signed_in_person(), request.form.get("answer", "").replace("\r\n", "\n")
    found = _mine(procedure_id)
    errors: Errors = {}
    try:
        services.answer(db(), office(), person.account_id, procedure_id, typed, form_id, kiosk().clock())
    except AccountClosedError:
        abort(401)
    except IncompleteError as error:
        errors = {name: _(said) for name, said in error.problems.items()}
    except (AnsweredEnoughError, OutOfTurnError) as error:
        errors = {"answer": french(error)}
    if errors:
        only_read()
        return _page(found, form_id, typed, errors)
    db().commit()
    return redirect(url_for("sanctions.one", procedure_id=procedure_id, suite="reponse"), 303)


@bp.get(f"{_ONE}/<string(length=32):act_id>.receipt.json")
def receipt_json(procedure_id: str, act_id: str) -> Response:
    """Give the receipt of an act."""
    act = next((one for one in _mine(procedure_id).acts if one.id == act_id), None)
    if act is None:
        abort(404)
    response = Response(documents.receipt_of(act.statement_hash), mimetype=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(act.id)}"'
    return response


@bp.app_template_filter()
def ending(at: datetime) -> str:
    """Return until when, before a noun, in the language of the page."""
    return english.ending(at) if language() == ENGLISH else words.ending(at)


def office() -> Office:
    """Return what acts asked from a page are done with."""
    held = kiosk()
    return Office(held.services, held.settings.mode.value, held.settings.public_url, held.randomness)


def _mine(procedure_id: str) -> Procedure:
    held = register.of_account(db(), browser.signed_in_person().account_id)
    found = next((one for one in held if one.id == procedure_id), None)
    if found is None:
        abort(404)
    return found


def _page(found: Procedure, form_id: str, typed: str, errors: Errors) -> Answer:
    version = texts.get(db(), found.opening.version_id)
    page = render_template(
        "sanctions/one.html",
        procedure=found,
        version=version,
        clause=words.clause_of(register.clauses(version), found.opening.provision),
        state=found.state(request_at()),
        may_answer=may_follow(found.done, Act.ANSWER),
        answered="suite" in request.args,
        disclosed=register.disclosed(db(), found.acts),
        remedies={
            act.statement_hash: ledger.get(db(), act.statement_hash).members["remedy"] for act in found.acts
        },
        told=found.told,
        assistance=words.assistance(current_publisher()),
        services=kiosk().services,
        measure=gate.measure,
        states=words.STATES,
        acts=words.ACTS,
        grounds=words.GROUNDS,
        form_id=form_id,
        typed=typed,
        errors=errors,
    )
    return (page, 422) if errors else page
