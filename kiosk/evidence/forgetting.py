"""Whin the evidence room forgets: words of old requests, whom old searches were for, sessions, who left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from kiosk.evidence.models import EvidenceRequest, EvidenceWords
from kiosk.retention.terms import years_after
from kiosk.staff import officers
from kiosk.staff.errors import OfficerError, UnknownOfficerError
from kiosk.staff.models import Officer, OfficerRecord, OfficerRole, OfficerSession, SearchSalt

WORDS_KEPT_YEARS = 5
"""How long, after the end of a request, it is told who outside asked and why, and of whom a search was.

Code civil, article 2224.
"""


def forget_ended(session: Session, at: datetime) -> None:
    """Destroy the words of requests that ended long ago, what opens old searches, and sessions that ended."""
    before = years_after(at, -WORDS_KEPT_YEARS)
    old = select(EvidenceRequest.id).where(EvidenceRequest.expires_at <= before)
    session.execute(delete(EvidenceWords).where(EvidenceWords.request_id.in_(old)))
    made = exists().where(
        OfficerRecord.officer_id == SearchSalt.officer_id,
        OfficerRecord.sequence == SearchSalt.sequence,
        OfficerRecord.at <= before,
    )
    session.execute(delete(SearchSalt).where(made), execution_options={"synchronize_session": False})
    session.execute(delete(OfficerSession).where(OfficerSession.expires_at <= at))


def forget_officer(session: Session, publisher: str, login: str, at: datetime) -> None:
    """Destroy the name, login and secret of an officer who left; their acts keep their function.

    Raises `UnknownOfficerError`, and `OfficerError` while they are at work or a request of theirs is open:
    whoever came back under another identifier could approve it.
    """
    officer = session.scalar(select(Officer).where(Officer.publisher == publisher, Officer.login == login))
    if officer is None:
        raise UnknownOfficerError(f"Aucun « {login} » chez cet éditeur.")
    if officer.deactivated_at is None:
        raise OfficerError(f"« {login} » est en fonction : d’abord « kiosk officer deactivate ».")
    open_one = exists().where(EvidenceRequest.officer_id == officer.id, EvidenceRequest.expires_at > at)
    if session.scalar(select(open_one)):
        raise OfficerError(f"Une demande de « {login} » n’est pas encore close : son délai doit passer.")
    for model in (*officers.PROOFS, OfficerRole):
        session.execute(delete(model).where(model.officer_id == officer.id))
    session.delete(officer)
