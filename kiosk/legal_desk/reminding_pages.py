"""Pages of what a team does when people stay silent: who got no mail, one more mail to those who got one."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.acceptance import reminding
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import forms, spreadsheets, undelivered
from kiosk.legal_desk.pages import bp, desk, mine, published
from kiosk.legal_desk.undelivered import Undelivered
from kiosk.legal_desk.watching import Size
from kiosk.notices import reminders
from kiosk.notices.errors import ReminderError
from kiosk.notices.notifications import BOUNCED, REFUSED
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import StaffError
from kiosk.staff.officers import let_act
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion

STATES = {REFUSED: "refusé par le serveur", BOUNCED: "revenu après la remise"}


@bp.get("/versions/<of>/<terms>/<slug>/suivi/non-remis")
@public
def undelivered_form(of: str, terms: str, slug: str) -> Answer:
    """Ask why somebody wants to know who got no mail; nobody is named."""
    return _undelivered(published(of, terms, slug, Role.PUBLISHER), None, {})


@bp.post("/versions/<of>/<terms>/<slug>/suivi/non-remis")
@public
def undelivered_list(of: str, terms: str, slug: str) -> Answer:
    """Name who got no mail, once it is written down who asked and why."""
    version, errors = published(of, terms, slug, Role.PUBLISHER), Errors()
    reason = forms.reason_to_know(request.form, errors)
    if errors:
        return _undelivered(version, None, errors)
    try:
        found = undelivered.listed(db(), current_officer(), version, reason=reason, at=kiosk().clock())
    except StaffError as error:
        db().rollback()
        return _undelivered(version, None, {"reason": str(error)})
    db().commit()
    if request.form.get("as") == "csv":
        return _file(found, f"non-remis-{of}-{terms}-{slug}.csv")
    return _undelivered(version, found, {})


def _undelivered(version: PublishedVersion, found: list[Undelivered] | None, errors: Errors) -> Answer:
    return page(
        "legal_desk/undelivered",
        errors,
        version=version,
        found=found,
        states=STATES,
        typed=request.form,
        most=forms.MAX_REASON,
    )


def _file(found: list[Undelivered], name: str) -> Response:
    rows = [
        (one.email, "rappel" if one.reminder else "annonce", STATES[one.state], one.at.isoformat())
        for one in found
    ]
    return spreadsheets.answer(["adresse", "courriel", "état", "le"], rows, name)


@bp.get("/versions/<of>/<terms>/<slug>/suivi/rappel")
@public
def reminder_form(of: str, terms: str, slug: str) -> Answer:
    """Show what a reminder says, to how many people, and the reminders before it."""
    return _reminder(published(of, terms, slug, Role.PUBLISHER), {})


@bp.post("/versions/<of>/<terms>/<slug>/suivi/rappel")
@public
def ask_reminder(of: str, terms: str, slug: str) -> Answer:
    """Ask that people who decided nothing be written to once more."""
    version, officer, at = published(of, terms, slug, Role.PUBLISHER), current_officer(), kiosk().clock()
    try:
        let_act(db(), officer, Role.PUBLISHER, at, (of,))
        refuse_outdated(version)
        reminders.ask(
            db(), version, officer.publisher, by=officer, means=desk(),
            concerned=reminding.silent(db(), version), at=at,
        )  # fmt: skip
    except (ReminderError, StaffError) as error:
        db().rollback()
        return _reminder(version, {"rappel": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.reminder_form", of=of, terms=terms, slug=slug), 303)


@bp.post("/versions/<of>/<terms>/<slug>/suivi/rappel/<int(max=999999):number>/arreter")
@public
def stop_reminder(of: str, terms: str, slug: str, number: int) -> Answer:
    """Keep back what has not left of a reminder."""
    version, at = published(of, terms, slug, Role.PUBLISHER), kiosk().clock()
    try:
        let_act(db(), current_officer(), Role.PUBLISHER, at, (of,))
        reminders.stop(db(), version.id, number, by=current_officer(), means=desk(), at=at)
    except (ReminderError, StaffError) as error:
        db().rollback()
        return _reminder(version, {"rappel": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.reminder_form", of=of, terms=terms, slug=slug), 303)


def refuse_outdated(version: PublishedVersion) -> None:
    """Raise `ReminderError` when another version of the document came since: nobody decides on this one."""
    if texts.cancellations(db(), [version]):
        raise ReminderError("Cette version est annulée\u00a0: personne n’a plus à en décider.")
    if texts.history(db(), version.service, version.terms)[-1].id != version.id:
        raise ReminderError(
            "Une autre version de ce texte est venue depuis\u00a0: on ne rappelle plus celle-ci."
        )


def _reminder(version: PublishedVersion, errors: Errors) -> Answer:
    service, settings = mine()[version.service], kiosk().settings
    done = reminders.every(db(), version.id)
    why_not = None
    try:
        refuse_outdated(version)
        reminders.refuse(version, done[-1].reminder if done else None, request_at())
    except ReminderError as error:
        why_not = str(error)
    words = None
    if why_not is None:
        words = reminding.letter(service, version, public_url=settings.public_url, mode=settings.mode.value)
    return page(
        "legal_desk/reminder",
        errors,
        version=version,
        service=service,
        done=done,
        size=Size.of(reminding.silent(db(), version)),
        words=words,
        why_not=why_not,
        publisher_name=current_publisher().name,
    )
