"""Close the drafts whose version is online although no act says so: their acts were lost with a database.

A restored backup may be older than a publication; the version is taken up from its statement and its files,
the acts of the desk are not. A version that an act says was published from a draft is of that draft alone,
whatever others hold the same words.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from kiosk.legal_desk.acts import Desk, Detail, record
from kiosk.legal_desk.drafts import Content, Held, find
from kiosk.legal_desk.models import Draft, DraftAct
from kiosk.legal_desk.policy import OPEN, Act
from kiosk.staff.officers import Person
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion

FUNCTION = "reprise après restauration"
"""Who such an act is said to be of: nobody of the team did it."""
_NOBODY = "0" * 32
_WORDS = (
    "Cette version est en ligne\u00a0: l’acte qui l’a publiée manquait ici, il est repris après restauration."
)


def take_up(session: Session, desk: Desk, at: datetime) -> list[str]:
    """Close the open drafts that are online, word for word; returns their identifiers. The caller commits.

    One that somebody else than its authors approved is published; one whose approval is lost too is given up.
    """
    ended = exists().where(
        DraftAct.draft_id == Draft.id, DraftAct.act.in_((Act.PUBLISHED.value, Act.ABANDONED.value))
    )
    online = and_(
        PublishedVersion.service == Draft.service,
        PublishedVersion.terms == Draft.terms,
        PublishedVersion.slug == Draft.slug,
    )
    told = exists().where(DraftAct.version_id == PublishedVersion.id, DraftAct.act == Act.PUBLISHED.value)
    found = session.execute(
        select(Draft.id, Draft.publisher, PublishedVersion.id)
        .join(PublishedVersion, online)
        .where(~ended, ~told)
        .order_by(Draft.opened_at, Draft.id)
    ).all()
    closed: list[str] = []
    published: set[int] = set()
    for draft_id, publisher, version_id in found:
        held, version = find(session, publisher, draft_id), texts.get(session, version_id)
        if held.standing.state in OPEN and _is(held, version):
            approved = bool(held.standing.approvals) and version_id not in published
            _close(session, desk, held, at, version_id if approved else None)
            closed.append(draft_id)
            if approved:
                published.add(version_id)
    return closed


def _is(held: Held, version: PublishedVersion) -> bool:
    """Whether the present state of a draft is `version`, its text and all that was said of it."""
    return Content(version.text, texts.metadata(version)).hash == held.standing.content_hash


def _close(session: Session, desk: Desk, held: Held, at: datetime, version_id: int | None) -> None:
    """Say that a draft became the version `version_id`; None: that it is given up."""
    nobody = Person(_NOBODY, held.draft.publisher, "", "", FUNCTION, (), "")
    act = Act.ABANDONED if version_id is None else Act.PUBLISHED
    record(session, desk, held, act, nobody, at, Detail(words=_WORDS, version_id=version_id))
