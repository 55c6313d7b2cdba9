"""Do the tasks of the outbox, one by one: mails, files of a publication, the archive, announcements."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.errors import CorpusError
from kiosk import duties
from kiosk.acceptance import confirmations, informing, informing_cancelled, reminding
from kiosk.administration import alerts
from kiosk.clock import Clock, Elapsed, system_elapsed
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.duties import Duty
from kiosk.ledger import authorities, stamping
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.receipts import hints
from kiosk.legal_desk import findings, publishing
from kiosk.legal_desk.acts import Desk
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.notices import mail, notifications, receipts, services
from kiosk.notices.errors import NotDeliveredError, NoticesError, NotSealedError
from kiosk.notices.mail import Handed
from kiosk.notices.pacing import Pace
from kiosk.proof.errors import ProofError
from kiosk.retention import archive
from kiosk.texts import cancelling, committing, links, projections
from kiosk.texts import services as texts
from kiosk.texts.errors import TextsError
from kiosk.texts.models import PublishedVersion

OURS = (NoticesError, TextsError, CorpusError, LedgerError, ProofError, LegalDeskError)
"""Only our own errors are known to hold nothing personal."""
_PROJECT_FIRST = timedelta(seconds=2)

_log = structlog.get_logger("kiosk.worker")


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What the worker works with."""

    settings: Settings
    engine: Engine
    clock: Clock
    stop: threading.Event = field(default_factory=threading.Event)
    elapsed: Elapsed = system_elapsed
    randomness: Callable[[int], bytes] = secrets.token_bytes
    ask: stamping.Ask = authorities.ask
    pace: Pace = field(init=False)
    """Of mailings to many."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pace", Pace(self.settings.notices_per_minute))

    def key(self) -> LedgerKey:
        """Return the ledger's key as it is now; raises `LedgerKeyError`."""
        return LedgerKey.load_or_create(self.settings.keys_dir, self.settings.mode.value)

    def alone(self, duty: Duty) -> AbstractContextManager[bool]:
        """Hold `duty` if no worker does, and say whether it is ours."""
        return duties.alone(self.engine, self.settings.data_dir, duty)


class _NotYetError(Exception):
    """What a task waits for is not there yet, or others come first."""

    def __init__(self, wait: timedelta = _PROJECT_FIRST) -> None:
        super().__init__()
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Job:
    """A task as taken, apart from its session."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]


def do_next(context: WorkerContext) -> int | None:
    """Do the task to do first; returns how many were done, None when none is due.

    Before each mail of a mailing to many, whatever else is due: a code never waits for ten thousand notices.
    """
    job = _take(context) or _take_mass(context)
    return None if job is None else _attempt(context, job)


def _take_mass(context: WorkerContext) -> _Job | None:
    """Take a mail of a mailing to many, unless too many left in the last minute."""
    if not context.pace.allows(context.elapsed()):
        return None
    job = _take(context, mass=True)
    if job is not None:
        context.pace.note(context.elapsed())
    return job


def _take(context: WorkerContext, *, mass: bool = False) -> _Job | None:
    with writing(context.engine) as session:
        task = services.take(session, context.clock(), mass=mass)
        return None if task is None else _Job(task.id, task.kind, task.key, dict(task.payload))


def _attempt(context: WorkerContext, job: _Job) -> int:
    try:
        handed = _do(context, job)
    except _NotYetError as error:
        with writing(context.engine) as session:
            services.postpone(session, job.id, context.clock() + error.wait)
        return 0
    except (*OURS, OSError, KeyError, ValueError) as error:
        reason = str(error) if isinstance(error, OURS) else type(error).__name__
        refused = error.mail_hash if isinstance(error, NotDeliveredError) else None
        with writing(context.engine) as session:
            if services.fail(session, job.id, reason, context.clock()):
                _notify(context, session, job, None, refused)
        _log.warning("task failed", task=job.id, kind=job.kind, reason=reason)
        return 0
    with writing(context.engine) as session:
        if services.succeed(session, job.id, handed.state if handed else "done", context.clock()) and handed:
            _notify(context, session, job, handed)
    _log.info("task done", task=job.id, kind=job.kind)
    return 1


def _notify(
    context: WorkerContext, session: Session, job: _Job, handed: Handed | None, refused: str | None = None
) -> None:
    """Record what became of the mail of `job`, if it tells a person something."""
    notifications.record(
        session, job.payload, handed, mail_hash=refused, environment=context.settings.mode.value,
        at=context.clock(), randomness=context.randomness, message=mail.message_name(job.key),
    )  # fmt: skip


def _do(context: WorkerContext, job: _Job) -> Handed | None:
    """Do one task; returns how its mail left, when it is one."""
    match job.kind:
        case services.MAIL:
            return mail.hand(_letter(context, job), context.settings, context.clock())
        case services.PROJECT:
            version = _write_files(context, job.payload["version_id"])
            _ask_commit(context, version, "publication")
        case services.BUILD:
            _build(context)
        case services.ANNOUNCE:
            version_id, stop = job.payload["version_id"], context.stop.is_set
            if informing.tell(context.engine, context.settings, context.clock, version_id, stop):
                raise _NotYetError(timedelta(0))
        case services.ALERT:
            notice_id, stop = job.payload["notice_id"], context.stop.is_set
            if alerts.tell(context.engine, context.clock, notice_id, stop):
                raise _NotYetError(timedelta(0))
        case services.LINKS:
            _write_links(context, job)
        case services.REMIND:
            stop = context.stop.is_set
            if reminding.tell(context.engine, context.settings, context.clock, job.payload, stop):
                raise _NotYetError(timedelta(0))
        case services.PUBLISH:
            _publish_due(context, job)
        case services.COMMIT:
            _commit(context, job.payload["version_id"])
        case services.CANCEL:
            _cancel(context, job)
        case _:
            raise ValueError(job.kind)
    return None


def _write_files(context: WorkerContext, version_id: int) -> PublishedVersion:
    """Write the files of a publication, with what its draft left as it stands."""
    texts_dir = context.settings.texts_dir
    known = texts.load_services(texts_dir)
    with reading(context.engine) as session:
        version = texts.get(session, version_id)
        made = findings.made(session, known[version.service], version)
        projections.project(session, version, texts_dir, made)
    return version


def _write_links(context: WorkerContext, job: _Job) -> None:
    """Write the register of links of a service in the files, and have the archive follow."""
    service = job.payload["service"]
    with reading(context.engine) as session:
        if services.waiting(session, services.PROJECT):
            raise _NotYetError
        done = links.acts(session, service)
    if links.project(context.settings.texts_dir, service, done):
        with writing(context.engine) as session:
            key = f"{services.BUILD}:{job.key}"
            services.enqueue(session, services.BUILD, key, {"service": service}, context.clock())


def _ask_commit(context: WorkerContext, version: PublishedVersion, why: str) -> None:
    """Ask that what was written be committed with git, where the deployment wants it."""
    if not context.settings.texts_git:
        return
    with writing(context.engine) as session:
        key = f"{services.COMMIT}:{version.id}:{why}"
        services.enqueue(session, services.COMMIT, key, {"version_id": version.id}, context.clock())


def _commit(context: WorkerContext, version_id: int) -> None:
    settings = context.settings
    known = texts.load_services(settings.texts_dir)
    with reading(context.engine) as session:
        here = texts.address(texts.get(session, version_id))
    publisher = known[here.service].publisher
    committing.commit(settings.texts_dir, here, publisher, settings.public_url)


def _cancel(context: WorkerContext, job: _Job) -> None:
    """Have nothing more said of a cancelled version, tell who was told of it, and write it in the files."""
    version_id = job.payload["version_id"]
    informing_cancelled.tell(
        context.engine, context.settings, context.clock, version_id, randomness=context.randomness
    )
    with reading(context.engine) as session:
        if services.waiting(session, services.PROJECT):
            raise _NotYetError
        version = texts.get(session, version_id)
        cancelled = texts.cancellations(session, [version])[version_id]
        cancelling.project(version, cancelled, context.settings.texts_dir)
    _ask_commit(context, version, "cancellation")
    with writing(context.engine) as session:
        key = f"{services.BUILD}:{texts.address(version)}:cancelled"
        services.enqueue(session, services.BUILD, key, {"version_id": version_id}, context.clock())


def _publish_due(context: WorkerContext, job: _Job) -> None:
    """Publish what was scheduled, or write down why not: each with the end of its task, at once."""
    desk = Desk(context.settings.mode.value, context.randomness)
    known = texts.load_services(context.settings.texts_dir)
    try:
        with writing(context.engine) as session:
            at = context.clock()
            publishing.publish_due(session, desk, known, job.payload, at, hold=context.settings.notice_hold)
            services.succeed(session, job.id, "done", at)
    except publishing.TRY_AGAIN as error:
        raise _NotYetError from error
    except publishing.REFUSALS as error:
        _log.warning("publication refused", task=job.id, reason=type(error).__name__)
        with writing(context.engine) as session:
            publishing.give_up_due(session, desk, job.payload, error, context.clock())
            services.succeed(session, job.id, "refused", context.clock())


def _letter(context: WorkerContext, job: _Job) -> mail.Mail:
    """Return the mail of `job`, with the receipt that goes with it."""
    try:
        with reading(context.engine) as session:
            held = receipts.attachments(session, job.payload, hints(context.settings), archive.openings)
            payload = confirmations.complete(session, job.payload, context.settings)
    except NotSealedError as error:
        raise _NotYetError from error
    return mail.Mail.from_payload(job.key, payload, held)


def _build(context: WorkerContext) -> None:
    with reading(context.engine) as session:
        if services.waiting(session, services.PROJECT):
            raise _NotYetError
    settings = context.settings
    projections.build_archive(
        settings.texts_dir, settings.archive_dir, settings.mode.value, settings.archive_address
    )
