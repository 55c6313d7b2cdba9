"""The rules of a draft: what the software enforces changes with the text, when somebody says so."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for

from kiosk.extensions import db, kiosk
from kiosk.legal_desk import forms
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.pages import bp, desk, held, held_as
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.rule_changes import CHANGED, changed, key, offered
from kiosk.legal_desk.writing import revise
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role


@bp.route("/brouillons/<draft_id>/regles", methods=["GET", "POST"])
@public
def rules(draft_id: str) -> Answer:
    """Show the rules of a draft and what the text asks to change in them; change those that are chosen."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    what = present(found)
    if request.method == "POST":
        made = changed(what, set(request.form.getlist("change")), set(request.form.getlist("drop")))
        try:
            revise(
                db(), desk(), current_officer(), draft_id,
                replace(what, metadata=replace(what.metadata, rules=made)), kiosk().clock(),
                seen=forms.number(request.form, "seen"), words=CHANGED,
            )  # fmt: skip
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["change"] = str(error)
            found = held(draft_id)
        else:
            db().commit()
            return redirect(url_for("legal_desk.rules", draft_id=draft_id), 303)
    return _page(found, what, errors)


def _page(found: Held, what: Content, errors: Errors) -> Answer:
    return page(
        "legal_desk/rules",
        errors,
        draft=found,
        rules=what.metadata.rules,
        changes=[(one, key(one)) for one in offered(what)],
        writable=possible(Act.REVISED, found.standing),
    )
