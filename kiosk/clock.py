"""The current time. Every other module is handed it, so that a test can choose it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current instant, in UTC."""
Elapsed = Callable[[], float]
"""Returns seconds since an instant that does not move, whatever the clock is set to."""


def system_clock() -> datetime:
    """Return the current instant of this machine's clock, in UTC, to the microsecond."""
    return datetime.now(UTC)


def system_elapsed() -> float:
    """Return the seconds since this machine started, its sleep included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
