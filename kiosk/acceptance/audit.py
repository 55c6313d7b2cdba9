"""Compare what the kiosk acts on, decisions and versions, with the statements that prove them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.acceptance.models import Decision
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import StatementRow
from kiosk.ledger.rows import stream, table
from kiosk.proof.statement import Kind
from kiosk.texts.models import PublishedVersion

_FEW = 20
"""Texts in memory at a time."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What agrees with its statement, counted."""

    decisions: int
    versions: int


@dataclass(frozen=True, slots=True)
class _Version:
    service: str
    terms: str
    document: str
    """How its document ends in a statement."""


def audit(session: Session, statements: int) -> Audited:
    """Check decisions and versions in `session`, opened by `rows.snapshot`, the ledger audited before.

    `statements` is how many statements of decisions the ledger holds: each has its row. Raises
    `DeviationError`, which names the first deviation.
    """
    versions = dict(_audited_versions(session))
    decisions = 0
    for key, subject, version_id, service, terms, kind, at, body, said in stream(session, _decisions()):
        version = versions.get(version_id)
        if version is None:
            raise DeviationError("published_version", version_id, f"la version de la décision {key}", ABSENT)
        if (service, terms) != (version.service, version.terms):
            raise DeviationError("decision", key, f"{version.service}/{version.terms}", f"{service}/{terms}")
        expected = (
            f'{{"at":"{_instant(at)}",',
            f',"decision":"{kind}","document":{{',
            f',"id":"{key}","kind":"decision",',
            f',"subject":"{subject}",',
            version.document,
        )
        _check("decision", key, body, said == Kind.DECISION, expected)
        decisions += 1
    if decisions != statements:
        _name_missing(session, decisions, statements)
    return Audited(decisions, len(versions))


def _audited_versions(session: Session) -> Iterator[tuple[int, _Version]]:
    """Yield each version by its identifier, once its text and statement agree with it."""
    held, said = table(PublishedVersion), table(StatementRow)
    rows = stream(
        session,
        select(held, said.c.body, said.c.kind.label("said"))
        .select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))
        .order_by(held.c.id),
        _FEW,
    )
    for row in rows:
        for name, content, expected in (
            ("text_hash", row.text, row.text_hash),
            ("metadata_hash", row.contractual, row.metadata_hash),
        ):
            if text_hash(content) != expected:
                raise DeviationError("published_version", f"{row.id}, {name}", text_hash(content), expected)
        kind = Kind.ACCESSION if row.published_at is None else Kind.PUBLICATION
        document = _document(row.service, row.terms, row.text_hash, row.slug)
        _check(
            "published_version",
            row.id,
            row.body,
            row.said == kind,
            (document, f'"metadata_hash":"{row.metadata_hash}",'),
        )
        yield row.id, _Version(row.service, row.terms, document)


def _decisions() -> Select[Any]:
    """Select decisions as they lie: sorting them would cost more than comparing them."""
    held, said = table(Decision), table(StatementRow)
    at = type_coerce(held.c.decided_at, String)
    return select(
        held.c.id, held.c.subject_id, held.c.version_id, held.c.service, held.c.terms, held.c.kind, at,
        said.c.body, said.c.kind.label("said"),
    ).select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))  # fmt: skip


def _instant(kept: str | datetime) -> str:
    """Return an instant as statements write it, from what the driver gives: text on SQLite, in UTC."""
    if isinstance(kept, datetime):
        kept = kept.astimezone(UTC).isoformat(" ", "microseconds")
    return f"{kept[:10]}T{kept[11:26]}Z"


def _document(service: str, terms: str, hashed: str, slug: str) -> str:
    """Return how the document of a statement ends, its members in their canonical order."""
    return f'"service":"{service}","terms":"{terms}","text_hash":"{hashed}","version":"{slug}"}}'


def _check(table_name: str, key: object, body: bytes | None, fits: bool, expected: tuple[str, ...]) -> None:
    """Raise unless the bytes of a statement hold what its row says.

    They are canonical, and a text cannot hold a bare quotation mark: a member is there as it is written, or
    is not there.
    """
    if body is None or not fits:
        raise DeviationError(
            table_name, key, "un enregistrement de ce genre", "autre chose" if body else ABSENT
        )
    for member in expected:
        if member.encode() not in body:
            raise DeviationError(table_name, key, _said(body), member.strip("{},"))


def _said(body: bytes) -> str:
    """Return what a statement says of a decision or a version, for people."""
    try:
        held = json.loads(body)
        chosen = {
            name: held[name] for name in ("at", "decision", "document", "id", "subject") if name in held
        }
    except (ValueError, TypeError):
        return "un enregistrement lisible"
    return json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))


def _name_missing(session: Session, decisions: int, statements: int) -> None:
    """Raise what names the first statement of a decision that has no row, or a row too many."""
    held, said = table(Decision), table(StatementRow)
    alone = (
        select(said.c.hash)
        .select_from(said.outerjoin(held, held.c.statement_hash == said.c.hash))
        .where(said.c.kind == Kind.DECISION.value, held.c.id.is_(None))
        .order_by(said.c.hash)
    )
    digest = session.connection().scalar(alone.limit(1))
    if digest is not None:
        raise DeviationError("decision", f"statement_hash {digest}", "une décision", ABSENT)
    raise DeviationError("decision", "toutes", f"{statements} décisions", decisions)
