"""Atom feeds: every new version, of one service or of all, announced without an account or an address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from cgu_archive.corpus.dates import start_of_day
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.model import Archive, Held
from cgu_archive.rendering import words

_ATOM = "http://www.w3.org/2005/Atom"


def feeds(archive: Archive) -> dict[str, bytes]:
    """Return the Atom feeds (RFC 4287) by address: one per service, and one of everything."""
    held = tuple(entries.held(archive.corpus))
    found = {
        addresses.feed(service): _feed(
            archive,
            addresses.feed(service),
            words.french(f"{service.name} : nouvelles versions"),
            addresses.service(service),
            (one for one in held if one.service == service),
            f"{service.publisher.slug}/{service.slug}",
        )
        for service in archive.corpus.services
    }
    title = words.french("Archive des CGU : nouvelles versions")
    found[addresses.FEED] = _feed(archive, addresses.FEED, title, addresses.HOME, held, "")
    return found


def document(root: ET.Element) -> bytes:
    """Return the XML document of `root`, indented."""
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body + b"\n"


def entered_at(held: Held) -> datetime | None:
    """Return when a version was published, else when it entered the archive; None when neither is known."""
    metadata = held.version.metadata
    if metadata.published_at is not None:
        return metadata.published_at
    return start_of_day(metadata.archived_on) if metadata.archived_on else None


def _feed(
    archive: Archive, address: str, title: str, page: str, held: Iterable[Held], identity: str
) -> bytes:
    dated = [(entered_at(one) or archive.at, one) for one in held]
    dated.sort(key=lambda pair: (pair[0], str(pair[1].version.address)), reverse=True)
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "fr"})
    _add(root, "id", uuid5(NAMESPACE_URL, f"cgu-archive:feed:{identity}").urn)
    _add(root, "title", title)
    _add(root, "subtitle", " ".join(words.general_banners(archive.mode)) or "Archive de l’éditeur.")
    _add(root, "updated", _instant(dated[0][0] if dated else archive.at))
    ET.SubElement(_add(root, "author", ""), "name").text = "Archive des CGU"
    _link(root, archive, "self", address, address, "application/atom+xml")
    _link(root, archive, "alternate", page, address, "text/html")
    for at, one in dated:
        _entry(root, archive, address, at, one)
    return document(root)


def _entry(root: ET.Element, archive: Archive, feed: str, at: datetime, held: Held) -> None:
    service, version = held.service, held.version
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", uuid5(NAMESPACE_URL, f"cgu-archive:{version.address}:{version.text_hash}").urn)
    said = f"{words.name(version)} (annulée avant effet)" if version.cancellation else words.name(version)
    _add(entry, "title", words.french(f"{service.name} : {said}"))
    _add(entry, "updated", _instant(version.cancellation.at if version.cancellation else at))
    _add(entry, "published", _instant(at))
    ET.SubElement(_add(entry, "author", ""), "name").text = service.publisher.name
    _link(entry, archive, "alternate", addresses.version(version.address), feed, "text/html")
    _link(entry, archive, "enclosure", addresses.pdf(version.address), feed, "application/pdf")
    _add(entry, "summary", _summary(held))


def _summary(held: Held) -> str:
    service, metadata = held.service, held.version.metadata
    parts = ["Service imaginaire."] if service.fictional else []
    parts.append(f"Motif : {metadata.reason or words.UNKNOWN}")
    cancellation = held.version.cancellation
    if cancellation is not None:
        parts.append(f"Annulée avant effet le {words.instant(cancellation.at)} : {cancellation.reason}")
    elif metadata.effective_at is not None:
        parts.append(f"Prise d’effet : {words.instant(metadata.effective_at)}.")
    if metadata.summary:
        parts.append(f"{words.SUMMARY} : {metadata.summary}")
    parts.append(f"Empreinte SHA-256 : {held.version.text_hash}")
    return words.french(" ".join(parts))


def _link(parent: ET.Element, archive: Archive, rel: str, target: str, feed: str, kind: str) -> None:
    """Add a link, absolute when the site's own address is known, else relative to the feed."""
    href = archive.permanent(target) or addresses.relative(target, feed)
    ET.SubElement(parent, "link", {"rel": rel, "type": kind, "href": href})


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    if text:
        element.text = text
    return element


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
