"""The door of a service: asked anew at every request, open only to who accepted what it asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for

from kiosk.acceptance.asking import Asked, documents_asked
from kiosk.acceptance.policy import Access, first_pending, is_open
from kiosk.accounts import closures
from kiosk.accounts.browser import current_person
from kiosk.accounts.closures import Shut
from kiosk.extensions import SAFE_METHODS, current_service, db, kiosk, request_at

_NOT_KEPT = frozenset({"csrf_token"})
_ASK_AGAIN_SECONDS = 3600
_GATED = "kiosk_gated"


def asked_of_person() -> list[Asked]:
    """Return what the service of this address asks of the person of this request."""
    person = current_person()
    account_id = person.account_id if person else None
    return documents_asked(db(), kiosk().services, current_service(), account_id, request_at())


def gated(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open `view` only to people who accepted every document its service asks for (P-07, P-08, S-10).

    Others are shown what to decide; what they sent is given back, to be sent again (409). While the service
    is closed nobody comes in (T-18, S-35, O-52): 503, and what was sent is given back too.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        person = current_person()
        shut = closures.of(person.closed, current_service().slug, request_at()) if person else None
        if shut is not None:
            return _closed(shut)
        asked = asked_of_person()
        found = [one.answer for one in asked]
        g.asked = asked
        if is_open(found):
            return view(*args, **kwargs)
        pending = first_pending(found)
        if pending is None or any(one.access is Access.NO_TEXT for one in found):
            abort(503)
        document = pending.document
        decide = url_for("acceptance.decide", service=document.service, terms=document.terms)
        if request.method in SAFE_METHODS:
            return redirect(decide, 303)
        return render_template("acceptance/not_sent.html", typed=typed(), decide=decide), 409

    setattr(guarded, _GATED, True)
    return guarded


def _closed(shut: Shut) -> Response:
    """Return the page of a service that is closed; `Retry-After` is when it opens again, else an hour."""
    page = render_template("acceptance/closed.html", until=shut.until, typed=typed())
    answer = make_response(page, 503)
    answer.retry_after = shut.until or _ASK_AGAIN_SECONDS
    return answer


def is_gated(view: Callable[..., Any]) -> bool:
    """Whether `view` is inside a service, behind its gate."""
    return hasattr(view, _GATED)


def typed() -> list[tuple[str, str]]:
    """Return what this request sent, to be given back to who sent it."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT]
