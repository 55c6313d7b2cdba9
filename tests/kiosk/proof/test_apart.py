"""What starts an event loop works where one runs already, and its errors come out."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.proof.apart import apart


async def three() -> int:
    return 3


def test_a_loop_starts_where_one_runs() -> None:
    async def outside() -> int:
        return apart(lambda: asyncio.run(three()))

    assert apart(lambda: asyncio.run(outside())) == 3  # apart too: a browser's loop may run here


def test_an_error_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 // 0)
