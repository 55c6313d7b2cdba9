"""Publish what was approved: everything is verified again in the transaction that does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cgu_archive.corpus.errors import CorpusError
from cgu_archive.corpus.model import Service, Version
from kiosk.legal_desk import findings
from kiosk.legal_desk.acts import MAX_WORDS, Desk, Detail, let, record, refuse_other_service
from kiosk.legal_desk.approving import checked
from kiosk.legal_desk.drafts import Held, find
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, RefusedError
from kiosk.legal_desk.policy import Act, Done
from kiosk.notices import announcements, publication
from kiosk.notices import services as notices
from kiosk.staff import officers
from kiosk.staff.errors import OfficerError, UnknownOfficerError
from kiosk.staff.officers import Person
from kiosk.texts import registering
from kiosk.texts import services as texts
from kiosk.texts.errors import PublicationConflictError, TextsError
from kiosk.texts.models import PublishedVersion

SCHEDULE = "publication programmée"
"""The function under which a refusal at the due time is written down."""
NOT_APPROVED = "Personne d’autre que ses auteurs n’a approuvé ce texte\u00a0: il ne peut pas être publié."


def ready(session: Session, service: Service, held: Held, at: datetime, seen: str | None = None) -> Version:
    """Return the version that publishing a draft at `at` would make, everything verified; writes nothing.

    Raises `OfficerError` for the service of another, `RefusedError` when no approval holds,
    `PublicationRefusedError` when it cannot be published as it stands, and as `checked`.
    """
    version = _approved(session, service, held, seen)
    return registering.examine(session, service, version, reason=None, at=at)


def publish(
    session: Session,
    desk: Desk,
    officer: Person,
    service: Service,
    draft_id: str,
    at: datetime,
    *,
    seen: str | None = None,
    hold: timedelta = announcements.HOLD,
    form_id: str | None = None,
) -> PublishedVersion:
    """Publish a draft: its act, the version, the statements and the tasks that follow, to commit at once.

    The officer must be a publisher at that instant, the approvals be of those very bytes. Raises as `let`,
    `ready` and `record`, and `PublicationConflictError`.
    """
    held = find(session, officer.publisher, draft_id)
    let(session, held, Act.PUBLISHED, officer, at)
    version = _approved(session, service, held, seen)
    row = publication.publish(
        session, service, version, environment=desk.environment, reason=None, at=at, hold=hold
    )
    record(session, desk, held, Act.PUBLISHED, officer, at, Detail(version_id=row.id, form_id=form_id))
    return row


def _approved(session: Session, service: Service, held: Held, seen: str | None) -> Version:
    """Return what was approved, once compared with its hash and with what is online by now."""
    refuse_other_service(service, held.draft.publisher, held.draft.service)
    what = checked(session, held, seen)
    if not held.standing.approvals:
        raise RefusedError(NOT_APPROVED)
    blocking = findings.blocking(session, held, service)
    if blocking:
        raise RefusedError(
            " ".join(["À corriger d’abord\u00a0:", *(str(one) for one in blocking)])[:MAX_WORDS]
        )
    return findings.as_read(session, service, held, what)


def publish_due(
    session: Session,
    desk: Desk,
    services: Mapping[str, Service],
    payload: Mapping[str, Any],
    at: datetime,
    *,
    hold: timedelta,
) -> PublishedVersion | None:
    """Publish what an act scheduled, in the name of who scheduled it, for the worker to commit.

    None when that act holds no more. Raises what `publish` raises, and `RefusedError` when another version
    of the document was published since: nobody compared the text with that one.
    """
    held = find(session, payload["publisher"], payload["draft"])
    scheduled = held.standing.scheduled
    if scheduled is None or scheduled.number != payload["number"]:
        return None
    officer = _who_scheduled(session, held, scheduled)
    newest = texts.newest(session, held.draft.service, held.draft.terms)
    if newest is not None and newest.registered_at > scheduled.at:
        raise RefusedError(
            f"«\u00a0{texts.address(newest)}\u00a0» a été publiée depuis la"
            " programmation\u00a0: comparez avec elle,"
            " puis programmez de nouveau."
        )
    return publish(session, desk, officer, services[held.draft.service], held.draft.id, at, hold=hold)


def give_up_due(
    session: Session, desk: Desk, payload: Mapping[str, Any], error: Exception, at: datetime
) -> None:
    """Write down why a publication that was due did not happen; its draft is approved again.

    Nothing when the act that scheduled it holds no more.
    """
    held = find(session, payload["publisher"], payload["draft"])
    scheduled = held.standing.scheduled
    if scheduled is None or scheduled.number != payload["number"]:
        return
    author = Person(scheduled.officer_id, held.draft.publisher, "", "", SCHEDULE, (), "")
    words = f"Refusée à l’heure dite. {error}"[:MAX_WORDS]
    detail = Detail(words=words, about=scheduled.number)
    record(session, desk, held, Act.UNSCHEDULED, author, at, detail)


REFUSALS = (LegalDeskError, OfficerError, TextsError, CorpusError, KeyError)
"""What ends a publication that was due, and is told at the desk."""
TRY_AGAIN = (ChangedSinceError, PublicationConflictError)
"""What another, at the same instant, may have caused: it is looked at again."""


def key_of(draft_id: str, number: int) -> str:
    """Return the key of the task that publishes what act `number` of a draft scheduled."""
    return f"{notices.PUBLISH}:{draft_id}:{number}"


def _who_scheduled(session: Session, held: Held, scheduled: Done) -> Person:
    try:
        return officers.by_id(session, held.draft.publisher, scheduled.officer_id)
    except UnknownOfficerError as error:
        raise OfficerError("Qui a programmé cette publication n’est plus en fonction.") from error
