"""Pages where a draft is approved, sent back, given a visa; and what the page of a draft says of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.dates import typed_day
from cgu_archive.corpus.rules import Rule
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import approving, comparisons, correcting, findings, forms, progress
from kiosk.legal_desk.approving import Visa
from kiosk.legal_desk.drafts import Held, as_version
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError, RefusedError
from kiosk.legal_desk.pages import add_panel, bp, desk, draft_page, held, held_as, mine
from kiosk.legal_desk.policy import Act, State, may_approve, possible, roles_for
from kiosk.security import public
from kiosk.staff import browser, officers
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts

_DECIDE = (
    Act.APPROVED, Act.RETURNED, Act.WITHDRAWN, Act.VISA, Act.LINKED, Act.SCHEDULED, Act.UNSCHEDULED,
    Act.CANCELLED, Act.UNCANCELLED,
)  # fmt: skip


def _panel(found: Held) -> dict[str, Any]:
    """Return what the page of a draft says of its approval and publication."""
    officer, at, standing = current_officer(), request_at(), found.standing
    people = officers.working(db(), current_publisher().slug)
    version = texts.get(db(), found.version_id) if found.version_id is not None else None
    return {
        "decide": {
            one.value for one in _DECIDE if approving.may(standing, one, officer, found.draft.service, at)
        },
        "givers": approving.givers(db(), found, at),
        "approvers": approving.can_approve(people, found.draft.service, standing.authors, at),
        "is_author": officer.id in standing.authors,
        "corrects": officer.may(Role.AUTHOR, found.draft.service, at),
        "published": version,
        "in_effect": version is not None and (version.effective_at is None or version.effective_at <= at),
        "cancelled": texts.cancellations(db(), [version]).get(version.id) if version else None,
        "faulty": correcting.counted(db(), found),
        "publishes": officer.may(Role.PUBLISHER, found.draft.service, at),
        "steps_after": progress.steps(db(), version, at) if version else (),
    }


add_panel(_panel)


@bp.get("/brouillons/<draft_id>/approuver")
@public
def approval(draft_id: str) -> Answer:
    """Show what an approval is of: the hash, what changes, the findings left."""
    return _approval(held_as(draft_id, Role.REVIEWER), {})


@bp.post("/brouillons/<draft_id>/approuver")
@public
def approve(draft_id: str) -> Answer:
    """Approve what the page showed."""
    return _decide(
        draft_id,
        lambda: approving.approve(
            db(), desk(), current_officer(), draft_id, kiosk().clock(),
            seen=request.form.get("hash", ""), words=_words(),
            form_id=request.form.get("form_id", "")[:32] or None, after=_seen(),
        ),
        "brouillon",
    )  # fmt: skip


@bp.post("/brouillons/<draft_id>/renvoyer")
@public
def send_back(draft_id: str) -> Answer:
    """Send a draft back to its author."""
    return _decide(
        draft_id,
        lambda: approving.send_back(
            db(), desk(), current_officer(), draft_id, kiosk().clock(), words=request.form.get("why", ""),
            after=_seen(),
        ),
        "why",
    )  # fmt: skip


@bp.route("/brouillons/<draft_id>/approbations/<int(max=999999):number>/retirer", methods=["GET", "POST"])
@public
def withdraw(draft_id: str, number: int) -> Answer:
    """Say what withdrawing an approval does, then do it, with a reason: by its giver or by another."""
    held_as(draft_id, *roles_for(Act.WITHDRAWN))
    errors = Errors()
    if request.method == "POST":
        again = browser.prove_again(url_for("legal_desk.withdraw", draft_id=draft_id, number=number))
        if again is not None:
            return again
        try:
            approving.withdraw(
                db(), desk(), current_officer(), draft_id, kiosk().clock(),
                words=request.form.get("why", ""), number=number, after=_seen(),
            )  # fmt: skip
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["why"] = str(error)
        else:
            db().commit()
            return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)
    found = held(draft_id)
    given = approving.givers(db(), found, request_at())
    return page(
        "legal_desk/withdraw",
        errors,
        draft=found,
        service_=mine()[found.draft.service],
        given=next((one for one in given if one[0].number == number), None),
        others=len(given) - 1,
        own=any(one.number == number and one.officer_id == current_officer().id for one, _ in given),
        possible=possible(Act.WITHDRAWN, found.standing),
        typed=request.form,
    )


def _decide(draft_id: str, act: Callable[[], Held], field: str) -> Answer:
    """Do it once the second factor was proved lately, and lead to the draft."""
    found = held_as(draft_id, Role.REVIEWER)
    again = browser.prove_again(url_for("legal_desk.approval", draft_id=draft_id))
    if again is not None:
        return again
    try:
        act()
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _approval(held(found.draft.id), {field: str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)


def _seen() -> int:
    """Return the number of the last act that the form's page showed; 0, which is none, when it says none."""
    return forms.number(request.form, "seen")


def _words() -> str | None:
    errors: Errors = {}
    said = forms.words(request.form, "words", errors)
    if errors:
        raise RefusedError(errors["words"])
    return said


def _said_elsewhere(before: Collection[Rule], after: Collection[Rule]) -> dict[Rule, Rule]:
    """Return the rules that change by their place alone, each with what it becomes."""
    return {
        old: new
        for old in before
        for new in after
        if old.at != new.at and replace(old, at=new.at) == new and old not in after and new not in before
    }


def _approval(found: Held, errors: Errors) -> Answer:
    what, service = present(found), mine()[found.draft.service]
    base, shown, refused = comparisons.base_key(db(), found, request_at()), None, None
    rules, before = what.metadata.rules, tuple[Rule, ...]()
    if base is not None:
        old = comparisons.find(db(), found, base)
        before = old.version.metadata.rules
        try:
            shown = comparisons.html(comparisons.between(old.version, as_version(found, what)), service)
        except RefusedError as error:
            refused = str(error)
    officer, standing, moved = current_officer(), found.standing, _said_elsewhere(before, rules)
    return page(
        "legal_desk/approve",
        errors,
        draft=found,
        metadata=what.metadata,
        rules_gone=[one for one in before if one not in rules and one not in moved],
        rules_new=[one for one in rules if one not in before and one not in moved.values()],
        rules_moved=list(moved.values()),
        service_=service,
        base=base and comparisons.find(db(), found, base),
        shown=shown,
        too_long=refused,
        read=findings.read(db(), service, found, what),
        typed=request.form,
        decide={
            one.value
            for one in _DECIDE
            if approving.may(standing, one, officer, found.draft.service, request_at())
        },
        author=officer.id in standing.authors,
        givers=approving.givers(db(), found, request_at()),
        again=not may_approve(standing, officer.id),
        form_id=kiosk().randomness(16).hex(),
        open_=standing.state in (State.SUBMITTED, State.APPROVED),
    )


@bp.route("/brouillons/<draft_id>/visa", methods=["GET", "POST"])
@public
def visa(draft_id: str) -> Answer:
    """Write down a visa given outside, and keep its note."""
    held_as(draft_id, Role.AUTHOR)
    errors: Errors = {}
    given = _visa(errors) if request.method == "POST" else None
    if given is not None:
        try:
            approving.note_visa(
                db(), desk(), current_officer(), draft_id, kiosk().clock(), given, after=_seen()
            )
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["who"] = str(error)
        else:
            db().commit()
            return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)
    return page("legal_desk/visa", errors, draft=held(draft_id), typed=request.form)


def _visa(errors: Errors) -> Visa | None:
    """Return the visa that was typed, or note by its field what is missing."""
    who, reference = request.form.get("who", ""), request.form.get("reference", "")
    if not who.strip():
        errors["who"] = "Dites quelle fonction donne le visa."
    if not reference.strip():
        errors["reference"] = "Donnez la référence de la note."
    try:
        on = typed_day(request.form.get("on", ""))
    except ValueError:
        errors["on"] = "Donnez le jour du visa, par exemple 2026-12-31."
    if errors:
        return None
    note = request.files.get("note")
    content = note.read(approving.MAX_FILE + 1) if note else None
    return Visa(who, reference, on, content, note.filename if note else None)


def answered(draft_id: str, errors: Errors) -> Answer | Response:
    """Return the page of a draft after an act that was refused; what was asked of the database is undone."""
    db().rollback()
    return draft_page(held(draft_id), errors)
