"""Everything that an audit recalculates, room by room: the same for its command, a backup and a restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kiosk.acceptance import audit as decisions
from kiosk.administration import audit as administration
from kiosk.evidence import audit as evidence
from kiosk.ledger import audit as ledger
from kiosk.ledger.audit import Audited, Tell
from kiosk.legal_desk import audit as legal_desk
from kiosk.proof.trust import Trust
from kiosk.retention import audit as retention
from kiosk.sanctions import audit as sanctions
from kiosk.texts import audit as texts


@dataclass(frozen=True, slots=True)
class Found:
    """What an audit counted when it found no deviation."""

    ledger: Audited
    counts: Mapping[str, int]
    """Of the rooms, by what was counted."""


def audit(
    session: Session, trust: Trust, *, published: Path | None, at: datetime, tell: Tell | None
) -> Found:
    """Audit the ledger and all that its statements tell, in `session` opened by `rows.snapshot`.

    `published` is the folder where the ledger is published, if it is to be compared. Raises `LedgerError`
    for the first deviation.
    """
    done = ledger.audit(session, trust, folder=published, tell=tell)
    counts = asdict(decisions.audit(session, done.statements, at))
    counts["attachments"] = texts.audit(session)
    counts["archived_disclosures"] = retention.audit(session)
    counts["evidence_words"] = evidence.audit(session, at)
    counts["sanction_acts"] = sanctions.audit(session, done.statements)
    counts["draft_acts"] = legal_desk.audit(session, done.statements)
    counts["administration_acts"] = administration.audit(session, done.statements)
    return Found(done, counts)
