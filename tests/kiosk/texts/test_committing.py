"""Files of a publication go to git once, in no person's name, and never with what somebody else changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Address
from kiosk.config import Settings
from kiosk.texts import committing
from kiosk.texts.errors import ProjectionError

HERE = Address("soffi", "cgu", "sans-date-1")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_publication_is_committed_once(make_settings: Callable[..., Settings]) -> None:
    folder = make_settings().texts_dir
    publisher = load(folder).service("soffi").publisher
    with pytest.raises(ProjectionError, match="git"):
        committing.commit(folder, HERE, publisher, "https://cgu.example.fr")
    git(folder, "init", "--quiet")
    file = folder / str(HERE) / "version.yml"
    before = file.read_bytes()
    file.unlink()
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "-m", "x")
    file.write_bytes(before)
    stray = folder / "soffi" / "service.yml"
    written = stray.read_bytes()
    stray.write_bytes(written + b"# retouche\n")
    with pytest.raises(ProjectionError, match="à la main"):
        committing.commit(folder, HERE, publisher, "https://cgu.example.fr")
    stray.write_bytes(written)
    assert committing.commit(folder, HERE, publisher, "https://cgu.example.fr")
    assert not committing.commit(folder, HERE, publisher, "https://cgu.example.fr")
    said = git(folder, "log", "-1", "--format=%an|%ae|%s")
    assert said.strip() == (
        "Bureau juridique de DGEFP|bureau-juridique@cgu.example.fr|Publication de soffi/cgu/sans-date-1"
    )
    assert git(folder, "status", "--porcelain") == ""
