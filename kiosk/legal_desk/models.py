"""What the legal desk keeps: files received, states of drafts, what was done with them, links to read one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class ReceivedFile(Base):
    """A file as a legal team received it: authors, comments, deletions. Never public but for its hash."""

    __tablename__ = "received_file"
    __table_args__ = (Index("ix_received_file_publisher", "publisher", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    """As the person's machine calls it."""
    kind: Mapped[str] = mapped_column(String(16))
    """``docx``, ``odt``, ``html``, ``md``, ``txt``."""
    tracked: Mapped[str | None] = mapped_column(String(8))
    """What became of tracked changes: ``accept``, ``reject``; None when there was none."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bytes."""
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    officer_id: Mapped[str] = mapped_column(String(32))
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Draft(Base):
    """A version in the making. Insert-only, by trigger: what becomes of it is told by its acts."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_publisher", "publisher", "opened_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(String(64))
    slug: Mapped[str] = mapped_column(String(64))
    """That of the version to be; two open drafts may want the same, one is published."""
    corrects: Mapped[str | None] = mapped_column(String(64))
    """Slug of the published version whose error this one corrects."""
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DraftRevision(Base):
    """One state of a draft: its text and what is said of it. Insert-only, by trigger."""

    __tablename__ = "draft_revision"

    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1: two people who save at once cannot both be next."""
    text: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    contractual: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON of the metadata, `published_at` and `archived_on` null."""
    metadata_hash: Mapped[str] = mapped_column(String(64))
    received_id: Mapped[str | None] = mapped_column(String(32))
    """The file that this text was understood from; not a foreign key, for it can be destroyed."""
    officer_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key, for an officer can be forgotten."""
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class DraftAct(Base):
    """What was done with a draft. Insert-only, by trigger; its words open the statement, apart."""

    __tablename__ = "draft_act"
    __table_args__ = (
        ForeignKeyConstraint(["draft_id", "revision"], ["draft_revision.draft_id", "draft_revision.number"]),
        UniqueConstraint("draft_id", "form_id"),
        Index("ix_draft_act_version_id", "version_id"),
    )

    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without a gap: two acts at once cannot both be next."""
    act: Mapped[str] = mapped_column(String(16))
    """One of `policy.Act`."""
    revision: Mapped[int]
    """The state of the text it is about."""
    content_hash: Mapped[str] = mapped_column(String(64))
    """Of that state."""
    officer_id: Mapped[str] = mapped_column(String(32))
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    place: Mapped[str | None] = mapped_column(String(300))
    """Of a comment: the address of a provision; of a finding set aside: its rule and words, hashed."""
    about: Mapped[int | None] = mapped_column(SmallInteger)
    """The number of the act that this one answers or ends."""
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Of a scheduled publication, or a link to read: when it is due, or ends."""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("published_version.id"))
    """Of a publication, or its cancellation."""
    form_id: Mapped[str | None] = mapped_column(String(32))
    """Random, set in the form: sent twice, it acts once."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)


class ReadingLink(Base):
    """An address that lets whoever has it read one state of a draft, until it ends."""

    __tablename__ = "reading_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed: the address itself is shown once and kept nowhere."""
    draft_id: Mapped[str] = mapped_column(String(32))
    act_number: Mapped[int]
    """The act that opened it."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    first_read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        ForeignKeyConstraint(["draft_id", "act_number"], ["draft_act.draft_id", "draft_act.number"]),
        Index("ix_reading_link_draft_id", "draft_id"),
    )
