"""Pages of officers who take measures: what is due, a notice, a procedure and what may follow.

An act that weighs asks for a second factor proved lately; what was typed is kept meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service
from kiosk.acceptance.errors import AccountClosedError
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.sanctions import desk_forms, proposing, register, searching, services, words
from kiosk.sanctions.errors import (
    IncompleteError,
    NotBoundError,
    SanctionError,
    UnknownProcedureError,
)
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import Act, Measure, State, days_to_answer, may_follow
from kiosk.sanctions.recording import Author
from kiosk.sanctions.register import Procedure
from kiosk.sanctions.views import office
from kiosk.security import public
from kiosk.staff import browser
from kiosk.staff.browser import current_officer, held_session
from kiosk.staff.errors import StaffError
from kiosk.staff.officers import let_act
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts

bp = Blueprint("measures", __name__, url_prefix="/<publisher>/administration/mesures")
_ONE = "/<string(length=32):procedure_id>"


@bp.before_request
def _refuse_strangers() -> Response | None:
    """Lead officers to their sign-in, whoever is signed in as a person; `public` leaves the guard to this."""
    return browser.let_in(role=Role.SANCTIONS)


@bp.get("")
@public
def listing() -> Answer:
    """List procedures, those to decide first, and what waits for a second person."""
    mine, at = _mine(), request_at()
    found = [one for one in register.of_publisher(db(), current_publisher().slug, at) if _of(one) in mine]
    return page(
        "sanctions/desk_list",
        {},
        procedures=[(one, one.state(at)) for one in found],
        proposals=[
            one
            for one in register.proposals(db(), current_publisher().slug)
            if one.urgent and one.content["service"] in mine
        ],
        **_words(),
    )


@bp.route("/avis", methods=["GET", "POST"])
@public
def notice() -> Answer:
    """Send a notice, or take a measure that cannot wait; what is missing is said beside its field."""
    errors: Errors = {}
    if request.method == "POST":
        errors = _unproved()
        service = _mine().get(request.form.get("service", ""))
        if service is None:
            errors["service"] = _("Choisissez un service.")
        if not request.form.get("person", "").strip():
            errors["person"] = _("Donnez l’adresse électronique de la personne.")
        if service is not None and not errors:
            answer = _begin(service, errors)
            if answer is not None:
                return answer
    return page("sanctions/desk_notice", errors, typed=request.form, clauses=_clauses(), **_words())


def _clauses() -> list[tuple[str, str]]:
    """Return what a notice may rely on: each provision of the versions to read now (requirement S-46)."""
    found: list[tuple[str, str]] = []
    for service in _mine().values():
        version = texts.current(db(), service.slug, service.terms[0].slug, request_at())
        for one in register.clauses(version) if version else ():
            found.append((one.address, f"{service.name}, {words.clause(one)}"))
    return found


def _begin(service: Service, errors: Errors) -> Response | None:
    address = request.form["person"].strip()
    found = _searched(service, address, errors)
    if found is None:
        errors.setdefault("person", _("Aucun compte de cet éditeur n’a cette adresse."))
        return None
    officer, at = current_officer(), kiosk().clock()
    try:
        let_act(db(), officer, Role.SANCTIONS, at, (service.slug,))
        version = register.bound(db(), found, service.slug, service.terms[0].slug, at)[1]
        made_of = desk_forms.notice(request.form, service, days_to_answer(texts.rules(version)), errors)
        act = services.take_urgently if made_of.urgency else services.notify
        made = act(db(), office(), found, Author(officer.id, officer.function, officer.name), made_of, at)
    except IncompleteError as error:
        db().rollback()
        errors |= error.problems
        return None
    except (NotBoundError, StaffError, AccountClosedError) as error:
        db().rollback()
        errors["person"] = str(error)
        return None
    if errors:
        db().rollback()
        return None
    db().commit()
    if isinstance(made, SanctionProposal):
        return redirect(url_for("measures.listing", suite="proposee"), 303)
    return redirect(url_for("measures.one", procedure_id=made.procedure_id), 303)


def _searched(service: Service, address: str, errors: Errors) -> str | None:
    try:
        found = searching.search(
            db(), current_officer(), service.slug, address, request_at(), kiosk().randomness
        )
    except StaffError as error:
        db().rollback()
        errors["person"] = str(error)
        return None
    db().commit()  # that somebody searched is written, whoever was found
    return found


@bp.get(_ONE)
@public
def one(procedure_id: str) -> Answer:
    """Show one procedure, and what may follow."""
    return _one(_found(procedure_id), {})


@bp.post(f"{_ONE}/decision")
@public
def decide(procedure_id: str) -> Answer:
    """Decide a measure, or propose it to a second person."""
    errors: Errors = {}
    ruling, reached_on = desk_forms.ruling(request.form, errors)
    return _act(
        procedure_id,
        errors,
        lambda by: services.decide(
            db(), office(), by[0], procedure_id, by[1], ruling, kiosk().clock(), reached_on=reached_on
        ),
    )


@bp.post(f"{_ONE}/confirmation")
@public
def confirm(procedure_id: str) -> Answer:
    """Take what another officer proposed."""
    read = request.form.get("proposal", "")
    return _act(
        procedure_id,
        {},
        lambda by: services.confirm(db(), office(), by[0], procedure_id, by[1], kiosk().clock(), read=read),
    )


@bp.post(f"{_ONE}/retrait")
@public
def withdraw(procedure_id: str) -> Answer:
    """Withdraw what was proposed."""
    return _act(procedure_id, {}, lambda by: proposing.withdraw(db(), by[0], procedure_id))


@bp.post(f"{_ONE}/cloture")
@public
def drop(procedure_id: str) -> Answer:
    """Close a procedure without a measure."""
    why = desk_forms.text(request.form, "facts")
    return _act(
        procedure_id,
        {},
        lambda by: services.drop(db(), office(), by[0], procedure_id, by[1], why, kiosk().clock()),
    )


@bp.post(f"{_ONE}/levee")
@public
def restore(procedure_id: str) -> Answer:
    """Lift a measure that lasts."""
    why = desk_forms.text(request.form, "facts")
    return _act(
        procedure_id,
        {},
        lambda by: services.restore(db(), office(), by[0], procedure_id, by[1], why, kiosk().clock()),
    )


def _act(
    procedure_id: str,
    errors: Errors,
    act: Callable[[tuple[str, Author]], SanctionAct | SanctionProposal | None],
) -> Answer:
    """Do `act` in the name of the officer of this request, or show the procedure again with what is wrong."""
    publisher, officer = current_publisher().slug, current_officer()
    errors |= _unproved()
    service = _service(procedure_id)
    if not errors:
        try:
            let_act(db(), officer, Role.SANCTIONS, request_at(), (service,))
            act((publisher, Author(officer.id, officer.function, officer.name)))
        except IncompleteError as error:
            errors |= error.problems
        except (SanctionError, StaffError) as error:
            errors["procedure"] = str(error)
    if errors:
        db().rollback()
        return _again(procedure_id, errors)
    db().commit()
    try:
        register.get(db(), publisher, procedure_id)
    except UnknownProcedureError:  # the account is deleted, or nothing is proposed any more
        return redirect(url_for("measures.listing", suite="faite"), 303)
    return redirect(url_for("measures.one", procedure_id=procedure_id), 303)


def _again(procedure_id: str, errors: Errors) -> Answer:
    try:
        found = register.get(db(), current_publisher().slug, procedure_id)
    except UnknownProcedureError:  # what was proposed at once has no act yet
        return page("sanctions/desk_refused", errors)
    return _one(found, errors)


def _service(procedure_id: str) -> str:
    """Return the service of a procedure that the officer may act on; else answers 404."""
    try:
        service = register.service_of(db(), current_publisher().slug, procedure_id)
    except UnknownProcedureError:
        abort(404)
    if service not in _mine():
        abort(404)
    return service


def _found(procedure_id: str) -> Procedure:
    try:
        found = register.get(db(), current_publisher().slug, procedure_id)
    except UnknownProcedureError:
        abort(404)
    if _of(found) not in _mine():
        abort(404)
    return found


def _one(found: Procedure, errors: Errors) -> Answer:
    version, at = texts.get(db(), found.opening.version_id), request_at()
    return page(
        "sanctions/desk_one",
        errors,
        procedure=found,
        version=version,
        clause=words.clause_of(register.clauses(version), found.opening.provision),
        state=found.state(at),
        due_at=found.due_at(),
        may={one.value for one in Act if may_follow(found.done, one)},
        disclosed=register.disclosed(db(), found.acts),
        told=found.told,
        typed=request.form,
        **_words(),
    )


def _of(found: Procedure) -> str:
    return found.opening.service


def _mine() -> dict[str, Service]:
    """Return the services where the officer of this request takes measures."""
    offered = {one.slug: one for one in kiosk().services_of(current_publisher().slug)}
    held = current_officer().services(Role.SANCTIONS, tuple(offered), request_at())
    return {slug: offered[slug] for slug in held}


def _unproved() -> Errors:
    """Return what is said to who proved their second factor too long ago."""
    if held_session().proved_lately(request_at()):
        return {}
    return {"proof": _("Prouvez de nouveau qui vous êtes, dans un autre onglet, puis renvoyez cette page.")}


def _words() -> Mapping[str, Any]:
    mine = _mine()
    return {
        "services": mine,
        "names": [(one.slug, one.name) for one in mine.values()],
        "measure": lambda what, right: words.measure(Measure(what), right),
        "measures": words.MEASURES,
        "grounds": words.GROUNDS,
        "states": words.STATES,
        "acts": {**words.ACTS, Act.ANSWER: _("Réponse de la personne")},
        "State": State,
        "prove": url_for("staff.prove"),
    }
