"""Traces, which go after a year, and for each day the digest of the documents shown, which stays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime
from kiosk.ledger.models import LONG


class Trace(Base):
    """One thing that happened to an account."""

    __tablename__ = "trace"
    __table_args__ = (
        UniqueConstraint("day", "version_id", "account_id"),
        Index("ix_trace_account_at", "account_id", "at"),
        Index("ix_trace_at", "at"),
    )

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key: a trace neither keeps an account nor goes with it."""
    event: Mapped[str] = mapped_column(String(32))
    """One of `services.Event`."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    service: Mapped[str | None] = mapped_column(String(64))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("published_version.id"))
    day: Mapped[date | None] = mapped_column(Date)
    """The day (UTC) a document was shown on: once a day is enough. None for what is not a document shown."""
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Hides the line in the digest of its day."""


class ExposureDigest(Base):
    """The statement of one day's documents shown. Insert-only, by trigger; nothing personal."""

    __tablename__ = "exposure_digest"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)
    last_trace_id: Mapped[int] = mapped_column(LONG)
    """The last trace it was made from: a clock put back adds none afterwards."""
