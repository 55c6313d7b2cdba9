"""Go through the accounts a publication concerns, in a process of its own, until it is killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from kiosk.acceptance import informing
from kiosk.acceptance.informing import Letter
from kiosk.db import make_engine, reading, writing
from kiosk.texts import services as texts


def main(database_url: str, version_id: int) -> None:
    """Ask for mails, a few at a time."""
    engine = make_engine(database_url)
    with reading(engine) as session:
        version = texts.get(session, version_id)
    told = Letter(version, frozenset({version.service}), "Essai", "Bonjour.\n")
    print("begun", flush=True)
    more = True
    while more:
        with writing(engine) as session:
            more = informing.spread(session, told, datetime(2026, 11, 22, 9, tzinfo=UTC), 50)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
