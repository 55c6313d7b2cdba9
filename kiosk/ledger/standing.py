"""Where the ledger stands: what waits to be sealed and since when, the newest checkpoint, its timestamps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.ledger import proofs, stamping
from kiosk.ledger.models import Pending, StatementRow
from kiosk.ledger.proofs import Head


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the ledger stands at an instant."""

    at: datetime
    pending: int
    """How many statements wait to be sealed."""
    waiting_since: datetime | None
    """When the oldest of them was recorded; None when nothing waits."""
    head: Head | None
    """The newest checkpoint; None before the first."""
    stamps: stamping.Standing
    late: bool
    """Whether a statement waits for longer than the settings allow."""

    @property
    def waited(self) -> timedelta:
        """How long the oldest statement has waited."""
        return _since(self.waiting_since, self.at)

    @property
    def unstamped(self) -> timedelta:
        """How long no third party has attested the time of what was sealed."""
        return _since(self.stamps.unstamped_since, self.at)


def standing(session: Session, settings: Settings, at: datetime) -> Standing:
    """Return where the ledger stands `at`."""
    oldest = (
        select(func.count(), func.min(StatementRow.recorded_at))
        .select_from(Pending)
        .join(StatementRow, StatementRow.hash == Pending.statement_hash)
    )
    pending, since = session.execute(oldest).one()
    return Standing(
        at=at,
        pending=pending,
        waiting_since=since,
        head=proofs.latest(session),
        stamps=stamping.standing(session, settings),
        late=_since(since, at) > settings.backlog_alert,
    )


def _since(begin: datetime | None, at: datetime) -> timedelta:
    """Return the time from `begin` to `at`, never negative: a clock may have been put back."""
    return timedelta() if begin is None else max(timedelta(), at - begin)
