"""What every test shares: the promises they prove, and how many examples a property is tried on."""

from __future__ import annotations

import os
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
SOAK = os.environ.get("CGU_SOAK") == "1"

hypothesis.settings.register_profile("test", max_examples=60, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=3000, deadline=None)
hypothesis.settings.load_profile("soak" if SOAK else "test")


@pytest.fixture(scope="session")
def texts_dir() -> Path:
    """The folder of the texts of this repository; read only."""
    return ROOT / "cgu_texts"


@pytest.fixture(scope="session")
def corpus(texts_dir: Path) -> Corpus:
    """The texts of this repository, loaded once."""
    return load(texts_dir)
