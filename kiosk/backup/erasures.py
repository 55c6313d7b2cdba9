"""Do again, on a restored database, what statements of erasure say: it holds what was erased since.

Each room that can forget adds its own eraser to `ERASERS`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account, SignIn, Verification
from kiosk.db import Base
from kiosk.ledger.recovery import Eraser, erase_disclosures
from kiosk.ledger.rows import table
from kiosk.proof.statement import Statement


def erase_accounts(session: Session, erasure: Statement) -> int:
    """Delete the accounts whose decisions a deletion names, and the link from them to those decisions."""
    if erasure.members["act"] != "account":
        return 0
    decided = select(Decision.subject_id).where(Decision.statement_hash.in_(erasure.members["statements"]))
    subjects = session.scalars(select(Subject).where(Subject.id.in_(decided))).all()
    accounts = [subject.account_id for subject in subjects]
    addresses = select(Account.email_key).where(Account.id.in_(accounts))
    return (
        _delete(session, Subject, Subject.account_id.in_(accounts))
        + _delete(session, Verification, Verification.email_key.in_(addresses))
        + _delete(session, SignIn, SignIn.account_id.in_(accounts))
        + _delete(session, Account, Account.id.in_(accounts))
    )


ERASERS: tuple[Eraser, ...] = (erase_disclosures, erase_accounts)
"""What replays an erasure, in this order."""


def _delete(session: Session, model: type[Base], which: ColumnElement[bool]) -> int:
    keys = table(model).primary_key.columns
    gone = session.execute(
        delete(model).where(which).returning(*keys), execution_options={"synchronize_session": False}
    )
    return len(gone.all())
