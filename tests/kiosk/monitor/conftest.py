"""A ledger published in a folder, and `cgu-monitor` to watch it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.monitor import main
from tests.kiosk.proof.making import PUBLISHER


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "registre"
    folder.mkdir()
    return folder


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    file = tmp_path / "confiance.txt"
    file.write_text(f"# clés\n\nledger {PUBLISHER.verifier.encode()}\nquorum 1\n", "utf-8")
    return file


@pytest.fixture
def watch(tmp_path: Path, site: Path, trust: Path) -> Callable[..., Result]:
    def call(*options: object, address: str | None = None, state: str = "etat") -> Result:
        arguments = [address or str(site), "--state", str(tmp_path / state), "--trust", str(trust), "--json"]
        return CliRunner().invoke(main, [*arguments, *map(str, options)])

    return call


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "temoin.pem"
    made = CliRunner().invoke(main, ["--new-key", "temoin.invalid", str(file)])
    assert (made.exit_code, made.stdout) == (0, (tmp_path / "temoin.pem.vkey").read_text("utf-8"))
    return file
