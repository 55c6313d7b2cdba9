"""A published version as people read it: HTML, contents, PDF."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Service, Terms, Version
from cgu_archive.pdf import version_pdf
from cgu_archive.rendering import Contents, LinkPolicy, contents, text_to_html
from kiosk.texts import services
from kiosk.texts.models import PublishedVersion

_KEPT = 64


def text_html(service: Service, version: PublishedVersion) -> Markup:
    """Return the whole text as HTML, with only the links that the service's policy allows."""
    return _html(version.text, service.unlinked_hosts)


def text_contents(version: PublishedVersion) -> tuple[Contents, ...]:
    """Return the titled provisions of the text."""
    return _contents(version.text)


@lru_cache(maxsize=_KEPT)
def _html(text: bytes, unlinked_hosts: tuple[str, ...]) -> Markup:
    tree = provisions.read(text)
    return Markup(text_to_html(tree, LinkPolicy(unlinked_hosts)))  # noqa: S704 - escaped by the renderer


@lru_cache(maxsize=_KEPT)
def _contents(text: bytes) -> tuple[Contents, ...]:
    return contents(provisions.read(text))


def frozen_version(row: PublishedVersion) -> Version:
    """Return a registered version as the archive knows it."""
    return Version(
        address=services.address(row),
        text=row.text,
        metadata=services.metadata(row),
        text_hash=row.text_hash,
        metadata_hash=row.metadata_hash,
        written_text_hash=row.text_hash,
        written_metadata_hash=row.metadata_hash,
        published=True,
    )


def pdf(
    session: Session,
    service: Service,
    terms: Terms,
    row: PublishedVersion,
    *,
    mode: str,
    permalink: str,
    kept: Path,
) -> bytes:
    """Return the PDF of a version: made once, kept in the folder `kept` by its hashes, then served."""
    file = kept / f"{mode}-{row.text_hash}-{row.metadata_hash}.pdf"
    try:
        return file.read_bytes()
    except FileNotFoundError:
        pass
    versions = tuple(frozen_version(one) for one in services.history(session, row.service, row.terms))
    made = version_pdf(
        service,
        Terms(terms.slug, terms.title, versions),
        frozen_version(row),
        mode=mode,
        at=row.registered_at,
        permalink=permalink,
    )
    kept.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    draft.write_bytes(made)
    os.replace(draft, file)  # noqa: PTH105 - atomic, and says so
    return made
