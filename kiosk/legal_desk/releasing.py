"""Pages where a draft is published: what it will do, when, once confirmed; lifted; cancelled in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request, url_for

from kiosk.acceptance import informing
from kiosk.acceptance.asking import asks
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import approving, cancelling, comparisons, findings, forms, publishing, scheduling
from kiosk.legal_desk.acts import OVERTAKEN
from kiosk.legal_desk.deciding import answered
from kiosk.legal_desk.drafts import Held, as_version
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, RefusedError
from kiosk.legal_desk.pages import bp, desk, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.watching import GROUP, Size
from kiosk.security import public
from kiosk.staff import browser
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.errors import TextsError

_REFUSED = (LegalDeskError, OfficerError, TextsError)
NOW = "maintenant"


@bp.get("/brouillons/<draft_id>/publier")
@public
def release(draft_id: str) -> Answer:
    """Show all that publishing a draft would do, and ask when."""
    return _release(held_as(draft_id, Role.PUBLISHER), {})


@bp.post("/brouillons/<draft_id>/publier")
@public
def schedule(draft_id: str) -> Answer:
    """Show once more what is about to be done; confirmed, have the worker do it."""
    found = held_as(draft_id, Role.PUBLISHER)
    again = browser.prove_again(url_for("legal_desk.release", draft_id=draft_id))
    if again is not None:
        return again
    seen = forms.number(request.form, "seen")
    try:
        due_at = _due()
        if request.form.get("confirme") != "oui":
            if seen != found.standing.acts:
                raise ChangedSinceError(OVERTAKEN)
            return _confirmation(found, due_at)
        scheduling.schedule(
            db(), desk(), current_officer(), mine()[found.draft.service], draft_id, kiosk().clock(),
            seen=request.form.get("hash", ""), due_at=due_at,
            form_id=request.form.get("form_id", "")[:32] or None, after=seen,
        )  # fmt: skip
    except _REFUSED as error:
        db().rollback()
        return _release(held(draft_id), {"le": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)


@bp.post("/brouillons/<draft_id>/deprogrammer")
@public
def unschedule(draft_id: str) -> Answer:
    """Let a publication to come not happen."""
    held_as(draft_id, Role.PUBLISHER)
    try:
        scheduling.unschedule(
            db(), desk(), current_officer(), draft_id, kiosk().clock(), words=request.form.get("why", ""),
            after=forms.number(request.form, "seen"),
        )  # fmt: skip
    except (LegalDeskError, OfficerError) as error:
        return answered(draft_id, {"why": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)


@bp.route("/brouillons/<draft_id>/annuler", methods=["GET", "POST"])
@public
def cancel(draft_id: str) -> Answer:
    """Ask that what was published never take effect, confirm what another asked, or take it back."""
    found, errors = held_as(draft_id, Role.PUBLISHER), Errors()
    if request.method == "POST":
        again = browser.prove_again(url_for("legal_desk.cancel", draft_id=draft_id))
        if again is not None:
            return again
        try:
            _cancel(draft_id)
        except _REFUSED as error:
            db().rollback()
            errors["why"] = str(error)
        else:
            db().commit()
            return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)
    found = held(draft_id)
    first = found.standing.cancelling
    try:
        version = cancelling.version_of(db(), found)
    except RefusedError as error:
        return answered(draft_id, {"brouillon": str(error)})
    service = mine()[found.draft.service]
    return page(
        "legal_desk/cancel",
        errors,
        draft=found,
        version=version,
        typed=request.form,
        service_=service,
        asked=first and found.act(first.number),
        mine=first is not None and first.officer_id == current_officer().id,
        in_effect=version.effective_at is None or version.effective_at <= request_at(),
        possible=possible(Act.CANCELLED, found.standing),
        people=Size.of(informing.concerned(db(), kiosk().services, service, found.draft.terms)),
    )


def _cancel(draft_id: str) -> None:
    """Do what the form says of a cancellation."""
    officer, at, seen = current_officer(), kiosk().clock(), forms.number(request.form, "seen")
    words = request.form.get("why", "")
    match request.form.get("acte"):
        case "confirmer":
            cancelling.confirm(db(), desk(), officer, draft_id, at, after=seen)
        case "renoncer":
            cancelling.take_back(db(), desk(), officer, draft_id, at, words=words, after=seen)
        case _:
            cancelling.ask(db(), desk(), officer, draft_id, at, words=words, after=seen)


def _due() -> datetime | None:
    """Return when the form asks for; None: at once. Raises `RefusedError`."""
    if request.form.get("quand") == NOW:
        return None
    return scheduling.instant_in_paris(request.form.get("le", "").strip())


def _effects(found: Held, due_at: datetime | None) -> dict[str, Any]:
    """Return all that publishing a draft would do; raises what refuses it."""
    service, at = mine()[found.draft.service], request_at()
    what = present(found)
    made = publishing.ready(db(), service, found, due_at or at)
    people = informing.concerned(db(), kiosk().services, service, found.draft.terms)
    settings = kiosk().settings
    base = comparisons.base_key(db(), found, at)
    line = None
    if base is not None:
        old = comparisons.find(db(), found, base).version
        line = comparisons.in_one_line(comparisons.between(old, as_version(found, what)))
    newest = texts.newest(db(), found.draft.service, found.draft.terms)
    approved_at = max(one.at for one in found.standing.approvals)
    return {
        "made": made,
        "givers": approving.givers(db(), found, at),
        "line": line,
        "asks": asks(service, what.metadata).value,
        "people": Size.of(people),
        "minutes": -(-(Size.of(people).tens or GROUP) // settings.notices_per_minute),
        "hold": settings.notice_hold // timedelta(minutes=1),
        "findings": len(findings.read(db(), service, found, what).heard),
        "overtaken": newest if newest is not None and newest.registered_at > approved_at else None,
        "connected": Size.of(scheduling.connected(db(), current_publisher().slug, at)),
    }


def _release(found: Held, errors: Errors) -> Answer:
    effects: dict[str, Any] | None = None
    if possible(Act.SCHEDULED, found.standing):
        try:
            effects = _effects(found, None)
        except (LegalDeskError, TextsError) as error:
            errors = {"brouillon": str(error)} | errors
    return page(
        "legal_desk/publish",
        errors,
        draft=found,
        service_=mine()[found.draft.service],
        effects=effects,
        quiet=scheduling.quiet(db(), current_publisher().slug, request_at()),
        typed=request.form,
    )


def _confirmation(found: Held, due_at: datetime | None) -> Answer:
    """Return the page that says what is about to happen; raises what refuses it."""
    if not possible(Act.SCHEDULED, found.standing):
        raise RefusedError("L’état de ce brouillon ne permet plus de le publier\u00a0: relisez sa page.")
    if due_at is not None and due_at < request_at():
        raise RefusedError("Choisissez un instant à venir, dans l’année.")
    return page(
        "legal_desk/confirm",
        {},
        draft=found,
        service_=mine()[found.draft.service],
        effects=_effects(found, due_at),
        due_at=due_at,
        when=request.form.get("quand", ""),
        local=request.form.get("le", ""),
        form_id=kiosk().randomness(16).hex(),
    )
