"""The form by which an officer records that an organisation disputes a decision made in its name."""

from __future__ import annotations

from flask import abort, request, url_for

from kiosk.acceptance import confirmations
from kiosk.acceptance.errors import ContestedEnoughError
from kiosk.accounts.models import Account
from kiosk.administration import contesting, forms
from kiosk.administration.errors import NotInItsNameError, UnknownAccountError
from kiosk.administration.views import UNDONE, bp, look, mine, show
from kiosk.extensions import db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import public
from kiosk.staff import browser, criteria
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError
from kiosk.staff.pages import Answer, Errors


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
