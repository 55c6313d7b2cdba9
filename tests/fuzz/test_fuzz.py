"""Thousands of changed files, each in a process of its own: nothing but errors of proofs leaves a parser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

RUNS = 100_000 if os.environ.get("CGU_SOAK") else 2_000


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this system")
@pytest.mark.parametrize("target", ["note", "tlog_proof", "receipt", "stamp", "trust_file"])
def test_no_changed_file_gets_another_error_out_of_a_parser(target: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.fuzz.{target}", f"-atheris_runs={RUNS}", "-seed=1", str(tmp_path)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    assert re.search(rf"\b{RUNS}\b", done.stderr), done.stderr[-1_000:]
