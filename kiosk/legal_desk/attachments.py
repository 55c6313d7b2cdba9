"""The attachments of a draft: what adding, renaming and removing one makes of its content."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.attachments import MAX_COUNT, MAX_TITLE, MAX_TOTAL, Attachment
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Metadata
from kiosk.legal_desk import attachment_formats
from kiosk.legal_desk.acts import undrawn
from kiosk.legal_desk.drafts import Content
from kiosk.legal_desk.errors import RefusedError
from kiosk.texts import attachments as kept

JOINED = "Pièce jointe ajoutée\u00a0: {title} ({name})."
RETITLED = "Titre d’une pièce jointe changé\u00a0: {title} ({name})."
REMOVED = "Pièce jointe retirée ({name})."
"""What the team reads of each change."""
_NOT_THERE = "Cette pièce jointe n’est pas dans ce brouillon, ou n’y est plus\u00a0: relisez sa page."


def one_line(title: str) -> str:
    """Return a title as it is kept: on one line, single spaces."""
    return " ".join(title.split())


def made(typed: str, title: str, content: bytes) -> Attachment:
    """Return what is said of a file sent under the name `typed`; raises `RefusedError`."""
    refuse_title(title)
    name = attachment_formats.named(typed, content)
    return Attachment(name, title, attachment_formats.media_type(name), len(content), text_hash(content))


def with_one(held: Content, one: Attachment, *, instead: bool) -> Content:
    """Return `held` with an attachment more, in the place of the one of that name where `instead` asks it.

    Raises `RefusedError` when that name or those bytes are there already, or it would be one too many.
    """
    known = held.metadata.attachments
    same = next((other for other in known if other.name == one.name), None)
    twin = next((other for other in known if other.sha256 == one.sha256 and other is not same), None)
    if twin is not None:
        raise RefusedError(f"Ce fichier est déjà joint, sous le nom «\u00a0{twin.name}\u00a0».")
    if same is not None and not instead:
        raise RefusedError(
            f"Une pièce jointe porte déjà le nom «\u00a0{one.name}\u00a0». Cochez"
            " «\u00a0Remplacer\u00a0», ou renommez-le."
        )
    after = [one if other is same else other for other in known] if same else [*known, one]
    if len(after) > MAX_COUNT:
        raise RefusedError(f"Une version a {MAX_COUNT} pièces jointes au plus\u00a0: retirez-en une.")
    if sum(other.size for other in after) > MAX_TOTAL:
        raise RefusedError(
            f"Les pièces jointes d’une version font {MAX_TOTAL // 1024**2} Mio au plus en"
            " tout\u00a0: allégez-les."
        )
    return _with(held, after)


def renamed(held: Content, name: str, title: str) -> Content:
    """Return `held` where the attachment `name` has another title; raises `RefusedError`."""
    refuse_title(title)
    found = _one(held.metadata, name)
    changed = replace(found, title=title)
    return _with(held, [changed if one is found else one for one in held.metadata.attachments])


def without(held: Content, name: str) -> Content:
    """Return `held` without the attachment `name`; raises `RefusedError`."""
    found = _one(held.metadata, name)
    return _with(held, [one for one in held.metadata.attachments if one is not found])


def keep(session: Session, content: bytes, at: datetime) -> None:
    """Keep the bytes of an attachment, in the transaction of the state that names it."""
    kept.keep(session, content, at)


def _one(metadata: Metadata, name: str) -> Attachment:
    found = kept.named(metadata, name)
    if found is None:
        raise RefusedError(_NOT_THERE)
    return found


def _with(held: Content, after: list[Attachment]) -> Content:
    return replace(held, metadata=replace(held.metadata, attachments=tuple(after)))


def refuse_title(title: str) -> None:
    """Raise `RefusedError` for a title that people could not read."""
    if not title:
        raise RefusedError("Donnez un titre\u00a0: c’est ce que les gens liront.")
    if len(title) > MAX_TITLE or not title.isprintable():
        raise RefusedError(f"Il faut au plus {MAX_TITLE} caractères, sans caractère invisible.")
    if sign := undrawn(title):
        raise RefusedError(sign)
