"""Legal holds: what must not be destroyed, for a court may ask for it; always until a date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.retention import archive
from kiosk.retention.erasures import Office
from kiosk.retention.errors import HoldError, UnknownPersonError
from kiosk.retention.models import LegalHold
from kiosk.retention.terms import years_after

MOST_YEARS = 5
"""How far a hold may reach; it may be renewed."""


def add(
    session: Session,
    office: Office,
    *,
    subject_id: str,
    services: Collection[str],
    until: datetime,
    reason: str,
    function: str,
    at: datetime,
) -> tuple[LegalHold, ...]:
    """Hold back what names a person until a date, in `services` or, without any, in all of them.

    Adding again renews. Raises `HoldError` unless `until` is after `at` and at most `MOST_YEARS` later.
    """
    if not at < until <= years_after(at, MOST_YEARS):
        raise HoldError(
            f"Un gel a une date de fin, après maintenant et dans {MOST_YEARS} ans au plus ; il se renouvelle."
        )
    if not reason.strip() or not function.strip():
        raise HoldError("Un gel a un motif, et dit quelle fonction l’a décidé.")
    unknown = sorted(set(services) - office.services.keys())
    if unknown:
        raise HoldError(f"Service inconnu : {', '.join(unknown)}.")
    concerned: list[str | None] = [*sorted(set(services))] or [None]
    made = tuple(
        LegalHold(
            id=office.randomness(16).hex(), subject_id=subject_id, service=service, until=until,
            reason=reason.strip(), function=function.strip(), added_at=at,
        )
        for service in concerned
    )  # fmt: skip
    session.add_all(made)
    return made


def lift(session: Session, hold_id: str, *, reason: str, function: str, at: datetime) -> LegalHold:
    """End a hold before its date; the term goes on.

    Raises `HoldError` when it is over or unknown, or when reason or function is missing.
    """
    if not reason.strip() or not function.strip():
        raise HoldError("La levée d’un gel a un motif, et dit quelle fonction l’a décidée.")
    held = session.get(LegalHold, hold_id, with_for_update=True)
    if held is None or held.lifted_at is not None or held.until <= at:
        raise HoldError(f"Aucun gel en cours n’a l’identifiant {hold_id}.")
    held.lifted_at, held.lifted_by, held.lift_reason = at, function.strip(), reason.strip()
    return held


def every(session: Session) -> tuple[LegalHold, ...]:
    """Return every hold of the register, those that are over too, oldest first."""
    return tuple(session.scalars(select(LegalHold).order_by(LegalHold.added_at, LegalHold.id)))


def standing(session: Session, subject_ids: Collection[str], at: datetime) -> tuple[LegalHold, ...]:
    """Return the holds that stand `at` on some people, the longest first."""
    return tuple(
        session.scalars(
            select(LegalHold)
            .where(LegalHold.subject_id.in_(subject_ids), *_stands(at))
            .order_by(LegalHold.until.desc(), LegalHold.id)
        )
    )


def covers(hold: LegalHold, service: str | None) -> bool:
    """Whether `hold` covers a statement about `service`; None is about none in particular: any covers it."""
    return hold.service is None or service is None or hold.service == service


def covering(
    subject_id: InstrumentedAttribute[str], service: InstrumentedAttribute[str | None], at: datetime
) -> ColumnElement[bool]:
    """Return, for a query, whether a hold stands `at` on rows with these columns."""
    held = LegalHold
    return exists().where(
        held.subject_id == subject_id,
        or_(held.service.is_(None), service.is_(None), held.service == service),
        *_stands(at),
    )


def person(session: Session, email_key: str, email: str, publisher: str | None) -> str:
    """Return who has, or had, an address, as statements say it. Raises `UnknownPersonError`."""
    which = [Account.email_key == email_key]
    if publisher is not None:
        which.append(Account.publisher == publisher)
    living = session.scalars(select(Subject.id).join(Account, Account.id == Subject.account_id).where(*which))
    found = sorted({*living, *archive.subjects(session, "email", email, publisher=publisher)})
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise UnknownPersonError("Aucune décision gardée ici n’est celle de cette adresse.")
    raise UnknownPersonError(
        "Plusieurs personnes de ce registre ont ou ont eu cette adresse : précisez --publisher, ou donnez"
        f" l’une par --subject : {', '.join(found)}."
    )


def known(session: Session, subject_id: str) -> str:
    """Return `subject_id` when something here is about it; raises `UnknownPersonError`."""
    if session.get(Subject, subject_id) is None and not archive.holds_any(session, subject_id):
        raise UnknownPersonError(f"Rien n’est gardé ici de la personne {subject_id}.")
    return subject_id


def _stands(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return LegalHold.lifted_at.is_(None), LegalHold.until > at
