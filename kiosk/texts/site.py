"""Pages that need no person: landing, archive, published ledger, notices, health."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath

from flask import Blueprint, abort, render_template, send_from_directory, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.characters import FONTS
from cgu_archive.corpus.model import Mode, Service
from cgu_archive.corpus.rules import Quoted, Rule, RuleKind
from cgu_archive.redline import SCRIPTS, STYLES
from kiosk.extensions import db, kiosk, request_at
from kiosk.extensions import gettext as _
from kiosk.ledger.standing import standing
from kiosk.security import public
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion

bp = Blueprint("site", __name__)

_SECURITY_TXT_LIFETIME = timedelta(days=180)
_SECOND = timedelta(seconds=1)
_CHANGING = frozenset({"checkpoint", "keys.txt", "confiance.txt", "statements/index"})
"""Files of the ledger that are written again; every other one is what it is for ever."""
_FOR_EVER = "public, max-age=31536000, immutable"
_PLAIN = frozenset({"checkpoint", "checkpoints"})


@bp.get("/")
@public
def landing() -> str:
    """Show the services and what can be done here."""
    return render_template("texts/landing.html", services=list(kiosk().services.values()))


@bp.get("/archive/")
@bp.get("/archive/<path:path>")
@public
def archive(path: str = "") -> Response:
    """Serve the built archive (one machine); elsewhere any static host does."""
    root = kiosk().settings.archive_dir.absolute()
    if not path or path.endswith("/"):
        path += "index.html"
    elif _is_folder(root / path) and _inside(root, root / path):
        return Response(status=301, headers={"Location": url_for("site.archive", path=f"{path}/")})
    return send_from_directory(root, path, max_age=300)


@bp.get("/archive/registre/<path:path>")
@public
def ledger(path: str) -> Response:
    """Serve what anyone may read of the ledger (one machine); elsewhere any static host does."""
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") for part in parts):
        abort(404)  # being written
    response = send_from_directory(
        kiosk().settings.ledger_dir.absolute(), path, mimetype=_ledger_type(parts), etag=True
    )
    response.headers["Cache-Control"] = "no-cache" if "/".join(parts) in _CHANGING else _FOR_EVER
    return response


def _ledger_type(parts: tuple[str, ...]) -> str:
    """Return the media type of a published file: notes and lists are text, statements JSON."""
    if parts[0] in _PLAIN or parts[-1].endswith(".txt") or parts == ("statements", "index"):
        return "text/plain"
    return "application/json" if parts[0] == "statements" else "application/octet-stream"


def _is_folder(path: Path) -> bool:
    """Whether `path` is a folder; a name too long for any file is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _inside(root: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers, and whether what people decide is sealed in time; 503 when it is not."""
    if kiosk().settings.mode is Mode.DOCUMENTARY:
        return Response("ok\n", mimetype="text/plain")
    held = standing(db(), kiosk().settings, request_at())
    lines = (
        "late" if held.late else "ok",
        f"pending {held.pending}",
        f"oldest_pending_seconds {held.waited // _SECOND}",
        f"checkpoint_size {held.head.size if held.head else 0}",
        f"unstamped_seconds {held.unstamped // _SECOND}",
    )
    body = "".join(f"{line}\n" for line in lines)
    return Response(body, 503 if held.late else 200, mimetype="text/plain")


@bp.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """Say where to report a vulnerability (RFC 9116), when a contact is known."""
    contacts = sorted(
        {
            f"mailto:{contact.email}"
            for service in kiosk().services.values()
            if (contact := service.contacts["incident"]) is not None
            and contact.email
            and not service.fictional
        }
    )
    if not contacts:
        abort(404)
    expires = (request_at() + _SECURITY_TXT_LIFETIME).strftime("%Y-%m-%dT00:00:00Z")
    public_url = kiosk().settings.public_url
    lines = [f"Contact: {contact}" for contact in contacts]
    lines += [
        f"Expires: {expires}",
        "Preferred-Languages: fr, en",
        f"Canonical: {public_url}/.well-known/security.txt",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/accessibilite")
@public
def accessibility() -> str:
    """State how accessible this is."""
    return render_template("texts/accessibility.html", services=list(kiosk().services.values()))


@bp.get("/mentions-legales")
@public
def legal_notice() -> str:
    """Show who publishes this."""
    return render_template("texts/notice.html", which="legal", notice=_notice(kiosk().settings.legal_notice))


@bp.get("/donnees-personnelles")
@public
def privacy() -> str:
    """Show what is done with personal data."""
    return render_template(
        "texts/notice.html",
        which="privacy",
        notice=_notice(kiosk().settings.privacy_notice),
        services=list(kiosk().services.values()),
        terms=_terms(),
        promised=[one for one in map(_promised, kiosk().services.values()) if one.controllers or one.kept],
    )


@dataclass(frozen=True, slots=True)
class Promised:
    """What the texts of a service say of personal data."""

    service: Service
    controllers: tuple[Quoted, ...]
    kept: tuple[tuple[PublishedVersion, Rule], ...]
    """How long what is kept, each with the version to read now that says so."""


_KEPT = (RuleKind.RETENTION, RuleKind.RETENTION_TRACE_DAYS)


def _promised(service: Service) -> Promised:
    """Return what the texts of `service` say (requirements S-06, O-29, O-40); controllers alone in a copy."""
    read: Iterable[PublishedVersion | None] = ()
    if kiosk().settings.mode is not Mode.DOCUMENTARY:
        read = (texts.current(db(), service.slug, one.slug, request_at()) for one in service.terms)
    kept = [(one, rule) for one in read if one for rule in texts.rules(one) if rule.kind in _KEPT]
    return Promised(service, service.data_controllers, tuple(kept))


def _terms() -> list[tuple[str, str, list[str]]]:
    """Return how long data is kept after a deletion, and how long an account stays unused, by services.

    One account opens every service of a publisher, and is unused when none is used: the longest counts.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for one in kiosk().services.values():
        unused = max(own.retention.unused_years for own in kiosk().services_of(one.publisher.slug))
        found.setdefault((_years(one.retention.years), _years(unused)), []).append(one.name)
    return [(kept, unused, names) for (kept, unused), names in found.items()]


def _years(number: int) -> str:
    return _("un an") if number == 1 else _("%(n)s ans", n=number)


def _notice(file: Path | None) -> list[str]:
    """Return the paragraphs of a notice of this deployment, plain text."""
    if file is None:
        return []
    return [part.strip() for part in file.read_text("utf-8").split("\n\n") if part.strip()]


@bp.get("/plan-du-site")
@public
def sitemap() -> str:
    """List every page."""
    return render_template("texts/sitemap.html", services=list(kiosk().services.values()))


@bp.get("/verifier")
@public
def verify() -> str:
    """Explain how to check a receipt without us."""
    return render_template("texts/verify.html")


@bp.get("/polices/<name>")
@public
def font(name: str) -> Response:
    """Serve the faces that come with the archive's package."""
    return send_from_directory(FONTS, name, max_age=31_536_000)


@bp.get("/styles/<name>")
@public
def style(name: str) -> Response:
    """Serve the stylesheets of what the archive's package writes."""
    return send_from_directory(STYLES, name, max_age=3600)


@bp.get("/scripts/<name>")
@public
def script(name: str) -> Response:
    """Serve the script that shows a comparison in two columns; it hides nothing here."""
    return send_from_directory(SCRIPTS, name, max_age=3600)
