"""Pages where files are joined to a draft, renamed, replaced, removed and read."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from cgu_archive.corpus.attachments import MAX_BYTES, MAX_COUNT, MAX_TITLE, MAX_TOTAL, Attachment
from kiosk.extensions import db, kiosk, only_read
from kiosk.legal_desk import attachments, forms
from kiosk.legal_desk.attachment_formats import ACCEPTED
from kiosk.legal_desk.drafts import Content, Held, content, revision
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError, RefusedError, UnknownDraftError
from kiosk.legal_desk.link_readings import for_nobody_else, opened_by
from kiosk.legal_desk.pages import OPEN_TO_ALL, bp, desk, held, held_as, mine
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.writing import revise
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import attachments as kept
from kiosk.texts.errors import LostAttachmentError
from kiosk.texts.views import file_answer

_UNTITLED = "-"
"""To say what is wrong with a file whose title is wrong too."""
_NO_FILE = "Choisissez le fichier à joindre."
_AGAIN = "Choisissez de nouveau ce fichier\u00a0: le navigateur ne le garde pas."


@bp.get("/brouillons/<draft_id>/pieces-jointes")
@public
def attached(draft_id: str) -> Answer:
    """List the attachments of a draft; its authors may join others, rename them, remove them."""
    return _page(held(draft_id), {})


@bp.post("/brouillons/<draft_id>/pieces-jointes")
@public
def attach(draft_id: str) -> Answer:
    """Join a file to a draft, under a title that is not left out: another state of it."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    now, title, sent = present(found), _title(), request.files.get("file")
    only_read()
    made = _received(sent, title, errors)
    if made is None:
        return _page(held(draft_id), errors)
    one, raw = made

    def with_it() -> Content:
        attachments.keep(db(), raw, kiosk().clock())
        return attachments.with_one(now, one, instead=request.form.get("instead") == "1")

    said = attachments.JOINED.format(title=one.title, name=one.name)
    return _revised(draft_id, with_it, said, "file")


@bp.post("/brouillons/<draft_id>/pieces-jointes/<name>/titre")
@public
def retitle_attachment(draft_id: str, name: str) -> Answer:
    """Give an attachment another title: another state of the draft."""
    now = present(held_as(draft_id, Role.AUTHOR))
    said = attachments.RETITLED.format(title=_title(), name=name)
    return _revised(draft_id, lambda: attachments.renamed(now, name, _title()), said, f"title-{name}")


@bp.post("/brouillons/<draft_id>/pieces-jointes/<name>/retirer")
@public
def detach(draft_id: str, name: str) -> Answer:
    """Remove an attachment from a draft: another state of it; those before keep it."""
    now = present(held_as(draft_id, Role.AUTHOR))
    said = attachments.REMOVED.format(name=name)
    return _revised(draft_id, lambda: attachments.without(now, name), said, "brouillon")


@bp.get("/brouillons/<draft_id>/pieces-jointes/<name>")
@public
def attachment_file(draft_id: str, name: str) -> Answer:
    """Give an attachment of a draft, as it is in the state `etat`, the present one by default."""
    found = held(draft_id)
    try:
        what = present(found, forms.number(request.args, "etat") or None)
    except UnknownDraftError:
        abort(404)
    return _sent(what, name)


@bp.get("/lecture/<string(length=64):token>/pieces-jointes/<name>")
@public
def attachment_through_link(token: str, name: str) -> Answer:
    """Give an attachment of the state that a link lets its holder read, to them alone."""
    opened = opened_by(token)
    if isinstance(opened, Response):
        return opened
    found, number, _ = opened
    response = _sent(content(revision(db(), found, number)), name)
    response.headers["Cache-Control"] = "no-store"
    return for_nobody_else(response)


OPEN_TO_ALL.add("legal_desk.attachment_through_link")


def _sent(what: Content, name: str) -> Response:
    one = kept.named(what.metadata, name)
    if one is None:
        abort(404)
    try:
        return file_answer(kept.content(db(), one.sha256), one.media_type, one.name)
    except LostAttachmentError:
        abort(410)


def _title() -> str:
    return attachments.one_line(request.form.get("title", ""))


def _received(sent: FileStorage | None, title: str, errors: Errors) -> tuple[Attachment, bytes] | None:
    """Return the file that was sent and what is said of it, or note why it is refused, by its field."""
    try:
        attachments.refuse_title(title)
    except RefusedError as error:
        errors["title"] = str(error)
    if sent is None or not sent.filename:
        errors["file"] = _NO_FILE
        return None
    raw = sent.read(MAX_BYTES + 1)
    try:
        one = attachments.made(sent.filename, _UNTITLED if errors else title, raw)
    except RefusedError as error:
        errors["file"] = str(error)
        return None
    if errors:
        errors["file"] = _AGAIN
        return None
    return one, raw


def _revised(draft_id: str, change: Callable[[], Content], said: str, field: str) -> Answer:
    """Write the state that `change` makes, and lead to the list; tell why not beside `field`."""
    seen = forms.number(request.form, "seen")
    try:
        revise(db(), desk(), current_officer(), draft_id, change(), kiosk().clock(), seen=seen, words=said)
    except (LegalDeskError, OfficerError) as error:
        db().rollback()
        return _page(held(draft_id), {field: str(error)})
    db().commit()
    return redirect(url_for("legal_desk.attached", draft_id=draft_id), 303)


def _page(found: Held, errors: Errors) -> Answer:
    what = present(found)
    return page(
        "legal_desk/attachments",
        errors,
        draft=found,
        attachments=what.metadata.attachments,
        typed=request.form,
        writes=found.draft.service in mine(Role.AUTHOR) and possible(Act.REVISED, found.standing),
        formats=ACCEPTED,
        most=(MAX_COUNT, MAX_BYTES // 1024**2, MAX_TOTAL // 1024**2, MAX_TITLE),
    )
