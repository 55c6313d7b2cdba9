"""The life of a version for who audits it: acts on its draft, publication, notices, and their proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.ledger import administration, receipts
from kiosk.ledger.models import AdministrationAct
from kiosk.ledger.receipts import Standing
from kiosk.legal_desk import drafts
from kiosk.legal_desk.drafts import Held, Told
from kiosk.legal_desk.models import DraftAct
from kiosk.notices import announcements, reminders
from kiosk.notices.models import Announcement, AnnouncementAct, Reminder
from kiosk.proof.statement import instant
from kiosk.texts import services as texts
from kiosk.texts.models import CancelledVersion, PublishedVersion

FORMAT = "cgu-history/1"


@dataclass(frozen=True, slots=True)
class History:
    """What is recorded of one published version, and how far each record is proved."""

    version: PublishedVersion
    draft: Held | None
    """None when it came by files, or from elsewhere."""
    announcement: Announcement | None
    announcement_acts: tuple[AnnouncementAct, ...]
    reminders: tuple[Reminder, ...]
    sealed: Mapping[str, AdministrationAct]
    """What the ledger says of the mails about it, by the row that says it."""
    cancelled: CancelledVersion | None
    corrected_by: tuple[PublishedVersion, ...]
    """Versions published since that say they correct it."""
    standings: Mapping[str, Standing]
    """How far each statement named here is proved, by its hash."""

    @property
    def acts(self) -> tuple[Told, ...]:
        """The acts on its draft, oldest first."""
        return self.draft.acts if self.draft else ()

    def mailing(self, act: AnnouncementAct) -> AdministrationAct | None:
        """Return what the ledger says of who stopped or resumed the mails; None when it says nothing."""
        return self.sealed.get(announcements.record_of(act.version_id, act.sequence))

    def reminding(self, reminder: Reminder, act: str) -> AdministrationAct | None:
        """Return the same of a reminder that was ``asked`` for, or ``stopped``."""
        return self.sealed.get(
            reminders.record_of(reminder.version_id, reminder.number, administration.Act(f"reminder-{act}"))
        )

    def named(self, statement_hash: str) -> bool:
        """Whether a statement is one of this history: no other is handed out here."""
        return statement_hash in self.standings


def of_version(
    session: Session, publisher: str, version: PublishedVersion, revoked: Mapping[str, datetime]
) -> History:
    """Return the history of `version`, which is one of `publisher`; `revoked` as `receipts.best` is told."""
    draft_id = session.scalar(select(DraftAct.draft_id).where(DraftAct.version_id == version.id).limit(1))
    held = None if draft_id is None else drafts.find(session, publisher, draft_id)
    cancelled = session.get(CancelledVersion, version.id)
    hashes = [version.statement_hash, *(told.statement_hash for told in (held.acts if held else ()))]
    if cancelled is not None:
        hashes.append(cancelled.statement_hash)
    sealed = _sealed(session, version.id)
    hashes += [one.statement_hash for one in sealed.values()]
    return History(
        version=version,
        draft=held,
        announcement=session.get(Announcement, version.id),
        announcement_acts=tuple(announcements.acts(session, version.id)),
        reminders=tuple(one.reminder for one in reminders.every(session, version.id)),
        sealed=sealed,
        cancelled=cancelled,
        corrected_by=tuple(_corrections(session, version)),
        standings=receipts.standings(session, hashes, revoked),
    )


def document(found: History) -> dict[str, Json]:
    """Return a history as JSON, format ``cgu-history/1``: functions and numbers of people, never names."""
    version = found.version
    return {
        "format": FORMAT,
        "address": str(texts.address(version)),
        "text_hash": version.text_hash,
        "metadata_hash": version.metadata_hash,
        "published_at": _written(version.published_at),
        "effective_at": _written(version.effective_at),
        "registered_at": instant(version.registered_at),
        "statement": version.statement_hash,
        "draft": found.draft.draft.id if found.draft else None,
        "acts": [_act(told) for told in found.acts],
        "announcement": [
            {"act": one.act, "function": one.function, "reason": one.reason, "at": instant(one.at)}
            | _proved(found.mailing(one))
            for one in found.announcement_acts
        ],
        "reminders": [
            {"act": act, "at": instant(at)} | _proved(found.reminding(one, act))
            for one in found.reminders
            for act, at in (("asked", one.asked_at), ("stopped", one.stopped_at))
            if at is not None
        ],
        "cancellation": None
        if found.cancelled is None
        else {
            "at": instant(found.cancelled.at),
            "reason": found.cancelled.reason,
            "statement": found.cancelled.statement_hash,
        },
        "corrected_by": [str(texts.address(one)) for one in found.corrected_by],
        "proofs": {digest: held.state.value for digest, held in sorted(found.standings.items())},
    }


def _act(told: Told) -> dict[str, Json]:
    done = told.done
    return {
        "number": done.number,
        "act": done.act.value,
        "revision": done.revision,
        "content_hash": done.content_hash,
        "function": done.function,
        "officer": done.officer_id,
        "at": instant(done.at),
        "due_at": _written(done.due_at),
        "words": told.words,
        "statement": told.statement_hash,
    }


def _proved(act: AdministrationAct | None) -> dict[str, Json]:
    return {
        "officer": act.officer_id if act else None,
        "statement": act.statement_hash if act else None,
    }


def _sealed(session: Session, version_id: int) -> dict[str, AdministrationAct]:
    """Return what the ledger says of the mails about a version, by the row that says it."""
    held = AdministrationAct.record
    about = [held.startswith(f"{name}/{version_id}/") for name in ("announcement_act", "reminder")]
    rows = session.scalars(select(AdministrationAct).where(or_(*about)).order_by(AdministrationAct.at))
    return {one.record: one for one in rows}


def _corrections(session: Session, version: PublishedVersion) -> Iterator[PublishedVersion]:
    for one in texts.history(session, version.service, version.terms):
        if texts.metadata(one).corrects == version.slug:
            yield one


def _written(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
