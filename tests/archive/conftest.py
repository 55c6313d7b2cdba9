"""The archive of the texts of this repository, built once for every test that reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cgu_archive.building import Built, build_archive

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The instant the tested archive speaks of."""


@pytest.fixture(scope="session")
def built(texts_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What a build of the real texts wrote, in demonstration mode."""
    out = tmp_path_factory.mktemp("archive") / "archive"
    return build_archive(texts_dir, out, at=AT, mode="demonstration", progress=lambda _: None)


@pytest.fixture(scope="session")
def archive(built: Built) -> Path:
    """The folder of the built archive; read only."""
    return built.out
