"""Make the web application from its settings."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request

from cgu_archive.corpus.model import Mode, Service
from kiosk import errors, extensions, languages, presentation, security
from kiosk.accounts.registration import Check, CodeCheck
from kiosk.clock import Clock, system_clock
from kiosk.config import Settings
from kiosk.db import make_engine
from kiosk.environment import ConfigurationError
from kiosk.extensions import Kiosk, Randomness, csrf, login_manager
from kiosk.ledger.signer import Signer, SocketSigner
from kiosk.organisations.directory import Directory, SampleDirectory
from kiosk.organisations.sirene import SireneDirectory
from kiosk.sanctions import models as _sanctions  # noqa: F401 - who leaves takes what it says of them along
from kiosk.security import keyed_hasher
from kiosk.staff import pages
from kiosk.staff.roles import Role
from kiosk.texts import site
from kiosk.texts.services import load_services


def create_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    randomness: Randomness = secrets.token_bytes,
    log: TextIO = sys.stderr,
    signer: Signer | None = None,
    directory: Directory | None = None,
    registration: Check | None = None,
) -> Flask:
    """Return the application of `settings`; in documentary mode it only shows texts and the archive.

    Without a `signer`, promises are asked at the socket that the settings name; without a `directory`,
    companies are looked for in the one that they name. `registration` checks codes of sign-ups, else they are
    those that `kiosk registration` added.
    """
    app = Flask("kiosk", root_path=str(presentation.ROOT))
    services = load_services(settings.texts_dir)
    _refuse_fiction(settings, services)
    state = Kiosk(
        settings=settings,
        engine=make_engine(settings.database_url),
        clock=clock,
        randomness=randomness,
        services=services,
        publishers={service.publisher.slug: service.publisher for service in services.values()},
        signer=signer or _signer(settings),
        directory=directory or _directory(settings),
    )
    app.extensions["registration"] = registration or CodeCheck(keyed_hasher(settings.secret_key))
    _log_requests(app, log)
    extensions.init_app(app, state)
    languages.init_app(app)
    security.init_app(app, settings)
    errors.init_app(app)
    presentation.init_app(app)
    app.register_blueprint(site.bp)
    if settings.mode is not Mode.DOCUMENTARY:
        _open_accounts(app)
    if settings.mode is not Mode.DOCUMENTARY and settings.evidence_desk:
        _open_evidence(app)
    if settings.mode is not Mode.DOCUMENTARY and settings.legal_desk:
        _open_legal_desk(app)
    if settings.mode is not Mode.DOCUMENTARY and settings.administration:
        _open_administration(app)
    if settings.mode is not Mode.DOCUMENTARY and settings.sanctions:
        _open_sanctions(app)
    return app


def _signer(settings: Settings) -> Signer | None:
    """Return who promises with the key that this process must not have; None when nobody does."""
    path = settings.signer_socket
    return None if path is None or settings.mode is Mode.DOCUMENTARY else SocketSigner(path)


def _directory(settings: Settings) -> Directory | None:
    """Return where companies are looked for; a demonstration has a few in a file."""
    if settings.sirene is not None:
        return SireneDirectory(settings.sirene.url, settings.sirene.key())
    return SampleDirectory() if settings.mode is Mode.DEMONSTRATION else None


def _refuse_fiction(settings: Settings, services: Mapping[str, Service]) -> None:
    """Raise `ConfigurationError` when a publisher's kiosk is given an imaginary service."""
    imaginary = [service.slug for service in services.values() if service.fictional]
    if settings.mode is Mode.PUBLISHER and imaginary:
        raise ConfigurationError(
            f"Mode publisher refusé : {settings.texts_dir} contient un service imaginaire"
            f" ({', '.join(imaginary)}). Retirez ce dossier des textes."
        )


def _open_accounts(app: Flask) -> None:
    """Add everything that needs a person; a kiosk that only documents has none of it."""
    from kiosk.acceptance import anonymous_pages, comparing, contesting, receipt_pages, representative_pages
    from kiosk.acceptance import views as acceptance
    from kiosk.accounts import (  # noqa: F401 - they add routes to the blueprint
        browser,
        by_post,
        consent_pages,
        details,
        identity,
        recovery_pages,
        renewing,
        session_pages,
        signing_up,
        views,
    )
    from kiosk.accounts import pages as accounts
    from kiosk.retention import rights_pages  # noqa: F401 - it adds routes to the blueprint
    from kiosk.retention import views as retention
    from kiosk.space import views as space
    from kiosk.texts import views as texts

    csrf.init_app(app)
    login_manager.session_protection = None  # a sign-in is a row of ours, not the browser's name
    login_manager.init_app(app, add_context_processor=False)  # a page of error must not ask the database
    login_manager.request_loader(browser.load_person)
    for blueprint in (
        languages.bp,
        texts.bp,
        comparing.bp,
        accounts.bp,
        acceptance.bp,
        receipt_pages.bp,
        contesting.bp,
        retention.bp,
        space.bp,
    ):
        app.register_blueprint(blueprint)
    if app.extensions["kiosk"].settings.shared_terminal:
        from kiosk.accounts import shared, shared_pages

        shared.init_app(app)
        app.register_blueprint(shared_pages.bp)
    if any(one.acceptance.without_account for one in app.extensions["kiosk"].services.values()):
        app.register_blueprint(anonymous_pages.bp)
    if any(one.acceptance.representative for one in app.extensions["kiosk"].services.values()):
        app.register_blueprint(representative_pages.bp)


def _open_evidence(app: Flask) -> None:
    """Add the pages of the legal team; a kiosk without one has no such address."""
    from kiosk.evidence import views as evidence

    _open_staff(app)
    app.register_blueprint(evidence.bp)
    pages.add_room(app, pages.Room("evidence.requests", "Dossiers de preuve", (Role.EVIDENCE,)))


def _open_legal_desk(app: Flask) -> None:
    """Add the pages where texts are written, approved and published; a kiosk without them has none."""
    from kiosk.legal_desk import (  # noqa: F401 - they add routes to the blueprint
        attachment_pages,
        checking,
        commenting,
        comparing,
        correcting_pages,
        deciding,
        editing,
        history_pages,
        link_pages,
        link_readings,
        opening,
        receiving,
        releasing,
        reminding_pages,
        ruling,
        sizes,
        stopping_pages,
        views,
        watching_pages,
    )
    from kiosk.legal_desk import pages as legal_desk

    _open_staff(app)
    app.register_blueprint(legal_desk.bp)
    pages.add_room(app, pages.Room("legal_desk.listing", "Espace juridique", legal_desk.DESK))


def _open_administration(app: Flask) -> None:
    """Add the pages of those who administer people; a kiosk without them has no such address."""
    from kiosk.administration import (  # noqa: F401 - they add routes to the blueprint
        alert_pages,
        contesting_pages,
    )
    from kiosk.administration import views as administration

    _open_staff(app)
    app.register_blueprint(administration.bp)
    pages.add_room(app, pages.Room("administration.overview", "Personnes", (Role.SUPPORT,)))
    pages.add_room(app, pages.Room("administration.incident_register", "Incidents", (Role.SUPPORT,)))
    pages.add_room(app, pages.Room("administration.closed_services", "Fermetures", (Role.SUPPORT,)))
    pages.add_room(app, pages.Room("administration.notices", "Avis de sécurité", (Role.SUPPORT,)))


def _open_staff(app: Flask) -> None:
    """Add the way in for officers, once, for the first room where they work."""
    from kiosk.staff import factor_pages, views  # noqa: F401 - the former adds routes to the blueprint

    if views.bp.name not in app.blueprints:
        app.register_blueprint(views.bp)


def _open_sanctions(app: Flask) -> None:
    """Add the pages of people whom a measure concerns, those of officers, and let measures close services."""
    from kiosk.sanctions import desk
    from kiosk.sanctions import views as sanctions

    _open_staff(app)
    app.register_blueprint(sanctions.bp)
    app.register_blueprint(desk.bp)
    pages.add_room(app, pages.Room("measures.listing", "Mesures", (Role.SANCTIONS,)))


def _log_requests(app: Flask, log: TextIO) -> None:
    """Write one JSON line a request: its route, never its address, its query or who asked."""
    journal: Any = structlog.wrap_logger(
        structlog.PrintLogger(log),
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
    ).bind()  # once, not at every line
    app.extensions["journal"] = journal

    def begin() -> None:
        g.began = time.perf_counter()

    def tell(response: Response) -> Response:
        journal.info(
            "request",
            at=extensions.request_at().isoformat(),
            method=request.method,
            route=str(request.url_rule) if request.url_rule else None,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        )
        return response

    app.before_request(begin)
    app.after_request(tell)
