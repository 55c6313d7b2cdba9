"""Every refusal as a page in French that says what happened, what to do and whom to ask."""

from __future__ import annotations

import traceback

from flask import Flask, current_app, g, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, ServiceUnavailable
from werkzeug.wrappers import Response

from kiosk.extensions import kiosk

KNOWN = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503})
_RETRY_SECONDS = 30


class NullCharacter(BadRequest):
    """A form holds U+0000, which no keyboard types and no database of ours keeps."""


def init_app(app: Flask) -> None:
    """Answer every error of `app` with a page of our own."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(Exception, _broken)


def _refused(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error  # a redirection, not a refusal
    return _page(error)


def _unavailable(error: OperationalError) -> Response:
    _tell(error)
    return _page(ServiceUnavailable(retry_after=_RETRY_SECONDS))


def _broken(error: Exception) -> Response:
    if current_app.testing and not isinstance(error, HTTPException):
        raise error
    _tell(error)
    return _page(InternalServerError())


def _tell(error: Exception) -> None:
    """Log where it broke and never the message, which may quote what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.name}:{frame.lineno}" for frame in frames[-6:]]
    current_app.extensions["journal"].error(
        "failure",
        at=kiosk().clock().isoformat(),
        error=type(error).__name__,
        places=places,
        route=str(request.url_rule) if request.url_rule else None,
    )


def _page(error: HTTPException) -> Response:
    response = error.get_response()
    code = error.code if error.code in KNOWN else 500 if (error.code or 500) >= 500 else 400
    service = g.get("service")
    services = [service] if service is not None else list(kiosk().services.values())
    publisher = g.get("publisher")
    if service is None and publisher is not None:
        services = list(kiosk().services_of(publisher.slug))
    body = render_template(
        "errors/page.html",
        code=code,
        services=services,
        is_error=True,
        null=isinstance(error, NullCharacter),
    )
    answer = Response(body, error.code, mimetype="text/html")
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
