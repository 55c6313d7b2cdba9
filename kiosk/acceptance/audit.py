"""Compare what the kiosk acts on and shows, decisions first, with the statements that prove it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.acceptance.models import Contestation, Decision, ScreenFile, ScreenRow
from kiosk.db import Base, table
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import StatementRow
from kiosk.ledger.rows import stream
from kiosk.notices.models import NotificationRow
from kiosk.proof import statement
from kiosk.proof.statement import FORMER_FORMAT, Kind
from kiosk.texts.models import PublishedVersion
from kiosk.traces import exposure
from kiosk.traces.models import ExposureDigest

_FEW = 20
"""Texts in memory at a time."""
NO_SCREEN = "0" * 64
"""Names the screen of a decision made before screens were kept."""
_SCREEN = b',"screen":"'
_FORMER = f'"format":"{FORMER_FORMAT}"'.encode()


@dataclass(frozen=True, slots=True)
class Audited:
    """What agrees with its statement, counted."""

    decisions: int
    versions: int
    screens: int
    contestations: int = 0
    notifications: int = 0
    days: int = 0
    """Days whose documents shown are told."""


@dataclass(frozen=True, slots=True)
class _Version:
    service: str
    terms: str
    document: str
    """How its document ends in a statement."""


def audit(session: Session, statements: Mapping[str, int], at: datetime) -> Audited:
    """Check every such row in `session`, opened by `rows.snapshot`, the ledger audited before.

    `at` is the instant of the audit; `statements` is how many statements of each kind the ledger holds: those
    of decisions, contestations, notifications and exposure have each their row. Raises `DeviationError`,
    which names the first deviation.
    """
    versions = dict(_audited_versions(session))
    screens = set(_audited_screens(session))
    decisions = 0
    for key, subject, version_id, service, terms, kind, decided, body, said in stream(session, _decisions()):
        version = versions.get(version_id)
        if version is None:
            raise DeviationError("published_version", version_id, f"la version de la décision {key}", ABSENT)
        if (service, terms) != (version.service, version.terms):
            raise DeviationError("decision", key, f"{version.service}/{version.terms}", f"{service}/{terms}")
        expected = (
            f'{{"at":"{_instant(decided)}",',
            f',"decision":"{kind}","document":{{',
            f',"id":"{key}","kind":"decision",',
            f',"subject":"{subject}",',
            version.document,
        )
        _check("decision", key, body, said == Kind.DECISION, expected)
        _check_screen(key, body, screens)
        decisions += 1
    _check_count(session, Decision, Kind.DECISION, decisions, statements)
    days = _audited(session, ExposureDigest, Kind.EXPOSURE, _day, statements)
    exposure.audit(session, at)
    return Audited(
        decisions,
        len(versions),
        len(screens),
        _audited(session, Contestation, Kind.CONTESTATION, _contestation, statements),
        _audited(session, NotificationRow, Kind.NOTIFICATION, _notification, statements),
        days,
    )


def _audited(
    session: Session,
    model: type[Base],
    kind: Kind,
    expected: Callable[[Any], tuple[str, ...]],
    statements: Mapping[str, int],
) -> int:
    """Check the rows of `model`, each with its statement of `kind`; returns how many there are."""
    held, said = table(model), table(StatementRow)
    rows = select(held, said.c.body, said.c.kind.label("said")).select_from(
        held.outerjoin(said, said.c.hash == held.c.statement_hash)
    )
    count = 0
    for row in stream(session, rows):
        _check(held.name, row[0], row.body, row.said == kind, expected(row))
        count += 1
    _check_count(session, model, kind, count, statements)
    return count


def _contestation(row: Any) -> tuple[str, ...]:
    return (
        f'{{"about":"{row.about}","at":"{statement.instant(row.contested_at)}",',
        f',"id":"{row.id}","kind":"contestation",',
        f',"subject":"{row.subject_id}"}}',
    )


def _notification(row: Any) -> tuple[str, ...]:
    about, subject = (f'"{one}"' if one else "null" for one in (row.about, row.subject_id))
    return (
        f'{{"about":{about},"at":"{statement.instant(row.handed_at)}","channel":"{row.channel}",',
        f',"purpose":"{row.purpose}","state":"{row.state}","subject":{subject}}}',
    )


def _day(row: Any) -> tuple[str, ...]:
    return (f',"day":"{row.day.isoformat()}","digest":"',)


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


def _audited_screens(session: Session) -> Iterator[str]:
    """Yield the hash of each screen, once its files and its statement agree with it."""
    found = set()
    file = table(ScreenFile)
    for digest, body in stream(session, select(file.c.hash, file.c.body).order_by(file.c.hash), _FEW):
        if text_hash(body) != digest:
            raise DeviationError("screen_file", digest, f"l’empreinte {digest}", text_hash(body))
        found.add(digest)
    held, said = table(ScreenRow), table(StatementRow)
    rows = stream(
        session,
        select(held, said.c.body, said.c.kind.label("said"))
        .select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))
        .order_by(held.c.hash),
    )
    for row in rows:
        if text_hash(row.files) != row.hash:
            raise DeviationError("screen", row.hash, f"l’empreinte {row.hash}", text_hash(row.files))
        lost = sorted(set(json.loads(row.files).values()) - found)
        if lost:
            raise DeviationError("screen_file", lost[0], f"un fichier de l’écran {row.hash}", ABSENT)
        listed = row.files.decode()
        expected = f',"files":{listed},', f',"release":{json.dumps(row.release)},"screen":"{row.hash}"}}'
        _check("screen", row.hash, row.body, row.said == Kind.SCREENS, expected)
        yield row.hash


def _check_screen(key: str, body: bytes, screens: Collection[str]) -> None:
    """Raise unless a decision names a screen that is kept; those of the format before name none."""
    start = body.find(_SCREEN) + len(_SCREEN)
    named = body[start : start + 64].decode("utf-8", "replace") if start >= len(_SCREEN) else NO_SCREEN
    if named not in screens and (named != NO_SCREEN or _FORMER not in body):
        raise DeviationError("decision", key, "un écran gardé", f"l’écran {named}")


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
            name: held[name]
            for name in ("at", "decision", "document", "id", "release", "screen", "subject")
            if name in held
        }
    except (ValueError, TypeError):
        return "un enregistrement lisible"
    return json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))


def _check_count(
    session: Session, model: type[Base], kind: Kind, count: int, statements: Mapping[str, int]
) -> None:
    """Raise unless there are as many rows as statements of their kind."""
    if count != statements.get(kind, 0):
        _name_missing(session, model, kind, count, statements.get(kind, 0))


def _name_missing(session: Session, model: type[Base], kind: Kind, count: int, statements: int) -> None:
    """Raise what names the first statement of `kind` that has no row, or a row too many."""
    held, said = table(model), table(StatementRow)
    alone = (
        select(said.c.hash)
        .select_from(said.outerjoin(held, held.c.statement_hash == said.c.hash))
        .where(said.c.kind == kind.value, held.c.statement_hash.is_(None))
        .order_by(said.c.hash)
    )
    digest = session.connection().scalar(alone.limit(1))
    if digest is not None:
        raise DeviationError(held.name, f"statement_hash {digest}", "une ligne", ABSENT)
    raise DeviationError(held.name, "toutes", f"{statements} lignes", count)
