"""Enter versions, published here or received: one transaction each; their files are made afterwards."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import attachments as files
from cgu_archive.corpus import checks
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.hashing import Json, canonical, metadata_hash
from cgu_archive.corpus.model import Corpus, Origin, Service, Version
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.proof import statement as statements
from kiosk.texts import attachments, services
from kiosk.texts.errors import PublicationConflictError, PublicationRefusedError, SyncRefusedError
from kiosk.texts.models import PublishedVersion


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
        row = services.at_address(session, version.address)
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
    if services.at_address(session, here) is not None:
        raise PublicationRefusedError(
            f"« {here} » est déjà publiée et ne change plus. Donnez un autre nom à la nouvelle version."
        )
    for held in (
        services.newest(session, here.service, here.terms),
        services.current(session, here.service, here.terms, at),
    ):
        if held is None or held.text_hash != version.text_hash:
            continue
        if not files.changes(services.metadata(held).attachments, version.metadata.attachments):
            raise PublicationRefusedError(
                f"« {here} » a exactement le texte de « {services.address(held)} », et les mêmes"
                " pièces jointes : il n’y a rien à publier."
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
    if services.at_address(session, version.address) is not None:
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
