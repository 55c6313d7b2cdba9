"""The session of an officer in a browser: a cookie of its own, that people's accounts know nothing of."""

from __future__ import annotations

from collections.abc import Collection

from flask import abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.ledger.administration import Registrar
from kiosk.security import keyed_hash, safe_next
from kiosk.staff import sessions
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from kiosk.staff.sessions import Held


def cookie_name() -> str:
    """Return the name of the cookie; over TLS, one that no other host can set."""
    return "__Host-equipe" if kiosk().settings.secure else "equipe"


def let_in(
    *, role: Role | None = None, open_to_all: Collection[str] = (), half_open: Collection[str] = ()
) -> Response | None:
    """Lead an officer to what they must prove first; None lets the request through.

    `open_to_all` are endpoints that anyone may call, `half_open` those of an officer whose second factor is
    not proved yet. Answers 403 without `role`. Called before each request of a blueprint whose views are
    `public`: the guard of people leaves them to this one.
    """
    if request.endpoint in open_to_all:
        return None
    held = _find()
    if held is None:
        return _elsewhere("staff.sign_in")
    g.held = held
    if held.proved_at is not None:
        g.officer = held.officer
    elif request.endpoint in half_open:
        return None
    else:
        return _elsewhere("staff.prove")
    if role is not None and role not in held.officer.roles(request_at()):
        return abort(403)
    return None


def held_session() -> Held:
    """Return the session of a request that the guard let through, half open perhaps."""
    held: Held = g.held
    return held


def means() -> Registrar:
    """Return what the acts of this request are sealed with."""
    return Registrar(kiosk().settings.mode.value, kiosk().randomness)


def current_officer() -> Person:
    """Return the officer of a request that the guard let through, their second factor proved."""
    officer: Person = g.officer
    return officer


def is_in() -> bool:
    """Whether an officer whose second factor is proved makes this request."""
    return "officer" in g


def offered() -> tuple[str, ...]:
    """Return the services of the publisher whose address this is."""
    return tuple(service.slug for service in kiosk().services_of(current_publisher().slug))


def prove_again(then: str) -> Response | None:
    """Ask for the second factor again before an act that weighs, and lead to the page `then`; None: no need.

    The caller answers with it before it changes anything.
    """
    if held_session().proved_lately(request_at()):
        return None
    return redirect(url_for("staff.prove", suite=then), 303)


def wanted() -> str | None:
    """Return the page of this publisher that was asked for before a proof was."""
    return safe_next(request.args.get("suite"), current_publisher().slug)


def begin(response: Response, officer: Person) -> Response:
    """Commit, and have this browser hold half a session of the officer; the one it held before ends.

    Raises `OfficerError` as `officers.confirm`.
    """
    _close()
    token = sessions.begin(db(), officer, at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash)
    return _hold(response, token)


def proved(response: Response) -> Response:
    """Commit, and have this browser hold the whole session of the officer who just proved a second factor.

    Raises `OfficerError` as `officers.confirm`.
    """
    token = sessions.proved(
        db(), held_session(), at=request_at(), randomness=kiosk().randomness, hasher=keyed_hash
    )
    return _hold(response, token)


def end(response: Response) -> Response:
    """End the session that this browser holds, on the server too, and commit."""
    _close()
    db().commit()
    response.delete_cookie(
        cookie_name(), secure=kiosk().settings.secure, httponly=True, samesite="Strict", path="/"
    )
    return response


def _find() -> Held | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    return sessions.find(db(), current_publisher().slug, token, at=request_at(), hasher=keyed_hash)


def _elsewhere(endpoint: str) -> Response:
    if request.method != "GET":
        return abort(401)
    return redirect(url_for(endpoint, suite=request.path), 303)


def _hold(response: Response, token: str) -> Response:
    db().commit()
    response.set_cookie(
        cookie_name(),
        token,
        secure=kiosk().settings.secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def _close() -> None:
    token = request.cookies.get(cookie_name())
    if token:
        sessions.close(db(), token, hasher=keyed_hash)
