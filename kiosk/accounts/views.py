"""Pages of an account: sign in, forgotten password, my account."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import browser, forms, limits, mails, passwords, services
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.errors import SignUpOverError
from kiosk.accounts.forms import Errors
from kiosk.accounts.limits import Limited
from kiosk.accounts.pages import (
    Answer,
    answer,
    ask,
    bp,
    client,
    follow_link,
    note,
    password_rule,
    proved,
    slowly_hashed,
    take_code,
)  # fmt: skip
from kiosk.accounts.services import Purpose
from kiosk.db import reading
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, public, safe_next
from kiosk.traces.services import Event

# Forgotten password (requirements P-18, P-19)


@bp.route("/<publisher>/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> Answer:
    """Ask whose password is forgotten or compromised."""
    errors: Errors = {}
    if request.method == "POST":
        address = forms.address(request.form, errors)
        if address is not None:
            ask(Purpose.PASSWORD, address, kiosk().services_of(current_publisher().slug)[0].slug)
            return redirect(url_for("accounts.verify_reset"), 303)
    return answer("forgotten", errors, email=request.form.get("email", ""))


@bp.route("/<publisher>/mot-de-passe-oublie/verification", methods=["GET", "POST"])
@public
def verify_reset() -> Answer:
    """Take the code, or the link pasted, of a forgotten password."""
    return take_code(Purpose.PASSWORD, url_for("accounts.reset"), url_for("accounts.forgotten"))


@bp.route("/<publisher>/mot-de-passe-oublie/verification/<token>", methods=["GET", "POST"])
@public
def verify_reset_link(token: str) -> Answer:
    """Follow the link of a forgotten password."""
    return follow_link(Purpose.PASSWORD, token, url_for("accounts.reset"), url_for("accounts.forgotten"))


@bp.route("/<publisher>/mot-de-passe-oublie/nouveau", methods=["GET", "POST"])
@public
def reset() -> Answer:
    """Choose a new password; every session of the account ends (requirement P-44)."""
    errors: Errors = {}
    rule = password_rule()
    try:
        email = proved(Purpose.PASSWORD).email
        if request.method == "POST":
            password = forms.new_password(request.form, rule, (email,), errors)
            if not errors:
                return _reset(slowly_hashed(password))
    except SignUpOverError:
        browser.forget_proved(Purpose.PASSWORD)
        return redirect(url_for("accounts.forgotten"), 303)
    return answer("new_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email)


def _reset(password_hash: str) -> Response:
    row = proved(Purpose.PASSWORD)
    account = services.find_account(db(), row.publisher, row.email_key)
    if account is None:
        raise SignUpOverError(row.purpose)
    services.change_password(db(), account.id, password_hash, at=request_at())
    row.used_at = request_at()
    browser.trace(Event.PASSWORD_CHANGED, account.id)
    mails.send("password_changed", key=f"changed:{row.id}", to=account.email)
    db().commit()
    browser.forget_proved(Purpose.PASSWORD)
    return redirect(url_for("accounts.sign_in", suite="mot-de-passe"), 303)


# Sign in and out


@bp.route("/<publisher>/connexion", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Sign in with address and password."""
    publisher = current_publisher().slug
    target = safe_next(request.values.get("next"), publisher)
    if request.method == "GET":
        if browser.current_person() is not None:
            return redirect(target or url_for("receipts.decisions"), 303)
        changed = request.args.get("suite") == "mot-de-passe"
        return answer("sign_in", {}, email="", next=target, changed=changed)
    errors: Errors = {}
    address = forms.address(request.form, errors)
    password = request.form.get("password", "")
    if not password:
        errors["password"] = _("Indiquez votre mot de passe.")
    if address is not None and not errors:
        found = _authenticate(address, password)
        if found is not None:
            return _enter(found, address, target)
        errors["email"] = _("Adresse ou mot de passe inexact.")
    return answer("sign_in", errors, email=request.form.get("email", ""), next=target, changed=False)


def _sign_in_limits(address: EmailAddress) -> tuple[Limited, ...]:
    publisher = current_publisher().slug
    return (
        (limits.SIGN_IN_ACCOUNT, f"{publisher}|{address.key}"),
        (limits.SIGN_IN_CLIENT, client()),
    )


def _authenticate(address: EmailAddress, password: str) -> services.Credentials | None:
    """Return whose address and password these are; as slow when the account does not exist."""
    publisher = current_publisher().slug
    limited = _sign_in_limits(address)
    with reading(kiosk().engine) as session:
        if limits.reached(session, limited, at=request_at(), hasher=keyed_hash):
            abort(429)
        found = services.credentials(session, publisher, address.key)
    if passwords.matches(found.password_hash if found else None, password):
        return found
    note(limited)
    if found is not None:
        browser.trace(Event.SIGN_IN_FAILED, found.account_id)
    db().commit()
    return None


def _enter(found: services.Credentials, address: EmailAddress, target: str | None) -> Response:
    limit, value = _sign_in_limits(address)[0]
    limits.forget(db(), limit, value, hasher=keyed_hash)
    browser.revoke_session()
    browser.trace(Event.SIGNED_IN, found.account_id)
    browser.begin_session(found.account_id)
    return redirect(target or url_for("acceptance.space", service=found.service), 303)


@bp.post("/<publisher>/deconnexion")
def sign_out() -> Response:
    """Sign out, and have the browser forget the pages it showed."""
    browser.end_session()
    response = redirect(url_for("accounts.signed_out"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/<publisher>/deconnecte")
@public
def signed_out() -> Answer:
    """Say that the person is signed out."""
    return answer("signed_out", {})


# My account


@bp.get("/<publisher>/mon-compte")
def account() -> Answer:
    """Show what the account holds."""
    return answer("account", {}, account=browser.signed_in_person(), changed="suite" in request.args)


@bp.route("/<publisher>/mon-compte/mot-de-passe", methods=["GET", "POST"])
def password_change() -> Answer:
    """Change the password after typing the present one; other sessions end."""
    errors: Errors = {}
    rule = password_rule()
    someone = browser.signed_in_person()
    if request.method == "POST":
        db().rollback()
        address = EmailAddress(someone.email, services.email_key_of(db(), someone.account_id))
        db().rollback()
        if _authenticate(address, request.form.get("current", "")) is None:
            errors["current"] = _("Ce n’est pas votre mot de passe actuel.")
        password = forms.new_password(request.form, rule, (someone.email,), errors)
        if not errors:
            password_hash = slowly_hashed(password)
            services.change_password(db(), someone.account_id, password_hash, at=request_at())
            browser.trace(Event.PASSWORD_CHANGED, someone.account_id)
            key = f"changed:{someone.account_id}:{request_at().isoformat()}"
            mails.send("password_changed", key=key, to=someone.email)
            browser.begin_session(someone.account_id)
            return redirect(url_for("accounts.account", suite="mot-de-passe"), 303)
    return answer("password_change", errors, rule=rule, kinds=forms.rule_kinds(rule), email=someone.email)
