"""Accept a version before its date (requirement O-57): published, to come, and binding from its date on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.model import Address
from kiosk.acceptance.asking import Asked
from kiosk.acceptance.errors import NotDecidableError
from kiosk.acceptance.policy import ENDING, Kind, answer_early
from kiosk.texts import services as texts
from kiosk.texts.errors import UnknownVersionError


def to_come(session: Session, asked: Asked, slug: str, at: datetime) -> Asked:
    """Return `asked` about the version `slug` when that one is published and to come; else `asked` itself."""
    here = asked.answer.document
    if asked.version and asked.version.slug == slug:
        return asked
    try:
        found = texts.by_address(session, Address(here.service, here.terms, slug))
    except UnknownVersionError:
        return asked
    replaced = asked.version is not None and found.id < asked.version.id
    if replaced or found.effective_at is None or found.effective_at <= at:
        return asked
    if texts.cancellations(session, [found]):
        return asked
    return replace(asked, version=found, answer=answer_early(here, found.id, at))


def under_box(
    session: Session, asked: Sequence[Asked], wanted: Mapping[str, str], at: datetime
) -> list[Asked]:
    """Return the documents under one box, those in `wanted` at the version to come that it names.

    What is in force comes first: while some of it waits for a decision, nothing to come is decided with it.
    """
    if len(asked) > 1 and any(one.answer.pending for one in asked):
        return list(asked)
    slugs = [wanted.get(one.answer.document.terms) for one in asked]
    return [to_come(session, one, slug, at) if slug else one for one, slug in zip(asked, slugs, strict=True)]


def effective_at(asked: Asked, at: datetime) -> datetime | None:
    """Return when the version of `asked` takes effect, when that is still to come."""
    version = asked.version
    later = version is not None and version.effective_at is not None and version.effective_at > at
    return version.effective_at if version is not None and later else None


def refuse_closed(asked: Asked, kind: Kind, at: datetime) -> None:
    """Raise `NotDecidableError` for anything but accepting or refusing a version to come."""
    if kind in (Kind.DEFERRED, *ENDING) and effective_at(asked, at) is not None:
        raise NotDecidableError(kind.value)
