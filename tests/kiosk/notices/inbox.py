"""A real mail server, on loopback, that keeps what it is given."""

from __future__ import annotations

from aiosmtpd import smtp as aiosmtp
from aiosmtpd.smtp import Envelope, Session

SENDER = "Kiosque <ne-pas-repondre@exemple.invalid>"


class Inbox:
    """Takes every mail, but refuses those to `plein@…`."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - the name the library calls
        self, server: aiosmtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("plein@"):
            return "552 full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: aiosmtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(bytes(envelope.original_content or b""))
        return "250 OK"
