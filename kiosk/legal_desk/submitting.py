"""Submit a draft to approval, or give it up: from a page or a terminal, with the same refusals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.errors import Finding
from cgu_archive.corpus.model import Metadata, Service
from kiosk.legal_desk import drafts, findings
from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.approving import reason
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import Act
from kiosk.staff.officers import Person
from kiosk.texts import registering
from kiosk.texts.errors import TextsError

NO_REASON = "Le motif de la version ou sa nature manque\u00a0: donnez les deux dans la fiche."
BLOCKED = "Points à corriger avant de soumettre\u00a0: {n}. Les vérifications les montrent."
SHEET, CHECKS = "fiche", "verifications"
"""What of a draft is not ready: what is said of it, or its words."""


class NotReadyError(RefusedError):
    """A draft lacks something before anybody may approve it; `part` of it: `SHEET` or `CHECKS`."""

    def __init__(self, message: str, part: str, found: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.part = part
        self.found = found


def explained(metadata: Metadata) -> bool:
    """Whether the sheet says why the version is made, and of what nature that is."""
    return metadata.reason is not None and metadata.reason_kind is not None


def submit(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    draft_id: str,
    at: datetime,
    *,
    seen: int | None = None,
) -> Held:
    """Submit a draft that could be published as it stands; returns it after that.

    `seen` is the number of the last act that the officer had before them. Raises `OfficerError`,
    `RefusedError`, `NotReadyError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.SUBMITTED, officer, at, after=seen)
    what = drafts.content(drafts.revision(session, held))
    if not explained(what.metadata):
        raise NotReadyError(NO_REASON, SHEET)
    blocking = findings.read(session, service, held, what).blocking
    if blocking:
        raise NotReadyError(BLOCKED.format(n=len(blocking)), CHECKS, blocking)
    try:  # what could not be published would be approved for nothing
        registering.examine(
            session, service, findings.as_read(session, service, held, what), reason=None, at=at
        )
    except TextsError as error:
        raise NotReadyError(str(error), SHEET) from error
    record(session, desk, held, Act.SUBMITTED, officer, at)
    return find(session, officer.publisher, draft_id)


def abandon(
    session: Session,
    desk: Desk,
    officer: Person,
    draft_id: str,
    at: datetime,
    *,
    words: str,
    seen: int | None = None,
) -> Held:
    """Give a draft up, saying why; its states stay. Returns it after that.

    Raises `OfficerError`, `RefusedError`, `ChangedSinceError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.ABANDONED, officer, at, after=seen)
    record(session, desk, held, Act.ABANDONED, officer, at, Detail(words=reason(words)))
    return find(session, officer.publisher, draft_id)
