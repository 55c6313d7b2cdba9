"""The door of a service that a measure closes: known of each request's session, at no further query."""

from __future__ import annotations

from flask import current_app, render_template, request
from werkzeug.wrappers import Response

from kiosk.acceptance.gate import is_gated, typed
from kiosk.accounts.browser import current_person
from kiosk.accounts.services import Person
from kiosk.extensions import SAFE_METHODS, current_service, db, request_at
from kiosk.extensions import gettext as _
from kiosk.ledger import services as ledger
from kiosk.sanctions import register, words
from kiosk.sanctions.errors import UnknownProcedureError
from kiosk.sanctions.policy import Measure, Standing, closed_rights, closing
from kiosk.texts import services as texts

Answer = Response | tuple[str, int]


def standings(person: Person) -> tuple[Standing, ...]:
    """Return the measures that last of a person, those that reached their date included."""
    return tuple(Standing.read(one) for one in person.measures or ())


def rights_closed(person: Person) -> frozenset[str]:
    """Return the rights of the service of this address that are suspended for a person (requirement O-23)."""
    return closed_rights(standings(person), current_service().slug, request_at())


def measure(what: str, right: str | None) -> str:
    """Return a measure as pages say it, in their language."""
    if right is None:
        return _(words.MEASURES[Measure(what)])
    return _("suspension du droit « %(right)s »", right=right)


def refuse_closed() -> Answer | None:
    """Answer in the place of a page inside a service that a measure closes to who asks; else None.

    What was sent is given back (409). Only such a person costs a query.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or not is_gated(view):
        return None
    person = current_person()
    if person is None or not person.measures:
        return None
    standing = closing(standings(person), current_service().slug, request_at())
    if standing is None:
        return None
    return _closed(standing, person)


def _closed(standing: Standing, person: Person) -> tuple[str, int]:
    safe = request.method in SAFE_METHODS
    sent = None if safe else typed()
    said = measure(standing.measure, standing.right)
    try:
        found = register.get(db(), person.publisher, standing.procedure)
    except UnknownProcedureError:  # it began with an account that is deleted
        page = render_template("sanctions/carried.html", standing=standing, measure=said, typed=sent)
        return page, 403 if safe else 409
    last = found.last
    version = texts.get(db(), last.version_id)
    page = render_template(
        "sanctions/closed.html",
        standing=standing,
        measure=said,
        terms=last.terms,
        version=version,
        provision=last.provision,
        clause=words.clause_of(register.clauses(version), last.provision),
        said=register.disclosed(db(), [last])[last.statement_hash],
        remedy=ledger.get(db(), last.statement_hash).members["remedy"],
        typed=sent,
    )
    return page, 403 if safe else 409
