"""Accounts belong to one publisher; the same address may have one at each, and none knows of the others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class Account(Base):
    """One person at one publisher."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("publisher", "email_key"),
        Index("ix_account_renewal", "publisher", "renewal_told", "password_changed_at"),
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
    """The one chosen at the service the person signed up at."""
    organisation_name: Mapped[str | None] = mapped_column(String(200))
    siren: Mapped[str | None] = mapped_column(String(9))
    organisation_checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When a directory of companies was asked and the person said that it is theirs; None: declared."""
    sign_up_step: Mapped[str | None] = mapped_column(String(16))
    """The step of the sign-up that the person has reached; None: it is over."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None: not since the account was opened."""
    unused_warned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was announced that the account, unused, will be deleted; None again after a sign-in."""
    closing_id: Mapped[str | None] = mapped_column(String(32), index=True, unique=True)
    """Random; the `id` of the statement of its deletion, so that a restored backup knows which went."""
    renewal_told: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """How far its holder was told that the password expires (`renewal.Stage`); 0 after a change."""
    suspension_proposed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when a suspension is proposed, for a password that was not renewed; somebody decides."""
    measures: Mapped[list[dict[str, str | None]] | None] = mapped_column(JSON(none_as_null=True))
    """Measures that last (`kiosk.sanctions.policy.Standing`), so that each request knows them; None: none."""
    profiles: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """Profiles chosen at the other services of the publisher, by service; None: none."""


class AccountField(Base):
    """What a person said of themselves, for one field that the service keeps."""

    __tablename__ = "account_field"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(300))


class ConsentChange(Base):
    """That a person gave or withdrew a consent, and the words they had before them; gone with the account."""

    __tablename__ = "consent_change"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    """One of `cgu_archive.corpus.model.Channel`."""
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Order among the changes of one consent, from 1: the last one holds."""
    given: Mapped[bool]
    words: Mapped[str] = mapped_column(String(500))
    """What the box said, or why it was withdrawn for them."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RegistrationCode(Base):
    """A code that the publisher gave to somebody, and that opens one account (requirement M-08)."""

    __tablename__ = "registration_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed: who reads the table learns no code."""
    service: Mapped[str] = mapped_column(String(64), index=True)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignIn(Base):
    """One open session of an account, known by the hash of its token."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the password was typed again last; None: not since it began."""
    seen_on: Mapped[date | None] = mapped_column(Date)
    """The last day (Paris) it was used; None: the day it began."""
    family: Mapped[str | None] = mapped_column(String(32))
    """Its browser and system, coarse (`families.family`)."""


class Verification(Base):
    """A proof asked of someone that they read an address: a code, and a link for the same."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_address", "publisher", "email_key", "purpose"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    """`sign-up`, `password`, `email` or `recovery`."""
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
    sign_up_step: Mapped[str | None] = mapped_column(String(16))
    """The step of the sign-up that the person has reached; None: the password is still to be chosen."""
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What is to be kept of what the person said of themselves, until the account opens."""
    code_to_use: Mapped[str | None] = mapped_column(String(64))
    """Hash of the registration code that this sign-up uses once the account opens."""
    account_id: Mapped[str | None] = mapped_column(String(32))
    """The account that wants this address, when it has another."""


class Closure(Base):
    """The services of a publisher that are shut for a while."""

    __tablename__ = "closure"

    publisher: Mapped[str] = mapped_column(String(64), primary_key=True)
    services: Mapped[dict[str, str | None]] = mapped_column(JSON)
    """By service, when it opens again (ISO 8601, UTC); null: when somebody opens it."""


class Attempt(Base):
    """One failed try at something that is limited; `key` is a keyed hash, never an address."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class IncidentReport(Base):
    """That an incident was reported, when and to whom. Insert-only, by trigger; nothing personal.

    Whether its mail left is told by the task of that mail.
    """

    __tablename__ = "incident_report"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    publisher: Mapped[str] = mapped_column(String(64))
    services: Mapped[str] = mapped_column(String(500))
    """The services whose texts name this contact, separated by spaces."""
    address: Mapped[str | None] = mapped_column(String(320))
    """Where it is mailed; None: the text gives no address of that kind."""
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class IncidentWords(Base):
    """Whose incident it is, and their words; gone with the account."""

    __tablename__ = "incident_words"

    report_id: Mapped[str] = mapped_column(ForeignKey("incident_report.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    words: Mapped[str | None] = mapped_column(String(1000))


class RecoveryCode(Base):
    """One code that serves once, with the password, to change an address that its holder no longer reads."""

    __tablename__ = "recovery_code"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A keyed hash; the row goes when the code is used."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecoveryRequest(Base):
    """Somebody who no longer reads the mailbox of an account asks for another address."""

    __tablename__ = "recovery_request"
    __table_args__ = (Index("ix_recovery_request_open", "ended_at", "proved_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    publisher: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """None: no account has the address that was given; nothing follows."""
    way: Mapped[str] = mapped_column(String(16))
    """`code`, with the password and a recovery code, or `publisher`, who decides."""
    code_hash: Mapped[str | None] = mapped_column(String(64))
    """The recovery code to be used."""
    verification_id: Mapped[str] = mapped_column(String(32), index=True)
    """What proves the new address."""
    email: Mapped[str] = mapped_column(String(320))
    """The new address, as written."""
    email_key: Mapped[str] = mapped_column(String(320))
    former: Mapped[str | None] = mapped_column(String(320))
    """The address that the account had; None until the new one is proved."""
    words: Mapped[str | None] = mapped_column(String(500))
    """How the publisher may recognise the person."""
    objection_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the secret that the former address was sent, to say « Ce n’est pas moi »."""
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the new address was proved: the wait runs from then."""
    approved_by: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seconded_by: Mapped[str | None] = mapped_column(String(200))
    """The second of the publisher's staff who approved."""
    seconded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refused_by: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(500))
    """Why it was refused; sent to the person."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    """`done`, `refused`, `objected`, `taken`; None while it is open."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BarredAddress(Base):
    """The measures that outlive an account that its holder deleted, under a keyed hash of its address."""

    __tablename__ = "barred_address"

    publisher: Mapped[str] = mapped_column(String(64), primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed: who reads the table learns no address."""
    measures: Mapped[list[dict[str, str | None]]] = mapped_column(JSON)
    """As the account carried them."""
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """From then on it is destroyed."""
