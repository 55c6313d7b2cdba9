"""Take pictures of the screen of a decision and examine it, service by service: `make assent-screens`.

The kiosk runs for real, with demonstration data in a temporary folder. What follows a text in its comparison
was made up for the picture: a sentence at its end, which says so. Exit codes: 0 done, 1 a serious fault of
accessibility or a file that is not part of the screen, 2 wrong call.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request, expect

from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Corpus, Service, Version
from cgu_archive.rendering import words
from kiosk.acceptance import screens
from kiosk.acceptance.services import LANGUAGE
from kiosk.clock import system_clock
from kiosk.config import find_settings
from kiosk.db import make_engine, writing
from kiosk.presentation import grouped
from kiosk.texts.registering import sync
from tests.demonstration import ROOT, Demonstration, chromium, examined, running, sign_up

OUTPUT = ROOT / "build" / "assent-screens"
SIZES = ((390, 844), (1280, 900))
"""A phone and a desktop: width and height of the window, in CSS pixels."""
SERIOUS = frozenset({"serious", "critical"})
SENTENCE = "Phrase ajoutée pour montrer une comparaison sur cet écran ; elle n’a aucune valeur.\n"
SIREN = "732829320"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shot:
    """One state of the screen in one size: its picture and what axe-core said of it."""

    name: str
    """``<service>-<terms>-<version>[-<state>]-<language>-<width>x<height>``, of both files."""
    about: str
    picture: bytes
    axe: Json

    @property
    def faults(self) -> list[str]:
        """What is seriously wrong: rule, impact, first element."""
        return [
            f"{one['id']} ({one['impact']}) {one['nodes'][0]['html'][:160]}"
            for one in self.axe["violations"]
            if one["impact"] in SERIOUS
        ]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of what is written."""
        yield f"{self.name}.png", self.picture
        yield f"{self.name}.axe.json", (json.dumps(self.axe, ensure_ascii=False, indent=1) + "\n").encode()


class Walk:
    """Somebody who decides on the terms of one service."""

    def __init__(self, browser: Browser, demonstration: Demonstration, service: Service) -> None:
        self.demonstration = demonstration
        self.service = service
        self.terms = service.terms[0]
        self.address = f"/{service.publisher.slug}/{service.slug}/{self.terms.slug}/decider"
        self.current = ""
        self._loaded: set[str] = set()
        context = browser.new_context(base_url=demonstration.url, locale="fr-FR", reduced_motion="reduce")
        self.page = context.new_page()
        self.page.on("request", self._note)

    def first(self) -> Iterator[Shot]:
        """Yield the screen of a new person, then to correct; they accept."""
        slug, page = self.service.slug, self.page
        sign_up(page, self.demonstration, f"{slug}@exemple.fr", f"/{self.service.publisher.slug}/{slug}")
        while not page.url.endswith(self.address):
            self._accept()
            page.goto(f"/{self.service.publisher.slug}/{slug}/")
        self.current = self._version()
        yield from self._taken(self.current, "première acceptation")
        page.get_by_role("button", name="Accepter ces conditions").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield from self._taken(f"{self.current}-a-corriger", "case non cochée")
        page.goto(self.address)
        self._accept()
        now = grouped(screens.current().hash)
        assert now in page.content(), f"{slug}: the decision names another screen than {now}"

    def again(self) -> Iterator[Shot]:
        """Yield the screen of the same person once another version is published."""
        new, page = self._publish(), self.page
        page.goto(self.address)
        expect(page.locator("#changements ins").first).to_be_visible()
        yield from self._taken(f"{new}-depuis-{self.current}", f"nouvelle version, comparée à {self.current}")

    def _version(self) -> str:
        """Return the slug of the version shown."""
        source = self.page.get_by_role("link", name=re.compile("Markdown")).get_attribute("href")
        assert source
        return source.split("/")[-2]

    def _accept(self) -> None:
        if self.page.get_by_label("Raison sociale").count():
            self.page.get_by_label("Raison sociale").fill("Exemple SARL")
            self.page.get_by_label("Numéro SIREN").fill(SIREN)
            self.page.get_by_label("Je déclare être habilité").check()
        self.page.locator("#box").check()  # its words are those of each service
        self.page.get_by_role("button", name="Accepter ces conditions").click()
        expect(self.page).to_have_url(re.compile("/mes-acceptations/"))

    def _publish(self) -> str:
        """Publish the draft that waits, or register a version that was made up; returns its slug."""
        drafts = [version for version in self.terms.versions if not version.published]
        if drafts:
            done = self.demonstration.command("kiosk", "publish", str(drafts[0].address), "--yes")
            assert done.returncode == 0, done.stderr
            return drafts[0].address.slug
        made_up = _following([one for one in self.terms.versions if one.published][-1])
        service = replace(self.service, terms=(replace(self.terms, versions=(made_up,)),))
        settings = find_settings({"KIOSK_DATA_DIR": str(self.demonstration.data)})
        engine = make_engine(settings.database_url)
        with writing(engine) as session:
            assert sync(session, Corpus((service,)), settings.mode.value, system_clock())
        engine.dispose()
        return made_up.address.slug

    def _taken(self, state: str, about: str) -> Iterator[Shot]:
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
            name = f"{self.service.slug}-{self.terms.slug}-{state}-{LANGUAGE}-{width}x{height}"
            picture = self.page.screenshot(full_page=True)
            yield Shot(name, f"{self.service.name} : {about}", picture, _kept(examined(self.page)))

    def _note(self, asked: Request) -> None:
        if asked.resource_type != "document" and asked.frame.url.endswith(self.address):
            self._loaded.add(asked.url)

    def strangers(self) -> Iterator[str]:
        """Yield the files that the page of the decision loaded and that are not part of the screen."""
        known = set(screens.current().hashes.values())
        for address in sorted(self._loaded):
            if hashlib.sha256(self.page.request.get(address).body()).hexdigest() not in known:
                yield address


def _following(held: Version) -> Version:
    """Return a version that was never published: `held` and one sentence more."""
    text = held.text.rstrip(b"\n") + b"\n\n" + SENTENCE.encode()
    metadata = replace(held.metadata, label="Essai de l’écran, sans valeur", rules=())
    hashes = text_hash(text), metadata_hash(metadata.contractual())
    address = replace(held.address, slug="essai-ecran")
    return Version(address, text, metadata, *hashes, *hashes, published=True)


def _kept(found: Json) -> Json:
    """Return of what axe-core says all that is wrong or unsure, and the names of the rest."""
    names = {which: sorted(one["id"] for one in found[which]) for which in ("passes", "inapplicable")}
    return {
        "engine": found["testEngine"],
        "options": found["toolOptions"],
        "violations": found["violations"],
        "incomplete": found["incomplete"],
        **names,
    }


def write(shots: Sequence[Shot], output: Path, *, chromium_version: str, at: datetime) -> Path:
    """Write pictures, results, `index.html` and `manifest.json`; returns the folder, named by the screen."""
    screen = screens.current()
    folder = output / screen.hash
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(one for shot in shots for one in shot.files())
    files["index.html"] = _index(shots, at).encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = {
        "screen": screen.hash,
        "release": screen.release,
        "taken_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "chromium": chromium_version,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def _index(shots: Sequence[Shot], at: datetime) -> str:
    screen = screens.current()
    items = []
    for shot in shots:
        said = "; ".join(shot.faults) or "aucun défaut grave relevé par axe-core"
        items.append(
            f'<figure><figcaption>{html.escape(shot.about)} (<a href="{shot.name}.axe.json">'
            f"{html.escape(said)}</a>)</figcaption>"
            f'<a href="{shot.name}.png"><img src="{shot.name}.png" alt="{html.escape(shot.name)}"'
            ' width="320" loading="lazy"></a></figure>'
        )
    return (
        '<!doctype html>\n<html lang="fr">\n<meta charset="utf-8">\n'
        f"<title>Écran de décision {screen.hash[:8]}</title>\n"
        f"<h1>Écran de décision, version {html.escape(screen.release)}</h1>\n"
        f"<p>Empreinte de l’écran : <code>{screen.hash}</code>. Images prises le {words.day(at)}, sur une"
        " démonstration ; les versions « essai-ecran » y sont imaginaires. Un contrôle automatique ne"
        " trouve qu’une partie des défauts d’accessibilité.</p>\n" + "\n".join(items) + "\n</html>\n"
    )


def take(
    browser: Browser, demonstration: Demonstration, wanted: Sequence[Service]
) -> tuple[list[Shot], list[str]]:
    """Return the shots of the services `wanted`, and what is seriously wrong."""
    walks = [Walk(browser, demonstration, service) for service in wanted]
    shots = [shot for walk in walks for shot in walk.first()]
    shots += [shot for walk in walks for shot in walk.again()]  # mails wait while the archive is built
    wrong = [f"{shot.name}: {fault}" for shot in shots for fault in shot.faults]
    wrong += [f"{address} is not part of the screen" for walk in walks for address in walk.strangers()]
    return shots, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    services = {one.slug: one for one in load(ROOT / "cgu_texts").services}
    parser = argparse.ArgumentParser(prog="python -m tests.assent_screens", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    asked = parser.parse_args(arguments)
    unknown = set(asked.services) - services.keys()
    if unknown:
        parser.error(f"unknown service {sorted(unknown)[0]!r}; known: {', '.join(services)}")
    wanted = [one for slug, one in services.items() if slug in (asked.services or services)]
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as made, chromium() as browser:
        shots, wrong = take(browser, made, wanted)
        version = browser.version
    written = write(shots, asked.output, chromium_version=version, at=system_clock())
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(shots)} pictures, {len(wrong)} serious faults: {written / 'index.html'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
