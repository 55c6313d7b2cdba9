"""Pages of an account: sign up, sign in, forgotten password, my account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.rules import PasswordRule
from kiosk.accounts import browser, forms, limits, mails, passwords, services
from kiosk.accounts.addresses import EmailAddress
from kiosk.accounts.errors import AddressTakenError, SignUpOverError
from kiosk.accounts.forms import Errors, PastedLink, TypedCode
from kiosk.accounts.limits import Limited
from kiosk.accounts.models import Verification
from kiosk.accounts.services import Outcome, Purpose
from kiosk.db import reading
from kiosk.extensions import current_publisher, current_service, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, open_to_candidates, public, safe_next
from kiosk.traces.services import Event

bp = Blueprint("accounts", __name__)

Answer = Response | str | tuple[str, int]


def _client() -> str:
    return f"{current_publisher().slug}|{limits.network(request.remote_addr)}"


def _refuse_when(limited: tuple[Limited, ...]) -> None:
    if limits.reached(db(), limited, at=request_at(), hasher=keyed_hash):
        abort(429)


def _note(limited: tuple[Limited, ...]) -> None:
    limits.note(db(), limited, at=request_at(), hasher=keyed_hash)


def _page(template: str, errors: Errors, **values: Any) -> Answer:
    page = render_template(f"accounts/{template}.html", errors=errors, **values)
    return (page, 422) if errors else page


# Prove an address, to sign up or to choose a new password (requirements P-18, P-19)


@bp.route("/<publisher>/<service>/inscription", methods=["GET", "POST"])
@public
def sign_up() -> Answer:
    """Ask for the address, the first step of every service."""
    errors: Errors = {}
    if request.method == "POST":
        address = forms.address(request.form, errors)
        if address is not None:
            _ask(Purpose.SIGN_UP, address, current_service().slug)
            return redirect(url_for("accounts.verify"), 303)
    return _page("sign_up", errors, email=request.form.get("email", ""))


@bp.route("/<publisher>/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> Answer:
    """Ask whose password is forgotten or compromised."""
    errors: Errors = {}
    if request.method == "POST":
        address = forms.address(request.form, errors)
        if address is not None:
            _ask(Purpose.PASSWORD, address, kiosk().services_of(current_publisher().slug)[0].slug)
            return redirect(url_for("accounts.verify_reset"), 303)
    return _page("forgotten", errors, email=request.form.get("email", ""))


def _ask(purpose: Purpose, address: EmailAddress, service: str) -> None:
    """Start a verification and queue its mail; the answer is the same whoever has an account."""
    publisher = current_publisher().slug
    limited = ((limits.MAIL_ADDRESS, f"{publisher}|{address.key}"), (limits.MAIL_CLIENT, _client()))
    _refuse_when(limited)
    _note(limited)
    started = services.start_verification(
        db(),
        publisher=publisher,
        service=service,
        purpose=purpose,
        address=address,
        at=request_at(),
        randomness=kiosk().randomness,
        hasher=keyed_hash,
    )
    key = f"{purpose}:{started.id}"
    if started.challenge is not None:
        endpoint = "accounts.verify_link" if purpose is Purpose.SIGN_UP else "accounts.verify_reset_link"
        mails.send(
            "code",
            key=key,
            to=started.to,
            purpose=purpose.value,
            code=started.challenge.code,
            path=url_for(endpoint, token=started.challenge.token),
        )
    elif purpose is Purpose.SIGN_UP:
        mails.send("already", key=key, to=started.to, path=url_for("accounts.sign_in"))
    db().commit()
    browser.remember_asked(purpose, started.id)


@bp.route("/<publisher>/<service>/verification", methods=["GET", "POST"])
@public
def verify() -> Answer:
    """Take the code, or the link pasted, of a sign-up."""
    return _verify(Purpose.SIGN_UP, url_for("accounts.choose_password"), url_for("accounts.sign_up"))


@bp.route("/<publisher>/mot-de-passe-oublie/verification", methods=["GET", "POST"])
@public
def verify_reset() -> Answer:
    """Take the code, or the link pasted, of a forgotten password."""
    return _verify(Purpose.PASSWORD, url_for("accounts.reset"), url_for("accounts.forgotten"))


def _verify(purpose: Purpose, onward: str, start: str) -> Answer:
    errors: Errors = {}
    if request.method == "POST":
        given = forms.code_or_link(request.form, errors)
        if given is not None:
            limited = ((limits.CODE_CLIENT, _client()),)
            _refuse_when(limited)
            outcome, proved = _outcome(purpose, given)
            if proved is None:
                _note(limited)
            db().commit()
            if proved is not None:
                browser.remember_proved(purpose, proved)
                return redirect(onward, 303)
            errors["code"] = (
                _("Ce code n’est pas celui du message.")
                if outcome is Outcome.WRONG
                else _("Ce code ou ce lien n’est plus valable. Demandez un nouveau message.")
            )
    return _page("verify", errors, purpose=purpose.value, start=start, code=request.form.get("code", ""))


def _outcome(purpose: Purpose, given: TypedCode | PastedLink) -> tuple[Outcome, str | None]:
    """Return what became of a code or link, and the verification that it proved, if it did."""
    if isinstance(given, PastedLink):
        proved = _prove_by_link(purpose, given.token)
        return (Outcome.OVER if proved is None else Outcome.PROVED), proved
    asked = browser.asked(purpose)
    if asked is None:
        return Outcome.OVER, None
    outcome = services.prove_by_code(db(), asked, purpose, given.code, at=request_at(), hasher=keyed_hash)
    return outcome, asked if outcome is Outcome.PROVED else None


def _prove_by_link(purpose: Purpose, token: str) -> str | None:
    publisher = current_publisher().slug
    row = services.prove_by_link(db(), publisher, purpose, token, at=request_at(), hasher=keyed_hash)
    return None if row is None else row.id


@bp.route("/<publisher>/<service>/verification/<token>", methods=["GET", "POST"])
@public
def verify_link(token: str) -> Answer:
    """Follow the link of a sign-up: a button confirms, for machines follow links too."""
    return _follow(Purpose.SIGN_UP, token, url_for("accounts.choose_password"), url_for("accounts.sign_up"))


@bp.route("/<publisher>/mot-de-passe-oublie/verification/<token>", methods=["GET", "POST"])
@public
def verify_reset_link(token: str) -> Answer:
    """Follow the link of a forgotten password."""
    return _follow(Purpose.PASSWORD, token, url_for("accounts.reset"), url_for("accounts.forgotten"))


def _follow(purpose: Purpose, token: str, onward: str, start: str) -> Answer:
    errors: Errors = {}
    if request.method == "POST":
        limited = ((limits.CODE_CLIENT, _client()),)
        _refuse_when(limited)
        proved = _prove_by_link(purpose, token)
        if proved is None:
            _note(limited)
        db().commit()
        if proved is not None:
            browser.remember_proved(purpose, proved)
            return redirect(onward, 303)
        errors["link"] = _("Ce lien n’est plus valable. Demandez un nouveau message.")
    return _page("verify_link", errors, purpose=purpose.value, start=start)


# Passwords


def _rule() -> PasswordRule:
    with reading(kiosk().engine) as session:
        return services.publisher_password_rule(
            session, kiosk().services_of(current_publisher().slug), at=request_at()
        )


@bp.route("/<publisher>/<service>/inscription/mot-de-passe", methods=["GET", "POST"])
@open_to_candidates
def choose_password() -> Answer:
    """Choose a password and a profile: the address is reserved from here (requirement P-21)."""
    service = current_service()
    errors: Errors = {}
    rule = _rule()
    try:
        email = _proved(Purpose.SIGN_UP, service.slug).email
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
    return _page(
        "choose_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email,
        chosen=request.form.get("profile"),
    )  # fmt: skip


def _proved(purpose: Purpose, service: str | None = None) -> Verification:
    publisher = current_publisher().slug
    row = services.proved(db(), browser.proved(purpose), purpose, publisher, at=request_at())
    if service is not None and row.service != service:
        raise SignUpOverError(service)
    return row


def _keep_password(password: str, profile: str | None) -> Response:
    """Open the account, or wait for the acceptance where the service opens it only then (M-11)."""
    password_hash = _slowly_hashed(password)
    row = _proved(Purpose.SIGN_UP)
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


def _slowly_hashed(password: str) -> str:
    """Return the hash of `password`, holding no lock of the database meanwhile."""
    db().rollback()
    return passwords.hashed(password)


@bp.route("/<publisher>/mot-de-passe-oublie/nouveau", methods=["GET", "POST"])
@public
def reset() -> Answer:
    """Choose a new password; every session of the account ends (requirement P-44)."""
    errors: Errors = {}
    rule = _rule()
    try:
        email = _proved(Purpose.PASSWORD).email
        if request.method == "POST":
            password = forms.new_password(request.form, rule, (email,), errors)
            if not errors:
                return _reset(_slowly_hashed(password))
    except SignUpOverError:
        browser.forget_proved(Purpose.PASSWORD)
        return redirect(url_for("accounts.forgotten"), 303)
    return _page("new_password", errors, rule=rule, kinds=forms.rule_kinds(rule), email=email)


def _reset(password_hash: str) -> Response:
    row = _proved(Purpose.PASSWORD)
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
        return _page("sign_in", {}, email="", next=target, changed=changed)
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
    return _page("sign_in", errors, email=request.form.get("email", ""), next=target, changed=False)


def _sign_in_limits(address: EmailAddress) -> tuple[Limited, ...]:
    publisher = current_publisher().slug
    return (
        (limits.SIGN_IN_ACCOUNT, f"{publisher}|{address.key}"),
        (limits.SIGN_IN_CLIENT, _client()),
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
    _note(limited)
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
    return _page("signed_out", {})


# My account


@bp.get("/<publisher>/mon-compte")
def account() -> Answer:
    """Show what the account holds."""
    return _page("account", {}, account=browser.signed_in_person(), changed="suite" in request.args)


@bp.route("/<publisher>/mon-compte/mot-de-passe", methods=["GET", "POST"])
def password_change() -> Answer:
    """Change the password after typing the present one; other sessions end."""
    errors: Errors = {}
    rule = _rule()
    someone = browser.signed_in_person()
    if request.method == "POST":
        db().rollback()
        address = EmailAddress(someone.email, services.email_key_of(db(), someone.account_id))
        db().rollback()
        if _authenticate(address, request.form.get("current", "")) is None:
            errors["current"] = _("Ce n’est pas votre mot de passe actuel.")
        password = forms.new_password(request.form, rule, (someone.email,), errors)
        if not errors:
            password_hash = _slowly_hashed(password)
            services.change_password(db(), someone.account_id, password_hash, at=request_at())
            browser.trace(Event.PASSWORD_CHANGED, someone.account_id)
            key = f"changed:{someone.account_id}:{request_at().isoformat()}"
            mails.send("password_changed", key=key, to=someone.email)
            browser.begin_session(someone.account_id)
            return redirect(url_for("accounts.account", suite="mot-de-passe"), 303)
    return _page("password_change", errors, rule=rule, kinds=forms.rule_kinds(rule), email=someone.email)
