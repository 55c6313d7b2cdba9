"""A worker on each database, with texts of its own that a test may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from cgu_archive.corpus.model import Mode
from kiosk.config import Settings
from kiosk.worker import WorkerContext
from tests.kiosk.texts.making import copy
from tests.kiosk.worker.working import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, texts_dir: Path, database_url: str) -> Settings:
    return Settings(
        mode=Mode.DEMONSTRATION,
        secret_key="0123456789abcdef" * 4,
        database_url=database_url,
        data_dir=tmp_path / "var",
        texts_dir=copy(texts_dir, tmp_path / "var/cgu_texts"),
        archive_dir=tmp_path / "archive",
        public_url="http://127.0.0.1:8000",
    )


@pytest.fixture
def context(settings: Settings, engine: Engine, clock: Clock) -> WorkerContext:
    return WorkerContext(settings, engine, clock)
