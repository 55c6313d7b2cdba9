"""The register of requests about personal data; those of erasure, decided and carried out at once (O-41)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Service
from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.errors import AccountClosedError
from kiosk.accounts.addresses import normalise
from kiosk.accounts.services import find_account
from kiosk.ledger.models import Disclosure
from kiosk.proof.statement import Statement
from kiosk.retention import archive, erasures, holds, letters, remedies
from kiosk.retention.erasures import Act, Office
from kiosk.retention.errors import UndecidableError, UnknownRequestError
from kiosk.retention.models import ArchivedDisclosure, LegalHold, RightsRequest
from kiosk.retention.services import close_account, statements_about, subject_of
from kiosk.retention.terms import due_at, kept_years, years_after
from kiosk.traces import services as traces


class Wanted(StrEnum):
    """What a person asks (RGPD, articles 16, 17, 18 and 21)."""

    DECISIONS = "decisions"
    """To erase what attributes their decisions; the account stays open."""
    EVERYTHING = "everything"
    """To erase the account too."""
    RECTIFICATION = "rectification"
    """To correct what they cannot correct themselves."""
    RESTRICTION = "restriction"
    """That what is held of them be kept and used for nothing else, for a while."""
    OBJECTION = "objection"
    """That something is no longer done with what is held of them."""


ERASURES = (Wanted.DECISIONS, Wanted.EVERYTHING)
OTHERS = (Wanted.RECTIFICATION, Wanted.RESTRICTION, Wanted.OBJECTION)


class Outcome(StrEnum):
    """How a request is decided."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on a request."""

    outcome: Outcome
    function: str
    """The function of who decides, such as « délégué à la protection des données »; the statement says it."""
    decided_by: str
    """Who decides; the register alone says it."""
    reasons: str = ""
    remedy: str = ""
    """What is added to the remedies that are always told of a refusal; the public register says it."""
    services: frozenset[str] = frozenset()
    """In part: the services whose decisions are erased; none named: all that no hold covers."""
    subjects: frozenset[str] = frozenset()
    """Who is meant, when the address of the request names several people."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A request that was decided."""

    request: RightsRequest
    erased: int
    """How many statements lost what opened them."""
    held: tuple[LegalHold, ...]
    """What holds back some of what was asked: it goes when they end."""
    account_open: bool
    """Whether an account still says whose decisions they are."""


@dataclass(frozen=True, slots=True)
class _About:
    subject_id: str
    service: str | None


def receive(
    session: Session,
    office: Office,
    *,
    publisher: str,
    email: str,
    wanted: Wanted,
    words: str | None,
    at: datetime,
    account_id: str | None = None,
) -> RightsRequest:
    """Register a request, and acknowledge it with its due date. The caller commits."""
    asked = RightsRequest(
        id=office.randomness(16).hex(),
        publisher=publisher,
        account_id=account_id,
        subject_id=subject_of(session, account_id) if account_id else None,
        email=email,
        wanted=wanted.value,
        words=words or None,
        received_at=at,
        due_at=due_at(at),
    )
    session.add(asked)
    letters.send(
        session, "received", key=f"rights:{asked.id}:received", to=email, office=office, publisher=publisher,
        at=at, asked=asked,
    )  # fmt: skip
    return asked


def account_of(session: Session, publisher: str, email_key: str) -> str | None:
    """Return the account of an address; None when it has none, or none any more."""
    found = find_account(session, publisher, email_key)
    return found.id if found else None


def open_of(session: Session, account_id: str, kinds: Collection[Wanted] = ERASURES) -> RightsRequest | None:
    """Return the request of an account, of one of `kinds`, that waits for a decision."""
    return session.scalar(
        select(RightsRequest)
        .where(
            RightsRequest.account_id == account_id,
            RightsRequest.decided_at.is_(None),
            RightsRequest.wanted.in_([one.value for one in kinds]),
        )
        .order_by(RightsRequest.received_at)
        .limit(1)
    )


def of_account(session: Session, account_id: str) -> tuple[RightsRequest, ...]:
    """Return the requests of an account, newest first."""
    return tuple(
        session.scalars(
            select(RightsRequest)
            .where(RightsRequest.account_id == account_id)
            .order_by(RightsRequest.received_at.desc())
        )
    )


def register(session: Session) -> tuple[RightsRequest, ...]:
    """Return the whole register: what waits first, the oldest due date first, then what is decided."""
    return tuple(
        session.scalars(
            select(RightsRequest).order_by(
                RightsRequest.decided_at.is_not(None), RightsRequest.due_at, RightsRequest.id
            )
        )
    )


def is_overdue(asked: RightsRequest, at: datetime) -> bool:
    """Whether a request waits for longer than a month."""
    return asked.decided_at is None and asked.due_at <= at


def get(session: Session, request_id: str) -> RightsRequest:
    """Return a request; raises `UnknownRequestError`."""
    found = session.get(RightsRequest, request_id)
    if found is None:
        raise UnknownRequestError(f"Aucune demande n’a l’identifiant {request_id}.")
    return found


def decide(session: Session, office: Office, request_id: str, ruling: Ruling, *, at: datetime) -> Decided:
    """Decide a request, destroy at once what is granted, and tell the person. The caller commits.

    Raises `UnknownRequestError`, and `UndecidableError` when something is refused without reasons (RGPD,
    article 12(4)), when what is granted is held back or is nothing, or when it is not sure of whom.
    """
    asked = session.get(RightsRequest, request_id, with_for_update=True)
    if asked is None or asked.decided_at is not None:
        raise UnknownRequestError(f"Aucune demande en attente n’a l’identifiant {request_id}.")
    if asked.wanted not in ERASURES:
        raise UndecidableError("Cette demande n’efface rien : « kiosk rights answer » y répond.")
    check(ruling, office)
    refused = ruling.outcome is not Outcome.GRANTED
    remedy = remedies.told(office.publisher(asked.publisher), ruling.remedy) if refused else None
    account = _lock(session, asked)
    people = _people(session, asked, ruling)
    archive.wait_for_mails(session, people)
    found = _attributed(session, people)
    standing = holds.standing(session, people, at)
    wanted = {one for one, about in found.items() if _is_wanted(about.service, ruling)}
    held_back = {one for one in wanted if any(_covers(hold, found[one]) for hold in standing)}
    going = wanted - held_back
    held = tuple(hold for hold in standing if any(_covers(hold, found[one]) for one in held_back))
    _refuse_contradiction(ruling, held, set(found) - going)
    closing = asked.wanted == Wanted.EVERYTHING and ruling.outcome is not Outcome.REFUSED
    if ruling.outcome is not Outcome.REFUSED and not wanted and not (closing and account):
        raise UndecidableError(
            "Rien de ce qui est demandé n’est gardé ici : l’accorder ne détruirait rien. Vérifiez l’adresse"
            " et l’éditeur de la demande ; sinon décidez --outcome refused, et dites-le dans le motif."
        )
    if closing and account is not None:
        close_account(session, account, office, at, told=None)
    archive.destroy(session, going, at)
    archive.cancel_mails(session, archive.telling_of(held_back), at)
    for digest in sorted(held_back):  # it goes when the hold ends
        about = found[digest]
        archive.move(
            session, [digest], subject_id=about.subject_id, publisher=asked.publisher, service=about.service,
            at=at, ends_at=at,
        )  # fmt: skip
    archive.end(session, held_back, at)
    asked.statement_hash = erasures.record(
        session, Act.REQUEST, going, office, at, erasure_id=asked.id, decided_by=ruling.function,
        remedy=remedy,
    )  # fmt: skip
    close(session, asked, replace(ruling, remedy=remedy or ""), office.services, at)
    done = Decided(asked, len(going), held, account_open=account is not None and not closing)
    return _told(session, office, asked, done, at)


def check(ruling: Ruling, office: Office) -> None:
    """Raise `UndecidableError` unless `ruling` says all that it must."""
    if not ruling.function.strip() or not ruling.decided_by.strip():
        raise UndecidableError("Une demande est décidée par quelqu’un : donnez sa fonction et son nom.")
    unknown = sorted(ruling.services - office.services.keys())
    if unknown:
        raise UndecidableError(f"Service inconnu : {', '.join(unknown)}.")
    if ruling.outcome is Outcome.GRANTED:
        if ruling.services:
            raise UndecidableError("Nommer des services, c’est accorder en partie : --outcome partly.")
        return
    if not ruling.reasons.strip():
        raise UndecidableError("Ce qui est refusé l’est avec un motif (RGPD, article 12, paragraphe 4).")
    if len(ruling.remedy) > remedies.ADDED_LENGTH:
        raise UndecidableError(f"{remedies.ADDED_LENGTH} signes au plus s’ajoutent aux voies de recours.")


def close(
    session: Session, asked: RightsRequest, ruling: Ruling, services: Mapping[str, Service], at: datetime
) -> None:
    """Note how a request was decided; what it says of the person goes with what is granted."""
    asked.decided_at, asked.outcome = at, ruling.outcome.value
    asked.function, asked.decided_by = ruling.function.strip(), ruling.decided_by.strip() or None
    asked.reasons, asked.remedy = ruling.reasons.strip() or None, ruling.remedy.strip() or None
    asked.ends_at = years_after(at, kept_years(services, None))
    if ruling.outcome is Outcome.GRANTED:
        asked.words = asked.subject_id = None
        if asked.account_id is not None and asked.wanted == Wanted.EVERYTHING:
            traces.forget(session, asked.account_id)
            asked.account_id = None


def close_again(session: Session, services: Mapping[str, Service], erasure: Statement) -> int:
    """Close, in a restored register, the request that the statement `erasure` decided; returns 1 if it did.

    Reasons and the name of who decided are lost: the ledger never held them.
    """
    said = erasure.members
    asked = session.get(RightsRequest, said["id"])
    if asked is None or asked.decided_at is not None:
        return 0
    outcome = Outcome.GRANTED
    if said["remedy"] is not None:
        outcome = Outcome.PARTLY if said["statements"] else Outcome.REFUSED
    ruling = Ruling(outcome, said["decided_by"] or "", "", remedy=said["remedy"] or "")
    close(session, asked, ruling, services, datetime.fromisoformat(said["at"]))
    asked.email, asked.statement_hash = None, erasure.hash
    return 1


def _refuse_contradiction(ruling: Ruling, held: tuple[LegalHold, ...], staying: Collection[str]) -> None:
    if ruling.outcome is Outcome.GRANTED and held:
        raise UndecidableError(
            f"Un gel ({', '.join(sorted(one.id for one in held))}) couvre une part de ce qui est demandé :"
            " elle ne peut pas être détruite maintenant. Décidez --outcome partly, avec motif et recours."
        )
    if ruling.outcome is Outcome.PARTLY and not staying:
        raise UndecidableError("Rien n’est refusé : décidez --outcome granted.")


def _lock(session: Session, asked: RightsRequest) -> str | None:
    """Return the account that asked, locked so that it decides nothing meanwhile; None when it is gone."""
    if asked.account_id is None:
        return None
    try:
        return lock_account(session, asked.account_id).id
    except AccountClosedError:
        return None


def _people(session: Session, asked: RightsRequest, ruling: Ruling) -> tuple[str, ...]:
    """Return whom a request is about: who holds or held its account, and who has or had its address.

    An address may have passed to somebody else. Raises `UndecidableError` unless the address names one person
    alone, the holder of the account, or `ruling` says who is meant.
    """
    sure, named = set(), set(_of_address(session, asked))
    if asked.account_id is not None:
        held = subject_of(session, asked.account_id), asked.subject_id
        sure = {*filter(None, held), *archive.subjects(session, "account", asked.account_id)}
    maybe = named - sure
    unknown = ruling.subjects - sure - maybe
    if unknown:
        raise UndecidableError(f"La demande ne vise pas : {', '.join(sorted(unknown))}.")
    if ruling.subjects or ruling.outcome is Outcome.REFUSED:
        return tuple(sorted(sure | ruling.subjects))
    if maybe and len(maybe | sure) > 1:
        raise UndecidableError(
            "Plusieurs personnes de ce registre ont ou ont eu cette adresse. Vérifiez qui demande, puis"
            f" nommez par --subject qui est visé : {', '.join(sorted(maybe | sure))}."
        )
    return tuple(sorted(sure | maybe))


def _of_address(session: Session, asked: RightsRequest) -> Iterator[str]:
    """Yield who has, or had, the address of a request at its publisher."""
    if asked.email is None:
        return
    yield from archive.subjects(session, "email", asked.email, publisher=asked.publisher)
    living = account_of(session, asked.publisher, normalise(asked.email).key)
    subject_id = subject_of(session, living) if living else None
    if subject_id is not None:
        yield subject_id


def _attributed(session: Session, people: Iterable[str]) -> dict[str, _About]:
    """Return the statements about `people` that something here still opens."""
    found: dict[str, _About] = {}
    for subject_id in people:
        about = {
            one.statement_hash: _About(subject_id, one.service)
            for one in statements_about(session, subject_id)
        }
        for some in archive.batches(about):
            opened = select(Disclosure.statement_hash).where(Disclosure.statement_hash.in_(some)).distinct()
            found |= {one: about[one] for one in session.scalars(opened)}
        kept = select(ArchivedDisclosure.statement_hash, ArchivedDisclosure.service).where(
            ArchivedDisclosure.subject_id == subject_id
        )
        found |= {digest: _About(subject_id, service) for digest, service in session.execute(kept)}
    return found


def _covers(hold: LegalHold, about: _About) -> bool:
    return hold.subject_id == about.subject_id and holds.covers(hold, about.service)


def _is_wanted(service: str | None, ruling: Ruling) -> bool:
    if ruling.outcome is Outcome.REFUSED:
        return False
    return not ruling.services or service in ruling.services


def _told(session: Session, office: Office, asked: RightsRequest, done: Decided, at: datetime) -> Decided:
    """Answer the person, and forget where: the register does not need it any more."""
    if asked.email is not None:
        letters.send(
            session, "decided", key=f"rights:{asked.id}:decided", to=asked.email, office=office,
            publisher=asked.publisher, at=at, receipt=asked.statement_hash, asked=asked, done=done,
        )  # fmt: skip
        asked.email = None
    return done
