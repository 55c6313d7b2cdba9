"""Statements, the tree that seals them, and apart and destroyable what opens their personal fields."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, UTCDateTime

LONG = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both databases; on SQLite an INTEGER key is the row's own, without an index beside."""


class StatementRow(Base):
    """The canonical bytes proved for one event. Insert-only, by trigger."""

    __tablename__ = "statement"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of `body`, hexadecimal."""
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AdministrationAct(Base):
    """What was done in the name of a publisher, besides texts and decisions. Insert-only, by trigger.

    Nothing personal: the person it was about, if any, and the reason open commitments of its statement.
    """

    __tablename__ = "administration_act"

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)
    record: Mapped[str] = mapped_column(String(120), unique=True)
    """The row that says it: its table and its key, between slashes."""
    act: Mapped[str] = mapped_column(String(24))
    """One of `administration.Act`."""
    publisher: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str | None] = mapped_column(String(32), index=True)
    """Not a foreign key: the link may be destroyed, the act may not."""
    officer_id: Mapped[str | None] = mapped_column(String(32))
    """Not a foreign key, for an officer can be forgotten. None: no officer acted."""
    function: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Pending(Base):
    """A statement not sealed yet; the sealer takes it away in the transaction that inserts its leaf."""

    __tablename__ = "pending"

    statement_hash: Mapped[str] = mapped_column(ForeignKey("statement.hash"), primary_key=True)


class Disclosure(Base):
    """The salt and value that open one committed field of a statement."""

    __tablename__ = "disclosure"
    __table_args__ = (
        Index(
            "ix_disclosure_siren",
            "value",
            sqlite_where=text("field = 'siren'"),
            postgresql_where=text("field = 'siren'"),
        ),
    )

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


class LeafRow(Base):
    """A leaf of the tree: one statement, at its place for ever. Insert-only, by trigger."""

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        CheckConstraint("leaf_index >= 0", name="leaf_index"),
        CheckConstraint("length(leaf_hash) = 32", name="leaf_hash"),
    )

    leaf_index: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    """From 0, without a gap."""
    statement_hash: Mapped[str | None] = mapped_column(ForeignKey("statement.hash"), unique=True)
    """None: the statement was lost here, its leaf was recovered from what was published."""
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of 0x00 and the statement's bytes (RFC 9162, 2.1.1)."""


class TileRow(Base):
    """256 hashes of one level of the tree, once there are 256. Insert-only, by trigger."""

    __tablename__ = "ledger_tile"
    __table_args__ = (
        CheckConstraint("length(hashes) = 8192", name="hashes"),
        CheckConstraint("length(root) = 32", name="root"),
    )

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """As C2SP tlog-tiles counts: a hash of level L is over 256**L leaves."""
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary(8192))
    """256 × 32 bytes, as published."""
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The hash over all of them: hash `number` of the level above."""


class CheckpointRow(Base):
    """A signed head of the tree. Insert-only, by trigger."""

    __tablename__ = "checkpoint"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("length(root) = 32", name="root"),
    )

    size: Mapped[int] = mapped_column(LONG, primary_key=True, autoincrement=False)
    """How many leaves it covers; unique, so that two sealers cannot sign two histories."""
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    """The signed note (C2SP tlog-checkpoint), with the ledger's signatures alone."""
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TokenRow(Base):
    """What a timestamp authority (RFC 3161) says of a checkpoint. Insert-only, by trigger."""

    __tablename__ = "timestamp_token"
    __table_args__ = (Index("ix_timestamp_token_received_at", "received_at"),)

    size: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("checkpoint.size"), primary_key=True, autoincrement=False
    )
    authority: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Its name in our settings."""
    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    """As received, DER."""
    token_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """The instant it attests."""
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    usable: Mapped[bool]
    """False when it precedes a statement it covers: our clock ran ahead, and no receipt may bear it."""


class StampAttempt(Base):
    """A demand that an authority, or a witness, did not satisfy; kept as long as it helps."""

    __tablename__ = "timestamp_attempt"
    __table_args__ = (Index("ix_timestamp_attempt_size", "size", "authority"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    authority: Mapped[str] = mapped_column(String(64))
    """Its name in our settings; of a witness, a plus sign and the identifier of its key, hexadecimal."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(64))


class CosignatureRow(Base):
    """A witness's signature of a checkpoint (C2SP tlog-cosignature). Insert-only, by trigger."""

    __tablename__ = "cosignature"

    size: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("checkpoint.size"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Hexadecimal."""
    line: Mapped[str] = mapped_column(Text)
    """The signature line of the note, without its end."""
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ClockObservation(Base):
    """What was seen of this machine's clock. Insert-only, by trigger: a drift is never hidden."""

    __tablename__ = "clock_observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """As this machine's clock said."""
    kind: Mapped[str] = mapped_column(String(16))
    """`token`: against an authority; `leap`: against the time elapsed; `backwards`: before a checkpoint."""
    source: Mapped[str] = mapped_column(String(64))
    offset_ms: Mapped[int] = mapped_column(BigInteger)
    """What the other source says, less what this clock said, in milliseconds."""
