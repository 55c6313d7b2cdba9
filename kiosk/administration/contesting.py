"""Who has no account disputes a decision by a letter to the publisher, which an officer writes down.

An organisation disputes what was decided in its name (O-09, O-12): which decision, by which letter, signed by
whom by function. Who deleted their account disputes a decision by the reference that its receipt bears.
Nothing is undone, every decision is kept, and the person who made it is told where an account is left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance import asking, bundled, contestations
from kiosk.acceptance import services as acceptance
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.acceptance.services import Recorded
from kiosk.administration.errors import (
    NotInItsNameError,
    StillOpenError,
    UnknownAccountError,
    UnknownDecisionError,
)
from kiosk.administration.services import Randomness
from kiosk.staff import records
from kiosk.staff.officers import Person, let_act
from kiosk.staff.records import Act
from kiosk.staff.roles import Role

MAX_REFERENCE = 100
"""Characters of the reference of a letter, and of the function of who signed it."""
MAX_WORDS = 700
"""Characters of what an organisation reproaches: with the rest, no more than anybody writes here."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What an organisation wrote to the publisher; it names nobody."""

    reference: str
    function: str
    """Of who signed it."""
    words: str | None

    @property
    def said(self) -> str:
        """What the contestation commits to, in words."""
        first = f"Demande écrite {self.reference}, signée : {self.function}."
        return f"{first}\n{self.words}" if self.words else first


def contest_of_deleted(
    session: Session,
    officer: Person,
    mine: Collection[str],
    digest: str,
    reference: str,
    *,
    form_id: str,
    environment: str,
    at: datetime,
    randomness: Randomness,
) -> bool:
    """Record that somebody disputes a decision of an account deleted since; returns whether it is new.

    `digest` is the hash of its statement, which the receipt and the attestation bear; `mine` are the services
    of the officer. The statement names nobody and opens nothing: the letter stays with the publisher, and its
    `reference` in the officer's journal. The caller commits. Raises `OfficerError`, `AtOnceError`,
    `UnknownDecisionError`, `StillOpenError`, `ContestedEnoughError`.
    """
    found = session.scalar(select(Decision).where(Decision.statement_hash == digest))
    if found is None or found.service not in mine:
        raise UnknownDecisionError("Aucune décision de vos services n’a cette empreinte.")
    let_act(session, officer, Role.SUPPORT, at, (found.service,))
    if session.get(Subject, found.subject_id) is not None:
        raise StillOpenError(
            "Le compte existe : la personne conteste elle-même, depuis « Mes acceptations »."
        )
    _made, new = contestations.contest(
        session, found, account_id=None, words=None, form_id=form_id, environment=environment, at=at,
        randomness=randomness,
    )  # fmt: skip
    if new:
        sequence = records.note(session, officer, Act.CONTESTED, at)
        records.keep_words(session, officer, sequence, None, f"Lettre {reference}.")
    return new


@dataclass(frozen=True, slots=True)
class Contested:
    """A decision, the organisation in whose name it was made, and what disputes it now."""

    found: Recorded
    organisation: tuple[str, str]
    """Its name and SIREN."""
    made: Contestation
    new: bool


def contest(
    session: Session,
    officer: Person,
    mine: Collection[str],
    account_id: str,
    decision_id: str,
    letter: Letter,
    *,
    form_id: str,
    environment: str,
    at: datetime,
    randomness: Randomness,
) -> Contested:
    """Record that an organisation disputes what somebody decided in its name. The caller commits.

    `mine` are the services of the officer. The same form sent twice contests once. Raises `OfficerError`,
    `AtOnceError`, `UnknownAccountError`, `NotInItsNameError`, `ContestedEnoughError`.
    """
    try:
        account = asking.lock_account(session, account_id)
    except AccountClosedError as error:
        raise UnknownAccountError(account_id) from error
    found = acceptance.one_recorded(session, account_id, decision_id)
    if account.publisher != officer.publisher or found is None or found.decision.service not in mine:
        raise UnknownAccountError(account_id)
    let_act(session, officer, Role.SUPPORT, at, (found.decision.service,))
    digest = found.decision.statement_hash
    organisation = bundled.organisations(session, (digest,)).get(digest)
    if organisation is None:
        raise NotInItsNameError("Cette décision n’a été prise au nom d’aucune organisation.")
    made, new = contestations.contest(
        session,
        found.decision,
        account_id=account_id,
        words=letter.said,
        form_id=form_id,
        organisation=organisation,
        environment=environment,
        at=at,
        randomness=randomness,
    )
    if new:
        sequence = records.note(session, officer, Act.CONTESTED, at)
        records.keep_words(session, officer, sequence, account_id, letter.said.partition("\n")[0])
    return Contested(found, organisation, made, new)
