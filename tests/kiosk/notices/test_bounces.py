"""Mails that come back: a delivery status about one of ours is recorded once, anything else is refused."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk import worker
from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.notices import bounces, services
from kiosk.notices.errors import BounceError
from kiosk.notices.mail import message_name
from kiosk.notices.models import NotificationRow
from kiosk.notices.notifications import Notification
from kiosk.worker import WorkerContext
from tests.kiosk.notices.inbox import Inbox
from tests.kiosk.proof.making import DOCUMENT
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NAME = "0123456789abcdef" * 2
ORIGINAL = (
    "From: Kiosque <ne-pas-repondre@exemple.invalid>\r\nTo: p1@exemple.invalid\r\nSubject: Essai\r\n"
    f"Message-ID: <{NAME}@exemple.invalid>\r\n"
)


def report(
    original: str = ORIGINAL,
    *,
    action: str = "failed",
    returned: str = "text/rfc822-headers",
    report_type: str = "delivery-status",
    status: str = "message/delivery-status",
) -> bytes:
    """A report as Postfix writes them."""
    return (
        "From: MAILER-DAEMON@mx.exemple.invalid\r\nTo: ne-pas-repondre@exemple.invalid\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={report_type}; boundary="limite"\r\n\r\n'
        "--limite\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "I'm sorry to have to inform you that your message could not be delivered.\r\n\r\n"
        f"--limite\r\nContent-Type: {status}\r\n\r\nReporting-MTA: dns; mx.exemple.invalid\r\n"
        "Arrival-Date: Sun, 22 Nov 2026 09:00:00 +0100\r\n\r\nFinal-Recipient: rfc822; p1@exemple.invalid\r\n"
        f"Action: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n"
        f"--limite\r\nContent-Type: {returned}\r\n\r\n{original}\r\n--limite--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(report(), NAME, id="headers alone"),
        pytest.param(
            report(ORIGINAL + "\r\nBonjour.\r\n", returned="message/rfc822"), NAME, id="whole message"
        ),
        pytest.param(report(action="FAILED (permanent)"), NAME, id="capitals and a comment"),
        pytest.param(report(action="delayed"), None, id="a delay"),
        pytest.param(report(action="delivered"), None, id="a delivery"),
        pytest.param(report().replace(b"\r\n", b"\n"), NAME, id="line feeds alone"),
    ],
)
def test_what_came_back_is_known_by_its_message_id(raw: bytes, expected: str | None) -> None:
    assert bounces.returned(raw) == expected


def nested(depth: int) -> bytes:
    return report("Content-Type: message/rfc822\r\n\r\n" * depth + ORIGINAL, returned="message/rfc822")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(ORIGINAL.encode() + b"\r\nBonjour.\r\n", id="a mail"),
        pytest.param(b"\xff" * 1000, id="noise"),
        pytest.param(report() + b" " * bounces.MAX_BYTES, id="too long"),
        pytest.param(report(report_type="disposition-notification"), id="another report"),
        pytest.param(report(status="text/plain"), id="no status"),
        pytest.param(report(returned="text/plain"), id="nothing returned"),
        pytest.param(report("Subject: Essai\r\n"), id="no Message-ID"),
        pytest.param(report(ORIGINAL + ORIGINAL), id="two Message-ID"),
        pytest.param(report(ORIGINAL.replace(NAME, NAME[:-1])), id="a short one"),
        pytest.param(report(ORIGINAL.replace(NAME, NAME.upper())), id="capitals"),
        pytest.param(report(ORIGINAL.replace(NAME, NAME + "\x00")), id="a null character"),
        pytest.param(report(action=""), id="no action"),
        pytest.param(nested(20_000), id="a message in a message, and so on"),
        pytest.param(report().replace(b"--limite--", b"--limite\r\n\r\n" * 2000), id="many parts"),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BounceError):
        bounces.returned(raw)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_mutated_report_gives_only_our_error_or_the_one_name(data: st.DataObject) -> None:
    raw = bytearray(report(returned=data.draw(st.sampled_from(["message/rfc822", "text/rfc822-headers"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        found = bounces.returned(bytes(raw))
    except BounceError:
        return
    assert found is None or len(found) == 32


# Recorded


def hand(context: WorkerContext, inbox: Inbox) -> bytes:
    """Hand over one mail that tells something; returns the mail as the server has it."""
    with writing(context.engine) as session:
        services.enqueue_mail(
            session, key="publication:1:essai", to="p1@exemple.invalid", subject="Essai", body="Bonjour.\n",
            at=context.clock(), notification=Notification("publication", "2" * 32, None, DOCUMENT),
        )  # fmt: skip
    worker.do_tasks(context)
    return inbox.mails[-1]


def record(context: WorkerContext, message: str) -> str | None:
    with writing(context.engine) as session:
        return bounces.record(
            session, message, environment="demonstration", at=context.clock(), randomness=context.randomness
        )


@ON_BOTH
@pytest.mark.requirement("P-11")
def test_a_mail_that_comes_back_is_told_in_a_statement_of_its_own_once(
    context: WorkerContext, inbox: Inbox
) -> None:
    sent = hand(context, inbox)
    headers = sent.partition(b"\r\n\r\n")[0].decode() + "\r\n"
    message = bounces.returned(report(headers))
    assert message == message_name("publication:1:essai")
    digest = record(context, message)
    assert digest is not None
    assert record(context, message) is None
    with reading(context.engine) as session:
        said = ledger.get(session, digest)
        rows = session.scalars(select(NotificationRow).order_by(NotificationRow.state)).all()
        first = ledger.get(session, rows[1].statement_hash)
    assert [row.state for row in rows] == ["bounced", "handed"]
    assert said.members["state"] == "bounced"
    assert said.members["mail_hash"] == first.members["mail_hash"]
    assert said.members["document"] == DOCUMENT
    assert "commitments" not in said.members
    assert b"exemple.invalid" not in said.body


def test_a_mail_that_was_never_handed_over_did_not_come_back(context: WorkerContext) -> None:
    with pytest.raises(BounceError, match="aucun avis"):
        record(context, NAME)


def test_what_the_mail_server_is_given_carries_that_message_id(context: WorkerContext, inbox: Inbox) -> None:
    mail = email.message_from_bytes(hand(context, inbox), policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    assert mail["Message-ID"].startswith(f"<{message_name('publication:1:essai')}@exemple.invalid>")
