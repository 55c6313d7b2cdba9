"""Notices that officers write to everybody, which stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class SecurityNotice(Base):
    """What an officer writes to everybody of a publisher or a service, and another confirms (O-49)."""

    __tablename__ = "security_notice"
    __table_args__ = (Index("ix_security_notice_publisher", "publisher", "written_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str | None] = mapped_column(String(64))
    """For the people of this service alone; None: for everybody of the publisher."""
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(String(5000))
    """For everybody: it names nobody."""
    officer_id: Mapped[str] = mapped_column(String(32))
    """Who wrote it; not a foreign key, for an officer can be forgotten."""
    function: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[str | None] = mapped_column(String(32))
    """Another officer."""
    confirmed_function: Mapped[str | None] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Nothing leaves before: time to see a mistake."""
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody kept back what had not left; for good: another notice is written."""
    cursor: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """The account looked at last, in the order of identifiers."""
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many people a mail was asked for."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When every account had been looked at."""
