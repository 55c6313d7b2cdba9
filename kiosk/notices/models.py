"""The outbox: what must happen after a commit, written in the same transaction as its cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class Task(Base):
    """One thing to do once; `key` makes a repeated request the same task."""

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_due", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    """`mail`, `project` (files of a publication) or `build` (the archive)."""
    key: Mapped[str] = mapped_column(String(200), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the task needs; emptied when a mail has left, so that no address stays behind."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(32), default="waiting")
    """`waiting`, `done`, `delivered-to-server`, `failed`."""
    error: Mapped[str | None] = mapped_column(String(500))


class NotificationRow(Base):
    """A mail that told a person something, and what became of it. Insert-only, by trigger.

    Nothing personal: to whom it went is a commitment of its statement, opened apart.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_subject_id", "subject_id"),
        Index("ix_notification_about", "about"),
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
    """`handed` to the server, or `refused` after every attempt."""
    handed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When that was so."""
