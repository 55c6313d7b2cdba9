"""How fast mailings to many leave: never more than so many in any sixty seconds."""

from __future__ import annotations

from collections import deque

_MINUTE = 60.0


class Pace:
    """Counts what left in the last minute, by seconds that no clock moves (`kiosk.clock.Elapsed`)."""

    def __init__(self, per_minute: int) -> None:
        """Let at most `per_minute` leave in any sixty seconds."""
        self._left: deque[float] = deque(maxlen=per_minute)

    def allows(self, now: float) -> bool:
        """Whether one more may leave `now`."""
        return len(self._left) < (self._left.maxlen or 0) or now - self._left[0] >= _MINUTE

    def note(self, now: float) -> None:
        """Count one that leaves `now`."""
        self._left.append(now)
