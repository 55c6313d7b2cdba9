"""Pages of notices to everybody: one officer writes, another confirms, anyone stops."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, request, url_for

from kiosk.administration import alerts, forms
from kiosk.administration.errors import SameOfficerError, UnchangedError, UnknownNoticeError
from kiosk.administration.views import bp, mine
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.security import public
from kiosk.staff import browser
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError
from kiosk.staff.pages import Answer, Errors, page


@bp.get("/avis-de-securite")
@public
def notices() -> Answer:
    """Show the notices, what became of them, and the form that writes one."""
    return _notices({})


@bp.post("/avis-de-securite")
@public
def write_notice() -> Answer:
    """Keep a notice until somebody else confirms it."""
    errors: Errors = {}
    subject, body = forms.notice(request.form, errors)
    service = forms.services(request.form, mine(), errors)
    if errors:
        return _notices(errors)
    only = None if request.form.get("service") == forms.EVERY else service[0]
    return _turn(
        lambda: alerts.write(
            db(), current_officer(), subject, body, service=only, means=browser.means(), at=request_at()
        ),
        "service",
    )


@bp.post("/avis-de-securite/<string(length=32):notice_id>/confirmation")
@public
def confirm_notice(notice_id: str) -> Answer:
    """Have a notice sent, once the hold has passed."""
    hold = kiosk().settings.notice_hold
    return _turn(
        lambda: alerts.confirm(
            db(), current_officer(), notice_id, hold=hold, means=browser.means(), at=request_at()
        ),
        "avis",
    )


@bp.post("/avis-de-securite/<string(length=32):notice_id>/arret")
@public
def stop_notice(notice_id: str) -> Answer:
    """Keep back what has not left."""
    return _turn(
        lambda: alerts.stop(db(), current_officer(), notice_id, means=browser.means(), at=request_at()),
        "avis",
    )


def _turn(act: Callable[[], object], field: str) -> Answer:
    again = browser.prove_again(url_for("administration.notices"))
    if again is not None:
        return again
    try:
        act()
    except UnknownNoticeError:
        return abort(404)
    except (AtOnceError, OfficerError, SameOfficerError, UnchangedError) as error:
        db().rollback()
        return _notices({field: str(error)})
    db().commit()
    return redirect(url_for("administration.notices"), 303)


def _notices(errors: Errors) -> Answer:
    return page(
        "administration/notices",
        errors,
        notices=alerts.latest(db(), current_publisher().slug),
        services=mine(),
        every=forms.EVERY,
        typed=request.form,
        hold=kiosk().settings.notice_hold,
        longest=(alerts.MAX_SUBJECT, alerts.MAX_BODY),
    )
