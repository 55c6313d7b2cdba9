"""Small corpora for tests: in memory, or as files in a folder. Each test names only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from cgu_archive.corpus import attachments, fields, freezing, loader, reading, writing
from cgu_archive.corpus.attachments import Attachment
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Metadata, Origin, Service, Terms, Version
from cgu_archive.corpus.reading import MAY_SAY
from cgu_archive.corpus.register import Entry
from cgu_archive.corpus.rules import Rule, RuleKind

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
TEXT = "# Conditions\n\n## Article 1 – Objet\n\nLe service est gratuit.\n"


def a_metadata(**changes: Any) -> Metadata:
    """Return the metadata of a version put online here on 5 January 2026."""
    values: dict[str, Any] = {
        "label": None,
        "origin": Origin.PUBLICATION,
        "declared_on": None,
        "approved_on": None,
        "published_at": AT,
        "effective_on": None,
        "required_on": None,
        "archived_on": date(2026, 1, 5),
        "approval": None,
        "homologation": None,
        "reason": "Ouverture du service.",
        "reason_kind": "other",
        "summary": None,
        "corrects": None,
        "source": None,
        "transcription": 1,
        "rules": (),
    }
    return Metadata(**(values | changes))


def an_attachment(
    name: str = "tarifs.pdf", title: str = "Tarifs", content: bytes = b"%PDF-1.7"
) -> Attachment:
    """Return what is frozen of an attachment that holds `content`."""
    media_type = attachments.FORMATS[attachments.suffix(name)].media_type
    return Attachment(name, title, media_type, len(content), text_hash(content))


def beside(*contents: tuple[Attachment, bytes]) -> dict[str, bytes]:
    """Return the files of attachments, as `write_draft` wants them."""
    return {f"{attachments.FOLDER}/{one.name}": content for one, content in contents}


def an_accession(**changes: Any) -> Metadata:
    """Return the metadata of a version received from elsewhere."""
    return a_metadata(**({"origin": Origin.ACCESSION, "published_at": None, "reason_kind": None} | changes))


def a_rule(**changes: Any) -> Rule:
    """Return a rule that `TEXT` promises."""
    values: dict[str, Any] = {
        "id": "gate",
        "kind": RuleKind.GATE,
        "value": True,
        "at": "article-1",
        "quote": "Le service est gratuit.",
    }
    return Rule(**(values | changes))


def a_version(
    address: str = "mairie/cgu/v1",
    text: str | bytes = TEXT,
    metadata: Metadata | None = None,
    *,
    published: bool = True,
    **changes: Any,
) -> Version:
    """Return a version in memory, frozen when it is published."""
    raw = text.encode() if isinstance(text, str) else text
    frozen = a_metadata() if metadata is None else metadata
    hashes = (text_hash(raw), metadata_hash(frozen.contractual()))
    values: dict[str, Any] = {
        "address": Address.parse(address),
        "text": raw,
        "metadata": frozen,
        "text_hash": hashes[0],
        "metadata_hash": hashes[1],
        "written_text_hash": hashes[0] if published else None,
        "written_metadata_hash": hashes[1] if published else None,
        "published": published,
    }
    return Version(**(values | changes))


def a_draft(address: str = "mairie/cgu/v2", text: str | bytes = TEXT, **changes: Any) -> Version:
    """Return a draft in memory."""
    changes = {"published_at": None, "archived_on": None} | changes
    return a_version(address, text, a_metadata(**changes), published=False)


def a_document(*versions: Version, slug: str = "cgu") -> Terms:
    """Return a document made of `versions`, published ones first."""
    return Terms(slug, "Conditions générales d’utilisation de Mairie", versions)


def a_service(slug: str = "mairie", *versions: Version, **changes: Any) -> Service:
    """Return the service `slug` with one document; `changes` are keys of its `service.yml`."""
    raw = yaml.safe_dump(service_yml(**changes), sort_keys=False, allow_unicode=True).encode()
    held = {"cgu": a_document(*versions)}
    service, findings = fields.load("service.yml", raw, lambda root: reading.service(slug, held, root))
    assert service is not None, findings
    return service


def a_corpus(*services: Service) -> Corpus:
    """Return a corpus whose register lists every published version, in order."""
    versions = [version for _, _, version in Corpus(services).versions() if version.published]
    return Corpus(services, "".join(entry(version).line() for version in versions).encode())


def entry(version: Version) -> Entry:
    """Return the line of the register that publishes `version`."""
    return Entry(version.address, version.text_hash, version.metadata_hash)


def service_yml(**changes: Any) -> dict[str, Any]:
    """Return the content of a valid `service.yml`, with `changes` at its first level."""
    content: dict[str, Any] = {
        "format": "cgu-service/1",
        "name": "Mairie",
        "title": "Mairie en ligne",
        "fictional": True,
        "publisher": {"slug": "ville", "name": "Ville", "title": "Ville imaginaire", "public": True},
        "terms": {"cgu": {"title": "Conditions générales d’utilisation de Mairie"}},
        "requires": [],
        "contacts": {"assistance": None, "incident": None, "data_protection": None, "contact": None},
        "support_hours": None,
        "links": {"privacy": {"label": "Vie privée", "url": "https://ville.invalid/"}, "site": None},
        "notices": [],
        "publisher_notices": [],
        "unlinked_hosts": [],
        "law": {"applicable": "droit français", "court": None},
        "profiles": [],
        "fields": {},
        "signup_steps": ["address", "verification", "password", "acceptance"],
        "account_opens": "before-acceptance",
        "acceptance": an_acceptance(),
        "solutions": [],
        "known_not_held": [],
        "review_notes": [],
    }
    unknown = changes.keys() - content.keys() - set(MAY_SAY)
    assert not unknown, f"no such key: {unknown}"
    return content | changes


def an_acceptance(**changes: Any) -> dict[str, Any]:
    """Return the `acceptance` of a valid `service.yml`."""
    content: dict[str, Any] = {
        "box": "J’accepte sans réserve les conditions générales d’utilisation de {service} ({version}).",
        "statements": [],
        "named_without_text": [],
        "refusal": "article 1",
        "refusal_note": None,
        "on_behalf_of_organisation": False,
        "new_version": "accept",
    }
    return content | changes


def write_service(root: Path, slug: str = "mairie", **changes: Any) -> Path:
    """Write the `service.yml` of `slug` under `root` and return its folder."""
    folder = root / slug
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(service_yml(**changes), sort_keys=False, allow_unicode=True)
    (folder / "service.yml").write_text(text, encoding="utf-8")
    return folder


def write_draft(
    root: Path,
    address: str = "mairie/cgu/v1",
    text: str | bytes = TEXT,
    metadata: Metadata | None = None,
    *,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a draft under `root`, with `files` beside it, and return its folder."""
    folder = root / address
    folder.mkdir(parents=True)
    draft = a_metadata(published_at=None, archived_on=None) if metadata is None else metadata
    raw = text.encode() if isinstance(text, str) else text
    (folder / loader.text_name(draft.transcription)).write_bytes(raw)
    (folder / "version.yml").write_bytes(writing.version_yml(draft, None, None))
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_published(
    root: Path,
    address: str = "mairie/cgu/v1",
    text: str | bytes = TEXT,
    *,
    at: datetime = AT,
    metadata: Metadata | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Version:
    """Publish a version under `root` at the instant `at` and return it; its service must be there."""
    write_draft(root, address, text, metadata, files=files)
    return freezing.freeze(root, address, at=at)
