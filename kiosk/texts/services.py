"""Publish, register and find versions. A publication is one transaction; its files are made afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, make_transient_to_detached, undefer
from sqlalchemy.orm.attributes import set_committed_value

from cgu_archive.corpus import attachments as files
from cgu_archive.corpus import checks, loader
from cgu_archive.corpus import reading as corpus_reading
from cgu_archive.corpus.comparison import Side
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.hashing import Json, canonical, metadata_hash
from cgu_archive.corpus.model import Address, Corpus, Metadata, NewVersion, Origin, Service, Version
from cgu_archive.corpus.rules import Rule
from kiosk.db import table
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.proof import statement as statements
from kiosk.texts import attachments
from kiosk.texts.errors import (
    FrozenMetadataError,
    PublicationConflictError,
    PublicationRefusedError,
    SyncRefusedError,
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
    version = _at(session, address)
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


def prepare(draft: Version, *, reason: str | None, at: datetime) -> Version:
    """Return the version that publishing `draft` at `at` would make, its metadata frozen.

    Instants of metadata are whole seconds. Raises `PublicationRefusedError`.
    """
    published_at = at.replace(microsecond=0)
    held = draft.metadata
    why = (reason or held.reason or "").strip()
    if not why:
        raise PublicationRefusedError(
            f"{draft.address} : le motif manque. Donnez-le (--reason, ou le champ « reason »)."
        )
    if held.effective_on is not None and held.effective_on < day_in_paris(published_at):
        raise PublicationRefusedError(
            f"{draft.address} : la date d’effet {held.effective_on} est déjà passée."
            " Une version prend effet au plus tôt lors de sa mise en ligne."
        )
    made = replace(
        held,
        origin=Origin.PUBLICATION,
        published_at=published_at,
        archived_on=held.archived_on or day_in_paris(published_at),
        reason=why,
    )
    if (
        made.required_at is not None
        and made.effective_at is not None
        and made.required_at < made.effective_at
    ):
        raise PublicationRefusedError(
            f"{draft.address} : la fin du délai ({held.required_on}) précède la prise d’effet."
        )
    return replace(draft, metadata=made, metadata_hash=metadata_hash(made.contractual()), published=True)


def record_publication(
    session: Session,
    service: Service,
    draft: Version,
    *,
    environment: str,
    reason: str | None,
    at: datetime,
) -> PublishedVersion:
    """Record the publication of `draft`, version and statement; `notices.publication` adds what follows.

    Raises `PublicationRefusedError` when the draft cannot be published as it stands, and
    `PublicationConflictError` when another publication of the document came first.
    """
    return _register(session, examine(session, service, draft, reason=reason, at=at), environment, at)


def examine(
    session: Session, service: Service, draft: Version, *, reason: str | None, at: datetime
) -> Version:
    """Return the version that publishing `draft` at `at` would make; writes nothing.

    Raises `PublicationRefusedError` when it cannot be published as it stands.
    """
    version = prepare(draft, reason=reason, at=at)
    service.document(draft.address.terms)
    if draft.address.service != service.slug:
        raise PublicationRefusedError(f"{draft.address} n’est pas une version de « {service.slug} ».")
    _refuse_repeated(session, version, at)
    findings = checks.errors(checks.candidate(service, version))
    if findings:
        raise PublicationRefusedError("\n".join(str(finding) for finding in findings))
    return version


def sync(session: Session, corpus: Corpus, environment: str, at: datetime) -> list[PublishedVersion]:
    """Register the published versions of `corpus` that the database does not know; returns those.

    Raises `SyncRefusedError` when a file differs from what is registered, or from its own hashes, and when
    a publisher's kiosk is given a fictional service.
    """
    added = []
    for service, _, version in corpus.versions():
        if not version.published:
            continue
        if service.fictional and environment != "demonstration":
            raise SyncRefusedError(
                f"« {service.slug} » est un service imaginaire : retirez-le de ces textes."
            )
        _refuse_altered(version)
        row = _at(session, version.address)
        if row is None:
            added.append(_register(session, version, environment, at))
        elif (row.text_hash, row.metadata_hash) != (version.text_hash, version.metadata_hash):
            raise SyncRefusedError(
                f"{version.address} : les fichiers diffèrent de la version enregistrée"
                f" (texte {row.text_hash}, métadonnées {row.metadata_hash})."
                " Une version publiée ne change jamais : restaurez ses fichiers, publiez-en une nouvelle."
            )
    return added


def _refuse_repeated(session: Session, version: Version, at: datetime) -> None:
    here = version.address
    if _at(session, here) is not None:
        raise PublicationRefusedError(
            f"« {here} » est déjà publiée et ne change plus. Donnez un autre nom à la nouvelle version."
        )
    for held in (newest(session, here.service, here.terms), current(session, here.service, here.terms, at)):
        if held is None or held.text_hash != version.text_hash:
            continue
        if not files.changes(metadata(held).attachments, version.metadata.attachments):
            raise PublicationRefusedError(
                f"« {here} » a exactement le texte de « {address(held)} », et les mêmes pièces jointes :"
                " il n’y a rien à publier."
            )


def _refuse_altered(version: Version) -> None:
    written = (version.written_text_hash, version.written_metadata_hash)
    if written != (version.text_hash, version.metadata_hash):
        raise SyncRefusedError(
            f"{version.address} : ses fichiers ne sont plus ceux qui ont été publiés"
            f" (texte : attendu {written[0]}, trouvé {version.text_hash} ;"
            f" métadonnées : attendu {written[1]}, trouvé {version.metadata_hash})."
            " Restaurez-les depuis l’historique."
        )


def _register(session: Session, version: Version, environment: str, at: datetime) -> PublishedVersion:
    here, held = version.address, version.metadata
    kind = statements.Kind.PUBLICATION if held.origin is Origin.PUBLICATION else statements.Kind.ACCESSION
    known = {"id": secrets.token_hex(16), "checkpoint": receipts.named(session, at)}
    statement = statements.make(kind, environment, at, {**_members(version), **known})
    attachments.keep_all(session, version, at)
    row = _row(session, version, statement.hash, at)
    try:
        ledger.record(session, statement, (), at)
        session.add(row)
        session.flush()
    except IntegrityError as error:
        raise PublicationConflictError(
            f"« {here} » : une autre publication du même document vient d’être enregistrée."
            " Celle-ci n’a pas eu lieu ; relisez le texte en ligne, puis recommencez."
        ) from error
    return row


def take_up(session: Session, version: Version, statement_hash: str, at: datetime) -> bool:
    """Register `version` again under the statement that told it `at`; False when its address is taken.

    For a database that lost it: the statement is there, `version` has the text and metadata that it names.
    """
    if _at(session, version.address) is not None:
        return False
    attachments.keep_all(session, version, at)
    session.add(_row(session, version, statement_hash, at))
    session.flush()
    return True


def _row(session: Session, version: Version, statement_hash: str, at: datetime) -> PublishedVersion:
    """Return the row of `version`, the last of its document so far."""
    here, held = version.address, version.metadata
    last = session.scalar(
        select(func.max(PublishedVersion.sequence)).where(
            PublishedVersion.service == here.service, PublishedVersion.terms == here.terms
        )
    )
    return PublishedVersion(
        service=here.service,
        terms=here.terms,
        slug=here.slug,
        sequence=(last or 0) + 1,
        label=held.label,
        text=version.text,
        text_hash=version.text_hash,
        contractual=canonical(held.contractual()),
        metadata_hash=version.metadata_hash,
        published_at=held.published_at,
        effective_at=held.effective_at,
        required_at=held.required_at,
        registered_at=at,
        statement_hash=statement_hash,
    )


def _members(version: Version) -> dict[str, Json]:
    """Return the public members of the statement of a publication or accession (proof/README.md)."""
    held = version.metadata
    frozen_members = held.contractual()
    return {
        "document": document(version),
        "dates": {
            name: frozen_members[name]
            for name in (
                "declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on",
            )
        },
        "reason": held.reason,
    }  # fmt: skip


def document(version: Version) -> dict[str, Json]:
    """Return what a statement says of the version that it is about (proof/README.md)."""
    held = version.metadata
    return {
        "service": version.address.service,
        "terms": version.address.terms,
        "version": version.address.slug,
        "label": held.label,
        "text_hash": version.text_hash,
        "metadata_hash": version.metadata_hash,
        "origin": held.origin.value,
        "published_at": _written(held.published_at),
        "effective_at": _written(held.effective_at),
    }


def _written(at: datetime | None) -> str | None:
    return statements.instant(at) if at else None


def _entered(service: str, terms: str) -> Select[PublishedVersion]:
    return select(PublishedVersion).where(
        PublishedVersion.service == service, PublishedVersion.terms == terms
    )


def _lasting(service: str, terms: str) -> Select[PublishedVersion]:
    """Return what asks for the versions of a document that were not cancelled."""
    return _entered(service, terms).where(~is_cancelled(_VERSION.id))


def _at(session: Session, here: Address) -> PublishedVersion | None:
    return session.scalar(_entered(here.service, here.terms).where(PublishedVersion.slug == here.slug))
