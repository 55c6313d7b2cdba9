"""Mails that came back: read what another server says of one of ours, and record that it was not delivered.

What is read comes from anyone who writes to the address of sending. It is believed only about a mail whose
Message-ID it gives back, which nobody but the addressee and the servers on the way knows (RFC 3464; RFC 3462,
returned headers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.ledger import services as ledger
from kiosk.notices.errors import BounceError
from kiosk.notices.models import NotificationRow
from kiosk.notices.notifications import BOUNCED, HANDED
from kiosk.proof import statement
from kiosk.proof.statement import Kind

MAX_BYTES = 1_000_000
"""A longer report is not read: what it says of the mail comes first, and the mail itself is short."""
_MOST_PARTS = 50
_OURS = re.compile(r"<?([0-9a-f]{32})@[^\s<>]{1,255}>?")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def returned(raw: bytes) -> str | None:
    """Return what the Message-ID of the mail that came back begins with; None when none was given up.

    A delay, or a delivery that is confirmed, is no return. Raises `BounceError` for what is not a delivery
    status about one mail of ours: another form, too long, or made to mislead.
    """
    if len(raw) > MAX_BYTES:
        raise BounceError(f"{MAX_BYTES} octets au plus attendus")
    try:
        report = BytesParser(policy=policy.compat32).parsebytes(raw)
        return _of_report(report)
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BounceError("message illisible") from error


def record(
    session: Session, message: str, *, environment: str, at: datetime, randomness: Callable[[int], bytes]
) -> str | None:
    """Record that the mail whose Message-ID begins with `message` came back; returns the statement's hash.

    None when that was recorded before. Who it went to is in the statement of its handing over, and nowhere
    else. The caller commits. Raises `BounceError` for a mail that was not handed over here.
    """
    rows = {
        row.state: row
        for row in session.scalars(select(NotificationRow).where(NotificationRow.message == message))
    }
    handed = rows.get(HANDED)
    if handed is None:
        raise BounceError("aucun avis remis ne porte cet identifiant")
    if BOUNCED in rows:
        return None
    said = ledger.get(session, handed.statement_hash).members
    names = ("subject", "about", "document", "purpose", "channel", "mail_hash")
    members = {"id": randomness(16).hex(), **{name: said[name] for name in names}, "state": BOUNCED}
    made = statement.make(Kind.NOTIFICATION, environment, at, members)
    row = {
        "statement_hash": made.hash, "subject_id": handed.subject_id, "about": handed.about,
        "purpose": handed.purpose, "channel": handed.channel, "state": BOUNCED, "handed_at": at,
        "message": message,
    }  # fmt: skip
    try:
        with session.begin_nested():
            ledger.record(session, made, (), at)
            session.execute(insert(NotificationRow).values(row))
    except IntegrityError:  # told twice at the same instant
        return None
    return made.hash


def _of_report(report: Message) -> str | None:
    if report.get_content_type() != "multipart/report" or _parameter(report, "report-type") not in (
        "delivery-status", "global-delivery-status",
    ):  # fmt: skip
        raise BounceError("attendu un avis de non-remise (RFC 3464)")
    parts = list(_parts(report))
    statuses = [part for part in parts if part.get_content_type().endswith("delivery-status")]
    originals = [part for part in parts if part.get_content_type() in _RETURNED]
    if len(statuses) != 1 or len(originals) != 1:
        raise BounceError("attendu un état de remise et les en-têtes du message rendu")
    message = _message_id(originals[0])
    actions = {action for block in _blocks(statuses[0]) if (action := _word(block, "Action"))}
    if not actions:
        raise BounceError("aucune suite dans l’état de remise")
    return message if "failed" in actions else None


def _parts(report: Message) -> Iterator[Message]:
    payload = report.get_payload()
    if not isinstance(payload, list) or len(payload) > _MOST_PARTS:
        raise BounceError("attendu un avis de non-remise en parties")
    for part in payload:
        if isinstance(part, Message):
            yield part


def _blocks(status: Message) -> Iterator[Message]:
    payload = status.get_payload()
    if not isinstance(payload, list) or len(payload) > _MOST_PARTS:
        raise BounceError("état de remise illisible")
    yield from (block for block in payload if isinstance(block, Message))


def _message_id(original: Message) -> str:
    """Return what the Message-ID in the returned part begins with, whole message or headers alone."""
    payload = original.get_payload()
    if isinstance(payload, list):
        inner = payload[0] if payload else None
    else:
        inner = BytesParser(policy=policy.compat32).parsebytes(_decoded(original), headersonly=True)
    if not isinstance(inner, Message):
        raise BounceError("message rendu illisible")
    named = [str(one).strip() for one in inner.get_all("Message-ID", [])]
    found = _OURS.fullmatch(named[0]) if len(named) == 1 else None
    if found is None:
        raise BounceError("le message rendu n’est pas un avis d’ici")
    return found[1]


def _decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        raise BounceError("message rendu illisible")
    return payload


def _parameter(part: Message, name: str) -> str:
    value = part.get_param(name, "")
    return value.lower() if isinstance(value, str) else ""


def _word(block: Message, name: str) -> str:
    return str(block.get(name, "")).partition("(")[0].strip().lower()
