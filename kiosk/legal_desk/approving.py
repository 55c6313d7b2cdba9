"""Approve what another wrote, send it back, take an approval back, note a visa; say who is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.legal_desk import drafts
from kiosk.legal_desk.acts import MAX_WORDS, Desk, Detail, has_commands, let, record
from kiosk.legal_desk.drafts import Content, Held, find
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError, UnreadableDraftError
from kiosk.legal_desk.models import ReceivedFile
from kiosk.legal_desk.policy import (
    Act,
    Done,
    Giver,
    Standing,
    State,
    giver,
    may_approve,
    may_confirm_cancelling,
    possible,
    roles_for,
)
from kiosk.legal_desk.received import plain_name
from kiosk.staff import roles
from kiosk.staff.models import Officer
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role

MAX_FILE = 5 * 1024 * 1024
"""Longest note of a visa that is kept, in bytes."""
CHANGED = (
    "Ce texte a changé depuis que vous l’avez ouvert. Rien n’a été enregistré\u00a0: relisez sa page,"
    " puis recommencez."
)


class Waits(StrEnum):
    """What a draft waits for an officer to do."""

    APPROVE = "approve"
    MEND = "mend"
    """It was sent back."""
    PUBLISH = "publish"
    REFUSED = "refused"
    """Its publication was refused when it was due."""
    CANCEL = "cancel"
    """Another publisher asked that it be cancelled."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One draft that waits for an officer."""

    held: Held
    what: Waits


@dataclass(frozen=True, slots=True)
class Visa:
    """What was given outside: by whom, under which reference, when; the note when it was deposited."""

    who: str
    reference: str
    on: date
    note: bytes | None = None
    name: str | None = None


def checked(session: Session, held: Held, seen: str | None = None) -> Content:
    """Return what the present state of a draft holds, its bytes compared with the hash that acts name.

    `seen` is the hash that the officer had before them. Raises `ChangedSinceError` when it is another, and
    `UnreadableDraftError` when the bytes are not those that were written.
    """
    if seen is not None and seen != held.standing.content_hash:
        raise ChangedSinceError(CHANGED)
    what = drafts.content(drafts.revision(session, held))
    if what.hash != held.standing.content_hash:
        raise UnreadableDraftError(f"brouillon {held.draft.id}\u00a0: le texte n’est pas celui des actes")
    return what


def approve(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    seen: str,
    words: str | None = None,
    form_id: str | None = None,
    after: int | None = None,
) -> Held:
    """Approve the content whose hash is `seen`; returns the draft after it.

    `after` is the last act that the officer had before them: the same bytes may have been sent back since,
    for a reason that they did not read. Raises `OfficerError`, `RefusedError` for who wrote of it (four eyes)
    or approved it already, and as `checked`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.APPROVED, officer, at, after=after)
    checked(session, held, seen)
    if officer.id in held.standing.authors:
        raise RefusedError(
            "Vous avez écrit une partie de ce texte\u00a0: une autre personne doit l’approuver."
        )
    if not may_approve(held.standing, officer.id):
        raise RefusedError("Vous avez déjà approuvé ce texte.")
    record(session, desk, held, Act.APPROVED, officer, at, Detail(words=words or None, form_id=form_id))
    return find(session, officer.publisher, draft_id)


def send_back(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    after: int | None = None,
) -> Held:
    """Send a draft back to its author, saying why; what was approved is void.

    Raises `OfficerError`, `RefusedError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.RETURNED, officer, at, after=after)
    record(session, desk, held, Act.RETURNED, officer, at, Detail(words=reason(words)))
    return find(session, officer.publisher, draft_id)


def withdraw(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    number: int | None = None,
    after: int | None = None,
) -> Held:
    """Withdraw the approval that act `number` gave, saying why; None: that of this officer.

    Who gave it need not be there any more, nor agree: nothing is published without it, and it can be given
    anew. A publication to come that no other approval holds waits no more. Raises `OfficerError`,
    `RefusedError` when no such approval holds, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.WITHDRAWN, officer, at, after=after)
    given = held.standing.approvals
    if number is None:
        chosen = next((one for one in given if one.officer_id == officer.id), None)
    else:
        chosen = next((one for one in given if one.number == number), None)
    if chosen is None:
        raise RefusedError(
            "Vous n’avez pas approuvé ce texte." if number is None else "Cette approbation ne compte plus."
        )
    detail = Detail(words=reason(words), about=chosen.number)
    record(session, desk, held, Act.WITHDRAWN, officer, at, detail)
    return find(session, officer.publisher, draft_id)


def note_visa(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    visa: Visa,
    *,
    after: int | None = None,
) -> Held:
    """Write down a visa given outside; it never approves by itself. The note is kept, restricted, if given.

    Raises `OfficerError`, `RefusedError` for what is missing, in the future or too long, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.VISA, officer, at, after=after)
    if visa.on > at.date():
        raise RefusedError("La date du visa est à venir.")
    said = f"{_line(visa.who, 'Qui donne le visa')}, {_line(visa.reference, 'Référence')}, {visa.on:%d/%m/%Y}"
    kept: str | None = None
    if visa.note:
        if len(visa.note) > MAX_FILE:
            raise RefusedError(f"La note dépasse {MAX_FILE // 1024 // 1024} Mio.")
        digest = text_hash(visa.note)
        said += f", note SHA-256 {digest}"
        kept = desk.randomness(16).hex()
        session.add(
            ReceivedFile(
                id=kept, publisher=officer.publisher, name=plain_name(visa.name or "note"), kind="visa",
                tracked=None, hash=digest, size=len(visa.note), content=visa.note, officer_id=officer.id,
                function=officer.function, at=at,
            )
        )  # fmt: skip
        session.flush()
    record(session, desk, held, Act.VISA, officer, at, Detail(words=said, place=kept))
    return find(session, officer.publisher, draft_id)


def reason(words: str) -> str:
    """Return a reason as it is kept, its lines ended by line feeds: forms send other ends.

    Raises `RefusedError` unless it is there, short enough and without a control character: one that becomes
    public is written in the files of the texts, where such a character is not read back.
    """
    said = words.replace("\r\n", "\n").strip()
    if not 0 < len(said) <= MAX_WORDS:
        raise RefusedError(
            "Donnez un motif."
            if not said
            else f"Raccourcissez ce motif\u00a0: {MAX_WORDS} caractères au plus, il y en a {len(said)}."
        )
    if has_commands(said):
        raise RefusedError("Motif\u00a0: retirez les caractères invisibles.")
    return said


def _line(words: str, label: str) -> str:
    said = " ".join(words.split())
    if not 0 < len(said) <= 200 or has_commands(said):
        raise RefusedError(f"{label}\u00a0: de 1 à 200 caractères.")
    return said


def givers(session: Session, held: Held, at: datetime) -> list[tuple[Done, Giver]]:
    """Return the approvals that hold, each with how its giver stands `at` an instant: some may have left."""
    found = []
    for one in held.standing.approvals:
        officer = session.get(Officer, one.officer_id)
        left_at = officer.deactivated_at if officer else None
        grants = roles.of(session, one.officer_id)
        found.append((one, giver(grants, held.draft.service, left_at, at)))
    return found


def can_approve(
    people: Iterable[Person], service: str, authors: Collection[str], at: datetime
) -> list[Person]:
    """Return who could approve a text of a service that `authors` wrote."""
    return [one for one in people if one.id not in authors and one.may(Role.REVIEWER, service, at)]


def lacks_second(people: Collection[Person], service: str, at: datetime) -> bool:
    """Whether nobody could approve what some author of a service writes: two people are needed."""
    authors = [one for one in people if one.may(Role.AUTHOR, service, at)]
    reviewers = {one.id for one in people if one.may(Role.REVIEWER, service, at)}
    return not reviewers or any(reviewers == {one.id} for one in authors)


def waiting_for(found: Iterable[Held], officer: Person, at: datetime) -> list[Waiting]:
    """Return which of the drafts `found` wait for an officer, and for what."""
    told = ((held, _waits(held, officer, at)) for held in found)
    return [Waiting(held, what) for held, what in told if what is not None]


def _waits(held: Held, officer: Person, at: datetime) -> Waits | None:
    standing, service = held.standing, held.draft.service
    last = _last_move(held)
    match standing.state:
        case State.SUBMITTED if officer.may(Role.REVIEWER, service, at):
            return Waits.APPROVE if may_approve(standing, officer.id) else None
        case State.DRAFT if last is Act.RETURNED and officer.id in standing.authors:
            return Waits.MEND
        case State.APPROVED if standing.approvals and officer.may(Role.PUBLISHER, service, at):
            return Waits.REFUSED if last is Act.UNSCHEDULED else Waits.PUBLISH
        case State.PUBLISHED if officer.may(Role.PUBLISHER, service, at):
            return Waits.CANCEL if may_confirm_cancelling(standing, officer.id) else None
        case _:
            return None


def _last_move(held: Held) -> Act | None:
    """Return the last act that is not a remark."""
    aside = {Act.COMMENTED, Act.RESOLVED, Act.SILENCED, Act.LINKED, Act.UNLINKED, Act.VISA}
    return next((one.done.act for one in reversed(held.acts) if one.done.act not in aside), None)


def may(standing: Standing, act: Act, officer: Person, service: str, at: datetime) -> bool:
    """Whether an officer may do one of the acts that decide, as a draft stands: what its page offers."""
    match act:
        case Act.APPROVED:
            able = officer.may(Role.REVIEWER, service, at) and may_approve(standing, officer.id)
        case Act.RETURNED:
            able = officer.may(Role.REVIEWER, service, at)
        case Act.WITHDRAWN:
            able = bool(standing.approvals) and any(officer.may(one, service, at) for one in roles_for(act))
        case Act.SCHEDULED:
            able = officer.may(Role.PUBLISHER, service, at) and bool(standing.approvals)
        case Act.CANCELLED:
            mine = standing.cancelling is not None and standing.cancelling.officer_id == officer.id
            able = officer.may(Role.PUBLISHER, service, at) and not mine
        case Act.UNSCHEDULED | Act.UNCANCELLED:
            able = officer.may(Role.PUBLISHER, service, at)
        case _:
            able = officer.may(Role.AUTHOR, service, at)
    return able and possible(act, standing)
