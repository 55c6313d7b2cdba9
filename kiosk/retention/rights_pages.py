"""« Vos droits » : each right of a person over their data, the way to use it, what became of requests."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from kiosk.acceptance.forms import Errors, own_words
from kiosk.accounts import browser, consents
from kiosk.extensions import current_publisher, db, kiosk, only_read, request_at
from kiosk.extensions import gettext as _
from kiosk.retention import forms, requests
from kiosk.retention.requests import OTHERS
from kiosk.retention.terms import due_on
from kiosk.retention.views import Answer, bp, lock, office


@bp.get("/<publisher>/mon-compte/droits")
def rights() -> Answer:
    """Name each right (RGPD, articles 7, 15 to 18, 20 and 21), where it is used, and the requests so far."""
    person = browser.signed_in_person()
    offered = any(one.channels for one in kiosk().services_of(current_publisher().slug))
    return render_template(
        "retention/your_rights.html",
        account=person,
        asked=requests.of_account(db(), person.account_id),
        consents_offered=offered,
        given=len(consents.given(db(), person.account_id)) if offered else 0,
        received="suite" in request.args,
    )


@bp.route("/<publisher>/mon-compte/droits/demande", methods=["GET", "POST"])
def ask() -> Answer:
    """Ask for a rectification, a restriction, or object; somebody answers within a month (O-31, O-41)."""
    errors: Errors = {}
    person = browser.signed_in_person()
    if request.method == "POST":
        lock(person.account_id)
        wanted = forms.wanted(request.form, errors, OTHERS)
        said = own_words(request.form.get("words", ""), errors)
        if said is None and "words" not in errors:
            errors["words"] = _("Dites ce que vous demandez, et pourquoi.")
        if wanted is not None and requests.open_of(db(), person.account_id, (wanted,)) is not None:
            errors["wanted"] = _("Vous avez déjà une demande de cette sorte, qui attend sa réponse.")
        if wanted is not None and not errors:
            requests.receive(
                db(), office(), publisher=person.publisher, email=person.email, wanted=wanted, words=said,
                at=request_at(), account_id=person.account_id,
            )  # fmt: skip
            db().commit()
            return redirect(url_for("retention.rights", suite="recue"), 303)
        only_read()
    page = render_template(
        "retention/ask.html", errors=errors, form=request.form, account=person,
        answer_by=due_on(request_at()), chosen=request.form.get("wanted") or request.args.get("droit"),
    )  # fmt: skip
    return (page, 422) if errors else page
