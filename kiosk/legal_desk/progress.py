"""How far what follows a publication is: the files, the archive, the mails, each done by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.notices import announcements
from kiosk.notices import services as notices
from kiosk.notices.announcements import State as Sending
from kiosk.notices.models import Announcement, Task
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion


class What(StrEnum):
    """What follows a publication (the words people read are in the templates)."""

    FILES = "files"
    ARCHIVE = "archive"
    """Its pages and its PDF files."""
    MAILS = "mails"


class How(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    UNDER_WAY = "under-way"
    AGAIN = "again"
    """It failed, and is tried again."""
    FAILED = "failed"
    """After every attempt: whoever runs the machine has to look."""
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that follows a publication."""

    what: What
    how: How
    not_before: datetime | None = None
    """Of mails that wait: when the first may leave."""


_SENDING = {
    Sending.HELD: How.WAITING,
    Sending.UNDER_WAY: How.UNDER_WAY,
    Sending.STOPPED: How.STOPPED,
    Sending.ENDED: How.DONE,
}


def steps(session: Session, version: PublishedVersion, at: datetime) -> tuple[Step, ...]:
    """Return how far what follows the publication of `version` is, in the order it is done."""
    address = texts.address(version)
    keys = {What.FILES: f"{notices.PROJECT}:{address}", What.ARCHIVE: f"{notices.BUILD}:{address}"}
    rows = session.scalars(select(Task).where(Task.key.in_(keys.values())))
    tasks = {one.key: one for one in rows}
    found = [Step(what, of_task(tasks.get(key))) for what, key in keys.items()]
    if session.get(Announcement, version.id) is not None:
        told = announcements.standing(session, version.id, at)
        how = How.FAILED if told.stuck else _SENDING[told.state]
        found.append(Step(What.MAILS, how, told.announcement.not_before if how is How.WAITING else None))
    return tuple(found)


def of_task(task: Task | None) -> How:
    """Return how far a task is; None is one that was done long ago, or that files needed not."""
    if task is None or task.state == "done":
        return How.DONE
    if task.state == "failed":
        return How.FAILED
    if task.state == notices.STOPPED:
        return How.STOPPED
    if task.error is not None:
        return How.AGAIN
    return How.UNDER_WAY if task.attempts else How.WAITING
