"""The outbox: ask for work in the transaction that causes it, take it, say how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kiosk.db import Row
from kiosk.notices.models import Task
from kiosk.notices.notifications import Notification

MAIL = "mail"
PROJECT = "project"
BUILD = "build"

MAX_ATTEMPTS = 8
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=1)
_ERROR_CHARACTERS = 500
_LEASES = {BUILD: timedelta(minutes=20)}
_LEASE = timedelta(minutes=2)

_ASKED = {
    name: asking.on_conflict_do_nothing(index_elements=[Task.key]).returning(Task.id)
    for name, asking in (("postgresql", postgresql.insert(Task)), ("sqlite", sqlite.insert(Task)))
}
"""How to ask for a task, on each database."""


def enqueue(session: Session, kind: str, key: str, payload: Mapping[str, Any], at: datetime) -> bool:
    """Ask for one task, due `at`; returns whether `key` was new, and does nothing when it was not."""
    return enqueue_row(session, row(kind, key, payload, at))


def enqueue_row(session: Session, asked: Row) -> bool:
    """Ask for the task of `row` or `mail_row`, unless its key is known; returns whether it was new."""
    return session.scalar(_ASKED[session.get_bind().dialect.name], asked.values) is not None


def row(kind: str, key: str, payload: Mapping[str, Any], at: datetime) -> Row:
    """Return the row that `enqueue` writes when `key` is new, for who writes others with it."""
    values = {
        "kind": kind, "key": key, "payload": dict(payload), "created_at": at, "due_at": at,
        "attempts": 0, "state": "waiting",
    }  # fmt: skip
    return Row(Task, values)


class MailAsked(TypedDict):
    """What is asked of one mail of plain text, sent once for a `key`."""

    key: str
    to: str
    subject: str
    body: str
    at: datetime
    publisher: NotRequired[str | None]
    """That of the account it is for: the same address may have one at another."""
    receipt: NotRequired[str | None]
    """Hash of the statement whose receipt goes with it."""
    notification: NotRequired[Notification | None]
    """What a statement is to tell of it once it is handed over or given up."""


def mail_row(**asked: Unpack[MailAsked]) -> Row:
    """Return the row that asks for one mail, as `enqueue_mail` does when its key is new."""
    notification = asked.get("notification")
    payload = {
        "to": asked["to"], "subject": asked["subject"], "body": asked["body"],
        "publisher": asked.get("publisher"), "receipt": asked.get("receipt"),
        "notification": notification.payload() if notification else None,
    }  # fmt: skip
    return row(MAIL, asked["key"], payload, asked["at"])


def enqueue_mail(session: Session, **asked: Unpack[MailAsked]) -> bool:
    """Ask for one mail; returns whether its key was new."""
    return enqueue_row(session, mail_row(**asked))


def take(session: Session, at: datetime) -> Task | None:
    """Return the task that is due first, or None; the caller commits, then does it.

    The task is leased: nobody else takes it before the lease ends, and a worker that died gives it back.
    """
    task = session.scalar(
        select(Task)
        .where(Task.done_at.is_(None), Task.due_at <= at)
        .order_by(Task.due_at, Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if task is None:
        return None
    task.attempts += 1
    task.due_at = at + _LEASES.get(task.kind, _LEASE)
    return task


def succeed(session: Session, task_id: int, state: str, at: datetime) -> bool:
    """Note that a task was done; a mail's content is forgotten.

    Returns whether this ended it: False when it was noted before, by a worker that was thought dead.
    """
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.done_at is not None:
        return False
    task.state = state
    task.done_at = at
    task.error = None
    if task.kind == MAIL:
        task.payload = {}
    return True


def fail(session: Session, task_id: int, error: str, at: datetime) -> bool:
    """Note why a task was not done, and when to try again; after `MAX_ATTEMPTS` it is `failed`.

    `error` must hold nothing personal. Returns whether this ended it.
    """
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.done_at is not None:
        return False
    task.error = error[:_ERROR_CHARACTERS]
    if task.attempts >= MAX_ATTEMPTS:
        task.state = "failed"
        task.done_at = at
        return True
    task.due_at = at + min(_FIRST_DELAY * 2 ** (task.attempts - 1), _LONGEST_DELAY)
    return False


def postpone(session: Session, task_id: int, until: datetime) -> None:
    """Give a task back untouched: what it waits for is not there yet."""
    task = session.get_one(Task, task_id)
    task.attempts -= 1
    task.due_at = until


def waiting(session: Session, kind: str) -> bool:
    """Whether a task of `kind` is still to be done."""
    found = session.scalar(select(Task.id).where(Task.kind == kind, Task.done_at.is_(None)).limit(1))
    return found is not None
