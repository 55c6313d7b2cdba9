"""Pages of a sign-up: prove an address, choose a password and a profile."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import browser, forms, services
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
)  # fmt: skip
from kiosk.accounts.services import Purpose
from kiosk.extensions import current_service, db, kiosk, request_at
from kiosk.security import open_to_candidates, public


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
    return answer("sign_up", errors, email=request.form.get("email", ""))


@bp.route("/<publisher>/<service>/verification", methods=["GET", "POST"])
@public
def verify() -> Answer:
    """Take the code, or the link pasted, of a sign-up."""
    return take_code(Purpose.SIGN_UP, url_for("accounts.choose_password"), url_for("accounts.sign_up"))


@bp.route("/<publisher>/<service>/verification/<token>", methods=["GET", "POST"])
@public
def verify_link(token: str) -> Answer:
    """Follow the link of a sign-up: a button confirms, for machines follow links too."""
    return follow_link(
        Purpose.SIGN_UP, token, url_for("accounts.choose_password"), url_for("accounts.sign_up")
    )


@bp.route("/<publisher>/<service>/inscription/mot-de-passe", methods=["GET", "POST"])
@open_to_candidates
def choose_password() -> Answer:
    """Choose a password and a profile: the address is reserved from here (requirement P-21)."""
    service = current_service()
    errors: Errors = {}
    rule = password_rule()
    try:
        email = proved(Purpose.SIGN_UP, service.slug).email
        if request.method == "POST":
            profile = forms.profile(request.form, service, errors)
            password = forms.new_password(request.form, rule, (email, service.name), errors)
            if not errors:
                return _keep_password(password, profile)
    except SignUpOverError:
        browser.forget_proved(Purpose.SIGN_UP)
        return redirect(url_for("accounts.sign_up"), 303)
    except AddressTakenError:
        browser.forget_proved(Purpose.SIGN_UP)
        return redirect(url_for("accounts.sign_in"), 303)
    return answer(
        "choose_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email,
        chosen=request.form.get("profile"),
    )  # fmt: skip


def _keep_password(password: str, profile: str | None) -> Response:
    """Open the account, or wait for the acceptance where the service opens it only then (M-11)."""
    password_hash = slowly_hashed(password)
    row = proved(Purpose.SIGN_UP)
    row.profile = profile
    if current_service().account_opens_with_acceptance:
        row.password_hash = password_hash
        db().commit()
        return redirect(url_for("acceptance.space"), 303)
    account = services.open_account(
        db(), row, password_hash=password_hash, at=request_at(), randomness=kiosk().randomness
    )
    browser.begin_session(account.id)
    return redirect(url_for("acceptance.space"), 303)
