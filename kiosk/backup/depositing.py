"""Take back a receipt that a person hands in, for a leaf whose statement was lost here.

The leaf was recovered from what was published, and never changes; the statement stands beside it again, found
by the hash of its bytes. With it come its row, without which no audit passes, and what opens its personal
fields.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Insert, func, insert, select
from sqlalchemy.orm import Session

from kiosk.acceptance import screens
from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.accounts.models import Account
from kiosk.backup.errors import DepositError
from kiosk.ledger import proofs, recovery
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.ledger.recovery import Eraser
from kiosk.notices.models import NotificationRow
from kiosk.proof import statement
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import SpecimenError
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import Kind, Statement
from kiosk.proof.trust import Trust
from kiosk.proof.verify import DEMONSTRATION, Step, examine
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import ExposureDigest, Trace


@dataclass(frozen=True, slots=True)
class Deposited:
    """What was taken back."""

    statement_hash: str
    index: int
    """Of its leaf."""
    opened: int
    """Personal fields that it opens, and that no erasure destroyed."""


def deposit(
    session: Session, raw: bytes, trust: Trust, *, environment: str, erasers: Collection[Eraser]
) -> Deposited | None:
    """Take back the receipt `raw`; None when its statement is here already. The caller commits.

    It is verified whole first, with the keys of `trust`; those that were revoked count, since the leaf in our
    own tree vouches for it. What opens its fields comes with it when it names a subject, for only then do a
    deletion and the term find it. `erasers` do again what was erased since. Raises `DepositError`, nothing
    being inserted.
    """
    held, said = _verified(raw, trust, environment)
    known = select(StatementRow.hash).where(StatementRow.hash == said.hash)
    if session.scalar(known) is not None:
        return None
    index = proofs.recovered_leaf(session, said.body)
    if index is None or (held.proof is not None and held.proof.index != index):
        raise DepositError(
            "ce registre n’a pas perdu cet enregistrement : aucune feuille reprise n’a son empreinte"
        )
    row = _row(session, said)
    session.execute(
        insert(StatementRow).values(
            hash=said.hash, kind=said.members["kind"], body=said.body, recorded_at=_at(said)
        )
    )
    session.execute(row)
    if said.members.get("subject") is not None:
        _open(session, said, held.disclosures)
    recovery.replay_erasures(session, erasers)  # it may have been erased since, here or by its holder
    opened = select(func.count()).select_from(Disclosure).where(Disclosure.statement_hash == said.hash)
    return Deposited(said.hash, index, session.scalar(opened) or 0)


def _verified(raw: bytes, trust: Trust, environment: str) -> tuple[Receipt, Statement]:
    """Return the receipt and its statement, every step of a verification passed (kiosk/proof/README.md)."""
    found = examine(raw, replace(trust, revoked={}))
    refused = found.refused
    ours = isinstance(refused, SpecimenError) and refused.step == Step.ENVIRONMENT
    if refused is not None and not (ours and environment == DEMONSTRATION):
        raise DepositError(f"il ne se vérifie pas, étape {refused.step} ({refused})") from refused
    if found.receipt is None or found.statement is None:
        raise DepositError("il ne dit rien")
    if found.statement.members["environment"] != environment:
        raise DepositError(f"il est d’un autre environnement que « {environment} »")
    if found.statement.members["format"] != statement.FORMAT:
        raise DepositError(f"son enregistrement n’est pas au format {statement.FORMAT}")
    return found.receipt, found.statement


def _open(session: Session, said: Statement, openings: Collection[Opening]) -> None:
    """Insert what opens the fields of `said`, and the link to its account when there is none yet."""
    subject = said.members["subject"]
    for one in openings:
        session.execute(
            insert(Disclosure).values(
                statement_hash=said.hash, field=one.field, salt=one.salt, value=one.value
            )
        )
        if one.field == "account" and _is_unlinked(session, one.value, subject):
            session.execute(insert(Subject).values(id=subject, account_id=one.value))


def _at(said: Statement) -> datetime:
    return datetime.fromisoformat(said.members["at"])


def _row(session: Session, said: Statement) -> Insert:
    """Return what inserts the row that an audit asks of `said`; raises `DepositError` when it cannot be."""
    made = _ROWS.get(said.members["kind"])
    if made is None:
        raise DepositError(
            f"un enregistrement de genre « {said.members['kind']} » ne se reprend pas d’un justificatif ;"
            " ceux qui sont publiés en entier se reprennent par « kiosk ledger recover »"
        )
    return made(session, said)


def _decision(session: Session, said: Statement) -> Insert:
    members = said.members
    version = _version(session, members["document"])
    if not screens.is_kept(session, members["screen"]):
        raise DepositError(
            f"il nomme l’écran {members['screen']}, que cette base n’a pas : lancez d’abord « kiosk worker »"
            " dans la version du logiciel qui l’a montré"
        )
    mine = Decision.subject_id == members["subject"], Decision.version_id == version
    before = session.scalar(select(func.count()).select_from(Decision).where(*mine)) or 0
    return insert(Decision).values(
        id=members["id"],
        subject_id=members["subject"],
        version_id=version,
        service=members["document"]["service"],
        terms=members["document"]["terms"],
        kind=members["decision"],
        sequence=before + 1,
        decided_at=_at(said),
        form_id=members["id"],  # that of the form is lost; this one was never a form's
        statement_hash=said.hash,
    )


def _contestation(session: Session, said: Statement) -> Insert:
    members = said.members
    disputed = select(Decision.id).where(Decision.statement_hash == members["about"])
    if session.scalar(disputed) is None:
        raise DepositError(
            f"il conteste la décision {members['about']}, que cette base n’a pas : reprenez d’abord le"
            " justificatif de cette décision"
        )
    return insert(Contestation).values(
        id=members["id"],
        subject_id=members["subject"],
        about=members["about"],
        contested_at=_at(said),
        form_id=members["id"],
        statement_hash=said.hash,
    )


def _notification(_: Session, said: Statement) -> Insert:
    members = said.members
    return insert(NotificationRow).values(
        statement_hash=said.hash,
        subject_id=members["subject"],
        about=members["about"],
        purpose=members["purpose"],
        channel=members["channel"],
        state=members["state"],
        handed_at=_at(said),
    )


def _day(session: Session, said: Statement) -> Insert:
    """Of a day told again since, only one statement can have the row: the other is refused."""
    day = date.fromisoformat(said.members["day"])
    told = session.scalar(select(ExposureDigest.statement_hash).where(ExposureDigest.day == day))
    if told is not None:
        raise DepositError(f"la journée du {day} a été dite de nouveau depuis, par l’enregistrement {told}")
    last = session.scalar(select(func.max(Trace.id)).where(Trace.day == day)) or 0
    return insert(ExposureDigest).values(day=day, statement_hash=said.hash, last_trace_id=last)


_ROWS: Mapping[str, Callable[[Session, Statement], Insert]] = {
    Kind.DECISION: _decision,
    Kind.CONTESTATION: _contestation,
    Kind.NOTIFICATION: _notification,
    Kind.EXPOSURE: _day,
}
"""What makes the row of each kind that receipts are handed out for and that is not published whole."""


def _version(session: Session, document: Mapping[str, Any]) -> int:
    version = session.scalar(
        select(PublishedVersion.id).where(
            PublishedVersion.service == document["service"],
            PublishedVersion.terms == document["terms"],
            PublishedVersion.slug == document["version"],
            PublishedVersion.text_hash == document["text_hash"],
            PublishedVersion.metadata_hash == document["metadata_hash"],
        )
    )
    if version is None:
        raise DepositError(
            f"il vise {document['service']}/{document['terms']}/{document['version']}, que cette base n’a"
            " pas : remettez ses fichiers dans le dossier des textes, puis « kiosk ledger recover »"
        )
    return version


def _is_unlinked(session: Session, account: str, subject: str) -> bool:
    """Whether the account is here, and neither it nor the subject is linked yet."""
    there = session.scalar(select(Account.id).where(Account.id == account)) is not None
    linked = select(Subject.id).where((Subject.account_id == account) | (Subject.id == subject))
    return there and session.scalar(linked.limit(1)) is None
