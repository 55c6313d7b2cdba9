"""The systemd examples: known to systemd, closed as far as they can be, the key out of reach of the pages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.config import Settings
from kiosk.monitor import main
from tests.conftest import ROOT

FOLDER = ROOT / "kiosk" / "deployment"
UNITS = ("kiosk-web.service", "kiosk-worker.service")
WITNESS = ("cgu-temoin.service", "cgu-temoin.timer")


def settings(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return [tuple(line.split("=", 1)) for line in lines if line[:1].isalpha()]  # type: ignore[misc]


def test_the_two_processes_differ_where_they_must_and_are_closed_alike() -> None:
    web, worker = (dict(settings(name)) for name in UNITS)
    assert (web["User"], worker["User"]) == ("cgu-web", "cgu-worker")
    assert web["InaccessiblePaths"] == "/srv/cgu/data"
    assert "ReadWritePaths" not in web
    closed = {
        "NoNewPrivileges",
        "ProtectSystem",
        "ProtectProc",
        "CapabilityBoundingSet",
        "RestrictNamespaces",
    }
    assert {name: web[name] for name in closed} == {name: worker[name] for name in closed}
    assert web["NoNewPrivileges"] == "yes"
    assert web["ProtectSystem"] == "strict"
    assert (web["CapabilityBoundingSet"], worker["CapabilityBoundingSet"]) == ("", "")


def environment(name: str) -> dict[str, str]:
    found = [value for key, value in settings(name) if key == "Environment"]
    return dict(line.split("=", 1) for line in found)  # type: ignore[misc]


def test_the_pages_find_pictures_and_keep_pdfs_though_the_worker_s_data_is_closed_to_them() -> None:
    web, closed = dict(settings(UNITS[0])), Path("/srv/cgu/data")
    assert web["InaccessiblePaths"] == str(closed)
    read = {
        name: Settings.from_environment({**environment(name), "KIOSK_DATA_DIR": str(closed)})
        for name in UNITS
    }
    of_web, of_worker = (read[name] for name in UNITS)
    assert of_web.screens_dir == of_worker.screens_dir
    for folder in (of_web.screens_dir, of_web.pdf_dir):
        assert not folder.is_relative_to(closed)
    assert of_web.pdf_dir == Path("/var/cache") / web["CacheDirectory"], "the one folder that it writes"
    assert web["CacheDirectoryMode"] == "0700"
    for folder in (of_worker.screens_dir, of_worker.pdf_dir):
        assert folder.is_relative_to(dict(settings(UNITS[1]))["ReadWritePaths"])


def test_a_witness_is_closed_as_the_worker_is_and_calls_the_monitor_as_it_is() -> None:
    worker, witness = (dict(settings(name)) for name in (UNITS[1], WITNESS[0]))
    opened = {"Type", "User", "Group", "ExecStart", "ReadWritePaths", "InaccessiblePaths", "UMask"}
    closed = {name for name in worker if name.startswith(("Protect", "Restrict", "Private", "SystemCall"))}
    assert closed
    assert {name: witness[name] for name in closed} == {name: worker[name] for name in closed}
    assert not opened - set(witness)
    program, *words = witness["ExecStart"].split()
    assert program.endswith("/cgu-monitor")
    options = {name for option in main.params for name in option.opts}
    given = [word for word in words if word.startswith("--")]
    assert given == ["--state", "--trust", "--cosign", "--out"]
    assert set(given) < options


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_knows_every_setting(tmp_path: Path) -> None:
    for name in (*UNITS, *WITNESS):
        text = (FOLDER / name).read_text("utf-8")
        for program in ("kiosk", "cgu-monitor"):
            text = text.replace(f"/srv/cgu/venv/bin/{program} ", "/bin/true ")
        (tmp_path / name).write_text(text, "utf-8")
    files = [tmp_path / name for name in (*UNITS, *WITNESS)]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []
