"""« Vérifier », as the kiosk serves it: a person's own files, dropped or chosen, and no request."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demonstration
from tests.e2e.test_main_job import accept, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("e2e")]

DROP = """([name, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  const zone = document.querySelector("[data-depot]");
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
}"""


@pytest.fixture
def kept(open_page: Callable[..., Page], demonstration: Demonstration, tmp_path: Path) -> Path:
    """What a person downloaded after deciding: sealed receipt and proof alone; and the public keys."""
    page = open_page()
    sign_up(page, demonstration, "verifie@exemple.fr", "/dgefp/soffi")
    accept(page)
    state = page.get_by_role("status")
    for _ in range(60):
        if "scellé le" in state.inner_text():
            break
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Actualiser").click()
    for link, name in (
        (re.compile("justificatif.*JSON"), "a.receipt.json"),
        (re.compile("tlog-proof"), "a.proof"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=link).first.click()
        download.value.save_as(tmp_path / name)
    keys = page.request.get("/archive/registre/confiance.txt")
    assert keys.ok
    (tmp_path / "confiance.txt").write_bytes(keys.body())
    return tmp_path


@pytest.fixture
def verifier(open_page: Callable[..., Page], kept: Path) -> Iterator[Page]:
    """The page, loaded and trusting the demonstration's keys; a request made from then on fails the test."""
    page = open_page()
    page.goto("/archive/verifier.html")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Clés de confiance reçues par ailleurs").set_input_files(kept / "confiance.txt")
    expect(page.locator("[data-cles]")).to_contain_text("confiance.txt")
    yield page
    assert asked == []


def choose(page: Page, file: Path) -> Locator:
    page.get_by_label("Justificatif").set_input_files(file)
    return page.locator("[data-resultat]")


def drop(page: Page, file: Path) -> Locator:
    page.evaluate(DROP, [file.name, base64.b64encode(file.read_bytes()).decode()])
    return page.locator("[data-resultat]")


def steps(result: Locator) -> dict[str, str]:
    """How each step went, by its number."""
    lines = result.get_by_role("listitem")
    return {
        str(one.get_attribute("value")): one.inner_text().rpartition(":")[2].strip() for one in lines.all()
    }


@pytest.mark.requirement("S-58", "O-56")
def test_the_files_of_a_person_are_verified_and_a_changed_byte_is_found_without_any_request(
    verifier: Page, kept: Path
) -> None:
    heading = verifier.locator("[data-resultat] h3")
    receipt, proof = kept / "a.receipt.json", kept / "a.proof"
    for give in (choose, drop):
        for file, count in ((receipt, 8), (proof, 6)):
            result = give(verifier, file)
            expect(result).to_contain_text(file.name)
            expect(heading).to_have_text("Spécimen sans valeur")
            found = steps(result)
            assert found.pop("7") == "NON", "it is of a demonstration"
            assert list(found.values()) == ["oui"] * (count - 1), found

    whole = json.loads(receipt.read_bytes())
    for step, old in (
        (1, '"format"'), (2, whole["statement"][:40]), (3, whole["disclosures"][0]["value"]),
        (5, whole["proof"]["path"][0]), (9, whole["keys"]["ledger"][0]),
    ):  # fmt: skip
        changed = kept / f"etape-{step}.receipt.json"
        raw = receipt.read_text("utf-8")
        at = raw.index(old) + len(old) // 2
        changed.write_text(raw[:at] + ("b" if raw[at] == "a" else "a") + raw[at + 1 :], "utf-8")
        result = drop(verifier, changed)
        expect(result).to_contain_text(changed.name)
        expect(heading).to_have_text(f"Altéré ou incomplet\u00a0: étape {step}")

    moved = kept / "moved.proof"
    moved.write_text(re.sub(r"(?m)^index \d+$", "index 0", proof.read_text("utf-8")), "utf-8")
    drop(verifier, moved)
    expect(heading).to_have_text("Altéré ou incomplet\u00a0: étape 5")
    choose(verifier, receipt)
    verifier.get_by_role("button", name="Revenir aux clés de l’archive").click()
    expect(heading).to_have_text("Spécimen sans valeur")
