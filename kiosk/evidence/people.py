"""Find the one person that evidence is asked about, among those of one publisher."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.evidence.errors import SeveralPeopleError, UnknownPersonError
from kiosk.staff import criteria


def named(
    session: Session, publisher: str, services: Collection[str], text: str, *, archived: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the subjects that `text` names and who decided: an e-mail address, an account or a subject.

    `services` are those of the publisher, `archived` the subjects of closed accounts that `text` names.
    A search by an officer goes through `searches.search`, which writes it down.
    """
    wanted = text.strip()
    names = {*_by_address(session, publisher, wanted), *_by_id(session, publisher, wanted), *archived}
    found = session.scalars(
        select(Decision.subject_id)
        .where(Decision.subject_id.in_(names), Decision.service.in_(services))
        .distinct()
    )
    return tuple(sorted(found))


def only(found: Sequence[str]) -> str:
    """Return the one subject found; raises `UnknownPersonError` and `SeveralPeopleError`."""
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
    address = criteria.address(text)
    if address is None:
        return
    yield from session.scalars(
        select(Subject.id)
        .join(Account, Account.id == Subject.account_id)
        .where(Account.publisher == publisher, Account.email_key == address)
    )


def _by_id(session: Session, publisher: str, text: str) -> Iterator[str]:
    if not criteria.is_identifier(text):
        return
    yield text
    yield from session.scalars(
        select(Subject.id)
        .join(Account, Account.id == Subject.account_id)
        .where(Account.publisher == publisher, Account.id == text)
    )
