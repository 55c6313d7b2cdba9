"""Pages of « Mon compte » to delete it and to ask for erasure; neither is ever behind an acceptance."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from kiosk.acceptance import asking, contestations
from kiosk.acceptance import services as acceptance
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.forms import Errors, own_words
from kiosk.accounts import authentication, barred, browser
from kiosk.extensions import current_publisher, db, kiosk, only_read, request_at
from kiosk.extensions import gettext as _
from kiosk.presentation import day
from kiosk.retention import forms, letters, requests, services
from kiosk.retention.erasures import Office
from kiosk.retention.models import RightsRequest
from kiosk.retention.terms import due_on
from kiosk.security import keyed_hash, public

bp = Blueprint("retention", __name__)
_DELETED = "deleted"
"""Session key: the publisher whose account this browser just deleted, told once."""

Answer = Response | str | tuple[str, int]


def office() -> Office:
    """Return what acts asked from a page are done with."""
    held = kiosk()
    return Office(held.services, held.settings.mode.value, held.settings.public_url, held.randomness)


@bp.app_template_filter()
def due(asked: RightsRequest) -> str:
    """Return the last day to answer a request, in words."""
    return day(due_on(asked.received_at, extended=asked.extended_at is not None))


@bp.app_template_filter()
def of_what(wanted: str) -> str:
    """Return « d’effacement », what a request is one of."""
    return _(letters.of_what(wanted))


@bp.route("/<publisher>/mon-compte/suppression", methods=["GET", "POST"])
def delete() -> Answer:
    """Delete one's own account, the password asked again (requirements P-30, P-31)."""
    errors: Errors = {}
    person = browser.signed_in_person()
    if request.method == "POST":
        password = forms.confirmed(request.form, errors)
        if not errors:
            db().rollback()  # no lock is held while the password is checked, which is slow
            if authentication.confirms(person, password):
                return _deleted(person.account_id)
            errors["password"] = _("Ce n’est pas votre mot de passe actuel.")
        only_read()
    mine = [one.slug for one in kiosk().services_of(person.publisher)]
    recorded = acceptance.recorded(db(), person.account_id, mine)
    contested = {
        one.decision.statement_hash: made
        for one in recorded
        if (made := contestations.of_decision(db(), one.decision))
    }
    return _page(
        "delete",
        errors,
        account=person,
        until=services.kept_until(db(), person.account_id, kiosk().services, request_at()),
        recorded=recorded,
        contested=contested,
        services=kiosk().services,
    )


def _deleted(account_id: str) -> Response:
    at = kiosk().clock  # read again under the lock: a decision that came first is before
    try:
        account = asking.lock_account(db(), account_id)
        barred.keep(db(), account, at=request_at(), hasher=keyed_hash)
        services.close_account(db(), account_id, office(), at())
    except AccountClosedError:
        abort(401)
    db().commit()
    publisher = browser.signed_in_person().publisher
    session.clear()
    session[_DELETED] = publisher
    response = redirect(url_for("retention.deleted"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/<publisher>/compte-supprime")
@public
def deleted() -> Answer:
    """Say once, to the browser that deleted it, that the account is deleted."""
    if browser.current_person() is not None:
        return redirect(url_for("accounts.account"), 303)
    return _page("deleted", {}, done=session.pop(_DELETED, None) == current_publisher().slug)


@bp.route("/<publisher>/mon-compte/effacement", methods=["GET", "POST"])
def erase() -> Answer:
    """Ask that what names the person be erased; somebody decides within a month (requirement O-41)."""
    errors: Errors = {}
    person = browser.signed_in_person()
    if request.method == "POST":  # one request at a time: the second waits here, and sees the first
        lock(person.account_id)
    waiting = requests.open_of(db(), person.account_id)
    if request.method == "POST" and waiting is None:
        wanted = forms.wanted(request.form, errors)
        said = own_words(request.form.get("words", ""), errors)
        if wanted is not None and not errors:
            requests.receive(
                db(), office(), publisher=person.publisher, email=person.email, wanted=wanted, words=said,
                at=request_at(), account_id=person.account_id,
            )  # fmt: skip
            db().commit()
            return redirect(url_for("retention.erase", suite="recue"), 303)
        only_read()
    return _page(
        "erase",
        errors,
        account=person,
        form=request.form,
        open=waiting,
        answer_by=due_on(waiting.received_at, extended=waiting.extended_at is not None)
        if waiting
        else due_on(request_at()),
        received=waiting is not None and "suite" in request.args,
        asked=[
            one for one in requests.of_account(db(), person.account_id) if one.wanted in requests.ERASURES
        ],
    )


def lock(account_id: str) -> None:
    """Let one request of an account at a time go on; answers 401 when the account is gone."""
    try:
        asking.lock_account(db(), account_id)
    except AccountClosedError:
        abort(401)


def _page(template: str, errors: Errors, **values: Any) -> Answer:
    page = render_template(f"retention/{template}.html", errors=errors, **values)
    return (page, 422) if errors else page
