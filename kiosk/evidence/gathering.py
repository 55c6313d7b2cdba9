"""Which statements are about one person at some services, and what opens their fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance import contestations
from kiosk.acceptance.models import Contestation, Decision
from kiosk.ledger import proofs
from kiosk.ledger import services as ledger
from kiosk.ledger.receipts import Openings
from kiosk.notices import notifications
from kiosk.proof.commitment import Opening
from kiosk.proof.statement import Kind, Statement
from kiosk.retention import erasures


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a person's file."""

    statement: Statement
    openings: tuple[Opening, ...]
    """Empty once they were destroyed."""
    version_id: int | None = None
    """Of a decision: the version it is on."""
    contested_at: datetime | None = None
    """Of a decision: since when it is disputed."""
    by_organisation: bool = False
    """Whether who disputed it first is the organisation in whose name it was made."""
    by_letter: bool = False
    """Whether who disputed it first wrote to the publisher, the account being deleted."""

    @property
    def kind(self) -> Kind:
        """What it tells."""
        return Kind(self.statement.members["kind"])

    @property
    def at(self) -> datetime:
        """When it was made, by the server's clock, UTC."""
        return datetime.fromisoformat(self.statement.members["at"]).astimezone(UTC)


def entries(
    session: Session, subject_id: str, services: Collection[str], openings: Openings = ledger.disclosures
) -> tuple[Entry, ...]:
    """Return what the ledger holds of a subject at `services`, oldest first.

    Decisions, what disputes them, and what became of the mails about them; `openings` finds what opens their
    personal fields.
    """
    decisions = _decisions(session, subject_id, services)
    disputed = contestations.about(session, list(decisions))
    found = [
        Entry(
            ledger.get(session, digest),
            _sorted(openings(session, digest)),
            version_id,
            *_first(session, disputed.get(digest, ())),
        )
        for digest, version_id in decisions.items()
    ]
    found += [
        Entry(ledger.get(session, digest), _sorted(openings(session, digest)))
        for digest in _beside(session, decisions, disputed)
    ]
    return tuple(sorted(found, key=lambda one: (one.statement.members["at"], one.statement.hash)))


def _first(session: Session, disputes: Sequence[tuple[str, datetime]]) -> tuple[datetime | None, bool, bool]:
    """Return when a decision was disputed first, whether by an organisation, and whether by a letter.

    `disputes` are the oldest first.
    """
    if not disputes:
        return None, False, False
    digest, at = disputes[0]
    by_organisation = contestations.by_organisation(session, digest)
    return at, by_organisation, contestations.by_letter(session, digest)


def unsealed(session: Session, subject_id: str, services: Collection[str]) -> int:
    """Return how many of these statements are not in the tree yet."""
    hashes = _hashes(session, subject_id, services)
    return len(hashes - proofs.indexes(session, hashes).keys())


def contested_since(session: Session, subject_id: str, service: str | None, at: datetime) -> bool:
    """Whether a decision of a subject, at `service` or at any, was contested after the instant `at`."""
    newer = (
        select(Contestation.id)
        .join(Decision, Decision.statement_hash == Contestation.about)
        .where(Decision.subject_id == subject_id, Contestation.contested_at > at)
        .limit(1)
    )
    if service is not None:
        newer = newer.where(Decision.service == service)
    return session.scalar(newer) is not None


def closed_at(session: Session, hashes: Collection[str], before: datetime) -> datetime | None:
    """Return when the account of these decisions was deleted, as the ledger says; None: not `before`."""
    acts = (one for digest in hashes for one in erasures.of(session, digest))
    closed = (one.at for one in acts if one.act is erasures.Act.ACCOUNT and one.at < before)
    return min(closed, default=None)


def _hashes(session: Session, subject_id: str, services: Collection[str]) -> set[str]:
    decisions = _decisions(session, subject_id, services)
    disputed = contestations.about(session, list(decisions))
    return {*decisions, *_beside(session, decisions, disputed)}


def _beside(
    session: Session,
    decisions: Collection[str],
    disputed: Mapping[str, tuple[tuple[str, datetime], ...]],
) -> list[str]:
    """Return the statements of contestations of these decisions, and of the mails about either."""
    disputing = [digest for one in disputed.values() for digest, _ in one]
    told = notifications.about(session, [*decisions, *disputing])
    return [*disputing, *(mail.statement_hash for mails in told.values() for mail in mails)]


def _decisions(session: Session, subject_id: str, services: Collection[str]) -> dict[str, int]:
    """Return the version of each decision, by hash of its statement."""
    rows = session.execute(
        select(Decision.statement_hash, Decision.version_id).where(
            Decision.subject_id == subject_id, Decision.service.in_(services)
        )
    )
    return {row.statement_hash: row.version_id for row in rows}


def _sorted(openings: Collection[Opening]) -> tuple[Opening, ...]:
    return tuple(sorted(openings, key=lambda one: one.field))
