"""The messages of an account, queued in the transaction of their cause."""

from __future__ import annotations

from typing import Any

from flask import render_template

from kiosk.db import Row
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.notices.notifications import Notification
from kiosk.notices.services import enqueue_row, mail_row


def row(
    template: str,
    *,
    key: str,
    to: str,
    receipt: str | None = None,
    notification: Notification | None = None,
    **values: Any,
) -> Row:
    """Return the row that asks for the message of `template`, whose first line is its subject.

    With `receipt`, the hash of a statement, it leaves with its receipt, once it is sealed. With
    `notification`, what becomes of it is a statement too.
    """
    written = render_template(f"mails/{template}.txt", public_url=kiosk().settings.public_url, **values)
    subject, _, body = written.partition("\n")
    return mail_row(
        key=key,
        to=to,
        subject=subject.strip(),
        body=body.strip() + "\n",
        at=request_at(),
        publisher=current_publisher().slug,
        receipt=receipt,
        notification=notification,
    )


def send(template: str, *, key: str, to: str, **asked: Any) -> None:
    """Queue the message that `row` asks for, once for each `key`."""
    enqueue_row(db(), row(template, key=key, to=to, **asked))
