"""Accounts belong to one publisher; the same address may have one at each, and none knows of the others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class Account(Base):
    """One person at one publisher."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("publisher", "email_key"),
        Index("ix_account_publisher_id", "publisher", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal."""
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(64))
    """The service the person signed up at."""
    email: Mapped[str] = mapped_column(String(320))
    """The address as the person wrote it."""
    email_key: Mapped[str] = mapped_column(String(320))
    """The same, normalised: what uniqueness is on."""
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    profile: Mapped[str | None] = mapped_column(String(64))
    organisation_name: Mapped[str | None] = mapped_column(String(200))
    siren: Mapped[str | None] = mapped_column(String(9))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None: not since the account was opened."""
    unused_warned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was announced that the account, unused, will be deleted; None again after a sign-in."""
    closing_id: Mapped[str | None] = mapped_column(String(32), index=True, unique=True)
    """Random; the `id` of the statement of its deletion, so that a restored backup knows which went."""


class SignIn(Base):
    """One open session of an account, known by the hash of its token."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Verification(Base):
    """A proof asked of someone that they read an address: a code, and a link for the same."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_address", "publisher", "email_key", "purpose"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    """`sign-up` or `password`."""
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320))
    code_hash: Mapped[str] = mapped_column(String(64))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Waits here where the account only opens with the acceptance."""
    profile: Mapped[str | None] = mapped_column(String(64))


class Attempt(Base):
    """One failed try at something that is limited; `key` is a keyed hash, never an address."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
