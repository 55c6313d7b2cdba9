"""Every name by which one person may have been searched for. From a terminal alone: it reads the archive."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.retention import archive
from kiosk.retention.models import ArchivedDisclosure
from kiosk.staff.criteria import as_compared


def every(session: Session, publisher: str, text: str) -> frozenset[str]:
    """Return the names of whom `text` names at a publisher, `text` too, as `people.as_compared` gives them.

    An address, the identifier of an account, that of a subject: whichever `text` is, the others are found as
    long as something holds them together, an open account, or for an address and a subject the archive. Of an
    address that several accounts had one after another, all of them.
    """
    typed = as_compared(text)
    opened = (
        select(Account.email_key, Account.id, Subject.id)
        .outerjoin(Subject, Subject.account_id == Account.id)
        .where(
            Account.publisher == publisher,
            or_(Account.email_key == typed, Account.id == typed, Subject.id == typed),
        )
    )
    names = {typed, *archive.subjects(session, "email", text.strip(), publisher=publisher)}
    for row in session.execute(opened):
        names |= {name for name in row if name is not None}
    closed = select(ArchivedDisclosure.value).where(
        ArchivedDisclosure.publisher == publisher,
        ArchivedDisclosure.field == "email",
        ArchivedDisclosure.subject_id == typed,
    )
    return frozenset(names | {as_compared(value) for value in session.scalars(closed)})
