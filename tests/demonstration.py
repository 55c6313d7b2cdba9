"""A whole demonstration, started as `make run` starts it, and a real Chromium to walk through it."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
PASSWORD = "Un bon mot de passe, 42 fois !"
ANSWERS = {
    "nom": "Martin", "prenom": "Camille", "telephone": "03 21 00 00 00", "siren": "732 829 320",
    "siret": "732 829 320 00074", "raison-sociale": "CFA des Prés", "statut": "Conseillère",
    "telephone-portable": "06 12 34 56 78", "date-de-naissance": "31/01/1990",
    "adresse-postale": "1 rue Haute, 62000 Arras",
}  # fmt: skip
"""What a person answers to each question of a service."""
_codes = itertools.count(1)
START_SECONDS = 240
MAIL_SECONDS = 120
STOP_SECONDS = 90
"""The worker ends the build it is at, or is ended after half a minute."""


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
        """Return the newest mail to `address` whose subject holds `subject`, waiting for the worker.

        It may have an archive to build first.
        """
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for path in sorted((self.data / "mails").glob("*"), reverse=True):
                text = path.read_text(encoding="utf-8", errors="replace")
                if text.startswith(f"Pour : {address}\n") and subject in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no mail « {subject} » to {address}")

    def code_for(self, address: str) -> str:
        """Return the code of the newest verification mail to `address`."""
        found = re.search(r"page ouverte\s: (\d{6})", self.mail_to(address, "Vérifiez votre adresse"))
        assert found
        return found[1]


@contextmanager
def running(folder: Path) -> Iterator[Demonstration]:
    """Run `kiosk demo`, with data and archive of its own in `folder`."""
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
        assert process.wait(STOP_SECONDS) == 0, (folder / "log").read_text()
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


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a real Chromium, that of Debian."""
    assert CHROMIUM.exists(), "no Chromium: `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
                  "--disable-component-update", "--no-first-run"],
        )  # fmt: skip
        yield browser
        browser.close()


def examined(page: Page, **options: object) -> dict[str, Any]:
    """Return what axe-core says of the page, as it says it."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", RULES | options)
    return found


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong on the page: rule, impact, first element.

    Every rule is tried; to list each element that keeps each of them would take three times as long.
    """
    return [
        f"{page.url}: {one['id']} ({one['impact']}) {one['nodes'][0]['html'][:160]}"
        for one in examined(page, resultTypes=["violations"])["violations"]
    ]


def sign_up(page: Page, demonstration: Demonstration, address: str, path: str) -> None:
    """Open an account as anyone would, up to the conditions."""
    page.goto(f"{path}/inscription")
    page.get_by_label("Adresse électronique").fill(address)
    page.get_by_role("button", name="Recevoir le message").click()
    page.get_by_label("Code reçu").fill(demonstration.code_for(address))
    page.get_by_role("button", name="Vérifier").click()
    page.get_by_label(re.compile("^Mot de passe")).fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    for _ in range(6):
        if "/inscription/" not in page.url:
            return
        introduce(page)
    raise AssertionError(f"the sign-up does not end: {page.url}\n{page.inner_text('main')}")


def introduce(page: Page) -> None:
    """Answer the page that asks who the person is, or show that a company is theirs."""
    confirm = page.get_by_role("button", name="C’est mon entreprise")
    if confirm.count():
        confirm.click()
        return
    if page.get_by_role("radio").count():
        page.get_by_role("radio").first.check()
    for name, answer in ANSWERS.items():
        if page.locator(f"#{name}").count():
            page.locator(f"#{name}").fill(answer)
    if page.locator("#code-inscription").count():
        page.locator("#code-inscription").fill(f"ESSAI-{next(_codes):04}")
    page.get_by_role("button", name="Continuer").click()
