"""What cannot be undone waits for a second person: kept as it was proposed, gone with the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kiosk.sanctions.checking import Notice, Ruling
from kiosk.sanctions.errors import ProposedSinceError, SamePersonError, UnknownProcedureError
from kiosk.sanctions.models import SanctionProposal
from kiosk.sanctions.policy import Ground, Measure
from kiosk.sanctions.recording import Author, Case

_REACHED = "reached_on"


def propose(
    session: Session,
    case: Case,
    author: Author,
    content: Notice | Ruling,
    at: datetime,
    *,
    urgent: bool,
    reached_on: date | None = None,
) -> SanctionProposal:
    """Keep what `author` proposes of a case, instead of what was proposed of it before."""
    forget(session, case.procedure_id)
    made = SanctionProposal(
        procedure_id=case.procedure_id,
        account_id=case.account.id,
        publisher=case.account.publisher,
        officer_id=author.id,
        function=author.function,
        at=at,
        urgent=urgent,
        content=_plain(content) | {_REACHED: reached_on.isoformat() if reached_on else None},
    )
    session.add(made)
    session.flush()
    return made


def forget(session: Session, procedure_id: str) -> None:
    """Forget what was proposed, if anything was."""
    session.execute(
        delete(SanctionProposal)
        .where(SanctionProposal.procedure_id == procedure_id)
        .execution_options(synchronize_session=False)
    )


def _plain(content: Notice | Ruling) -> dict[str, Any]:
    held = asdict(content)
    return held | {"until": content.until.isoformat() if content.until else None}


def notice_of(content: Mapping[str, Any]) -> Notice:
    """Return the notice that was proposed."""
    return Notice(**_typed(content))


def ruling_of(content: Mapping[str, Any]) -> Ruling:
    """Return the ruling that was proposed."""
    return Ruling(**_typed(content))


def reached_on_of(content: Mapping[str, Any]) -> date | None:
    """Return the day the notice reached the person by another way, as it was proposed with the ruling."""
    return date.fromisoformat(content[_REACHED]) if content[_REACHED] else None


def _typed(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != _REACHED} | {
        "measure": Measure(content["measure"]),
        "ground": Ground(content["ground"]),
        "until": datetime.fromisoformat(content["until"]) if content["until"] else None,
    }


def waiting(session: Session, publisher: str, procedure_id: str) -> SanctionProposal:
    """Return what was proposed, locked; raises `UnknownProcedureError`."""
    proposal = session.get(SanctionProposal, procedure_id, with_for_update=True, populate_existing=True)
    if proposal is None or proposal.publisher != publisher:
        raise UnknownProcedureError(f"Rien n’attend une seconde personne sous l’identifiant {procedure_id}.")
    return proposal


def withdraw(session: Session, publisher: str, procedure_id: str) -> None:
    """Forget what somebody proposed; raises `UnknownProcedureError`."""
    session.delete(waiting(session, publisher, procedure_id))


def refuse_other(proposal: SanctionProposal, read: str | None) -> None:
    """Raise `ProposedSinceError` unless `read` is when this was proposed, ISO 8601; None: nobody says."""
    if read is not None and read != proposal.at.isoformat():
        raise ProposedSinceError("Ce qui est proposé a changé depuis que vous l’avez lu : relisez-le.")


def refuse_same(proposal: SanctionProposal, author: Author) -> None:
    """Raise `SamePersonError` when who confirms is who proposed."""
    if proposal.officer_id == author.id:
        raise SamePersonError("Il faut une seconde personne : celle qui a proposé ne confirme pas.")
