"""The agreement of the legal representative of who lacks full legal capacity (MonJob62, requirement M-25).

The person accepts, and the service stays closed; the representative agrees, or does not, by a link that
serves once. Two statements. Neither a reason nor a document is ever asked.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.acceptance import services
from kiosk.acceptance.asking import Asked, Holder, Past
from kiosk.acceptance.errors import CapacityError, StaleFormError
from kiosk.acceptance.models import RepresentativeRequest
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Shown
from kiosk.accounts.services import Hasher, Randomness
from kiosk.db import Row
from kiosk.ledger import services as ledger

ANSWERED_WITHIN = timedelta(days=14)
"""How long the link serves."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request about to be sent: its row, and the token of its link, which nothing keeps."""

    id: str
    token: str
    row: Row


def ask(
    session: Session,
    account: Holder,
    decision: Past,
    email: str,
    *,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
) -> Asking:
    """Return the request for an agreement to `decision`; those before, on this document, serve no more."""
    session.execute(
        delete(RepresentativeRequest).where(
            RepresentativeRequest.account_id == account.id,
            RepresentativeRequest.service == decision.service,
            RepresentativeRequest.terms == decision.terms,
        )
    )
    token = base64.urlsafe_b64encode(randomness(24)).decode()
    request_id = randomness(16).hex()
    values = {
        "id": request_id,
        "account_id": account.id,
        "decision_id": decision.id,
        "service": decision.service,
        "terms": decision.terms,
        "email": email,
        "link_hash": hash_of(token, hasher),
        "expires_at": at + ANSWERED_WITHIN,
    }
    return Asking(request_id, token, Row(RepresentativeRequest, values))


def find(
    session: Session, token: str, service: str, terms: str, *, at: datetime, hasher: Hasher
) -> RepresentativeRequest | None:
    """Return the request that this link answers, while it serves."""
    return session.scalar(
        select(RepresentativeRequest).where(
            RepresentativeRequest.link_hash == hash_of(token, hasher),
            RepresentativeRequest.service == service,
            RepresentativeRequest.terms == terms,
            RepresentativeRequest.expires_at > at,
        )
    )


def is_about(request: RepresentativeRequest, asked: Asked) -> bool:
    """Whether what the person asked an agreement to is still the text to decide on, and their last word."""
    last = asked.past[-1] if asked.past else None
    if last is None or asked.version is None:
        return False
    same = last.id == request.decision_id and last.version_id == asked.version.id
    return same and last.kind == Kind.AWAITING


def answer(
    session: Session,
    request: RepresentativeRequest,
    *,
    account: Holder,
    asked: Asked,
    shown: Shown,
    agrees: bool,
    environment: str,
    retention: str,
    checkpoint: Mapping[str, Json] | None,
    at: datetime,
    randomness: Randomness,
) -> tuple[Past, list[Row]]:
    """Return what the representative decides and the rows that record it; the request is gone with it.

    `account`, that of the person, is locked. Raises `StaleFormError` when the text, or the decision of the
    person, is no longer the one that was asked about.
    """
    if not is_about(request, asked):
        raise StaleFormError(f"{shown.service}/{shown.terms}")
    email = request.email
    gone = delete(RepresentativeRequest).where(RepresentativeRequest.id == request.id)
    if not session.execute(gone.returning(RepresentativeRequest.id)).all():
        raise StaleFormError(f"{shown.service}/{shown.terms}")
    return services.decide(
        session,
        account=account,
        asked=asked,
        shown=replace(shown, form_id=randomness(16).hex()),
        kind=Kind.ACCEPTED if agrees else Kind.REFUSED,
        organisation=None,
        comparison=None,
        environment=environment,
        retention=retention,
        checkpoint=checkpoint,
        signed_in_at=at,
        at=at,
        randomness=randomness,
        representative=email,
    )


def is_needed(session: Session, past: Sequence[Past]) -> bool:
    """Whether the person declared to lack full legal capacity and did not take it back since.

    `past` is what was decided on one document, oldest first. Neither a refusal, nor an answer of the
    representative, nor a newer text takes the declaration back: only an acceptance in the person's own
    capacity does, which `take_back` guards. No query unless it was declared.
    """
    declared = max((n for n, one in enumerate(past) if one.kind == Kind.AWAITING), default=None)
    if declared is None:
        return False
    accepted = [one for one in past[declared:] if one.kind == Kind.ACCEPTED]
    made = (ledger.get(session, one.statement_hash).members["capacity"] for one in accepted)
    return all(capacity == "representative" for capacity in made)


def take_back(session: Session, asked: Asked, *, said: bool) -> bool:
    """Return whether an acceptance alone takes back what the person declared (MonJob62, M-25).

    `said` is whether they say so. The account is locked and `asked` was read since. What they asked of a
    representative is gone. Raises `CapacityError` when the declaration stands: they cannot accept alone.
    """
    if not is_needed(session, asked.past):
        return False
    if not said:
        raise CapacityError(Kind.ACCEPTED.value)
    mine = {one.id for one in asked.past}
    session.execute(delete(RepresentativeRequest).where(RepresentativeRequest.decision_id.in_(mine)))
    return True


def forget_expired(session: Session, at: datetime) -> None:
    """Delete the requests, and the addresses in them, that nobody answered in time; the caller commits."""
    session.execute(delete(RepresentativeRequest).where(RepresentativeRequest.expires_at <= at))


def mails_of(account_id: str) -> str:
    """Return how the key of each mail to a representative of this account begins: they go with it."""
    return f"representative:{account_id}:"


def hash_of(token: str, hasher: Hasher) -> str:
    """Return what is kept of the token of a link."""
    return hasher("representative", token)
