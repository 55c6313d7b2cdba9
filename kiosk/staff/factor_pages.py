"""Pages of the second factor: prove it, add an application or a key, take one away, print codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response as FlaskResponse
from flask import abort, make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kiosk.accounts import limits
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, public
from kiosk.staff import brake, browser, factors, forms, keys, officers, records, sessions, totp
from kiosk.staff.brake import Door
from kiosk.staff.browser import held_session
from kiosk.staff.errors import AtOnceError, FactorError, OfficerError, TooManyError
from kiosk.staff.keys import Party
from kiosk.staff.pages import Answer, Errors, alarm, page
from kiosk.staff.records import Act
from kiosk.staff.views import bp

_REFUSALS = (AtOnceError, OfficerError)


# Prove


@bp.route("/preuve", methods=["GET", "POST"])
@public
def prove() -> Answer:
    """Ask for a code, or a key, after the secret and before an act that weighs."""
    errors: Errors = {}
    until = None
    officer = held_session().officer
    if not factors.of(db(), officer.id).any:
        return redirect(url_for("staff.own_factors", suite=browser.wanted()), 303)
    if request.method == "POST":
        typed = forms.code(request.form, errors)
        if not errors:
            return _judge(
                "code",
                lambda session: factors.use(
                    session, officer, typed, at=request_at(), secret_key=_secret_key(), hasher=keyed_hash
                ),
            )
    return _prove_page(errors, until)


@bp.post("/preuve/cle")
@public
def prove_key() -> Answer:
    """Judge what a security key answered."""
    held, party = held_session(), _party()
    return _judge(
        "cle",
        lambda session: keys.use(
            session,
            party,
            held.officer.id,
            request.form.get("answer", ""),
            sessions.take_challenge(session, held.token, hasher=keyed_hash),
        ),
    )


@bp.post("/preuve/cle/demande")
@public
def ask_key() -> FlaskResponse:
    """Return what the browser asks of the officer's keys, JSON."""
    held, party = held_session(), _party()
    asked = keys.ask(db(), party, held.officer.id, _challenge())
    db().commit()
    return _json(asked)


def _judge(field: str, check: Callable[[Session], bool]) -> Answer:
    """Open the session when `check` says that the second factor is proved; else say so beside `field`."""
    db().rollback()  # the brake writes on its own: a refusal must count
    try:
        brake.prove(
            kiosk().engine,
            held_session().officer,
            check,
            door=Door.BROWSER,
            network=limits.network(request.remote_addr),
            at=request_at(),
            hasher=keyed_hash,
        )
        return browser.proved(redirect(browser.wanted() or url_for("staff.home"), 303))
    except _REFUSALS as error:
        return _prove_page({field: str(error)})
    except TooManyError as error:
        alarm("officer-factor")
        return _prove_page({field: str(error)}, error.until)


def _prove_page(errors: Errors, until: datetime | None = None) -> Answer:
    held = held_session()
    return page(
        "staff/prove",
        errors,
        until=until,
        again=held.proved_at is not None,
        factors=factors.of(db(), held.officer.id),
        keys_here=Party.of(kiosk().settings.public_url) is not None,
        next=browser.wanted(),
    )


# Add and take away


@bp.get("/second-facteur")
@public
def own_factors() -> Answer:
    """Show what the officer proves themselves with; at the first sign-in, what they choose from."""
    return _closed() or _factors_page({})


@bp.route("/second-facteur/application", methods=["GET", "POST"])
@public
def application() -> Answer:
    """Show the secret that an application takes, and confirm it by a first code."""
    closed = _closed()
    if closed is not None:
        return closed
    officer, at = held_session().officer, request_at()
    if request.method == "GET":
        return _application_page(totp.new_secret(kiosk().randomness), {})
    errors: Errors = {}
    typed = forms.code(request.form, errors)
    try:
        secret = totp.offered(_secret_key(), officer, request.form.get("offer", ""), at)
    except FactorError:
        message = _("Ce code QR n’est plus à jour : photographiez celui-ci.")
        return _application_page(totp.new_secret(kiosk().randomness), {"code": message})
    if errors:
        return _application_page(secret, errors)
    try:
        return _added(lambda: totp.enrol(db(), _secret_key(), officer, secret, typed, at))
    except _REFUSALS as error:
        db().rollback()
        return _application_page(secret, {"code": str(error)})


@bp.post("/second-facteur/cle/demande")
@public
def ask_new_key() -> FlaskResponse:
    """Return what the browser asks of a key that is to be added, JSON."""
    held, party = held_session(), _party()
    if _closed() is not None:
        abort(401)
    asked = keys.ask_to_add(db(), party, held.officer, _challenge())
    db().commit()
    return _json(asked)


@bp.post("/second-facteur/cle")
@public
def add_key() -> Answer:
    """Add the key that answered."""
    closed = _closed()
    if closed is not None:
        return closed
    held, party = held_session(), _party()
    challenge = sessions.take_challenge(db(), held.token, hasher=keyed_hash)
    db().commit()  # used up, whatever follows
    try:
        return _added(
            lambda: keys.add(
                db(),
                party,
                held.officer,
                request.form.get("answer", ""),
                challenge=challenge,
                label=forms.label(request.form),
                at=request_at(),
            )
        )
    except _REFUSALS as error:
        db().rollback()
        return _factors_page({"cle": str(error)})


@bp.post("/second-facteur/retrait")
@public
def remove_factor() -> Answer:
    """Take away the application, or one key."""
    return _closed() or _change(
        lambda: factors.remove(db(), held_session().officer, request.form.get("which", ""), request_at())
    )


@bp.post("/second-facteur/codes")
@public
def make_codes() -> Answer:
    """Show new codes on paper, once; those before are worth nothing any more."""
    closed = _closed()
    if closed is not None:
        return closed
    try:
        officers.confirm(db(), held_session().officer)
        shown = _codes_page()
    except _REFUSALS as error:
        db().rollback()
        return _factors_page({"codes": str(error)})
    db().commit()
    return shown


def _closed() -> Response | None:
    """Return the way to a proof when the officer has a factor and did not prove it lately; None lets on."""
    held = held_session()
    if held.proved_at is None and not factors.of(db(), held.officer.id).any:
        return None
    return browser.prove_again(url_for("staff.own_factors"))


def _added(add: Callable[[], None]) -> Answer:
    """Add a factor, which the officer thereby proved; codes on paper come with the first.

    Raises `FactorError`, `AtOnceError`, and `OfficerError` as `officers.confirm`.
    """
    held = held_session()
    factors.refuse_stranger(db(), held.officer, proved=held.proved_lately(request_at()))
    first = not factors.of(db(), held.officer.id).codes
    add()
    records.note(db(), held.officer, Act.FACTOR_ADDED, request_at())
    return browser.proved(_codes_page() if first else redirect(url_for("staff.own_factors"), 303))


def _change(change: Callable[[], None]) -> Answer:
    try:
        change()
    except _REFUSALS as error:
        db().rollback()
        return _factors_page({"facteurs": str(error)})
    db().commit()
    return redirect(url_for("staff.own_factors"), 303)


def _codes_page() -> Response:
    made = factors.make_codes(
        db(), held_session().officer, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
    )
    return make_response(page("staff/codes", {}, codes=made, next=browser.wanted()))


def _factors_page(errors: Errors) -> Answer:
    held = held_session()
    return page(
        "staff/factors",
        errors,
        proved=held.proved_at is not None,
        factors=factors.of(db(), held.officer.id),
        keys=keys.of(db(), held.officer.id),
        keys_here=Party.of(kiosk().settings.public_url) is not None,
        longest=keys.LABEL_CHARACTERS,
        application=factors.APPLICATION,
        next=browser.wanted(),
    )


def _application_page(secret: str, errors: Errors) -> Answer:
    officer = held_session().officer
    address = totp.address(secret, officer.login, current_publisher().name)
    return page(
        "staff/application",
        errors,
        picture=totp.picture(address),
        secret=totp.grouped(secret),
        offer=totp.offer(_secret_key(), officer, secret, request_at()),
        next=browser.wanted(),
    )


def _party() -> Party:
    """Return this kiosk as keys know it; 404 where no browser lets keys be used."""
    return Party.of(kiosk().settings.public_url) or abort(404)


def _challenge() -> bytes:
    return sessions.challenge(db(), held_session().token, randomness=kiosk().randomness, hasher=keyed_hash)


def _secret_key() -> str:
    return kiosk().settings.secret_key


def _json(body: str) -> FlaskResponse:
    return FlaskResponse(body, mimetype="application/json")
