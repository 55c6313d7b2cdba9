"""The mails that confirm what a person did: each leaves with its receipt once that is sealed, and is told."""

from __future__ import annotations

from flask import url_for

from kiosk.acceptance.models import Contestation, Decision
from kiosk.acceptance.services import Recorded, document
from kiosk.accounts import mails
from kiosk.accounts.models import Account
from kiosk.db import Row
from kiosk.extensions import current_service, kiosk
from kiosk.notices.notifications import Notification
from kiosk.texts.models import PublishedVersion


def decided(account: Account, decision: Decision, version: PublishedVersion) -> Row:
    """Return the row that asks for the mail that confirms a decision on `version` (requirement M-13)."""
    return mails.row(
        "decision",
        key=f"decision:{decision.id}",
        to=account.email,
        receipt=decision.statement_hash,
        notification=Notification(
            "decision", decision.subject_id, decision.statement_hash, document(version)
        ),
        kind=decision.kind,
        decided_at=decision.decided_at,
        version=version,
        terms=current_service().document(version.terms),
        receipt_page=url_for("receipts.receipt", decision_id=decision.id),
        text=url_for("texts.read_version", terms=version.terms, slug=version.slug),
    )


def contested(account: Account, found: Recorded, made: Contestation) -> None:
    """Queue what confirms a contestation."""
    service = kiosk().services[found.version.service]
    mails.send(
        "contestation",
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
    )
