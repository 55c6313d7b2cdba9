"""The corpus for machines: every service, document and published version, as one JSON value."""

from __future__ import annotations

from datetime import UTC, datetime

from cgu_archive.corpus import provisions, timeline
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Corpus, Service, Terms, Version
from cgu_archive.corpus.timeline import InForce, Unknown

FORMAT = "cgu-manifest/1"


def manifest(corpus: Corpus, at: datetime) -> dict[str, Json]:
    """Return what is published in `corpus`, with standings at the instant `at`; drafts stay private."""
    return {
        "format": FORMAT,
        "at": _instant(at),
        "publishers": [
            {"slug": p.slug, "name": p.name, "title": p.title, "public": p.public} for p in corpus.publishers
        ],
        "services": [_service(service, at) for service in corpus.services],
    }


def entry(terms: Terms, version: Version, at: datetime) -> dict[str, Json]:
    """Return what the manifest says of `version` among `terms` at the instant `at`."""
    metadata = version.metadata
    return {
        "address": str(version.address),
        "label": metadata.label,
        "standing": timeline.standing(terms, version, at).value,
        "origin": metadata.origin.value,
        "declared_on": None if metadata.declared_on is None else str(metadata.declared_on),
        "approved_on": None if metadata.approved_on is None else metadata.approved_on.isoformat(),
        "published_at": _instant(metadata.published_at),
        "effective_at": _instant(metadata.effective_at),
        "required_at": _instant(metadata.required_at),
        "archived_on": None if metadata.archived_on is None else metadata.archived_on.isoformat(),
        "text_hash": version.text_hash,
        "metadata_hash": version.metadata_hash,
        "metadata": metadata.contractual(),
        "provisions": _addresses(version),
    } | _cancelled(version)


def _cancelled(version: Version) -> dict[str, Json]:
    """Return when and why a version was cancelled; nothing of any other."""
    if version.cancellation is None:
        return {}
    return {"cancelled": {"at": _instant(version.cancellation.at), "reason": version.cancellation.reason}}


def _service(service: Service, at: datetime) -> dict[str, Json]:
    return {
        "slug": service.slug,
        "name": service.name,
        "title": service.title,
        "fictional": service.fictional,
        "publisher": service.publisher.slug,
        "requires": list(service.requires),
        "notices": list(service.notices),
        "known_not_held": list(service.known_not_held),
        "named_without_text": list(service.acceptance.named_without_text),
        "terms": [_terms(terms, at) for terms in service.terms],
    }


def _terms(terms: Terms, at: datetime) -> dict[str, Json]:
    """Return a document; `in_force` says when nobody knows, and `last_known` what may apply then."""
    in_force: str | None = None
    last_known: str | None = None
    match timeline.in_force(terms, at):
        case InForce(version):
            in_force = str(version.address)
        case Unknown(version):
            last_known = str(version.address)
    return {
        "slug": terms.slug,
        "title": terms.title,
        "in_force": in_force,
        "last_known": last_known,
        "versions": [entry(terms, version, at) for version in terms.published],
    }


def _addresses(version: Version) -> list[str]:
    """Return the addresses of the provisions of `version`, none when its text cannot be read."""
    try:
        return [provision.address for provision in provisions.read(version.text).walk()]
    except UnreadableTextError:
        return []


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
