"""The bytes of the files that go along with texts: kept once each, by their hash, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import loader
from cgu_archive.corpus.attachments import Attachment
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Metadata, Version
from kiosk.texts.errors import LostAttachmentError, PublicationRefusedError
from kiosk.texts.models import AttachedFile


def keep(session: Session, content: bytes, at: datetime) -> str:
    """Keep `content` unless it is kept already; returns its SHA-256. The caller commits."""
    digest = text_hash(content)
    if digest not in _held(session, (digest,)):
        try:
            with session.begin_nested():
                session.add(AttachedFile(hash=digest, size=len(content), content=content, at=at))
        except IntegrityError:  # somebody kept the same bytes at the same instant
            if digest not in _held(session, (digest,)):
                raise
    return digest


def keep_all(session: Session, version: Version, at: datetime) -> None:
    """Keep the attachments of a version that is about to be registered, from the folder it was read from.

    Those of a draft of the legal desk are kept already. Raises `PublicationRefusedError` for one that is not
    there, or is not the one that its metadata announce.
    """
    where = dict(zip(version.metadata.attachments, version.attached, strict=False))
    for one in missing(session, version.metadata.attachments):
        if one not in where:
            raise PublicationRefusedError(
                f"{version.address} : le contenu de la pièce jointe « {one.name} » n’est pas conservé ici."
            )
        try:
            keep(session, loader.attachment(where[one], one), at)
        except InvalidCorpusError as error:
            raise PublicationRefusedError(str(error)) from error


def missing(session: Session, announced: Sequence[Attachment]) -> list[Attachment]:
    """Return those of `announced` whose bytes are not kept; asks the database nothing for none at all."""
    held = _held(session, [one.sha256 for one in announced]) if announced else set()
    return [one for one in announced if one.sha256 not in held]


def content(session: Session, sha256: str) -> bytes:
    """Return the bytes of this hash. Raises `LostAttachmentError` when they are not there any more."""
    found = session.scalar(select(AttachedFile.content).where(AttachedFile.hash == sha256))
    if found is None or text_hash(found) != sha256:
        raise LostAttachmentError(f"Pièce jointe d’empreinte {sha256} : son contenu n’est plus conservé ici.")
    return bytes(found)


def contents(session: Session, metadata: Metadata) -> Mapping[str, bytes]:
    """Return the bytes of the attachments of a version, by name. Raises `LostAttachmentError`."""
    return {one.name: content(session, one.sha256) for one in metadata.attachments}


def named(metadata: Metadata, name: str) -> Attachment | None:
    """Return the attachment of this name; None when the version has no such one."""
    return next((one for one in metadata.attachments if one.name == name), None)


def _held(session: Session, hashes: Iterable[str]) -> set[str]:
    return set(session.scalars(select(AttachedFile.hash).where(AttachedFile.hash.in_(set(hashes)))))
