"""The page « Vérifier » in a real browser: it takes files, says its verdict, and asks nobody."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from playwright.sync_api import (
    Browser,
    FilePayload,
    Locator,
    Page,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from cgu_archive.building import CONFIG, PLUGIN
from kiosk.proof import receipt
from kiosk.security import HEADERS
from tests.archive.html_reading import parse
from tests.builders import an_accession, write_published, write_service
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, issued, sealed, stamped, trust_text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("archive")]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 800}
HOST = "https://archive.exemple.invalid"
TRUST = trust_text(PUBLISHER, DEMONSTRATION)
SEALED = receipt.dump(sealed()[0])
STAMPED = receipt.dump(stamped())
SPECIMEN = receipt.dump(sealed("demonstration", DEMONSTRATION)[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, archive: Path) -> Iterator[Page]:
    """The page, read from a folder; an error in it fails the test, and a request out of the folder."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((archive / "verifier.html").as_uri())
    yield opened
    context.close()
    assert wrong == []
    assert asked
    assert all(url.startswith(archive.as_uri()) for url in asked)


def file(name: str, content: bytes | str) -> FilePayload:
    raw = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "", "buffer": raw}


def give(page: Page, content: bytes, name: str = "justificatif.receipt.json") -> Locator:
    """Choose a receipt by its button; returns what is answered."""
    page.get_by_label("Justificatif").set_input_files(file(name, content))
    return page.locator("[data-resultat]")


def trust(page: Page, content: str = TRUST) -> None:
    page.get_by_label("Clés de confiance reçues par ailleurs").set_input_files(file("cles.txt", content))
    expect(page.locator("[data-cles]")).to_contain_text("cles.txt")


def test_a_receipt_chosen_by_its_button_is_judged_step_by_step(page: Page) -> None:
    trust(page)
    result = give(page, SEALED)
    expect(result.get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    steps = result.get_by_role("listitem")
    expect(steps).to_have_count(8)  # no witness is asked for
    expect(steps.nth(4)).to_have_text("enregistrement présent dans le registre signé\u00a0: oui")
    expect(steps.nth(7)).to_have_text("fichier complet\u00a0: oui")
    assert steps.evaluate_all("(found) => found.map((one) => one.value)") == [1, 2, 3, 4, 5, 6, 7, 9]
    expect(result.locator("dd").filter(has_text="camille@exemple.invalid")).to_have_count(1)
    expect(result).to_contain_text("Établit\u00a0: quel texte, quelle décision, quel compte")
    expect(result).to_contain_text("Ce n’est pas une signature électronique qualifiée.")


@pytest.mark.parametrize(
    ("content", "verdict", "words"),
    [
        (SEALED.replace(b'"index": 3', b'"index": 2'), "Altéré ou incomplet\u00a0: étape 5", "NON"),
        (b"{}", "Altéré ou incomplet\u00a0: étape 1", "Le fichier a été modifié"),
        (SPECIMEN, "Spécimen sans valeur", "sans que cela soit prouvé"),
        (STAMPED, "Intact, heure non attestée", "\u00a0: à vérifier avec cgu-verify"),
    ],
)
def test_each_verdict_is_explained_in_words(page: Page, content: bytes, verdict: str, words: str) -> None:
    trust(page)
    result = give(page, content)
    expect(result.get_by_role("heading", level=3)).to_have_text(verdict)
    expect(result).to_contain_text(words)
    refused = verdict.startswith("Altéré")
    expect(result.get_by_text("Rien n’est établi tant que ce verdict tient.")).to_have_count(int(refused))
    expect(result.get_by_text(re.compile("^Établit\u00a0: quel texte"))).to_have_count(int(not refused))


def test_without_a_key_nothing_is_intact_and_giving_it_judges_again(page: Page) -> None:
    expect(page.locator("[data-cles]")).to_contain_text("aucune ne vient avec cette archive")
    result = give(page, SEALED)
    expect(result.get_by_role("heading", level=3)).to_have_text("Clé inconnue")
    trust(page)
    expect(result.get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    page.get_by_role("button", name="Revenir aux clés de l’archive").click()
    expect(result.get_by_role("heading", level=3)).to_have_text("Clé inconnue")


def test_keys_that_cannot_be_read_are_named_by_their_line_and_trusted_by_nobody(page: Page) -> None:
    trust(page)
    result = give(page, SEALED)
    expect(result.get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    field = page.get_by_label("Clés de confiance reçues par ailleurs")
    field.set_input_files(file("autres.txt", f"{TRUST}quorum deux\n"))
    line = len(TRUST.splitlines()) + 1
    expect(result).to_have_text(
        f"Clés de confiance illisibles\u00a0: «\u00a0autres.txt\u00a0», ligne {line}."
    )
    expect(page.locator("[data-cles]")).to_contain_text("cles.txt")


DROP = """([zone, files]) => {
  const data = new DataTransfer();
  for (const [name, content] of files) {
    data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  }
  document.querySelector(zone).dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
}"""


def drop(page: Page, *files: tuple[str, bytes]) -> Locator:
    given = [[name, base64.b64encode(content).decode()] for name, content in files]
    page.evaluate(DROP, ["[data-depot]", given])
    return page.locator("[data-resultat]")


def test_a_receipt_and_its_keys_are_dropped_together_in_any_order(page: Page) -> None:
    result = drop(page, ("a.receipt.json", SEALED), ("cles.txt", TRUST.encode()))
    expect(result.get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    expect(page.locator("[data-cles]")).to_contain_text("cles.txt")


def test_a_promise_says_that_it_is_one_and_to_fetch_the_receipt_again(page: Page) -> None:
    trust(page)
    result = give(page, receipt.dump(issued()))
    expect(result).to_contain_text("Promis, non scellé\u00a0: le registre s’est engagé")
    expect(give(page, SEALED)).not_to_contain_text("Promis, non scellé")


def test_of_several_files_given_at_once_each_has_its_verdict(page: Page) -> None:
    wrong = SEALED.replace(b'"index": 3', b'"index": 2')
    result = drop(
        page, ("a.receipt.json", SEALED), ("c.pdf", b"%PDF-1.7\n"), ("cles.txt", TRUST.encode()),
        ("b.receipt.json", wrong),
    )  # fmt: skip
    verdicts = ["Intact, heure non attestée", "Altéré ou incomplet\u00a0: étape 5"]
    expect(result.get_by_role("heading", level=3)).to_have_text(verdicts)
    expect(result).to_contain_text("Fichier\u00a0: «\u00a0a.receipt.json\u00a0»")
    expect(result).to_contain_text("Fichier\u00a0: «\u00a0b.receipt.json\u00a0»")
    expect(result).to_contain_text("«\u00a0c.pdf\u00a0» est un PDF")
    for words in verdicts:
        expect(page.locator("[data-annonce]")).to_contain_text(f"Verdict\u00a0: {words}")
    page.get_by_role("button", name="Revenir aux clés de l’archive").click()
    expect(result.get_by_role("heading", level=3)).to_have_text(["Clé inconnue", "Clé inconnue"])
    field = page.get_by_label("Justificatif")
    field.set_input_files([file("a.json", SEALED), file("b.json", SPECIMEN)])
    expect(result.get_by_role("heading", level=3)).to_have_text(["Clé inconnue", "Spécimen sans valeur"])


def test_keys_that_cannot_be_read_judge_nothing_of_what_comes_with_them(page: Page) -> None:
    result = drop(page, ("a.receipt.json", SEALED), ("cles.txt", b"rien\n"))
    expect(result).to_contain_text("Clés de confiance illisibles\u00a0: «\u00a0cles.txt\u00a0», ligne 1.")
    expect(result.get_by_role("heading")).to_have_count(0)
    expect(drop(page, ("latin.txt", b"\xe9\n"))).to_contain_text("n’est pas un fichier de clés")
    marked = drop(page, ("marque.txt", b"\xef\xbb\xbf" + TRUST.encode()))
    expect(marked).to_contain_text("«\u00a0marque.txt\u00a0», ligne 1.")
    expect(drop(page, ("long.txt", b"#" * 100_001))).to_contain_text(
        "«\u00a0long.txt\u00a0», fichier trop long."
    )


@pytest.mark.parametrize("start", [b"%PDF-1.7\n", b"PK\x03\x04"])
def test_a_pdf_or_a_bundle_leads_to_cgu_verify(page: Page, start: bytes) -> None:
    expect(drop(page, ("attestation", start))).to_contain_text("tout le document à cgu-verify")
    expect(give(page, start)).to_contain_text("tout le document à cgu-verify")


def test_a_file_that_is_too_long_is_not_read(page: Page) -> None:
    expect(give(page, b"{" * 1_000_001, "long.json")).to_contain_text("« long.json » est trop long")


def test_what_a_file_says_is_text_and_never_markup(page: Page) -> None:
    result = give(page, b"{}", "<img src=x onerror=alert(1)>\u202egpj.json")
    expect(result).to_contain_text("<img src=x onerror=alert(1)>\ufffdgpj.json")
    assert result.locator("img").count() == 0


def test_it_is_worked_by_keyboard_and_its_answer_is_announced(page: Page) -> None:
    page.get_by_label("Justificatif").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Clés de confiance reçues par ailleurs")).to_be_focused()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Revenir aux clés de l’archive")
    expect(button).to_be_focused()
    assert button.evaluate("(one) => getComputedStyle(one).outlineStyle") != "none"
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Justificatif").press("Enter")
    chooser.value.set_files(file("a.json", SEALED))
    expect(page.locator("[data-resultat] h3")).to_have_text("Clé inconnue")
    expect(page.locator("[data-annonce]")).to_contain_text("Clé inconnue. Aucune des clés")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_has_a_violation_or_scrolls_sideways(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate(f"{AXE}\n;0")
    for content in (None, SEALED, SPECIMEN, b"{}"):
        if content is not None:
            page.set_viewport_size(WIDE)
            trust(page)
            give(page, content)
            expect(page.locator("[data-resultat] dd")).to_have_count(0 if content == b"{}" else 15)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            found = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
            violations = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
            assert violations == [], content
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], content


def test_with_forced_colours_a_refusal_is_still_told_by_its_words(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    result = give(page, b"{}")
    expect(result.get_by_role("listitem").first).to_have_text("format du justificatif\u00a0: NON")


def test_without_script_the_page_leads_to_cgu_verify_and_offers_nothing_else(
    browser: Browser, archive: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((archive / "verifier.html").as_uri())
    assert not page.locator("[data-verifier]").is_visible()
    assert not page.locator("#confiance").is_visible()
    page.locator("[data-sans-verification] a").click()
    expect(page.get_by_role("heading", name="Avec le logiciel")).to_be_in_viewport()
    expect(page.locator("pre", has_text="cgu-verify justificatif.receipt.json").first).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    "missing",
    [
        """Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })""",
        """SubtleCrypto.prototype.importKey = () => { throw new DOMException("", "NotSupportedError") }""",
    ],
)
def test_a_browser_that_cannot_verify_says_so_and_gives_no_verdict(
    browser: Browser, archive: Path, missing: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(missing)
    page.goto((archive / "verifier.html").as_uri())
    page.get_by_label("Clés de confiance reçues par ailleurs").set_input_files(file("cles.txt", TRUST))
    result = give(page, SEALED)
    expect(result).to_contain_text("Ce navigateur ne sait pas vérifier ces signatures")
    expect(result.get_by_role("heading")).to_have_count(0)
    context.close()


def test_it_works_where_the_policy_of_the_servers_forbids_every_connection(
    browser: Browser, archive: Path
) -> None:
    policy = re.sub(r"connect-src [^;]+", "connect-src 'none'", HEADERS["Content-Security-Policy"])
    assert "connect-src 'none'" in policy
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        place = archive / route.request.url.removeprefix(f"{HOST}/")
        route.fulfill(path=place, headers={"Content-Security-Policy": policy})

    context.route("**/*", answer)
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.goto(f"{HOST}/verifier.html")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    assert all(url.startswith(HOST) for url in asked)
    before = len(asked)
    trust(page)
    expect(give(page, SEALED).get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    assert len(asked) == before
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert [one for one in wrong if "search_index.json" not in one] == []  # the theme's search, alone
    context.close()


def test_read_from_a_folder_it_asks_for_nothing_either(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    trust(page)
    expect(give(page, STAMPED).get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    assert asked == []


def test_its_program_and_keys_are_on_no_other_page(archive: Path) -> None:
    pages = {page: parse(page.read_text("utf-8")) for page in archive.rglob("*.html")}
    loading = {
        page.relative_to(archive).as_posix()
        for page, tree in pages.items()
        if any("/verify" in (script.get("src") or "") for script in tree.iter("script"))
        or any("/verify" in (sheet.get("href") or "") for sheet in tree.iter("link"))
        or any(element.get("id") == "confiance" for element in tree.iter("pre"))
    }
    assert loading == {"verifier.html"}


def built(folder: Path, trust_file: Path) -> Path:
    write_service(folder / "texts")
    write_published(folder / "texts", metadata=an_accession())
    config = load_config(str(CONFIG), site_dir=str(folder / "site"))
    config.plugins[PLUGIN].config.update(
        {
            "texts_dir": str(folder / "texts"),
            "at": "2026-11-22T12:00:00+00:00",
            "trust_file": str(trust_file),
        }
    )
    build(config)
    return folder / "site"


def test_the_keys_of_the_settings_are_those_that_the_page_trusts(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "confiance.txt").write_text(f"# <clés> & autres\n{TRUST}", "utf-8")
    page = browser.new_page()
    page.goto((built(tmp_path, tmp_path / "confiance.txt") / "verifier.html").as_uri())
    assert page.locator("#confiance").text_content() == f"# <clés> & autres\n{TRUST}"
    expect(page.locator("[data-cles]")).to_contain_text("celles qui viennent avec cette archive (3 lignes)")
    expect(give(page, SEALED).get_by_role("heading", level=3)).to_have_text("Intact, heure non attestée")
    page.close()


def test_a_trust_file_of_the_settings_that_cannot_be_read_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(Abort):
        built(tmp_path, tmp_path / "absent.txt")
