"""Time calls fairly: alternating runs, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call takes, in seconds."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def alternate(runs: int, *calls: Callable[[], object]) -> list[float]:
    """Return the median duration of each of `calls`, run in turn `runs` times."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(runs):
        for index, call in enumerate(calls):
            taken[index].append(seconds(call))
    return [statistics.median(durations) for durations in taken]
