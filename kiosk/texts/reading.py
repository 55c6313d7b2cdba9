"""A published version as people read it: HTML, contents, PDF, Word."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.orm import Session

from cgu_archive.corpus import provisions
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Service, Terms, Version
from cgu_archive.pdf import version_pdf
from cgu_archive.rendering import Contents, LinkPolicy, contents, text_to_html
from cgu_archive.word import version_docx
from kiosk.texts import links, services
from kiosk.texts.kept import Kept
from kiosk.texts.models import PublishedVersion

_KEPT = 64
_NAMED = 16
_HTML: Kept[tuple[str, LinkPolicy], Markup] = Kept(_KEPT)
_CONTENTS: Kept[str, tuple[Contents, ...]] = Kept(_KEPT)


def text_html(service: Service, version: PublishedVersion) -> Markup:
    """Return the whole text as HTML, with only the links that its service and its register allow."""
    allowed = links.policy(service, version)
    return _HTML.get((version.text_hash, allowed), lambda: _html(version.text, allowed))


def text_contents(version: PublishedVersion) -> tuple[Contents, ...]:
    """Return the titled provisions of the text."""
    return _CONTENTS.get(version.text_hash, lambda: contents(provisions.read(version.text)))


def _html(text: bytes, allowed: LinkPolicy) -> Markup:
    return Markup(text_to_html(provisions.read(text), allowed))  # noqa: S704 - escaped by the renderer


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
    """Return the PDF of a version: made once, kept in the folder `kept` by its hashes, then served.

    It is made again, with the same words, when a link out of its service was removed: the law has that link
    off every copy (requirement M-31). Where nothing can be read or written there, it is made each time.
    """
    removed = links.within(row, links.policy(service, row).removed)
    without = f"-{text_hash(' '.join(removed).encode())[:_NAMED]}" if removed else ""
    file = kept / f"{mode}-{row.text_hash}-{row.metadata_hash}{without}.pdf"
    with suppress(OSError):
        return file.read_bytes()
    versions = tuple(
        frozen_version(one) for one in services.history(session, row.service, row.terms, texts=True)
    )
    made = version_pdf(
        links.as_left(service, row),
        Terms(terms.slug, terms.title, versions),
        frozen_version(row),
        mode=mode,
        at=row.registered_at,
        permalink=permalink,
    )
    with suppress(OSError):
        _keep(file, made)
    return made


def docx(service: Service, terms: Terms, row: PublishedVersion, *, mode: str, permalink: str) -> bytes:
    """Return a version as a Word document: quickly made, so never kept."""
    return version_docx(
        links.as_left(service, row), terms, frozen_version(row), mode=mode, permalink=permalink
    )


def _keep(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all; raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        draft.write_bytes(content)
        os.replace(draft, file)  # noqa: PTH105 - atomic, and says so
    finally:
        draft.unlink(missing_ok=True)
