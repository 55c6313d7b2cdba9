"""Statements, in clear for everyone; what opens their personal fields, apart and destroyable."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class StatementRow(Base):
    """The canonical bytes proved for one event. Insert-only, by trigger."""

    __tablename__ = "statement"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of `body`, hexadecimal."""
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Pending(Base):
    """A statement not sealed yet; the sealer takes it away in the transaction that inserts its leaf."""

    __tablename__ = "pending"

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)


class Disclosure(Base):
    """The salt and value that open one committed field of a statement."""

    __tablename__ = "disclosure"

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    value: Mapped[str] = mapped_column(String(1000))


class ComparisonShown(Base):
    """A comparison that somebody had before them when they decided. Insert-only, by trigger."""

    __tablename__ = "comparison_shown"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256, hexadecimal, of the canonical JSON; `comparison_hash` of the statements that speak of it."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """That JSON, compressed (zlib)."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
