"""Ask the policy about a person, and record what they decide. The view commits once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Service
from kiosk.acceptance import screens
from kiosk.acceptance.errors import AccountClosedError, NotDecidableError, StaleFormError
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Answer, Decided, Document, Kind, VersionFacts, answer, may_defer
from kiosk.accounts.models import Account, Verification
from kiosk.accounts.services import SENT_AGAIN, Randomness
from kiosk.db import Row, table
from kiosk.ledger import comparisons, receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.comparisons import Packed
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.texts.models import PublishedVersion
from kiosk.texts.services import current

LANGUAGE = "fr"
"""Of the words that a person is shown."""


class Past(NamedTuple):
    """A decision as it is kept, column by column (`models.Decision`)."""

    id: str
    subject_id: str
    version_id: int
    service: str
    terms: str
    kind: str
    sequence: int
    decided_at: datetime
    form_id: str
    statement_hash: str


# Queries of every acceptance, written once.
_DECISIONS = (
    select(Subject.id, *(table(Decision).c[name] for name in Past._fields))
    .outerjoin(
        Decision,
        (Decision.subject_id == Subject.id) & Decision.service.in_(bindparam("services", expanding=True)),
    )
    .where(Subject.account_id == bindparam("account_id"))
    .order_by(Decision.decided_at, Decision.sequence)
)
_LOCKED = select(Account).where(Account.id == bindparam("account_id")).with_for_update()


@dataclass(frozen=True, slots=True)
class Organisation:
    """In whose name a person also accepts (requirements O-09, O-12)."""

    name: str
    siren: str
    capacity_declaration: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person had before them: the version, its words, the comparison and the screen."""

    form_id: str
    service: str
    terms: str
    version: str
    text_hash: str
    shown_at: datetime
    box: str
    buttons: Mapping[str, str]
    """Words on the button of each choice, by `Kind`."""
    statements: tuple[str, ...]
    named_without_text: tuple[str, ...]
    compared_with: str | None
    comparison_hash: str | None
    screen: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One document as it stands for a person: the version to read and what is asked."""

    service: Service
    version: PublishedVersion | None
    answer: Answer
    subject_id: str | None
    """Who decides, as statements say; None before the first decision."""
    past: tuple[Past, ...]
    """What was decided on this document, oldest first."""


def documents_asked(
    session: Session, services: Mapping[str, Service], service: Service, account_id: str | None, at: datetime
) -> list[Asked]:
    """Return every document to accept before using `service`, those of the services it requires first.

    One query finds the decisions, one each current version.
    """
    wanted = [(one, terms.slug) for one in _with_required(services, service) for terms in one.terms]
    subject_id, decisions = _decisions(session, account_id, {one.slug for one, _ in wanted})
    versions = [current(session, one.slug, terms, at) for one, terms in wanted]
    found = []
    for (one, terms), version in zip(wanted, versions, strict=True):
        past = tuple(decisions.get((one.slug, terms), ()))
        document = Document(
            service=one.slug,
            terms=terms,
            new_version=one.acceptance.new_version,
            current=VersionFacts(version.id, version.required_at) if version else None,
            decisions=tuple(Decided(each.version_id, Kind(each.kind), each.decided_at) for each in past),
        )
        found.append(Asked(one, version, answer(document, at), subject_id, past))
    return found


def _with_required(services: Mapping[str, Service], service: Service) -> Iterator[Service]:
    """Yield the services whose terms `service` asks for (requirements P-45, S-33), itself last."""
    for slug in service.requires:
        yield from _with_required(services, services[slug])
    yield service


def _decisions(
    session: Session, account_id: str | None, services: set[str]
) -> tuple[str | None, dict[tuple[str, str], list[Past]]]:
    """Return the subject of an account, and what it decided by service and terms, oldest first."""
    found: dict[tuple[str, str], list[Past]] = {}
    if account_id is None:
        return None, found
    rows = session.execute(_DECISIONS, {"account_id": account_id, "services": sorted(services)}).all()
    for _, *values in rows:
        if values[0] is not None:
            past = Past(*values)
            found.setdefault((past.service, past.terms), []).append(past)
    return (rows[0][0] if rows else None), found


def lock_account(session: Session, account_id: str) -> Account:
    """Return the account, locked until the end of the transaction: its decisions come one by one.

    Raises `AccountClosedError` when it was deleted, by another transaction too.
    """
    found = session.scalar(_LOCKED, {"account_id": account_id})
    if found is None:
        raise AccountClosedError(account_id)
    return found


def decide(
    session: Session,
    *,
    account: Account,
    asked: Asked,
    shown: Shown,
    kind: Kind,
    organisation: Organisation | None,
    comparison: Packed | None,
    environment: str,
    retention: str,
    signed_in_at: datetime,
    at: datetime,
    randomness: Randomness,
) -> tuple[Decision, list[Row]]:
    """Return what the person decides, and the rows that record it, for the caller to write.

    The same form sent twice, or the same choice made twice in a row, is one decision: there is nothing to
    write. `account` is locked, and `asked` was read since.
    `comparison` is what was shown, to be kept too; None when nothing was, or when it is kept already.
    `retention` says how long what names the person is kept.
    Raises `StaleFormError` when what was shown is not the version to decide now, and `NotDecidableError`
    when the choice is not open; `StaleScreenError` when it was shown on a screen that nobody has.
    """
    earlier = asked.past
    for past in earlier:
        if past.form_id == shown.form_id:
            return Decision(**past._asdict()), []
    version = asked.version
    if version is None or (version.slug, version.text_hash) != (shown.version, shown.text_hash):
        raise StaleFormError(f"{shown.service}/{shown.terms}")
    _refuse_closed(asked.answer, kind)
    last = earlier[-1] if earlier else None
    if last is not None and last.version_id == version.id and last.kind == kind.value:
        return Decision(**last._asdict()), []
    screens.keep_shown(session, shown.screen, environment, at, randomness)
    rows, subject_id = [], asked.subject_id
    if subject_id is None:
        subject_id = randomness(16).hex()
        rows.append(Row(Subject, {"id": subject_id, "account_id": account.id}))
    decision_id = randomness(16).hex()
    openings = tuple(_openings(account, organisation, randomness))
    statement = statements.make(
        statements.Kind.DECISION,
        environment,
        at,
        _members(decision_id, subject_id, asked, shown, kind, organisation, signed_in_at, last)
        | {"retention": retention, "checkpoint": receipts.named(session, at)},
        openings,
    )
    if comparison is not None:
        comparisons.keep(session, comparison, at)
    rows += ledger.rows(statement, openings, at)
    values = {
        "id": decision_id,
        "subject_id": subject_id,
        "version_id": version.id,
        "service": shown.service,
        "terms": shown.terms,
        "kind": kind.value,
        "sequence": 1 + sum(1 for one in earlier if one.version_id == version.id),
        "decided_at": at,
        "form_id": shown.form_id,
        "statement_hash": statement.hash,
    }
    rows.append(Row(Decision, values))
    if organisation is not None:
        session.execute(
            update(Account)
            .where(Account.id == account.id)
            .values(organisation_name=organisation.name, siren=organisation.siren)
        )
    return Decision(**values), rows


def _refuse_closed(answer: Answer, kind: Kind) -> None:
    if kind is Kind.DEFERRED and not may_defer(answer):
        raise NotDecidableError(kind.value)
    if kind is Kind.RENOUNCED and answer.pending:
        raise NotDecidableError(kind.value)


def _openings(
    account: Account, organisation: Organisation | None, randomness: Randomness
) -> Iterator[Opening]:
    personal = [("account", account.id), ("email", account.email)]
    if organisation is not None:
        personal += [
            ("organisation_name", organisation.name),
            ("siren", organisation.siren),
            ("capacity_declaration", organisation.capacity_declaration),
        ]
    for field, value in personal:
        yield Opening(field, randomness(SALT_BYTES), value)


def _members(
    decision_id: str,
    subject_id: str,
    asked: Asked,
    shown: Shown,
    kind: Kind,
    organisation: Organisation | None,
    signed_in_at: datetime,
    previous: Past | None,
) -> dict[str, Json]:
    version = asked.version
    if version is None:
        raise StaleFormError(shown.service)
    return {
        "id": decision_id,
        "subject": subject_id,
        "decision": kind.value,
        "document": document(version),
        "wording": {
            "box": shown.box,
            "statements": list(shown.statements),
            "button": shown.buttons[kind.value],
            "language": LANGUAGE,
        },
        "named_without_text": list(shown.named_without_text),
        "capacity": "self" if organisation is None else "organisation",
        "exposure": {
            "shown_at": statements.instant(shown.shown_at),
            "text": "whole",
            "compared_with": shown.compared_with,
            "comparison_hash": shown.comparison_hash,
        },
        "authentication": {"method": "password", "at": statements.instant(signed_in_at)},
        "previous": previous.statement_hash if previous else None,
        "screen": shown.screen,
    }


def document(version: PublishedVersion) -> dict[str, Json]:
    """Return how statements name a version (proof/README.md, « Kinds »)."""
    return {
        "service": version.service,
        "terms": version.terms,
        "version": version.slug,
        "label": version.label,
        "text_hash": version.text_hash,
        "metadata_hash": version.metadata_hash,
        "origin": "accession" if version.published_at is None else "publication",
        "published_at": _written(version.published_at),
        "effective_at": _written(version.effective_at),
    }


def _written(at: datetime | None) -> str | None:
    return statements.instant(at) if at else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision of a person with the version it is on."""

    decision: Decision
    version: PublishedVersion


def recorded(session: Session, account_id: str, services: Iterable[str]) -> list[Recorded]:
    """Return the decisions of a person, newest first, in one query."""
    rows = session.execute(
        select(Decision, PublishedVersion)
        .join(Subject, Subject.id == Decision.subject_id)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Subject.account_id == account_id, Decision.service.in_(tuple(services)))
        .order_by(Decision.decided_at.desc(), Decision.sequence.desc())
    )
    return [Recorded(decision, version) for decision, version in rows]


def one_recorded(session: Session, account_id: str, decision_id: str) -> Recorded | None:
    """Return one decision of this person; nobody else's."""
    row = session.execute(
        select(Decision, PublishedVersion)
        .join(Subject, Subject.id == Decision.subject_id)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Subject.account_id == account_id, Decision.id == decision_id)
    ).one_or_none()
    return Recorded(*row) if row else None


def decided_by_sign_up(
    session: Session, verification_id: str | None, form_id: str, *, at: datetime
) -> tuple[str, str] | None:
    """Return account and decision that this form, sent again, already made from this sign-up.

    Only for a short while and under the first password: a copied cookie must not sign in for ever.
    """
    row = session.get(Verification, verification_id) if verification_id else None
    if row is None or row.used_at is None or at >= row.used_at + SENT_AGAIN:
        return None
    found = session.execute(
        select(Account.id, Decision.id)
        .join(Subject, Subject.account_id == Account.id)
        .join(Decision, Decision.subject_id == Subject.id)
        .where(
            Account.publisher == row.publisher,
            Account.email_key == row.email_key,
            Account.password_changed_at <= row.used_at,
            Account.deactivated_at.is_(None),
            Decision.form_id == form_id,
        )
    ).one_or_none()
    return (found[0], found[1]) if found else None
