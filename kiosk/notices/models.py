"""The outbox: what must happen after a commit, written in the same transaction as its cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime

_URGENT = text("done_at IS NULL AND mailing IS NULL")
_MASS = text("done_at IS NULL AND mailing IS NOT NULL")
_OF_A_MAILING = text("mailing IS NOT NULL")


class Task(Base):
    """One thing to do once; `key` makes a repeated request the same task."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_urgent", "due_at", "id", postgresql_where=_URGENT, sqlite_where=_URGENT),
        Index("ix_task_mass", "due_at", "id", postgresql_where=_MASS, sqlite_where=_MASS),
        Index(
            "ix_task_mailing", "mailing", "state", postgresql_where=_OF_A_MAILING, sqlite_where=_OF_A_MAILING
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    """`mail`, `project` (files of a publication), `build` (the archive), `announce` (a publication), `alert`,
    `links` (the register of a service), `remind`."""
    key: Mapped[str] = mapped_column(String(200), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the task needs; emptied when a mail has left, or is given up, so that no address stays behind."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(32), default="waiting")
    """`waiting`, `stopped`, `done`, `delivered-to-server`, `failed`."""
    error: Mapped[str | None] = mapped_column(String(500))
    mailing: Mapped[str | None] = mapped_column(String(64))
    """The mailing to many that a mail is part of: it leaves after everything else, at a set pace."""


class Announcement(Base):
    """A publication to tell everyone concerned of: until when that waits, and how far it went."""

    __tablename__ = "announcement"

    version_id: Mapped[int] = mapped_column(
        ForeignKey("published_version.id"), primary_key=True, autoincrement=False
    )
    publisher: Mapped[str] = mapped_column(String(64))
    announced_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    """Nothing leaves before: time to see a mistake."""
    cursor: Mapped[str] = mapped_column(String(32), default="")
    """The account looked at last, in the order of identifiers; empty before the first and after the last."""
    told: Mapped[int] = mapped_column(default=0)
    """How many people a mail was asked for."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When every account had been looked at."""
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None: not stopped, or resumed since."""


class AnnouncementAct(Base):
    """Who stopped or resumed an announcement, by their function, and why."""

    __tablename__ = "announcement_act"

    version_id: Mapped[int] = mapped_column(ForeignKey("announcement.version_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str] = mapped_column(String(16))
    """`stopped` or `resumed`."""
    function: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    had_left: Mapped[int]
    """How many mails had left by then."""


class Reminder(Base):
    """One more mail about a version, to people told of it who decided nothing: how far it went."""

    __tablename__ = "reminder"

    version_id: Mapped[int] = mapped_column(ForeignKey("published_version.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of this version, from 1: two that are asked for at once cannot both be next."""
    publisher: Mapped[str] = mapped_column(String(64))
    officer_id: Mapped[str] = mapped_column(String(32))
    """Who asked for it; not a foreign key, for an officer can be forgotten."""
    function: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cursor: Mapped[int] = mapped_column(default=0)
    """The mail of the announcement looked at last, by the number of its task."""
    told: Mapped[int] = mapped_column(default=0)
    """How many people a mail was asked for."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When every mail of the announcement had been looked at."""
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody kept back what had not left; for good: another one is asked for."""


class NotificationRow(Base):
    """A mail that told a person something, and what became of it. Insert-only, by trigger.

    Nothing personal: to whom it went is a commitment of its statement, opened apart.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_subject_id", "subject_id"),
        Index("ix_notification_about", "about"),
        Index("ix_notification_message", "message", "state", unique=True),
    )

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)
    subject_id: Mapped[str | None] = mapped_column(String(32))
    """Not a foreign key: the link may be destroyed, what was sent may not."""
    about: Mapped[str | None] = mapped_column(String(64))
    """Hash of the statement that the mail is about."""
    purpose: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    """`mail`, or `folder` in a demonstration without a mail server."""
    state: Mapped[str] = mapped_column(String(16))
    """`handed` to the server, `refused` after every attempt, or `bounced`: it came back later."""
    handed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When that was so."""
    message: Mapped[str | None] = mapped_column(String(32))
    """What the Message-ID of the mail begins with, by which one that comes back is known."""
