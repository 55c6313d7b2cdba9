"""A measure that lasts outlives the account that its holder deletes: whoever comes back finds it again.

What is kept is a keyed hash of the address with the measures, as the account carried them; it says nothing
to who cannot compute the hash, and is destroyed when the last of them ends, or after `LONGEST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.accounts.models import Account, BarredAddress
from kiosk.accounts.services import Hasher

LONGEST = timedelta(days=5 * 365)
"""How long a measure without an end is kept so: as long as the proof of decisions, by default."""

Written = Mapping[str, str | None]
"""A measure, as the column `account.measures` keeps it (`kiosk.sanctions.policy.Standing`)."""


def keep(session: Session, account: Account, *, at: datetime, hasher: Hasher) -> None:
    """Keep the measures of an account that its holder is deleting `at`; nothing when none lasts.

    The account is locked; the caller commits.
    """
    lasting = [one for one in account.measures or () if _until(one) is None or _ends(one, at) > at]
    if not lasting:
        return
    key = (account.publisher, _hash(account.publisher, account.email_key, hasher))
    _forget(session, *key)
    ends_at = max(_ends(one, at) for one in lasting)
    session.add(BarredAddress(publisher=key[0], address_hash=key[1], measures=lasting, ends_at=ends_at))
    session.flush()


def give_back(session: Session, account: Account, *, at: datetime, hasher: Hasher) -> None:
    """Let an account just opened carry the measures kept for its address, which are then kept by it alone."""
    key = (account.publisher, _hash(account.publisher, account.email_key, hasher))
    found = session.get(BarredAddress, key)
    if found is None:
        return
    account.measures = [dict(one) for one in found.measures if _until(one) is None or _ends(one, at) > at]
    session.delete(found)
    session.flush()


def release(session: Session, publisher: str, procedure: str) -> int:
    """Lift what was kept of a procedure whose account is gone, wherever it is; returns from how many."""
    lifted = 0
    for one in session.scalars(select(BarredAddress).where(BarredAddress.publisher == publisher)).all():
        left = [held for held in one.measures if held["procedure"] != procedure]
        if len(left) < len(one.measures):
            lifted += 1
            if left:
                one.measures = left
            else:
                session.delete(one)
    carrying = select(Account).where(Account.publisher == publisher, Account.measures.is_not(None))
    for account in session.scalars(carrying.with_for_update()).all():
        kept = [held for held in account.measures or () if held["procedure"] != procedure]
        if len(kept) < len(account.measures or ()):
            account.measures = kept or None
            lifted += 1
    session.flush()
    return lifted


def forget_ended(session: Session, at: datetime) -> None:
    """Destroy what was kept for measures that are over; the caller commits."""
    session.execute(delete(BarredAddress).where(BarredAddress.ends_at <= at))


def _forget(session: Session, publisher: str, address_hash: str) -> None:
    session.execute(
        delete(BarredAddress).where(
            BarredAddress.publisher == publisher, BarredAddress.address_hash == address_hash
        )
    )


def _hash(publisher: str, email_key: str, hasher: Hasher) -> str:
    return hasher("barred", publisher, email_key)


def _until(measure: Written) -> datetime | None:
    until = measure["until"]
    return datetime.fromisoformat(until) if until else None


def _ends(measure: Written, at: datetime) -> datetime:
    """Return when a measure ends, or when it is kept no longer for want of an end."""
    return _until(measure) or at + LONGEST
