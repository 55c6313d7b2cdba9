"""A demonstration and a Chromium for every test that walks through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import demonstration as running
from tests.demonstration import Demonstration


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """`kiosk demo`, with data and archive of its own."""
    with running.running(tmp_path_factory.mktemp("demonstration")) as made:
        yield made


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real Chromium, that of Debian; it leaves with these tests: a process runs one at a time."""
    with running.chromium() as browser:
        yield browser


@pytest.fixture
def open_page(chromium: Browser, demonstration: Demonstration) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser window; every request to another host, and every policy report, fails the test."""
    contexts = []
    strangers: list[str] = []

    def opened(*, width: int = 1280, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=demonstration.url, viewport={"width": width, "height": 900},
            java_script_enabled=scripts, accept_downloads=True, locale="fr-FR",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: _note(asked.url, demonstration.url, strangers))
        page.on(
            "console", lambda said: strangers.append(said.text) if "Content Security" in said.text else None
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert strangers == []


def _note(asked: str, own: str, strangers: list[str]) -> None:
    if not asked.startswith((own, "data:", "blob:")):
        strangers.append(asked)
