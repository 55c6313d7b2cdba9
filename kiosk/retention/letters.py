"""The mails of this room: the same words from a web process, the worker or a command."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from sqlalchemy.orm import Session

from cgu_archive.rendering import words
from kiosk.ledger.saying import marked, templates
from kiosk.notices.services import enqueue_mail
from kiosk.presentation import rights_contacts
from kiosk.retention.erasures import Office
from kiosk.retention.models import RightsRequest
from kiosk.retention.terms import due_on

_OF_WHAT = {
    "decisions": marked("d’effacement"),
    "everything": marked("d’effacement"),
    "rectification": marked("de rectification"),
    "restriction": marked("de limitation"),
    "objection": marked("d’opposition"),
}
_TEMPLATES = Path(__file__).parent.parent / "templates" / "retention"


def send(
    session: Session,
    name: str,
    *,
    key: str,
    to: str,
    office: Office,
    publisher: str,
    at: datetime,
    receipt: str | None = None,
    **values: Any,
) -> None:
    """Queue the mail of the template `name`, whose first line is its subject, once for each `key`.

    With `receipt`, the hash of a statement, it leaves with its receipt, once it is sealed.
    """
    written = (
        _environment()
        .get_template(f"{name}.txt")
        .render(
            at=at,
            publisher=office.publisher(publisher),
            public_url=office.public_url,
            demonstration=office.environment == "demonstration",
            services=office.services,
            asked_of=rights_contacts(
                one for one in office.services.values() if one.publisher.slug == publisher
            ),
            linked=False,
            **values,
        )
    )
    subject, _, body = written.partition("\n")
    enqueue_mail(
        session, key=key, to=to, subject=subject.strip(), body=body.strip() + "\n", at=at,
        publisher=publisher, receipt=receipt,
    )  # fmt: skip


def due(asked: RightsRequest) -> str:
    """Return the last day to answer a request, in words."""
    return words.day(due_on(asked.received_at, extended=asked.extended_at is not None))


def of_what(wanted: str) -> str:
    """Return « d’effacement », what a request is one of."""
    return _OF_WHAT[wanted]


@cache
def _environment() -> Environment:
    made = templates(_TEMPLATES, markup=False)
    made.filters |= {"due": due, "of_what": of_what}
    return made
