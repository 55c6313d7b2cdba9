"""Published versions, as bytes, and what is done with links out of them. A row here is the publication."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from kiosk.db import Base, UTCDateTime


class LinkAct(Base):
    """What somebody did with a link out of the texts of a service. Insert-only, by trigger."""

    __tablename__ = "link_act"
    __table_args__ = (UniqueConstraint("service", "form_id"),)

    service: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of this service, from 1, without a gap: two acts at once cannot both be next."""
    url: Mapped[str] = mapped_column(String(2000))
    act: Mapped[str] = mapped_column(String(16))
    """One of `links.LinkDeed`."""
    reason: Mapped[str | None] = mapped_column(String(500))
    """Of a removal, public."""
    officer_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key, for an officer can be forgotten."""
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    form_id: Mapped[str] = mapped_column(String(32))
    """Random, set in the form: sent twice, it acts once."""
    standing: Mapped[str] = mapped_column(Text)
    """How every address that was removed or shown again stands after this act (`links.Standing`): who reads
    the newest row knows it all."""


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
    link_standing: Mapped[str | None] = column_property(
        select(LinkAct.standing)
        .where(LinkAct.service == service)
        .order_by(LinkAct.number.desc())
        .limit(1)
        .correlate_except(LinkAct)
        .scalar_subquery()
    )
    """How the links of its service stand, read with the version itself; None when nothing was done."""


class CancelledVersion(Base):
    """A published version that will not take effect. Insert-only, by trigger."""

    __tablename__ = "cancelled_version"

    version_id: Mapped[int] = mapped_column(ForeignKey("published_version.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(1000))
    """Public."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)


class AttachedFile(Base):
    """The bytes of a file that goes along with a text, or with a draft of one. Insert-only, by trigger.

    What it is called, and with which versions it goes, is said by their metadata.
    """

    __tablename__ = "attached_file"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the bytes."""
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When these bytes came first."""
