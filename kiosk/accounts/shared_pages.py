"""Pages of a shared computer: the warning before it locks, the lock, and going on where one was."""

from __future__ import annotations

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.accounts import browser, shared
from kiosk.accounts.forms import Errors
from kiosk.accounts.pages import Answer
from kiosk.extensions import current_publisher
from kiosk.security import safe_next

bp = Blueprint("shared", __name__)


@bp.app_template_global("picture_of")
def picture_of(address: str) -> str:
    """Return the QR code of `address`, to be photographed, as the source of an image."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, dark="#000", light="#fff"))


@bp.get("/<publisher>/ordinateur-partage/encore-la")
def warning() -> Answer:
    """Say that what is of the person is about to lock, and let them go on; nothing of them is shown."""
    if not shared.is_on():
        return redirect(_onward(), 303)
    if shared.is_idle():
        return redirect(url_for("shared.lock", next=_onward()), 303)
    return render_template("shared/warning.html", onward=_onward(), left=shared.IDLE - shared.WARNED)


@bp.post("/<publisher>/ordinateur-partage/continuer")
def go_on() -> Response:
    """Go on, where one was, with as much time as at first; not once it is locked."""
    if not shared.is_on():
        return redirect(_onward(), 303)
    if shared.is_idle():
        return redirect(url_for("shared.lock", next=_onward()), 303)
    shared.begin()
    if request.form.get("sans-page") == "1":
        return Response(status=204)
    return redirect(_onward(), 303)


@bp.route("/<publisher>/ordinateur-partage/verrou", methods=["GET", "POST"])
def lock() -> Answer:
    """Lock, and ask for the password to go on where one was."""
    if not shared.is_on():
        return redirect(_onward(), 303)
    errors: Errors = {}
    person = browser.signed_in_person()
    if request.method == "POST" and shared.unlock(person, request.form.get(shared.FIELD, ""), errors):
        return redirect(_onward(), 303)
    shared.leave()
    page = render_template(
        "shared/lock.html", errors=errors, carried=[("next", _onward())], sent=False,
        action=url_for("shared.lock"),
    )  # fmt: skip
    return (page, 422) if errors else page


def _onward() -> str:
    publisher = current_publisher().slug
    return safe_next(request.values.get("next"), publisher) or url_for("receipts.decisions")
