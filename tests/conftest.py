"""What every test shares: the promises they prove, and how many examples a property is tried on."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus
from tests.promises import (  # noqa: F401 - pytest finds its hooks here
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
ROOM = 3 << 30
"""Bytes that memory must have free to hold what tests write."""
SOAK = os.environ.get("CGU_SOAK") == "1"

hypothesis.settings.register_profile("test", max_examples=60, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=3000, deadline=None)
hypothesis.settings.load_profile("soak" if SOAK else "test")


def pytest_configure() -> None:
    """Write in memory where there is room: a database made on a disk costs ten times as much."""
    if "TMPDIR" not in os.environ and _holds_files(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)  # that of the servers and browsers started here, too
        tempfile.tempdir = None


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of the rounds of the collector of garbage, and do fewer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _holds_files(folder: Path) -> bool:
    """Whether anybody may write `ROOM` bytes of files there, and run them: small in many containers."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(folder).free >= ROOM and not os.statvfs(folder).f_flag & os.ST_NOEXEC


@pytest.fixture(scope="session")
def texts_dir() -> Path:
    """The folder of the texts of this repository; read only."""
    return ROOT / "cgu_texts"


@pytest.fixture(scope="session")
def corpus(texts_dir: Path) -> Corpus:
    """The texts of this repository, loaded once."""
    return load(texts_dir)
