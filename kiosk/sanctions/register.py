"""Find procedures, and say where each stands: what waits for an answer, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from cgu_archive.corpus import provisions
from cgu_archive.corpus.provisions import Provision
from kiosk.acceptance import services as acceptance
from kiosk.acceptance.models import Subject
from kiosk.acceptance.policy import Decided, Kind, applicable_version
from kiosk.accounts.addresses import normalise
from kiosk.accounts.errors import InvalidAddressError
from kiosk.accounts.services import find_account
from kiosk.ledger import services as ledger
from kiosk.notices import notifications
from kiosk.notices.notifications import BOUNCED, HANDED, Told
from kiosk.sanctions.errors import NotBoundError, UnknownAccountError, UnknownProcedureError
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import Act, Done, Measure, State, closes_at, deciding, state
from kiosk.texts.models import PublishedVersion


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure about one person, whose account is still there."""

    id: str
    account_id: str
    acts: tuple[SanctionAct, ...]
    """Oldest first."""
    told: Mapping[str, tuple[Told, ...]]
    """What became of the mails, by hash of the statement of the act."""
    proposal: SanctionProposal | None = None
    """What waits for a second person."""

    @property
    def opening(self) -> SanctionAct:
        """The notice, or the urgent measure, that it began with."""
        return self.acts[0]

    @property
    def last(self) -> SanctionAct:
        """The last act that is not an answer."""
        return next(one for one in reversed(self.acts) if one.act != Act.ANSWER)

    @property
    def done(self) -> tuple[Done, ...]:
        """The acts as rules see them."""
        return tuple(
            Done(Act(one.act), Measure(one.measure), one.right, one.until, one.answer_by) for one in self.acts
        )

    @property
    def reached_at(self) -> datetime | None:
        """When the mail of the notice reached the server of the person; None: it did not, or came back."""
        told = self.told.get(self.opening.statement_hash, ())
        if any(one.state == BOUNCED for one in told):
            return None
        return min((one.at for one in told if one.state == HANDED), default=None)

    def due_at(self, reached_at: datetime | None = None) -> datetime | None:
        """Return from when it may be decided; `reached_at` is given when it was by another way."""
        opening, reached = self.opening, reached_at or self.reached_at
        return closes_at(opening.answer_by or opening.at, opening.days or 0, reached)

    def state(self, at: datetime) -> State:
        """Return where it stands."""
        return state(self.done, self.due_at(), at)

    @property
    def is_over(self) -> bool:
        """Whether nothing may follow but a new procedure."""
        last = deciding(self.done)
        return last is None or last.act in (Act.DROPPED, Act.RESTORED)


def of_account(session: Session, account_id: str) -> list[Procedure]:
    """Return the procedures about the holder of an account, newest first."""
    return _found(session, Subject.account_id == account_id)


def of_publisher(session: Session, publisher: str, at: datetime) -> list[Procedure]:
    """Return the procedures of a publisher: those to decide first, then those that wait, then the others."""
    found = _found(session, SanctionAct.publisher == publisher)
    order = list(State)
    order.remove(State.DUE)
    order.insert(0, State.DUE)
    return sorted(found, key=lambda one: order.index(one.state(at)))


def get(session: Session, publisher: str, procedure_id: str) -> Procedure:
    """Return one procedure of a publisher; raises `UnknownProcedureError`."""
    of_it = (SanctionAct.publisher == publisher) & (SanctionAct.procedure_id == procedure_id)
    found = _found(session, of_it)
    if not found:
        raise UnknownProcedureError(f"Aucune procédure n’a l’identifiant {procedure_id} chez cet éditeur.")
    return found[0]


def service_of(session: Session, publisher: str, procedure_id: str) -> str:
    """Return the service of a procedure, or of what somebody proposed; raises `UnknownProcedureError`."""
    proposal = session.get(SanctionProposal, procedure_id)
    if proposal is not None and proposal.publisher == publisher and proposal.urgent:
        return str(proposal.content["service"])
    return get(session, publisher, procedure_id).opening.service


def disclosed(session: Session, acts: Iterable[SanctionAct]) -> dict[str, dict[str, str]]:
    """Return the words that the statements of `acts` commit to, by hash of statement and field."""
    return {
        one.statement_hash: {
            held.field: held.value for held in ledger.disclosures(session, one.statement_hash)
        }
        for one in acts
    }


def account_of(session: Session, publisher: str, address: str) -> str:
    """Return the account of an address at a publisher; raises `UnknownAccountError`."""
    try:
        found = find_account(session, publisher, normalise(address).key)
    except InvalidAddressError:
        found = None
    if found is None:
        raise UnknownAccountError("Aucun compte de cet éditeur n’a cette adresse.")
    return found.id


def bound(
    session: Session, account_id: str, service: str, terms: str, at: datetime
) -> tuple[str, PublishedVersion]:
    """Return the person as statements say them, and the version of the document that binds them.

    The last they accepted, even if they renounced since: the breach may be older. Raises `NotBoundError`.
    """
    recorded = acceptance.recorded(session, account_id, [service])[::-1]
    mine = [one for one in recorded if one.decision.terms == terms and not one.cancelled]
    decisions = [Decided(one.version.id, Kind(one.decision.kind), one.decision.decided_at) for one in mine]
    accepted = [one.version_id for one in decisions if one.kind is Kind.ACCEPTED]
    held = applicable_version(decisions, at) or (accepted[-1] if accepted else None)
    for one in mine:
        if one.version.id == held:
            return one.decision.subject_id, one.version
    raise NotBoundError(
        "Cette personne n’a accepté aucune version de ce document : il ne la lie pas, et rien ne se fonde sur"
        " lui contre elle."
    )


def clauses(version: PublishedVersion) -> tuple[Provision, ...]:
    """Return the provisions that a notice may rely on, in the order of the text (requirement S-46)."""
    root = provisions.read(version.text)
    return tuple(one for one in root.walk() if one is not root)


def _found(session: Session, which: ColumnElement[bool]) -> list[Procedure]:
    """Return the procedures of `which`, newest first, in three queries."""
    rows = session.execute(
        select(SanctionAct, Subject.account_id)
        .join(Subject, Subject.id == SanctionAct.subject_id)
        .where(which)
        .order_by(SanctionAct.procedure_id, SanctionAct.sequence)
    ).all()
    opened = [act.statement_hash for act, _ in rows]
    told = notifications.about(session, opened) if opened else {}
    waiting = _proposals(session, {act.procedure_id for act, _ in rows})
    found = []
    for procedure_id, group in groupby(rows, lambda row: str(row[0].procedure_id)):
        of_it: Sequence[tuple[SanctionAct, str]] = [(act, account) for act, account in group]
        found.append(
            Procedure(
                procedure_id,
                of_it[0][1],
                tuple(act for act, _ in of_it),
                {act.statement_hash: told.get(act.statement_hash, ()) for act, _ in of_it},
                waiting.get(procedure_id),
            )
        )
    return sorted(found, key=lambda one: (one.opening.at, one.id), reverse=True)


def _proposals(session: Session, procedures: Iterable[str]) -> dict[str, SanctionProposal]:
    wanted = sorted(procedures)
    if not wanted:
        return {}
    held = session.scalars(select(SanctionProposal).where(SanctionProposal.procedure_id.in_(wanted)))
    return {one.procedure_id: one for one in held}


def proposals(session: Session, publisher: str) -> list[SanctionProposal]:
    """Return what waits for a second person at a publisher, oldest first."""
    held = select(SanctionProposal).where(SanctionProposal.publisher == publisher)
    return list(session.scalars(held.order_by(SanctionProposal.at, SanctionProposal.procedure_id)))
