"""Whom an officer looked at or acted on, and why: beside the record of the act, gone with the account."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base


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
