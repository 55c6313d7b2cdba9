"""What an audit checks of erasures: nothing lost its attribution but what an act of erasure names.

The web process may delete what opens a statement, for a deletion moves it to the archive, and may add to the
index of erasures: neither counts unless the ledger says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kiosk.acceptance.models import Contestation, Decision
from kiosk.db import Base, table
from kiosk.ledger.audit_kept import audit_disclosures
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import Disclosure, LeafRow, Pending, StatementRow
from kiosk.ledger.rows import stream
from kiosk.notices.models import NotificationRow
from kiosk.proof import kinds, statement
from kiosk.proof.statement import Kind
from kiosk.retention.erasures import DESTROYING
from kiosk.retention.models import ArchivedDisclosure, ErasedStatement
from kiosk.retention.services import linking

_COMMITS = b'"commitments":{'


def audit(session: Session) -> int:
    """Check what is kept apart, the index of erasures, and what opens no more.

    Each field kept here opens a commitment of its statement and is filed under whom and what that is about;
    the index is what the statements of erasure name; what commits to fields that nothing opens was destroyed
    by an act. Returns how many fields are kept here. Raises `DeviationError`.
    """
    count = audit_disclosures(session, ArchivedDisclosure)
    _audit_filed(session)
    _audit_unopened(session, _audit_index(session))
    return count


def _audit_index(session: Session) -> set[bytes]:
    """Check that the index names what each statement of erasure does; returns those that destroy."""
    said, held = table(StatementRow).c, table(ErasedStatement).c
    acts = stream(
        session,
        select(said.hash, said.body).where(said.kind == Kind.ERASURE.value).order_by(said.hash),
    )
    rows = stream(
        session,
        select(held.erasure_hash, held.statement_hash).order_by(held.erasure_hash, held.statement_hash),
    )
    noted = groupby(rows, lambda row: str(row.erasure_hash))
    of, found = next(noted, (None, iter(())))
    destroying = set()
    for digest, body in acts:
        members = statement.parse(body).members
        named = set(members["statements"])
        if members["act"] in DESTROYING:
            destroying.add(bytes.fromhex(digest))
        if of is not None and of < digest:
            break
        kept: set[str] = set()
        if of == digest:
            kept = {row.statement_hash for row in found}
            of, found = next(noted, (None, iter(())))
        if kept != named:
            one = min(kept ^ named)
            wanted, there = ("nommé", ABSENT) if one in named else ("nommé par l’effacement", "non nommé")
            raise DeviationError("erased_statement", f"({one}, {digest})", wanted, there)
    if of is not None:
        raise DeviationError("erased_statement", f"(…, {of})", "un enregistrement d’effacement", ABSENT)
    return destroying


def _audit_unopened(session: Session, destroying: set[bytes]) -> None:
    """Check that what commits to fields, and of which one is gone, is named by one of the acts `destroying`.

    A statement that was handed back beside its recovered leaf may have come without what opens it.
    """
    said, leaf, waiting = table(StatementRow).c, table(LeafRow).c, table(Pending).c
    opened, apart, erased = _counted(Disclosure), _counted(ArchivedDisclosure), table(ErasedStatement).c
    fields = func.coalesce(opened.c.fields, 0) + func.coalesce(apart.c.fields, 0)
    rows = stream(
        session,
        select(said.hash, said.body, fields.label("fields"), erased.erasure_hash)
        .select_from(table(StatementRow))
        .outerjoin(table(LeafRow), leaf.statement_hash == said.hash)
        .outerjoin(table(Pending), waiting.statement_hash == said.hash)
        .outerjoin(opened, opened.c.statement_hash == said.hash)
        .outerjoin(apart, apart.c.statement_hash == said.hash)
        .outerjoin(table(ErasedStatement), erased.statement_hash == said.hash)
        .where(
            said.kind.in_(sorted(kinds.COMMITTED)),
            leaf.leaf_index.is_not(None) | waiting.statement_hash.is_not(None),
        )
        .order_by(said.hash),
    )
    for digest, group in groupby(rows, lambda row: str(row.hash)):
        first, *others = group
        lacking = _commitments(first.body) - first.fields
        if lacking > 0 and not _is_destroyed([first, *others], destroying):
            raise DeviationError(
                "disclosure",
                digest,
                "ce qui l’ouvre, ou un effacement qui le nomme",
                f"{lacking} perdu(s)",
            )


def _counted(kept: type[Base]) -> Any:
    held = table(kept).c
    return select(held.statement_hash, func.count().label("fields")).group_by(held.statement_hash).subquery()


def _commitments(body: bytes) -> int:
    """Return to how many fields a statement commits: its bytes are canonical, names and hashes in a row."""
    _, _, rest = body.partition(_COMMITS)
    return rest.partition(b"}")[0].count(b'":"')


def _is_destroyed(rows: Sequence[Any], destroying: set[bytes]) -> bool:
    return any(row.erasure_hash and bytes.fromhex(row.erasure_hash) in destroying for row in rows)


def _audit_filed(session: Session) -> None:
    """Check that what is kept apart is filed under the person and the service of its statement."""
    held, said = table(ArchivedDisclosure).c, table(StatementRow).c
    for row in stream(
        session,
        select(held.statement_hash, held.field, held.subject_id, said.body)
        .join(table(StatementRow), said.hash == held.statement_hash)
        .order_by(held.statement_hash, held.field),
    ):
        if f'"subject":"{row.subject_id}"'.encode() not in row.body:
            key = f"({row.statement_hash}, {row.field})"
            raise DeviationError("archived_disclosure", key, "la personne que dit celui-ci", row.subject_id)
    for row in _misfiled(session):
        key = f"({row.statement_hash}, {row.field})"
        raise DeviationError("archived_disclosure", key, f"le service {row.expected}", row.service or ABSENT)


def _misfiled(session: Session) -> Iterator[Any]:
    """Yield what is kept under another service than that of its decision, or of the one it is about."""
    held, told, disputed = ArchivedDisclosure, NotificationRow, Contestation
    own, named, contested = aliased(Decision), aliased(Decision), aliased(Decision)
    beside = aliased(Contestation)
    about = func.coalesce(told.about, disputed.about)
    others = [one for one in linking() if "service" in one.columns and one is not table(Decision)]
    acts = [(one.alias(), one.alias()) for one in others]
    expected = func.coalesce(
        own.service, named.service, contested.service, *(one.c.service for pair in acts for one in pair)
    )
    rows: Any = select(held.statement_hash, held.field, held.service, expected.label("expected")).select_from(
        held
    )
    rows = (
        rows.outerjoin(own, own.statement_hash == held.statement_hash)
        .outerjoin(told, told.statement_hash == held.statement_hash)
        .outerjoin(disputed, disputed.statement_hash == held.statement_hash)
        .outerjoin(named, named.statement_hash == about)
        .outerjoin(beside, beside.statement_hash == about)
        .outerjoin(contested, contested.statement_hash == beside.about)
    )
    for mine, said in acts:
        rows = rows.outerjoin(mine, mine.c.statement_hash == held.statement_hash)
        rows = rows.outerjoin(said, said.c.statement_hash == about)
    wrong = rows.where(expected.is_distinct_from(held.service))
    yield from stream(session, wrong.order_by(held.statement_hash, held.field))
