"""Published versions, as bytes. A row here is the publication; files are copies made afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class PublishedVersion(Base):
    """One published or received version. Insert-only, by trigger."""

    __tablename__ = "published_version"
    __table_args__ = (
        UniqueConstraint("service", "terms", "slug"),
        UniqueConstraint("service", "terms", "sequence"),
        Index("ix_published_version_effective", "service", "terms", "effective_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    """Order of entry among the versions of one document, from 1."""
    label: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Asked of the database at its first use: most pages need the hash alone."""
    text_hash: Mapped[str] = mapped_column(String(64))
    contractual: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON of the frozen metadata; its SHA-256 is `metadata_hash`."""
    metadata_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None for an accession: when it was put online elsewhere is unknown."""
    effective_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    required_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"))


class CancelledVersion(Base):
    """A published version that will not take effect. Insert-only, by trigger."""

    __tablename__ = "cancelled_version"

    version_id: Mapped[int] = mapped_column(ForeignKey("published_version.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(1000))
    """Public."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)
