"""Pages of who accepts without an account, where a service says so: decide, read the receipt again."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from cgu_archive.corpus.model import Terms
from kiosk.acceptance import anonymous, documents, forms, screens, together
from kiosk.acceptance.anonymous import Declared
from kiosk.acceptance.errors import NotDecidableError, StaleFormError
from kiosk.acceptance.forms import Errors
from kiosk.acceptance.gate import asked_of_person
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.receipt_pages import not_ready
from kiosk.acceptance.services import Recorded, Shown
from kiosk.accounts import limits
from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.accounts.pages import client, note, refuse_when
from kiosk.extensions import current_document, current_service, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.errors import SignerAwayError
from kiosk.notices.receipts import MEDIA_TYPE, file_name
from kiosk.security import keyed_hash, public, serializer
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.reading import text_html

bp = Blueprint("anonymous", __name__)
bp.register_error_handler(SignerAwayError, not_ready)

Answer = BaseResponse | str | tuple[str, int]
_HOLDER = "nobody"
_PATH = "/<publisher>/<service>/<terms>/sans-compte"
_MOST = limits.Limit("anonymous", 10, limits.WINDOW)
"""Acceptances from one network."""


def _refuse_elsewhere() -> None:
    if not current_service().acceptance.without_account:
        abort(404)


@bp.get(_PATH)
@public
def decide(terms: str) -> Answer:
    """Show the whole text, and what accepting without an account means."""
    _refuse_elsewhere()
    document = current_document(terms)
    if (first := together.documents(document)[0]) is not document:
        return redirect(url_for("anonymous.decide", terms=first.slug), 303)
    return _page(document, _shown(document), {})


@bp.post(_PATH)
@public
def record(terms: str) -> Answer:
    """Record the acceptance, and show the code once."""
    _refuse_elsewhere()
    document = current_document(terms)
    try:
        return _recorded(document)
    except (StaleFormError, NotDecidableError):
        db().rollback()
        return render_template("acceptance/stale.html", document=document, unknown_screen=False), 409


def _recorded(document: Terms) -> Answer:
    shown = forms.shown(request.form.get("shown", ""), _HOLDER, serializer(together.FORM_SALT))
    if (shown.service, shown.terms) != (current_service().slug, document.slug):
        raise StaleFormError(document.slug)
    others = together.carried(document, shown, _HOLDER)
    together.refuse_incomplete(Kind.ACCEPTED)
    errors: Errors = {}
    declared = _declared(errors)
    if errors:
        return _page(document, shown, errors, others)
    limited = ((_MOST, client()),)
    refuse_when(limited)
    note(limited)
    at = kiosk().clock()
    versions = _versions()
    parts = []
    for one in (shown, *others):
        version = versions.get(one.terms)
        if version is None or (version.slug, version.text_hash) != (one.version, one.text_hash):
            raise StaleFormError(one.terms)
        parts.append((version, one))
    try:
        code = anonymous.accept(
            db(),
            parts,
            declared,
            environment=kiosk().settings.mode.value,
            retention=forms.retention_without_account(current_service()),
            ends_at=forms.ends_without_account(current_service(), at),
            at=at,
            randomness=kiosk().randomness,
            hasher=keyed_hash,
        )
        db().commit()
    except IntegrityError:  # the same form, at the same instant
        db().rollback()
        code = None
    return render_template("acceptance/code_shown.html", code=code, document=document)


def _versions() -> dict[str, PublishedVersion]:
    """Return what is online of each document of the service, by its name."""
    mine = [one for one in asked_of_person() if one.service == current_service()]
    return {one.answer.document.terms: one.version for one in mine if one.version is not None}


def _declared(errors: Errors) -> Declared:
    """Return what the form declares, or note what is missing."""
    acceptance = current_service().acceptance
    solution = request.form.get("solution", "")
    if solution not in acceptance.without_account:
        errors["solution"] = _("Choisissez le service que vous utilisez.")
    email = request.form.get("email", "").strip() or None
    if email is not None:
        try:
            email = normalise(email).written
        except InvalidAddressError:
            errors["email"] = _("Cette adresse n’est pas valable. Corrigez-la, ou laissez ce champ vide.")
    organisation = forms.organisation(request.form, current_service(), errors)
    if request.form.get("box") != "1":
        errors["box"] = forms.box_missing_alone()
    return Declared(email, organisation, (forms.unverified(), forms.solution(solution)))


def _shown(document: Terms) -> Shown:
    version = _versions().get(document.slug)
    if version is None:
        abort(503)
    acceptance = current_service().acceptance
    return Shown(
        form_id=kiosk().randomness(16).hex(),
        service=version.service,
        terms=version.terms,
        version=version.slug,
        text_hash=version.text_hash,
        shown_at=request_at(),
        box=forms.box(current_service(), version),
        buttons={Kind.ACCEPTED.value: forms.button(Kind.ACCEPTED)},
        statements=acceptance.statements,
        named_without_text=acceptance.named_without_text,
        compared_with=None,
        comparison_hash=None,
        screen=screens.current().hash,
    )


def _page(document: Terms, shown: Shown, errors: Errors, sent: tuple[Shown, ...] = ()) -> Answer:
    version = _versions().get(document.slug)
    if version is None or (version.slug, version.text_hash) != (shown.version, shown.text_hash):
        raise StaleFormError(document.slug)
    shown = replace(shown, screen=screens.current().hash)
    page = render_template(
        "acceptance/without_account.html",
        document=document,
        version=version,
        metadata=texts.metadata(version),
        text=text_html(current_service(), version),
        beside=together.beside(document, together.to_read(document, {}), shown, _HOLDER, sent=sent),
        signed=forms.sign(shown, _HOLDER, serializer(together.FORM_SALT)),
        box=shown.box,
        button=shown.buttons[Kind.ACCEPTED.value],
        specimen_only=together.specimen_only(),
        retention=forms.retention_without_account(current_service()),
        unverified=forms.unverified(),
        form=request.form,
        organisation=None,
        alone=True,
        errors=errors,
    )
    return (page, 422) if errors else page


# Read the receipt again


@bp.get("/<publisher>/<service>/justificatif")
@public
def ask_code() -> Answer:
    """Ask for the code."""
    _refuse_elsewhere()
    return render_template("acceptance/ask_code.html", errors={})


@bp.post("/<publisher>/<service>/justificatif")
@public
def read_back() -> Answer:
    """Show what the code stands for, or give one of its receipts as a file."""
    _refuse_elsewhere()
    limited = ((limits.CODE_CLIENT, client()),)
    refuse_when(limited)
    code = request.form.get("code", "")
    found = anonymous.read_back(db(), code, request_at(), hasher=keyed_hash)
    found = [one for one in found if one.decision.service == current_service().slug]
    if not found:
        note(limited)
        db().commit()
        errors = {"code": _("Ce code n’ouvre aucun justificatif. Vérifiez ce que vous avez noté.")}
        return render_template("acceptance/ask_code.html", errors=errors), 422
    wanted = request.form.get("decision")
    if wanted is not None:
        return _file(next((one for one in found if one.decision.id == wanted), None))
    hashes = [one.decision.statement_hash for one in found]
    return render_template(
        "acceptance/read_back.html",
        code=code,
        found=[(one, ledger.get(db(), one.decision.statement_hash).members) for one in found],
        standings=receipts.standings(db(), hashes, receipts.revoked(kiosk().settings)),
        signed=kiosk().signer is not None,
    )


def _file(found: Recorded | None) -> Answer:
    if found is None:
        abort(404)
    response = Response(documents.receipt_of(found.decision.statement_hash), mimetype=MEDIA_TYPE)
    name = file_name(found.decision.id)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
