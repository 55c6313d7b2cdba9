"""Pages of the legal desk: sign in, ask for evidence, approve or refuse it, take it out.

Off by default (`KIOSK_EVIDENCE_DESK`): a kiosk without a legal desk has none of these addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service
from kiosk.accounts import limits, passwords
from kiosk.db import reading
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.ledger.errors import SignerAwayError
from kiosk.legal_desk import brake, browser, evidence, forms, officers, people, records, searches, services
from kiosk.legal_desk.brake import Door
from kiosk.legal_desk.errors import (
    AlteredRequestError,
    AtOnceError,
    ClosedAccountError,
    ClosedRequestError,
    ContestedSinceError,
    LostDecisionError,
    NotReadyError,
    OfficerError,
    PicturesError,
    SamePersonError,
    SeveralPeopleError,
    TooManyError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.legal_desk.forms import Errors
from kiosk.legal_desk.officers import Person
from kiosk.legal_desk.services import Grounds
from kiosk.proof import bundle
from kiosk.security import keyed_hash, public

bp = Blueprint("legal_desk", __name__, url_prefix="/<publisher>/bureau-juridique")

Answer = Response | str | tuple[str, int]

SHOWN_RECORDS = 200
"""On one page; a terminal shows them all."""
_OPEN = frozenset({"legal_desk.sign_in"})
"""What an officer who is not signed in may call."""
_REFUSALS = (
    AlteredRequestError,
    ClosedRequestError,
    ContestedSinceError,
    LostDecisionError,
    NotReadyError,
    OfficerError,
    PicturesError,
    SamePersonError,
    SignerAwayError,
)


@bp.before_request
def _refuse_strangers() -> Response | None:
    """Lead officers to their sign-in, whoever is signed in as a person; `public` leaves the guard to this."""
    if request.endpoint in _OPEN:
        return None
    officer = browser.current_officer()
    if officer is None:
        if request.method == "GET":
            return redirect(url_for("legal_desk.sign_in"), 303)
        return abort(401)
    g.officer = officer
    return None


def _officer() -> Person:
    """Return the officer of a request that the guard let through."""
    officer: Person = g.officer
    return officer


def _offered() -> dict[str, Service]:
    return {service.slug: service for service in kiosk().services_of(current_publisher().slug)}


def _page(template: str, errors: Errors, *, until: datetime | None = None, **values: Any) -> Answer:
    """Return a page; `until` is when what was refused is possible again."""
    page = render_template(
        f"legal_desk/{template}.html", errors=errors, officer=g.get("officer"), at=request_at(), **values
    )
    if until is None:
        return (page, 422) if errors else page
    response = make_response(page, 429)
    response.retry_after = until
    return response


# Sign in and out


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Sign an officer in."""
    errors: Errors = {}
    until = None
    if request.method == "POST":
        login, secret = forms.credentials(request.form, errors)
        if not errors:
            try:
                return browser.begin(
                    redirect(url_for("legal_desk.requests"), 303), _authenticate(login, secret)
                )
            except OfficerError as error:
                errors["login"] = str(error)
            except TooManyError as error:
                errors["login"], until = str(error), error.until
    changed = request.method == "GET" and request.args.get("suite") == "secret"
    return _page("sign_in", errors, until=until, login=request.form.get("login", ""), changed=changed)


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
    response = browser.end(redirect(url_for("legal_desk.sign_in"), 303))
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
                found = _authenticate(_officer().login, present)
            except OfficerError:
                errors["present"] = _("Ce n’est pas votre secret actuel.")
            except TooManyError as error:
                errors["present"], until = str(error), error.until
            else:
                return _change_secret(found, present, new)
    return _secret_page(errors, until)


def _change_secret(officer: Person, present: str, new: str) -> Answer:
    try:
        secret_hash = officers.hashed(officer, present, new)
        officers.change_secret(db(), officer, secret_hash)
        records.note_secret(db(), officer, request_at())
    except (AtOnceError, OfficerError) as error:
        db().rollback()
        return _secret_page({"new": str(error)})
    return browser.end(redirect(url_for("legal_desk.sign_in", suite="secret"), 303))


def _secret_page(errors: Errors, until: datetime | None = None) -> Answer:
    rule, longest = officers.SECRET_RULE, passwords.MAX_LENGTH
    return _page("secret", errors, until=until, rule=rule, longest=longest)


@bp.get("/journal")
@public
def journal() -> Answer:
    """List what officers did alone."""
    publisher = current_publisher().slug
    found = records.every(db(), publisher, most=SHOWN_RECORDS)
    logins = {one.id: one.login for one in officers.every(db(), publisher)}
    return _page("journal", {}, records=found, logins=logins, most=SHOWN_RECORDS)


# Evidence


@bp.get("")
@public
def requests() -> Answer:
    """List the requests."""
    found = services.every(db(), current_publisher().slug, request_at())
    return _page("requests", {}, requests=found, services=_offered())


@bp.route("/dossiers/demander", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """Ask for the evidence of one person."""
    errors: Errors = {}
    until = None
    if request.method == "POST":
        offered = _offered()
        person = forms.person(request.form, errors)
        service = forms.service(request.form, offered, errors)
        grounds = forms.grounds(request.form, errors)
        if not errors:
            try:
                return _ask(_find([service] if service else list(offered), person), service, grounds)
            except (AtOnceError, OfficerError, SeveralPeopleError, UnknownPersonError) as error:
                errors["person"] = str(error)
            except TooManyError as error:
                errors["person"], until = str(error), error.until
    return _page("ask", errors, until=until, services=_offered(), typed=request.form)


def _find(wanted: Collection[str], person: str) -> str:
    """Return the one subject that `person` names, once it is committed that somebody searched."""
    try:
        found = searches.search(
            db(), _officer(), wanted, person, at=request_at(), randomness=kiosk().randomness
        )
    except AtOnceError:
        db().rollback()
        raise
    db().commit()
    return people.only(found)


def _ask(subject: str, service: str | None, grounds: Grounds) -> Response:
    made = services.ask(
        db(),
        _officer(),
        subject_id=subject,
        service=service,
        grounds=grounds,
        at=request_at(),
        randomness=kiosk().randomness,
    )
    db().commit()
    return redirect(url_for("legal_desk.one", request_id=made), 303)


@bp.get("/dossiers/<string(length=32):request_id>")
@public
def one(request_id: str) -> Answer:
    """Show one request, and what may be done with it."""
    return _one(request_id, {})


@bp.post("/dossiers/<string(length=32):request_id>/approbation")
@public
def approve(request_id: str) -> Answer:
    """Approve what somebody else asked."""
    errors: Errors = {}
    forms.compared(request.form, errors)
    if errors:
        return _one(request_id, errors)
    return _act(
        request_id,
        lambda session: services.approve(session, _officer(), request_id, _offered(), request_at()),
    )


@bp.post("/dossiers/<string(length=32):request_id>/refus")
@public
def refuse(request_id: str) -> Answer:
    """Refuse a request."""
    return _act(request_id, lambda session: services.refuse(session, _officer(), request_id, request_at()))


@bp.post("/dossiers/<string(length=32):request_id>/fichier")
@public
def export(request_id: str) -> Answer:
    """Write down that the evidence is taken out, then hand it over."""
    officer = _officer()
    try:
        # Made before anything is written: it takes seconds, and others must write meanwhile.
        with reading(kiosk().engine) as session:
            found = services.released(session, officer, request_id, request_at())
            if not people.has_account(session, found.subject_id):
                raise ClosedAccountError(request_id)  # noqa: TRY301
        db().rollback()
        made = evidence.make(kiosk().engine, kiosk().settings, _offered(), found)
        services.record_export(db(), officer, request_id, bundle.digest(made), request_at())
    except UnknownRequestError:
        abort(404)
    except ClosedAccountError:
        page = make_response(_one(request_id, {}))
        page.status_code = 422
        return page  # which says what to do: nothing was typed wrong
    except _REFUSALS as error:
        db().rollback()
        return _one(request_id, {"dossier": str(error)})
    db().commit()
    response = FlaskResponse(made, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="dossier-{request_id[:8]}.zip"'
    return response


def _act(request_id: str, act: Callable[[Session], None]) -> Answer:
    try:
        act(db())
    except UnknownRequestError:
        abort(404)
    except _REFUSALS as error:
        db().rollback()
        return _one(request_id, {"dossier": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one", request_id=request_id), 303)


def _one(request_id: str, errors: Errors) -> Answer:
    try:
        found = services.get(db(), current_publisher().slug, request_id, request_at())
    except UnknownRequestError:
        abort(404)
    if found.altered:
        errors = {"dossier": services.altered_words(request_id)} | errors
    offered = _offered()
    return _page(
        "one",
        errors,
        request_=found,
        state=found.state(request_at()),
        services=offered,
        address=people.address(db(), found.subject_id),
        decisions=people.decisions(db(), found.subject_id, services.concerned(found, offered)),
    )
