"""Requests for evidence and what was done with them, which stay; their words, which are forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


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
