"""Pages of « Mon espace » : take all one's data away, look back on one's history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import select

from cgu_archive.corpus.dates import PARIS, day_in_paris
from kiosk.accounts import browser
from kiosk.accounts.confirming import confirmed
from kiosk.accounts.consent_pages import channel_names
from kiosk.accounts.limits import Limit
from kiosk.accounts.pages import Answer, note, refuse_when
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.languages import ENGLISH, language
from kiosk.space import exporting, timeline
from kiosk.space.exporting import Making
from kiosk.space.timeline import Entry, InvalidPlaceError, Place
from kiosk.texts.models import PublishedVersion
from kiosk.traces.services import Event

bp = Blueprint("space", __name__)

EXPORTS = Limit("export", 5, timedelta(hours=1))
"""Of one account."""


@bp.route("/<publisher>/mon-compte/mes-donnees", methods=["GET", "POST"])
@confirmed
def export() -> Answer:
    """Hand over all that is held of the person, the password just typed (RGPD, articles 15 and 20)."""
    if request.method != "POST":
        return render_template("space/export.html")
    person = browser.signed_in_person()
    limited = ((EXPORTS, person.account_id),)
    refuse_when(limited)
    note(limited)
    browser.trace(Event.EXPORTED, person.account_id)
    db().commit()
    held = kiosk()
    offered = {one.slug: one for one in held.services_of(person.publisher)}
    making = Making(held.engine, held.settings, offered, held.signer, person.account_id, request_at())
    response = Response(exporting.export(making), mimetype="application/zip")
    name = f"mes-donnees-{person.publisher}-{day_in_paris(request_at()).isoformat()}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.app_template_filter("hour")
def hour(at: datetime) -> str:
    """Return « 9 h 05 », in Paris; in an English page, ``9:05``."""
    local = at.astimezone(PARIS)
    if language() == ENGLISH:
        return f"{local:%-H:%M}"
    return f"{local.hour}\u00a0h\u00a0{local:%M}"


@bp.get("/<publisher>/mon-compte/histoire")
def history() -> Answer:
    """Show what happened, by day, newest first; of one service when the address says so (S-60)."""
    person = browser.signed_in_person()
    mine = {one.slug: one for one in kiosk().services_of(current_publisher().slug)}
    used = [slug for slug in timeline.used(db(), person.account_id) if slug in mine]
    chosen = request.args.get("service") or None
    if chosen is not None and chosen not in used:
        abort(404)
    try:
        after = Place.parse(request.args["apres"]) if "apres" in request.args else None
    except InvalidPlaceError:
        abort(404)
    found = timeline.page(
        db(), person.account_id, [chosen] if chosen else used, after, alone=chosen is not None
    )
    return render_template(
        "space/history.html",
        days=list(_days(found.entries)),
        after=found.after,
        begins=after is None,
        versions=_versions(found.entries),
        services=mine,
        used=used,
        chosen=chosen,
        channels=channel_names(),
    )


def _days(entries: Iterable[Entry]) -> Iterator[tuple[date, list[Entry]]]:
    for day, some in groupby(entries, key=lambda one: day_in_paris(one.at)):
        yield day, list(some)


def _versions(entries: Iterable[Entry]) -> dict[int, PublishedVersion]:
    """Return the versions that entries name, without their text, in one question."""
    wanted = {one.version_id for one in entries if one.version_id is not None}
    if not wanted:
        return {}
    named = select(PublishedVersion).where(PublishedVersion.id.in_(wanted))
    return {one.id: one for one in db().scalars(named)}
