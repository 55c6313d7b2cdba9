"""Comment a draft paragraph by paragraph, answer, close; the text with its comments beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, get_template_attribute, redirect, request, url_for
from markupsafe import Markup

from cgu_archive.corpus.provisions import ROOT_ADDRESS, Provision
from cgu_archive.rendering import Note
from kiosk.extensions import db, kiosk
from kiosk.legal_desk import forms, remarks
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.editing import present, rendered
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, UnknownDraftError
from kiosk.legal_desk.pages import bp, desk, held, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.threads import Thread, still_open, threads
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page

MAX_PLACE = 300


@bp.get("/brouillons/<draft_id>/commentaires")
@public
def comments(draft_id: str) -> Answer:
    """Show the text, provision by provision, with what was said of each beside it."""
    return _page(held(draft_id), {})


@bp.post("/brouillons/<draft_id>/commentaires")
@public
def comment(draft_id: str) -> Answer:
    """Comment a provision, or answer a comment."""
    found, errors = held(draft_id), Errors()
    said = forms.words(request.form, "words", errors, must=True)
    about, place = forms.number(request.form, "about") or None, request.form.get("place") or ROOT_ADDRESS
    if about is not None:
        place = _thread(found, about).first.place or ROOT_ADDRESS
    elif place != ROOT_ADDRESS and place not in {one.address for one in _units(found)}:
        abort(404)
    if errors or said is None:
        return _page(found, errors)
    form_id = _form_id()

    def act() -> Held:
        return remarks.comment(
            db(), desk(), current_officer(), draft_id, kiosk().clock(),
            words=said, place=place, about=about, form_id=form_id,
        )  # fmt: skip

    return _act(found, act, place, said if form_id is not None else None)


@bp.post("/brouillons/<draft_id>/commentaires/<int(max=999999):number>/clore")
@public
def close(draft_id: str, number: int) -> Answer:
    """Close a comment."""
    found = held(draft_id)
    place = _thread(found, number).first.place

    def act() -> Held:
        return remarks.close(db(), desk(), current_officer(), draft_id, kiosk().clock(), number=number)

    return _act(found, act, place, None)


def _act(found: Held, act: Callable[[], Held], place: str | None, said: str | None) -> Answer:
    """Do it and lead back to `place`; `said` are the words of a form that may have been sent twice."""
    try:
        act()
    except ChangedSinceError as error:
        db().rollback()
        again = held(found.draft.id)
        if said is not None and _was_sent(again, said, place):
            return _back(again, place)
        return _page(again, {"words": str(error)})
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _page(held(found.draft.id), {"words": str(error)})
    db().commit()
    return _back(found, place)


def _was_sent(found: Held, said: str, place: str | None) -> bool:
    """Whether the very same words stand there already: the form was sent twice."""
    return any((one.words, one.place) == (said, place) for one in found.acts)


def _back(found: Held, place: str | None) -> Answer:
    where = url_for("legal_desk.comments", draft_id=found.draft.id, _anchor=f"sur-{place}" if place else None)
    return redirect(where, 303)


def _form_id() -> str | None:
    typed = request.form.get("form_id", "")
    return typed if len(typed) == 32 and typed.isalnum() and typed.isascii() else None


def _thread(found: Held, number: int) -> Thread:
    try:
        return remarks.thread(found, number)
    except UnknownDraftError:
        abort(404)


def _units(found: Held) -> list[Provision]:
    return remarks.units(present(found).text)


def _page(found: Held, errors: Errors) -> Answer:
    by_place: dict[str | None, list[Thread]] = {}
    for one in threads(found.acts):
        by_place.setdefault(one.first.place, []).append(one)
    units = {one.address: remarks.called(one) for one in _units(found)}
    wanted = request.args.get("sur", "") or request.form.get("place", "")
    return page(
        "legal_desk/comments",
        errors,
        draft=found,
        shown=_shown(found, units, by_place) if units else "",
        units=units,
        threads=threads(found.acts),
        typed=request.form,
        form_id=kiosk().randomness(16).hex(),
        writable=possible(Act.COMMENTED, found.standing),
        wanted=wanted if wanted in units else None,
        whole=ROOT_ADDRESS,
    )


def _shown(found: Held, units: Mapping[str, str], by_place: Mapping[str | None, list[Thread]]) -> Markup:
    """Return the text, each provision with the way to comment it and the comments that stand on it."""
    beside = get_template_attribute("legal_desk/note.html", "beside")
    notes = {
        address: Note(
            beside=str(beside(found.draft.id, address, name, still_open(by_place.get(address, []))))
        )
        for address, name in units.items()
    }
    return rendered(mine()[found.draft.service], present(found).text, notes)
