"""Pages of the evidence room: ask for evidence, approve or refuse it, take it out.

Off by default (`KIOSK_EVIDENCE_DESK`): a kiosk without an evidence room has none of these addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask import Response as FlaskResponse
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service
from kiosk.db import reading
from kiosk.evidence import assembling, forms, people, searches, services
from kiosk.evidence.errors import (
    AlteredRequestError,
    ClosedAccountError,
    ClosedRequestError,
    ContestedSinceError,
    LostDecisionError,
    NotReadyError,
    PicturesError,
    SamePersonError,
    SeveralPeopleError,
    UnknownPersonError,
    UnknownRequestError,
)
from kiosk.evidence.services import Grounds, Request
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.ledger.errors import SignerAwayError
from kiosk.proof import bundle
from kiosk.security import public
from kiosk.staff import browser
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError, TooManyError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role

bp = Blueprint("evidence", __name__, url_prefix="/<publisher>/preuves")

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
    return browser.let_in(role=Role.EVIDENCE)


def _offered() -> dict[str, Service]:
    return {service.slug: service for service in kiosk().services_of(current_publisher().slug)}


def _mine() -> dict[str, Service]:
    """Return the services where the officer may act on evidence."""
    offered = _offered()
    return {slug: offered[slug] for slug in current_officer().services(Role.EVIDENCE, offered, request_at())}


def _reachable(found: Request) -> bool:
    """Whether a request is within what the officer may act on: of every service, for who may at each."""
    return current_officer().may(Role.EVIDENCE, found.service, request_at())


@bp.get("")
@public
def requests() -> Answer:
    """List the requests."""
    every = services.every(db(), current_publisher().slug, request_at())
    found = [one for one in every if _reachable(one)]
    return page("evidence/requests", {}, requests=found, services=_offered())


@bp.route("/dossiers/demander", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """Ask for the evidence of one person."""
    errors: Errors = {}
    until = None
    if request.method == "POST":
        offered = _mine()
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
    return page("evidence/ask", errors, until=until, services=_mine(), typed=request.form)


def _find(wanted: Collection[str], person: str) -> str:
    """Return the one subject that `person` names, once it is committed that somebody searched."""
    try:
        found = searches.search(
            db(), current_officer(), wanted, person, at=request_at(), randomness=kiosk().randomness
        )
    except AtOnceError:
        db().rollback()
        raise
    db().commit()
    return people.only(found)


def _ask(subject: str, service: str | None, grounds: Grounds) -> Response:
    made = services.ask(
        db(),
        current_officer(),
        subject_id=subject,
        service=service,
        grounds=grounds,
        at=request_at(),
        randomness=kiosk().randomness,
    )
    db().commit()
    return redirect(url_for("evidence.one", request_id=made), 303)


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
    return _again(request_id) or _act(
        request_id,
        lambda session: services.approve(session, current_officer(), request_id, _offered(), request_at()),
    )


@bp.post("/dossiers/<string(length=32):request_id>/refus")
@public
def refuse(request_id: str) -> Answer:
    """Refuse a request."""
    return _act(
        request_id, lambda session: services.refuse(session, current_officer(), request_id, request_at())
    )


@bp.post("/dossiers/<string(length=32):request_id>/fichier")
@public
def export(request_id: str) -> Answer:
    """Write down that the evidence is taken out, then hand it over."""
    officer = current_officer()
    again = _again(request_id)
    if again is not None:
        return again
    try:
        # Made before anything is written: it takes seconds, and others must write meanwhile.
        with reading(kiosk().engine) as session:
            found = services.released(session, officer, request_id, request_at())
            if not people.has_account(session, found.subject_id):
                raise ClosedAccountError(request_id)  # noqa: TRY301
        db().rollback()
        made = assembling.make(kiosk().engine, kiosk().settings, _offered(), found)
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


def _again(request_id: str) -> Response | None:
    """Ask for the second factor again, then lead back to the request; None when it was proved lately."""
    return browser.prove_again(url_for("evidence.one", request_id=request_id))


def _act(request_id: str, act: Callable[[Session], None]) -> Answer:
    try:
        act(db())
    except UnknownRequestError:
        abort(404)
    except _REFUSALS as error:
        db().rollback()
        return _one(request_id, {"dossier": str(error)})
    db().commit()
    return redirect(url_for("evidence.one", request_id=request_id), 303)


def _one(request_id: str, errors: Errors) -> Answer:
    try:
        found = services.get(db(), current_publisher().slug, request_id, request_at())
    except UnknownRequestError:
        abort(404)
    if not _reachable(found):
        abort(404)
    if found.altered:
        errors = {"dossier": services.altered_words(request_id)} | errors
    offered = _offered()
    return page(
        "evidence/one",
        errors,
        request_=found,
        state=found.state(request_at()),
        services=offered,
        address=people.address(db(), found.subject_id),
        decisions=people.decisions(db(), found.subject_id, services.concerned(found, offered)),
    )
