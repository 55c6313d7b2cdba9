"""Acts of procedures, which stay and name nobody; what one person proposed and another has not confirmed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime


class SanctionAct(Base):
    """One act of a procedure about a person. Insert-only, by trigger; nothing personal.

    Facts, answers and what is asked of the person open commitments of its statement, apart.
    """

    __tablename__ = "sanction_act"
    __table_args__ = (
        UniqueConstraint("procedure_id", "sequence"),
        UniqueConstraint("procedure_id", "form_id"),
        Index("ix_sanction_act_subject_id", "subject_id", "at"),
        Index("ix_sanction_act_publisher", "publisher", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random, 128 bits, hexadecimal; that of its statement."""
    procedure_id: Mapped[str] = mapped_column(String(32))
    """Random, 128 bits, hexadecimal; the address of the procedure."""
    sequence: Mapped[int] = mapped_column(SmallInteger)
    """Order in its procedure, from 1: two at once cannot both be next."""
    publisher: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(String(32))
    """Not a foreign key: the link may be destroyed, the act may not."""
    service: Mapped[str] = mapped_column(String(64))
    terms: Mapped[str] = mapped_column(String(64))
    version_id: Mapped[int] = mapped_column(ForeignKey("published_version.id"))
    """The version that bound the person when the procedure began."""
    provision: Mapped[str] = mapped_column(String(200))
    act: Mapped[str] = mapped_column(String(16))
    """One of `policy.Act`."""
    measure: Mapped[str] = mapped_column(String(16))
    """One of `policy.Measure`: intended, taken, or lifted."""
    right: Mapped[str | None] = mapped_column("right_name", String(200))
    """Of the suspension of one right: which, in the words of the service."""
    ground: Mapped[str] = mapped_column(String(16))
    """One of `policy.Ground`."""
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Of a notice: when the time to answer is over."""
    days: Mapped[int | None] = mapped_column(SmallInteger)
    """Of a notice: how many days to answer."""
    reached_on: Mapped[date | None] = mapped_column(Date)
    """Of a decision: the day the notice reached the person by another way than the mail."""
    officer_id: Mapped[str | None] = mapped_column(String(32))
    """Who acted for the publisher; not a foreign key, for they can be forgotten. None: the person."""
    function: Mapped[str | None] = mapped_column(String(403))
    """What they were then, and who confirmed."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    form_id: Mapped[str | None] = mapped_column(String(32))
    """Of an answer, random, set in the form: sent twice, it answers once."""
    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), unique=True)


class SanctionProposal(Base):
    """What one person proposes and another must confirm: termination, deletion. Gone with the account."""

    __tablename__ = "sanction_proposal"

    procedure_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    publisher: Mapped[str] = mapped_column(String(64))
    officer_id: Mapped[str] = mapped_column(String(32))
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    urgent: Mapped[bool]
    """Whether it is to be taken before the person is heard."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """A `services.Notice` when it is urgent, else a `services.Ruling`."""
