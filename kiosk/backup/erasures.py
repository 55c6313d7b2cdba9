"""Do again, on a restored database, what statements of erasure say: it holds what was erased since.

What they cannot say is not done again: requests, legal holds and what was done with requests for evidence
after the backup are in no statement, and are to be entered again or told otherwise (`LOST`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.ledger.models import Disclosure
from kiosk.ledger.recovery import Eraser
from kiosk.proof.statement import Statement
from kiosk.retention import archive, erasures, requests
from kiosk.retention.erasures import DESTROYING, Act
from kiosk.retention.services import ends_at, forget_account, linking, statements_about

LOST = (
    "Les demandes d’effacement et les gels enregistrés après la sauvegarde n’y sont pas : réinscrivez-les"
    " (kiosk rights receive, kiosk hold add) avant de lancer « kiosk worker ». Les demandes de preuves, leurs"
    " approbations et leurs exports faits depuis n’y sont pas non plus, ni les personnes du service juridique"
    " inscrites ou retirées : reprenez-les de vos écrits (kiosk evidence request, kiosk evidence officer)."
    " Les mesures envisagées, prises ou levées depuis ne valent plus ici : reprenez-les (kiosk sanction)."
    " Qui a remis un dossier après la sauvegarde n’est plus dit ici. Les images d’écrans ajoutées depuis sont"
    " à remettre."
)
"""What an operator must do by hand before the terms run again."""


def erasers(services: Mapping[str, Service]) -> tuple[Eraser, ...]:
    """Return what replays an erasure, in this order; `services` say how long what is kept apart is kept."""

    def close_accounts(session: Session, erasure: Statement) -> int:
        """Delete the accounts that a deletion is about: named by their decisions, or by its own `id`."""
        if erasure.members["act"] != Act.ACCOUNT:
            return 0
        gone = 0
        ended_at = datetime.fromisoformat(erasure.members["at"])
        for account in _accounts(session, erasure):
            gone += forget_account(session, account, services, ended_at, every_mail=True).rows
        return gone + _keep_apart(session, erasure, services, ended_at)

    def close_requests(session: Session, erasure: Statement) -> int:
        """Close the request that a decision is about."""
        return erasure.members["act"] == Act.REQUEST and requests.close_again(session, services, erasure)

    return close_accounts, destroy_named, close_requests, note


def destroy_named(session: Session, erasure: Statement) -> int:
    """Destroy what opens the statements that `erasure` names, when it is an act that destroys."""
    if erasure.members["act"] not in DESTROYING:
        return 0
    at = datetime.fromisoformat(erasure.members["at"])
    return archive.destroy(session, erasure.members["statements"], at)


def note(session: Session, erasure: Statement) -> int:
    """Note which statements `erasure` names; takes nothing away."""
    erasures.index(session, erasure)
    return 0


def _keep_apart(
    session: Session, erasure: Statement, services: Mapping[str, Service], ended_at: datetime
) -> int:
    """Move what still opens statements that a deletion names: a receipt brought it, the account was lost."""
    moved = 0
    for named in archive.batches(erasure.members["statements"]):
        opened = select(Disclosure.statement_hash).where(Disclosure.statement_hash.in_(named))
        left = set(session.scalars(opened))
        about = [(who, one) for who in _subjects(session, left) for one in statements_about(session, who)]
        for subject_id, one in about:
            if one.statement_hash in left:
                service = services.get(one.service or "")
                moved += archive.move(
                    session, [one.statement_hash], subject_id=subject_id,
                    publisher=service.publisher.slug if service else "", service=one.service, at=ended_at,
                    ends_at=ends_at(one, services, ended_at),
                )  # fmt: skip
    return moved


def _subjects(session: Session, hashes: Collection[str]) -> set[str]:
    """Return whom the statements `hashes` are about."""
    if not hashes:
        return set()
    named = [select(one.c.subject_id).where(one.c.statement_hash.in_(hashes)) for one in linking()]
    return {who for which in named for who in session.scalars(which) if who is not None}


def _accounts(session: Session, erasure: Statement) -> list[Account]:
    """Return the accounts that a deletion is about, as they were when the backup was made."""
    named = erasure.members["statements"]
    deciding = (
        select(Subject.account_id)
        .join(Decision, Decision.subject_id == Subject.id)
        .where(Decision.statement_hash.in_(named))
    )
    which = or_(Account.closing_id == erasure.members["id"], Account.id.in_(deciding))
    return list(session.scalars(select(Account).where(which)))
