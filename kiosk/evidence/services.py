"""Requests for evidence: one officer asks, another approves, each act is written down and stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.evidence import gathering
from kiosk.evidence.errors import (
    AlteredRequestError,
    ClosedRequestError,
    ContestedSinceError,
    NotReadyError,
    SamePersonError,
    UnknownRequestError,
)
from kiosk.evidence.forgetting import WORDS_KEPT_YEARS
from kiosk.evidence.models import EvidenceAct, EvidenceRequest, EvidenceWords
from kiosk.ledger import proofs
from kiosk.proof.commitment import SALT_BYTES, Opening, verify_opening
from kiosk.proof.errors import AlteredError
from kiosk.retention.terms import years_after
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role

LIFETIME = timedelta(days=30)
"""How long a request may be approved, and the evidence taken out."""
_CLOCK = timedelta(days=1)
"""How far before their term words may be gone: by whatever clock they were destroyed."""
MAX_REQUESTER, MAX_REFERENCE, MAX_REASON = 300, 200, 1000
ALTERED = "ses mots ne sont pas ceux qui ont été enregistrés, ou ont été effacés avant leur terme"
"""Said of a request whose words are not those recorded."""
_FIELD = "request"

Randomness = Callable[[int], bytes]


class Act(StrEnum):
    """What is done with a request once it is asked."""

    APPROVED = "approved"
    REFUSED = "refused"
    EXPORTED = "exported"


class State(StrEnum):
    """How a request stands at an instant."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Who outside asks for the evidence, and why."""

    requester: str
    """A court, a bailiff, the person themselves."""
    reference: str
    """Of their order or letter."""
    reason: str

    @property
    def canonical(self) -> str:
        """The words as they are committed to: one form for one content."""
        return json.dumps([self.requester, self.reference, self.reason], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Done:
    """One act on a request."""

    act: Act
    officer_id: str
    function: str
    at: datetime
    size: int | None
    bundle_hash: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A request and all that was done with it."""

    id: str
    publisher: str
    subject_id: str
    service: str | None
    officer_id: str
    function: str
    asked_at: datetime
    expires_at: datetime
    grounds: Grounds | None
    """None once these words were destroyed, at their term."""
    acts: tuple[Done, ...]
    altered: bool = False
    """Whether its words are not those that were recorded, or are gone before their term.

    They are not given, and nothing is done with it.
    """

    @property
    def approval(self) -> Done | None:
        """The act that approved it."""
        return next((done for done in self.acts if done.act is Act.APPROVED), None)

    def state(self, at: datetime) -> State:
        """Return how it stands at `at`."""
        if any(done.act is Act.REFUSED for done in self.acts):
            return State.REFUSED
        if at >= self.expires_at:
            return State.EXPIRED
        return State.APPROVED if self.approval else State.WAITING


def ask(
    session: Session,
    officer: Person,
    *,
    subject_id: str,
    service: str | None,
    grounds: Grounds,
    at: datetime,
    randomness: Randomness,
) -> str:
    """Record a request for the evidence of one subject; returns its identifier. Raises `OfficerError`."""
    let_act(session, officer, Role.EVIDENCE, at, None if service is None else (service,))
    request_id = randomness(16).hex()
    opening = Opening(_FIELD, randomness(SALT_BYTES), grounds.canonical)
    session.add(
        EvidenceRequest(
            id=request_id,
            publisher=officer.publisher,
            subject_id=subject_id,
            service=service,
            officer_id=officer.id,
            function=officer.function,
            asked_at=at,
            expires_at=at + LIFETIME,
            words_hash=opening.commitment,
        )
    )
    session.flush()
    session.add(
        EvidenceWords(
            request_id=request_id,
            salt=opening.salt,
            requester=grounds.requester,
            reference=grounds.reference,
            reason=grounds.reason,
        )
    )
    session.flush()
    return request_id


def approve(
    session: Session, officer: Person, request_id: str, services: Collection[str], at: datetime
) -> None:
    """Approve what another officer asked: the evidence is what the ledger holds at this instant.

    `services` are those of the publisher. Raises `OfficerError`, `UnknownRequestError`,
    `ClosedRequestError`, `SamePersonError`, and `NotReadyError` while a statement waits to be sealed.
    """
    found = _open(session, officer, request_id, at)
    if officer.id == found.officer_id:
        raise SamePersonError(
            "Vous avez fait cette demande : une autre personne du service juridique doit l’approuver."
        )
    _refuse_altered(found)
    head = proofs.latest(session)
    waiting = gathering.unsealed(session, found.subject_id, concerned(found, services))
    if head is None or head.made_at > at or waiting:
        raise NotReadyError(
            "Un enregistrement de cette personne attend d’être scellé : recommencez dans une minute."
        )
    _add(session, found, Act.APPROVED, officer, at, size=head.size)


def refuse(session: Session, officer: Person, request_id: str, at: datetime) -> None:
    """Refuse a request, one's own too. Raises `OfficerError`, `UnknownRequestError`, `ClosedRequestError`."""
    _add(session, _open(session, officer, request_id, at), Act.REFUSED, officer, at)


def released(session: Session, officer: Person, request_id: str, at: datetime) -> Request:
    """Return a request whose evidence this officer may take out: who asked for it, or who approved it.

    Raises `OfficerError`, `UnknownRequestError`, `ClosedRequestError` when it is not approved, or not any
    more, and `ContestedSinceError` when a decision of it was contested after the approval.
    """
    found = _reached(session, officer, request_id, at)
    _refuse_altered(found)
    approval = found.approval
    if approval is None or found.state(at) is not State.APPROVED:
        raise ClosedRequestError("Cette demande n’est pas approuvée, ou ne l’est plus.")
    if officer.id not in (found.officer_id, approval.officer_id):
        raise OfficerError("Seules les deux personnes qui ont demandé et approuvé ce dossier le retirent.")
    if gathering.contested_since(session, found.subject_id, found.service, approval.at):
        raise ContestedSinceError(
            "Une décision de ce dossier a été contestée depuis : faites approuver une nouvelle demande."
        )
    return found


def record_export(session: Session, officer: Person, request_id: str, bundle_hash: str, at: datetime) -> None:
    """Write down that the evidence was taken out, before it is handed over. Raises as `released`."""
    found = released(session, officer, request_id, at)
    _add(session, found, Act.EXPORTED, officer, at, bundle_hash=bundle_hash)


def get(session: Session, publisher: str, request_id: str, at: datetime) -> Request:
    """Return a request to this publisher as it stands `at`; raises `UnknownRequestError`."""
    row = session.get(EvidenceRequest, request_id)
    if row is None or row.publisher != publisher:
        raise UnknownRequestError("Aucune demande de cet identifiant chez cet éditeur.")
    return _requests(session, [row], at)[0]


def every(session: Session, publisher: str, at: datetime) -> list[Request]:
    """Return the requests to this publisher as they stand `at`, newest first, in three queries."""
    wanted = (
        select(EvidenceRequest)
        .where(EvidenceRequest.publisher == publisher)
        .order_by(EvidenceRequest.asked_at.desc(), EvidenceRequest.id)
    )
    return _requests(session, session.scalars(wanted).all(), at)


def concerned(request: Request, services: Collection[str]) -> tuple[str, ...]:
    """Return the services that the evidence is about, among those of the publisher."""
    return tuple(sorted(one for one in services if request.service in (None, one)))


def _reached(session: Session, officer: Person, request_id: str, at: datetime) -> Request:
    """Return a request that this officer may act on; raises `OfficerError`, `UnknownRequestError`."""
    found = get(session, officer.publisher, request_id, at)
    let_act(session, officer, Role.EVIDENCE, at, None if found.service is None else (found.service,))
    return found


def _open(session: Session, officer: Person, request_id: str, at: datetime) -> Request:
    found = _reached(session, officer, request_id, at)
    if found.state(at) is not State.WAITING:
        raise ClosedRequestError("Cette demande a déjà été approuvée ou refusée, ou son délai est passé.")
    return found


def _refuse_altered(found: Request) -> None:
    if found.altered:
        raise AlteredRequestError(altered_words(found.id))


def altered_words(request_id: str) -> str:
    """Return the sentence that says so of a request."""
    return f"Demande {request_id} : {ALTERED}."


def _add(
    session: Session,
    request: Request,
    act: Act,
    officer: Person,
    at: datetime,
    *,
    size: int | None = None,
    bundle_hash: str | None = None,
) -> None:
    session.add(
        EvidenceAct(
            request_id=request.id,
            sequence=len(request.acts) + 1,
            act=act.value,
            officer_id=officer.id,
            function=officer.function,
            at=at,
            size=size,
            bundle_hash=bundle_hash,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ClosedRequestError("Quelqu’un d’autre vient d’agir sur cette demande : relisez-la.") from error


def _requests(session: Session, rows: Sequence[EvidenceRequest], at: datetime) -> list[Request]:
    ids = [row.id for row in rows]
    words = {
        one.request_id: one
        for one in session.scalars(select(EvidenceWords).where(EvidenceWords.request_id.in_(ids)))
    }
    acts: dict[str, list[Done]] = {}
    for one in session.scalars(
        select(EvidenceAct)
        .where(EvidenceAct.request_id.in_(ids))
        .order_by(EvidenceAct.request_id, EvidenceAct.sequence)
    ):
        done = Done(Act(one.act), one.officer_id, one.function, one.at, one.size, one.bundle_hash)
        acts.setdefault(one.request_id, []).append(done)
    found = []
    for row in rows:
        altered, grounds = False, None
        try:
            grounds = recorded_grounds(row, words.get(row.id), at)
        except AlteredRequestError:
            altered = True
        found.append(
            Request(
                row.id,
                row.publisher,
                row.subject_id,
                row.service,
                row.officer_id,
                row.function,
                row.asked_at,
                row.expires_at,
                grounds,
                tuple(acts.get(row.id, ())),
                altered,
            )
        )
    return found


def recorded_grounds(row: EvidenceRequest, words: EvidenceWords | None, at: datetime) -> Grounds | None:
    """Return the words of a request, None once they were destroyed.

    Raises `AlteredRequestError` when they are not those recorded, or are gone `at` an instant before their
    term.
    """
    if words is None:
        if at < years_after(row.expires_at, WORDS_KEPT_YEARS) - _CLOCK:
            raise AlteredRequestError(altered_words(row.id))
        return None
    found = Grounds(words.requester, words.reference, words.reason)
    try:
        verify_opening(Opening(_FIELD, words.salt, found.canonical), row.words_hash)
    except AlteredError as error:
        raise AlteredRequestError(altered_words(row.id)) from error
    return found
