"""The outbox: ask for work in the transaction that causes it, take it, say how it ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kiosk.db import Row
from kiosk.notices.models import Task
from kiosk.notices.notifications import Notification

MAIL = "mail"
PROJECT = "project"
BUILD = "build"
ANNOUNCE = "announce"
ALERT = "alert"
LINKS = "links"
REMIND = "remind"
PUBLISH = "publish"
CANCEL = "cancel"
COMMIT = "commit"

WAITING, STOPPED = "waiting", "stopped"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When what is stopped is due."""

MAX_ATTEMPTS = 8
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=1)
_ERROR_CHARACTERS = 500
_LEASES = {
    BUILD: timedelta(minutes=20),
    ANNOUNCE: timedelta(minutes=20),
    ALERT: timedelta(minutes=20),
    CANCEL: timedelta(minutes=20),
    REMIND: timedelta(minutes=20),
}
_LEASE = timedelta(minutes=2)

_ASKED = {
    name: asking.on_conflict_do_nothing(index_elements=[Task.key]).returning(Task.id)
    for name, asking in (("postgresql", postgresql.insert(Task)), ("sqlite", sqlite.insert(Task)))
}
"""How to ask for a task, on each database."""


def enqueue(
    session: Session,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    at: datetime,
    *,
    due_at: datetime | None = None,
) -> bool:
    """Ask for one task, due `at` or later; returns whether `key` was new, does nothing when it was not."""
    asked = row(kind, key, payload, at)
    return enqueue_row(session, Row(asked.model, {**asked.values, "due_at": due_at or at}))


def enqueue_row(session: Session, asked: Row) -> bool:
    """Ask for the task of `row` or `mail_row`, unless its key is known; returns whether it was new."""
    return session.scalar(_ASKED[session.get_bind().dialect.name], asked.values) is not None


def row(kind: str, key: str, payload: Mapping[str, Any], at: datetime) -> Row:
    """Return the row that `enqueue` writes when `key` is new, for who writes others with it."""
    values = {
        "kind": kind, "key": key, "payload": dict(payload), "created_at": at, "due_at": at,
        "attempts": 0, "state": WAITING,
    }  # fmt: skip
    return Row(Task, values)


class MailAsked(TypedDict):
    """What is asked of one mail of plain text, sent once for a `key`."""

    key: str
    to: str
    subject: NotRequired[str]
    body: NotRequired[str]
    at: datetime
    publisher: NotRequired[str | None]
    """That of the account it is for: the same address may have one at another."""
    receipt: NotRequired[str | None]
    """Hash of the statement whose receipt goes with it."""
    also: NotRequired[Sequence[str]]
    """Those of other statements of the same act, whose receipts go with it too."""
    notification: NotRequired[Notification | None]
    """What a statement is to tell of it once it is handed over or given up."""
    decision: NotRequired[Mapping[str, str]]
    """In place of subject and body: the `id` of the one it confirms, and the `title` of its document."""


def mail_row(**asked: Unpack[MailAsked]) -> Row:
    """Return the row that asks for one mail, as `enqueue_mail` does when its key is new."""
    notification = asked.get("notification")
    payload: dict[str, Any] = {
        "to": asked["to"], "publisher": asked.get("publisher"), "receipt": asked.get("receipt"),
        "notification": notification.payload() if notification else None,
    }  # fmt: skip
    payload |= {name: asked[name] for name in ("subject", "body", "decision") if name in asked}
    if also := asked.get("also"):
        payload["also"] = list(also)
    return row(MAIL, asked["key"], payload, asked["at"])


def enqueue_mail(session: Session, **asked: Unpack[MailAsked]) -> bool:
    """Ask for one mail; returns whether its key was new."""
    return enqueue_row(session, mail_row(**asked))


def enqueue_mailing(session: Session, mailing: str, mails: Collection[MailAsked]) -> int:
    """Ask for some of the mails of a mailing to many, in one statement; returns how many were new.

    They leave after everything else.
    """
    values = [{**mail_row(**asked).values, "mailing": mailing} for asked in mails]
    if not values:
        return 0
    return len(session.scalars(_ASKED[session.get_bind().dialect.name], values).all())


def take(session: Session, at: datetime, *, mass: bool = False) -> Task | None:
    """Return the task that is due first, or None; the caller commits, then does it.

    Those of mailings to many are left out; with `mass`, they are the only ones. The task is leased: nobody
    else takes it before the lease ends, and a worker that died gives it back.
    """
    task = session.scalar(first_due(at, mass=mass).with_for_update(skip_locked=True))
    if task is None:
        return None
    task.attempts += 1
    task.due_at = at + _LEASES.get(task.kind, _LEASE)
    return task


def is_due(session: Session, at: datetime) -> bool:
    """Whether a task that is not of a mailing to many is due."""
    return session.scalar(first_due(at, mass=False)) is not None


def first_due(at: datetime, *, mass: bool) -> Select[Task]:
    """Return what asks for the task to do first at `at`, in or out of mailings to many."""
    lane = Task.mailing.is_not(None) if mass else Task.mailing.is_(None)
    first = select(Task).where(Task.done_at.is_(None), lane, Task.due_at <= at)
    return first.order_by(Task.due_at, Task.id).limit(1)


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

    `error` must hold nothing personal. A mail that is given up is forgotten, as one that left. Returns
    whether this ended it.
    """
    task = session.get_one(Task, task_id, with_for_update=True)
    if task.done_at is not None:
        return False
    task.error = error[:_ERROR_CHARACTERS]
    if task.attempts >= MAX_ATTEMPTS:
        task.state = "failed"
        task.done_at = at
        if task.kind == MAIL:
            task.payload = {}
        return True
    if task.state != STOPPED:
        task.due_at = at + min(_FIRST_DELAY * 2 ** (task.attempts - 1), _LONGEST_DELAY)
    return False


def postpone(session: Session, task_id: int, until: datetime) -> None:
    """Give a task back untouched: what it waits for is not there yet."""
    task = session.get_one(Task, task_id, with_for_update=True)
    task.attempts -= 1
    if task.state != STOPPED:
        task.due_at = until


def waiting(session: Session, kind: str) -> bool:
    """Whether a task of `kind` is still to be done."""
    here = Task.kind == kind, Task.done_at.is_(None), Task.mailing.is_(None)
    return session.scalar(select(Task.id).where(*here).limit(1)) is not None


def stop(session: Session, key: str, mailing: str) -> int:
    """Let the task of `key`, and every mail of `mailing` that has not left, wait; returns how many mails.

    One that is leaving at this very instant may still leave.
    """
    return _turn(session, key, mailing, WAITING, STOPPED, NEVER)


def resume(session: Session, key: str, mailing: str, at: datetime) -> int:
    """Let what `stop` stopped be done, from `at` on; returns how many mails of `mailing` wait again.

    The task of `key`, if it was given up, is tried again too.
    """
    session.execute(
        update(Task)
        .where(Task.key == key, Task.state == "failed")
        .values(state=WAITING, due_at=at, done_at=None, attempts=0),
        execution_options=_QUICK,
    )
    return _turn(session, key, mailing, STOPPED, WAITING, at)


def _turn(session: Session, key: str, mailing: str, before: str, after: str, due_at: datetime) -> int:
    turned = update(Task).values(state=after, due_at=due_at)
    waits = Task.done_at.is_(None), Task.state == before
    session.execute(turned.where(Task.key == key, *waits), execution_options=_QUICK)
    mails = turned.where(Task.mailing == mailing, *waits).returning(Task.id)
    return len(session.execute(mails, execution_options=_QUICK).all())


def gave_up(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of the tasks of `keys` were given up after every attempt."""
    return set(session.scalars(select(Task.key).where(Task.key.in_(keys), Task.state == "failed")))


def states(session: Session, mailings: Collection[str]) -> dict[str, dict[str, int]]:
    """Return how many mails of each of `mailings` are in each state."""
    counted = session.execute(
        select(Task.mailing, Task.state, func.count())
        .where(Task.mailing.is_not(None), Task.mailing.in_(mailings))
        .group_by(Task.mailing, Task.state)
    )
    found: dict[str, dict[str, int]] = {mailing: {} for mailing in mailings}
    for mailing, state, count in counted:
        found[mailing or ""][state] = count
    return found


_QUICK = {"synchronize_session": False}
