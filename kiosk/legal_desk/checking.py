"""Pages of the checks of a draft: what they say, one button to mend, one form to set aside with a reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for

from cgu_archive.corpus.checks import fixes
from cgu_archive.corpus.checks.silences import may_be_silenced
from kiosk.extensions import db, kiosk
from kiosk.legal_desk import findings, forms, mending, remarks
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.mending import EVERY, card
from kiosk.legal_desk.pages import bp, desk, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role


@bp.get("/brouillons/<draft_id>/verifications")
@public
def look_over(draft_id: str) -> Answer:
    """List what the checks say of the present state, by weight, and what was set aside."""
    return _page(held(draft_id), {})


@bp.post("/brouillons/<draft_id>/verifications/corriger")
@public
def mend(draft_id: str) -> Answer:
    """Mend what one finding, or every one that can be, proposes: another state of the text."""
    service = mine()[held_as(draft_id, Role.AUTHOR).draft.service]
    wanted, seen = request.form.get("key", ""), forms.number(request.form, "seen")
    return _act(
        draft_id,
        lambda: mending.mend(
            db(), desk(), current_officer(), service, draft_id, kiosk().clock(), wanted=wanted, seen=seen
        ),
    )


@bp.post("/brouillons/<draft_id>/verifications/ecarter")
@public
def silence(draft_id: str) -> Answer:
    """Set a finding aside, with a reason that stays."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    service = mine()[found.draft.service]
    why, wanted = forms.words(request.form, "why", errors, must=True), request.form.get("key", "")
    if errors or why is None:
        return _page(found, errors)
    seen = forms.number(request.form, "seen")
    return _act(
        draft_id,
        lambda: mending.set_aside(
            db(), desk(), current_officer(), service, draft_id, kiosk().clock(),
            wanted=wanted, why=why, seen=seen,
        ),
    )  # fmt: skip


def _act(draft_id: str, act: Callable[[], Held]) -> Answer:
    """Do it, and lead to the list of findings."""
    try:
        act()
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _page(held(draft_id), {"verifications": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.look_over", draft_id=draft_id), 303)


def _page(found: Held, errors: Errors) -> Answer:
    service = mine()[found.draft.service]
    read, aside = findings.on(db(), found, service), possible(Act.SILENCED, found.standing)
    return page(
        "legal_desk/findings",
        errors,
        draft=found,
        read=read,
        names=remarks.names(present(found).text),
        items=[(one, findings.key(one), aside and may_be_silenced(one), card(one)) for one in read.heard],
        aside=[(one, told, card(one), findings.why(told)) for one, told in read.silenced],
        inherited=len({findings.key(one) for one in findings.inherited(db(), found, service, read)})
        if aside
        else 0,
        mendable=len(fixes.together(read.heard)[0]),
        writable=possible(Act.REVISED, found.standing) and found.draft.service in mine(Role.AUTHOR),
        typed=request.form,
        every=EVERY,
    )
