"""What a request needs of its application: settings, texts, clock, one lazy database session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import flask_babel
from flask import Flask, abort, current_app, g, request
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.errors import UnknownAddressError
from cgu_archive.corpus.model import Publisher, Service, Terms
from kiosk import db as database
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import open_session
from kiosk.ledger.signer import Signer
from kiosk.organisations.directory import Directory

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Randomness = Callable[[int], bytes]
"""Returns that many unpredictable bytes."""

babel = Babel()
csrf = CSRFProtect()
login_manager = LoginManager()


@dataclass(slots=True)
class Kiosk:
    """What one application was made with."""

    settings: Settings
    engine: Engine
    clock: Clock
    randomness: Randomness
    services: Mapping[str, Service]
    publishers: Mapping[str, Publisher]
    signer: Signer | None = None
    """Promises leaves with a key that this process does not have; None: receipts begin once sealed."""
    directory: Directory | None = None
    """Says who has a SIREN or a SIRET; None: people declare their company."""

    def services_of(self, publisher: str) -> tuple[Service, ...]:
        """Return the services of one publisher, in order."""
        return tuple(s for s in self.services.values() if s.publisher.slug == publisher)


def gettext(words: str, **values: object) -> str:
    """Return `words` in the language of the request, with `values` in their places."""
    return str(flask_babel.gettext(words, **values))


def kiosk() -> Kiosk:
    """Return the kiosk of the current application."""
    state: Kiosk = current_app.extensions["kiosk"]
    return state


def request_at() -> datetime:
    """Return the instant of the current request: one, however long it takes."""
    at: datetime | None = g.get("at")
    if at is None:
        at = g.at = kiosk().clock()
    return at


def db() -> Session:
    """Return the session of the current request, opened at first use; the view commits once."""
    session: Session | None = g.get("db")
    if session is None:
        session = g.db = open_session(kiosk().engine, write=request.method not in SAFE_METHODS)
    return session


def db_at_once() -> Session:
    """Return the same; when it opens here, each statement is a transaction by itself (`open_session`)."""
    if "db" not in g:
        g.db = open_session(kiosk().engine, write=request.method not in SAFE_METHODS, holding=False)
    return db()


def hold() -> None:
    """Let all that the current request writes from here on be one transaction."""
    database.hold(db())


def only_read() -> None:
    """Let others write from here on: the current request has nothing left to record."""
    session = db()
    session.rollback()
    session.bind = kiosk().engine


def current_service() -> Service:
    """Return the service that the address of the request names."""
    service: Service = g.service
    return service


def current_document(terms: str) -> Terms:
    """Return the document `terms` of the service that the address names, or answer 404."""
    try:
        return current_service().document(terms)
    except UnknownAddressError:
        abort(404)


def current_publisher() -> Publisher:
    """Return the publisher that the address of the request names."""
    publisher: Publisher = g.publisher
    return publisher


def init_app(app: Flask, state: Kiosk) -> None:
    """Bind `state` to `app`: addresses name a known publisher and one of its services, or answer 404."""
    app.extensions["kiosk"] = state
    app.url_value_preprocessor(_resolve)
    app.url_defaults(_complete)
    app.teardown_appcontext(_close)


def _resolve(_endpoint: str | None, values: dict[str, str] | None) -> None:
    if not values or "publisher" not in values:
        return
    if any("\x00" in str(value) for value in (*values.values(), *request.args.values())):
        abort(404)  # no address holds one, and PostgreSQL refuses it
    publisher = kiosk().publishers.get(values.pop("publisher"))
    if publisher is None:
        abort(404)
    g.publisher = publisher
    if "service" in values:
        service = kiosk().services.get(values.pop("service"))
        if service is None or service.publisher.slug != publisher.slug:
            abort(404)
        g.service = service


def _complete(endpoint: str, values: dict[str, object]) -> None:
    """Let `url_for` repeat the publisher and service of the current address."""
    for name in ("publisher", "service"):
        if name not in values and name in g and current_app.url_map.is_endpoint_expecting(endpoint, name):
            values[name] = g.get(name).slug


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()
