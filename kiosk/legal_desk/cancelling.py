"""Cancel what was published before it takes effect: one publisher asks, another says the same."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.approving import reason
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import Act, may_confirm_cancelling
from kiosk.notices import services as notices
from kiosk.staff.officers import Person
from kiosk.texts import cancelling
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion


def ask(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    after: int | None = None,
) -> Held:
    """Ask that the version that came of a draft never take effect; `words` will be public.

    Nothing changes before another publisher says the same. Raises `OfficerError`, `RefusedError` when it was
    asked already, `PublicationRefusedError` once it took effect, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.CANCELLED, officer, at, after=after)
    if held.standing.cancelling is not None:
        raise RefusedError("L’annulation est déjà demandée\u00a0: une autre personne doit la confirmer.")
    version = version_of(session, held)
    cancelling.refuse_in_effect(version, at)
    record(
        session, desk, held, Act.CANCELLED, officer, at, Detail(words=reason(words), version_id=version.id)
    )
    return find(session, officer.publisher, draft_id)


def confirm(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    after: int | None = None,
) -> Held:
    """Cancel it: from the next page on nobody is asked to decide on it; the worker tells who was told.

    Raises `OfficerError`, `RefusedError` unless another publisher asked, `PublicationRefusedError` once it
    took effect, `PublicationConflictError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.CANCELLED, officer, at, after=after)
    first = held.standing.cancelling
    if first is None:
        raise RefusedError("Personne n’a demandé cette annulation.")
    if not may_confirm_cancelling(held.standing, officer.id):
        raise RefusedError("Vous avez demandé cette annulation\u00a0: une autre personne doit la confirmer.")
    asked = held.act(first.number)
    if asked is None or asked.words is None:
        raise RefusedError("Le motif de cette annulation n’est plus lisible\u00a0: demandez-la de nouveau.")
    version = version_of(session, held)
    cancelling.cancel(
        session, version, reason=asked.words, decided_by=f"{first.function} ; {officer.function}",
        environment=desk.environment, at=at,
    )  # fmt: skip
    detail = Detail(version_id=version.id, about=first.number)
    record(session, desk, held, Act.CANCELLED, officer, at, detail)
    notices.enqueue(session, notices.CANCEL, f"{notices.CANCEL}:{version.id}", {"version_id": version.id}, at)
    return find(session, officer.publisher, draft_id)


def take_back(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    after: int | None = None,
) -> Held:
    """Take back what was asked, by who asked or another publisher, saying why: the version stays published.

    Raises `OfficerError`, `RefusedError` when nothing is asked any more, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.UNCANCELLED, officer, at, after=after)
    asked = held.standing.cancelling
    detail = Detail(words=reason(words), about=asked.number if asked else None)
    record(session, desk, held, Act.UNCANCELLED, officer, at, detail)
    return find(session, officer.publisher, draft_id)


def version_of(session: Session, held: Held) -> PublishedVersion:
    """Return the version that came of a draft. Raises `RefusedError` when it was not published."""
    for told in reversed(held.acts):
        if told.done.act is Act.PUBLISHED and told.version_id is not None:
            return texts.get(session, told.version_id)
    raise RefusedError("Ce brouillon n’est pas publié.")
