"""Ask the program of the page « Vérifier », in a real Chromium, and say what the Python says."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from kiosk.proof.trust import parse_trust
from kiosk.proof.verify import Examination, Verdict
from kiosk.verifier.judging import judge
from tests.vectors import cases_browser
from tests.vectors.case import Case

FOLDER = Path(cases_browser.__file__).parent
UNATTESTED = "Intact, heure non attestée"
VERDICTS = {
    Verdict.INTACT: UNATTESTED,  # the page leaves the time to `cgu-verify`
    Verdict.UNATTESTED: UNATTESTED,
    Verdict.UNKNOWN_KEY: "Clé inconnue",
    Verdict.SPECIMEN: "Spécimen sans valeur",
}
VERIFY = """async (given) => {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const found = [];
  for (const [raw, trust] of given) {
    try {
      found.push(await cguVerify(bytes(raw), trust));
    } catch (error) {
      found.push({ thrown: error.name, line: error.line ?? null });
    }
  }
  return found;
}"""


@contextmanager
def engine_of(archive: Path) -> Iterator[Page]:
    """The program of the page of `archive`, to be asked directly."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((archive / "verifier.html").as_uri())
        yield page
        browser.close()


def answers(engine: Page, given: Sequence[tuple[bytes, str]]) -> list[dict[str, Any]]:
    """What the browser says of each file, under each trust file."""
    coded = [[base64.b64encode(raw).decode(), trust] for raw, trust in given]
    found: list[dict[str, Any]] = []
    for start in range(0, len(coded), 500):
        found += engine.evaluate(VERIFY, coded[start : start + 500])
    return found


def examined(raw: bytes, trust: str) -> Examination:
    """What the Python says of the file."""
    return judge(raw, parse_trust(trust)).found


def said(found: Examination) -> tuple[str, int | None]:
    """The verdict that the page must show, and the step."""
    step = found.refused.step if found.refused else None
    return VERDICTS.get(found.verdict, f"Altéré ou incomplet : étape {step}"), step


def vectors() -> dict[str, dict[str, Any]]:
    """The vectors that are kept, by name."""
    return {file.stem: json.loads(file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))}


@cache
def ours() -> tuple[Case, ...]:
    return tuple(cases_browser.cases())
