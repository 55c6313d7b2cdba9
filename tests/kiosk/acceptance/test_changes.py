"""What changed since the version a person accepted, on the page where they decide."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import html5lib

from tests.kiosk.web import Browser, Site


def test_the_deciding_page_shows_what_changed_beside_the_whole_text(site: Site, browser: Browser) -> None:
    site.clock.at = datetime(2026, 2, 15, 9, tzinfo=UTC)
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    browser.get("/ville-exemple/demonstration/cgu/decider")
    assert "Article 6 – Annuaire des associations : ajouté." in browser.words.replace("\u00a0", " ")
    assert "Articles 6 à 11 → 7 à 12, numéros seuls." in browser.words
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert {"changement-1", "article-6"} <= set(ids)
    targets = {a.get("href")[1:] for a in tree.iter("a") if (a.get("href") or "").startswith("#changement")}
    assert targets <= set(ids)


def test_the_stylesheet_of_comparisons_is_served_and_linked(site: Site, browser: Browser) -> None:
    assert 'href="/styles/redline.css"' in browser.get("/").html
    with site.app.test_client().get("/styles/redline.css") as answer:
        assert answer.mimetype == "text/css"
        assert "line-through" in answer.text
    assert browser.get("/styles/kiosk.css").status == 404
