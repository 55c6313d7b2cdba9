"""The banner: a new version is told on signed-in pages until it is decided, or read if nothing is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from kiosk.db import writing
from kiosk.notices import publication
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

HOME = "/{}/mes-acceptations"


def publish(site: Site, address: str, **changes: Any) -> None:
    """Publish a version that adds a sentence to the one at `address`."""
    corpus = load(site.settings.texts_dir)
    held = corpus.version(address)
    mended = held.text.decode().replace("mise à jour :", "mise à jour : 2026").replace("[ici](#)", "ici")
    text = f"{mended}\n\nUne phrase de plus.\n".encode()
    metadata = replace(
        held.metadata, reason_kind="other", source=None, archived_on=None, summary=None, **changes
    )
    draft = replace(
        held, address=replace(held.address, slug="essai"), text=text, text_hash=text_hash(text),
        metadata=metadata, published=False,
    )  # fmt: skip
    with writing(site.engine) as session:
        publication.publish(
            session, corpus.service(held.address.service), draft, environment="demonstration",
            reason="Essai.", at=site.clock(),
        )  # fmt: skip


@pytest.mark.requirement("P-11")
def test_a_new_version_is_on_the_home_of_a_person_until_they_decide(site: Site, browser: Browser) -> None:
    home = HOME.format("ville-exemple")
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    assert "Nouvelle version" not in browser.get(home).words
    site.publish()
    words = browser.get(home).words
    assert (
        "Nouvelle version à décider : Conditions générales d’utilisation de Carnet d’adresses, v7." in words
    )
    assert "/ville-exemple/demonstration/cgu/decider" in browser.html
    other = site.browser().sign_up(
        "ville-exemple", "demonstration", email="autre@example.org", profile="habitant"
    )
    assert "Nouvelle version" not in other.get(home).words
    browser.get("/ville-exemple/demonstration/cgu/decider").send(choice="refuser")
    assert "Nouvelle version" not in browser.get(home).words


@pytest.mark.requirement("O-57")
def test_a_version_to_come_is_told_with_its_date_and_what_it_changes(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    publish(site, "demonstration/cgu/v6", effective_on=date(2026, 12, 1), required_on=None)
    words = browser.get(HOME.format("ville-exemple")).words
    assert "Nouvelle version à partir du 1er décembre 2026" in words
    assert "/ville-exemple/demonstration/cgu/comparer?de=v6&amp;a=essai" in browser.html
    assert browser.get("/ville-exemple/demonstration/").path == "/ville-exemple/demonstration/"
    site.clock.at = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    assert browser.sign_in("ville-exemple").path == "/ville-exemple/demonstration/"
    site.clock.move(seconds=1)
    assert browser.get("/ville-exemple/demonstration/").path == "/ville-exemple/demonstration/cgu/decider"


@pytest.mark.requirement("P-11")
def test_in_the_grace_period_the_banner_is_on_both_pages(site: Site, browser: Browser) -> None:
    site.clock.at = datetime(2026, 2, 15, 9, tzinfo=UTC)
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    assert browser.path == "/ville-exemple/demonstration/"
    assert "À décider avant le 1er avril 2026" in browser.words
    browser.get("/ville-exemple/demonstration/cgu/decider").send(choice="plus-tard")
    assert "À décider avant le 1er avril 2026" in browser.get("/ville-exemple/demonstration/").words


@ON_BOTH
@pytest.mark.requirement("M-34")
def test_what_is_only_notified_is_told_until_it_was_read(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    publish(site, "monjob62/cgu/sans-date-1")
    for path in ("/pas-de-calais/monjob62/", HOME.format("pas-de-calais")):
        words = browser.get(path).words
        assert "Une nouvelle version vous est notifiée" in words
        assert "Rien ne vous est demandé." in words
    browser.get("/pas-de-calais/monjob62/cgu/decider").response.close()  # it leaves its trace once sent
    for path in ("/pas-de-calais/monjob62/", HOME.format("pas-de-calais")):
        assert "notifiée" not in browser.get(path).words
    site.clock.move(days=400)
    browser.sign_in("pas-de-calais")
    assert "notifiée" not in browser.get("/pas-de-calais/monjob62/").words, "no trace tells any more"


def test_the_home_asks_one_query_more_whatever_the_number_of_documents(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    browser.get("/dgefp/portail/cgu/decider").send(choice="refuser")
    seen: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda _c, _k, said, *_rest: seen.append(said))
    browser.get(HOME.format("dgefp"))
    assert browser.status == 200
    assert len([one for one in seen if "max(published_version.sequence)" in one]) == 1
    assert not [one for one in seen if "FROM trace" in one]
