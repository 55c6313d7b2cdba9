"""Processes that a test kills: one that records statements, one that seals and publishes them.

    python -m tests.kiosk.ledger.processes record DATABASE FIRST
    python -m tests.kiosk.ledger.processes seal DATABASE FOLDER

The first writes the hash of each statement once it is committed, one a line; the second ``begun``, then
``sealed`` each time it has sealed and published something.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import Engine

from kiosk.clock import system_clock
from kiosk.db import make_engine, writing
from kiosk.ledger.files import publish
from kiosk.ledger.sealing import seal_once
from tests.kiosk.ledger.making import AT, KEY, add, body


def record(engine: Engine, first: int) -> None:
    """Record statements one after another, until killed."""
    for number in count(first):
        kind = "publication" if number % 10 == 0 else "decision"
        with writing(engine) as session:
            digest = add(session, body(number, kind), AT + timedelta(milliseconds=number), kind)
        _say(digest)


def seal(engine: Engine, folder: Path) -> None:
    """Seal and publish without a pause, until killed."""
    _say("begun")
    while True:
        made = seal_once(engine, KEY, system_clock, folder=folder, most=20)
        publish(engine, folder)
        if made:
            _say("sealed")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    what, url, last = sys.argv[1:]
    if what == "record":
        record(make_engine(url), int(last))
    else:
        seal(make_engine(url), Path(last))
