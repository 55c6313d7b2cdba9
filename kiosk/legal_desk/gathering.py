"""Which statements are about one person at some services, and what opens their fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision
from kiosk.ledger import services as ledger
from kiosk.ledger.models import LeafRow
from kiosk.proof.commitment import Opening
from kiosk.proof.statement import Kind, Statement


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a person's file."""

    statement: Statement
    openings: tuple[Opening, ...]
    """Empty once they were destroyed."""
    version_id: int | None = None
    """Of a decision: the version it is on."""
    contested_at: datetime | None = None
    """Of a decision: since when the holder of the account disputes it."""

    @property
    def kind(self) -> Kind:
        """What it tells."""
        return Kind(self.statement.members["kind"])

    @property
    def at(self) -> datetime:
        """When it was made, by the server's clock, UTC."""
        return datetime.fromisoformat(self.statement.members["at"]).astimezone(UTC)


def entries(session: Session, subject_id: str, services: Collection[str]) -> tuple[Entry, ...]:
    """Return what the ledger holds of a subject at `services`, oldest first."""
    found = [
        Entry(ledger.get(session, digest), _openings(session, digest), version_id)
        for digest, version_id in _decisions(session, subject_id, services)
    ]
    return tuple(sorted(found, key=lambda one: (one.statement.members["at"], one.statement.hash)))


def unsealed(session: Session, subject_id: str, services: Collection[str]) -> int:
    """Return how many of these statements are not in the tree yet."""
    hashes = _hashes(session, subject_id, services)
    held = session.scalars(select(LeafRow.statement_hash).where(LeafRow.statement_hash.in_(hashes)))
    return len(hashes - set(held))


def _hashes(session: Session, subject_id: str, services: Collection[str]) -> set[str]:
    return {digest for digest, _ in _decisions(session, subject_id, services)}


def _decisions(session: Session, subject_id: str, services: Collection[str]) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Decision.statement_hash, Decision.version_id).where(
            Decision.subject_id == subject_id, Decision.service.in_(services)
        )
    )
    return [(digest, version_id) for digest, version_id in rows]


def _openings(session: Session, statement_hash: str) -> tuple[Opening, ...]:
    held = ledger.disclosures(session, statement_hash)
    return tuple(sorted(held, key=lambda one: one.field))
