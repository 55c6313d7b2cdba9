"""Mails: carried by a real server, or written where people can read them."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp as aiosmtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from kiosk.connections import Smtp
from kiosk.notices import mail
from kiosk.notices.errors import NotDeliveredError
from kiosk.notices.mail import Mail

AT = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
SENDER = "Kiosque <ne-pas-repondre@exemple.invalid>"
RECEIPT = "{}é".encode()


def letter(**changes: Any) -> Mail:
    held = {
        "key": "essai:1",
        "to": "camille@exemple.invalid",
        "subject": "Votre justificatif : accepté",
        "body": "Bonjour,\n\nhttps://cgu.exemple.invalid/dgefp/mes-acceptations\n"
        + "a" * 200
        + "\n.\nFin.\n",
        "attachments": (("justificatif.json", "application/json", RECEIPT),),
    }
    return Mail(**(held | changes))


class Inbox:
    """Takes every mail, but refuses those to `plein@…`."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - the name the library calls
        self, server: aiosmtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("plein@"):
            return f"552 {address} is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: aiosmtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Smtp]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield Smtp("127.0.0.1", port, SENDER, starttls=False)
    controller.stop()


@pytest.mark.requirement("S-66", "S-67")
def test_a_mail_arrives_as_it_was_written(inbox: Inbox, smtp: Smtp) -> None:
    mail.send(letter(), smtp, AT)
    (envelope,) = inbox.mails
    assert envelope.rcpt_tos == ["camille@exemple.invalid"]
    assert isinstance(envelope.content, bytes)
    received = email.message_from_bytes(envelope.content, policy=email.policy.default)
    body = received.get_body()
    assert body is not None
    assert body.get_content_type() == "text/plain"
    assert body.get_content().replace("\r\n", "\n") == letter().body
    assert received["Subject"] == "Votre justificatif : accepté"
    assert received["Date"].datetime == AT
    (attached,) = received.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("justificatif.json", RECEIPT)
    assert b"text/html" not in envelope.content


def test_a_mail_sent_twice_keeps_its_identifier(inbox: Inbox, smtp: Smtp) -> None:
    for _ in range(2):
        mail.send(letter(), smtp, AT)
    identifiers = {email.message_from_bytes(bytes(e.content or b""))["Message-ID"] for e in inbox.mails}
    assert len(inbox.mails) == 2
    assert len(identifiers) == 1
    assert identifiers.pop().endswith("@exemple.invalid>")


def test_a_refused_recipient_is_told_without_the_address(smtp: Smtp) -> None:
    with pytest.raises(NotDeliveredError) as refused:
        mail.send(letter(to="plein@exemple.invalid"), smtp, AT)
    assert "552" in str(refused.value)
    assert "plein" not in str(refused.value)


def test_a_server_without_tls_is_refused_when_tls_is_wanted(smtp: Smtp, inbox: Inbox) -> None:
    with pytest.raises(NotDeliveredError, match="SMTPNotSupportedError"):
        mail.send(letter(), Smtp(smtp.host, smtp.port, SENDER), AT)
    assert inbox.mails == []


def test_a_server_that_knows_no_password_is_refused_when_one_is_set(smtp: Smtp, inbox: Inbox) -> None:
    with pytest.raises(NotDeliveredError):
        mail.send(letter(), Smtp(smtp.host, smtp.port, SENDER, "nom", "mot", starttls=False), AT)
    assert inbox.mails == []


def test_a_server_that_is_away_is_told(smtp: Smtp) -> None:
    with pytest.raises(NotDeliveredError, match="ConnectionRefusedError"):
        mail.send(letter(), Smtp("127.0.0.1", 1, SENDER, starttls=False), AT)


def test_a_line_end_in_a_subject_cannot_add_a_recipient(smtp: Smtp, inbox: Inbox) -> None:
    with pytest.raises(NotDeliveredError, match="ValueError"):
        mail.send(letter(subject="Bonjour\r\nBcc: autre@exemple.invalid"), smtp, AT)
    assert inbox.mails == []


def test_in_demonstration_a_mail_is_a_file_named_by_its_time_in_paris(tmp_path: Path) -> None:
    file = mail.write(letter(), tmp_path / "mails", AT)
    assert file.name.startswith("2026-11-22_09-15-00_votre-justificatif-accepte_")
    text = file.read_text("utf-8")
    assert "Pour : camille@exemple.invalid" in text
    assert "Objet : Votre justificatif : accepté" in text
    assert "https://cgu.exemple.invalid/dgefp/mes-acceptations\n" in text
    beside = next(line for line in text.splitlines() if line.startswith("Pièce jointe : "))
    assert (tmp_path / "mails" / beside.removeprefix("Pièce jointe : ")).read_bytes() == RECEIPT


@pytest.mark.parametrize("subject", ["../../etc/passwd", "", "日本", "a" * 500])
def test_a_subject_never_names_another_folder(tmp_path: Path, subject: str) -> None:
    attachments = (("../../autre.json", "application/json", b"x"),)
    file = mail.write(letter(subject=subject, attachments=attachments), tmp_path / "mails", AT)
    assert file.parent == tmp_path / "mails"
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "mails"}
