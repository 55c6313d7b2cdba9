"""Pages of the checks of a draft: what they say, one button to mend, one form to set aside with a reason."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for

from cgu_archive.corpus.checks import fixes
from cgu_archive.corpus.checks.silences import may_be_silenced
from cgu_archive.corpus.checks.table import CARDS, number
from cgu_archive.corpus.errors import Finding
from kiosk.extensions import db, kiosk
from kiosk.legal_desk import findings, forms
from kiosk.legal_desk.acts import Detail, let, record
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError
from kiosk.legal_desk.pages import bp, desk, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.writing import revise
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role

EVERY = "*"
"""Asked for in the place of one finding: all those that can be mended, or set aside, at once."""
GONE = "Ce signalement n’est plus dans le texte : la liste est à jour."


@bp.get("/brouillons/<draft_id>/verifications")
@public
def look_over(draft_id: str) -> Answer:
    """List what the checks say of the present state, by weight, and what was set aside."""
    return _page(held(draft_id), {})


@bp.post("/brouillons/<draft_id>/verifications/corriger")
@public
def mend(draft_id: str) -> Answer:
    """Mend what one finding, or every one that can be, proposes: another state of the text."""
    found = held_as(draft_id, Role.AUTHOR)
    what, seen = present(found), forms.number(request.form, "seen")
    heard = findings.on(db(), found, mine()[found.draft.service]).heard
    wanted = request.form.get("key", "")
    chosen = [one for one in heard if one.fix is not None and wanted in (findings.key(one), EVERY)]
    if not chosen:
        return _page(found, {"verifications": GONE})
    taken, fix = fixes.together(chosen if wanted == EVERY else chosen[:1])
    text = fixes.apply(what.text.decode(), fix).encode()
    try:
        revise(
            db(), desk(), current_officer(), draft_id, replace(what, text=text), kiosk().clock(), seen=seen,
            words=_told(taken),
        )  # fmt: skip
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _page(held(draft_id), {"verifications": str(error)})
    db().commit()
    return redirect(url_for("legal_desk.look_over", draft_id=draft_id), 303)


@bp.post("/brouillons/<draft_id>/verifications/ecarter")
@public
def silence(draft_id: str) -> Answer:
    """Set a finding aside, with a reason that stays."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    why, wanted = forms.words(request.form, "why", errors, must=True), request.form.get("key", "")
    service = mine()[found.draft.service]
    read = findings.on(db(), found, service)
    if wanted == EVERY:
        chosen = {findings.key(one): one for one in findings.inherited(db(), found, service, read)}
    else:
        silent = {findings.key(one): one for one in read.heard if may_be_silenced(one)}
        chosen = {wanted: silent[wanted]} if wanted in silent else {}
    if not chosen:
        return _page(found, {"verifications": GONE})
    if errors or why is None:
        return _page(found, errors)
    officer, at = current_officer(), kiosk().clock()
    try:
        if forms.number(request.form, "seen") != found.standing.revision:
            raise ChangedSinceError("Le texte a changé depuis : relisez ce signalement, puis recommencez.")
        let(db(), found, Act.SILENCED, officer, at)
        for key, one in sorted(chosen.items()):
            said = Detail(words=findings.set_aside(one, why), place=key)
            acts = record(db(), desk(), found, Act.SILENCED, officer, at, said)
            found = replace(found, standing=replace(found.standing, acts=acts))
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
        items=[(one, findings.key(one), aside and may_be_silenced(one), _card(one)) for one in read.heard],
        aside=[(one, told, _card(one), findings.why(told)) for one, told in read.silenced],
        inherited=len({findings.key(one) for one in findings.inherited(db(), found, service, read)})
        if aside
        else 0,
        mendable=len(fixes.together(read.heard)[0]),
        writable=possible(Act.REVISED, found.standing) and found.draft.service in mine(Role.AUTHOR),
        typed=request.form,
        every=EVERY,
    )


def _card(finding: Finding) -> tuple[str, str]:
    """Return the number and the title of the rule of a finding; its name alone when it has no number."""
    known = number(finding)
    return (known, CARDS[known].title) if known else ("", finding.rule)


def _told(taken: tuple[Finding, ...]) -> str:
    """Return what the act of mending says of itself."""
    if len(taken) == 1:
        one = taken[0]
        words = f" : « {one.place.words} »" if one.place else ""
        return f"Corrigé, {' '.join(_card(one)).strip()}{words}"[: forms.MAX_WORDS]
    return f"Corrigés en une fois : {len(taken)} signalements."
