"""What an audit checks of evidence: the words of requests are those recorded, and no act is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.evidence import services
from kiosk.evidence.errors import AlteredRequestError
from kiosk.evidence.models import EvidenceAct, EvidenceRequest, EvidenceWords
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.rows import stream
from kiosk.staff.models import OfficerRecord


def audit(session: Session, at: datetime) -> int:
    """Check the words of each request `at` an instant, and the numbers of acts; returns how many have words.

    Words are destroyed long after their request ended, and not before: until then they are those that it
    commits to. What each officer did alone, and what was done with each request, is numbered from 1 without a
    gap; that the last was taken away does not show. Raises `DeviationError`.
    """
    rows: Any = session.execute(
        select(EvidenceRequest, EvidenceWords)
        .outerjoin(EvidenceWords, EvidenceWords.request_id == EvidenceRequest.id)
        .order_by(EvidenceRequest.id)
    )
    count = 0
    for row, words in rows:
        try:
            services.recorded_grounds(row, words, at)
        except AlteredRequestError as error:
            found = ABSENT if words is None else "d’autres"
            raise DeviationError(
                "evidence_words", row.id, "les mots qui ont été enregistrés", found
            ) from error
        count += words is not None
    _audit_numbers(session, "officer_record", OfficerRecord.officer_id, OfficerRecord.sequence)
    _audit_numbers(session, "evidence_act", EvidenceAct.request_id, EvidenceAct.sequence)
    return count


def _audit_numbers(
    session: Session, name: str, of: InstrumentedAttribute[str], number: InstrumentedAttribute[int]
) -> None:
    """Check that the rows of the table `name` that share `of` are numbered from 1 without a gap."""
    wanted: Any = select(of, number).order_by(of, number)
    before, last = None, 0
    for owner, sequence in stream(session, wanted):
        expected = last + 1 if owner == before else 1
        if sequence != expected:
            raise DeviationError(name, f"({owner}, {expected})", "un acte", ABSENT)
        before, last = owner, sequence
