"""Pages that compare a draft: with the text in force, any other version, any of its states."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from werkzeug.wrappers import Response

from cgu_archive.word import MEDIA_TYPE
from kiosk.extensions import db, only_read, request_at
from kiosk.legal_desk import comparisons
from kiosk.legal_desk.comparisons import Compared
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.errors import RefusedError, UnknownDraftError
from kiosk.legal_desk.pages import bp, held, mine
from kiosk.security import public
from kiosk.staff.pages import Answer, page


@bp.get("/brouillons/<draft_id>/comparer")
@public
def compare(draft_id: str) -> Answer:
    """Show what changed from one text (`de`) to another (`a`): from what is in force to the draft first."""
    found = held(draft_id)
    old, new = _chosen(found)
    choices = comparisons.choices(db(), found)
    values: dict[str, Any] = {"draft": found, "choices": choices, "old": old, "new": new}
    if old is None:
        return page("legal_desk/compare", {}, shown=None, **values)
    service = mine()[found.draft.service]
    try:
        shown = comparisons.html(comparisons.between(old.version, new.version), service)
    except RefusedError as error:
        return page("legal_desk/compare", {"de": str(error)}, shown=None, **values)
    return page("legal_desk/compare", {}, shown=shown, **values)


@bp.get("/brouillons/<draft_id>/comparer.docx")
@public
def compared_in_word(draft_id: str) -> Response:
    """Send what changed as a Word file with tracked changes."""
    found = held(draft_id)
    old, new = _chosen(found)
    if old is None:
        abort(404)
    service, at = mine()[found.draft.service], request_at()
    only_read()
    try:
        changes = comparisons.between(old.version, new.version)
    except RefusedError:
        abort(422)
    response = Response(comparisons.word_file(changes, service, old, new, at), mimetype=MEDIA_TYPE)
    address = new.version.address
    name = f"brouillon-{address.service}-{address.terms}-{address.slug}-{old.key}-{new.key}.docx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _chosen(found: Held) -> tuple[Compared | None, Compared]:
    """Return the two texts that were asked for; 404 for one that this draft is not compared with."""
    base = comparisons.base_key(db(), found, request_at())
    old, new = request.args.get("de") or base, request.args.get("a")
    try:
        return (
            comparisons.find(db(), found, old) if old else None,
            comparisons.find(db(), found, new or comparisons.state_key(found.standing.revision)),
        )
    except UnknownDraftError:
        abort(404)
