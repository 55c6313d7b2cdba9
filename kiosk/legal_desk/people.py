"""Find the one person that evidence is asked about, among those of one publisher."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.accounts.models import Account
from kiosk.legal_desk.errors import SeveralPeopleError, UnknownPersonError

_ID = re.compile(r"[0-9a-f]{32}")


def find(
    session: Session, publisher: str, services: Collection[str], text: str, *, archived: Collection[str] = ()
) -> str:
    """Return the subject of the person that `text` names: an e-mail address, an account or a subject.

    `services` are those of the publisher, `archived` the subjects of closed accounts that `text` names.
    Raises `UnknownPersonError` when nobody of that name decided anything there, and `SeveralPeopleError`.
    """
    wanted = text.strip()
    named = {*_by_address(session, publisher, wanted), *_by_id(session, publisher, wanted), *archived}
    found = sorted(
        session.scalars(
            select(Decision.subject_id)
            .where(Decision.subject_id.in_(named), Decision.service.in_(services))
            .distinct()
        )
    )
    if not found:
        raise UnknownPersonError(
            "Aucune décision d’une personne de ce nom chez cet éditeur. Donnez son adresse électronique,"
            " l’identifiant de son compte, ou celui que portent ses justificatifs (« subject »)."
        )
    if len(found) > 1:
        raise SeveralPeopleError(found)
    return found[0]


def has_account(session: Session, subject_id: str) -> bool:
    """Whether the account of a subject is still open: what names a closed one stands in an archive apart."""
    return session.get(Subject, subject_id) is not None


def address(session: Session, subject_id: str) -> str | None:
    """Return the address of the account of a subject; None once that account is closed."""
    held = select(Account.email).join(Subject, Subject.account_id == Account.id)
    return session.scalar(held.where(Subject.id == subject_id))


def decisions(session: Session, subject_id: str, services: Collection[str]) -> int:
    """Return how many decisions a subject made at `services`."""
    made = select(func.count()).where(Decision.subject_id == subject_id, Decision.service.in_(services))
    return session.scalars(made.select_from(Decision)).one()


def _by_address(session: Session, publisher: str, text: str) -> Iterator[str]:
    try:
        address = normalise(text)
    except InvalidAddressError:
        return
    yield from session.scalars(
        select(Subject.id)
        .join(Account, Account.id == Subject.account_id)
        .where(Account.publisher == publisher, Account.email_key == address.key)
    )


def _by_id(session: Session, publisher: str, text: str) -> Iterator[str]:
    if not _ID.fullmatch(text):
        return
    yield text
    yield from session.scalars(
        select(Subject.id)
        .join(Account, Account.id == Subject.account_id)
        .where(Account.publisher == publisher, Account.id == text)
    )
