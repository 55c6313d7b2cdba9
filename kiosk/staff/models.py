"""Officers, their roles and what they prove themselves with, all forgettable; what they did, which stays."""

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
    """Somebody who works for one publisher."""

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
    secret_hash: Mapped[str] = mapped_column(String(200))
    """argon2id."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OfficerRole(Base):
    """What an officer may do, from when, until when, at which service."""

    __tablename__ = "officer_role"

    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of this officer, from 1."""
    role: Mapped[str] = mapped_column(String(16))
    """One of `roles.Role`."""
    service: Mapped[str | None] = mapped_column(String(64))
    """None: at every service of the publisher."""
    begins_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OfficerSession(Base):
    """One open session of an officer, known by the hash of its token."""

    __tablename__ = "officer_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the secret was given."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the second factor was last proved; None: not yet, and nothing is open but the page for it."""
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """What a security key is asked to sign, once."""


class OfficerTotp(Base):
    """The application of an officer that gives codes (RFC 6238)."""

    __tablename__ = "officer_totp"

    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(300))
    """Its secret, encrypted with a key that only this deployment has."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """Of the last code that was used: neither it nor one before is accepted again."""
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)


class OfficerKey(Base):
    """A security key of an officer (W3C Web Authentication)."""

    __tablename__ = "officer_key"

    id: Mapped[str] = mapped_column(String(1364), primary_key=True)
    """Of the credential, base64url: 1023 bytes at most."""
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2000))
    """COSE."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """As the key counts its signatures; 0 when it does not."""
    label: Mapped[str] = mapped_column(String(60))
    """What its holder calls it."""
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)


class OfficerCode(Base):
    """A code on paper that stands in for the second factor, once."""

    __tablename__ = "officer_code"

    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed."""


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
    """Of a search: one of `criteria.Criterion`."""
    value_hash: Mapped[str | None] = mapped_column(String(64))
    """Of a search: commitment to what was typed, whose salt stands apart."""
    found: Mapped[int | None] = mapped_column()
    """Of a search: how many people."""
    about: Mapped[str | None] = mapped_column(String(32))
    """Of an act on another officer: their identifier."""


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


class ActWords(Base):
    """The reason of an act of an officer, and the account it was about."""

    __tablename__ = "act_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["officer_id", "sequence"], ["officer_record.officer_id", "officer_record.sequence"]
        ),
    )

    officer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """None: it was about nobody in particular, or about many."""
    reason: Mapped[str] = mapped_column(String(500))
