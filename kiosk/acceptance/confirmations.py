"""The mails that confirm what a person did: each leaves with its receipt once that is sealed, and is told.

That of a decision is asked for as the decision that it is about; the worker writes it when it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance.asking import Holder, Past
from kiosk.acceptance.models import Contestation, Decision
from kiosk.acceptance.representatives import ANSWERED_WITHIN, Asking, mails_of
from kiosk.acceptance.services import Recorded
from kiosk.accounts import mails
from kiosk.accounts.models import Account
from kiosk.config import Settings
from kiosk.db import Row
from kiosk.extensions import current_service, kiosk
from kiosk.notices.errors import NoticesError
from kiosk.notices.notifications import Notification
from kiosk.notices.services import mail_row
from kiosk.notices.writing import written
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

_TITLE = "title:"
"""Before the slug of a document: where the title of one decided on with the first is kept."""


def decided(holder: Holder, decision: Past, version: PublishedVersion) -> Row:
    """Return the row that asks for the mail that confirms a decision on `version` (requirement M-13)."""
    return mail_row(
        key=f"decision:{decision.id}",
        to=holder.email,
        at=decision.decided_at,
        publisher=holder.publisher,
        receipt=decision.statement_hash,
        notification=Notification(
            "decision", decision.subject_id, decision.statement_hash, document(version)
        ),
        decision={"id": decision.id, "title": current_service().document(version.terms).title},
    )


def decided_together(
    holder: Holder, first: Past, made: Sequence[Past], versions: Mapping[int, PublishedVersion]
) -> Row:
    """Return the row that asks for the one mail that confirms all that was decided with one click.

    It carries every receipt, that of `first` before the others; `versions` are by identifier.
    """
    version, service = versions[first.version_id], current_service()
    titles = {_TITLE + one.terms: service.document(one.terms).title for one in made}
    return mail_row(
        key=f"decision:{first.id}",
        to=holder.email,
        at=first.decided_at,
        publisher=holder.publisher,
        receipt=first.statement_hash,
        also=[one.statement_hash for one in made if one.id != first.id],
        notification=Notification("decision", first.subject_id, first.statement_hash, document(version)),
        decision={"id": first.id, "title": service.document(version.terms).title, **titles},
    )


def representative_asked(holder: Holder, email: str, asking: Asking, version: PublishedVersion) -> Row:
    """Return the row that asks for the mail to a legal representative (requirement M-25)."""
    return mails.row(
        "representative",
        key=f"{mails_of(holder.id)}{asking.id}",
        to=email,
        person_address=holder.email,
        version=version,
        terms=current_service().document(version.terms),
        days=ANSWERED_WITHIN.days,
        path=url_for("representatives.decide", terms=version.terms, token=asking.token),
    )


def complete(session: Session, payload: Mapping[str, Any], settings: Settings) -> Mapping[str, Any]:
    """Return `payload` with the words of its mail, when it was asked for as a decision.

    Raises `NoticesError` when that decision is not there.
    """
    asked = payload.get("decision")
    if asked is None:
        return payload
    found = session.execute(
        select(Decision, PublishedVersion)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Decision.id == asked["id"])
    ).one_or_none()
    if found is None:
        raise NoticesError("sa décision n’est plus dans la base")
    decision, version = found
    subject, body = written(
        "mails/decision.txt",
        decision=decision,
        version=version,
        title=asked["title"],
        others=_others(session, payload, asked, version),
        receipts=1 + len(payload.get("also", ())),
        receipt_page=f"/{payload['publisher']}/mes-acceptations/{decision.id}",
        text=f"/{payload['publisher']}/{version.service}/{version.terms}/{version.slug}",
        public_url=settings.public_url,
        mode=settings.mode.value,
    )
    return {**payload, "subject": subject, "body": body}


def _others(
    session: Session, payload: Mapping[str, Any], asked: Mapping[str, str], first: PublishedVersion
) -> list[tuple[str, PublishedVersion, str]]:
    """Return the other documents decided on with the same click: title, version and address of each."""
    also = payload.get("also", ())
    if not also:
        return []
    found = session.scalars(
        select(PublishedVersion)
        .join(Decision, Decision.version_id == PublishedVersion.id)
        .where(Decision.statement_hash.in_(also), PublishedVersion.id != first.id)
        .order_by(PublishedVersion.id)
    ).unique()
    return [
        (asked[_TITLE + one.terms], one, f"/{payload['publisher']}/{one.service}/{one.terms}/{one.slug}")
        for one in found
    ]


def contested(account: Account, found: Recorded, made: Contestation) -> None:
    """Queue what confirms a contestation."""
    _contested("contestation", account, found, made)


def contested_by_organisation(
    account: Account, found: Recorded, made: Contestation, organisation: tuple[str, str]
) -> None:
    """Queue what tells who decided that the organisation, by name and SIREN, disputes it."""
    _contested("contestation_by_organisation", account, found, made, organisation=organisation)


def _contested(message: str, account: Account, found: Recorded, made: Contestation, **more: object) -> None:
    service = kiosk().services[found.version.service]
    mails.send(
        message,
        key=f"contestation:{made.id}",
        to=account.email,
        receipt=made.statement_hash,
        notification=Notification(
            "contestation", made.subject_id, made.statement_hash, document(found.version)
        ),
        decision=found.decision,
        contested_at=made.contested_at,
        version=found.version,
        about=service,
        terms=service.document(found.version.terms),
        receipt_page=url_for("receipts.receipt", decision_id=found.decision.id),
        **more,
    )
