"""Read the database as it was when a request was approved: what came since is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.elements import ColumnElement

from kiosk.acceptance.models import Contestation, Decision
from kiosk.db import Base, reading
from kiosk.ledger.models import CheckpointRow, CosignatureRow, LeafRow, StatementRow, TokenRow
from kiosk.notices.models import NotificationRow
from kiosk.texts.models import CancelledVersion, PublishedVersion


@contextmanager
def past(engine: Engine, size: int, at: datetime) -> Iterator[Session]:
    """Open a session that reads the ledger when it had `size` leaves, and other rows as they were `at`.

    Only tables that are never changed are told from their past: accounts and disclosures are as they are.
    """
    limits: tuple[tuple[type[Base], ColumnElement[bool]], ...] = (
        (LeafRow, LeafRow.leaf_index < size),
        (CheckpointRow, CheckpointRow.size <= size),
        (TokenRow, TokenRow.received_at <= at),
        (CosignatureRow, CosignatureRow.received_at <= at),
        (StatementRow, StatementRow.recorded_at <= at),
        (Decision, Decision.decided_at <= at),
        (Contestation, Contestation.contested_at <= at),
        (NotificationRow, NotificationRow.handed_at <= at),
        (PublishedVersion, PublishedVersion.registered_at <= at),
        (CancelledVersion, CancelledVersion.at <= at),
    )
    criteria = [with_loader_criteria(model, limit, include_aliases=True) for model, limit in limits]

    def only_past(state: ORMExecuteState) -> None:
        if state.is_select:
            state.statement = state.statement.options(*criteria)

    with reading(engine) as session:
        event.listen(session, "do_orm_execute", only_past)
        yield session
