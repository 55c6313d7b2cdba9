"""Pages of an account: sign in, forgotten password, my account."""

from __future__ import annotations

from flask import make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import (
    authentication,
    browser,
    changing,
    forms,
    incidents,
    recovery_codes,
    renewal,
    services,
    shared,
)
from kiosk.accounts.errors import SignUpOverError
from kiosk.accounts.forms import Errors, Incident
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
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import public, safe_next
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
    browser.note_stolen()
    return answer("forgotten", errors, email=request.form.get("email", ""), stolen=browser.says_stolen())


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
    """Choose a new password, and report a theft in the same act; every session ends (P-44, S-28)."""
    errors: Errors = {}
    rule = password_rule()
    try:
        row = proved(Purpose.PASSWORD)
        publisher, email_key, email = row.publisher, row.email_key, row.email
        if request.method == "POST":
            db().rollback()  # no lock is held while passwords are hashed, which is slow
            found = services.may_reset(db(), publisher, email_key)
            db().rollback()
            password = changing.chosen(rule, email, found.password_hash, errors)
            incident = forms.incident(request.form, errors)
            if not errors:
                return _reset(found, slowly_hashed(password), incident)
    except SignUpOverError:
        browser.forget_proved(Purpose.PASSWORD)
        return redirect(url_for("accounts.forgotten"), 303)
    return answer(
        "new_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email, form=request.form,
        told=_told(), stolen=browser.says_stolen(on_the_way=True),
    )  # fmt: skip


def _reset(found: services.Credentials, password_hash: str, incident: Incident | None) -> Response:
    row = proved(Purpose.PASSWORD)
    if services.find_account(db(), row.publisher, row.email_key) is None:
        raise SignUpOverError(row.purpose)
    changing.change(found.account_id, found.email, password_hash, incident)
    row.used_at = request_at()
    authentication.release(row.publisher, row.email_key)
    db().commit()
    browser.forget_proved(Purpose.PASSWORD)
    return redirect(url_for("accounts.sign_in", suite="signalement" if incident else "mot-de-passe"), 303)


def _told() -> tuple[incidents.Addressee, ...]:
    """Return whom this publisher's texts say to report a theft to."""
    return incidents.addressees(kiosk().services_of(current_publisher().slug))


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
        return answer("sign_in", {}, email="", next=target, after=request.args.get("suite"))
    errors: Errors = {}
    address = forms.address(request.form, errors)
    password = request.form.get("password", "")
    if not password:
        errors["password"] = _("Indiquez votre mot de passe.")
    if address is not None and not errors:
        found = authentication.authenticate(address, password, closed=True)
        if found is not None and found.deactivated_at is not None:
            refused = make_response(answer("deactivated", {}, since=found.deactivated_at))
            refused.status_code = 403
            return refused
        if found is not None:
            return _enter(found, target)
        errors["email"] = _("Adresse ou mot de passe inexact.")
    return answer("sign_in", errors, email=request.form.get("email", ""), next=target, after=None)


def _enter(found: services.Credentials, target: str | None) -> Response:
    """Sign in; a password that has expired opens nothing but the page that renews it (O-33)."""
    rule = password_rule()
    days = rule.renewal_days
    onward = target or url_for("acceptance.space", service=found.service)
    if renewal.expired(found.password_changed_at, days, request_at(), rule.campaigns):
        browser.revoke_session()
        db().commit()
        browser.remember_expired(found, onward)
        return redirect(url_for("accounts.renew"), 303)
    browser.trace(Event.SIGNED_IN, found.account_id)
    browser.begin_session(
        found.account_id,
        until=renewal.expires_at(found.password_changed_at, days, rule.campaigns) if days else None,
        codes=recovery_codes.left(db(), found.account_id),
    )
    return redirect(onward, 303)


@bp.post("/<publisher>/deconnexion")
def sign_out() -> Response:
    """Sign out, and have the browser forget the pages it showed."""
    is_shared = shared.is_on()
    browser.end_session()
    response = redirect(url_for("accounts.signed_out", poste="partage" if is_shared else None), 303)
    response.headers["Clear-Site-Data"] = (
        '"cache", "cookies", "storage"' if is_shared else '"cache", "storage"'
    )
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
    person = browser.signed_in_person()
    return answer(
        "account", {}, account=person, changed="suite" in request.args,
        reported=incidents.of_account(db(), person.account_id), states=_states(),
        codes=recovery_codes.left(db(), person.account_id),
    )  # fmt: skip


def _states() -> dict[incidents.State, str]:
    return {
        incidents.State.SENT: _("envoyé"),
        incidents.State.DELIVERED: _("remis au serveur"),
        incidents.State.UNDELIVERED: _("non remis"),
        incidents.State.BY_HAND: _("à écrire vous-même"),
    }


@bp.route("/<publisher>/mon-compte/mot-de-passe", methods=["GET", "POST"])
def password_change() -> Answer:
    """Change the password after typing the present one, and report a theft in the same act (S-28)."""
    errors: Errors = {}
    rule = password_rule()
    someone = browser.signed_in_person()
    if request.method == "POST":
        db().rollback()
        if not authentication.confirms(someone, request.form.get("current", "")):
            errors["current"] = _("Ce n’est pas votre mot de passe actuel.")
        present = services.password_hash_of(db(), someone.account_id)
        db().rollback()
        password = changing.chosen(rule, someone.email, present, errors)
        incident = forms.incident(request.form, errors)
        if not errors:
            password_hash = slowly_hashed(password)
            changing.change(someone.account_id, someone.email, password_hash, incident)
            browser.begin_session(someone.account_id, codes=recovery_codes.left(db(), someone.account_id))
            return redirect(url_for("accounts.account", suite="mot-de-passe"), 303)
    return answer(
        "password_change", errors, rule=rule, kinds=forms.rule_kinds(rule), email=someone.email,
        form=request.form, told=_told(), stolen=browser.says_stolen(),
    )  # fmt: skip
