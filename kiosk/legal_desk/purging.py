"""Destroy the received files that nothing was made of: they carry names, comments and deletions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, exists
from sqlalchemy.orm import Session

from cgu_archive.importing import Kind
from kiosk.legal_desk.models import DraftRevision, ReceivedFile

KEPT = timedelta(days=30)
"""How long a file waits for somebody to make a draft of it (RGPD, article 5(1)(e))."""
_KINDS = [kind.value for kind in Kind]
"""Files that texts are made of; the note of a visa goes with its act."""


def purge(session: Session, at: datetime) -> int:
    """Destroy the files received `KEPT` ago that no state of a draft came of; returns how many."""
    used = exists().where(DraftRevision.received_id == ReceivedFile.id)
    gone = delete(ReceivedFile).where(ReceivedFile.at <= at - KEPT, ReceivedFile.kind.in_(_KINDS), ~used)
    done = session.execute(gone, execution_options={"synchronize_session": False})
    return done.rowcount if isinstance(done, CursorResult) else 0
