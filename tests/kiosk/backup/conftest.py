"""A kiosk that is saved, and an empty place to bring it back to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine

from kiosk.db import make_engine
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE
from tests.kiosk.backup.drill import Kiosk, run
from tests.kiosk.ledger.making import KEY
from tests.kiosk.ledger.whole import Whole, fill


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Kiosk:
    """The kiosk that is saved."""
    keys = tmp_path / "data/keys"
    keys.mkdir(parents=True, mode=0o700)
    pem = KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keys / PRIVATE_FILE).write_bytes(pem)
    (keys / PRIVATE_FILE).chmod(0o600)
    (keys / PUBLIC_FILE).write_text(f"{KEY.verifier.encode()}\n")
    return lambda *words, **more: run(database_url, tmp_path / "data", *words, **more)


@pytest.fixture
def there(empty_url: str, tmp_path: Path) -> Kiosk:
    """The kiosk that is brought back, elsewhere."""
    return lambda *words, **more: run(empty_url, tmp_path / "elsewhere", *words, **more)


@pytest.fixture
def whole(engine: Engine, tmp_path: Path) -> Whole:
    return fill(engine, tmp_path / "data/registre")


@pytest.fixture
def saved(here: Kiosk, whole: Whole, tmp_path: Path) -> Path:
    """A backup, made by the command."""
    result = here("backup", tmp_path / "saved", "--keys", tmp_path / "keys.tar")
    assert result.exit_code == 0, result.output
    return tmp_path / "saved"


@pytest.fixture
def other(empty_url: str) -> Iterator[Engine]:
    """An engine on the database that is filled; it connects when it is used."""
    made = make_engine(empty_url)
    yield made
    made.dispose()
