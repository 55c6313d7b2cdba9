"""Calls of `cgu-monitor`, and what it says."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.monitor import cli, main
from tests.kiosk.monitor.answers import answer
from tests.kiosk.proof.making import PUBLISHER
from tests.kiosk.publishing import Ledger


def test_a_run_says_in_french_what_it_saw(site: Path, tmp_path: Path, trust: Path, key: Path) -> None:
    Ledger().decisions(1).publish("v1").write(site)
    call = [
        sys.executable,
        "-m",
        "kiosk.monitor",
        str(site),
        "--state",
        str(tmp_path / "etat"),
        "--trust",
        str(trust),
    ]
    done = subprocess.run([*call, "--cosign", str(key)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Cohérent : {PUBLISHER.name}, 2 enregistrements (premier passage)."
    assert lines[1] == "  1 : publication d’une version, essai/cgu/v1"
    assert lines[2].startswith("Cosigné : — temoin.invalid ")
    Ledger().decisions(1).write(site)
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Le registre publié est plus court que celui déjà vu")
    assert "preuve-" in done.stdout


def test_the_module_loads_neither_the_web_nor_the_database() -> None:
    code = "import sys, kiosk.monitor; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "kiosk.monitor.cli" in loaded
    assert not loaded & {"flask", "sqlalchemy", "cgu_archive", "kiosk.db", "kiosk.ledger"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "SOURCE et --state"),
        (["registre"], "SOURCE et --state"),
        (["registre", "--state", "etat", "--out", "x"], "--cosign"),
        (["registre", "--state", "etat", "--trust", "vide.txt"], "donnez --trust"),
        (["registre", "--state", "etat", "--trust", "faux.txt"], "illisible"),
        (["registre", "--state", "etat", "--trust", "octets.txt"], "illisible"),
        (["absent", "--state", "etat", "--trust", "bon.txt"], "attendu un dossier"),
        (["registre", "--state", "bon.txt/etat", "--trust", "bon.txt"], "bon.txt"),
        (["--new-key", "deux mots", "cle.pem"], "nommer une clé"),
        (["--new-key", "temoin", "absent/cle.pem"], "absent/cle.pem"),
    ],
)
def test_a_wrong_call_is_said(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("registre").mkdir()
    Path("vide.txt").write_text("# rien\nwitness x\n", "utf-8")
    Path("faux.txt").write_text("ledger x\n", "utf-8")
    Path("octets.txt").write_bytes(b"\xff\xfe")
    Path("bon.txt").write_text(PUBLISHER.verifier.encode(), "utf-8")
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize("verdict", sorted(cli.WORDS))
def test_what_is_refused_is_said_without_what_acts_on_a_terminal(verdict: str) -> None:
    said = cli.page(cli.Report(verdict, "a\x1b[2Jb", 3, 2, detail="c\rd"))
    assert "a·[2Jb, 3 enregistrements" in said
    assert "(c·d)" in said
    assert cli.page(cli.Report(verdict)) == cli.WORDS[verdict]


def test_two_monitors_do_not_share_a_state(site: Path, tmp_path: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(1).write(site)
    answer(watch())
    with (tmp_path / "etat/lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = watch()
    assert (result.exit_code, "un autre cgu-monitor" in result.stderr) == (2, True)


@pytest.mark.parametrize("file", ["checkpoint", "index"])
def test_a_damaged_state_is_not_taken_for_a_first_run(
    file: str, site: Path, tmp_path: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    answer(watch())
    (tmp_path / "etat" / file).write_bytes(b"\xff")
    assert watch().exit_code == 2
    (tmp_path / "etat/index").unlink()
    assert watch().exit_code == 2
