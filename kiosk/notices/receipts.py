"""Let a mail leave with the receipt of what it is about, once that is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kiosk.ledger import receipts, services
from kiosk.ledger.errors import LedgerError, SignerAwayError
from kiosk.ledger.receipts import NO_HINTS, Hints, Openings
from kiosk.notices.errors import NoticesError, NotSealedError

MEDIA_TYPE = "application/json"


def file_name(event_id: str) -> str:
    """Return what the receipt of the event is called, wherever a person is given it."""
    return f"justificatif-{event_id}.receipt.json"


def attachments(
    session: Session,
    payload: Mapping[str, Any],
    hints: Hints = NO_HINTS,
    openings: Openings = services.disclosures,
) -> tuple[tuple[str, str, bytes], ...]:
    """Return what goes with the mail of `payload`, as (file name, media type, bytes).

    Raises `NotSealedError` until its receipt holds without a promise, `NoticesError` when it cannot be made.
    """
    hashes = [digest for digest in (payload.get("receipt"), *payload.get("also", ())) if digest]
    return tuple(_attachment(session, digest, hints, openings) for digest in hashes)


def _attachment(session: Session, digest: str, hints: Hints, openings: Openings) -> tuple[str, str, bytes]:
    try:
        raw = receipts.best(session, digest, None, hints=hints, openings=openings)
    except SignerAwayError as error:
        raise NotSealedError("son justificatif n’est pas encore scellé") from error
    except LedgerError as error:
        raise NoticesError(f"son justificatif n’a pas pu être fait : {error}") from error
    return file_name(services.get(session, digest).members["id"]), MEDIA_TYPE, raw
