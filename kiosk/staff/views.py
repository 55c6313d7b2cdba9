"""Pages of every officer: sign in and out, the way to rooms, the secret, the journal, colleagues.

They are there as soon as a room for officers is (`KIOSK_EVIDENCE_DESK`, `KIOSK_ADMINISTRATION`).
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import limits, passwords
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.security import keyed_hash, public
from kiosk.staff import brake, browser, factors, forms, officers, records
from kiosk.staff.brake import Door
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, FactorError, OfficerError, TooManyError, UnknownOfficerError
from kiosk.staff.officers import Person
from kiosk.staff.pages import Answer, Errors, alarm, page, rooms
from kiosk.staff.records import Act

bp = Blueprint("staff", __name__, url_prefix="/<publisher>/equipe")

SHOWN_RECORDS = 200
"""On one page; a terminal shows them all."""
_OPEN = frozenset({"staff.sign_in"})
_HALF_OPEN = frozenset(
    {
        "staff.sign_out", "staff.prove", "staff.ask_key", "staff.prove_key", "staff.own_factors",
        "staff.application", "staff.ask_new_key", "staff.add_key",
    }
)  # fmt: skip
"""What an officer may call whose second factor is not proved, or not there yet."""


@bp.before_request
def _refuse_strangers() -> Response | None:
    """Lead officers to their sign-in, whoever is signed in as a person; `public` leaves the guard to this."""
    return browser.let_in(open_to_all=_OPEN, half_open=_HALF_OPEN)


@bp.get("")
@public
def home() -> Answer:
    """Show the rooms of an officer, or the only one."""
    found = rooms()
    if len(found) == 1:
        return redirect(url_for(found[0].endpoint), 303)
    return page("staff/home", {})


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Ask for login and secret, then lead to the second factor."""
    errors: Errors = {}
    until = None
    if request.method == "POST":
        login, secret = forms.credentials(request.form, errors)
        if not errors:
            try:
                then = redirect(url_for("staff.prove", suite=browser.wanted()), 303)
                return browser.begin(then, _authenticate(login, secret))
            except OfficerError as error:
                errors["login"] = str(error)
            except TooManyError as error:
                errors["login"], until = str(error), error.until
                alarm("officer-secret")
    changed = request.method == "GET" and request.args.get("fait") == "secret"
    return page("staff/sign_in", errors, until=until, login=request.form.get("login", ""), changed=changed)


def _authenticate(login: str, secret: str) -> Person:
    """Return the officer whose login and secret these are. Raises as `brake.authenticate`."""
    return brake.authenticate(
        kiosk().engine,
        current_publisher().slug,
        login,
        secret,
        door=Door.BROWSER,
        network=limits.network(request.remote_addr),
        at=request_at(),
        hasher=keyed_hash,
    )


@bp.post("/deconnexion")
@public
def sign_out() -> Response:
    """Sign out, and have the browser forget the pages it showed."""
    response = browser.end(redirect(url_for("staff.sign_in"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.route("/secret", methods=["GET", "POST"])
@public
def change_secret() -> Answer:
    """Change the secret after typing the present one; every session of the officer ends."""
    errors: Errors = {}
    until = None
    if request.method == "POST":
        present, new = forms.secrets(request.form, errors)
        db().rollback()  # hashing is slow: others must write meanwhile
        if not errors:
            try:
                found = _authenticate(current_officer().login, present)
            except OfficerError:
                errors["present"] = _("Ce n’est pas votre secret actuel.")
            except TooManyError as error:
                errors["present"], until = str(error), error.until
                alarm("officer-secret")
            else:
                return _change_secret(found, present, new)
    return _secret_page(errors, until)


def _change_secret(officer: Person, present: str, new: str) -> Answer:
    try:
        secret_hash = officers.hashed(officer, present, new)
        officers.change_secret(db(), officer, secret_hash)
        records.note(db(), officer, Act.SECRET_CHANGED, request_at())
    except (AtOnceError, OfficerError) as error:
        db().rollback()
        return _secret_page({"new": str(error)})
    return browser.end(redirect(url_for("staff.sign_in", fait="secret"), 303))


def _secret_page(errors: Errors, until: datetime | None = None) -> Answer:
    rule, longest = officers.SECRET_RULE, passwords.MAX_LENGTH
    return page("staff/secret", errors, until=until, rule=rule, longest=longest)


@bp.get("/journal")
@public
def journal() -> Answer:
    """List what officers did alone."""
    publisher = current_publisher().slug
    found = records.every(db(), publisher, most=SHOWN_RECORDS)
    logins = {one.id: one.login for one in officers.every(db(), publisher)}
    return page("staff/journal", {}, records=found, logins=logins, most=SHOWN_RECORDS)


@bp.get("/collegues")
@public
def colleagues() -> Answer:
    """List the officers at work, what they may do and what they prove themselves with."""
    return _colleagues({})


@bp.post("/collegues/<string(length=32):officer_id>/second-facteur")
@public
def reset_factors(officer_id: str) -> Answer:
    """Take away the factors of somebody who lost them, once the officer who does it proved theirs again."""
    again = browser.prove_again(url_for("staff.colleagues"))
    if again is not None:
        return again
    try:
        other = officers.by_id(db(), current_publisher().slug, officer_id)
        factors.reset(db(), current_officer(), other, request_at())
    except FactorError as error:
        db().rollback()
        return _colleagues({"collegues": str(error)})
    except UnknownOfficerError:
        return abort(404)
    db().commit()
    return redirect(url_for("staff.colleagues", fait=other.login), 303)


def _colleagues(errors: Errors) -> Answer:
    found = officers.working(db(), current_publisher().slug)
    at, mine = request_at(), current_officer()
    return page(
        "staff/colleagues",
        errors,
        colleagues=found,
        factors=factors.every(db(), [one.id for one in found]),
        resettable={one.id for one in found if factors.may_reset(mine, one, at)},
        done=request.args.get("fait") if request.method == "GET" else None,
        names={service.slug: service.name for service in kiosk().services_of(current_publisher().slug)},
    )
