"""The links that lead out of the texts of a service: where each stands, and what its register says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.checks.links import host_of
from cgu_archive.corpus.checks.sheet import Sheet
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Address, Service
from cgu_archive.corpus.notes import LinkRecord

_HTTP = ("http", "https")


class LinkState(StrEnum):
    """What becomes of a link."""

    UNVERIFIED = "unverified"
    """Nobody wrote down that its page was looked at."""
    VERIFIED = "verified"
    REMOVED = "removed"
    """No page shows the link; its words stay."""
    REFUSED = "refused"
    """Its host may not be linked: no page ever shows the link."""


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where a link stands."""

    version: Address
    at: str
    """Address of the provision."""
    words: str
    """What is read in its place."""


@dataclass(frozen=True, slots=True)
class OutwardLink:
    """An address that texts lead to, out of their service."""

    url: str
    places: tuple[LinkPlace, ...]
    """In the order of the texts; none for one that only the register knows."""
    record: LinkRecord | None
    refused: bool

    @property
    def state(self) -> LinkState:
        """What becomes of it: what the register removes is removed, whatever else."""
        if self.record is not None and self.record.removed_on is not None:
            return LinkState.REMOVED
        if self.refused:
            return LinkState.REFUSED
        return LinkState.VERIFIED if self.record is not None else LinkState.UNVERIFIED


def outward(service: Service, texts: Iterable[tuple[Address, bytes]]) -> tuple[OutwardLink, ...]:
    """Return the external links of `texts`, versions of `service`, and what else its register knows.

    In the order of the texts, then of the register. Raises `UnreadableTextError`.
    """
    own = host_of(service.site or "")
    places: dict[str, list[LinkPlace]] = {}
    for version, text in texts:
        for at, words, url in _anchors(text):
            if urlsplit(url).scheme in _HTTP and host_of(url) != own:
                places.setdefault(url, []).append(LinkPlace(version, at, words))
    records = {record.url: record for record in service.links}
    refused = service.unlinked_hosts
    return tuple(
        OutwardLink(url, tuple(places.get(url, ())), records.get(url), _is_of(host_of(url), refused))
        for url in dict.fromkeys([*places, *records])
    )


def to_json(link: OutwardLink) -> Json:
    """Return a link as a machine reads it."""
    record = link.record
    return {
        "url": link.url,
        "state": link.state.value,
        "checked_on": _day(record.checked_on if record else None),
        "removed_on": _day(record.removed_on if record else None),
        "reason": record.reason if record else None,
        "places": [
            {"version": str(place.version), "at": place.at, "words": place.words} for place in link.places
        ],
    }


def _anchors(text: bytes) -> Iterable[tuple[str, str, str]]:
    """Yield each link of a text: the address of its provision, its words, where it leads."""
    sheet = Sheet(markdown.decode(text), provisions.read(text))
    for run in sheet.runs:
        for anchor in run.anchors:
            yield run.at, run.words[anchor.start : anchor.end], anchor.target


def _is_of(host: str | None, refused: Iterable[str]) -> bool:
    return host is not None and any(host == one or host.endswith(f".{one}") for one in refused)


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None
