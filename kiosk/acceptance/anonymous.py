"""Accept without an account, where the service is used without one (requirement O-06).

Who accepts is what they declare, and nobody verified it: the statement says so. A code, shown once, reads the
receipt again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.acceptance import screens
from kiosk.acceptance.models import Decision, ReceiptCode
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import LANGUAGE, Organisation, Recorded, Shown
from kiosk.accounts import recovery_codes
from kiosk.accounts.services import Hasher, Randomness
from kiosk.db import Row, insert_all
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.proof import statement as statements
from kiosk.proof.commitment import SALT_BYTES, Opening
from kiosk.texts.models import PublishedVersion
from kiosk.texts.naming import document

METHOD = "declared"
"""How who accepts was known, as `authentication` says it: by their word alone."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody without an account says of themselves."""

    email: str | None
    organisation: Organisation | None
    statements: tuple[str, ...]
    """What the screen said of that: the solution they use, and that nobody verified them."""


def accept(
    session: Session,
    parts: Sequence[tuple[PublishedVersion, Shown]],
    declared: Declared,
    *,
    environment: str,
    retention: str,
    ends_at: datetime,
    at: datetime,
    randomness: Randomness,
    hasher: Hasher,
) -> str | None:
    """Record an acceptance of every document of `parts`, and return the code that reads it again.

    In the name of the organisation, when there is one, then in the person's own. The first form is who they
    are in statements, so that the same form sent twice accepts once: None then. `ends_at` is until when the
    code serves. The caller commits. Raises `StaleScreenError`.
    """
    subject_id = parts[0][1].form_id
    if of_subject(session, subject_id):
        return None
    screens.keep_shown(session, parts[0][1].screen, environment, at, randomness)
    rows: list[Row] = []
    versions = [version for version, _ in parts]
    for version, shown in parts:
        previous: str | None = None
        own = (None,) if declared.organisation is None else (declared.organisation, None)
        for sequence, organisation in enumerate(own, start=1):
            openings = tuple(_openings(declared.email, organisation, randomness))
            decision_id = randomness(16).hex()
            members: dict[str, Any] = {
                "id": decision_id,
                "subject": subject_id,
                "decision": Kind.ACCEPTED.value,
                "document": document(version),
                "wording": {
                    "box": shown.box,
                    "statements": [*shown.statements, *declared.statements],
                    "button": shown.buttons[Kind.ACCEPTED.value],
                    "language": LANGUAGE,
                },
                "named_without_text": list(shown.named_without_text),
                "capacity": "self" if organisation is None else "organisation",
                "exposure": {
                    "shown_at": statements.instant(shown.shown_at),
                    "text": "whole",
                    "compared_with": None,
                    "comparison_hash": None,
                },
                "authentication": {"method": METHOD, "at": statements.instant(at)},
                "previous": previous,
                "screen": shown.screen,
                "retention": retention,
                "checkpoint": receipts.named(session, at),
            }
            if others := [document(one) for one in versions if one.id != version.id]:
                members["together"] = others
            made = statements.make(statements.Kind.DECISION, environment, at, members, openings)
            rows += ledger.rows(made, openings, at)
            values = {
                "id": decision_id,
                "subject_id": subject_id,
                "version_id": version.id,
                "service": shown.service,
                "terms": shown.terms,
                "kind": Kind.ACCEPTED.value,
                "sequence": sequence,
                "decided_at": at,
                "form_id": shown.form_id if organisation is None else randomness(16).hex(),
                "statement_hash": made.hash,
            }
            rows.append(Row(Decision, values))
            previous = made.hash
    code = recovery_codes.draw(randomness)
    kept = {"code_hash": _hash_of(code, hasher), "subject_id": subject_id, "ends_at": ends_at}
    insert_all(session, [*rows, Row(ReceiptCode, kept)])
    return code


def _openings(
    email: str | None, organisation: Organisation | None, randomness: Randomness
) -> Iterator[Opening]:
    personal = [("email", email)] if email else []
    if organisation is not None:
        personal += [
            ("organisation_name", organisation.name),
            ("siren", organisation.siren),
            ("capacity_declaration", organisation.capacity_declaration),
        ]
    for field, value in personal:
        yield Opening(field, randomness(SALT_BYTES), value)


def read_back(session: Session, code: str, at: datetime, *, hasher: Hasher) -> list[Recorded]:
    """Return what was accepted with this code, as it is typed; empty when there is none, or no more."""
    found = session.get(ReceiptCode, _hash_of(code, hasher))
    return [] if found is None or found.ends_at <= at else of_subject(session, found.subject_id)


def of_subject(session: Session, subject_id: str) -> list[Recorded]:
    """Return what somebody without an account accepted, in its order."""
    rows = session.execute(
        select(Decision, PublishedVersion)
        .join(PublishedVersion, PublishedVersion.id == Decision.version_id)
        .where(Decision.subject_id == subject_id)
        .order_by(PublishedVersion.id, Decision.sequence)
    )
    return [Recorded(decision, version) for decision, version in rows]


def _hash_of(code: str, hasher: Hasher) -> str:
    return hasher("receipt-code", recovery_codes.plain(code))
