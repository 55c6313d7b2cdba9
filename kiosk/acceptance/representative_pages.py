"""Pages of a legal representative: read what the person accepted, agree or not. Only where a text says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, abort, render_template, request

from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Terms
from kiosk.acceptance import (
    asking,
    confirmations,
    forms,
    representatives,
    screens,
    services,
    together,
    writing,
)
from kiosk.acceptance.asking import Asked, Holder, Past
from kiosk.acceptance.errors import AccountClosedError, NotDecidableError, OvertakenError, StaleFormError
from kiosk.acceptance.forms import Errors
from kiosk.acceptance.models import RepresentativeRequest
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Shown
from kiosk.accounts import browser, limits
from kiosk.accounts.models import Account
from kiosk.accounts.pages import client, note, refuse_when
from kiosk.extensions import current_document, current_service, db, kiosk, request_at
from kiosk.ledger import receipts
from kiosk.ledger.comparisons import Packed
from kiosk.security import keyed_hash, public, serializer
from kiosk.texts import services as texts
from kiosk.texts.reading import text_html
from kiosk.traces.services import Event

bp = Blueprint("representatives", __name__)


Answer = str | tuple[str, int]
_PATH = "/<publisher>/<service>/<terms>/accord/<token>"
_CHOICES = {"accepter": Kind.ACCEPTED, "refuser": Kind.REFUSED}


def ask(
    account: Holder,
    asked: Asked,
    shown: Shown,
    comparison: Packed | None,
    *,
    checkpoint: Mapping[str, Json] | None,
    signed_in_at: datetime,
    at: datetime,
) -> Past:
    """Write an acceptance that waits for the legal representative whose address the form gives; returns it.

    The account is locked; the caller commits. Raises as `services.decide`.
    """
    email = forms.representative(request.form, account.email, {})
    if email is None or asked.version is None:
        raise NotDecidableError(Kind.AWAITING.value)
    limited = ((limits.MAIL_ADDRESS, f"representative|{email.key}"), (limits.MAIL_CLIENT, client()))
    refuse_when(limited)
    note(limited)
    decision, rows = services.decide(
        db(),
        account=account,
        asked=asked,
        shown=replace(shown, statements=(*shown.statements, forms.representative_needed())),
        kind=Kind.AWAITING,
        organisation=None,
        comparison=comparison,
        environment=kiosk().settings.mode.value,
        retention=forms.retention(current_service(), kiosk().services_of(account.publisher)),
        checkpoint=checkpoint,
        signed_in_at=signed_in_at,
        at=at,
        randomness=kiosk().randomness,
        again=True,
    )
    if rows:
        asked_for = representatives.ask(
            db(), account, decision, email.written, at=at, randomness=kiosk().randomness, hasher=keyed_hash
        )
        traced = browser.trace_row(Event.DECIDED, account.id, decision.service, decision.version_id)
        mail = confirmations.representative_asked(account, email.written, asked_for, asked.version)
        told = confirmations.decided(account, decision, asked.version)
        writing.write(db(), [*rows, asked_for.row, traced, told, mail], account, asked)
    return decision


def alone(asked: Asked, shown: Shown) -> Shown:
    """Return what somebody who accepts by themselves was shown, and what they then declare.

    The account is locked. Raises `CapacityError` while they need their representative.
    """
    if not asked.answer.pending or not asked.service.acceptance.representative:
        return shown
    said = request.form.get("full_capacity") == "1"
    if not representatives.take_back(db(), asked, said=said):
        return shown
    return replace(shown, statements=(*shown.statements, forms.full_capacity()))


@bp.get(_PATH)
@public
def decide(terms: str, token: str) -> Answer:
    """Show the whole text, and who asks for an agreement."""
    document = current_document(terms)
    found = _found(document, token)
    asked = _asked(found)
    version = asked.version
    if version is None:
        abort(503)
    if not representatives.is_about(found, asked):
        return render_template("acceptance/agreement_over.html"), 409
    acceptance = current_service().acceptance
    shown = Shown(
        form_id=kiosk().randomness(16).hex(),
        service=version.service,
        terms=version.terms,
        version=version.slug,
        text_hash=version.text_hash,
        shown_at=request_at(),
        box=forms.representative_box(current_service(), version),
        buttons={kind.value: forms.representative_button(kind) for kind in _CHOICES.values()},
        statements=acceptance.statements,
        named_without_text=acceptance.named_without_text,
        compared_with=None,
        comparison_hash=None,
        screen=screens.current().hash,
    )
    return _page(document, found, asked, shown, {})


@bp.post(_PATH)
@public
def record(terms: str, token: str) -> Answer:
    """Record the agreement, or its refusal; the link serves no more."""
    document = current_document(terms)
    kind = _CHOICES.get(request.form.get("choice", ""))
    if kind is None:
        abort(400)
    found = _found(document, token)
    try:
        shown = forms.shown(request.form.get("shown", ""), _holder(found), serializer(together.FORM_SALT))
        if kind is Kind.ACCEPTED and request.form.get("box") != "1":
            errors = {"box": forms.representative_box_missing()}
            return _page(document, found, _asked(found), shown, errors)
        return _recorded(found, shown, kind)
    except (StaleFormError, NotDecidableError, AccountClosedError, OvertakenError):
        db().rollback()
        return render_template("acceptance/agreement_over.html"), 409


def _recorded(found: RepresentativeRequest, shown: Shown, kind: Kind) -> Answer:
    locked = asking.lock_account(db(), found.account_id)
    account = Holder(locked.id, locked.publisher, locked.email)
    at = kiosk().clock()
    asked = _asked(found)
    decision, rows = representatives.answer(
        db(),
        found,
        account=account,
        asked=asked,
        shown=shown,
        agrees=kind is Kind.ACCEPTED,
        environment=kiosk().settings.mode.value,
        retention=forms.retention(current_service(), kiosk().services_of(account.publisher)),
        checkpoint=receipts.named(db(), at),
        at=at,
        randomness=kiosk().randomness,
    )
    if asked.version is None:
        raise StaleFormError(shown.terms)
    traced = browser.trace_row(Event.DECIDED, account.id, decision.service, decision.version_id)
    told = confirmations.decided(account, decision, asked.version)
    writing.write(db(), [*rows, traced, told], account, asked)
    db().commit()
    return render_template("acceptance/agreement_over.html", kind=kind.value)


def _found(document: Terms, token: str) -> RepresentativeRequest:
    """Return the request of the link, or answer 404: it may have served, or be over."""
    found = representatives.find(
        db(), token, current_service().slug, document.slug, at=request_at(), hasher=keyed_hash
    )
    if found is None or not current_service().acceptance.representative:
        abort(404)
    return found


def _asked(found: RepresentativeRequest) -> Asked:
    mine = current_service()
    asked = asking.documents_asked(db(), kiosk().services, mine, found.account_id, request_at())
    return next(one for one in asked if (one.service, one.answer.document.terms) == (mine, found.terms))


def _holder(found: RepresentativeRequest) -> str:
    return f"representative {found.id}"


def _page(
    document: Terms, found: RepresentativeRequest, asked: Asked, shown: Shown, errors: Errors
) -> Answer:
    version = asked.version
    if version is None or (version.slug, version.text_hash) != (shown.version, shown.text_hash):
        raise StaleFormError(document.slug)
    shown = replace(shown, screen=screens.current().hash)
    page = render_template(
        "acceptance/representative.html",
        document=document,
        version=version,
        metadata=texts.metadata(version),
        text=text_html(current_service(), version),
        person_address=db().get_one(Account, found.account_id).email,
        expires_at=found.expires_at,
        signed=forms.sign(shown, _holder(found), serializer(together.FORM_SALT)),
        box=shown.box,
        buttons=shown.buttons,
        errors=errors,
    )
    return (page, 422) if errors else page
