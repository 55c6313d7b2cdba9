"""Pages where a draft is written: its text, what is said of it, what it will look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, redirect, request, url_for
from markupsafe import Markup

from cgu_archive.corpus import announced, comparison, provisions
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.model import Service
from cgu_archive.rendering import Note, link_policy, text_to_html
from kiosk.extensions import current_publisher, db, kiosk, only_read, request_at
from kiosk.legal_desk import comparisons, drafts, forms
from kiosk.legal_desk.drafts import Content, Held, as_version
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, RefusedError, UnknownDraftError
from kiosk.legal_desk.pages import bp, desk, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.writing import revise
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role

PHONE = "telephone"


def present(found: Held, number: int | None = None) -> Content:
    """Return what a state of a draft holds, the present one by default. Raises `UnknownDraftError`."""
    return drafts.content(drafts.revision(db(), found, number))


@bp.get("/brouillons/<draft_id>/texte")
@public
def text(draft_id: str) -> Answer:
    """Show the text of a draft to write in."""
    found = held_as(draft_id, Role.AUTHOR)
    return _text_page(found, present(found).text, {}, seen=found.standing.revision)


@bp.post("/brouillons/<draft_id>/texte")
@public
def write_text(draft_id: str) -> Answer:
    """Save the text as another state; what was typed comes back when that is refused."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    typed, said = forms.text(request.form), forms.words(request.form, "words", errors)
    seen = forms.number(request.form, "seen")
    if request.form.get("act") == "resume":  # from a preview: nothing is saved
        return _text_page(found, typed, {}, seen=seen)
    if not errors:
        what = replace(present(found), text=typed)
        try:
            revise(db(), desk(), current_officer(), draft_id, what, kiosk().clock(), seen=seen, words=said)
            db().commit()
            return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)
        except ChangedSinceError:
            db().rollback()
            return _overtaken(held(draft_id), typed)
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["text"] = str(error)
    return _text_page(held(draft_id), typed, errors, seen=seen)


def _text_page(found: Held, typed: bytes, errors: Errors, *, seen: int) -> Answer:
    return page(
        "legal_desk/edit",
        errors,
        draft=found,
        seen=seen,
        text=typed.decode("utf-8", "replace"),
        typed=request.form,
        writable=possible(Act.REVISED, found.standing),
    )


def _overtaken(found: Held, typed: bytes) -> Answer:
    """Return what was typed, beside what somebody else saved meanwhile: nothing is lost, nothing chosen."""
    service = mine()[found.draft.service]
    theirs = present(found)
    shown = None
    try:
        mine_now = as_version(found, replace(theirs, text=typed))
        shown = comparisons.html(comparisons.between(as_version(found, theirs), mine_now), service)
    except RefusedError:
        pass  # the two texts are given all the same
    return page(
        "legal_desk/overtaken",
        {"text": "Quelqu’un a enregistré un autre état pendant que vous écriviez. Rien n’est perdu."},
        draft=found,
        last=found.acts[-1],
        text=typed.decode("utf-8", "replace"),
        typed=request.form,
        shown=shown,
    )


@bp.route("/brouillons/<draft_id>/fiche", methods=["GET", "POST"])
@public
def sheet(draft_id: str) -> Answer:
    """Show, and save as another state, what is said of the version besides its text."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    now = present(found)
    seen = found.standing.revision
    rule = mine()[found.draft.service].acceptance.new_version
    if request.method == "POST":
        seen = forms.number(request.form, "seen")
        what = replace(now, metadata=forms.metadata(request.form, now.metadata, rule, errors))
        if not errors:
            try:
                revise(db(), desk(), current_officer(), draft_id, what, kiosk().clock(), seen=seen)
                db().commit()
                return redirect(url_for("legal_desk.one", draft_id=draft_id), 303)
            except ChangedSinceError:
                db().rollback()
                found = held(draft_id)
                seen = found.standing.revision
                errors["label"] = (
                    "Quelqu’un a enregistré un autre état entre-temps. Ce que vous avez tapé est gardé\u00a0:"
                    " comparez, puis enregistrez de nouveau."
                )
            except (LegalDeskError, OfficerError) as error:
                db().rollback()
                errors["label"] = str(error)
    typed = request.form if request.method == "POST" else forms.shown(now.metadata)
    return page(
        "legal_desk/sheet",
        errors,
        draft=found,
        seen=seen,
        typed=typed,
        rule=rule,
        asks_more=forms.may_ask_more(rule),
        announced=said_of(found, now),
        writable=possible(Act.REVISED, found.standing),
    )


def said_of(found: Held, what: Content) -> tuple[str, ...]:
    """Return what the summary says too much or too little of, against the text that people read now."""
    summary, base = what.metadata.summary, comparisons.base_key(db(), found, request_at())
    if summary is None or base is None:
        return ()
    old = comparisons.find(db(), found, base).version
    try:
        changes = comparisons.between(old, as_version(found, what))
    except RefusedError:
        return ()
    checked = announced.check(summary, comparison.read(old.text), comparison.read(what.text), changes)
    return announced.said(checked)


@bp.get("/brouillons/<draft_id>/apercu")
@public
def preview(draft_id: str) -> Answer:
    """Show a state of the text as people will see it, as wide as a screen or as a telephone."""
    found = held(draft_id)
    number = forms.number(request.args, "etat") or found.standing.revision
    try:
        shown = present(found, number).text
    except UnknownDraftError:
        abort(404)
    return _preview(found, shown, number, typed=None, width=request.args.get("largeur"))


@bp.post("/brouillons/<draft_id>/apercu")
@public
def preview_typed(draft_id: str) -> Answer:
    """Show what was typed as people will see it; nothing is saved, and what was typed is kept."""
    found = held_as(draft_id, Role.AUTHOR)
    only_read()
    typed = forms.text(request.form)
    return _preview(found, typed, 0, typed=typed, width=request.form.get("largeur"))


def _preview(found: Held, shown: bytes, number: int, *, typed: bytes | None, width: str | None) -> Answer:
    service, errors = mine()[found.draft.service], Errors()
    try:
        html = rendered(service, shown)
    except UnreadableTextError as error:
        html, errors["text"] = Markup(), str(error)
    return page(
        "legal_desk/preview",
        errors,
        draft=found,
        number=number,
        shown=html,
        text=None if typed is None else typed.decode("utf-8", "replace"),
        typed=request.form,
        phone=width == PHONE,
        publisher_name=current_publisher().name,
    )


def rendered(service: Service, text: bytes, notes: Mapping[str, Note] | None = None) -> Markup:
    """Return a text as the kiosk shows it, with `notes` by provision. Raises `UnreadableTextError`."""
    links = link_policy(service)
    return Markup(text_to_html(provisions.read(text), links, notes=notes))  # noqa: S704 - escaped there
