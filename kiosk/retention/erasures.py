"""Say in the ledger what was erased: one statement an act, which names decisions by their hash, nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Publisher, Service
from kiosk.ledger import services as ledger
from kiosk.ledger.models import StatementRow
from kiosk.proof import statement as statements
from kiosk.proof.statement import Statement
from kiosk.retention import archive
from kiosk.retention.models import ErasedStatement


class Act(StrEnum):
    """Why something is erased (kiosk/proof/README.md, « Kinds »)."""

    ACCOUNT = "account"
    """An account is deleted: what opens its statements is kept apart until its term."""
    REQUEST = "request"
    """A request is decided: what is granted of it is destroyed."""
    TERM = "term"
    """The term has passed: salts and values are destroyed."""


DESTROYING = (Act.REQUEST, Act.TERM)


@dataclass(frozen=True, slots=True)
class Office:
    """What acts of this room are done with, whoever asks: the web process, the worker or a command."""

    services: Mapping[str, Service]
    environment: str
    public_url: str
    randomness: Callable[[int], bytes]

    def publisher(self, slug: str) -> Publisher:
        """Return a publisher; one whose services are gone is named by its slug."""
        held = (one.publisher for one in self.services.values())
        return next((one for one in held if one.slug == slug), Publisher(slug, slug, slug, public=False))


@dataclass(frozen=True, slots=True)
class Erased:
    """One act that names a statement."""

    act: Act
    at: datetime
    statement_hash: str
    """Of the statement of erasure."""


def record(
    session: Session,
    act: Act,
    hashes: Collection[str],
    office: Office,
    at: datetime,
    *,
    erasure_id: str | None = None,
    decided_by: str | None = None,
    remedy: str | None = None,
) -> str:
    """Record that the statements `hashes` were erased by `act`; returns the hash of the first statement.

    There are several when there are more than `archive.BATCH` hashes, and one when there is none.
    `erasure_id` is its random `id`, which replaying it looks for. `decided_by` is a function, never a name.
    """
    said = None
    for some in [*archive.batches(hashes)] or [[]]:
        members = {
            "id": (said is None and erasure_id) or office.randomness(16).hex(),
            "act": act.value,
            "statements": some,
            "decided_by": decided_by,
            "remedy": remedy,
        }
        made = statements.make(statements.Kind.ERASURE, office.environment, at, members)
        digest = ledger.record(session, made, (), at)
        index(session, made)
        said = said or digest
    return said or ""


def index(session: Session, erasure: Statement) -> None:
    """Note which statements `erasure` names, for `of` to find it; nothing when it is noted already."""
    known = set(
        session.scalars(
            select(ErasedStatement.statement_hash).where(ErasedStatement.erasure_hash == erasure.hash)
        )
    )
    rows = [
        {"statement_hash": one, "erasure_hash": erasure.hash}
        for one in sorted(set(erasure.members["statements"]) - known)
    ]
    if rows:
        session.execute(insert(ErasedStatement), rows)


def of(session: Session, statement_hash: str) -> tuple[Erased, ...]:
    """Return the acts that name a statement, oldest first; the last destroying one took its values away."""
    return among(session, [statement_hash])


def among(session: Session, hashes: Collection[str]) -> tuple[Erased, ...]:
    """Return the acts that name one of the statements `hashes`, as they say themselves, oldest first."""
    found: set[Erased] = set()
    for some in archive.batches(hashes):
        bodies = session.execute(
            select(StatementRow.hash, StatementRow.body)
            .join(ErasedStatement, ErasedStatement.erasure_hash == StatementRow.hash)
            .where(ErasedStatement.statement_hash.in_(some), StatementRow.kind == statements.Kind.ERASURE)
            .distinct()
        )
        for digest, body in bodies:
            said = statements.parse(body).members
            if not set(some).isdisjoint(said["statements"]):
                found.add(Erased(Act(said["act"]), datetime.fromisoformat(said["at"]), digest))
    return tuple(sorted(found, key=lambda one: (one.at, one.statement_hash)))
