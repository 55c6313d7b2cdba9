"""Addresses that let somebody without an account read one state of a draft, until they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import (
    ClosedLinkError,
    RefusedError,
    UnknownDraftError,
    UnreadableDraftError,
)
from kiosk.legal_desk.models import Draft, ReadingLink
from kiosk.legal_desk.policy import Act, closed_by
from kiosk.staff.officers import Person

MOST_DAYS = 30
TOKEN_BYTES = 32
_DOMAIN = "reading-link"
MAX_WORDS = 200

CLOSED = "Ce lien est fermé."
WHY_CLOSED = {
    Act.WITHDRAWN: (
        "Ce lien est fermé\u00a0: une approbation de ce projet a été retirée, le texte est à revoir."
    ),
    Act.PUBLISHED: "Ce lien est fermé\u00a0: ce texte n’est plus un projet, il est publié.",
    Act.ABANDONED: "Ce lien est fermé\u00a0: ce projet est abandonné.",
}
"""What who holds a link is told, after the act that closed it."""

Hasher = Callable[..., str]
"""Hashes texts with a key that only this deployment has."""


def open_link(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    days: int,
    words: str,
    hasher: Hasher,
    form_id: str | None = None,
    after: int | None = None,
) -> str:
    """Open a link to the present state for so many days; returns its token, which nothing else holds.

    `words` say whom it is for, by function. Raises `OfficerError`, `RefusedError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.LINKED, officer, at, after=after)
    if not 1 <= days <= MOST_DAYS:
        raise RefusedError(f"Donnez une durée de 1 à {MOST_DAYS} jours.")
    said = " ".join(words.split())
    if not 0 < len(said) <= MAX_WORDS:
        raise RefusedError(f"Dites à qui il est destiné, en {MAX_WORDS} caractères au plus.")
    ends_at = at + timedelta(days=days)
    detail = Detail(words=said, due_at=ends_at, form_id=form_id)
    number = record(session, desk, held, Act.LINKED, officer, at, detail)
    token = desk.randomness(TOKEN_BYTES).hex()
    session.add(
        ReadingLink(
            token_hash=hasher(_DOMAIN, token), draft_id=draft_id, act_number=number, expires_at=ends_at
        )
    )
    session.flush()
    return token


def close_link(
    session: Session, desk: Desk, officer: Person, draft_id: str, at: datetime, *, number: int
) -> None:
    """Close the link that act `number` opened: it answers nothing from now on.

    Raises `OfficerError`, `RefusedError` when it is closed, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.UNLINKED, officer, at)
    row = session.scalar(
        select(ReadingLink).where(ReadingLink.draft_id == draft_id, ReadingLink.act_number == number)
    )
    ended = closed_by([one.done for one in held.acts], number)
    if row is None or row.closed_at is not None or ended is not None:
        raise RefusedError("Ce lien est déjà fermé.")
    row.closed_at = at
    record(session, desk, held, Act.UNLINKED, officer, at, Detail(about=number))


def links(session: Session, draft_id: str) -> list[ReadingLink]:
    """Return the links to a draft, oldest first."""
    wanted = select(ReadingLink).where(ReadingLink.draft_id == draft_id).order_by(ReadingLink.act_number)
    return list(session.scalars(wanted))


def read(
    session: Session, publisher: str, token: str, at: datetime, *, hasher: Hasher
) -> tuple[Held, int, ReadingLink]:
    """Return the draft that a token opens, and which state of it, for a reader of this publisher's pages.

    Raises `UnknownDraftError` for a token that never was, `ClosedLinkError` for one that opens nothing more.
    """
    row = session.scalar(
        select(ReadingLink)
        .join(Draft, Draft.id == ReadingLink.draft_id)
        .where(ReadingLink.token_hash == hasher(_DOMAIN, token), Draft.publisher == publisher)
    )
    if row is None:
        raise UnknownDraftError("Ce lien n’ouvre rien.")
    held = find(session, publisher, row.draft_id)
    told = held.act(row.act_number)
    if told is None:
        raise UnreadableDraftError(f"brouillon {row.draft_id}\u00a0: le lien n’a pas d’acte")
    closed = closed_by([one.done for one in held.acts], row.act_number)
    if closed is not None or row.closed_at is not None:
        raise ClosedLinkError(WHY_CLOSED.get(closed.act, CLOSED) if closed else CLOSED)
    if row.expires_at <= at:
        raise ClosedLinkError("Ce lien est arrivé à son terme.")
    return held, told.done.revision, row


def note_read(session: Session, row: ReadingLink, at: datetime) -> None:
    """Note when a link was first read, once."""
    session.execute(
        update(ReadingLink)
        .where(ReadingLink.token_hash == row.token_hash, ReadingLink.first_read_at.is_(None))
        .values(first_read_at=at)
    )
