"""What every response carries and every request must show: headers, cookies, deny by default."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_login import current_user
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from kiosk.config import Settings
from kiosk.db import Question
from kiosk.errors import NullCharacter
from kiosk.extensions import SAFE_METHODS, kiosk

MAX_REQUEST_BYTES = 256 * 1024
SIGN_UP = "sign_up"
"""Session key of a sign-up in progress."""

View = TypeVar("View", bound=Callable[..., Any])

_ACCESS = "kiosk_access"
_BESIDE = "kiosk_beside"
_PUBLIC = "public"
_CANDIDATE = "candidate"
_PUBLIC_ENDPOINTS = frozenset({"static"})
_CACHED_ENDPOINTS = frozenset({"static", "site.archive", "site.ledger", "site.font", "site.style"})

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_REFERRER = "Referrer-Policy"
_HSTS = "max-age=31536000; includeSubDomains"
_LOCAL_PATH = re.compile(r"/[a-z0-9][a-z0-9._-]*(?:/[a-z0-9._-]+)*/?")
_LOCAL_QUERY = re.compile(r"[A-Za-z0-9._~=&-]*")


def public(view: View) -> View:
    """Open `view` to everyone; every view without this asks for a signed-in person."""
    setattr(view, _ACCESS, _PUBLIC)
    return view


def open_to_candidates(view: View) -> View:
    """Open `view` to signed-in people and to those in the middle of signing up."""
    setattr(view, _ACCESS, _CANDIDATE)
    return view


def reads_beside(read: Callable[[], Question]) -> Callable[[View], View]:
    """Let what `read` returns find who asks for a view, and more beside them, in one query.

    What the view then writes is written with nothing held, unless it holds it (`extensions.hold`).
    """

    def marked(view: View) -> View:
        setattr(view, _BESIDE, read)
        return view

    return marked


def beside() -> Question | None:
    """Return what finds who asks for the view that answers, and more, if the view wants more."""
    read: Callable[[], Question] | None
    read = getattr(current_app.view_functions.get(request.endpoint or ""), _BESIDE, None)
    return None if read is None else read()


def is_public(app: Flask, endpoint: str) -> bool:
    """Whether anyone may call `endpoint`."""
    return endpoint in _PUBLIC_ENDPOINTS or getattr(app.view_functions[endpoint], _ACCESS, None) == _PUBLIC


def init_app(app: Flask, settings: Settings) -> None:
    """Set cookie flags, limits, headers and the guard of `app`."""
    app.config.update(
        SECRET_KEY=settings.secret_key or None,
        SESSION_COOKIE_NAME="__Host-kiosk" if settings.secure else "kiosk",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # reading a long text must not lose the decision
    )
    app.session_interface = _Sessions(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    app.before_request(_refuse_strangers)
    app.before_request(_refuse_null)
    app.after_request(_add_headers)


def keyed_hash(*parts: str) -> str:
    """Return a hash of `parts` that only this deployment can compute, 64 hexadecimal digits."""
    return keyed_hasher(kiosk().settings.secret_key)(*parts)


def keyed_hasher(secret_key: str) -> Callable[..., str]:
    """Return `keyed_hash` of the deployment whose secret this is, for what answers no request."""

    def hashed(*parts: str) -> str:
        return hmac.digest(secret_key.encode(), "\x00".join(parts).encode(), "sha256").hex()

    return hashed


def serializer(salt: str) -> URLSafeSerializer:
    """Return what signs values that a form carries."""
    return _serializer(kiosk().settings.secret_key, salt)


@lru_cache
def _serializer(secret_key: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=salt)


class _Sessions(SecureCookieSessionInterface):
    """The sessions of Flask; what signs them is made once, not twice a request."""

    def __init__(self, app: Flask) -> None:
        self._signing = super().get_signing_serializer(app)

    def get_signing_serializer(self, _app: Flask) -> URLSafeTimedSerializer | None:
        return self._signing


def safe_next(target: str | None, publisher: str) -> str | None:
    """Return `target` when it is a plain path of `publisher` on this host, else None."""
    if not target or not _LOCAL_PATH.fullmatch(target) or not target.startswith(f"/{publisher}/"):
        return None
    return None if "/." in target else target


def local_page(target: str | None) -> str | None:
    """Return `target` when it is a plain path of this host, with a plain query or none, else None."""
    path, _, query = (target or "").partition("?")
    if not _LOCAL_PATH.fullmatch(path) or "/." in path or not _LOCAL_QUERY.fullmatch(query):
        return None
    return target


def _refuse_strangers() -> BaseResponse | None:
    """Answer 401, or show the way to sign in, unless the view is open to who asks."""
    if request.endpoint is None or request.endpoint in _PUBLIC_ENDPOINTS:
        return None
    access = getattr(current_app.view_functions[request.endpoint], _ACCESS, None)
    if access == _PUBLIC or (access == _CANDIDATE and SIGN_UP in session) or current_user.is_authenticated:
        return None
    if request.method in SAFE_METHODS and "publisher" in g:
        return redirect(url_for("accounts.sign_in", next=request.path), 303)
    return abort(401)


def _refuse_null() -> None:
    """Refuse, before any view reads it, a form that holds what PostgreSQL cannot; addresses: `extensions`."""
    if request.method not in SAFE_METHODS and any(
        "\x00" in value for values in request.form.listvalues() for value in values
    ):
        raise NullCharacter


def _add_headers(response: Response) -> Response:
    settings = kiosk().settings
    stricter = response.headers.get(_REFERRER) == "no-referrer"
    response.headers.update(HEADERS)
    if stricter:
        response.headers[_REFERRER] = "no-referrer"
    if settings.secure:
        response.headers["Strict-Transport-Security"] = _HSTS
    if request.endpoint not in _CACHED_ENDPOINTS:
        response.headers["Cache-Control"] = "no-store"
    return response
