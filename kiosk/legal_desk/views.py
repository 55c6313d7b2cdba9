"""Pages of the legal desk: sign in, ask for evidence, approve or refuse it, take it out.

Off by default (`KIOSK_EVIDENCE_DESK`): a kiosk without a legal desk has none of these addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service
from kiosk.accounts import limits, passwords
from kiosk.accounts.limits import Limit, Limited
from kiosk.db import reading
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.ledger.errors import SignerAwayError
from kiosk.legal_desk import browser, evidence, forms, officers, people, services
from kiosk.legal_desk.errors import (
    AlteredRequestError,
    ClosedAccountError,
    ClosedRequestError,
    ContestedSinceError,
    NotReadyError,
    OfficerError,
    PicturesError,
    SamePersonError,
    SeveralPeopleError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.legal_desk.forms import Errors
from kiosk.legal_desk.officers import Person
from kiosk.proof import bundle
from kiosk.security import keyed_hash, public

bp = Blueprint("legal_desk", __name__, url_prefix="/<publisher>/bureau-juridique")

Answer = Response | str | tuple[str, int]

SIGN_IN_OFFICER = Limit("sign-in-officer", 5, limits.WINDOW)
SIGN_IN_CLIENT = Limit("sign-in-officer-client", 20, limits.WINDOW)
_OPEN = frozenset({"legal_desk.sign_in"})
"""What an officer who is not signed in may call."""
_REFUSALS = (
    AlteredRequestError,
    ClosedRequestError,
    ContestedSinceError,
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


def _page(template: str, errors: Errors, **values: Any) -> Answer:
    page = render_template(
        f"legal_desk/{template}.html", errors=errors, officer=g.get("officer"), at=request_at(), **values
    )
    return (page, 422) if errors else page


# Sign in and out


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> Answer:
    """Sign an officer in."""
    errors: Errors = {}
    if request.method == "POST":
        login, secret = forms.credentials(request.form, errors)
        if not errors:
            found = _authenticate(login, secret)
            if found is not None:
                return browser.begin(redirect(url_for("legal_desk.requests"), 303), found.id)
            errors["login"] = _("Identifiant ou secret inexact.")
    return _page("sign_in", errors, login=request.form.get("login", ""))


def _authenticate(login: str, secret: str) -> Person | None:
    """Return the officer whose login and secret these are; as slow when there is none."""
    publisher = current_publisher().slug
    client = f"{publisher}|{limits.network(request.remote_addr)}"
    limited: tuple[Limited, ...] = ((SIGN_IN_OFFICER, f"{publisher}|{login}"), (SIGN_IN_CLIENT, client))
    with reading(kiosk().engine) as session:
        if limits.reached(session, limited, at=request_at(), hasher=keyed_hash):
            abort(429)
        found = officers.credentials(session, publisher, login)
    if passwords.matches(found[0] if found else None, secret) and found is not None:
        limits.forget(db(), *limited[0], hasher=keyed_hash)
        return found[1]
    limits.note(db(), limited, at=request_at(), hasher=keyed_hash)
    db().commit()
    return None


@bp.post("/deconnexion")
@public
def sign_out() -> Response:
    """Sign out, and have the browser forget the pages it showed."""
    response = browser.end(redirect(url_for("legal_desk.sign_in"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


# Evidence


@bp.get("")
@public
def requests() -> Answer:
    """List the requests."""
    found = services.every(db(), current_publisher().slug)
    return _page("requests", {}, requests=found, services=_offered())


@bp.route("/dossiers/demander", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """Ask for the evidence of one person."""
    errors: Errors = {}
    if request.method == "POST":
        offered = _offered()
        person = forms.person(request.form, errors)
        service = forms.service(request.form, offered, errors)
        grounds = forms.grounds(request.form, errors)
        if not errors:
            wanted = [service] if service else list(offered)
            try:
                subject = people.find(db(), current_publisher().slug, wanted, person)
            except (UnknownPersonError, SeveralPeopleError) as error:
                errors["person"] = str(error)
            else:
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
    return _page("ask", errors, services=_offered(), typed=request.form)


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
        found = services.get(db(), current_publisher().slug, request_id)
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
