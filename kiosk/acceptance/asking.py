"""What a service asks of a person as things stand: the versions to read, what they decided, in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, String, bindparam, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Metadata, NewVersion, Service
from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.policy import Answer, Decided, Document, Kind, VersionFacts, answer
from kiosk.accounts.models import Account
from kiosk.db import table
from kiosk.ledger import proofs
from kiosk.ledger.proofs import Head
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion


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


_VERSION_ID = Past._fields.index("version_id")


@cache
def _state(documents: int) -> Select[Any]:
    """Return what asks for the subject of an account, each decision on so many documents, their versions now.

    One query of every request, written once.
    """
    subject, decision = table(Subject).c, table(Decision).c
    names: list[tuple[ColumnElement[str], ColumnElement[str]]] = [
        (bindparam(f"service_{n}", type_=String), bindparam(f"terms_{n}", type_=String))
        for n in range(documents)
    ]
    who = select(bindparam("account_id", type_=String).label("id")).subquery("who")
    return (
        select(
            subject.id,
            *(texts.current_id(*name) for name in names),
            texts.is_cancelled(decision.version_id),
            *(decision[name] for name in Past._fields),
            *(texts.link_standing(name).label(f"links_{n}") for n, (name, _) in enumerate(names)),
        )
        .select_from(who)
        .outerjoin(table(Subject), subject.account_id == who.c.id)
        .outerjoin(
            table(Decision),
            (decision.subject_id == subject.id) & decision.service.in_([service for service, _ in names]),
        )
        .order_by(decision.decided_at, decision.sequence)
    )


@cache
def _state_with_head(documents: int) -> Select[Any]:
    """Return what asks for the same and, at the end of each row, the newest checkpoint."""
    return proofs.with_head(_state(documents))


class Holder(NamedTuple):
    """Who decides: an account, locked until the end of the transaction."""

    id: str
    publisher: str
    email: str


_LOCKED = select(Account).where(Account.id == bindparam("account_id")).with_for_update()


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

    One query, but for versions that this connection never read.
    """
    return _asked(session, services, service, account_id, at, _state)[0]


def to_decide(
    session: Session, services: Mapping[str, Service], service: Service, account_id: str, at: datetime
) -> tuple[list[Asked], Head | None]:
    """Return the same for who is about to decide, and the newest checkpoint, in the same query."""
    asked, row = _asked(session, services, service, account_id, at, _state_with_head)
    head = row[-len(Head._fields) :]
    return asked, None if head[0] is None else Head(*head)


def _asked(
    session: Session,
    services: Mapping[str, Service],
    service: Service,
    account_id: str | None,
    at: datetime,
    state: Callable[[int], Select[Any]],
) -> tuple[list[Asked], Row[Any]]:
    wanted = [(one, terms.slug) for one in _with_required(services, service) for terms in one.terms]
    asked: dict[str, Any] = {"account_id": account_id, "at": at}
    for number, (one, terms) in enumerate(wanted):
        asked |= {f"service_{number}": one.slug, f"terms_{number}": terms}
    rows = session.execute(state(len(wanted)), asked).all()
    subject_id, *current = rows[0][: 1 + len(wanted)]  # then whether the version decided on was cancelled
    columns = slice(2 + len(wanted), 2 + len(wanted) + len(Past._fields))
    decided = [Past(*row[columns]) for row in rows if row[columns.start] is not None]
    void = {row[columns][_VERSION_ID] for row in rows if row[1 + len(wanted)]}
    found = []
    for n, ((one, terms), version_id) in enumerate(zip(wanted, current, strict=True)):
        links = rows[0]._mapping[f"links_{n}"]
        version = None if version_id is None else texts.held(session, version_id, links)
        past = tuple(each for each in decided if (each.service, each.terms) == (one.slug, terms))
        document = Document(
            service=one.slug,
            terms=terms,
            new_version=one.acceptance.new_version,
            current=_facts(session, one, version),
            decisions=tuple(
                Decided(each.version_id, Kind(each.kind), each.decided_at)
                for each in past
                if each.version_id not in void
            ),
        )
        found.append(Asked(one, version, answer(document, at), subject_id, past))
    return found, rows[0]


def asks(service: Service, metadata: Metadata) -> NewVersion:
    """Return what a version asks of who accepted an earlier one: what its service asks, or more."""
    return metadata.asks or service.acceptance.new_version


def _facts(session: Session, service: Service, version: PublishedVersion | None) -> VersionFacts | None:
    found = facts(version)
    if found is None or version is None or service.acceptance.new_version is not NewVersion.NOTIFY:
        return found
    return replace(found, asking_id=texts.last_asking(session, version))


def facts(version: PublishedVersion | None) -> VersionFacts | None:
    """Return what matters here of the version online, if there is one."""
    return VersionFacts(version.id, version.required_at, version.effective_at) if version else None


def _with_required(services: Mapping[str, Service], service: Service) -> Iterator[Service]:
    """Yield the services whose terms `service` asks for (requirements P-45, S-33), itself last."""
    for slug in service.requires:
        yield from _with_required(services, services[slug])
    yield service


def lock_account(session: Session, account_id: str) -> Account:
    """Return the account, locked until the end of the transaction: its decisions come one by one.

    Raises `AccountClosedError` when it was deleted, by another transaction too.
    """
    found = session.scalar(_LOCKED, {"account_id": account_id})
    if found is None:
        raise AccountClosedError(account_id)
    return found
