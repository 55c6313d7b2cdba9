"""Pages that open a draft: from the text in force, from a version to correct, from a title, from a file."""

from __future__ import annotations

from flask import abort, redirect, request, url_for

from cgu_archive.corpus.model import Address, Service
from kiosk.extensions import current_publisher, current_service, db, kiosk
from kiosk.legal_desk import drafts, forms, starting
from kiosk.legal_desk.drafts import Content
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.forms import Wanted
from kiosk.legal_desk.pages import bp, desk, mine, published
from kiosk.legal_desk.writing import open_draft
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts

OVERTAKEN = (
    "Une autre version de ce texte a été publiée depuis que vous avez ouvert cette"
    " page. Rien n’a été fait\u00a0:"
    " lisez-la, puis dites s’il reste une erreur à corriger."
)
STARTS = ("current", "empty")
"""What a draft may begin with, besides a file."""


def new_form_id() -> str:
    """Return what tells a form from every other: sent twice, it acts once."""
    return kiosk().randomness(16).hex()


def authored() -> dict[str, Service]:
    """Return the services where the officer writes; 403 when there is none."""
    return mine(Role.AUTHOR) or abort(403)


@bp.route("/preparer", methods=["GET", "POST"])
@public
def prepare() -> Answer:
    """Open a draft of a new version, with the words of the one in force or with a title alone."""
    offered, errors = authored(), Errors()
    if request.method == "POST":
        wanted = forms.wanted(request.form, offered, errors)
        if request.form.get("start") not in STARTS:
            errors["start"] = "Choisissez d’où partir."
        if wanted is not None and not errors:
            answer = _open(wanted, _content(wanted), errors)
            if answer is not None:
                return answer
    typed = request.form if request.method == "POST" else {"document": request.args.get("document", "")}
    return page("legal_desk/open", errors, typed=typed, services=offered, form_id=new_form_id())


@bp.route("/preparer/rectificatif/<service>/<terms>/<slug>", methods=["GET", "POST"])
@public
def correct(terms: str, slug: str) -> Answer:
    """Open a draft that corrects an error of a published version, with the words of that version."""
    faulty = published(current_service().slug, terms, slug, Role.AUTHOR)
    offered, errors = authored(), Errors()
    typed = dict(request.form) | {"document": f"{faulty.service}/{faulty.terms}"}
    newest = texts.newest(db(), faulty.service, faulty.terms) or faulty
    if request.method == "POST":
        wanted = forms.wanted(typed, offered, errors)
        if request.form.get("seen") != newest.slug:
            errors["slug"] = OVERTAKEN
        elif wanted is not None:
            answer = _open(wanted, starting.correcting(faulty, wanted.label), errors)
            if answer is not None:
                return answer
    return page(
        "legal_desk/correct",
        errors,
        typed=typed,
        faulty=faulty,
        newest=newest,
        services=offered,
        form_id=new_form_id(),
    )


def _content(wanted: Wanted) -> Content:
    before = texts.current(db(), wanted.service.slug, wanted.terms.slug, kiosk().clock())
    if before is not None and request.form["start"] == "current":
        return starting.following(before, wanted.label)
    return starting.empty(wanted.terms, before, wanted.label)


def _open(wanted: Wanted, what: Content, errors: Errors) -> Answer | None:
    """Open the draft and lead to its page, the same when the form is sent twice; None with `errors`."""
    form_id = request.form.get("form_id", "")
    if drafts.opened(db(), current_publisher().slug, form_id):
        return redirect(url_for("legal_desk.one", draft_id=form_id), 303)
    address = Address(wanted.service.slug, wanted.terms.slug, wanted.slug)
    try:
        made = open_draft(
            db(), desk(), current_officer(), wanted.service, address, what, kiosk().clock(), form_id=form_id
        )
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        errors["slug"] = str(error)
        return None
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=made), 303)
