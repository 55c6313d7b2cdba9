"""Who did not get the mails about a version: by name, to whoever publishes, with a reason that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance.informing import PURPOSE
from kiosk.accounts.models import Account
from kiosk.notices import announcements, reminders
from kiosk.notices.mail import message_name
from kiosk.notices.models import NotificationRow, Task
from kiosk.notices.notifications import BOUNCED, REFUSED
from kiosk.staff import records
from kiosk.staff.officers import Person, let_act
from kiosk.staff.records import Act
from kiosk.staff.roles import Role
from kiosk.texts.models import PublishedVersion

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A mail about a version that did not reach somebody who still has an account."""

    email: str
    state: str
    """`refused` after every attempt, or `bounced`: it came back later."""
    at: datetime
    reminder: bool
    """Whether it was a reminder; else the announcement."""


def listed(
    session: Session, officer: Person, version: PublishedVersion, *, reason: str, at: datetime
) -> list[Undelivered]:
    """Return the mails about `version` that did not reach people, once it is written down who asked, and why.

    By address. The caller commits before it shows anything. Raises `OfficerError`, `AtOnceError`.
    """
    let_act(session, officer, Role.PUBLISHER, at, (version.service,))
    records.keep_words(session, officer, records.note(session, officer, Act.LISTED, at), None, reason)
    lost = _lost(session, version)
    by_account: dict[str, list[tuple[str, datetime, bool]]] = {}
    for mailing, key in _keys(session, version.id) if lost else ():
        if (what := lost.get(message_name(key))) is not None:
            reminded = mailing != announcements.mailing_of(version.id)
            by_account.setdefault(key.rpartition(":")[2], []).append((*what, reminded))
    found, people = [], sorted(by_account)
    for first in range(0, len(people), _AT_ONCE):
        mine = Account.id.in_(people[first : first + _AT_ONCE]), Account.publisher == officer.publisher
        for account_id, email in session.execute(select(Account.id, Account.email).where(*mine)):
            found += [Undelivered(email, *what) for what in by_account[account_id]]
    return sorted(found, key=lambda one: (one.email, one.at))


def _lost(session: Session, version: PublishedVersion) -> dict[str, tuple[str, datetime]]:
    """Return how, and when, each mail about a version was lost, by what its Message-ID begins with."""
    rows = session.execute(
        select(NotificationRow.message, NotificationRow.state, NotificationRow.handed_at).where(
            NotificationRow.about == version.statement_hash,
            NotificationRow.purpose.in_((PURPOSE, reminders.PURPOSE)),
            NotificationRow.state.in_((REFUSED, BOUNCED)),
            NotificationRow.message.is_not(None),
        )
    )
    return {message or "": (state, at) for message, state, at in rows}


def _keys(session: Session, version_id: int) -> list[tuple[str, str]]:
    """Return the mailing and the key of each mail about a version: who it went to is in the key."""
    done = reminders.every(session, version_id)
    mailings = [reminders.mailing_of(version_id, one.reminder.number) for one in done]
    of = [announcements.mailing_of(version_id), *mailings]
    rows = session.execute(select(Task.mailing, Task.key).where(Task.mailing.in_(of)))
    return [(mailing or "", key) for mailing, key in rows]
