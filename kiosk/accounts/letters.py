"""The mails of this room that the worker and the commands send, where there is no request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Publisher, Service
from kiosk.notices.services import enqueue_mail
from kiosk.notices.writing import written


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
    subject, body = written(
        f"mails/{name}.txt",
        publisher=desk.publisher(publisher), public_url=desk.public_url, mode=desk.mode, **values,
    )  # fmt: skip
    enqueue_mail(session, key=key, to=to, subject=subject, body=body, at=at, publisher=publisher)
