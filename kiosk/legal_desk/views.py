"""The first pages of the legal desk: every draft, and one."""

from __future__ import annotations

from kiosk.extensions import current_publisher, db
from kiosk.legal_desk import drafts
from kiosk.legal_desk.pages import bp, held, mine
from kiosk.security import public
from kiosk.staff.pages import Answer, page


@bp.get("")
@public
def listing() -> Answer:
    """List the drafts of the services that the officer works for."""
    offered = mine()
    found = drafts.listing(db(), current_publisher().slug, offered)
    return page("legal_desk/list", {}, drafts=found, services=offered)


@bp.get("/brouillons/<draft_id>")
@public
def one(draft_id: str) -> Answer:
    """Show a draft: how it stands, what was done with it, its text."""
    found = held(draft_id)
    return page("legal_desk/one", {}, draft=found, services=mine())
