"""Pages where a team watches people answer a version: tables, pictures of them, a spreadsheet."""

from __future__ import annotations

from typing import Any

from flask import abort
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Address
from kiosk.extensions import current_publisher, db
from kiosk.legal_desk import charts, correcting, spreadsheets, watching
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.pages import add_panel, bp, mine
from kiosk.legal_desk.policy import State
from kiosk.legal_desk.watching import DAILY, Series, Size, Watched
from kiosk.security import public
from kiosk.staff.pages import Answer, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError

LABELS = {
    Series.TOLD: "Prévenues",
    Series.HANDED: "Courriels remis au serveur",
    Series.UNDELIVERED: "Courriels non remis",
    Series.SEEN: "Ont eu le texte à l’écran",
    Series.ACCEPTED: "Ont accepté",
    Series.REFUSED: "Ont refusé",
    Series.DEFERRED: "Ont reporté",
    Series.LEFT: "Ont renoncé au service",
    Series.SILENT: "Prévenues, n’ont rien décidé",
}
FEWER = f"moins de {watching.GROUP}"


def watching_panel(found: Held) -> dict[str, Any]:
    """Return what the page of a draft needs to lead to how people answer it, once it is published."""
    return {"watchable": found.standing.state in (State.PUBLISHED, State.CANCELLED)}


add_panel(watching_panel)


def shown(size: Size) -> str:
    """Return the words for a number of people."""
    return FEWER if size.tens is None else str(size.tens)


def _found(service: str, terms: str, slug: str) -> Watched:
    if service not in mine():
        abort(404)
    try:
        return watching.watch(db(), texts.by_address(db(), Address(service, terms, slug)))
    except UnknownVersionError:
        abort(404)


@bp.get("/versions/<of>/<terms>/<slug>/suivi")
@public
def watch_version(of: str, terms: str, slug: str) -> Answer:
    """Show how people answer a version."""
    found = _found(of, terms, slug)
    return page(
        "legal_desk/watch",
        {},
        watched=found,
        cancelled=texts.cancellations(db(), [found.version]).get(found.version.id),
        services=mine(),
        publishes=of in mine(Role.PUBLISHER),
        faulty=correcting.is_faulty(db(), current_publisher().slug, found.version),
        labels=LABELS,
        daily=DAILY,
        shown=shown,
        group=watching.GROUP,
    )


@bp.get("/versions/<of>/<terms>/<slug>/suivi/<series>.svg")
@public
def watch_picture(of: str, terms: str, slug: str, series: str) -> Response:
    """Give the picture of one series: the table beside it says the same."""
    found = _found(of, terms, slug)
    wanted = next((one for one in DAILY if one.value == series), None)
    if wanted is None or not found.days:
        abort(404)
    drawn = charts.line([(day, sizes[wanted].tens or 0) for day, sizes in found.days])
    response = Response(drawn, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/versions/<of>/<terms>/<slug>/suivi.csv")
@public
def watch_file(of: str, terms: str, slug: str) -> Response:
    """Give the numbers for a spreadsheet: the same, as hidden."""
    found = _found(of, terms, slug)
    rows = [
        *([day.isoformat(), *(shown(sizes[series]) for series in DAILY)] for day, sizes in found.days),
        [],
        ["total", "nombre"],
        *([LABELS[series], shown(found.sizes[series])] for series in Series),
    ]
    head = ["jour", *(LABELS[series] for series in DAILY)]
    return spreadsheets.answer(head, rows, f"suivi-{of}-{terms}-{slug}.csv")
