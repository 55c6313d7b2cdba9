"""The current time. Every other module is handed it, so that a test can choose it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current instant, in UTC."""


def system_clock() -> datetime:
    """Return the current instant of this machine's clock, in UTC, to the microsecond."""
    return datetime.now(UTC)
