"""What every drill needs: commands, and what to compare afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, inspect, select

from kiosk.acceptance.models import Subject
from kiosk.accounts.models import Account
from kiosk.backup import manifest
from kiosk.cli import main
from kiosk.db import Base, make_engine, reading
from kiosk.ledger.models import Disclosure, LeafRow, Pending, StatementRow
from kiosk.monitor import watching
from kiosk.monitor.sources import source
from kiosk.proof.statement import Statement
from kiosk.retention.models import ArchivedDisclosure
from tests.conftest import ROOT
from tests.kiosk.ledger.making import KEY
from tests.kiosk.ledger.whole import Whole

Kiosk = Callable[..., Result]
"""Calls a command of `kiosk` there."""
BELIEVING = ("--key-of-the-backup", "--nothing-published")
"""Restores what is said, without a look elsewhere."""


def run(url: str, data: Path, *words: object, texts: Path = ROOT / "cgu_texts") -> Result:
    environ = {
        "KIOSK_TEXTS_DIR": str(texts),
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": url,
        "KIOSK_DATA_DIR": str(data),
        "KIOSK_LEDGER_DIR": str(data / "registre"),
    }
    return CliRunner().invoke(main, [str(word) for word in words], env=environ)


def is_empty(url: str) -> bool:
    if url.startswith("sqlite"):
        place = Path(url.removeprefix("sqlite:///"))
        return not place.parent.exists() or not any(place.parent.glob("*kiosk.sqlite3*"))
    engine = make_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def count(engine: Engine, model: type, *which: Any) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def lie(saved: Path, **changes: Any) -> None:
    """Change what the backup says of itself."""
    held = json.loads((saved / manifest.FILE).read_text())
    (saved / manifest.FILE).write_text(json.dumps(held | changes))


def watched(folder: Path) -> watching.Seen:
    """What a monitor keeps of what is published there."""
    there = source(str(folder))
    return watching.follow(there, watching.fetch(there, [KEY.verifier]), None)[0]


def go_on(whole: Whole) -> tuple[Statement, Statement]:
    """Seal 260 decisions more, and two erasures; returns the statements they erase, known to the backup."""
    with reading(whole.engine) as session:
        bodies = session.scalars(
            select(StatementRow.body).join(LeafRow, LeafRow.statement_hash == StatementRow.hash)
            .where(LeafRow.leaf_index.in_([5, 6])).order_by(LeafRow.leaf_index)
        ).all()  # fmt: skip
    first, second = (Statement(body, json.loads(body)) for body in bodies)
    whole.decide(260)
    whole.erase("request", [first])
    whole.erase("account", [second, second])
    assert whole.seal().size == 564
    return first, second


def check_taken_up(
    engine: Engine, folder: Path, erased: tuple[Statement, Statement], published: watching.Seen
) -> None:
    """Everything published is there, what was erased is erased, and the ledger goes on as one history."""
    first, second = erased
    assert count(engine, LeafRow) == 564
    assert count(engine, LeafRow, LeafRow.statement_hash.is_(None)) == 260
    assert count(engine, Disclosure, Disclosure.statement_hash == first.hash) == 0
    assert count(engine, Disclosure, Disclosure.statement_hash == second.hash) == 0
    assert count(engine, ArchivedDisclosure, ArchivedDisclosure.statement_hash == second.hash) == 2
    assert count(engine, Account, Account.id == first.members["subject"]) == 1
    assert count(engine, Account, Account.id == second.members["subject"]) == 0
    assert count(engine, Subject, Subject.id == second.members["subject"]) == 0
    assert count(engine, Pending) == 1  # the two that waited had been sealed since; the recovery waits
    after = Whole(engine, folder, 1_000)
    after.decide()
    assert after.seal().size == 566
    here = source(str(folder))
    seen, new = watching.follow(here, watching.fetch(here, [KEY.verifier]), published)
    assert seen.head.size == 566
    assert [one.kind for one in new] == ["incident"]
