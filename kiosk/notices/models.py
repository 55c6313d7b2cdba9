"""The outbox: what must happen after a commit, written in the same transaction as its cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
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
