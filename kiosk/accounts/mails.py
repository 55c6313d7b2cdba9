"""The messages of an account, queued in the transaction of their cause."""

from __future__ import annotations

from typing import Any

from flask import render_template

from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.notices.notifications import Notification
from kiosk.notices.services import enqueue_mail


def send(
    template: str,
    *,
    key: str,
    to: str,
    receipt: str | None = None,
    notification: Notification | None = None,
    **values: Any,
) -> None:
    """Queue the message of `template`, whose first line is its subject, once for each `key`.

    With `receipt`, the hash of a statement, it leaves with its receipt, once it is sealed. With
    `notification`, what becomes of it is a statement too.
    """
    written = render_template(f"mails/{template}.txt", public_url=kiosk().settings.public_url, **values)
    subject, _, body = written.partition("\n")
    enqueue_mail(
        db(),
        key=key,
        to=to,
        subject=subject.strip(),
        body=body.strip() + "\n",
        at=request_at(),
        publisher=current_publisher().slug,
        receipt=receipt,
        notification=notification,
    )
