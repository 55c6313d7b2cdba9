"""Whom `cgu-monitor` trusts, and what it takes for a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.monitor import main
from kiosk.proof import checkpoint
from tests.kiosk.monitor.answers import answer
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, Signer
from tests.kiosk.publishing import Ledger, put


@pytest.mark.parametrize(
    ("signer", "verdict"),
    [(DEMONSTRATION, "unknown-key"), (Signer(PUBLISHER.name, DEMONSTRATION.key), "unknown-key")],
)
def test_an_unknown_key_is_said(
    signer: Signer, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger(signer=signer).decisions(3).write(site)
    assert answer(watch())["verdict"] == verdict


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (b"\xff", "altered"),
        (b"", "altered"),
        (checkpoint.sign(Ledger().head, PUBLISHER.key)[:-1].encode(), "altered"),
        (b"x" * 90_000, "unreachable"),
    ],
)
def test_a_checkpoint_in_another_form_is_refused(
    raw: bytes, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    put(site / "checkpoint", raw)
    assert answer(watch())["verdict"] == verdict


def test_a_revoked_key_is_unknown(site: Path, watch: Callable[..., Result], trust: Path) -> None:
    Ledger().decisions(1).write(site)
    revoked = f"{PUBLISHER.name}+{PUBLISHER.verifier.key_id.hex()}"
    known = f"{PUBLISHER.verifier.encode()}\n{DEMONSTRATION.verifier.encode()}\n"
    trust.write_text(f"{known}revoked {revoked} 2026-01-01T00:00:00Z\n", "utf-8")
    assert answer(watch())["verdict"] == "unknown-key"


def test_a_state_serves_one_ledger_only(site: Path, watch: Callable[..., Result], trust: Path) -> None:
    trust.write_text(f"{PUBLISHER.verifier.encode()}\n{DEMONSTRATION.verifier.encode()}\n", "utf-8")
    Ledger().decisions(1).write(site)
    answer(watch())
    Ledger(signer=DEMONSTRATION).decisions(2).write(site)
    result = watch()
    assert (result.exit_code, "suit le registre" in result.stderr) == (2, True)


def test_without_a_trust_file_only_the_keys_of_the_release_are_known(site: Path, tmp_path: Path) -> None:
    Ledger().decisions(1).write(site)
    result = CliRunner().invoke(main, [str(site), "--state", str(tmp_path / "etat")])
    assert result.exit_code in (1, 2)
    assert not (tmp_path / "etat" / "checkpoint").exists()
