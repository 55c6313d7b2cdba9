"""Find versions and read what is frozen with them; `registering` enters them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, exists, select
from sqlalchemy.orm import Session, make_transient_to_detached, undefer
from sqlalchemy.orm.attributes import set_committed_value

from cgu_archive.corpus import loader
from cgu_archive.corpus import reading as corpus_reading
from cgu_archive.corpus.comparison import Side
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.model import Address, Metadata, NewVersion, Service
from cgu_archive.corpus.rules import Rule
from kiosk.db import table
from kiosk.texts.errors import (
    FrozenMetadataError,
    UnknownVersionError,
)
from kiosk.texts.kept import Kept
from kiosk.texts.models import CancelledVersion, LinkAct, PublishedVersion

_METADATA: Kept[str, Metadata] = Kept(500)
_ASKING: Kept[str, int | None] = Kept(500)
_VERSION = table(PublishedVersion).c
_LINKS = table(LinkAct).c
_KNOWN = [column for column in _VERSION if column.name != "text"]
_HELD = "versions"
"""Where a connection keeps the versions that it read: they never change, in that database."""
_CANCELLED = table(CancelledVersion).c


def is_cancelled(version_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return what tells, in a query, whether a version was cancelled before it took effect."""
    return exists().where(_CANCELLED.version_id == version_id)


def current_id(service: ColumnElement[str], terms: ColumnElement[str]) -> ScalarSelect[int]:
    """Return what asks, in a query with an instant ``at``, for the version to read of a document."""
    return (
        select(_VERSION.id)
        .where(
            _VERSION.service == service,
            _VERSION.terms == terms,
            _VERSION.effective_at.is_(None) | (_VERSION.effective_at <= bindparam("at")),
            ~is_cancelled(_VERSION.id),
        )
        .order_by(_VERSION.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )


def link_standing(service: ColumnElement[str]) -> ScalarSelect[str]:
    """Return what asks, in a query, how the links out of the texts of a service stand."""
    here = _LINKS.service == service
    return select(_LINKS.standing).where(here).order_by(_LINKS.number.desc()).limit(1).scalar_subquery()


_CURRENT = select(PublishedVersion).where(
    PublishedVersion.id == current_id(bindparam("service"), bindparam("terms"))
)
"""Written once: every page asks it, and writing a query takes longer than PostgreSQL takes to answer it."""


def load_services(texts_dir: Path) -> Mapping[str, Service]:
    """Return the services described in `texts_dir`, by slug; raises `InvalidCorpusError`."""
    return {service.slug: service for service in loader.load(texts_dir).services}


def current(session: Session, service: str, terms: str, at: datetime) -> PublishedVersion | None:
    """Return the version to read at `at`: the one in force, else the last known, if any."""
    return session.scalar(_CURRENT, {"service": service, "terms": terms, "at": at})


def upcoming(session: Session, service: str, terms: str, at: datetime) -> PublishedVersion | None:
    """Return the next version to take effect after `at`, if one is published."""
    return session.scalar(
        _lasting(service, terms)
        .where(PublishedVersion.effective_at > at)
        .order_by(PublishedVersion.effective_at, PublishedVersion.sequence)
        .limit(1)
    )


def history(session: Session, service: str, terms: str, *, texts: bool = False) -> list[PublishedVersion]:
    """Return every version of a document, oldest first, those cancelled among them.

    With `texts`, their texts come in the same query.
    """
    wanted = _entered(service, terms).order_by(PublishedVersion.sequence)
    return list(session.scalars(wanted.options(undefer(PublishedVersion.text)) if texts else wanted))


def has_others(session: Session, version: PublishedVersion) -> bool:
    """Whether the document of `version` has another version to compare it with."""
    wanted = select(PublishedVersion.id).where(
        PublishedVersion.service == version.service,
        PublishedVersion.terms == version.terms,
        PublishedVersion.id != version.id,
    )
    return session.scalar(wanted.limit(1)) is not None


def side(version: PublishedVersion) -> Side:
    """Return what a comparison says of `version` besides its text."""
    return Side.of(version.text_hash, metadata(version))


def sides_before(session: Session, new: PublishedVersion, old: PublishedVersion) -> tuple[Side, ...]:
    """Return the versions published before `new`, but for `old`: a text that comes back is told."""
    wanted = (
        select(PublishedVersion.text_hash, PublishedVersion.label)
        .where(
            PublishedVersion.service == new.service,
            PublishedVersion.terms == new.terms,
            PublishedVersion.sequence < new.sequence,
            PublishedVersion.id != old.id,
            ~is_cancelled(_VERSION.id),
        )
        .order_by(PublishedVersion.sequence)
    )
    return tuple(Side(text_hash, label) for text_hash, label in session.execute(wanted))


def steps(session: Session, old: PublishedVersion, new: PublishedVersion) -> list[PublishedVersion]:
    """Return the versions that came after `old`, up to `new`, oldest first."""
    wanted = _lasting(new.service, new.terms).where(
        PublishedVersion.sequence > old.sequence, PublishedVersion.sequence <= new.sequence
    )
    return list(session.scalars(wanted.order_by(PublishedVersion.sequence)))


def get(session: Session, version_id: int) -> PublishedVersion:
    """Return a version by its identifier; raises `UnknownVersionError`."""
    version = session.get(PublishedVersion, version_id)
    if version is None:
        raise UnknownVersionError(f"Aucune version n° {version_id}.")
    return version


def held(session: Session, version_id: int, link_standing: str | None) -> PublishedVersion:
    """Return a version that is known to be there, asked of the database once for each connection.

    How its links stand may change: the caller read it at the same time as `version_id`.
    """
    kept: dict[int, PublishedVersion] = session.connection().info.setdefault(_HELD, {})
    if version_id not in kept:
        row = session.execute(select(*_KNOWN).where(_VERSION.id == version_id)).one()
        kept[version_id] = PublishedVersion(**row._mapping)
        make_transient_to_detached(kept[version_id])
    found = session.merge(kept[version_id], load=False)
    set_committed_value(found, "link_standing", link_standing)
    return found


def by_address(session: Session, address: Address) -> PublishedVersion:
    """Return a version by its address; raises `UnknownVersionError`."""
    version = at_address(session, address)
    if version is None:
        raise UnknownVersionError(f"« {address} » n’est pas publiée dans ce kiosque.")
    return version


def newest(session: Session, service: str, terms: str) -> PublishedVersion | None:
    """Return the version of a document that was published last and not cancelled, if any."""
    return session.scalar(_lasting(service, terms).order_by(PublishedVersion.sequence.desc()).limit(1))


def former(session: Session, version: PublishedVersion) -> PublishedVersion | None:
    """Return the version published before `version` and not cancelled, if any."""
    before = _lasting(version.service, version.terms).where(PublishedVersion.sequence < version.sequence)
    return session.scalar(before.order_by(PublishedVersion.sequence.desc()).limit(1))


def correction(session: Session, version: PublishedVersion, at: datetime) -> PublishedVersion | None:
    """Return the version, in effect at `at`, that was published to correct an error of `version`, if any."""
    since = _lasting(version.service, version.terms).where(
        PublishedVersion.sequence > version.sequence, PublishedVersion.effective_at <= at
    )
    found = session.scalars(since.order_by(PublishedVersion.sequence))
    return next((one for one in found if metadata(one).corrects == version.slug), None)


def last_asking(session: Session, version: PublishedVersion) -> int | None:
    """Return the last version, `version` or before it, that asks people to accept again, if any.

    Asked of the database once for each version that is online.
    """
    return _ASKING.get(version.statement_hash, lambda: _last_asking(session, version))


def _last_asking(session: Session, version: PublishedVersion) -> int | None:
    before = _lasting(version.service, version.terms).where(PublishedVersion.sequence <= version.sequence)
    newest_first = session.scalars(before.order_by(PublishedVersion.sequence.desc()))
    return next((one.id for one in newest_first if metadata(one).asks is NewVersion.ACCEPT), None)


def cancellations(session: Session, versions: Iterable[PublishedVersion]) -> dict[int, CancelledVersion]:
    """Return the cancellations of those of `versions` that will not take effect, by identifier."""
    wanted = select(CancelledVersion).where(CancelledVersion.version_id.in_([one.id for one in versions]))
    return {one.version_id: one for one in session.scalars(wanted)}


def address(version: PublishedVersion) -> Address:
    """Return where a version is found: ``soffi/cgu/sans-date-1``."""
    return Address(version.service, version.terms, version.slug)


def metadata(version: PublishedVersion) -> Metadata:
    """Return the metadata frozen with a version; raises `FrozenMetadataError`."""
    return _METADATA.get(version.metadata_hash, lambda: _frozen(version.contractual))


def _frozen(contractual: bytes) -> Metadata:
    try:
        return corpus_reading.frozen(contractual)
    except InvalidCorpusError as error:
        raise FrozenMetadataError(f"frozen metadata: {error}") from error


def rules(version: PublishedVersion) -> tuple[Rule, ...]:
    """Return the rules a version promises."""
    return metadata(version).rules


def reason(version: PublishedVersion) -> str | None:
    """Return why a version was made, as its publisher says."""
    return metadata(version).reason


def _entered(service: str, terms: str) -> Select[PublishedVersion]:
    return select(PublishedVersion).where(
        PublishedVersion.service == service, PublishedVersion.terms == terms
    )


def _lasting(service: str, terms: str) -> Select[PublishedVersion]:
    """Return what asks for the versions of a document that were not cancelled."""
    return _entered(service, terms).where(~is_cancelled(_VERSION.id))


def at_address(session: Session, here: Address) -> PublishedVersion | None:
    """Return the version at an address, if one is registered."""
    return session.scalar(_entered(here.service, here.terms).where(PublishedVersion.slug == here.slug))
