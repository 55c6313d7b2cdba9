"""The page of the mails that tell people of a version: « Arrêter l’envoi », and let them go on."""

from __future__ import annotations

from flask import redirect, request, url_for

from kiosk.extensions import db, kiosk, request_at
from kiosk.legal_desk import forms
from kiosk.legal_desk.pages import bp, desk, mine, published
from kiosk.legal_desk.watching import Size
from kiosk.notices import announcements
from kiosk.notices.errors import AnnouncementError, UnknownAnnouncementError
from kiosk.notices.models import Announcement
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import let_act
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts.models import PublishedVersion

OVERTAKEN = (
    "Quelqu’un a arrêté ou repris cet envoi depuis que vous avez ouvert cette page. Rien n’a été fait\u00a0:"
    " relisez, puis décidez."
)


@bp.get("/versions/<of>/<terms>/<slug>/envoi")
@public
def announcement(of: str, terms: str, slug: str) -> Answer:
    """Show how far the mails about a version are."""
    return _page(published(of, terms, slug, Role.PUBLISHER), {})


@bp.post("/versions/<of>/<terms>/<slug>/envoi")
@public
def turn_announcement(of: str, terms: str, slug: str) -> Answer:
    """Stop the mails about a version, or let them go on, with the reason."""
    version, errors = published(of, terms, slug, Role.PUBLISHER), Errors()
    reason = forms.words(request.form, "why", errors, must=True)
    if reason is not None and len(reason) > forms.MAX_REASON:
        errors["why"] = f"{forms.MAX_REASON} caractères au plus\u00a0; il y en a {len(reason)}."
    if errors or reason is None:
        return _page(version, errors)
    officer, at = current_officer(), kiosk().clock()
    act = announcements.stop if request.form.get("act") == "stop" else announcements.resume
    try:
        let_act(db(), officer, Role.PUBLISHER, at, (of,))
        _refuse_overtaken(version.id, forms.number(request.form, "seen"))
        act(db(), version.id, by=officer, means=desk(), reason=reason, at=at)
    except (AnnouncementError, OfficerError, UnknownAnnouncementError) as error:
        db().rollback()
        return _page(version, {"why": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.announcement", of=of, terms=terms, slug=slug), 303)


def _refuse_overtaken(version_id: int, seen: int) -> None:
    """Raise `AnnouncementError` when the mails were stopped or resumed since the page that said `seen`."""
    announcements.locked(db(), version_id)
    if len(announcements.acts(db(), version_id)) != seen:
        raise AnnouncementError(OVERTAKEN)


def _page(version: PublishedVersion, errors: Errors) -> Answer:
    standing = None
    if db().get(Announcement, version.id) is not None:
        standing = announcements.standing(db(), version.id, request_at())
    return page(
        "legal_desk/announcement",
        errors,
        version=version,
        standing=standing,
        acts=announcements.acts(db(), version.id),
        size=Size.of,
        services=mine(),
        typed=request.form,
        most=forms.MAX_REASON,
    )
