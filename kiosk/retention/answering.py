"""Requests that destroy nothing: rectification, restriction, objection; and more time to answer any request.

RGPD, articles 16, 18 and 21; article 12(3) and (4) for the time to answer and for what is refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from cgu_archive.rendering import words
from kiosk.accounts import consents
from kiosk.accounts.models import Account
from kiosk.retention import letters, remedies
from kiosk.retention.erasures import Office
from kiosk.retention.errors import UndecidableError, UnknownRequestError
from kiosk.retention.models import RightsRequest
from kiosk.retention.requests import ERASURES, Outcome, Ruling, Wanted, check, close
from kiosk.retention.terms import extended_due_at, kept_years, years_after

_WITHDRAWING = (Wanted.RESTRICTION, Wanted.OBJECTION)
_WITHDRAWN = "Retiré par la demande {} du {}."
_STANDING = (
    select(RightsRequest, Account.email)
    .join(Account, Account.id == RightsRequest.account_id)
    .where(
        RightsRequest.wanted == Wanted.RESTRICTION.value,
        RightsRequest.outcome.in_((Outcome.GRANTED.value, Outcome.PARTLY.value)),
    )
)
"""The restrictions that were granted, each with the address of its account: one ends with the account too."""
TOLD_BEFORE = timedelta(days=7)
"""How long before a restriction is lifted the person is told of it."""
REASONS_LENGTH = 1000


def answer(
    session: Session, office: Office, request_id: str, ruling: Ruling, *, at: datetime
) -> RightsRequest:
    """Answer a request that destroys nothing, and tell the person; returns it. The caller commits.

    What is granted says in its reasons what is done. A restriction or an objection that is granted also
    withdraws every consent of the account, and an account whose data are restricted is not deleted for want
    of use. Raises `UnknownRequestError`, and `UndecidableError` when the request is one of erasure or when
    reasons are missing.
    """
    asked = _waiting(session, request_id)
    if asked.wanted in ERASURES:
        raise UndecidableError("Une demande d’effacement se décide par « kiosk rights decide ».")
    check(ruling, office)
    if not ruling.reasons.strip():
        raise UndecidableError("Dites dans le motif ce qui est fait, ou pourquoi rien ne l’est.")
    if ruling.services or ruling.subjects:
        raise UndecidableError("Services et personnes ne se nomment que pour un effacement.")
    remedy = ""
    if ruling.outcome is not Outcome.GRANTED:
        remedy = remedies.told(office.publisher(asked.publisher), ruling.remedy)
    elif asked.wanted in _WITHDRAWING and asked.account_id is not None:
        consents.withdraw(session, asked.account_id, _WITHDRAWN.format(asked.id, words.day(at)), at)
    close(session, asked, replace(ruling, remedy=remedy), office.services, at)
    _tell(session, office, asked, asked.email, "answered", at)
    asked.email = None  # the register does not need it any more
    return asked


def extend(session: Session, office: Office, request_id: str, reasons: str, *, at: datetime) -> RightsRequest:
    """Put the answer off by two months, once, and say why (RGPD, article 12(3)). The caller commits.

    Raises `UnknownRequestError`, and `UndecidableError` without reasons, twice, or once the month is over.
    """
    asked = _waiting(session, request_id)
    said = reasons.strip()
    if not said or len(said) > REASONS_LENGTH:
        raise UndecidableError(f"Prolonger se motive, en {REASONS_LENGTH} signes au plus.")
    if asked.extended_at is not None:
        raise UndecidableError("Cette demande est déjà prolongée : elle ne l’est qu’une fois.")
    if asked.due_at <= at:
        raise UndecidableError("Le mois est passé : la personne devait être prévenue avant. Répondez.")
    asked.extended_at, asked.extension_reasons = at, said
    asked.due_at = extended_due_at(asked.received_at)
    _tell(session, office, asked, asked.email, "extended", at)
    return asked


def lift(session: Session, office: Office, request_id: str, reasons: str, *, at: datetime) -> RightsRequest:
    """End a restriction in `TOLD_BEFORE`, which the person is told now (RGPD, article 18(3)).

    The caller commits. Raises `UnknownRequestError` unless a restriction stands, `UndecidableError` without
    reasons.
    """
    found = session.execute(
        _STANDING.where(RightsRequest.id == request_id, RightsRequest.lifted_at.is_(None)).with_for_update()
    ).one_or_none()
    if found is None:
        raise UnknownRequestError(f"Aucune limitation en cours n’a l’identifiant {request_id}.")
    asked, email = found
    if not reasons.strip():
        raise UndecidableError("Lever une limitation se motive : la personne en est prévenue d’abord.")
    asked.lifted_at = at + TOLD_BEFORE
    asked.ends_at = years_after(at, kept_years(office.services, None))
    _tell(session, office, asked, email, "lifted", at, reasons=reasons.strip())
    return asked


def restricted(at: datetime) -> Select[tuple[str]]:
    """Return what finds the accounts whose data are restricted `at`."""
    return _STANDING.where(_stands(at)).with_only_columns(Account.id)


def standing(at: datetime) -> Select[tuple[str]]:
    """Return what finds the requests of restrictions that stand `at`: their row stays, whatever its term."""
    return _STANDING.where(_stands(at)).with_only_columns(RightsRequest.id)


def _stands(at: datetime) -> ColumnElement[bool]:
    return or_(RightsRequest.lifted_at.is_(None), RightsRequest.lifted_at > at)


def _waiting(session: Session, request_id: str) -> RightsRequest:
    asked = session.get(RightsRequest, request_id, with_for_update=True)
    if asked is None or asked.decided_at is not None:
        raise UnknownRequestError(f"Aucune demande en attente n’a l’identifiant {request_id}.")
    return asked


def _tell(
    session: Session, office: Office, asked: RightsRequest, email: str | None, letter: str, at: datetime,
    **values: str,
) -> None:  # fmt: skip
    if email is not None:
        letters.send(
            session, letter, key=f"rights:{asked.id}:{letter}", to=email, office=office,
            publisher=asked.publisher, at=at, asked=asked, **values,
        )  # fmt: skip
