"""Pages of the administration: people counted, listed, looked at, closed and opened again; incidents.

Off by default (`KIOSK_ADMINISTRATION`): a kiosk without it has none of these addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Service
from kiosk.acceptance import bundled, contestations, terminations
from kiosk.acceptance.services import recorded
from kiosk.accounts import closures, incidents, mails
from kiosk.accounts.models import Account
from kiosk.administration import forms, people, services
from kiosk.administration.errors import BadDateError, UnchangedError, UnknownAccountError
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.presentation import rights_contacts
from kiosk.retention import remedies
from kiosk.security import public
from kiosk.staff import browser
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError, TooManyError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts.models import PublishedVersion
from kiosk.texts.services import history
from kiosk.traces import services as traces

bp = Blueprint("administration", __name__, url_prefix="/<publisher>/administration")

SHOWN_EVENTS = 100
_NOBODY = "Aucun compte n’a exactement cette adresse, parmi ceux que vous pouvez voir."
UNDONE = "Fiche montrée de nouveau : l’acte demandé n’a pas été fait."
"""The reason of a look that follows a form which was refused: nobody is seen without one."""
_REFUSALS = (AtOnceError, OfficerError, UnchangedError)


@bp.before_request
def _refuse_strangers() -> Response | None:
    """Lead officers to their sign-in; `public` leaves the guard to this."""
    return browser.let_in(role=Role.SUPPORT)


def mine() -> dict[str, Service]:
    """Return the services whose people the officer may see."""
    offered = {service.slug: service for service in kiosk().services_of(current_publisher().slug)}
    return {slug: offered[slug] for slug in current_officer().services(Role.SUPPORT, offered, request_at())}


# Count and find


@bp.get("")
@public
def overview() -> Answer:
    """Count people by service, version and state; nobody is named (T-17)."""
    return _overview({})


def _overview(errors: Errors, until: datetime | None = None) -> Answer:
    offered = mine()
    versions = _versions(offered)
    chosen = _version(versions)
    found = people.counts(db(), current_publisher().slug, chosen.service, chosen.id) if chosen else None
    return page(
        "administration/overview",
        errors,
        until=until,
        services=offered,
        versions=versions,
        chosen=chosen,
        counts=found,
        typed=request.form,
    )


def _versions(offered: Mapping[str, Service]) -> list[PublishedVersion]:
    """Return every version of the documents of services, the newest of each first."""
    return [
        one
        for service in offered.values()
        for terms in service.terms
        for one in reversed(history(db(), service.slug, terms.slug))
    ]


def _version(versions: list[PublishedVersion]) -> PublishedVersion | None:
    """Return the version that was asked for among those that the officer may see, else the first."""
    wanted = request.values.get("version", "")
    for one in versions:
        if str(one.id) == wanted:
            return one
    if wanted:
        abort(404)
    return versions[0] if versions else None


@bp.post("/liste")
@public
def listing() -> Answer:
    """Name people, page after page, once the reason is given and written down."""
    errors: Errors = {}
    reason = forms.reason(request.form, errors)
    chosen = _version(_versions(mine()))
    if chosen is None:
        abort(404)
    if errors:
        return _overview(errors)
    states = forms.states(request.form)
    try:
        found = services.listed(
            db(), current_officer(), chosen.service, chosen.id, states,
            after=forms.after(request.form), reason=reason, at=request_at(),
        )  # fmt: skip
    except (AtOnceError, OfficerError) as error:
        db().rollback()
        return _overview({"reason": str(error)})
    except TooManyError as error:
        db().rollback()
        return _overview({"reason": str(error)}, error.until)
    db().commit()
    last = found[-1].account_id if len(found) == people.PAGE else None
    return page(
        "administration/listing",
        {},
        found=found,
        chosen=chosen,
        service=mine()[chosen.service],
        state=request.form.get("state", ""),
        reason=reason,
        last=last,
    )


@bp.post("/recherche")
@public
def search() -> Answer:
    """Find one person by their exact address, and show them; the search is written down."""
    errors: Errors = {}
    typed, reason = forms.address(request.form, errors), forms.reason(request.form, errors, "why")
    if errors:
        return _overview(errors)
    try:
        found = services.search(
            db(), current_officer(), tuple(mine()), typed, reason=reason, at=request_at(),
            randomness=kiosk().randomness,
        )  # fmt: skip
    except (AtOnceError, OfficerError) as error:
        db().rollback()
        return _overview({"address": str(error)})
    except TooManyError as error:
        db().rollback()
        return _overview({"address": str(error)}, error.until)
    db().commit()
    if found is None:
        return _overview({"address": _NOBODY})
    return show(found, {})


# One person


@bp.post("/personnes/<string(length=32):account_id>")
@public
def person(account_id: str) -> Answer:
    """Show one person, once the reason is given and written down."""
    errors: Errors = {}
    reason = forms.reason(request.form, errors)
    return _overview(errors) if errors else look(account_id, reason, {})


def look(account_id: str, reason: str, errors: Errors) -> Answer:
    """Return the page of a person, once it is written down and committed who looked and why."""
    try:
        services.look(db(), current_officer(), tuple(mine()), account_id, reason=reason, at=request_at())
    except UnknownAccountError:
        return abort(404)
    except (AtOnceError, OfficerError) as error:
        db().rollback()
        return _overview({"reason": str(error)})
    except TooManyError as error:
        db().rollback()
        return _overview({"reason": str(error)}, error.until)
    db().commit()
    return show(account_id, errors)


@bp.post("/personnes/<string(length=32):account_id>/desactivation")
@public
def deactivate(account_id: str) -> Answer:
    """Close an account."""
    return _change(account_id, services.deactivate, "account_closed")


@bp.post("/personnes/<string(length=32):account_id>/reactivation")
@public
def reactivate(account_id: str) -> Answer:
    """Open an account again."""
    return _change(account_id, services.reactivate, "account_opened")


def _change(account_id: str, change: Callable[..., Account], letter: str) -> Answer:
    """Do it once the second factor was proved lately, and have the person told, in one transaction."""
    again = browser.prove_again(url_for("administration.overview"))
    if again is not None:
        return again
    errors: Errors = {}
    reason = forms.reason(request.form, errors)
    if errors:
        return look(account_id, UNDONE, errors)
    try:
        account = change(
            db(), current_officer(), account_id, reason=reason, means=browser.means(), at=request_at()
        )
    except UnknownAccountError:
        return abort(404)
    except _REFUSALS as error:
        db().rollback()
        return look(account_id, UNDONE, {"reason": str(error)})
    own, publisher, officer = kiosk().services_of(account.publisher), current_publisher(), current_officer()
    mails.send(
        letter,
        key=f"{letter}:{account_id}:{request_at().isoformat()}",
        to=account.email,
        reason=reason,
        author=f"{officer.name}, {officer.function}" if publisher.public else officer.function,
        remedy=remedies.against(publisher, own),
        asked_of=rights_contacts(own),
    )
    db().commit()
    return show(account_id, {}, done=letter)


def show(account_id: str, errors: Errors, done: str | None = None) -> Answer:
    """Return the page of a person that it is written down that this officer sees."""
    try:
        known = people.get(db(), current_publisher().slug, account_id, tuple(mine()))
    except UnknownAccountError:
        return abort(404)
    offered = mine()
    seen = [
        one for one in traces.of_account(db(), account_id) if one.service is None or one.service in offered
    ]
    decisions = recorded(db(), account_id, tuple(offered))
    hashes = [one.decision.statement_hash for one in decisions]
    return page(
        "administration/person",
        errors,
        known=known,
        services=offered,
        decisions=decisions,
        organisations=bundled.organisations(db(), hashes),
        contested=contestations.about(db(), hashes),
        form_id=kiosk().randomness(16).hex(),
        typed=request.form,
        events=seen[:SHOWN_EVENTS],
        may_close=current_officer().may(Role.SUPPORT, None, request_at()),
        done=done,
    )


# Incidents


@bp.get("/incidents")
@public
def incident_register() -> Answer:
    """Show the incidents and terminations, where they went and what became of the mail; nobody is named."""
    offered = mine()
    found = [
        one
        for one in incidents.register(db(), current_publisher().slug)
        if any(slug in offered for slug in one.services)
    ]
    ended = terminations.register(db(), offered.values())
    return page("administration/incidents", {}, found=found, ended=ended, services=offered)


# Services closed for a while


@bp.get("/fermetures")
@public
def closed_services() -> Answer:
    """Show which services are closed, and the form that closes one."""
    return _closures({})


@bp.post("/fermetures")
@public
def close() -> Answer:
    """Close a service, or all of them: right on the next request, in every process."""
    errors: Errors = {}
    wanted = forms.services(request.form, mine(), errors)
    until, reason = forms.until(request.form, errors), forms.reason(request.form, errors)
    if errors:
        return _closures(errors)
    return _turn(
        lambda: services.close_services(
            db(),
            current_officer(),
            wanted,
            until=until,
            reason=reason,
            means=browser.means(),
            at=request_at(),
        ),
        "until",
    )


@bp.post("/reouverture")
@public
def reopen() -> Answer:
    """Open a service again."""
    errors: Errors = {}
    wanted, reason = forms.services(request.form, mine(), errors), "Réouverture."
    if errors:
        return _closures(errors)
    return _turn(
        lambda: services.open_services(
            db(), current_officer(), wanted, reason=reason, means=browser.means(), at=request_at()
        ),
        "service",
    )


def _turn(act: Callable[[], None], field: str) -> Answer:
    again = browser.prove_again(url_for("administration.closed_services"))
    if again is not None:
        return again
    try:
        act()
    except (AtOnceError, BadDateError, OfficerError) as error:
        db().rollback()
        return _closures({field: str(error)})
    db().commit()
    return redirect(url_for("administration.closed_services"), 303)


def _closures(errors: Errors) -> Answer:
    found = closures.every(db(), current_publisher().slug, request_at())
    return page(
        "administration/closures", errors, closed=found, services=mine(), typed=request.form,
        every=forms.EVERY,
    )  # fmt: skip
