"""Carry one mail: to a server, or in demonstration to a folder that people can read."""

from __future__ import annotations

import re
import smtplib
import ssl
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Self

from cgu_archive.corpus.dates import PARIS
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Mode
from kiosk.config import Settings
from kiosk.connections import Smtp
from kiosk.notices.errors import NotDeliveredError, NoticesError

TIMEOUT = 20
"""Seconds a mail server may keep us waiting at each step."""
_NAME_CHARACTERS = 60
_NAME_DIGITS = 32
_UNICODE = ("SMTPUTF8", "BODY=8BITMIME")
"""What a server is asked for an address that is not ASCII (RFC 6531)."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail that left our hands."""

    channel: str
    """`mail`, or `folder` in a demonstration without a mail server."""
    mail_hash: str
    """SHA-256 of the bytes given to the server, or of the file."""

    @property
    def state(self) -> str:
        """What its task ends in."""
        return "delivered-to-server" if self.channel == MAIL else "done"


MAIL = "mail"
FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of plain text."""

    key: str
    """Names the mail: sent twice after a failure, it keeps the same identifier."""
    to: str
    subject: str
    body: str
    attachments: tuple[tuple[str, str, bytes], ...]

    @classmethod
    def from_payload(
        cls, key: str, payload: Mapping[str, Any], attachments: tuple[tuple[str, str, bytes], ...] = ()
    ) -> Self:
        """Return the mail that `enqueue_mail` wrote down, with files (name, media type, bytes)."""
        return cls(key, payload["to"], payload["subject"], payload["body"], attachments)

    def message(self, sender: str, at: datetime) -> EmailMessage:
        """Return the mail as it travels."""
        message = EmailMessage(policy=SMTP)
        message["From"] = sender
        message["To"] = self.to
        message["Subject"] = self.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{message_name(self.key)}@{sender.rpartition('@')[2].strip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.body, cte="quoted-printable")
        for name, media_type, content in self.attachments:
            kind, _, subtype = media_type.partition("/")
            message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
        return message


def message_name(key: str) -> str:
    """Return what the Message-ID of the mail of `key` begins with: 32 hexadecimal digits nobody can guess."""
    return text_hash(key.encode())[:_NAME_DIGITS]


def hand(mail: Mail, settings: Settings, at: datetime) -> Handed:
    """Hand `mail` to the server of `settings`, or in demonstration without one write it in the folder.

    Raises `NotDeliveredError`, `NoticesError` when there is no server, `OSError` when the folder is away.
    """
    if settings.smtp is not None:
        return Handed(MAIL, send(mail, settings.smtp, at))
    if settings.mode is not Mode.DEMONSTRATION:
        raise NoticesError("aucun serveur de courrier (KIOSK_SMTP_HOST)")
    return Handed(FOLDER, text_hash(write(mail, settings.mail_dir, at).read_bytes()))


def send(mail: Mail, smtp: Smtp, at: datetime) -> str:
    """Hand `mail` to the server `smtp`; returns the SHA-256 of the bytes it was given.

    Raises `NotDeliveredError`, whose message holds no address: servers repeat the recipient in theirs.
    """
    digest = None
    try:
        message = mail.message(smtp.sender, at)
        plain = f"{mail.to}{smtp.sender}".isascii()
        raw = message.as_bytes(policy=SMTP if plain else SMTPUTF8)
        digest = text_hash(raw)
        with smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT) as server:
            if smtp.starttls:
                server.starttls(context=ssl.create_default_context())
            if smtp.user is not None:
                server.login(smtp.user, smtp.password or "")
            sender = parseaddr(smtp.sender)[1]
            server.sendmail(sender, [mail.to], raw, () if plain else _UNICODE)
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        told = f"destinataire refusé par le serveur de courrier : {codes}"
        raise NotDeliveredError(told, digest) from error
    except smtplib.SMTPResponseException as error:
        raise NotDeliveredError(f"{type(error).__name__} : code {error.smtp_code}", digest) from error
    except (OSError, ValueError) as error:
        raise NotDeliveredError(f"serveur de courrier : {type(error).__name__}", digest) from error
    return digest


def write(mail: Mail, folder: Path, at: datetime) -> Path:
    """Write `mail` as a readable file of `folder`, its attachments beside it; returns the file.

    The name begins with the time in Paris, so that the newest is last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = (
        f"{at.astimezone(PARIS):%Y-%m-%d_%H-%M-%S}_{_slug(mail.subject)}_{text_hash(mail.key.encode())[:6]}"
    )
    lines = [
        f"Pour : {mail.to}",
        f"Objet : {mail.subject}",
        f"Date : {format_datetime(at.astimezone(PARIS))}",
    ]
    for name, _, content in mail.attachments:
        beside = folder / f"{stem}_{_slug(Path(name).stem)}{Path(name).suffix}"
        beside.write_bytes(content)
        lines.append(f"Pièce jointe : {beside.name}")
    file = folder / f"{stem}.txt"
    file.write_text("\n".join([*lines, "", mail.body.rstrip(), ""]), "utf-8")
    return file


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_NAME_CHARACTERS] or "sans-objet"
