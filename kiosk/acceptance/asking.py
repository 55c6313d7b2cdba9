"""What a service asks of a person as things stand: the versions to read, what they decided, in one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from kiosk.accounts import services as accounts
from kiosk.accounts.models import Account
from kiosk.db import Question, table
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
    who = select(bindparam("account_id", type_=String).label("id")).subquery("who")
    return _with_state(select().select_from(who), who.c.id, documents)


def _with_state(query: Select[Any], account_id: ColumnElement[str], documents: int) -> Select[Any]:
    """Return `query` with that of the account at the end of its rows, of which there is one a decision."""
    subject, decision = table(Subject).c, table(Decision).c
    names: list[tuple[ColumnElement[str], ColumnElement[str]]] = [
        (bindparam(f"service_{n}", type_=String), bindparam(f"terms_{n}", type_=String))
        for n in range(documents)
    ]
    return (
        query.add_columns(
            subject.id,
            subject.turn,
            *(texts.current_id(*name) for name in names),
            texts.is_cancelled(decision.version_id),
            *(decision[name] for name in Past._fields),
            *(texts.link_standing(name).label(f"links_{n}") for n, (name, _) in enumerate(names)),
        )
        .outerjoin(table(Subject), subject.account_id == account_id)
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


@cache
def _person_with_state(documents: int) -> Select[Any]:
    """Return what finds who holds a token and, at the end of each row, all that."""
    return proofs.with_head(_with_state(accounts.PERSON, table(Account).c.id, documents))


class Holder(NamedTuple):
    """Who decides: an account."""

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
    turn: int | None
    """That of who decides, as it was read (`writing`); None before the first decision."""
    past: tuple[Past, ...]
    """What was decided on this document, oldest first."""


class Read(NamedTuple):
    """What somebody is asked, and the newest checkpoint, as one query found them."""

    asked: list[Asked]
    head: Head | None


def documents_asked(
    session: Session, services: Mapping[str, Service], service: Service, account_id: str | None, at: datetime
) -> list[Asked]:
    """Return every document to accept before using `service`, those of the services it requires first.

    One query, but for versions that this connection never read.
    """
    wanted = _wanted(services, service)
    rows = session.execute(_state(len(wanted)), {**_values(wanted, at), "account_id": account_id}).all()
    return _of_rows(session, wanted, rows, at)


def to_decide(
    session: Session, services: Mapping[str, Service], service: Service, account_id: str, at: datetime
) -> Read:
    """Return the same for who is about to decide, and the newest checkpoint, in the same query."""
    wanted = _wanted(services, service)
    values = {**_values(wanted, at), "account_id": account_id}
    rows = session.execute(_state_with_head(len(wanted)), values).all()
    return _with_head(session, wanted, rows, at)


def with_person(services: Mapping[str, Service], service: Service, at: datetime) -> Question:
    """Return what asks for who is signed in and, in the same query, for what `to_decide` returns of them."""
    wanted = _wanted(services, service)
    return Question(_person_with_state(len(wanted)), _values(wanted, at))


def read_with_person(
    session: Session,
    services: Mapping[str, Service],
    service: Service,
    rows: Sequence[Row[*tuple[Any, ...]]],
    at: datetime,
) -> Read:
    """Return what the rows of `with_person`, asked with the same service and `at`, say beside the person."""
    return _with_head(session, _wanted(services, service), rows, at, accounts.PERSON_COLUMNS)


_Wanted = Sequence[tuple[Service, str]]
"""Documents, by service and slug, in the order they are asked for."""


def _wanted(services: Mapping[str, Service], service: Service) -> _Wanted:
    return [(one, terms.slug) for one in _with_required(services, service) for terms in one.terms]


def _values(wanted: _Wanted, at: datetime) -> dict[str, object]:
    values: dict[str, object] = {"at": at}
    for number, (one, terms) in enumerate(wanted):
        values |= {f"service_{number}": one.slug, f"terms_{number}": terms}
    return values


def _with_head(
    session: Session,
    wanted: _Wanted,
    rows: Sequence[Row[*tuple[Any, ...]]],
    at: datetime,
    first: int = 0,
) -> Read:
    head = rows[0][-len(Head._fields) :]
    return Read(_of_rows(session, wanted, rows, at, first), None if head[0] is None else Head(*head))


def _of_rows(
    session: Session,
    wanted: _Wanted,
    rows: Sequence[Row[*tuple[Any, ...]]],
    at: datetime,
    first: int = 0,
) -> list[Asked]:
    """Return what `rows` say of the documents `wanted`, in the columns of `_with_state` from `first` on."""
    number = len(wanted)
    subject_id, turn, *current = rows[0][first : first + 2 + number]
    after = first + 2 + number  # where it is told whether the version decided on was cancelled
    columns = slice(after + 1, after + 1 + len(Past._fields))
    links = rows[0][columns.stop : columns.stop + number]
    decided = [Past(*row[columns]) for row in rows if row[columns.start] is not None]
    void = {row[columns][_VERSION_ID] for row in rows if row[after]}
    found = []
    for (one, terms), version_id, standing in zip(wanted, current, links, strict=True):
        version = None if version_id is None else texts.held(session, version_id, standing)
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
        found.append(Asked(one, version, answer(document, at), subject_id, turn, past))
    return found


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
