"""Comment a provision of a draft, answer a comment, close it: from a page or a terminal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus import provisions
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.provisions import ROOT_ADDRESS, Provision
from cgu_archive.rendering import title_of
from kiosk.legal_desk import drafts
from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.approving import reason
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import UnknownDraftError
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.threads import Thread, threads
from kiosk.staff.officers import Person

_EXCERPT = 120


def comment(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    place: str = ROOT_ADDRESS,
    about: int | None = None,
    form_id: str | None = None,
) -> Held:
    """Comment the provision at `place`, or answer the comment that act `about` began; returns the draft.

    Raises `OfficerError`, `RefusedError`, `ChangedSinceError`, and `UnknownDraftError` for a provision or a
    comment that is not there.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.COMMENTED, officer, at)
    if about is not None:
        place = thread(held, about).first.place or ROOT_ADDRESS
    elif place != ROOT_ADDRESS:
        text = drafts.content(drafts.revision(session, held)).text
        if place not in {one.address for one in units(text)}:
            raise UnknownDraftError(f"Ce texte n’a pas de disposition à l’adresse «\u00a0{place}\u00a0».")
    detail = Detail(words=reason(words), place=place, about=about, form_id=form_id)
    record(session, desk, held, Act.COMMENTED, officer, at, detail)
    return find(session, officer.publisher, draft_id)


def close(session: Session, desk: Desk, officer: Person, draft_id: str, at: datetime, *, number: int) -> Held:
    """Close the comment that act `number` began, unless it is closed; returns the draft.

    Raises `OfficerError`, `RefusedError`, `ChangedSinceError`, `UnknownDraftError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.RESOLVED, officer, at)
    found = thread(held, number)
    if found.closed is None:
        detail = Detail(about=number, place=found.first.place)
        record(session, desk, held, Act.RESOLVED, officer, at, detail)
    return find(session, officer.publisher, draft_id)


def thread(held: Held, number: int) -> Thread:
    """Return the comment that act `number` began. Raises `UnknownDraftError`."""
    found = next((one for one in threads(held.acts) if one.number == number), None)
    if found is None:
        raise UnknownDraftError(f"Aucun commentaire n°\u00a0{number} sur ce brouillon.")
    return found


def called(unit: Provision) -> str:
    """Return what a provision is called: its title, or its number and its first words."""
    title = title_of(unit)
    if title:
        return title
    first = next(iter(unit.own_lines()), unit.address).removeprefix(f"{unit.number}.").strip()
    said = first if len(first) <= _EXCERPT else f"{first[:_EXCERPT]}…"
    return f"Paragraphe {unit.number}, «\u00a0{said}\u00a0»" if unit.number else said


def names(text: bytes) -> dict[str, str]:
    """Return what each provision of a text is called, by address; none when it cannot be read."""
    return {one.address: called(one) for one in units(text)}


def units(text: bytes) -> list[Provision]:
    """Return the provisions of a text that have words of their own; none when it cannot be read."""
    try:
        root = provisions.read(text)
    except UnreadableTextError:
        return []
    return [one for one in root.walk() if any(one.own_lines())]
