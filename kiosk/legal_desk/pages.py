"""The frame of the legal desk's pages: its blueprint, who comes in, what of a publisher is theirs.

Off by default (`KIOSK_LEGAL_DESK`): a kiosk without a legal desk has none of these addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from cgu_archive.corpus.model import Address, Service
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk.acts import Desk
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import UnknownDraftError
from kiosk.legal_desk.policy import DESK as DESK
from kiosk.staff import browser
from kiosk.staff.browser import current_officer
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import links
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import PublishedVersion

bp = Blueprint("legal_desk", __name__, url_prefix="/<publisher>/espace-juridique")
OPEN_TO_ALL: set[str] = set()
"""Endpoints that need no officer: a view of a link to read adds its own."""

PANELS: list[Callable[[Held], dict[str, Any]]] = []
"""What the page of a draft shows beside its text: each gives its partial template the names that it needs."""


def add_panel(panel: Callable[[Held], dict[str, Any]]) -> None:
    """Have the page of a draft ask `panel` for what its partial template shows, once."""
    if panel not in PANELS:
        PANELS.append(panel)


def panels(found: Held) -> dict[str, Any]:
    """Return what the partial templates of the page of a draft need."""
    return {name: value for panel in PANELS for name, value in panel(found).items()}


@bp.before_request
def _refuse_strangers() -> Response | None:
    """Lead officers to their sign-in; `public` leaves the guard to this."""
    answer = browser.let_in(open_to_all=OPEN_TO_ALL)
    if answer is not None or not browser.is_in():
        return answer
    if not current_officer().roles(request_at()).intersection(DESK):
        abort(403)
    return None


def desk() -> Desk:
    """Return what acts of this request are recorded with."""
    return Desk(kiosk().settings.mode.value, kiosk().randomness)


def mine(*roles: Role) -> dict[str, Service]:
    """Return the services where the officer has one of `roles`; without any given, one of the desk."""
    known, texts_dir = kiosk().services_of(current_publisher().slug), kiosk().settings.texts_dir
    offered = {service.slug: links.on_file(texts_dir, service) for service in known}
    officer, at = current_officer(), request_at()
    return {
        slug: service
        for slug, service in offered.items()
        if any(officer.may(role, slug, at) for role in roles or DESK)
    }


def published(of: str, terms: str, slug: str, role: Role) -> PublishedVersion:
    """Return a version of a service where the officer has `role`; 404 or 403 for any other."""
    if of not in mine():
        abort(404)
    if of not in mine(role):
        abort(403)
    try:
        return texts.by_address(db(), Address(of, terms, slug))
    except UnknownVersionError:
        abort(404)


def held(draft_id: str) -> Held:
    """Return a draft that the officer may see; 404 for any other."""
    try:
        found = find(db(), current_publisher().slug, draft_id)
    except UnknownDraftError:
        abort(404)
    if found.draft.service not in mine():
        abort(404)
    return found


def held_as(draft_id: str, *roles: Role) -> Held:
    """Return a draft that the officer may see, at whose service they have one of `roles`; 403 without."""
    found = held(draft_id)
    if found.draft.service not in mine(*roles):
        abort(403)
    return found


def draft_page(found: Held, errors: Errors) -> Answer:
    """Return the page of a draft, with what its parts add; 422 with `errors`."""
    return page("legal_desk/one", errors, draft=found, services=mine(), **panels(found))
