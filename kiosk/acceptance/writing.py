"""Write down what somebody decides, if nothing came between what they decided on and the writing.

Whoever waits for a lock goes on with what they read before it, which another decision may have overtaken. So
each decision raises the turn of who decides, and is written only at the turn that it was made from.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.acceptance.asking import Asked, Holder
from kiosk.acceptance.errors import OvertakenError
from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.db import Held, Row, holds, insert_while, table

_ACCOUNT, _SUBJECT = table(Account).c, table(Subject).c
_OPEN = (
    select(_ACCOUNT.id)
    .where(_ACCOUNT.id == bindparam("holder", type_=String), _ACCOUNT.deactivated_at.is_(None))
    .with_for_update(read=True)
)
"""The account of who decides for the first time: that they have no subject yet is a key of its table."""
_WHO = _OPEN.cte("who")
_AT_TURN = (
    update(table(Subject))
    .where(
        _SUBJECT.account_id == _WHO.c.id,
        _SUBJECT.id == bindparam("who_decides"),
        _SUBJECT.turn == bindparam("turn_read"),
    )
    .values(turn=_SUBJECT.turn + 1)
    .returning(_SUBJECT.id)
)


def write(session: Session, rows: Sequence[Row], account: Holder, asked: Asked) -> None:
    """Write `rows`, those of decisions of `account` made from `asked`; the caller commits.

    Raises `OvertakenError`, and nothing is written, when the account was closed or decided since then.
    """
    held: Held = _OPEN
    values: dict[str, object] = {"holder": account.id}
    if asked.turn is not None:
        held = _AT_TURN
        values |= {"who_decides": asked.subject_id, "turn_read": asked.turn}
    try:
        written = insert_while(session, rows, held, values)
    except IntegrityError as error:
        if holds(session):
            raise  # nothing came between
        raise OvertakenError(account.id) from error
    if not written:
        raise OvertakenError(account.id)
