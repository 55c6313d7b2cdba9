"""The kiosk that is walked through, filled once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cgu_archive.corpus.model import Corpus
from kiosk.accounts import passwords
from tests.kiosk.conftest import QUICK
from tests.kiosk.pages.town import Town, filled, running


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, corpus: Corpus, texts_dir: Path
) -> Iterator[Town]:
    folder, at = tmp_path_factory.mktemp("ville"), datetime(2026, 11, 22, 8, tzinfo=UTC)
    with (
        pytest.MonkeyPatch.context() as patch,
        running(folder, migrated_file, corpus, texts_dir, at) as site,
    ):
        patch.setattr(passwords, "_hasher", QUICK)
        patch.setattr(passwords, "_UNKNOWN_ACCOUNT", QUICK.hash("nobody has this password"))
        yield filled(site, corpus)
