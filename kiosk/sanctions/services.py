"""The acts of a procedure: each is a statement, a row that names nobody, and a letter. The caller commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import start_of_day
from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.errors import AccountClosedError
from kiosk.accounts.models import Account
from kiosk.ledger.saying import instant
from kiosk.retention import remedies
from kiosk.retention.erasures import Office
from kiosk.retention.services import close_account
from kiosk.sanctions import proposing, register
from kiosk.sanctions.checking import Notice, Ruling, notice_problems, ruling_problems, text_problems
from kiosk.sanctions.errors import (
    AnsweredEnoughError,
    IncompleteError,
    OutOfTurnError,
    TooEarlyError,
    UnknownProcedureError,
)
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import TWO_PEOPLE, Act, Done, Measure, answer_by, lasting, may_follow, over
from kiosk.sanctions.recording import Author, Case, record
from kiosk.sanctions.register import Procedure
from kiosk.texts import services as texts

MOST_ANSWERS = 10
"""Answers to one procedure: enough to add what was forgotten, not to fill the ledger."""


def notify(
    session: Session, office: Office, account_id: str, author: Author, notice: Notice, at: datetime
) -> SanctionAct:
    """Tell a person that a measure is intended, and until when they may answer (CRPA, L. 121-1, L. 122-2).

    Raises `AccountClosedError`, `NotBoundError`, and `IncompleteError` when the notice lacks something.
    """
    case = _open(session, office, account_id, notice, at, urgent=False)
    return _begin(session, office, case, Act.NOTICE, notice, author, author.function, at)


def take_urgently(
    session: Session, office: Office, account_id: str, author: Author, notice: Notice, at: datetime
) -> SanctionAct | SanctionProposal:
    """Take a measure before the person is heard, urgency motivated (CRPA, L. 121-2); the procedure follows.

    A termination (SOFFi §79) waits, as a proposal, for a second person. Raises as `notify`.
    """
    case = _open(session, office, account_id, notice, at, urgent=True)
    if notice.measure in TWO_PEOPLE:
        return proposing.propose(session, case, author, notice, at, urgent=True)
    return _begin(session, office, case, Act.URGENT, notice, author, author.function, at)


def answer(
    session: Session,
    office: Office,
    account_id: str,
    procedure_id: str,
    text: str,
    form_id: str,
    at: datetime,
) -> tuple[SanctionAct, bool]:
    """Record what a person answers, suspended or not; returns it, and whether it is new.

    The same form sent twice answers once. Raises `UnknownProcedureError`, `IncompleteError` when the text is
    empty or too long, `OutOfTurnError` once the procedure is over, `AnsweredEnoughError`.
    """
    account = lock_account(session, account_id)
    found = next((one for one in register.of_account(session, account_id) if one.id == procedure_id), None)
    if found is None:
        raise UnknownProcedureError(f"Aucune procédure de cette personne n’a l’identifiant {procedure_id}.")
    for one in found.acts:
        if one.form_id == form_id:
            return one, False
    if not may_follow(found.done, Act.ANSWER):
        raise OutOfTurnError("Cette procédure est close : il n’y a plus rien à y répondre.")
    if sum(one.act == Act.ANSWER for one in found.acts) >= MOST_ANSWERS:
        raise AnsweredEnoughError(f"Vous avez répondu {MOST_ANSWERS} fois, le plus qui soit gardé.")
    _refuse(text_problems("answer", text))
    case = _resumed(session, account, found)
    last = found.last
    made = record(
        session, office, case, _like(last, Act.ANSWER), {"answer": text.strip()}, at,
        about=found.opening.statement_hash, ground=last.ground, form_id=form_id,
    )  # fmt: skip
    return made, True


def decide(
    session: Session,
    office: Office,
    publisher: str,
    procedure_id: str,
    author: Author,
    ruling: Ruling,
    at: datetime,
    *,
    reached_on: date | None = None,
) -> SanctionAct | SanctionProposal:
    """Decide a measure once the time to answer is over (requirement S-57).

    `reached_on` is the day the notice reached the person by another way than a mail that was lost. What
    cannot be undone waits, as a proposal, for a second person. Raises `UnknownProcedureError`,
    `OutOfTurnError`, `TooEarlyError`, `IncompleteError`.
    """
    case, found = _locked(session, publisher, procedure_id)
    _refuse_out_of_turn(found, Act.MEASURE)
    _refuse_early(found, at, reached_on)
    service, rules = office.services[found.opening.service], texts.rules(case.version)
    _refuse(ruling_problems(ruling, Measure(found.opening.measure), service, rules, at))
    if ruling.measure in TWO_PEOPLE:
        return proposing.propose(session, case, author, ruling, at, urgent=False, reached_on=reached_on)
    return _take(session, office, case, found, ruling, author, author.function, at, reached_on)


def confirm(
    session: Session,
    office: Office,
    publisher: str,
    procedure_id: str,
    author: Author,
    at: datetime,
    *,
    read: str | None = None,
) -> SanctionAct:
    """Take the measure that somebody else proposed: that of the instant `read`, where `author` read it.

    Raises `UnknownProcedureError` when nothing is proposed, `ProposedSinceError` when something else is,
    `SamePersonError`, and as what was proposed.
    """
    proposal = proposing.waiting(session, publisher, procedure_id)
    proposing.refuse_other(proposal, read)
    proposing.refuse_same(proposal, author)
    function = f"{proposal.function} ; {author.function}"
    if proposal.urgent:
        notice = proposing.notice_of(proposal.content)
        case = replace(
            _open(session, office, proposal.account_id, notice, at, urgent=True), procedure_id=procedure_id
        )
        proposing.forget(session, procedure_id)
        return _begin(session, office, case, Act.URGENT, notice, author, function, at)
    ruling = proposing.ruling_of(proposal.content)
    case, found = _locked(session, publisher, procedure_id)
    _refuse_out_of_turn(found, Act.MEASURE)
    proposing.forget(session, procedure_id)
    reached_on = proposing.reached_on_of(proposal.content)
    return _take(session, office, case, found, ruling, author, function, at, reached_on)


def drop(
    session: Session,
    office: Office,
    publisher: str,
    procedure_id: str,
    author: Author,
    why: str,
    at: datetime,
) -> SanctionAct:
    """End a procedure without a measure, at any time before one is decided; one taken at once is lifted."""
    return _end(session, office, publisher, procedure_id, author, why, at, Act.DROPPED)


def restore(
    session: Session,
    office: Office,
    publisher: str,
    procedure_id: str,
    author: Author,
    why: str,
    at: datetime,
) -> SanctionAct:
    """Lift a measure that lasts: the person complied, or it was wrong (requirement O-58)."""
    return _end(session, office, publisher, procedure_id, author, why, at, Act.RESTORED)


def _end(
    session: Session,
    office: Office,
    publisher: str,
    procedure_id: str,
    author: Author,
    why: str,
    at: datetime,
    act: Act,
) -> SanctionAct:
    case, found = _locked(session, publisher, procedure_id)
    _refuse_out_of_turn(found, act)
    if act is Act.RESTORED:
        _refuse_ended(found, at)
    _refuse(text_problems("facts", why))
    proposing.forget(session, procedure_id)
    last = found.last
    about = last if act is Act.RESTORED else found.opening
    return record(
        session, office, case, _like(last, act), {"grounds": why.strip()}, at, about=about.statement_hash,
        ground=last.ground, author=author, function=author.function,
    )  # fmt: skip


def _open(
    session: Session, office: Office, account_id: str, notice: Notice, at: datetime, *, urgent: bool
) -> Case:
    account = lock_account(session, account_id)
    subject_id, version = register.bound(session, account.id, notice.service, notice.terms, at)
    addresses = {one.address for one in register.clauses(version)}
    service = office.services[notice.service]
    _refuse(notice_problems(notice, service, addresses, texts.rules(version), at, urgent=urgent))
    return Case(account, subject_id, version, office.randomness(16).hex(), notice.provision)


def _locked(session: Session, publisher: str, procedure_id: str) -> tuple[Case, Procedure]:
    """Return a procedure read once its account is locked: two decisions come one after the other."""
    found = register.get(session, publisher, procedure_id)
    try:
        account = lock_account(session, found.account_id)
    except AccountClosedError as error:
        raise UnknownProcedureError("Le compte de cette personne est supprimé.") from error
    found = register.get(session, publisher, procedure_id)
    return _resumed(session, account, found), found


def _resumed(session: Session, account: Account, found: Procedure) -> Case:
    opening = found.opening
    version = texts.get(session, opening.version_id)
    return Case(account, opening.subject_id, version, found.id, opening.provision, found)


def _begin(
    session: Session,
    office: Office,
    case: Case,
    act: Act,
    notice: Notice,
    author: Author,
    function: str,
    at: datetime,
) -> SanctionAct:
    measure, ground, days = notice.measure, notice.ground, notice.days
    if measure is None or ground is None or days is None:  # `_refuse` came before
        raise IncompleteError({})
    said = {
        "grounds": notice.facts.strip(), "actions": notice.actions.strip(), "contact": notice.contact.strip(),
    }  # fmt: skip
    remedy = None
    if act is Act.URGENT:
        said["urgency"] = notice.urgency.strip()
        remedy = _remedy(office, notice.service)
    done = Done(act, measure, notice.right, notice.until, answer_by(at, days))
    return record(
        session, office, case, done, said, at, ground=ground, author=author, function=function, days=days,
        remedy=remedy,
    )  # fmt: skip


def _take(
    session: Session,
    office: Office,
    case: Case,
    found: Procedure,
    ruling: Ruling,
    author: Author,
    function: str,
    at: datetime,
    reached_on: date | None,
) -> SanctionAct:
    if ruling.measure is None or ruling.ground is None:  # `_refuse` came before
        raise IncompleteError({})
    done = Done(Act.MEASURE, ruling.measure, ruling.right, ruling.until)
    made = record(
        session, office, case, done, {"grounds": ruling.facts.strip(), "actions": ruling.actions.strip()}, at,
        about=found.opening.statement_hash, ground=ruling.ground, author=author, function=function,
        remedy=_remedy(office, found.opening.service), reached_on=reached_on,
    )  # fmt: skip
    if ruling.measure is Measure.DELETION:  # the letter waits with the address it goes to
        session.flush()
        close_account(session, case.account.id, office, at, told=None)
    return made


def _remedy(office: Office, service: str) -> str:
    """Return « Voies et délais de recours » against a measure at `service`."""
    held = office.services[service]
    return remedies.against(held.publisher, (held,))


def _like(last: SanctionAct, act: Act) -> Done:
    """Return an act about the measure of `last`."""
    return Done(act, Measure(last.measure), last.right, last.until)


def _refuse(problems: Mapping[str, str]) -> None:
    if problems:
        raise IncompleteError(problems)


def _refuse_out_of_turn(found: Procedure, act: Act) -> None:
    if not may_follow(found.done, act):
        raise OutOfTurnError("La procédure n’en est pas là : voyez où elle en est (kiosk sanction show).")


def _refuse_ended(found: Procedure, at: datetime) -> None:
    """Refuse to lift what its date ended already: the person would be told of a lifting that never was."""
    taken = lasting(found.done)
    if taken is not None and over(taken.until, at):
        raise OutOfTurnError("Cette mesure a pris fin à sa date : il n’y a plus rien à lever.")


def _refuse_early(found: Procedure, at: datetime, reached_on: date | None) -> None:
    due_at = found.due_at(start_of_day(reached_on) if reached_on else None)
    if due_at is None:
        raise TooEarlyError(
            "L’avis n’a pas atteint la personne : son message n’est pas parti, ou est revenu. Remettez-le-lui"
            " autrement, et dites quel jour elle l’a reçu (--reached-on)."
        )
    if at < due_at:
        raise TooEarlyError(
            f"Le délai de réponse n’est pas passé : rien ne se décide avant le {instant(due_at)}."
        )
