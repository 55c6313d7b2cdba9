"""Pages of acceptance: the space of a service behind its gate, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import SignUpStep, Terms
from kiosk.acceptance import (
    bundled,
    early,
    exposure,
    forms,
    news,
    recording,
    representatives,
    screens,
    services,
    together,
)
from kiosk.acceptance.asking import Asked, Holder
from kiosk.acceptance.changes import Changes
from kiosk.acceptance.errors import (
    AccountClosedError,
    CapacityError,
    NotDecidableError,
    OvertakenError,
    StaleFormError,
    StaleScreenError,
)
from kiosk.acceptance.forms import Errors
from kiosk.acceptance.gate import gated
from kiosk.acceptance.policy import ENDING, Access, Kind, may_defer
from kiosk.acceptance.recording import Choice
from kiosk.acceptance.services import Organisation, Shown
from kiosk.acceptance.together import Beside
from kiosk.accounts import browser, enrolment, signing_up
from kiosk.accounts import services as accounts
from kiosk.accounts.errors import AddressTakenError, RegistrationCodeError, SignUpOverError
from kiosk.accounts.models import Account, Verification
from kiosk.accounts.services import Purpose
from kiosk.extensions import (
    current_document,
    current_publisher,
    current_service,
    db,
    hold,
    kiosk,
    only_read,
    request_at,
)
from kiosk.security import SIGN_UP, keyed_hash, open_to_candidates, reads_beside, serializer
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.reading import text_html

bp = Blueprint("acceptance", __name__)

Answer = Response | str | tuple[str, int]


@bp.record_once
def _read_screen(_state: BlueprintSetupState) -> None:
    """Read the files of the screen as the process starts: those it will serve, and name."""
    screens.current()


@bp.app_url_defaults
def _name_content(endpoint: str, values: dict[str, object]) -> None:
    """Let the address of a file change with its content: no browser shows the styles of a former release."""
    digest = screens.current().hashes.get(screens.served(endpoint, values) or "")
    if digest is not None:
        values["v"] = digest[:16]


# The space of a service


@bp.route("/<publisher>/<service>/", methods=["GET", "POST"])
@open_to_candidates
@gated
def space() -> Answer:
    """Show the inside of the service, to whom the gate lets through."""
    sent = request.form.get("note", "").strip() if request.method == "POST" else None
    person = browser.current_person()
    told = news.of_space(db(), g.asked, person.account_id if person else None, request_at())
    return render_template("acceptance/space.html", asked=g.asked, news=told, sent=sent, Access=Access)


# Decide


@bp.get("/<publisher>/<service>/<terms>/decider")
@open_to_candidates
def decide(terms: str) -> Answer:
    """Show the whole text, what changed for this person, and the choices."""
    person = browser.current_person()
    if person is None and _candidate() is None:
        return redirect(signing_up.resumed(), 303)
    if person is not None and (unsaid := signing_up.held_back(person)):
        return redirect(unsaid, 303)
    document = current_document(terms)
    if (first := together.documents(document)[0]) is not document:
        slug = request.args.get("version")
        to_come: dict[str, Any] = {f"version-{document.slug}": slug} if slug else {}
        return redirect(url_for("acceptance.decide", terms=first.slug, **to_come), 303)
    whole = together.to_read(document, together.wanted(document) if person is not None else {})
    asked = whole[0]
    version = _version(asked)
    compared = exposure.compared(asked, version)
    shown = Shown(
        form_id=kiosk().randomness(16).hex(),
        service=version.service,
        terms=version.terms,
        version=version.slug,
        text_hash=version.text_hash,
        shown_at=request_at(),
        box=forms.box(current_service(), version),
        buttons={kind.value: forms.button(kind) for kind in Kind},
        statements=current_service().acceptance.statements,
        named_without_text=current_service().acceptance.named_without_text,
        compared_with=compared.since.slug if compared else None,
        comparison_hash=compared.redline.hash if compared else None,
        screen=screens.current().hash,
    )
    beside = together.beside(document, whole, shown, _holder())
    page = exposure.traced(_decision_page(document, asked, shown, compared, {}, beside), version)
    for one in beside:
        page = exposure.traced(page, one.version)
    return page


def _version(asked: Asked) -> PublishedVersion:
    if asked.version is None:
        abort(503)
    return asked.version


def _candidate() -> Verification | None:
    """Return the sign-up of this browser that waits for an acceptance (requirement M-11)."""
    if SIGN_UP not in session:
        return None
    try:
        row = accounts.proved(
            db(), browser.proved(Purpose.SIGN_UP), Purpose.SIGN_UP, current_publisher().slug, at=request_at()
        )
    except SignUpOverError:
        return None
    ready = (
        row.password_hash is not None
        and row.sign_up_step == SignUpStep.ACCEPTANCE
        and row.service == current_service().slug
    )
    return row if ready else None


def _holder() -> str:
    """Return for whom a form is made: it is worth nothing in another's hands."""
    person = browser.current_person()
    return f"account {person.account_id}" if person else f"sign-up {browser.proved(Purpose.SIGN_UP)}"


def _decision_page(
    document: Terms,
    asked: Asked,
    shown: Shown,
    compared: Changes | None,
    errors: Errors,
    beside: Sequence[Beside] = (),
) -> Answer:
    version, service = _version(asked), current_service()
    person = browser.current_person()
    decisions = asked.answer.document.decisions
    if beside:
        asked = replace(asked, answer=bundled.combined([asked, *(one.asked for one in beside)]))
    shown = replace(shown, screen=screens.current().hash)  # whatever the page that sent the form
    page = render_template(
        "acceptance/decide.html",
        document=document,
        asked=asked,
        version=version,
        text=text_html(service, version),
        changes=compared,
        steps=[(step, texts.metadata(step)) for step in compared.steps] if compared else [],
        has_others=texts.has_others(db(), version),
        box=shown.box,
        signed=forms.sign(shown, _holder(), serializer(together.FORM_SALT)),
        beside=beside,
        specimen_only=together.specimen_only(),
        termination=exposure.termination(),
        waiting=bool(decisions) and decisions[-1].kind is Kind.AWAITING,
        representative_needed=forms.representative_needed(),
        full_capacity=forms.full_capacity() if representatives.is_needed(db(), asked.past) else None,
        early=early.effective_at(asked, request_at()),
        some_early=any(one.effective_at for one in beside),
        form=request.form,
        errors=errors,
        may_defer=may_defer(asked.answer),
        accepted=not asked.answer.pending,
        accepted_at=next((d.at for d in reversed(decisions) if d.kind is Kind.ACCEPTED), None),
        organisation=person,
        buttons=shown.buttons,
        metadata=texts.metadata(version),
        **signing_up.progress_to_decide(),
    )
    return (page, 422) if errors else page


@bp.post("/<publisher>/<service>/<terms>/decider")
@open_to_candidates
@reads_beside(recording.read)
def record(terms: str) -> Answer:
    """Record the choice of a person on the text that was shown."""
    document = current_document(terms)
    kind = forms.CHOICES.get(request.form.get("choice", ""))
    if kind is None:
        abort(400)
    if kind is Kind.ACCEPTED and _assisted():
        kind = Kind.AWAITING
    try:
        return _decided(document, kind)
    except (AccountClosedError, OvertakenError):
        abort(401)
    except (StaleFormError, NotDecidableError) as error:
        db().rollback()
        unknown = isinstance(error, StaleScreenError)
        return render_template("acceptance/stale.html", document=document, unknown_screen=unknown), 409


def _decided(document: Terms, kind: Kind) -> Answer:
    """Record the choice, or show again what is missing; raises `StaleFormError`."""
    shown = forms.shown(request.form.get("shown", ""), _holder(), serializer(together.FORM_SALT))
    if (shown.service, shown.terms) != (current_service().slug, document.slug):
        raise StaleFormError(document.slug)
    together.refuse_incomplete(kind)
    others = together.carried(document, shown, _holder())
    errors: Errors = {}
    organisation = _checked(kind, errors)
    told, words = shown, None
    if kind is Kind.TERMINATED:
        told, words = exposure.terminating(shown), forms.breach(request.form, errors)
    if not errors:
        try:
            return _record(Choice(document, kind, told, others, organisation, words))
        except CapacityError:
            errors["full_capacity"] = forms.full_capacity_missing()
    only_read()  # comparing takes a while, and nothing is left to record
    whole = together.to_read(document, {one.terms: one.version for one in (shown, *others)})
    asked = whole[0]
    version = _version(asked)
    compared = exposure.compared(asked, version)
    exposure.refuse_other(shown, version, compared)
    again = replace(shown, screen=screens.current().hash)
    beside = together.beside(document, whole, again, _holder(), sent=others)
    return _decision_page(document, asked, shown, compared, errors, beside)


def _checked(kind: Kind, errors: Errors) -> Organisation | None:
    """Return the organisation, or note what is missing to accept; other choices need nothing.

    Who declares to bind it refuses in its name too.
    """
    if kind is Kind.REFUSED and request.form.get("capacity") == "1":
        return forms.organisation(request.form, current_service(), errors)
    if kind is Kind.AWAITING:
        who = browser.current_person() or _candidate()
        forms.representative(request.form, who.email if who else None, errors)
    elif kind is not Kind.ACCEPTED:
        return None
    organisation = forms.organisation(request.form, current_service(), errors)
    if request.form.get("box") != "1":
        errors["box"] = forms.box_missing()
    return organisation


def _record(choice: Choice) -> Answer:
    """Record the choice, and show the receipt."""
    person = browser.current_person()
    if person is not None:
        if signing_up.held_back(person):
            raise NotDecidableError(choice.kind.value)
        decision = recording.by_person(person, choice)
    else:
        hold()
        opened = _open_account(choice.shown, choice.kind)
        if not isinstance(opened, Account):
            return opened
        decision = recording.by_sign_up(Holder(opened.id, opened.publisher, opened.email), choice)
        browser.begin_session(opened.id)
    return redirect(url_for("receipts.receipt", decision_id=decision.id), 303)


def _assisted() -> bool:
    """Whether the person says that their legal representative must agree, where the text foresees it."""
    return current_service().acceptance.representative and request.form.get("assisted") == "1"


def _open_account(shown: Shown, kind: Kind) -> Account | Answer:
    """Return the account that this acceptance opens, in the same transaction (requirement M-12).

    Without acceptance no account is opened, and nothing is recorded of who has none.
    """
    row = _candidate()
    if row is None:
        return _opened_before(shown)
    if kind in (Kind.DEFERRED, *ENDING):
        raise NotDecidableError(kind.value)
    if kind is Kind.REFUSED:
        row.used_at = request_at()
        row.password_hash = row.answers = row.code_to_use = None
        db().commit()
        browser.forget_proved(Purpose.SIGN_UP)
        return render_template("acceptance/not_opened.html")
    try:
        return enrolment.open_account(
            db(), row, current_service(), password_hash=row.password_hash or "", at=request_at(),
            randomness=kiosk().randomness, hasher=keyed_hash,
        )  # fmt: skip
    except AddressTakenError:
        db().rollback()
        return redirect(url_for("accounts.sign_in"), 303)
    except RegistrationCodeError:  # another sign-up used it meanwhile
        db().rollback()
        return redirect(url_for("accounts.identity", suite="code"), 303)


def _opened_before(shown: Shown) -> Answer:
    """Answer a form sent twice while signing up: the account it opened, the receipt it gave."""
    proved = browser.proved(Purpose.SIGN_UP)
    found = services.decided_by_sign_up(db(), proved, shown.form_id, at=request_at())
    if found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    account_id, decision_id = found
    browser.begin_session(account_id)
    return redirect(url_for("receipts.receipt", decision_id=decision_id), 303)
