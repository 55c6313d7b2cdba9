"""`make assent-screens`: the decision screen of a service in its states, pictured and examined."""

from __future__ import annotations

import hashlib
import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cgu_archive.corpus.model import Corpus
from kiosk.acceptance import screens
from tests.assent_screens import SIZES, Shot, take, write
from tests.demonstration import Demonstration

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

STATES = ("sans-date-1", "sans-date-1-a-corriger", "essai-ecran-depuis-sans-date-1")


@pytest.mark.requirement("M-06")
def test_the_screen_is_pictured_and_examined_in_every_state(
    chromium: Browser, demonstration: Demonstration, corpus: Corpus, tmp_path: Path
) -> None:
    shots, wrong = take(chromium, demonstration, [corpus.service("monjob62")])
    assert wrong == []
    assert [shot.name for shot in shots] == [
        f"monjob62-cgu-{state}-fr-{width}x{height}" for state in STATES for width, height in SIZES
    ]
    for shot, (width, height) in zip(shots, SIZES * len(STATES), strict=True):
        assert shot.picture.startswith(b"\x89PNG")
        found = struct.unpack(">II", shot.picture[16:24])
        assert found[0] == width
        assert found[1] > height  # the whole page
        assert "color-contrast" in shot.axe["passes"]
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    folder = write(shots, tmp_path, chromium_version=chromium.version, at=at)
    assert folder == tmp_path / screens.current().hash
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["screen"] == screens.current().hash
    written = {file.name for file in folder.iterdir()} - {"manifest.json"}
    assert written == manifest["files"].keys()
    assert len(written) == 2 * len(shots) + 1
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    page = (folder / "index.html").read_text()
    assert all(f'src="{shot.name}.png"' in page for shot in shots)


def test_a_serious_fault_is_named_and_a_slight_one_is_not() -> None:
    def fault(impact: str) -> dict[str, object]:
        return {"id": f"rule-{impact}", "impact": impact, "nodes": [{"html": "<p>"}]}

    shot = Shot("a", "A", b"", {"violations": [fault(one) for one in ("minor", "moderate", "serious")]})
    assert shot.faults == ["rule-serious (serious) <p>"]
