"""Pages that receive a file, show what was understood of it, and make a draft of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Address
from cgu_archive.importing import (
    MAX_RECEIVED,
    Imported,
    ImportRefusedError,
    Tracked,
    TrackedChangesError,
    TrackedCount,
)
from kiosk.db import writing
from kiosk.extensions import db, kiosk, only_read
from kiosk.legal_desk import forms, received, starting
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError, UnknownDraftError
from kiosk.legal_desk.forms import Wanted
from kiosk.legal_desk.models import ReceivedFile
from kiosk.legal_desk.opening import authored
from kiosk.legal_desk.pages import bp, desk, held, held_as, mine
from kiosk.legal_desk.writing import open_draft, revise
from kiosk.security import public
from kiosk.staff import records
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import AtOnceError, OfficerError
from kiosk.staff.officers import let_act
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role
from kiosk.texts import services as texts

_NO_FILE = "Choisissez un fichier\u00a0: Word (.docx), OpenDocument (.odt), HTML, Markdown ou texte (.txt)."


@bp.route("/recevoir", methods=["GET", "POST"])
@public
def receive() -> Answer:
    """Receive the file of a version to be."""
    offered, errors = authored(), Errors()
    if request.method == "POST":
        wanted = forms.wanted(request.form, offered, errors)
        only_read()
        kept = _receive(wanted.service.slug if wanted else next(iter(offered)), errors)
        if kept is not None and wanted is not None:
            document = f"{wanted.service.slug}/{wanted.terms.slug}"
            return redirect(
                url_for(
                    "legal_desk.received_file", received_id=kept, document=document, label=wanted.label,
                    slug=wanted.slug,
                ),
                303,
            )  # fmt: skip
    return page("legal_desk/import", errors, typed=request.form, services=offered, draft=None)


@bp.route("/brouillons/<draft_id>/fichier", methods=["GET", "POST"])
@public
def receive_again(draft_id: str) -> Answer:
    """Receive a file whose words take the place of those of a draft."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    if request.method == "POST":
        service = found.draft.service
        only_read()
        kept = _receive(service, errors)
        if kept is not None:
            return redirect(url_for("legal_desk.received_file", received_id=kept, brouillon=draft_id), 303)
        found = held(draft_id)
    return page("legal_desk/import", errors, typed=request.form, services=mine(), draft=found)


def _receive(service: str, errors: Errors) -> str | None:
    """Read the file that was sent and, when it is one and nothing else is wrong, keep it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        errors["file"] = _NO_FILE
        return None
    name, content = received.plain_name(sent.filename), sent.read(MAX_RECEIVED + 1)
    digest = text_hash(content)
    try:
        kind = received.read(name, content, digest).kind
    except TrackedChangesError as error:  # asked on the next page
        kind = error.kind
    except ImportRefusedError as error:
        errors["file"] = str(error)
        return None
    if errors:
        errors["file"] = "Choisissez de nouveau ce fichier\u00a0: le navigateur ne le garde pas."
        return None
    officer, at = current_officer(), kiosk().clock()
    try:
        with writing(kiosk().engine) as session:
            let_act(session, officer, Role.AUTHOR, at, (service,))
            return received.keep(session, desk(), officer, name, content, (kind, digest), at).id
    except OfficerError as error:
        errors["file"] = str(error)
        return None


@bp.get("/recus/<received_id>")
@public
def received_file(received_id: str) -> Answer:
    """Show what was received beside what was understood, and what a person must look at."""
    return _page(_row(received_id), {}, request.args)


@bp.post("/recus/<received_id>")
@public
def make_draft(received_id: str) -> Answer:
    """Make a draft of a received file, or the next state of one, with the comments that it carries."""
    row, errors = _row(received_id), Errors()
    again = request.form.get("brouillon")
    if again:
        return _revise(held_as(again, Role.AUTHOR), row, errors)
    wanted, why = forms.wanted(request.form, authored(), errors), forms.why(request.form, errors)
    if wanted is None or errors:
        return _page(row, errors, request.form)
    return _open(wanted, why, row)


def _open(wanted: Wanted, why: tuple[str | None, str | None], row: ReceivedFile) -> Answer:
    officer, at = current_officer(), kiosk().clock()
    address = Address(wanted.service.slug, wanted.terms.slug, wanted.slug)
    before = texts.current(db(), address.service, address.terms, at)
    try:
        found, row = _whole(row)
        known = received.draft_of(db(), row)
        if known is not None:  # the form was sent twice
            return redirect(url_for("legal_desk.one", draft_id=known), 303)
        source = received.source(row, found, at)
        what = starting.understood(found.text, source, before, wanted.label)
        what = replace(what, metadata=replace(what.metadata, reason=why[0], reason_kind=why[1]))
        made = open_draft(db(), desk(), officer, wanted.service, address, what, at, received_id=row.id)
        received.take_comments(db(), desk(), officer, made, found, at)
    except (ImportRefusedError, LegalDeskError, OfficerError) as error:
        return _refused(row, "slug", error)
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=made), 303)


def _revise(draft: Held, row: ReceivedFile, errors: Errors) -> Answer:
    officer, at, now = current_officer(), kiosk().clock(), present(draft)
    try:
        found, row = _whole(row)
        metadata = replace(
            now.metadata,
            source=received.source(row, found, at),
            rules=starting.carried(found.text, now.metadata.rules),
        )
        what, seen = replace(now, text=found.text, metadata=metadata), forms.number(request.form, "seen")
        revise(db(), desk(), officer, draft.draft.id, what, at, seen=seen, received_id=row.id)
        received.take_comments(db(), desk(), officer, draft.draft.id, found, at)
    except (ImportRefusedError, LegalDeskError, OfficerError) as error:
        return _refused(row, "file", error)
    db().commit()
    return redirect(url_for("legal_desk.one", draft_id=draft.draft.id), 303)


def _whole(row: ReceivedFile) -> tuple[Imported, ReceivedFile]:
    """Return what the file was understood as, none of its words lost, and the file as it was decided."""
    tracked = _tracked(request.form.get("suivies"))
    found = received.understood(row, tracked)
    received.refuse_unlike(found)
    return found, received.decided(db(), desk(), row, tracked if found.changes else None)


def _refused(row: ReceivedFile, field: str, error: Exception) -> Answer:
    received_id = row.id
    db().rollback()
    return _page(_row(received_id), {field: str(error)}, request.form)


@bp.post("/recus/<received_id>/fichier")
@public
def take_file(received_id: str) -> Answer:
    """Give a received file back, once it is written down who took it."""
    row = _row(received_id)
    content, name = row.content, row.name
    try:
        records.note(db(), current_officer(), records.Act.FILE_TAKEN, kiosk().clock())
    except AtOnceError as error:
        return _refused(row, "file", error)
    db().commit()
    response = Response(content, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _row(received_id: str) -> ReceivedFile:
    try:
        writes = bool(mine(Role.AUTHOR))
        return received.find(db(), current_officer(), tuple(mine()), received_id, writes=writes)
    except UnknownDraftError:
        abort(404)


def _tracked(typed: str | None) -> Tracked | None:
    return Tracked(typed) if typed in set(Tracked) else None


def _page(row: ReceivedFile, errors: Errors, typed: Mapping[str, str]) -> Answer:
    tracked = _tracked(typed.get("suivies"))
    found: Imported | None = None
    changes: tuple[TrackedCount, ...] = ()
    try:
        found = received.understood(row, tracked)
    except TrackedChangesError as error:
        changes = error.changes
    except ImportRefusedError as error:  # a stricter release than the one that kept it
        errors = errors | {"file": str(error)}
    again = typed.get("brouillon")
    return page(
        "legal_desk/received",
        errors,
        received=row,
        found=found,
        changes=changes,
        tracked=tracked,
        typed=typed,
        services=mine(Role.AUTHOR),
        draft=held(again) if again else None,
        most=received.MAX_COMMENTS,
    )
