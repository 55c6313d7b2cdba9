"""Record what somebody decided on the page of the decision, once its form is read.

Most choices are one SQL statement, made from the one query that found the person: nothing is held meanwhile,
and it is written only if that still holds (`writing`). Otherwise their account is held, all is read again,
and the very same is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cgu_archive.corpus.model import Terms
from kiosk.acceptance import (
    asking,
    confirmations,
    early,
    exposure,
    forms,
    representative_pages,
    services,
    terminations,
    together,
    writing,
)
from kiosk.acceptance.asking import Asked, Holder, Past, Read
from kiosk.acceptance.errors import NotDecidableError, OvertakenError, StaleFormError
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Organisation, Shown
from kiosk.accounts import browser
from kiosk.accounts.services import Person
from kiosk.db import Question
from kiosk.extensions import current_service, db, hold, kiosk, request_at
from kiosk.ledger import receipts
from kiosk.ledger.comparisons import Packed
from kiosk.traces.services import Event


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose, as the form says it."""

    document: Terms
    kind: Kind
    shown: Shown
    others: Sequence[Shown]
    """What was shown of the other documents under the box."""
    organisation: Organisation | None
    words: str | None
    """Their own, of who ends the agreement for a breach."""


def read() -> Question:
    """Return what finds the person of this request and, in the same query, what they decide on."""
    return asking.with_person(kiosk().services, current_service(), request_at())


def by_person(person: Person, choice: Choice) -> Past:
    """Record the choice of a person and commit; `security.reads_beside` gave `read` to the view.

    Raises `AccountClosedError` or `OvertakenError` when their account was closed meanwhile, and as
    `services.decide`.
    """
    comparisons = _comparisons(choice)
    try:
        decision = _at_once(person, choice, comparisons)
    except OvertakenError:
        hold()
        held = asking.lock_account(db(), person.account_id)
        account = Holder(held.id, held.publisher, held.email)
        decision = _holding(account, choice, comparisons, person.signed_in_at)
    db().commit()
    return decision


def by_sign_up(account: Holder, choice: Choice) -> Past:
    """Record the choice that opens an account; the caller commits both. Raises as `services.decide`."""
    return _holding(account, choice, _comparisons(choice), request_at())


def _comparisons(choice: Choice) -> list[Packed | None]:
    return [exposure.to_keep(one) for one in (choice.shown, *choice.others)]


def _at_once(person: Person, choice: Choice, comparisons: Sequence[Packed | None]) -> Past:
    """Record a choice from what was read with the person; raises `OvertakenError` when that is not enough."""
    alone = choice.kind is not Kind.AWAITING and choice.organisation is None and not choice.others
    if not alone or any(comparisons) or current_service().acceptance.representative:
        raise OvertakenError(person.account_id)
    at = request_at()
    found = asking.read_with_person(db(), kiosk().services, current_service(), browser.found_beside(), at)
    asked = _of(choice.document, found)
    if any(one.decided_at > at for one in asked.past) or (found.head and found.head.made_at > at):
        raise OvertakenError(person.account_id)  # that came while this request was on its way
    account = Holder(person.account_id, person.publisher, person.email)
    return _decide(account, choice, found, None, person.signed_in_at, at)


def _holding(
    account: Holder, choice: Choice, comparisons: Sequence[Packed | None], signed_in_at: datetime
) -> Past:
    """Record a choice of an account that is held until the end of the transaction."""
    at = kiosk().clock()  # read again: a decision that waited for another comes after it
    waits = choice.kind is Kind.AWAITING
    if waits and (choice.others or choice.organisation is not None):
        raise NotDecidableError(choice.kind.value)  # `service.yml` is refused before
    if not waits and (choice.organisation is not None or choice.others):
        return together.record(
            account, (choice.shown, *choice.others), comparisons, choice.kind, choice.organisation,
            signed_in_at=signed_in_at, at=at,
        )  # fmt: skip
    found = asking.to_decide(db(), kiosk().services, current_service(), account.id, at)
    if not waits:
        return _decide(account, choice, found, comparisons[0], signed_in_at, at)
    return representative_pages.ask(
        account, _of(choice.document, found), choice.shown, comparisons[0],
        checkpoint=receipts.naming(db(), found.head, at), signed_in_at=signed_in_at, at=at,
    )  # fmt: skip


def _of(document: Terms, found: Read) -> Asked:
    wanted = (current_service().slug, document.slug)
    return next(one for one in found.asked if (one.service.slug, one.answer.document.terms) == wanted)


def _decide(
    account: Holder,
    choice: Choice,
    found: Read,
    comparison: Packed | None,
    signed_in_at: datetime,
    at: datetime,
) -> Past:
    """Write what a person decides in their own name on one document, with its trace and its mails."""
    kind, shown = choice.kind, choice.shown
    asked = early.to_come(db(), _of(choice.document, found), shown.version, at)
    early.refuse_closed(asked, kind, at)
    if kind is Kind.ACCEPTED:
        shown = representative_pages.alone(asked, shown)
    decision, rows = services.decide(
        db(),
        account=account,
        asked=asked,
        shown=shown,
        kind=kind,
        organisation=None,
        comparison=comparison,
        environment=kiosk().settings.mode.value,
        retention=forms.retention(current_service(), kiosk().services_of(account.publisher)),
        checkpoint=receipts.naming(db(), found.head, at),
        signed_in_at=signed_in_at,
        at=at,
        randomness=kiosk().randomness,
        words=choice.words,
    )
    if not rows:
        return decision
    if asked.version is None:
        raise StaleFormError(shown.terms)
    traced = browser.trace_row(Event.DECIDED, account.id, decision.service, decision.version_id)
    mails = [confirmations.decided(account, decision, asked.version)]
    if kind is Kind.TERMINATED:
        mails += terminations.told(account, decision, asked.version, shown.statements[0], choice.words)
    writing.write(db(), [*rows, traced, *mails], account, asked)
    return decision
