"""Killed at any instant, the processes lose nothing they acknowledged, repeat nothing and fork nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.ledger.files import publish
from kiosk.ledger.sealing import seal_once
from tests.conftest import ROOT, SOAK
from tests.kiosk.ledger.making import KEY, check_checkpoints, clock, sealed, waiting
from tests.kiosk.ledger.mirror import check_files, is_draft

KILLS = 300 if SOAK else 6
MOST_SECONDS = 0.5
"""Between the start of the processes and the moment they are killed, at most."""


@contextmanager
def running(what: str, database_url: str, last: str) -> Iterator[subprocess.Popen[str]]:
    """Run one of the processes; it is killed at the end, if it was not before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kiosk.ledger.processes", what, database_url, last],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        kill(process)


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().removesuffix("\n")


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Kill a process and return the whole lines that it still had to say."""
    assert process.stdout is not None
    process.kill()
    process.wait()
    if process.stdout.closed:
        return []
    with process.stdout as said:
        return [line[:-1] for line in said if line.endswith("\n")]


@pytest.mark.requirement("S-58", "S-59")
def test_killed_at_random_instants_every_acknowledged_statement_is_sealed_once(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "registre"
    dice = random.Random(20261122)
    acknowledged: list[str] = []
    seen = 0
    for run in range(KILLS):
        with (
            running("record", database_url, str(run * 1_000_000)) as recorder,
            running("seal", database_url, str(folder)) as sealer,
        ):
            acknowledged.append(next_line(recorder))
            assert next_line(sealer) == "begun"
            if run % 2:  # the others may be killed before they seal anything
                assert next_line(sealer) == "sealed"
            time.sleep(dice.uniform(0, MOST_SECONDS))
            for process in dice.sample([recorder, sealer], 2):
                assert process.poll() is None, "it ended by itself"
                said = kill(process)
                acknowledged += said if process is recorder else []
        made = check_files(folder, after=seen)
        assert (made.size if made else 0) >= seen
        seen = made.size if made else 0
    while seal_once(engine, KEY, clock, folder=folder):
        continue
    publish(engine, folder)
    leaves = sealed(engine)
    assert len(leaves) == len(set(leaves))
    assert set(acknowledged) <= set(leaves)
    assert len(acknowledged) > KILLS
    assert waiting(engine) == set()
    sizes = check_checkpoints(engine)
    assert len(sizes) >= KILLS // 2
    left = [path for path in folder.rglob("*") if is_draft(path)]
    assert all(path.parent.suffix == ".p" for path in left), "a draft that nothing takes away"
    made = check_files(folder)
    assert made is not None
    assert made.size == sizes[-1] == len(leaves)
