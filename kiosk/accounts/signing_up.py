"""Pages of a sign-up: each step of a service, in its order, none skipped (requirement C-08)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service, SignUpStep
from kiosk.accounts import browser, enrolment, forms, steps
from kiosk.accounts.addresses import looks_shared
from kiosk.accounts.enrolment import Applicant
from kiosk.accounts.errors import AddressTakenError, SignUpOverError
from kiosk.accounts.forms import Errors
from kiosk.accounts.pages import (
    Answer,
    answer,
    ask,
    bp,
    follow_link,
    password_rule,
    proved,
    slowly_hashed,
    take_code,
)
from kiosk.accounts.services import Person, Purpose
from kiosk.extensions import current_service, db, kiosk, request_at
from kiosk.security import keyed_hash, open_to_candidates, public

_ENDPOINTS = {
    SignUpStep.PASSWORD: "accounts.choose_password",
    SignUpStep.PROFILE: "accounts.choose_profile",
    SignUpStep.IDENTITY: "accounts.identity",
}


# Where a person stands


def address_of(step: str | None, service: Service) -> str:
    """Return the page of `step`; that of the service, which asks for its conditions, once none is left."""
    endpoint = _ENDPOINTS.get(SignUpStep(step), "acceptance.space") if step else "acceptance.space"
    return url_for(endpoint, service=service.slug)


def held_back(person: Person) -> str | None:
    """Return the page of what `person` must say before they decide on conditions; None when nothing is."""
    service = kiosk().services.get(person.service)
    if person.sign_up_step is not None and service is not None:
        step = SignUpStep(person.sign_up_step)
        if steps.holds_back(service, step):
            return address_of(step, service)
    if _lacks_profile(person):
        return address_of(SignUpStep.PROFILE, current_service())
    return None


def _lacks_profile(person: Person) -> bool:
    """Whether `person`, who signed up elsewhere, has still to choose a profile here (requirement T-10)."""
    service = current_service()
    return (
        person.service != service.slug
        and SignUpStep.PROFILE in steps.pages(service, None)
        and person.profile_at(service.slug) is None
    )


def resumed() -> str:
    """Return the page at which the sign-up of this browser goes on, or that of its beginning."""
    try:
        row = proved(Purpose.SIGN_UP, current_service().slug)
    except SignUpOverError:
        return url_for("accounts.sign_up")
    return address_of(row.sign_up_step or SignUpStep.PASSWORD, current_service())


def progress(step: SignUpStep, profile: str | None = None) -> dict[str, Any]:
    """Return what a page says of its place among the steps: number, count, and the page before."""
    asked = steps.pages(current_service(), profile)
    place = asked.index(step)
    before = asked[place - 1] if place else None
    if before is SignUpStep.PASSWORD and browser.current_person() is not None:
        before = None  # it opened the account
    return {
        "step_number": place + 1,
        "step_count": len(asked),
        "step_before": url_for(_ENDPOINTS[before]) if before in _ENDPOINTS else None,
    }


def progress_to_decide() -> dict[str, Any]:
    """Return the place of the conditions among the steps of who has no account yet; nothing for others."""
    if browser.current_person() is not None or browser.proved(Purpose.SIGN_UP) is None:
        return {}
    return progress(SignUpStep.ACCEPTANCE, None)


def reached(step: SignUpStep) -> Applicant | Response:
    """Return who is signing up and has come to `step`; else the way to the page where they are."""
    service, person = current_service(), browser.current_person()
    try:
        if person is None:
            found: Applicant | None = enrolment.candidate(proved(Purpose.SIGN_UP, service.slug), service)
        else:
            found = enrolment.account_holder(db(), person.account_id, service)
    except SignUpOverError:
        browser.forget_proved(Purpose.SIGN_UP)
        return redirect(url_for("accounts.sign_up"), 303)
    if found is None:
        return redirect(url_for("acceptance.space"), 303)
    return found if found.may_see(step) else redirect(address_of(found.step, service), 303)


def gone_on(applicant: Applicant) -> Response:
    """Commit, and lead to the page that follows."""
    db().commit()
    return redirect(address_of(applicant.row.sign_up_step, applicant.service), 303)


# Address, verification, password, profile


@bp.route("/<publisher>/<service>/inscription", methods=["GET", "POST"])
@public
def sign_up() -> Answer:
    """Ask for the address, the first step of every service."""
    errors: Errors = {}
    if request.method == "POST":
        address = forms.address(request.form, errors)
        if address is not None:
            ask(Purpose.SIGN_UP, address, current_service().slug)
            return redirect(url_for("accounts.verify"), 303)
    return answer(
        "sign_up", errors, email=request.form.get("email", ""), under_way=_under_way(),
        steps=steps.pages(current_service(), None), **progress(SignUpStep.ADDRESS),
    )  # fmt: skip


def _under_way() -> str | None:
    """Return the page at which this browser may go on with a sign-up of this service."""
    if browser.proved(Purpose.SIGN_UP) is None:
        return None
    found = resumed()
    return None if found == url_for("accounts.sign_up") else found


@bp.route("/<publisher>/<service>/verification", methods=["GET", "POST"])
@public
def verify() -> Answer:
    """Take the code, or the link pasted, of a sign-up."""
    return take_code(
        Purpose.SIGN_UP, url_for("accounts.choose_password"), url_for("accounts.sign_up"),
        **progress(SignUpStep.VERIFICATION),
    )  # fmt: skip


@bp.route("/<publisher>/<service>/verification/<token>", methods=["GET", "POST"])
@public
def verify_link(token: str) -> Answer:
    """Follow the link of a sign-up: a button confirms, for machines follow links too."""
    onward, start = url_for("accounts.choose_password"), url_for("accounts.sign_up")
    return follow_link(Purpose.SIGN_UP, token, onward, start)


@bp.route("/<publisher>/<service>/inscription/mot-de-passe", methods=["GET", "POST"])
@open_to_candidates
def choose_password() -> Answer:
    """Choose a password: where the account opens here, the address is reserved (requirement P-21)."""
    service = current_service()
    errors: Errors = {}
    rule = password_rule()
    try:
        email = proved(Purpose.SIGN_UP, service.slug).email
        if request.method == "POST":
            password = forms.new_password(request.form, rule, (email, service.name), errors)
            if not errors:
                return _keep_password(password)
    except SignUpOverError:
        browser.forget_proved(Purpose.SIGN_UP)
        return redirect(url_for("accounts.sign_up"), 303)
    except AddressTakenError:
        browser.forget_proved(Purpose.SIGN_UP)
        return redirect(url_for("accounts.sign_in"), 303)
    return answer(
        "choose_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email,
        looks_shared=looks_shared(email),
        **progress(SignUpStep.PASSWORD),
    )  # fmt: skip


def _keep_password(password: str) -> Response:
    """Open the account, or wait for the acceptance where the service opens it only then (M-11)."""
    password_hash, service = slowly_hashed(password), current_service()
    row = proved(Purpose.SIGN_UP, service.slug)
    if service.account_opens_with_acceptance:
        enrolment.keep_password(row, service, password_hash)
        db().commit()
        return redirect(address_of(row.sign_up_step, service), 303)
    account = enrolment.open_account(
        db(), row, service, password_hash=password_hash, at=request_at(), randomness=kiosk().randomness,
        hasher=keyed_hash,
    )  # fmt: skip
    browser.begin_session(account.id)
    return redirect(address_of(account.sign_up_step, service), 303)


@bp.route("/<publisher>/<service>/inscription/profil", methods=["GET", "POST"])
@open_to_candidates
def choose_profile() -> Answer:
    """Choose a profile among those of the service: an account has one (requirements T-10, S-20)."""
    person = browser.current_person()
    if person is not None and _lacks_profile(person):
        return _choose_profile_elsewhere(person)
    applicant = reached(SignUpStep.PROFILE)
    if isinstance(applicant, Response):
        return applicant
    errors: Errors = {}
    if request.method == "POST":
        chosen = forms.profile(request.form, applicant.service, applicant.row.email, errors)
        if chosen is not None:
            enrolment.keep_profile(db(), applicant, chosen)
            return gone_on(applicant)
    return answer(
        "choose_profile", errors, chosen=request.form.get("profile", applicant.profile),
        **progress(SignUpStep.PROFILE, applicant.profile),
    )  # fmt: skip


def _choose_profile_elsewhere(person: Person) -> Answer:
    """Choose a profile at a service of the same publisher as the one where the account was opened."""
    service, errors = current_service(), Errors()
    if request.method == "POST":
        chosen = forms.profile(request.form, service, person.email, errors)
        if chosen is not None:
            enrolment.keep_profile_elsewhere(db(), person.account_id, service, chosen)
            db().commit()
            return redirect(address_of(None, service), 303)
    return answer(
        "choose_profile", errors, chosen=request.form.get("profile"),
        opened_at=kiosk().services[person.service].name,
    )  # fmt: skip
