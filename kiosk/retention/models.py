"""What is kept apart until its term, who asked for it to go, and what holds it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class ArchivedDisclosure(Base):
    """What opens one committed field of a statement, once the relation has ended: the intermediate archive.

    The web process may put it there and cannot read it (`kiosk.migrations.roles`).
    """

    __tablename__ = "archived_disclosure"

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    value: Mapped[str] = mapped_column(String(1000))
    subject_id: Mapped[str] = mapped_column(String(32), index=True)
    """Who it is about, as statements say it; the link to an account is gone."""
    publisher: Mapped[str] = mapped_column(String(64))
    service: Mapped[str | None] = mapped_column(String(64))
    """The service that the statement is about; None when it is about none in particular."""
    archived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """From then on it is destroyed, unless a legal hold covers it."""


class ErasedStatement(Base):
    """Which statement of erasure names a statement: an index of the ledger. Insert-only, by trigger."""

    __tablename__ = "erased_statement"

    statement_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """What lost its attribution; not a foreign key: a recovered ledger may know it by its hash alone."""
    erasure_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)


class RightsRequest(Base):
    """A request about personal data, its due date, how it was decided (RGPD, articles 12, 16 to 18, 21)."""

    __tablename__ = "rights_request"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal; also the `id` of the statement that tells the decision."""
    publisher: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(String(32), index=True)
    """The account it came from; None when it came by another way. Not a foreign key: that account may go."""
    subject_id: Mapped[str | None] = mapped_column(String(32))
    """What that account's decisions carry, if it had decided."""
    email: Mapped[str | None] = mapped_column(String(320))
    """Where to answer; emptied by the decision."""
    wanted: Mapped[str] = mapped_column(String(16))
    """One of `requests.Wanted`."""
    words: Mapped[str | None] = mapped_column(String(1000))
    """What the person wrote; emptied when all is granted."""
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """From then on it is overdue."""
    extended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the person was told that the answer takes two months more (RGPD, article 12(3))."""
    extension_reasons: Mapped[str | None] = mapped_column(String(1000))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(16))
    """`granted`, `partly` or `refused`."""
    function: Mapped[str | None] = mapped_column(String(200))
    """The function of who decided, as the statement says it."""
    decided_by: Mapped[str | None] = mapped_column(String(200))
    """Who decided; only here."""
    reasons: Mapped[str | None] = mapped_column(String(2000))
    remedy: Mapped[str | None] = mapped_column(String(1000))
    statement_hash: Mapped[str | None] = mapped_column(ForeignKey("statement.hash"))
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """From then on the row is deleted; None while it is not decided."""
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When a restriction that was granted ended; the person was told before (RGPD, article 18(3))."""


class LegalHold(Base):
    """What must not be destroyed before a date, and who decided it; renewed by another row."""

    __tablename__ = "legal_hold"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(32), index=True)
    service: Mapped[str | None] = mapped_column(String(64))
    """None: every service of the publisher."""
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(1000))
    function: Mapped[str] = mapped_column(String(200))
    """The function of who decided it."""
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(200))
    lift_reason: Mapped[str | None] = mapped_column(String(1000))
