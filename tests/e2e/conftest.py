"""A whole demonstration, started as `make run` starts it, and a real Chromium to walk through it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT

CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PASSWORD = "Un bon mot de passe, 42 fois !"
START_SECONDS = 240


@dataclass(frozen=True)
class Demonstration:
    """A running demonstration: where it answers, where its mails and its data are."""

    url: str
    environment: dict[str, str]
    data: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `kiosk` or another of our programs from a second terminal."""
        return subprocess.run(
            [str(Path(sys.executable).parent / words[0]), *words[1:]],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def mail_to(self, address: str, subject: str) -> str:
        """Return the newest mail to `address` whose subject holds `subject`, waiting for the worker."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for path in sorted((self.data / "mails").glob("*"), reverse=True):
                text = path.read_text(encoding="utf-8", errors="replace")
                if address in text and subject in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no mail « {subject} » to {address}")

    def code_for(self, address: str) -> str:
        """Return the code of the newest verification mail to `address`."""
        found = re.search(r"page ouverte\s: (\d{6})", self.mail_to(address, "Vérifiez votre adresse"))
        assert found
        return found[1]


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """`kiosk demo`, with data and archive of its own."""
    folder = tmp_path_factory.mktemp("demonstration")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "KIOSK_PORT": str(port),
        "KIOSK_DATA_DIR": str(folder / "data"),
        "KIOSK_ARCHIVE_DIR": str(folder / "archive"),
    }
    command = [str(Path(sys.executable).parent / "kiosk"), "demo"]
    log = (folder / "log").open("w+")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, folder / "log")
        yield Demonstration(url, environment, folder / "data")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (folder / "log").read_text()
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the demonstration did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium, that of Debian."""
    assert CHROMIUM.exists(), "no Chromium: `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
                  "--disable-component-update", "--no-first-run"],
        )  # fmt: skip
        yield browser
        browser.close()


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


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong on the page: rule, impact, first element."""
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [
        f"{page.url}: {one['id']} ({one['impact']}) {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
    ]
