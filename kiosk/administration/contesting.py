"""An organisation disputes what was decided in its name, by a letter to the publisher (O-09, O-12).

It has no account and no page: an officer writes down which decision, by which letter, signed by whom by
function. Nothing is undone, every decision is kept, and the person who made it is told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.acceptance import asking, bundled, contestations
from kiosk.acceptance import services as acceptance
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.models import Contestation
from kiosk.acceptance.services import Recorded
from kiosk.administration.errors import NotInItsNameError, UnknownAccountError
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
