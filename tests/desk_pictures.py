"""Take the pictures of the guide for lawyers: `make desk-pictures`.

The kiosk runs for real, with demonstration data in a temporary folder; two imaginary officers take a Word
file of the imaginary service to a published version. Exit codes: 0 done, 1 a picture is too heavy.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser
from pyotp import TOTP

from cgu_archive.corpus.loader import load
from cgu_archive.word import version_docx
from tests.demonstration import ROOT, chromium, running

OUTPUT = ROOT / "site" / "pages" / "pictures"
MOST_BYTES = 60_000
SIZE = (960, 800)
"""Of the window, in CSS pixels: no picture is taller."""
COLOURS = 32
PUBLISHER, SERVICE, TERMS = "ville-exemple", "demonstration", "cgu"
DESK = f"/{PUBLISHER}/espace-juridique"
EDIT = ("lui notifie par écrit".encode(), b"lui notifie par lettre")
LINKED = "dgefp"
"""The publisher whose register of links is shown."""
WORKER_SECONDS = 60

Shot = tuple[str, bytes]


class Officer:
    """Somebody of the legal team, signed in with both factors."""

    def __init__(
        self, browser: Browser, url: str, login: str, proofs: tuple[str, str], publisher: str = PUBLISHER
    ) -> None:
        secret, key = proofs
        context = browser.new_context(base_url=url, locale="fr-FR", reduced_motion="reduce")
        self.page = context.new_page()
        self.page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
        self.page.goto(f"/{publisher}/equipe")
        self.page.locator("#login").fill(login)
        self.page.locator("#secret").fill(secret)
        self.page.locator("main form button").last.click()
        self.page.locator("#code").fill(TOTP(key).now())
        self.page.locator("main form button").first.click()
        self.page.wait_for_url(re.compile(f"/{publisher}/equipe$"))

    def shot(self, name: str) -> Shot:
        """Return the picture of the page below its head, as far as a picture goes."""
        self.page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
        box = self.page.locator("main").bounding_box()
        assert box
        width, most = SIZE
        clip = {"x": 0.0, "y": box["y"], "width": float(width), "height": min(box["height"], float(most))}
        return name, lightened(self.page.screenshot(full_page=True, clip=clip))

    def passage(self, name: str) -> Shot:
        """Return the picture of the first word added in a comparison, with what stands around."""
        self.page.locator("ins").first.evaluate("one => one.scrollIntoView({block: 'center'})")
        return name, lightened(self.page.screenshot())


def lightened(picture: bytes) -> bytes:
    """Return a picture of few colours, as light as a page wants it."""
    image = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    made = BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def edited() -> bytes:
    """Return the text online of the imaginary service as a Word file, a delay of it changed."""
    service = load(ROOT / "cgu_texts").service(SERVICE)
    terms = service.document(TERMS)
    version = [one for one in terms.versions if one.published][-1]
    changed = replace(version, text=version.text.replace(*EDIT, 1))
    assert changed != version, EDIT
    return version_docx(service, terms, changed, mode="demonstration", permalink="https://exemple.invalid/")


def proofs_of(log: str) -> tuple[str, str]:
    """Return the secret and the key of codes that a demonstration shows for its officers."""
    secret = re.search(r"Secret : (\S+)", log)
    key = re.search(r"TOTP\('(\w+)'\)", log)
    assert secret, log
    assert key, log
    return secret[1], key[1]


def walk(browser: Browser, url: str, proofs: tuple[str, str]) -> Iterator[Shot]:
    """Yield the pictures of a version on its way, from the file to its readers."""
    author, other = (Officer(browser, url, login, proofs) for login in ("a.exemple", "b.exemple"))
    page = author.page
    page.goto(f"{DESK}/recevoir")
    page.locator("#document").select_option(f"{SERVICE}/{TERMS}")
    page.locator("#label").fill("v8")
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    page.locator("#file").set_input_files({"name": "CGU v8.docx", "mimeType": word, "buffer": edited()})
    page.get_by_role("button", name="Recevoir ce fichier").click()
    yield author.shot("recu")
    page.get_by_role("button", name="Créer le brouillon").click()
    draft = page.url
    page.goto(f"{draft}/fiche")
    page.locator("#reason").fill("Un manquement est notifié par lettre.")
    page.locator("#reason_kind").select_option("other")
    page.get_by_role("button", name="Enregistrer").click()
    page.goto(draft)
    yield author.shot("brouillon")
    page.goto(f"{draft}/comparer")
    yield author.passage("comparaison")
    page.goto(draft)
    page.get_by_role("button", name="Soumettre à approbation").click()
    page = other.page
    page.goto(f"{draft}/approuver")
    yield other.shot("approbation")
    page.get_by_role("button", name="Approuver ce texte").click()
    page.goto(f"{draft}/publier")
    yield other.shot("publication")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name=re.compile("^Oui, publier")).click()
    watch = page.get_by_role("link", name="Voir comment les personnes répondent")
    for _ in range(WORKER_SECONDS):
        page.goto(draft)
        if watch.count():
            break
        time.sleep(1)
    watch.click()
    yield other.shot("suivi")
    keeper = Officer(browser, url, "a.exemple", proofs, LINKED)
    keeper.page.goto(f"/{LINKED}/espace-juridique/liens")
    yield keeper.shot("liens")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.desk_pictures", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as made, chromium() as browser:
        proofs = proofs_of((Path(folder) / "log").read_text(encoding="utf-8"))
        shots = list(walk(browser, made.url, proofs))
    asked.output.mkdir(parents=True, exist_ok=True)
    for name, picture in shots:
        (asked.output / f"juridique-{name}.png").write_bytes(picture)
    heavy = [name for name, picture in shots if len(picture) > MOST_BYTES]
    print(f"{len(shots)} pictures in {asked.output}; too heavy: {', '.join(heavy) or 'none'}")
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
