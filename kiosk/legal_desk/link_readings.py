"""Pages of links to read: open one, close it, and read a draft through it, without an account or a cookie."""

from __future__ import annotations

from flask import abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.db import writing
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import comparisons, forms, linking, printing
from kiosk.legal_desk.drafts import Held, as_version, content, revision
from kiosk.legal_desk.editing import rendered
from kiosk.legal_desk.errors import ClosedLinkError, LegalDeskError, RefusedError, UnknownDraftError
from kiosk.legal_desk.models import ReadingLink
from kiosk.legal_desk.pages import OPEN_TO_ALL, bp, desk, held_as
from kiosk.legal_desk.policy import closed_by
from kiosk.security import keyed_hash, public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role

OPEN_TO_ALL.update({"legal_desk.read_through_link", "legal_desk.print_through_link"})


@bp.route("/brouillons/<draft_id>/liens", methods=["GET", "POST"])
@public
def reading_links(draft_id: str) -> Answer:
    """Show the links to a draft; open another, whose address is shown this once."""
    held_as(draft_id, Role.AUTHOR)
    errors, address = Errors(), None
    if request.method == "POST":
        try:
            token = linking.open_link(
                db(), desk(), current_officer(), draft_id, request_at(),
                days=forms.number(request.form, "days"), words=request.form.get("words", ""),
                hasher=keyed_hash, form_id=request.form.get("form_id", "")[:32] or None,
                after=forms.number(request.form, "seen"),
            )  # fmt: skip
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["words"] = str(error)
        else:
            db().commit()
            here = url_for("legal_desk.read_through_link", token=token)
            address = kiosk().settings.public_url + here
    found = held_as(draft_id, Role.AUTHOR)
    acts = [one.done for one in found.acts]
    return page(
        "legal_desk/links_to_read",
        errors,
        draft=found,
        links=[
            (one, found.act(one.act_number), closed_by(acts, one.act_number))
            for one in linking.links(db(), draft_id)
        ],
        address=address,
        typed={} if address else request.form,
        most=linking.MOST_DAYS,
        form_id=kiosk().randomness(16).hex(),
    )


@bp.post("/brouillons/<draft_id>/liens/<int(max=999999):number>/fermer")
@public
def close_reading_link(draft_id: str, number: int) -> Answer:
    """Close a link."""
    held_as(draft_id, Role.AUTHOR)
    try:
        linking.close_link(db(), desk(), current_officer(), draft_id, request_at(), number=number)
        db().commit()
    except (LegalDeskError, OfficerError):
        db().rollback()  # it is closed, or was at this very instant: the page says which
    return redirect(url_for("legal_desk.reading_links", draft_id=draft_id), 303)


@bp.get("/lecture/<string(length=64):token>")
@public
def read_through_link(token: str) -> Response:
    """Show one state of a draft to whoever holds its address, and what it changes; nothing can be sent."""
    at, opened = request_at(), opened_by(token)
    if isinstance(opened, Response):
        return opened
    found, number, row = opened
    service = kiosk().services[found.draft.service]
    what = content(revision(db(), found, number))
    base, shown = comparisons.base_key(db(), found, at), None
    if base is not None:
        old = comparisons.find(db(), found, base).version
        try:
            shown = comparisons.html(comparisons.between(old, as_version(found, what)), service)
        except RefusedError:
            shown = None  # too long to be compared here: the text alone is given
    made = page(
        "legal_desk/read",
        {},
        draft=found,
        number=number,
        service_name=service.name,
        title=service.document(found.draft.terms).title,
        metadata=what.metadata,
        ends_at=row.expires_at,
        text=rendered(service, what.text),
        shown=shown,
        overtaken=number != found.standing.revision,
        token=token,
    )
    return for_nobody_else(make_response(made))


@bp.get("/lecture/<string(length=64):token>/projet.pdf")
@public
def print_through_link(token: str) -> Response:
    """Give the same state to be read on paper, said to be a project on each page."""
    opened = opened_by(token)
    if isinstance(opened, Response):
        return opened
    found, number, _ = opened
    service = kiosk().services[found.draft.service]
    try:
        made = printing.printed(service, found, revision(db(), found, number))
    except RefusedError as error:
        refused = page("legal_desk/read_closed", {}, title="PDF impossible", words=str(error))
        return for_nobody_else(make_response(refused, 422))
    response = Response(made, mimetype="application/pdf")
    name = f"projet-{found.draft.service}-{found.draft.terms}-{found.draft.slug}-etat-{number}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return for_nobody_else(response)


def opened_by(token: str) -> tuple[Held, int, ReadingLink] | Response:
    """Return what a token opens, its first reading noted, or the answer that says that it opens nothing more.

    404 for a token that never was.
    """
    at = request_at()
    try:
        found, number, row = linking.read(db(), current_publisher().slug, token, at, hasher=keyed_hash)
    except UnknownDraftError:
        abort(404)
    except ClosedLinkError as error:
        closed = page("legal_desk/read_closed", {}, title="Lien fermé", words=str(error))
        return for_nobody_else(make_response(closed, 410))
    if row.first_read_at is None:
        db().rollback()
        with writing(kiosk().engine) as session:
            linking.note_read(session, row, at)
    return found, number, row


def for_nobody_else(response: Response) -> Response:
    """Have nobody index the page, nor learn its address from a link that is followed."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
