"""All that is held of a person as one ZIP: data, the same to read, receipts (RGPD, articles 15 and 20).

It is made a few rows or one receipt at a time, from the database as it was when it began, then sent. The
format is described in README.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jinja2 import Environment
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import PARIS
from cgu_archive.corpus.model import Service
from cgu_archive.rendering import words
from kiosk.config import Settings
from kiosk.db import reading
from kiosk.ledger import receipts
from kiosk.ledger import services as ledger
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.saying import instant, templates
from kiosk.ledger.signer import Signer
from kiosk.notices.receipts import file_name
from kiosk.presentation import rights_contacts
from kiosk.proof.statement import instant as utc
from kiosk.space.finding import Who, openings, rows, who
from kiosk.space.holdings import ELSEWHERE, HOLDINGS

FORMAT = "cgu-export/1"
DATA, PAGE, RECEIPTS = "data.json", "lisez-moi.html", "justificatifs"
_TEMPLATES = Path(__file__).parent.parent / "templates" / "space"
_READABLE = 0o644 << 16
_IN_MEMORY = 4_000_000
"""How many bytes of an export stay in memory; the rest goes to a temporary file."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Making:
    """What an export is made with."""

    engine: Engine
    settings: Settings
    services: Mapping[str, Service]
    """Those of the publisher of the account, by slug."""
    signer: Signer | None
    account_id: str
    at: datetime


def export(making: Making) -> Iterator[bytes]:
    """Yield the ZIP, piece by piece; the caller checked who asks, and wrote it down.

    The database is read to the end before the first piece leaves: who is slow to take it holds no connection.
    """
    with SpooledTemporaryFile(_IN_MEMORY) as whole:
        _make(making, whole)
        whole.seek(0)
        while piece := whole.read(_PIECE):
            yield piece


def _make(making: Making, file: IO[bytes]) -> None:
    with _as_it_is(making.engine) as session, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        person = who(session, making.account_id)
        missing: list[str] = []
        for digest in person.statements:
            found = _receipt(session, making, digest)
            if found is None:
                missing.append(digest)
            else:
                _add(archive, making.at, *found)
        _add(archive, making.at, DATA, _data(session, making, person, missing))
        _add(archive, making.at, PAGE, _page(session, making, person, missing))


@contextmanager
def _as_it_is(engine: Engine) -> Iterator[Session]:
    """Open a session that sees the database as it was at its first question, however long it reads."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with reading(engine) as session:
        yield session


def _add(archive: ZipFile, at: datetime, name: str, pieces: Iterator[str] | Iterator[bytes]) -> None:
    local = at.astimezone(PARIS)
    about = ZipInfo(name, (local.year, local.month, local.day, local.hour, local.minute, local.second))
    about.compress_type, about.external_attr = ZIP_DEFLATED, _READABLE
    with archive.open(about, "w", force_zip64=True) as entry:
        for piece in pieces:
            entry.write(piece.encode() if isinstance(piece, str) else piece)


def _receipt(session: Session, making: Making, digest: str) -> tuple[str, Iterator[bytes]] | None:
    """Return name and content of the receipt of a statement; None when there is none at this moment."""
    try:
        raw = receipts.best(
            session, digest, making.signer, hints=receipts.hints(making.settings), openings=openings
        )
    except LedgerError:
        return None
    said = ledger.get(session, digest)
    return f"{RECEIPTS}/{said.members['kind']}/{file_name(said.members['id'])}", iter((raw,))


# data.json


def _data(session: Session, making: Making, person: Who, missing: list[str]) -> Iterator[str]:
    head = {
        "format": FORMAT,
        "environment": making.settings.mode.value,
        "publisher": person.publisher,
        "account": person.account_id,
        "made_at": utc(making.at),
        "receipts_missing": missing,
        "withheld": [
            *({"table": name, "column": None, "why": why.value} for name, why in ELSEWHERE.items()),
            *(
                {"table": name, "column": column, "why": why.value}
                for name, holding in HOLDINGS.items()
                for column, why in holding.withheld.items()
            ),
        ],
    }
    yield _json(head)[:-1] + ',"tables":{'
    for number, (name, holding) in enumerate(HOLDINGS.items()):
        table = {"title": holding.title, "columns": dict(holding.columns)}
        yield f'{"," if number else ""}\n{_json(name)}:{_json(table)[:-1]},"rows":['
        for index, row in enumerate(rows(session, name, person)):
            yield ("," if index else "") + "\n" + _json({key: plain(value) for key, value in row.items()})
        yield "]}"
    yield "\n}}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain(value: Any) -> Any:
    """Return a value of a column as JSON has it: instants in UTC, days in full, bytes in hexadecimal."""
    match value:
        case datetime():
            return utc(value)
        case date():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
    return value


# The page


def _page(session: Session, making: Making, person: Who, missing: list[str]) -> Iterator[str]:
    tables = ((name, holding, rows(session, name, person)) for name, holding in HOLDINGS.items())
    template = _environment().get_template("data.html")
    return template.generate(
        at=making.at, person=person, tables=tables, missing=missing, elsewhere=ELSEWHERE,
        holdings=HOLDINGS, services=making.services, contacts=rights_contacts(making.services.values()),
        demonstration=making.settings.mode.value == "demonstration", receipts=RECEIPTS, data=DATA,
    )  # fmt: skip


def _said(value: Any) -> str:
    """Return a value of a column in words."""
    match value:
        case None:
            return "non renseigné"
        case bool():
            return "oui" if value else "non"
        case datetime():
            return instant(value)
        case date():
            return words.day(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, indent=1)
    return str(plain(value))


@cache
def _environment() -> Environment:
    made = templates(_TEMPLATES)
    made.filters["said"] = _said
    return made
