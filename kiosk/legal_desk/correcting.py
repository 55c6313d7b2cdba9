"""Who decided on a text that was published with an error: counted; named only through their evidence."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Address
from kiosk.acceptance.models import Decision
from kiosk.acceptance.policy import Kind
from kiosk.legal_desk.drafts import Held
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import PublishedVersion

FEW = 10
"""Under this, a number is not told: it would say who."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A text that another corrects, and how many decided on it; None: fewer than `FEW`, and not none."""

    version: PublishedVersion
    accepted: int | None
    decided: int | None


def counted(session: Session, held: Held) -> Faulty | None:
    """Return what a draft corrects, and how many decided on it; None when it corrects nothing."""
    if held.draft.corrects is None:
        return None
    try:
        version = texts.by_address(
            session, Address(held.draft.service, held.draft.terms, held.draft.corrects)
        )
    except UnknownVersionError:
        return None
    return Faulty(version, _told(_people(session, version, Kind.ACCEPTED)), _told(_people(session, version)))


def subjects(session: Session, version: PublishedVersion) -> list[str]:
    """Return the random identifiers of who decided on a version, for requests of evidence; never names."""
    wanted = select(distinct(Decision.subject_id)).where(Decision.version_id == version.id)
    return sorted(session.scalars(wanted))


def _people(session: Session, version: PublishedVersion, kind: Kind | None = None) -> int:
    wanted = select(func.count(distinct(Decision.subject_id))).where(Decision.version_id == version.id)
    if kind is not None:
        wanted = wanted.where(Decision.kind == kind.value)
    return session.scalar(wanted) or 0


def _told(number: int) -> int | None:
    return number if number == 0 or number >= FEW else None
