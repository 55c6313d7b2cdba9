"""Pages of the register of links: see where texts lead, verify a link, take it off every page or show it."""

from __future__ import annotations

from flask import abort, redirect, request, url_for

from cgu_archive.corpus.model import Service
from kiosk.extensions import db, kiosk, request_at
from kiosk.legal_desk import link_register
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.link_register import KEEPERS, Register, UnknownLinkError, possible
from kiosk.legal_desk.pages import bp, desk, mine
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.texts.links import MAX_REASON, LinkDeed

_FORM_ID = 32


@bp.get("/liens")
@public
def link_registers() -> Answer:
    """Show the links out of the texts of the services that the officer works for."""
    offered = mine()
    registers = [link_register.register(db(), service, request_at()) for service in offered.values()]
    return page("legal_desk/links", {}, registers=registers, services=offered)


@bp.get("/liens/<of>")
@public
def one_link(of: str) -> Answer:
    """Show one link, where it stands, what was done with it, and what an act will do."""
    return _page(_service(of), request.args.get("adresse", ""), {})


@bp.post("/liens/<of>")
@public
def act_on_link(of: str) -> Answer:
    """Verify a link, take it off every page, or show it again."""
    service, url, errors = _service(of), request.form.get("adresse", ""), Errors()
    if of not in mine(*KEEPERS):
        abort(403)
    act = next((one for one in LinkDeed if one.value == request.form.get("act")), None)
    if act is None:
        abort(400)
    reason = _reason(errors) if act is LinkDeed.REMOVED else None
    if errors:
        return _page(service, url, errors)
    form_id, at = _form_id(), kiosk().clock()
    try:
        link_register.do(
            db(), service, current_officer(), url, act, reason=reason, form_id=form_id, means=desk(), at=at
        )
    except UnknownLinkError:
        abort(404)
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _page(service, url, {"adresse": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one_link", of=of, adresse=url), 303)


def _service(of: str) -> Service:
    return mine().get(of) or abort(404)


def _page(service: Service, url: str, errors: Errors) -> Answer:
    found = link_register.register(db(), service, request_at())
    try:
        link = found.find(url)
    except UnknownLinkError:
        abort(404)
    return page(
        "legal_desk/link",
        errors,
        service=service,
        link=link,
        done=found.done_with(url),
        here=_places(found, url),
        may=possible(link) if service.slug in mine(*KEEPERS) else (),
        form_id=kiosk().randomness(16).hex(),
        typed=request.form,
        most=MAX_REASON,
        Act=LinkDeed,
    )


def _places(found: Register, url: str) -> list[tuple[str, str, str, bool]]:
    """Return where a link stands: version, provision, words, whether the version is read now or later."""
    return [
        (str(place.version), place.at, place.words, str(place.version) in found.read_now)
        for place in found.find(url).places
    ]


def _reason(errors: Errors) -> str | None:
    typed = " ".join(request.form.get("reason", "").split())
    if not typed:
        errors["reason"] = "Donnez le motif\u00a0: il est inscrit au registre, public."
    elif len(typed) > MAX_REASON or not typed.isprintable():
        errors["reason"] = f"Il faut au plus {MAX_REASON} caractères, sans caractère invisible."
    return typed


def _form_id() -> str:
    typed = request.form.get("form_id", "")
    if not (len(typed) == _FORM_ID and typed.isalnum() and typed.isascii()):
        abort(400)
    return typed
