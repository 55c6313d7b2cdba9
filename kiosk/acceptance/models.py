"""Decisions: who is elsewhere, and can be forgotten; what was decided stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class Subject(Base):
    """The link from the random identifier that decisions carry to the account of the person."""

    __tablename__ = "subject"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal; says nothing of the person."""
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), unique=True)
    turn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Raised each time the person decides: a decision is written at the turn it was made from (`writing`)."""


class Decision(Base):
    """What a subject did with a version. Insert-only, by trigger; nothing personal."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("subject_id", "version_id", "sequence"),
        UniqueConstraint("subject_id", "form_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal; the address of the receipt."""
    subject_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key: the link may be destroyed, the decision may not."""
    version_id: Mapped[int] = mapped_column(ForeignKey("published_version.id"))
    service: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    """`accepted`, `awaiting`, `refused`, `deferred`, `renounced` or `terminated`."""
    sequence: Mapped[int]
    """Order among one subject's decisions on one version, from 1: two at once cannot both be first."""
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    form_id: Mapped[str] = mapped_column(String(32))
    """Random, set in the form: sent twice, it decides once."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)


class RepresentativeRequest(Base):
    """A legal representative is asked to agree; gone with the answer, the account, or its time."""

    __tablename__ = "representative_request"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    decision_id: Mapped[str] = mapped_column(String(32))
    """The decision of the person that waits for it."""
    service: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(320))
    """Of the representative, as the person gave it."""
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class ReceiptCode(Base):
    """The code of somebody without an account, who reads their receipt again with it."""

    __tablename__ = "receipt_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed: who reads the table learns no code."""
    subject_id: Mapped[str] = mapped_column(String(32))
    """Who accepted, as the statement says it: random, and linked to nobody."""
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """From then on it serves no more, and is deleted."""


class ScreenRow(Base):
    """A screen on which people decided, or may. Insert-only, by trigger."""

    __tablename__ = "screen"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256, hexadecimal, of `files`; `screen` of the decisions made on it."""
    release: Mapped[str] = mapped_column(String(64))
    """The first version of the software that had it."""
    files: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON: the hash of each file, by path."""
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)


class ScreenFile(Base):
    """The bytes of a file of a screen, once whatever the number of screens. Insert-only, by trigger."""

    __tablename__ = "screen_file"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of `body`, hexadecimal."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Contestation(Base):
    """A decision that the holder of the account says is not theirs. Insert-only; nothing personal."""

    __tablename__ = "contestation"
    __table_args__ = (UniqueConstraint("subject_id", "form_id"), Index("ix_contestation_about", "about"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal; the address of its receipt."""
    subject_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key: the link may be destroyed, the contestation may not."""
    about: Mapped[str] = mapped_column(ForeignKey("statement.hash"))
    """Hash of the statement of the decision that it disputes."""
    contested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    form_id: Mapped[str] = mapped_column(String(32))
    """Random, set in the form: sent twice, it contests once."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)
