"""What people note beside frozen texts: findings left as they stand, and the register of external links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from cgu_archive.corpus.fields import Node, optional

SILENCES = "silences.yml"
LINKS = "links.yml"
SILENCES_FORMAT = "cgu-silences/1"
LINKS_FORMAT = "cgu-links/1"
_FORM = "une adresse https:// ou http://"


@dataclass(frozen=True, slots=True)
class Silence:
    """A finding that people have read and leave as it stands, and why; it weighs on no text."""

    rule: str
    """Its number (``L-07``) or its name."""
    words: str | None
    """The words it was found in; None for every one of the rule at `at`."""
    at: str | None
    """Address of the provision; None for the whole text."""
    reason: str
    on: date
    by: str
    """The function of who decided, never a name."""


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A page out of the service that its texts link, and what became of it."""

    url: str
    checked_on: date
    """The day its content was first verified."""
    removed_on: date | None
    """From that day no page shows the link; its words stay."""
    reason: str | None
    """Why it was removed."""


def silences(root: Node) -> tuple[Silence, ...]:
    """Return the silences of one version, in the order of the file."""
    field = root.fields("format", "silences")
    _format(field["format"], SILENCES_FORMAT)
    return tuple(_silence(node) for node in field["silences"].items())


def links(root: Node) -> tuple[LinkRecord, ...]:
    """Return the register of links of one service, in the order of the file; each address once."""
    field = root.fields("format", "links")
    _format(field["format"], LINKS_FORMAT)
    found: dict[str, LinkRecord] = {}
    for node in field["links"].items():
        record = _link(node)
        if record.url in found:
            raise node.refuse("une adresse qui n’est pas déjà dans ce registre")
        found[record.url] = record
    return tuple(found.values())


def _format(node: Node, expected: str) -> None:
    if node.text() != expected:
        raise node.refuse(f"« {expected} »")


def _silence(node: Node) -> Silence:
    field = node.fields("rule", "reason", "on", "by", may=("words", "at"))
    words = optional(field["words"], field["words"].text) if "words" in field else None
    at = optional(field["at"], field["at"].slug) if "at" in field else None
    if words is None and at is None:
        raise node.refuse("« words » (les mots relevés) ou « at » (la disposition)")
    return Silence(
        rule=field["rule"].text(),
        words=words,
        at=at,
        reason=field["reason"].text(),
        on=field["on"].day(),
        by=field["by"].text(),
    )


def _link(node: Node) -> LinkRecord:
    field = node.fields("url", "checked_on", may=("removed_on", "reason"))
    removed_on = optional(field["removed_on"], field["removed_on"].day) if "removed_on" in field else None
    reason = optional(field["reason"], field["reason"].text) if "reason" in field else None
    if (removed_on is None) != (reason is None):
        raise node.refuse("« removed_on » et « reason » ensemble, ou ni l’un ni l’autre")
    checked_on = field["checked_on"].day()
    if removed_on is not None and removed_on < checked_on:
        raise field["removed_on"].refuse(f"un jour à partir du {checked_on}")
    return LinkRecord(_url(field["url"]), checked_on, removed_on, reason)


def _url(node: Node) -> str:
    url = node.text()
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise node.refuse(_FORM) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or " " in url:
        raise node.refuse(_FORM)
    return url
