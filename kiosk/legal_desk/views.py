"""The first pages of the legal desk: every draft, and one; submit it, give it up, take it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.word import MEDIA_TYPE, version_docx
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.legal_desk import approving, comparisons, drafts, findings, forms, printing, submitting
from kiosk.legal_desk.drafts import Held, as_version
from kiosk.legal_desk.editing import present, said_of
from kiosk.legal_desk.errors import LegalDeskError, RefusedError
from kiosk.legal_desk.guidance import next_step
from kiosk.legal_desk.pages import DESK, add_panel, bp, desk, draft_page, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible, roles_for
from kiosk.legal_desk.submitting import NotReadyError, explained
from kiosk.legal_desk.threads import still_open, threads
from kiosk.security import public
from kiosk.staff import officers
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts


@bp.get("")
@public
def listing() -> Answer:
    """List the drafts of the services that the officer works for, and what people read now."""
    offered = mine()
    found = drafts.listing(db(), current_publisher().slug, offered)
    officer, at = current_officer(), request_at()
    people = officers.working(db(), current_publisher().slug)
    return page(
        "legal_desk/list",
        {},
        drafts=found,
        online=[
            version
            for service in offered.values()
            for terms in service.terms
            if (version := texts.current(db(), service.slug, terms.slug, at)) is not None
        ],
        services=offered,
        writes=bool(mine(Role.AUTHOR)),
        waiting=approving.waiting_for(found, officer, at),
        lone=[one for slug, one in offered.items() if approving.lacks_second(people, slug, at)],
    )


@bp.get("/brouillons/<draft_id>")
@public
def one(draft_id: str) -> Answer:
    """Show a draft: how it stands, what comes next, what was done with it, its text."""
    return draft_page(held(draft_id), {})


def _state(found: Held) -> dict[str, Any]:
    """Return what the page of a draft shows of its present state."""
    what = present(found)
    officer, at = current_officer(), request_at()
    roles = [role for role in DESK if officer.may(role, found.draft.service, at)]
    read = findings.read(db(), mine()[found.draft.service], found, what)
    blocking = read.blocking
    return {
        "metadata": what.metadata,
        "size": len(what.text),
        "changes": _in_one_line(found),
        "announced": said_of(found, what),
        "blocking": blocking,
        "open_findings": len(read.heard),
        "Act": Act,
        "threads": still_open(threads(found.acts)),
        "step": next_step(
            found.standing,
            officer.id,
            roles,
            explained=explained(what.metadata),
            blocked=bool(blocking),
        ),
        "may": {act for act in Act if possible(act, found.standing) and _has_role(act, roles)},
    }


add_panel(_state)


def _has_role(act: Act, roles: list[Role]) -> bool:
    return not set(roles).isdisjoint(roles_for(act))


def _in_one_line(found: Held) -> str | None:
    """Return what changes for people in one sentence; None when there is nothing to compare with."""
    base = comparisons.base_key(db(), found, request_at())
    if base is None:
        return None
    try:
        return comparisons.in_one_line(
            comparisons.between(
                comparisons.find(db(), found, base).version, as_version(found, present(found))
            )
        )
    except RefusedError as error:
        return str(error)


@bp.post("/brouillons/<draft_id>/soumettre")
@public
def submit(draft_id: str) -> Answer:
    """Submit a draft to approval: its reason given, nothing that stops it."""
    service = mine()[held_as(draft_id, Role.AUTHOR).draft.service]
    seen = forms.number(request.form, "seen")
    return _act(
        draft_id,
        lambda: submitting.submit(
            db(), desk(), current_officer(), service, draft_id, kiosk().clock(), seen=seen
        ),
    )


@bp.route("/brouillons/<draft_id>/abandonner", methods=["GET", "POST"])
@public
def abandon(draft_id: str) -> Answer:
    """Say what giving a draft up does, then do it, with a reason."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    if request.method == "POST":
        said, seen = forms.words(request.form, "words", errors, must=True), forms.number(request.form, "seen")
        if said is not None and not errors:
            return _act(
                draft_id,
                lambda: submitting.abandon(
                    db(), desk(), current_officer(), draft_id, kiosk().clock(), words=said, seen=seen
                ),
            )
    return page(
        "legal_desk/abandon",
        errors,
        draft=found,
        typed=request.form,
        writable=possible(Act.ABANDONED, found.standing),
    )


def _act(draft_id: str, act: Callable[[], Held]) -> Answer:
    """Do one act of the author on the state that they saw, and lead to the draft."""
    try:
        act()
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        part = error.part if isinstance(error, NotReadyError) else "brouillon"
        return draft_page(held(draft_id), {part: str(error)})
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)


@bp.get("/brouillons/<draft_id>/texte.md")
@public
def source(draft_id: str) -> Answer:
    """Give the bytes of the present text."""
    found = held(draft_id)
    return sent(found, present(found).text, "text/markdown", "md")


@bp.get("/brouillons/<draft_id>/texte.docx")
@public
def word_file(draft_id: str) -> Answer:
    """Give the present text as a Word file, to work on."""
    found = held(draft_id)
    service = mine()[found.draft.service]
    version = as_version(found, present(found))
    made = version_docx(
        service, service.document(found.draft.terms), version, mode=kiosk().settings.mode.value,
        permalink="",
    )  # fmt: skip
    return sent(found, made, MEDIA_TYPE, "docx")


@bp.get("/brouillons/<draft_id>/projet.pdf")
@public
def project_pdf(draft_id: str) -> Answer:
    """Give the present text to be read on paper, said to be a project on each page."""
    found = held(draft_id)
    try:
        made = printing.printed(mine()[found.draft.service], found, drafts.revision(db(), found))
    except RefusedError as error:
        return draft_page(found, {"brouillon": str(error)})
    return sent(found, made, "application/pdf", "pdf")


def sent(found: Held, content: bytes, media_type: str, extension: str) -> Response:
    """Return a file to keep, called after the draft and its state, and said to be a draft."""
    response = Response(content, mimetype=media_type)
    draft = found.draft
    name = f"brouillon-{draft.service}-{draft.terms}-{draft.slug}-etat-{found.standing.revision}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
