"""Leave a trace of a page once it has left: reading waits for no write, and no write breaks a page."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from kiosk.db import writing
from kiosk.extensions import kiosk
from kiosk.traces import services
from kiosk.traces.services import Event


def leave_afterwards(
    response: Response,
    account_id: str,
    event: Event,
    *,
    service: str | None = None,
    version_id: int | None = None,
) -> Response:
    """Return `response`, which leaves a trace in a transaction of its own once it was sent.

    A trace that cannot be written is told in the log, without the account.
    """
    if request.method == "HEAD":
        return response  # it shows nothing
    state, journal = kiosk(), current_app.extensions["journal"]

    def write() -> None:
        try:
            with writing(state.engine) as session:
                services.leave(
                    session, account_id, event, state.clock(), state.randomness, service, version_id
                )
        except SQLAlchemyError as error:
            told: dict[str, Any] = {"at": state.clock().isoformat(), "error": type(error).__name__}
            journal.error("trace not left", **told)

    response.call_on_close(write)
    return response
