"""What an audit checks of requests for evidence: their words, while they are kept, are those recorded."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.ledger.deviations import DeviationError
from kiosk.legal_desk import services
from kiosk.legal_desk.errors import AlteredRequestError
from kiosk.legal_desk.models import EvidenceRequest, EvidenceWords


def audit(session: Session) -> int:
    """Check that the words of each request are those that it commits to; returns how many have theirs.

    Words are destroyed long after their request ended: without them there is nothing to compare. Raises
    `DeviationError`.
    """
    rows = session.execute(
        select(EvidenceRequest, EvidenceWords)
        .join(EvidenceWords, EvidenceWords.request_id == EvidenceRequest.id)
        .order_by(EvidenceRequest.id)
    )
    count = 0
    for row, words in rows:
        try:
            services.recorded_grounds(row, words)
        except AlteredRequestError as error:
            raise DeviationError(
                "evidence_words", row.id, "les mots qui ont été enregistrés", "d’autres"
            ) from error
        count += 1
    return count
