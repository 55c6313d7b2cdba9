"""The life of a version for who audits it: acts on its draft, publication, notices, and their proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import Json
from kiosk.ledger import receipts
from kiosk.ledger.receipts import Standing
from kiosk.legal_desk import drafts
from kiosk.legal_desk.drafts import Held, Told
from kiosk.legal_desk.models import DraftAct
from kiosk.notices import announcements
from kiosk.notices.models import Announcement, AnnouncementAct
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
    cancelled: CancelledVersion | None
    corrected_by: tuple[PublishedVersion, ...]
    """Versions published since that say they correct it."""
    standings: Mapping[str, Standing]
    """How far each statement named here is proved, by its hash."""

    @property
    def acts(self) -> tuple[Told, ...]:
        """The acts on its draft, oldest first."""
        return self.draft.acts if self.draft else ()

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
    return History(
        version=version,
        draft=held,
        announcement=session.get(Announcement, version.id),
        announcement_acts=tuple(announcements.acts(session, version.id)),
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
            for one in found.announcement_acts
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


def _corrections(session: Session, version: PublishedVersion) -> Iterator[PublishedVersion]:
    for one in texts.history(session, version.service, version.terms):
        if texts.metadata(one).corrects == version.slug:
            yield one


def _written(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
