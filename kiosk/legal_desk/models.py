"""Officers, who can be forgotten, and what they did, alone or with a request, which cannot be changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class Officer(Base):
    """Somebody of the legal team of one publisher."""

    __tablename__ = "officer"
    __table_args__ = (UniqueConstraint("publisher", "login"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    login: Mapped[str] = mapped_column(String(64))
    """What they sign in with: lower-case letters, digits, full stops and hyphens."""
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200))
    """What they are, in words; what they did is known by it, never by their name."""
    role: Mapped[str] = mapped_column(String(32))
    """One of `officers.Role`."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    """argon2id."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OfficerSession(Base):
    """One open session of an officer, known by the hash of its token."""

    __tablename__ = "officer_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class EvidenceRequest(Base):
    """A request for one person's evidence. Insert-only, by trigger; nothing personal."""

    __tablename__ = "evidence_request"
    __table_args__ = (Index("ix_evidence_request_publisher", "publisher", "asked_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key: the link from subject to account may be destroyed, the request may not."""
    service: Mapped[str | None] = mapped_column(String(64))
    """None: every service of the publisher."""
    officer_id: Mapped[str] = mapped_column(String(32))
    """Who asked; not a foreign key, for an officer can be forgotten."""
    function: Mapped[str] = mapped_column(String(200))
    """What they were then."""
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    words_hash: Mapped[str] = mapped_column(String(64))
    """Commitment to the words of the request, which may name people and stand apart."""


class EvidenceWords(Base):
    """Who outside asked for the evidence, and why: free words, that can be forgotten."""

    __tablename__ = "evidence_words"

    request_id: Mapped[str] = mapped_column(ForeignKey("evidence_request.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Opens `words_hash`."""
    requester: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(1000))


class EvidenceAct(Base):
    """What an officer did with a request. Insert-only, by trigger; nothing personal."""

    __tablename__ = "evidence_act"

    request_id: Mapped[str] = mapped_column(ForeignKey("evidence_request.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1: two officers at once cannot both decide."""
    act: Mapped[str] = mapped_column(String(16))
    """`approved`, `refused` or `exported`."""
    officer_id: Mapped[str] = mapped_column(String(32))
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Of an approval: how many leaves the ledger had, those that the evidence is made from."""
    bundle_hash: Mapped[str | None] = mapped_column(String(64))
    """Of an export: SHA-256 of the file handed out."""


class OfficerRecord(Base):
    """What an officer did alone. Insert-only, by trigger; nothing personal."""

    __tablename__ = "officer_record"
    __table_args__ = (Index("ix_officer_record_publisher", "publisher", "at"),)

    officer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Not a foreign key, for an officer can be forgotten."""
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without a gap: a row that is missing shows."""
    publisher: Mapped[str] = mapped_column(String(64))
    function: Mapped[str] = mapped_column(String(200))
    """What they were then."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    act: Mapped[str] = mapped_column(String(16))
    """One of `records.Act`."""
    criterion: Mapped[str | None] = mapped_column(String(16))
    """Of a search: one of `people.Criterion`."""
    value_hash: Mapped[str | None] = mapped_column(String(64))
    """Of a search: commitment to what was typed, whose salt stands apart."""
    found: Mapped[int | None] = mapped_column()
    """Of a search: how many people."""


class SearchSalt(Base):
    """What tells, of a value that is known, whether a search was for it; it can be forgotten."""

    __tablename__ = "search_salt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["officer_id", "sequence"], ["officer_record.officer_id", "officer_record.sequence"]
        ),
    )

    officer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Opens `OfficerRecord.value_hash`."""
