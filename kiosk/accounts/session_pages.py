"""« Vos connexions » : the open sessions of an account, ended one by one or all others."""

from __future__ import annotations

from flask import redirect, request, url_for

from kiosk.accounts import browser, sessions
from kiosk.accounts.confirming import confirmed
from kiosk.accounts.families import named
from kiosk.accounts.pages import Answer, answer, bp
from kiosk.accounts.views import sign_out
from kiosk.extensions import db, request_at
from kiosk.extensions import gettext as _
from kiosk.traces.services import Event


@bp.route("/<publisher>/mon-compte/connexions", methods=["GET", "POST"])
@confirmed
def open_sessions() -> Answer:
    """List the open sessions; end one, or every other."""
    person, current = browser.signed_in_person(), browser.current_hash() or ""
    if request.method == "POST":
        number = request.form.get("number", "")
        if number == sessions.number_of(current):
            return sign_out()
        ended = (
            sessions.end(db(), person.account_id, number)
            if number
            else sessions.end_others(db(), person.account_id, current)
        )
        if ended:
            browser.trace(Event.SIGNED_OUT, person.account_id)
        db().commit()
        return redirect(url_for("accounts.open_sessions", suite="fermees"), 303)
    return answer(
        "sessions", {}, sessions=sessions.of_account(db(), person.account_id, current, request_at()),
        words=words, closed="suite" in request.args,
    )  # fmt: skip


def words(family: str | None) -> str:
    """Return « Firefox, sous Linux », as far as it is known."""
    browser_name, system = named(family)
    if browser_name is None:
        return _("Navigateur inconnu")
    return _("%(browser)s, sous %(system)s", browser=browser_name, system=system) if system else browser_name
