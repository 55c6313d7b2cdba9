"""The mails of this room that the worker and the commands send, where there is no request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Publisher, Service
from cgu_archive.rendering import words
from kiosk.ledger.saying import instant, utc
from kiosk.notices.services import enqueue_mail

_TEMPLATES = Path(__file__).parent.parent / "templates" / "mails"


@dataclass(frozen=True, slots=True)
class Desk:
    """What mails are written with, out of a request."""

    services: Mapping[str, Service]
    mode: str
    public_url: str
    randomness: Callable[[int], bytes]

    def services_of(self, publisher: str) -> tuple[Service, ...]:
        """Return the services of a publisher; none when its texts are gone."""
        return tuple(one for one in self.services.values() if one.publisher.slug == publisher)

    def publisher(self, slug: str) -> Publisher:
        """Return a publisher; one whose services are gone is named by its slug."""
        held = self.services_of(slug)
        return held[0].publisher if held else Publisher(slug, slug, slug, public=False)


def send(
    session: Session,
    name: str,
    *,
    key: str,
    to: str,
    desk: Desk,
    publisher: str,
    at: datetime,
    **values: Any,
) -> None:
    """Queue the mail of the template `name`, whose first line is its subject, once for each `key`."""
    written = (
        _environment()
        .get_template(f"{name}.txt")
        .render(publisher=desk.publisher(publisher), public_url=desk.public_url, mode=desk.mode, **values)
    )
    subject, _, body = written.partition("\n")
    enqueue_mail(
        session, key=key, to=to, subject=subject.strip(), body=body.strip() + "\n", at=at,
        publisher=publisher,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - plain text
    )
    made.filters |= {"day": words.day, "instant": instant, "utc": utc}
    return made
