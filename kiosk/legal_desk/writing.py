"""Open a draft, and change what it holds: each change is a state of its own, none is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import provisions
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Service
from kiosk.legal_desk.acts import Desk, Detail, let, record, refuse_other_service
from kiosk.legal_desk.drafts import Content, Held, find
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError
from kiosk.legal_desk.models import Draft, DraftRevision
from kiosk.legal_desk.policy import Act, Standing, State
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role
from kiosk.texts import attachments
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError

_ID = re.compile(r"[0-9a-f]{32}")
SAME = "Rien n’a changé\u00a0: cet état du texte est déjà enregistré."


def open_draft(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    address: Address,
    what: Content,
    at: datetime,
    *,
    received_id: str | None = None,
    form_id: str | None = None,
) -> str:
    """Open a draft of `service` at `address` that holds `what`; returns its identifier.

    `form_id`, when the form carries one that can be, becomes that identifier: sent twice, it opens one draft.
    What `what.metadata.corrects` names, if anything, is a published version of the same document. Raises
    `OfficerError` unless the officer is an author there, and the service their publisher's, `RefusedError`
    when the address is that of a published version, or the text cannot be read, `ChangedSinceError` when the
    form was sent already, and `UnknownAddressError` for an unknown document.
    """
    let_act(session, officer, Role.AUTHOR, at, (address.service,))
    refuse_other_service(service, officer.publisher, address.service)
    service.document(address.terms)
    refuse_unreadable(what.text)
    _refuse_unkept(session, what)
    _refuse_published(session, address)
    if what.metadata.corrects is not None:
        _find_corrected(session, replace(address, slug=what.metadata.corrects))
    draft = Draft(
        id=form_id if form_id and _ID.fullmatch(form_id) else desk.randomness(16).hex(),
        publisher=officer.publisher,
        service=address.service,
        terms=address.terms,
        slug=address.slug,
        corrects=what.metadata.corrects,
        opened_at=at,
    )
    session.add(draft)
    try:
        session.flush()
    except IntegrityError as error:
        raise ChangedSinceError("Ce formulaire a déjà été envoyé\u00a0: le brouillon est ouvert.") from error
    before = Held(draft, (), Standing(State.DRAFT, 0, "", frozenset(), (), None, 0))
    _write(session, desk, before, Act.OPENED, officer, what, at, Detail(), received_id)
    return draft.id


def revise(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    what: Content,
    at: datetime,
    *,
    seen: int,
    words: str | None = None,
    received_id: str | None = None,
) -> Held:
    """Give a draft another content; what was approved is void. Returns the draft after it.

    `seen` is the number of the state that the officer started from, `words` what they say of the change.
    Raises `OfficerError`, `UnknownDraftError`, `RefusedError`, and `ChangedSinceError` when that state is not
    the present one: nobody writes over what another wrote meanwhile.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.REVISED, officer, at)
    if held.standing.revision != seen:
        raise ChangedSinceError(
            f"Ce texte a changé depuis que vous l’avez ouvert (état {seen}, devenu"
            f" {held.standing.revision}). Rien n’a été enregistré\u00a0: comparez, puis reprenez."
        )
    refuse_unreadable(what.text)
    _refuse_unkept(session, what)
    if what.metadata.corrects != held.draft.corrects:
        raise RefusedError("La version que corrige un rectificatif se choisit à son ouverture.")
    if what.hash == held.standing.content_hash:
        raise RefusedError(SAME)
    _write(session, desk, held, Act.REVISED, officer, what, at, Detail(words=words), received_id)
    return find(session, officer.publisher, draft_id)


def _write(
    session: Session,
    desk: Desk,
    before: Held,
    act: Act,
    officer: Person,
    what: Content,
    at: datetime,
    detail: Detail,
    received_id: str | None,
) -> None:
    number = before.standing.revision + 1
    session.add(
        DraftRevision(
            draft_id=before.draft.id,
            number=number,
            text=what.text,
            text_hash=text_hash(what.text),
            contractual=what.contractual,
            metadata_hash=metadata_hash(what.undated.contractual()),
            received_id=received_id,
            officer_id=officer.id,
            function=officer.function,
            at=at,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ChangedSinceError(
            "Quelqu’un a enregistré ce brouillon au même instant. Votre texte n’est pas enregistré\u00a0:"
            " relisez le sien, puis recommencez."
        ) from error
    after = replace(before.standing, revision=number, content_hash=what.hash)
    record(session, desk, replace(before, standing=after), act, officer, at, detail)


def refuse_unreadable(text: bytes) -> None:
    """Raise `RefusedError` when a text cannot be read."""
    try:
        provisions.read(text)
    except UnreadableTextError as error:
        raise RefusedError(f"Ce texte ne peut pas être lu\u00a0: {error}") from error


def _refuse_unkept(session: Session, what: Content) -> None:
    lost = attachments.missing(session, what.metadata.attachments)
    if lost:
        raise RefusedError(
            f"Le contenu de la pièce jointe «\u00a0{lost[0].name}\u00a0» n’est pas conservé ici."
        )


def _refuse_published(session: Session, address: Address) -> None:
    try:
        texts.by_address(session, address)
    except UnknownVersionError:
        return
    raise RefusedError(
        f"«\u00a0{address}\u00a0» est déjà publiée et ne change plus. Donnez un autre"
        " nom à la nouvelle version."
    )


def _find_corrected(session: Session, address: Address) -> None:
    try:
        texts.by_address(session, address)
    except UnknownVersionError as error:
        raise RefusedError(
            f"«\u00a0{address}\u00a0» n’est pas publiée\u00a0: rien n’est à corriger."
        ) from error
