"""The messages of an account, queued in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import g, url_for

from kiosk.db import Row
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.notices.notifications import Notification
from kiosk.notices.services import enqueue_row, mail_row
from kiosk.notices.writing import written


def row(
    template: str,
    *,
    key: str,
    to: str,
    receipt: str | None = None,
    also: Sequence[str] = (),
    notification: Notification | None = None,
    **values: Any,
) -> Row:
    """Return the row that asks for the message of `template`, whose first line is its subject.

    With `receipt`, the hash of a statement, it leaves with its receipt, once it is sealed, and those of the
    statements `also`. With
    `notification`, what becomes of it is a statement too.
    """
    settings, publisher = kiosk().settings, current_publisher()
    subject, body = written(
        f"mails/{template}.txt",
        publisher=publisher,
        service=g.get("service"),
        own_services=partial(kiosk().services_of, publisher.slug),
        url_for=url_for,
        public_url=settings.public_url,
        mode=settings.mode.value,
        **values,
    )
    return mail_row(
        key=key,
        to=to,
        subject=subject,
        body=body,
        at=request_at(),
        publisher=publisher.slug,
        receipt=receipt,
        also=also,
        notification=notification,
    )


def send(template: str, *, key: str, to: str, **asked: Any) -> None:
    """Queue the message that `row` asks for, once for each `key`."""
    enqueue_row(db(), row(template, key=key, to=to, **asked))
