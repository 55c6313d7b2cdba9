"""The archive in a real browser: under the servers' policy, on a phone, on paper, by keyboard."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pypdf import PdfReader

from kiosk.security import HEADERS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("archive")]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
KINDS = (
    "index.html",
    "textes.html",
    "comparer.html",
    "verifier.html",
    "dates.html?date=2026-03-05",
    "demonstration/index.html",
    "soffi/cgu/sans-date-1/index.html",
    "demonstration/cgu/v4/depuis/v3.html",
    "demonstration/cgu/depuis/v6.html",
    "demonstration/cgu/v5/histoire.html",
    "404.html",
)
"""One page of each kind at least."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the archive under `/archive/` with the headers of the kiosk and of the nginx example."""

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/archive"))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(archive: Path) -> Iterator[str]:
    """Where the archive is served."""
    handler = functools.partial(_Handler, directory=str(archive))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/archive/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Watched:
    """A page, what it asked for and what went wrong on it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Browser, url: str, **options: object) -> Iterator[Watched]:
    context: BrowserContext = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    page = context.new_page()
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("pageerror", lambda error: watched.wrong.append(str(error)))
    page.on("console", lambda said: watched.wrong.append(said.text) if said.type == "error" else None)
    page.goto(url)
    yield watched
    context.close()


@pytest.mark.requirement("S-65", "O-38", "M-06")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_page_keeps_the_policy_reads_well_and_reflows(
    browser: Browser, address: str, kind: str
) -> None:
    """One load per kind: no policy report, no other host, no cookie, no violation, no sideways scrolling."""
    with opened(browser, address + kind, viewport={"width": 1280, "height": 900}) as watched:
        page = watched.page
        page.evaluate("() => document.fonts.ready.then(() => true)")
        assert watched.wrong == []
        assert all(url.startswith(address) for url in watched.requests)
        assert page.context.cookies() == []
        page.evaluate(f"{AXE}\n;0")
        assert violations(page, {}) == []
        page.set_viewport_size({"width": 320, "height": 800})
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert violations(page, {"runOnly": ["color-contrast", "scrollable-region-focusable"]}) == []


def violations(page: Page, options: dict[str, object]) -> list[tuple[str, list[str]]]:
    found = page.evaluate(
        "(options) => axe.run(document, {resultTypes: ['violations'], ...options})", options
    )
    return [(violation["id"], violation["nodes"][0]["target"]) for violation in found["violations"]]


@pytest.mark.parametrize("kind", ["index.html", "soffi/index.html", "soffi/cgu/sans-date-1/index.html"])
def test_a_copy_in_a_folder_is_read_without_server(browser: Browser, archive: Path, kind: str) -> None:
    with opened(browser, (archive / kind).as_uri()) as watched:
        assert all(url.startswith("file://") for url in watched.requests)
        assert not watched.page.locator(".entete-recherche").is_visible()
        watched.page.locator(".entete-liens a").first.click()
        assert watched.page.url.endswith("/textes.html")


@pytest.mark.requirement("S-05")
def test_soffi_prints_with_its_88_numbers_without_script(
    browser: Browser, archive: Path, tmp_path: Path
) -> None:
    page = archive / "soffi/cgu/sans-date-1/index.html"
    with opened(browser, page.as_uri(), java_script_enabled=False) as watched:
        watched.page.pdf(path=str(tmp_path / "printed.pdf"), format="A4")
    printed = "\n".join(leaf.extract_text() for leaf in PdfReader(tmp_path / "printed.pdf").pages)
    shown = [int(number) for number in re.findall(r"^ ?(\d{1,2})\. ?[^\d\s]?", printed, re.MULTILINE)]
    assert [number for number in range(1, 89) if number not in shown] == []
    assert "Copie documentaire, non officielle." in printed
    assert "Plan du site" not in printed


def test_a_date_is_answered_on_the_page(browser: Browser, address: str) -> None:
    with opened(browser, address + "index.html") as watched:
        watched.page.get_by_label("Texte à la date du").fill("2026-03-05")
        watched.page.get_by_role("button", name="Trouver").click()
        assert watched.page.url.endswith("dates.html?date=2026-03-05")
        assert "Réponse pour le 5 mars 2026." in watched.page.get_by_role("status").first.inner_text()
        rows = watched.page.locator("tr[data-du]:visible").all_inner_texts()
        assert len(rows) == 6
        assert sum("Inconnu." in row for row in rows) == 5
        assert sum("version v4" in row for row in rows) == 1


def test_a_day_on_which_the_text_changes_has_both_answers(browser: Browser, address: str) -> None:
    with opened(browser, address + "demonstration/dates.html?date=2025-06-02") as watched:
        rows = watched.page.locator("tr[data-du]:visible").all_inner_texts()
        assert ["version v1" in row or "version v2" in row for row in rows] == [True, True]


@pytest.mark.parametrize("date", ["2026-02-30", "hier", "<b>"])
def test_a_date_that_does_not_exist_hides_nothing(browser: Browser, address: str, date: str) -> None:
    with opened(browser, f"{address}dates.html?date={date}") as watched:
        assert "Cette date n’existe pas" in watched.page.get_by_role("status").first.inner_text()
        assert watched.page.locator("tr[data-du]:not(:visible)").count() == 0


def test_without_script_the_periods_are_all_there(browser: Browser, address: str) -> None:
    url = address + "demonstration/dates.html?date=2026-03-05"
    with opened(browser, url, java_script_enabled=False) as watched:
        assert watched.page.locator("tr[data-du]:visible").count() == 7
        assert not watched.page.locator(".entete-recherche").is_visible()


def test_the_search_is_reached_by_keyboard_and_leads_to_a_provision(browser: Browser, address: str) -> None:
    with opened(browser, address + "index.html") as watched:
        page = watched.page
        page.locator(".entete-recherche").focus()
        page.keyboard.press("Enter")
        expect(page.locator("[name=query]")).to_be_focused()
        page.keyboard.type("responsabilite ministere")
        # « Responsabilité du ministère » is a title of SOFFi: accents do not matter.
        page.locator(".md-search-result__link[href*='soffi/cgu/sans-date-1/index.html#']").first.wait_for()
        assert watched.wrong == []


def test_keyboard_reaches_the_text_first_and_sees_where_it_is(browser: Browser, address: str) -> None:
    with opened(browser, address + "soffi/cgu/sans-date-1/index.html") as watched:
        page = watched.page
        page.keyboard.press("Tab")
        assert "md-skip" in page.evaluate("document.activeElement.className").split()
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
