"""Tell in the ledger itself what went wrong with it, so that whoever follows it knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from kiosk.ledger import clocks, services
from kiosk.ledger.clocks import Leap
from kiosk.proof.statement import Kind, make


def tell_leap(session: Session, environment: str, leap: Leap, randomness: Callable[[int], bytes]) -> str:
    """Write `leap` down, and record it as a statement that is published; returns the hash of that."""
    clocks.note_leap(session, leap)
    members = {
        "id": randomness(16).hex(),
        "nature": "clock",
        "details": {"kind": clocks.LEAP, "offset_ms": round(leap.offset / timedelta(milliseconds=1))},
    }
    return services.record(session, make(Kind.INCIDENT, environment, leap.at, members), (), leap.at)
