"""A service that only notifies: a new version asks nothing, and the page says so truly (requirement M-34)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from kiosk.db import writing
from kiosk.notices import publication
from tests.kiosk.web import Browser, Site

DECIDE = "/pas-de-calais/monjob62/cgu/decider"


def publish_another(site: Site) -> None:
    corpus = load(site.settings.texts_dir)
    held = corpus.version("monjob62/cgu/sans-date-1")
    mended = held.text.decode().replace("mise à jour :", "mise à jour : 2026").replace("[ici](#)", "en ligne")
    text = f"{mended}\n\nUne phrase de plus.\n".encode()
    draft = replace(
        held,
        address=replace(held.address, slug="essai"),
        text=text,
        text_hash=text_hash(text),
        metadata=replace(held.metadata, reason_kind="other", source=None, archived_on=None),
        published=False,
    )
    site.clock.move(days=1)
    with writing(site.engine) as session:
        publication.publish(
            session,
            corpus.service("monjob62"),
            draft,
            environment="demonstration",
            reason="Essai.",
            at=site.clock(),
        )


@pytest.mark.requirement("M-34")
def test_a_notified_version_leaves_the_service_open_and_is_never_said_to_be_accepted(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    assert "Acceptée le 22 novembre 2026" in browser.get(DECIDE).words
    publish_another(site)
    assert browser.get("/pas-de-calais/monjob62/").path != "/pas-de-calais/monjob62/"  # signed out by then
    browser.sign_in("pas-de-calais")
    assert browser.get("/pas-de-calais/monjob62/").path == "/pas-de-calais/monjob62/"
    words = browser.get(DECIDE).words
    assert "Cette version vous est notifiée." in words
    assert "Version applicable pour vous" in words
    assert "Une phrase de plus." in words
    assert "Vous avez accepté cette version" not in words
    assert "Acceptée le" not in words
