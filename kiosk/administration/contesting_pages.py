"""The forms by which an officer records who disputes a decision by letter, having no account."""

from __future__ import annotations

from flask import abort, redirect, request, url_for

from kiosk.acceptance import confirmations
from kiosk.acceptance.errors import ContestedEnoughError
from kiosk.accounts.models import Account
from kiosk.administration import contesting, forms
from kiosk.administration.errors import (
    NotInItsNameError,
    StillOpenError,
    UnknownAccountError,
    UnknownDecisionError,
)
from kiosk.administration.views import UNDONE, bp, look, mine, show
from kiosk.extensions import db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import public
from kiosk.staff import browser, criteria
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError
from kiosk.staff.pages import Answer, Errors, page


@bp.post("/personnes/<string(length=32):account_id>/contestation")
@public
def contest(account_id: str) -> Answer:
    """Record it, once the second factor was proved lately, and tell the person, in one transaction."""
    again = browser.prove_again(url_for("administration.overview"))
    if again is not None:
        return again
    errors: Errors = {}
    letter = forms.letter(request.form, errors)
    decision_id, form_id = request.form.get("decision", ""), request.form.get("form_id", "")
    if not criteria.is_identifier(form_id):
        abort(400)
    if not criteria.is_identifier(decision_id):
        errors["decision"] = _("Choisissez la décision contestée.")
    if errors:
        return look(account_id, UNDONE, errors)
    try:
        made = contesting.contest(
            db(), current_officer(), tuple(mine()), account_id, decision_id, letter, form_id=form_id,
            environment=kiosk().settings.mode.value, at=request_at(), randomness=kiosk().randomness,
        )  # fmt: skip
    except UnknownAccountError:
        return abort(404)
    except (AtOnceError, OfficerError, NotInItsNameError) as error:
        db().rollback()
        return look(account_id, UNDONE, {"decision": str(error)})
    except ContestedEnoughError:
        db().rollback()
        return look(account_id, UNDONE, {"decision": _("Cette décision est déjà contestée dix fois.")})
    if made.new:
        account = db().get_one(Account, account_id)
        confirmations.contested_by_organisation(account, made.found, made.made, made.organisation)
    db().commit()
    return show(account_id, {}, done="contested")


@bp.get("/contestation-par-lettre")
@public
def letters() -> Answer:
    """Ask which decision of a deleted account a letter disputes."""
    return _letters({}, recorded=request.args.get("suite") == "enregistree")


@bp.post("/contestation-par-lettre")
@public
def contest_by_letter() -> Answer:
    """Record it, once the second factor was proved lately; nobody is told, for no account is left."""
    again = browser.prove_again(url_for("administration.letters"))
    if again is not None:
        return again
    errors: Errors = {}
    form_id = request.form.get("form_id", "")
    if not criteria.is_identifier(form_id):
        abort(400)
    digest = forms.statement_hash(request.form, errors)
    reference = forms.reference(request.form, errors)
    if errors:
        return _letters(errors)
    try:
        contesting.contest_of_deleted(
            db(), current_officer(), tuple(mine()), digest, reference, form_id=form_id,
            environment=kiosk().settings.mode.value, at=request_at(), randomness=kiosk().randomness,
        )  # fmt: skip
    except (AtOnceError, OfficerError, UnknownDecisionError, StillOpenError) as error:
        db().rollback()
        return _letters({"statement": str(error)})
    except ContestedEnoughError:
        db().rollback()
        return _letters({"statement": _("Cette décision est déjà contestée dix fois.")})
    db().commit()
    return redirect(url_for("administration.letters", suite="enregistree"), 303)


def _letters(errors: Errors, *, recorded: bool = False) -> Answer:
    return page(
        "administration/letters", errors, typed=request.form, recorded=recorded,
        form_id=kiosk().randomness(16).hex(),
    )  # fmt: skip
