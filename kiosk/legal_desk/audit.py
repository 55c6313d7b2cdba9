"""What an audit checks of drafts: acts are what their statements say, versions are what was approved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Address
from kiosk.db import table
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.ledger.rows import stream
from kiosk.legal_desk.drafts import Content, content_hash, done
from kiosk.legal_desk.models import Draft, DraftAct, DraftRevision
from kiosk.legal_desk.policy import Act, Done, State, stands
from kiosk.proof import statement
from kiosk.proof.commitment import Opening, verify_opening
from kiosk.proof.errors import AlteredError
from kiosk.proof.statement import Kind
from kiosk.texts import registering
from kiosk.texts import services as texts
from kiosk.texts.cancelling import BY_FILES
from kiosk.texts.models import CancelledVersion, PublishedVersion
from kiosk.texts.reading import frozen_version

_ACT, _REVISION, _CANCELLED = "draft_act", "draft_revision", "cancelled_version"
_OFFICER, _WORDS = "officer", "words"
_WRITES = (Act.OPENED, Act.REVISED)


@dataclass(frozen=True, slots=True)
class _Written:
    """What a state holds, and who wrote it."""

    content_hash: str
    officer_id: str


def audit(session: Session, statements: Mapping[str, int]) -> int:
    """Check each act of each draft, in `session` opened by `rows.snapshot`; returns how many acts.

    `statements` is how many statements of each kind the ledger holds: those of drafts, and of cancellations,
    have each their row. Acts and states of a draft are numbered from 1 without a gap; the hashes of a state
    are those of its bytes; who acted is whom the statement commits to, and who wrote a state, whom the act
    that says so commits to; a version that was published from a draft is the state that was approved, under
    its address, by somebody who, by these commitments, wrote none of it. Raises `DeviationError`.
    """
    contents = _audit_states(session)
    cancelled: set[int | None] = set()
    count = sum(_audit_acts(draft_id, group, contents, cancelled) for draft_id, group in _acts(session))
    if count != statements.get(Kind.DRAFTING, 0):
        raise DeviationError(_ACT, "…", f"{statements.get(Kind.DRAFTING, 0)} acte(s)", count)
    _audit_published(session)
    _audit_cancelled(session, statements.get(Kind.CANCELLATION, 0), cancelled)
    return count


def _audit_states(session: Session) -> dict[tuple[str, int], _Written]:
    """Check the states of every draft; returns what each holds, by draft and number."""
    held = table(DraftRevision)
    rows = stream(session, select(held).order_by(held.c.draft_id, held.c.number))
    found: dict[tuple[str, int], _Written] = {}
    for draft_id, group in groupby(rows, lambda row: row.draft_id):
        for place, row in enumerate(group, start=1):
            if row.number != place:
                raise DeviationError(_REVISION, f"({draft_id}, {place})", "un état", ABSENT)
            for name, bytes_of in (("text_hash", row.text), ("metadata_hash", row.contractual)):
                if getattr(row, name) != text_hash(bytes_of):
                    raise DeviationError(
                        _REVISION, f"({draft_id}, {place})", getattr(row, name), text_hash(bytes_of)
                    )
            found[draft_id, place] = _Written(content_hash(row.text_hash, row.metadata_hash), row.officer_id)
    return found


def _acts(session: Session) -> Iterator[tuple[str, Iterator[Any]]]:
    """Yield the acts of each draft in order, each with its statement and what opens its fields."""
    held, said = table(DraftAct), table(StatementRow)
    joined: FromClause = held.outerjoin(said, said.c.hash == held.c.statement_hash)
    columns: list[ColumnElement[Any]] = [said.c.body, said.c.kind]
    for name in (_OFFICER, _WORDS):
        opens = table(Disclosure).alias()
        own = and_(opens.c.statement_hash == held.c.statement_hash, opens.c.field == name)
        joined = joined.outerjoin(opens, own)
        columns += (opens.c.salt.label(f"{name}_salt"), opens.c.value.label(f"{name}_value"))
    rows = stream(
        session, select(held, *columns).select_from(joined).order_by(held.c.draft_id, held.c.number)
    )
    yield from groupby(rows, lambda row: row.draft_id)


def _audit_acts(
    draft_id: str,
    acts: Iterator[Any],
    contents: Mapping[tuple[str, int], _Written],
    cancelled: set[int | None],
) -> int:
    """Check the acts of one draft, and add to `cancelled` the version two cancelled; returns how many."""
    told: list[Done] = []
    for place, row in enumerate(acts, start=1):
        if row.number != place:
            raise DeviationError(_ACT, f"({draft_id}, {place})", "un acte", ABSENT)
        _refuse_other(row, contents)
        if row.act == Act.PUBLISHED and not (told and stands(told).approvals):
            raise DeviationError(
                _ACT, f"({draft_id}, {place})", "l’approbation d’une autre personne que ses auteurs", ABSENT
            )
        told.append(done(row))
        if row.act == Act.CANCELLED and stands(told).state is State.CANCELLED:
            cancelled.add(row.version_id)
    return len(told)


def _refuse_other(row: Any, contents: Mapping[tuple[str, int], _Written]) -> None:
    said = statement.parse(row.body).members if row.body and row.kind == Kind.DRAFTING else {}
    expected = {
        "draft": row.draft_id,
        "number": row.number,
        "act": row.act,
        "revision": row.revision,
        "content_hash": row.content_hash,
        "place": row.place,
        "about": row.about,
        "function": row.function,
        "at": statement.instant(row.at),
        "due_at": row.due_at and statement.instant(row.due_at),
    }
    key = f"({row.draft_id}, {row.number})"
    for name, value in expected.items():
        if said.get(name) != value:
            raise DeviationError(_ACT, key, f"{name} {said.get(name) or ABSENT}", value or ABSENT)
    written = contents.get((row.draft_id, row.revision))
    if written is None or written.content_hash != row.content_hash:
        raise DeviationError(_ACT, key, row.content_hash, written.content_hash if written else ABSENT)
    _refuse_other_officer(row, key, said.get("commitments", {}))
    if row.act in _WRITES and written.officer_id != row.officer_id:
        raise DeviationError(
            _REVISION,
            f"({row.draft_id}, {row.revision})",
            "qui l’a écrit, d’après son acte",
            "quelqu’un d’autre",
        )


def _refuse_other_officer(row: Any, key: str, committed: Mapping[str, str]) -> None:
    """Raise unless who acted, and the words of the act, are those that its statement commits to."""
    for name, what in ((_OFFICER, "qui a agi"), (_WORDS, "les mots")):
        salt, value = getattr(row, f"{name}_salt"), getattr(row, f"{name}_value")
        expected = f"{what}, comme l’enregistrement s’y engage"
        if value is None and (name in committed or name == _OFFICER):
            raise DeviationError(_ACT, key, expected, ABSENT)
        if value is None:
            continue
        try:
            verify_opening(Opening(name, salt, value), committed.get(name, ""))
        except AlteredError as error:
            raise DeviationError(_ACT, key, expected, "autre chose") from error
    if row.officer_value != row.officer_id:
        raise DeviationError(_ACT, key, "qui a agi, comme l’enregistrement s’y engage", "quelqu’un d’autre")


def _audit_published(session: Session) -> None:
    """Check that each version published from a draft is the state it came from, under its address."""
    rows = session.execute(
        select(DraftAct, Draft, DraftRevision.contractual, DraftRevision.text_hash, PublishedVersion)
        .join(Draft, Draft.id == DraftAct.draft_id)
        .join(
            DraftRevision,
            and_(DraftRevision.draft_id == DraftAct.draft_id, DraftRevision.number == DraftAct.revision),
        )
        .outerjoin(PublishedVersion, PublishedVersion.id == DraftAct.version_id)
        .where(DraftAct.act == Act.PUBLISHED.value)
        .order_by(DraftAct.draft_id)
    ).all()
    for act, draft, contractual, digest, version in rows:
        found = None
        if version is not None:
            content = Content(b"", texts.metadata(version)).contractual
            found = (texts.address(version), version.text_hash, content)
        if found != (Address(draft.service, draft.terms, draft.slug), digest, contractual):
            raise DeviationError(
                "published_version", act.version_id,
                f"l’état {act.revision} du brouillon {act.draft_id}", "un autre contenu",
            )  # fmt: skip


def _audit_cancelled(session: Session, expected: int, by_two: Collection[int | None]) -> None:
    """Check that each version that was cancelled is the one its statement names, at its instant, and why.

    `by_two` are those that two people cancelled at the desk; files alone may tell of another.
    """
    rows = session.execute(
        select(CancelledVersion, PublishedVersion, StatementRow.body)
        .join(PublishedVersion, PublishedVersion.id == CancelledVersion.version_id)
        .outerjoin(StatementRow, StatementRow.hash == CancelledVersion.statement_hash)
        .order_by(CancelledVersion.version_id)
    ).all()
    for row, version, body in rows:
        said = statement.parse(body).members if body else {}
        told = [said.get(name) for name in ("kind", "reason", "document")]
        document = registering.document(frozen_version(version))
        if told != [Kind.CANCELLATION, row.reason, document] or not _of_its_time(row, said):
            raise DeviationError(_CANCELLED, row.version_id, said.get("reason") or ABSENT, row.reason)
        if said["decided_by"] != BY_FILES and row.version_id not in by_two:
            raise DeviationError(_CANCELLED, row.version_id, "l’acte de deux personnes", ABSENT)
    if len(rows) != expected:
        raise DeviationError(_CANCELLED, "…", f"{expected} annulation(s)", len(rows))


def _of_its_time(row: CancelledVersion, said: Mapping[str, Any]) -> bool:
    """Whether a cancellation is of the instant of its statement; one that came by files is of before."""
    at, told = statement.instant(row.at), str(said["at"])
    return at == told or (said["decided_by"] == BY_FILES and at < told)
