"""« Ce n’est pas moi »: the holder of an account disputes a decision, and it is said ever after.

Nothing else changes: the decision stands, the gate of the service sees no contestation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance.errors import ContestedEnoughError
from kiosk.acceptance.models import Contestation, Decision
from kiosk.accounts.services import Randomness
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.proof import statement
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.proof.statement import Kind

MOST = 10
"""Contestations of one decision: enough to add what was forgotten, not to fill the ledger."""


def contest(
    session: Session,
    decision: Decision,
    *,
    account_id: str | None,
    words: str | None,
    form_id: str,
    organisation: tuple[str, str] | None = None,
    environment: str,
    at: datetime,
    randomness: Randomness,
) -> tuple[Contestation, bool]:
    """Record that the holder of the account says `decision` is not theirs; returns it, and whether it is new.

    `words` are the person's own, at most 1,000 characters; None when they wrote none. The same form sent
    twice contests once. With `organisation`, its name and SIREN, it is that organisation who disputes what
    was decided in its name, and not the holder of the account (OCAPIAT, O-12). Without `account_id`, the
    account is deleted and its holder wrote to the publisher: the statement commits to nothing, for nothing
    would destroy what opens it.
    The account is locked, where there is one; the caller commits. Raises `ContestedEnoughError`.
    """
    earlier = of_decision(session, decision)
    for one in earlier:
        if one.form_id == form_id:
            return one, False
    if len(earlier) >= MOST:
        raise ContestedEnoughError(decision.id)
    said = [("account", account_id)] if account_id is not None else []
    if organisation is not None:
        said = [("organisation_name", organisation[0]), ("siren", organisation[1])]
    if words is not None:
        said.append(("words", words))
    openings = [Opening(field, randomness(SALT_BYTES), value) for field, value in said]
    contestation_id = randomness(16).hex()
    members = {
        "id": contestation_id,
        "subject": decision.subject_id,
        "about": decision.statement_hash,
        "checkpoint": receipts.named(session, at),
    }
    made = statement.make(Kind.CONTESTATION, environment, at, members, tuple(openings))
    contestation = Contestation(
        id=contestation_id,
        subject_id=decision.subject_id,
        about=decision.statement_hash,
        contested_at=at,
        form_id=form_id,
        statement_hash=ledger.record(session, made, tuple(openings), at),
    )
    session.add(contestation)
    session.flush()
    return contestation, True


def about(session: Session, hashes: Collection[str]) -> Mapping[str, tuple[tuple[str, datetime], ...]]:
    """Return what disputes each of the decisions whose statements have these hashes.

    For each decision that is disputed, by hash of its statement: hash of the statement of each contestation
    and its instant, oldest first.
    """
    rows = session.execute(
        select(Contestation.about, Contestation.statement_hash, Contestation.contested_at)
        .where(Contestation.about.in_(hashes))
        .order_by(Contestation.contested_at, Contestation.id)
    )
    found: dict[str, tuple[tuple[str, datetime], ...]] = {}
    for disputed, digest, at in rows:
        found[disputed] = (*found.get(disputed, ()), (digest, at))
    return found


def by_organisation(session: Session, statement_hash: str) -> bool:
    """Whether a contestation, named by its statement, is that of an organisation; even once destroyed."""
    return "organisation_name" in ledger.get(session, statement_hash).commitments


def by_letter(session: Session, statement_hash: str) -> bool:
    """Whether a contestation is a letter of who decided with an account that was deleted since."""
    return not ledger.get(session, statement_hash).commitments.keys() & {"account", "organisation_name"}


def of_decision(session: Session, decision: Decision) -> list[Contestation]:
    """Return the contestations of a decision, oldest first."""
    return list(
        session.scalars(
            select(Contestation)
            .where(Contestation.about == decision.statement_hash)
            .order_by(Contestation.contested_at, Contestation.id)
        )
    )


def own(found: Collection[Contestation], organisations: Mapping[str, tuple[str, str]]) -> bool:
    """Whether one of `found` is of the holder of the account: `organisations` names those that are not."""
    return any(one.statement_hash not in organisations for one in found)


def words_of(session: Session, contestation: Contestation) -> str | None:
    """Return what the person wrote; None when they wrote nothing, or when it was destroyed since."""
    opened = ledger.disclosures(session, contestation.statement_hash)
    return next((one.value for one in opened if one.field == "words"), None)
