"""How the pages of officers are made: one frame, with the rooms that their roles open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, make_response, render_template
from werkzeug.wrappers import Response

from kiosk.extensions import current_publisher, request_at
from kiosk.staff.roles import Role

Errors = dict[str, str]
"""What is wrong, by name of field, in the order of the form."""
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the kiosk where officers work."""

    endpoint: str
    """Of its first page."""
    label: str
    roles: tuple[Role, ...]
    """Who comes in: one of them is enough."""


def add_room(app: Flask, room: Room) -> None:
    """Show officers of that role the way to a room; without it, the room has no page."""
    app.extensions.setdefault("officer_rooms", []).append(room)


def rooms() -> list[Room]:
    """Return the rooms that the officer of this request may enter."""
    officer = g.get("officer")
    held = officer.roles(request_at()) if officer else frozenset()
    return [room for room in current_app.extensions.get("officer_rooms", []) if held.intersection(room.roles)]


def page(template: str, errors: Errors, *, until: datetime | None = None, **values: Any) -> Answer:
    """Return a page; 422 with `errors`, 429 when `until` says when what was refused is possible again."""
    made = render_template(
        f"{template}.html",
        errors=errors,
        officer=g.get("officer"),
        officer_rooms=rooms(),
        at=request_at(),
        **values,
    )
    if until is None:
        return (made, 422) if errors else made
    response = make_response(made, 429)
    response.retry_after = until
    return response


def alarm(what: str) -> None:
    """Say in the log that somebody who tries to come in as an officer was stopped; never who."""
    current_app.extensions["journal"].warning(
        "security", at=request_at().isoformat(), what=what, publisher=current_publisher().slug
    )
