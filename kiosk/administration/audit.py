"""What an audit checks of acts of administration: each row has its statement, and each statement its row.

Who acted is whom the statement commits to; a security notice was confirmed by another than who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import day_in_paris
from kiosk.administration.alerts import hash_of
from kiosk.administration.models import SecurityNotice
from kiosk.db import table
from kiosk.ledger.administration import Act
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import AdministrationAct, Disclosure, StatementRow
from kiosk.ledger.rows import stream
from kiosk.notices.announcements import record_of as record_of_mailing
from kiosk.notices.models import AnnouncementAct, Reminder
from kiosk.notices.reminders import record_of as record_of_reminder
from kiosk.proof import statement
from kiosk.proof.commitment import Opening, verify_opening
from kiosk.proof.errors import AlteredError
from kiosk.proof.statement import Kind
from kiosk.retention.models import ArchivedDisclosure
from kiosk.staff.models import ActWords, OfficerRecord
from kiosk.staff.records import record_of as record_of_officer
from kiosk.texts.links import LinkDeed
from kiosk.texts.links import hash_of as hash_of_link
from kiosk.texts.links import read as read_standing
from kiosk.texts.links import record_of as record_of_link
from kiosk.texts.models import LinkAct

_NAME = "administration_act"
_ALONE = tuple(one.value for one in Act if not one.startswith(("link-", "mailing-", "reminder-")))
"""What the records of officers say."""
_NOTICES = (Act.NOTICE_WRITTEN, Act.NOTICE_CONFIRMED, Act.NOTICE_STOPPED)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row elsewhere says of an act; None for what it does not say."""

    table: str
    act: str
    at: datetime
    function: str | None = None
    officer_id: str | None = None
    words: str | None = None
    about: str | None = None
    count: int | None = None


def audit(session: Session, statements: Mapping[str, int]) -> int:
    """Check each act, in `session` opened by `rows.snapshot`, both ways; returns how many.

    `statements` is how many statements of each kind the ledger holds. Raises `DeviationError`.
    """
    expected = dict(_rows(session))
    notices: dict[tuple[str, str], str | None] = {}
    count = 0
    openings = _openings(session)
    for row in _acts(session):
        count += 1
        said = statement.parse(row.body).members if row.body and row.kind == Kind.ADMINISTRATION else {}
        opened = _opened(row, said, openings.get(row.statement_hash, {}))
        _refuse_other(row, said)
        _refuse_other_source(row, said, opened, expected.pop(row.record, None))
        if row.act in _NOTICES:
            notices[row.act, str(said["about"])] = row.officer_id
    for record, source in expected.items():
        raise DeviationError(source.table, record, "son enregistrement au registre", ABSENT)
    if count != statements.get(Kind.ADMINISTRATION, 0):
        raise DeviationError(_NAME, "…", f"{statements.get(Kind.ADMINISTRATION, 0)} acte(s)", count)
    _audit_notices(session, notices)
    return count


def _acts(session: Session) -> Iterator[Any]:
    held, said = table(AdministrationAct), table(StatementRow)
    yield from stream(
        session,
        select(held, said.c.body, said.c.kind)
        .select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))
        .order_by(held.c.at, held.c.statement_hash),
    )


def _openings(session: Session) -> dict[str, dict[str, Opening]]:
    """Return what opens the fields of each act, in the open or kept apart, by statement and field."""
    found: dict[str, dict[str, Opening]] = {}
    for kept in (table(Disclosure).c, table(ArchivedDisclosure).c):
        wanted = select(kept.statement_hash, kept.field, kept.salt, kept.value).where(
            kept.statement_hash.in_(select(table(AdministrationAct).c.statement_hash))
        )
        for digest, name, salt, value in session.connection().execute(wanted):
            found.setdefault(digest, {})[name] = Opening(name, salt, value)
    return found


def _opened(row: Any, said: Mapping[str, Any], openings: Mapping[str, Opening]) -> Mapping[str, str]:
    """Return the fields of an act that are open; of an act on a person, they may have been destroyed."""
    committed: Mapping[str, str] = said.get("commitments", {})
    if row.subject_id is None and set(openings) != set(committed):
        raise DeviationError(_NAME, row.record, f"{len(committed)} champ(s) ouvert(s)", len(openings))
    for name, one in openings.items():
        try:
            verify_opening(one, committed.get(name, ""))
        except AlteredError as error:
            raise DeviationError(_NAME, row.record, f"« {name} » comme au registre", "autre chose") from error
    opened = {name: one.value for name, one in openings.items()}
    known = "officer" in opened or not openings  # destroyed, as `retention.audit` says it must be
    if ("officer" in committed) != (row.officer_id is not None) or (
        known and opened.get("officer", row.officer_id) != row.officer_id
    ):
        raise DeviationError(
            _NAME, row.record, "qui a agi, comme l’enregistrement s’y engage", "quelqu’un d’autre"
        )
    return opened


def _refuse_other(row: Any, said: Mapping[str, Any]) -> None:
    """Raise unless a row says what its statement does."""
    expected = {
        "act": row.act,
        "publisher": row.publisher,
        "subject": row.subject_id,
        "function": row.function,
        "at": statement.instant(row.at),
    }
    for name, value in expected.items():
        if said.get(name) != value:
            raise DeviationError(_NAME, row.record, f"{name} {said.get(name) or ABSENT}", value or ABSENT)


def _refuse_other_source(
    row: Any, said: Mapping[str, Any], opened: Mapping[str, str], source: _Row | None
) -> None:
    """Raise unless the row elsewhere that an act names says the same."""
    if source is None:
        raise DeviationError(row.record.partition("/")[0], row.record, f"un acte « {row.act} »", ABSENT)
    found = {
        "act": source.act,
        "at": source.at,
        "function": source.function,
        "officer_id": source.officer_id,
        "about": source.about,
        "words": source.words,
        "count": source.count,
    }
    told = {
        "act": row.act,
        "at": row.at,
        "function": row.function,
        "officer_id": row.officer_id,
        "about": said["about"],
        "words": opened.get("words", source.words if "words" in said.get("commitments", {}) else None),
        "count": int(opened["count"]) if "count" in opened else None,
    }
    if source.table == "link_act" and source.words is None and "words" in said.get("commitments", {}):
        raise DeviationError(source.table, row.record, "le motif", ABSENT)  # nothing ever destroys it
    for name, value in found.items():
        if value is not None and told[name] != value:
            raise DeviationError(source.table, row.record, f"{name} {told[name]}", value)


def _rows(session: Session) -> Iterator[tuple[str, _Row]]:
    """Yield what every row says that the ledger is told of, by the name that it has there."""
    held = session.connection()
    link, mailing = table(LinkAct), table(AnnouncementAct)
    standing: dict[str, dict[str, date | None]] = {}
    for row in held.execute(select(link).order_by(link.c.service, link.c.number)):
        _refuse_other_standing(row, standing.setdefault(row.service, {}))
        yield record_of_link(row.service, row.number), _Row(
            "link_act", f"link-{row.act}", row.at, row.function, row.officer_id, row.reason,
            hash_of_link(row.url),
        )  # fmt: skip
    for row in held.execute(select(mailing)):
        yield record_of_mailing(row.version_id, row.sequence), _Row(
            "announcement_act", f"mailing-{row.act}", row.at, row.function, None, row.reason, None,
            row.had_left,
        )  # fmt: skip
    for row in held.execute(select(table(Reminder))):
        asked = _Row("reminder", Act.REMINDER_ASKED, row.asked_at, row.function, row.officer_id)
        yield record_of_reminder(row.version_id, row.number, Act.REMINDER_ASKED), asked
        if row.stopped_at is not None:
            stopped = _Row("reminder", Act.REMINDER_STOPPED, row.stopped_at)
            yield record_of_reminder(row.version_id, row.number, Act.REMINDER_STOPPED), stopped
    done, words = table(OfficerRecord), table(ActWords)
    of_it = and_(words.c.officer_id == done.c.officer_id, words.c.sequence == done.c.sequence)
    for row in held.execute(
        select(done, words.c.reason).select_from(done.outerjoin(words, of_it)).where(done.c.act.in_(_ALONE))
    ):
        yield (
            record_of_officer(row.officer_id, row.sequence),
            _Row("officer_record", row.act, row.at, row.function, row.officer_id, row.reason),
        )


def _refuse_other_standing(row: Any, standing: dict[str, date | None]) -> None:
    """Raise unless the links that pages hide after an act are those hidden before it, and what it did."""
    if row.act != LinkDeed.VERIFIED:
        removed = row.act == LinkDeed.REMOVED
        standing[row.url] = day_in_paris(row.at) if removed else None
    if dict(read_standing(row.standing)) != standing:
        raise DeviationError(
            "link_act",
            record_of_link(row.service, row.number),
            "les liens que ces actes retirent",
            "d’autres",
        )


def _audit_notices(session: Session, said: Mapping[tuple[str, str], str | None]) -> None:
    """Check that each security notice is what the ledger says was written, and confirmed by another."""
    count = 0
    for notice in session.scalars(select(SecurityNotice).order_by(SecurityNotice.id)):
        digest = hash_of(notice)
        expected = {Act.NOTICE_WRITTEN: notice.officer_id}
        if notice.confirmed_at is not None:
            expected[Act.NOTICE_CONFIRMED] = notice.confirmed_by or ""
        if notice.stopped_at is not None:
            expected[Act.NOTICE_STOPPED] = said.get((Act.NOTICE_STOPPED, digest)) or ""
        found = {act: said[act, digest] for act in _NOTICES if (act, digest) in said}
        if found != expected:
            raise DeviationError("security_notice", notice.id, "ce qu’en dit le registre", "autre chose")
        if notice.confirmed_by == notice.officer_id:
            raise DeviationError("security_notice", notice.id, "deux personnes", "une seule")
        count += len(expected)
    if count != len(said):
        raise DeviationError("security_notice", "…", f"{len(said)} acte(s) sur des avis", count)
