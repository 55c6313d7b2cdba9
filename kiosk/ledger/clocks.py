"""Watch this machine's clock: what it is seen to do is written down, never hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from kiosk.clock import Clock, Elapsed
from kiosk.ledger.models import ClockObservation

LEAP = "leap"
BACKWARDS = "backwards"
TOLERANCE = timedelta(seconds=1)
"""What a clock may gain or lose between two looks: leap seconds, and the time the looks take."""


@dataclass(frozen=True, slots=True)
class Leap:
    """A clock that went on by more, or by less, than the time elapsed."""

    at: datetime
    """As the clock said afterwards."""
    offset: timedelta
    """What the time elapsed says, less what the clock said: negative when it leapt forward."""


class ClockWatch:
    """Compares a clock with the time elapsed, from one look to the next; one for each process."""

    __slots__ = ("_clock", "_elapsed", "_last")

    def __init__(self, clock: Clock, elapsed: Elapsed) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._last = (clock(), elapsed())

    def look(self) -> Leap | None:
        """Return the leap since the last look, None when the clock kept within `TOLERANCE`."""
        before, started = self._last
        self._last = at, now = self._clock(), self._elapsed()
        offset = timedelta(seconds=now - started) - (at - before)
        return Leap(at, offset) if abs(offset) > TOLERANCE else None


def note_leap(session: Session, leap: Leap) -> None:
    """Write `leap` down."""
    _note(session, leap.at, LEAP, "elapsed", leap.offset)


def note_backwards(session: Session, at: datetime, before: datetime) -> None:
    """Write down that the clock says `at` after a checkpoint made at `before`, which is later."""
    _note(session, at, BACKWARDS, "checkpoint", before - at)


def _note(session: Session, at: datetime, kind: str, source: str, offset: timedelta) -> None:
    milliseconds = round(offset / timedelta(milliseconds=1))
    session.execute(insert(ClockObservation).values(at=at, kind=kind, source=source, offset_ms=milliseconds))
