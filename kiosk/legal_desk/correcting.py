"""Who decided on a text that was published with an error: counted; named with a reason that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session, aliased

from cgu_archive.corpus.model import Address
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Kind
from kiosk.accounts.models import Account
from kiosk.legal_desk import drafts
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import State
from kiosk.legal_desk.watching import Size
from kiosk.staff import records
from kiosk.staff.officers import Person, let_act
from kiosk.staff.records import Act
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError
from kiosk.texts.models import PublishedVersion

SOUND = "Aucun rectificatif approuvé ou publié ne corrige cette version\u00a0: personne n’est nommé ici."
_AGREED = (State.APPROVED, State.SCHEDULED, State.PUBLISHED)
"""A draft alone, which one person opens, names nobody."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A text that another corrects, and how many decided on it."""

    version: PublishedVersion
    accepted: Size
    decided: Size


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who decided on a version and still has an account: their last word on it."""

    email: str
    kind: Kind
    at: datetime


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
    accepted, decided = _people(session, version, Kind.ACCEPTED), _people(session, version)
    return Faulty(version, Size.of(accepted), Size.of(decided))


def is_faulty(session: Session, publisher: str, version: PublishedVersion) -> bool:
    """Whether another version corrects this one: published, or approved by a second person."""
    if any(
        texts.metadata(one).corrects == version.slug
        for one in texts.history(session, version.service, version.terms)
    ):
        return True
    return any(
        (one.draft.terms, one.draft.corrects) == (version.terms, version.slug)
        and one.standing.state in _AGREED
        for one in drafts.listing(session, publisher, [version.service])
    )


def listed(
    session: Session, officer: Person, version: PublishedVersion, *, reason: str, at: datetime
) -> list[Decider]:
    """Return who decided on a faulty version, once it is written down who asked, and why; by address.

    Their decisions stay in the ledger, whatever becomes of this list. The caller commits before it shows
    anything. Raises `OfficerError`, `RefusedError` for a version that nothing corrects, `AtOnceError`.
    """
    let_act(session, officer, Role.PUBLISHER, at, (version.service,))
    if not is_faulty(session, officer.publisher, version):
        raise RefusedError(SOUND)
    records.keep_words(session, officer, records.note(session, officer, Act.LISTED, at), None, reason)
    later = aliased(Decision)
    rows = session.execute(
        select(Account.email, Decision.kind, Decision.decided_at)
        .join(Subject, Subject.account_id == Account.id)
        .join(Decision, Decision.subject_id == Subject.id)
        .outerjoin(
            later,
            (later.subject_id == Decision.subject_id)
            & (later.version_id == Decision.version_id)
            & (later.sequence > Decision.sequence),
        )
        .where(Decision.version_id == version.id, later.id.is_(None), Account.publisher == officer.publisher)
        .order_by(Account.email, Decision.decided_at)
    )
    return [Decider(email, Kind(kind), decided_at) for email, kind, decided_at in rows]


def _people(session: Session, version: PublishedVersion, kind: Kind | None = None) -> int:
    wanted = select(func.count(distinct(Decision.subject_id))).where(Decision.version_id == version.id)
    if kind is not None:
        wanted = wanted.where(Decision.kind == kind.value)
    return session.scalar(wanted) or 0
