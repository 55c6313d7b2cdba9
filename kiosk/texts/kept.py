"""What was made from published texts, kept a while: they never change, so it need not be made again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The values used last, as many as `most` weighs; those used longest ago go first."""

    def __init__(self, most: int, weigh: Callable[[Value], int] = lambda _value: 1) -> None:
        """Keep values whose weights, as `weigh` tells, add up to `most`: without `weigh`, that many."""
        self._most = most
        self._weigh = weigh
        self._held: OrderedDict[Key, Value] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, made by `make` unless it is held; `make` runs outside of the lock."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            self._put(key, made)
        return made

    def _put(self, key: Key, value: Value) -> None:
        if key in self._held:
            self._weight -= self._weigh(self._held.pop(key))
        self._held[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most:
            _, gone = self._held.popitem(last=False)
            self._weight -= self._weigh(gone)
