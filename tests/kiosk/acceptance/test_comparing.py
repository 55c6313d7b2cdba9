"""Any two versions, in any order, without an account, and without letting one client occupy the kiosk."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import html5lib
import pytest
from sqlalchemy import Engine, event

from cgu_archive.corpus.dates import start_of_day
from cgu_archive.corpus.model import Corpus, Mode
from cgu_archive.pages.comparisons import comparison_pages
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.rendering import words
from kiosk.acceptance import changes, comparing
from kiosk.accounts.models import Attempt
from kiosk.db import reading
from kiosk.ledger.comparisons import Packed
from kiosk.texts import services as texts
from kiosk.texts.kept import Kept
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/ville-exemple/demonstration/cgu/comparer"
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process that compared nothing yet."""
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))


def selected(browser: Browser) -> tuple[str, str]:
    """The versions that the two lists show, by the names of the lists."""
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    found = {
        select.get("name"): [o.get("value") for o in select.iter("option") if o.get("selected") is not None]
        for select in tree.iter("select")
    }
    (old,), (new,) = found["de"], found["a"]
    return old, new


def test_the_page_offers_every_version_and_begins_with_the_last_change(browser: Browser) -> None:
    browser.get(PAGE)
    assert browser.status == 200
    assert selected(browser) == ("v5", "v6")
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    offered = [[o.get("value") for o in select.iter("option")] for select in tree.iter("select")]
    assert offered == [["v6", "v5", "v4", "v3", "v2", "v1"]] * 2
    labels = {label.get("for"): "".join(label.itertext()) for label in tree.iter("label")}
    assert labels == {"de": "Ancienne version", "a": "Nouvelle version"}
    (form,) = [form for form in browser.forms if "deconnexion" not in form.action]
    assert not form.action, "a form that asks this very address"
    assert "<ins" not in browser.html


def test_two_versions_that_are_no_neighbours_are_compared_with_the_list_of_changes_on_top(
    browser: Browser,
) -> None:
    browser.get(f"{PAGE}?de=v1&a=v5")
    assert browser.status == 200
    assert selected(browser) == ("v1", "v5")
    assert "Article 6 – Annuaire des associations" in browser.words
    assert "4 versions ont paru depuis" in browser.words.replace(NBSP, " ")
    assert browser.html.index('id="changement-liste"') < browser.html.index("<del")
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    ids = {element.get("id") for element in tree.iter()}
    jumps = {a.get("href")[1:] for a in tree.iter("a") if (a.get("href") or "").startswith("#changement")}
    assert jumps
    assert jumps <= ids


def test_the_order_may_be_reversed_and_the_page_says_so(browser: Browser) -> None:
    browser.get(f"{PAGE}?de=v5&a=v1")
    assert browser.status == 200
    assert "Vous remontez le temps" in browser.words
    assert "Motif donné par l’éditeur" not in browser.words
    assert "Vous remontez le temps" not in browser.get(f"{PAGE}?de=v1&a=v5").words


def test_the_same_version_twice_is_told(browser: Browser) -> None:
    browser.get(f"{PAGE}?de=v2&a=v2")
    assert browser.status == 200
    assert "C’est deux fois la même version" in browser.words
    assert selected(browser) == ("v2", "v2")


@pytest.mark.parametrize("query", ["de=v1&a=v9", "de=v9&a=v1", "de=%3Cb%3E&a=v1", f"de=v1&a={'v' * 5000}"])
def test_an_unknown_version_gets_the_form_again_and_its_reason(browser: Browser, query: str) -> None:
    browser.get(f"{PAGE}?{query}")
    assert browser.status == 404
    assert "n’est pas une version de ce document" in browser.words
    assert selected(browser)
    assert "<b>" not in browser.html
    assert len(browser.html) < 20_000


@pytest.mark.parametrize(
    ("query", "expected"),
    [("a=v4", ("v3", "v4")), ("a=v1", ("v2", "v1")), ("de=v2", ("v2", "v6")), ("de=&a=", ("v5", "v6"))],
)
def test_with_one_version_alone_the_other_is_suggested(
    browser: Browser, query: str, expected: tuple[str, str]
) -> None:
    browser.get(f"{PAGE}?{query}")
    assert browser.status == 200
    assert selected(browser) == expected
    assert "Ce qui change" not in browser.words


def test_a_document_of_one_version_has_nothing_to_compare(browser: Browser) -> None:
    browser.get("/dgefp/soffi/cgu/comparer")
    assert "Une seule version de ce texte est connue ici" in browser.words
    assert "<select" not in browser.html
    assert "comparer" not in browser.get("/dgefp/soffi/cgu").html
    assert browser.get("/dgefp/soffi/rien/comparer").status == 404


@ON_BOTH
def test_reading_and_deciding_lead_there(browser: Browser) -> None:
    link = f'href="{PAGE}?a=v6"'
    assert link in browser.get("/ville-exemple/demonstration/cgu").html
    assert link.replace("v6", "v2") in browser.get("/ville-exemple/demonstration/cgu/v2").html
    browser.sign_up("ville-exemple", "demonstration", profile="habitant")
    assert browser.path.endswith("/decider")
    assert link in browser.html


def test_a_text_that_comes_back_is_told_whatever_the_distance(
    site: Site, browser: Browser, publish_text: Callable[[str, bytes], None]
) -> None:
    first = browser.get("/ville-exemple/demonstration/cgu/v4/texte.md").response.data
    publish_text("retour", first)
    browser.get(f"{PAGE}?de=v6&a=retour")
    assert "Ce texte est exactement celui d’une version antérieure (v4)." in browser.words
    assert "Attention" not in browser.get(f"{PAGE}?de=v5&a=v6").words


def test_a_pair_is_compared_once_then_served(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_comparisons(monkeypatch)
    first = browser.get(f"{PAGE}?de=v1&a=v2").html
    assert browser.get(f"{PAGE}?de=v1&a=v2").html == first
    assert len(made) == 1
    browser.get(f"{PAGE}?de=v2&a=v1")
    assert len(made) == 2


def test_one_client_cannot_keep_the_kiosk_busy(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_comparisons(monkeypatch)
    pairs = [(f"v{old}", f"v{new}") for old in range(1, 7) for new in range(1, 7) if old != new]
    for old, new in pairs[:29]:
        assert browser.get(f"{PAGE}?de={old}&a={new}").status == 200
    monkeypatch.setattr(changes, "_REDLINES", Kept(0, lambda _: 1))
    assert browser.get(f"{PAGE}?de=v1&a=v2").status == 200
    assert len(made) == 30
    browser.get(f"{PAGE}?de=v1&a=v2")
    assert browser.status == 429
    assert browser.response.headers["Retry-After"] == "900"
    assert "Attendez un quart d’heure" in browser.words
    assert selected(browser) == ("v1", "v2")
    assert len(made) == 30
    assert browser.get("/ville-exemple/demonstration/cgu").status == 200
    site.clock.move(minutes=16)
    assert browser.get(f"{PAGE}?de=v1&a=v2").status == 200


def test_who_decides_is_shown_what_changes_whatever_others_asked(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.move(minutes=1)
    site.publish()
    monkeypatch.setattr(
        comparing, "_LIMIT", comparing.limits.Limit("comparison-client", 0, comparing._LIMIT.window)
    )
    assert browser.get(f"{PAGE}?de=v6&a=v7").status == 429
    assert "<ins" in browser.get("/ville-exemple/demonstration/cgu/decider").html


def test_texts_too_long_are_left_to_the_machine_of_who_wants_them(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_comparisons(monkeypatch)
    monkeypatch.setattr(comparing, "MAX_TEXT_BYTES", 1000)
    browser.get(f"{PAGE}?de=v1&a=v2")
    assert browser.status == 422
    assert f"«{NBSP}cgu compare{NBSP}»" in browser.html
    assert made == []


@ON_BOTH
def test_texts_are_asked_of_the_database_only_to_be_compared(
    engine: Engine, site: Site, browser: Browser
) -> None:
    asked: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def texts_asked(path: str) -> int:
        asked.clear()
        assert browser.get(path).status == 200
        return sum(re.search(r"published_version\.text\b", one) is not None for one in asked)

    assert texts_asked(PAGE) == 0
    assert texts_asked(f"{PAGE}?de=v1&a=v2") == 2
    assert texts_asked(f"{PAGE}?de=v1&a=v2") == 0


def count_comparisons(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows by one at each comparison made."""
    made: list[None] = []
    compare = changes.compare_bytes

    def counted(*texts: bytes, **sides: object) -> object:
        made.append(None)
        return compare(*texts, **sides)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "compare_bytes", counted)
    return made


WORD = "/ville-exemple/demonstration/cgu/comparer.docx"


def test_any_pair_is_had_as_a_word_file_with_tracked_changes(browser: Browser) -> None:
    assert f'href="{WORD}?de=v1&amp;a=v5"' in browser.get(f"{PAGE}?de=v1&a=v5").html
    answer = browser.client.get(f"{WORD}?de=v1&a=v5")
    assert answer.status_code == 200
    assert 'filename="demonstration-cgu-v1-v5.docx"' in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(answer.data)) as file:
        body = file.read("word/document.xml").decode()
    assert "<w:ins " in body
    assert "<w:del " in body


@pytest.mark.parametrize(("old", "new"), [("v1", "v2"), ("v1", "v3")])
def test_the_word_file_is_the_one_of_the_archive(
    site: Site, browser: Browser, corpus: Corpus, old: str, new: str
) -> None:
    offered = browser.client.get(f"{WORD}?de={old}&a={new}").data
    archive = Archive(corpus, Mode.DEMONSTRATION, site.clock.at, None, None, Operator())
    told = corpus.service("demonstration")
    pages = comparison_pages(archive, told, told.document("cgu"))
    page = next(one for one in pages if one.address == f"demonstration/cgu/{new}/depuis/{old}.html")
    assert offered == next(content for name, content in page.files.items() if name.endswith(".docx"))


def test_the_word_file_says_that_it_is_a_demonstration_and_when_the_new_version_was_known(
    browser: Browser, corpus: Corpus
) -> None:
    answer = browser.client.get(f"{WORD}?de=v5&a=v1")
    with ZipFile(BytesIO(answer.data)) as file:
        parts = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".xml")}
    foot = parts["word/footer.xml"]
    assert words.DEMONSTRATION in foot
    assert "Service imaginaire" in foot
    known_at = corpus.version("demonstration/cgu/v1").metadata.published_at
    assert known_at is not None
    dates = re.findall(r'w:date="([^"]+)"', parts["word/document.xml"])
    assert max(dates) == known_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "the others part what was replaced"


def test_a_received_text_was_known_the_day_it_entered_the_archive(site: Site, corpus: Corpus) -> None:
    with reading(site.engine) as session:
        (received,) = texts.history(session, "soffi", "cgu")
        archived_on = corpus.version("soffi/cgu/sans-date-1").metadata.archived_on
        assert archived_on is not None
        assert changes._known_at(received) == start_of_day(archived_on)


@pytest.mark.parametrize("query", ["", "?de=v1", "?de=v1&a=v1", "?de=v1&a=v99"])
def test_a_word_file_needs_two_versions(browser: Browser, query: str) -> None:
    assert browser.client.get(f"{WORD}{query}").status_code == 404


def test_word_files_count_as_comparisons(site: Site, browser: Browser) -> None:
    for number in range(2, 7):
        assert browser.client.get(f"{WORD}?de=v1&a=v{number}").status_code == 200
        assert counted(site) == number - 1
    for path in (PAGE, WORD):
        assert browser.client.get(f"{path}?de=v1&a=v6").status_code == 200
    assert counted(site) == 5, "a page and a Word file of one pair are one comparison"


def test_a_word_file_is_refused_as_a_page_is(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_comparisons(monkeypatch)
    limit = comparing.limits.Limit("comparison-client", 1, comparing._LIMIT.window)
    monkeypatch.setattr(comparing, "_LIMIT", limit)
    assert browser.client.get(f"{WORD}?de=v2&a=v3").status_code == 200
    assert browser.client.get(f"{WORD}?de=v3&a=v4").status_code == 429
    assert browser.client.get(f"{PAGE}?de=v3&a=v4").status_code == 429
    assert (len(made), counted(site)) == (1, 1)
    monkeypatch.setattr(comparing, "MAX_TEXT_BYTES", 100)
    answer = browser.client.get(f"{WORD}?de=v2&a=v4")
    assert answer.status_code == 422
    assert "cgu compare" in answer.text


def counted(site: Site) -> int:
    """How many things are counted against clients."""
    return site.count(Attempt)


# At once


@ON_BOTH
def test_two_comparisons_are_made_at_once_and_who_asks_for_a_third_is_told_to_wait(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.move(minutes=1)
    site.publish()
    before = counted(site)
    compare = changes.compare_bytes
    busy, go_on = threading.Semaphore(0), threading.Event()

    def slow(*texts: bytes, **sides: object) -> object:
        if threading.current_thread() is not threading.main_thread():
            busy.release()
            assert go_on.wait(30)
        return compare(*texts, **sides)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "compare_bytes", slow)
    statuses: list[int] = []
    paths = (f"{PAGE}?de=v1&a=v6", f"{WORD}?de=v2&a=v6")

    def ask(path: str) -> None:
        statuses.append(site.browser().get(path).status)

    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    try:
        for thread in threads:
            thread.start()
            assert busy.acquire(timeout=30)
        for path in (PAGE, WORD):
            answer = browser.client.get(f"{path}?de=v3&a=v6")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert "D’autres comparaisons sont en cours." in answer.text
        assert counted(site) - before == 2, "what is not made does not count"
        assert "<ins" in browser.get("/ville-exemple/demonstration/cgu/decider").html, "never refused"
    finally:
        go_on.set()
        for thread in threads:
            thread.join(30)
    assert statuses == [200, 200]
    assert browser.get(f"{PAGE}?de=v3&a=v6").status == 200


def test_a_comparison_that_fails_leaves_its_place_to_others(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = comparing.limits.Limit("comparison-client", 0, comparing._LIMIT.window)
    with monkeypatch.context() as within:
        within.setattr(comparing, "_LIMIT", limit)
        assert [browser.get(f"{PAGE}?de=v1&a=v2").status for _ in range(3)] == [429] * 3

    def broken(*_texts: bytes, **_sides: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as within:
        within.setattr(changes, "compare_bytes", broken)
        within.setattr(site.app, "testing", False)
        assert [browser.get(f"{PAGE}?de=v1&a=v2").status for _ in range(3)] == [500] * 3
    assert browser.get(f"{PAGE}?de=v1&a=v2").status == 200


def test_what_is_held_weighs_the_bytes_that_it_takes() -> None:
    redline = changes.Redline("« é »".encode(), b"word", Packed("0" * 64, b"body!"))
    assert redline.weight == 8 + 4 + 5
    assert redline.html == "« é »"
