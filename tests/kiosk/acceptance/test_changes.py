"""What changed since the version a person accepted, on the page where they decide, and for ever after."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from cgu_archive.cli import cli as cgu
from cgu_archive.corpus.comparison import ChangeClass, compare_bytes, comparison_hash, hashed_bytes, rebuild
from cgu_archive.corpus.hashing import canonical, text_hash
from cgu_archive.corpus.model import Corpus
from kiosk.acceptance import changes
from kiosk.accounts.models import Account
from kiosk.db import reading
from kiosk.ledger.keys import PUBLIC_FILE
from kiosk.ledger.models import ComparisonShown, StatementRow
from kiosk.texts.kept import Kept
from kiosk.verifier import main
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

DECIDE = "/ville-exemple/demonstration/cgu/decider"
NBSP = "\u00a0"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process that compared nothing yet."""
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))


@pytest.fixture
def asked_again(site: Site, browser: Browser) -> Browser:
    """Somebody who accepted v1, before the page that shows v5: three versions they never saw came between."""
    site.clock.at = datetime(2025, 1, 7, 9, tzinfo=UTC)
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = datetime(2026, 6, 15, 9, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    return browser.get(DECIDE)


def said(site: Site) -> list[dict]:
    """The statements of decisions, oldest first."""
    with reading(site.engine) as session:
        rows = session.scalars(
            select(StatementRow.body)
            .where(StatementRow.kind == "decision")
            .order_by(StatementRow.recorded_at)
        )
        return [json.loads(body) for body in rows]


def text(corpus: Corpus, slug: str) -> bytes:
    return corpus.version(f"demonstration/cgu/{slug}").text


def served(site: Site) -> Callable[[str], str]:
    """Return what reads a file that the kiosk serves."""

    def read(path: str) -> str:
        with site.app.test_client().get(path) as answer:
            return answer.text

    return read


def test_the_deciding_page_shows_what_changed_beside_the_whole_text(site: Site, browser: Browser) -> None:
    site.clock.at = datetime(2026, 2, 15, 9, tzinfo=UTC)
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    browser.get(DECIDE)
    words = browser.words.replace(NBSP, " ")
    assert "Article 6 – Annuaire des associations : ajouté" in words
    assert "Motif donné par l’éditeur : Ouverture de l’annuaire public des associations." in words
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert {"changement-1", "article-6"} <= set(ids)
    targets = {a.get("href")[1:] for a in tree.iter("a") if (a.get("href") or "").startswith("#changement")}
    assert targets <= set(ids)


def test_every_version_since_the_one_accepted_is_told_with_its_reason(
    asked_again: Browser, corpus: Corpus
) -> None:
    words = asked_again.words.replace(NBSP, " ")
    assert "Version applicable pour vous : v1 · Version en ligne : v5" in words
    assert "4 versions ont paru depuis" in words
    told = words[
        words.index("4 versions ont paru") : words.index("Voir ce qui change", words.index("4 versions"))
    ]
    places = []
    for slug in ("v2", "v3", "v4", "v5"):
        metadata = corpus.version(f"demonstration/cgu/{slug}").metadata
        places.append(told.index(f"{slug} Motif donné par l’éditeur : {metadata.reason}".replace(NBSP, " ")))
        if metadata.summary:
            summary = f"Résumé de l’éditeur, sans valeur contractuelle : {metadata.summary}"
            assert summary.replace(NBSP, " ") in told
    assert places == sorted(places)
    assert "v6" not in told


@pytest.mark.requirement("P-13", "S-17")
def test_the_statement_holds_the_hash_that_the_archive_computes_of_both_texts(
    site: Site, asked_again: Browser, corpus: Corpus
) -> None:
    expected = comparison_hash(compare_bytes(text(corpus, "v1"), text(corpus, "v5")))
    asked_again.accept()
    first, second = said(site)
    assert second["exposure"]["compared_with"] == "v1"
    assert second["exposure"]["comparison_hash"] == expected
    assert (first["exposure"]["compared_with"], first["exposure"]["comparison_hash"]) == (None, None)


def test_the_command_that_compares_gives_the_same_comparison(
    site: Site, asked_again: Browser, texts_dir: Path
) -> None:
    asked_again.accept()
    words = ["--texts", str(texts_dir), "compare", "demonstration/cgu/v1", "demonstration/cgu/v5", "--json"]
    document = json.loads(CliRunner().invoke(cgu, words).output)
    del document["warnings"]
    for side in ("old", "new"):
        document[side] = {"text_hash": document[side]["text_hash"]}
    assert text_hash(canonical(document)) == said(site)[-1]["exposure"]["comparison_hash"]


def test_no_class_of_change_can_be_hidden_where_one_decides(
    site: Site, browser: Browser, publish_text: Callable[[str, bytes], None]
) -> None:
    old = (
        "# Titre\n\n## Article 1\n\nL'usager a huit jours.\n\n## Article 2\n\nVoir l'article 3 et [ici](https://a.fr).\n\n"
        "## Article 3\n\nUn *mot* de plus, ici.\n\n| a | b |\n|---|---|\n| c | d |\n"
    )
    new = (
        "# Titre\n\n## Article 1\n\nL’usager a neuf jours.\n\n## Article 2\n\nInséré.\n\n## Article 3\n\n"
        "Voir l’article 4 et [ici](https://b.fr).\n\n## Article 4\n\nUn mot de plus, ici.\n\n"
        "| a | b |\n|---|---|\n| c | e |\n"
    )
    publish_text("avant", old.encode())
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    publish_text("apres", new.encode())
    found = compare_bytes(old.encode(), new.encode())
    assert set(found.classes) == set(ChangeClass)
    browser.get(DECIDE)
    tree = html5lib.parse(browser.html, namespaceHTMLElements=False)
    (section,) = [one for one in tree.iter("section") if one.get("id") == "changements"]
    names = " ".join(element.get("class") or "" for element in section.iter()).split()
    assert {f"classe-{one.value}" for one in ChangeClass} <= set(names)
    assert [tag for tag in ("input", "select", "button") if list(section.iter(tag))] == []
    (folded,) = section.iter("details")
    assert folded.get("open") is not None
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', browser.html)
    scripts = re.findall(r'<script src="([^"]+)"', browser.html)
    styles, code = ("".join(map(served(site), paths)) for paths in (sheets, scripts))
    hiding = [
        selector.strip()
        for selectors in re.findall(
            r"([^{}]*)\{[^{}]*(?:display:\s*none|visibility:\s*hidden)[^{}]*\}", styles
        )
        for selector in selectors.split(",")
        if "classe-" in selector
    ]
    assert [selector for selector in hiding if ".redline.sans-" not in selector] == []
    assert "data-filtres" not in browser.html
    guarded = 'redline.closest("[data-filtres]") ? makeFilters('
    once = (code.count(guarded), code.count("makeFilters("))
    assert once == (1, 2), "filters exist where a page asks for them alone"
    assert [name for name in names if name.startswith("sans-")] == []


# What was shown is kept


def kept(site: Site) -> list[str]:
    with reading(site.engine) as session:
        return list(session.scalars(select(ComparisonShown.hash)))


@pytest.mark.requirement("P-13", "T-08", "S-58")
def test_the_comparison_shown_is_given_back_byte_for_byte_with_the_receipt(
    site: Site, asked_again: Browser, corpus: Corpus, tmp_path: Path
) -> None:
    asked_again.accept()
    (link,) = re.findall(r'href="([^"]+/comparaison\.json)"', asked_again.html)
    receipt = asked_again.path
    assert "Comparaison montrée" in asked_again.words
    given = asked_again.get(link).response
    old, new = text(corpus, "v1"), text(corpus, "v5")
    assert given.data == hashed_bytes(compare_bytes(old, new))
    assert sha256(given.data).hexdigest() == said(site)[-1]["exposure"]["comparison_hash"]
    assert rebuild(json.loads(given.data)) == (old, new)
    assert given.headers["Content-Disposition"].startswith('attachment; filename="comparaison-')
    files = {
        "justificatif.json": asked_again.get(f"{receipt}.receipt.json").response.data,
        "comparaison.json": given.data,
        "texte.md": new,
        "ancien.md": old,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    options = {"--comparaison": "comparaison.json", "--texte": "texte.md", "--ancien-texte": "ancien.md"}
    words = [part for name, file in options.items() for part in (name, str(tmp_path / file))]
    trust = ["--trust", str(site.settings.keys_dir / PUBLIC_FILE)]
    result = CliRunner(env={"LC_ALL": "C"}).invoke(
        main, [str(tmp_path / "justificatif.json"), *trust, *words, "--json"]
    )
    (verdict,) = json.loads(result.output)
    assert verdict["verdict"] == "Spécimen sans valeur"
    assert verdict["failed_step"] == 7, "a specimen, and nothing worse: text and comparison agree"


def test_a_first_acceptance_has_no_comparison_to_give(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    assert "comparaison" not in browser.html
    assert browser.get(f"{browser.path}/comparaison.json").status == 404
    assert kept(site) == []


@pytest.mark.requirement("S-22")
def test_nobody_else_is_given_it(site: Site, asked_again: Browser) -> None:
    asked_again.accept()
    (link,) = re.findall(r'href="([^"]+/comparaison\.json)"', asked_again.html)
    assert site.browser().get(link).path == "/ville-exemple/connexion"
    other = site.browser()
    other.sign_up("ville-exemple", "demonstration", email="autre@example.org", profile="habitant").accept()
    assert other.get(link).status == 404


def test_it_is_kept_once_for_all_who_were_shown_it(
    site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = asked_again.form().values
    asked_again.send(choice="refuser")
    (digest,) = kept(site)
    assert digest == said(site)[-1]["exposure"]["comparison_hash"]

    def never(*_: object, **__: object) -> None:
        raise AssertionError("compared again, though it is kept")

    asked_again.get(DECIDE)
    monkeypatch.setattr(changes, "between", never)
    asked_again.response = asked_again.client.post(
        DECIDE, data=page | {"box": "1", "choice": "accepter"}, follow_redirects=True
    )
    assert kept(site) == [digest]


def test_another_process_keeps_what_this_one_showed(
    site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_REDLINES", Kept(0))
    asked_again.accept()
    assert asked_again.status == 200
    assert kept(site) == [said(site)[-1]["exposure"]["comparison_hash"]]


def test_what_cannot_be_kept_as_it_was_shown_is_shown_again(
    site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release compares otherwise: nothing is recorded, the page is to be read again."""
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))
    monkeypatch.setattr(changes, "hashed_bytes", lambda comparison: hashed_bytes(comparison) + b" ")
    asked_again.accept()
    assert asked_again.status == 409
    assert "Rien n’a été enregistré." in asked_again.words
    assert (len(said(site)), kept(site)) == (1, [])
    asked_again.get(DECIDE).accept()
    assert asked_again.status == 200
    assert kept(site) == [said(site)[-1]["exposure"]["comparison_hash"]]


def test_a_decision_that_cannot_be_recorded_keeps_nothing(
    site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.app.testing = False

    def broken(*_args: object, **_kwargs: object) -> str:
        raise RuntimeError("no room left")

    monkeypatch.setattr("kiosk.ledger.services.rows", broken)
    asked_again.accept()
    assert asked_again.status == 500
    assert kept(site) == []


@ON_BOTH
def test_comparing_holds_no_lock_while_others_write(
    engine: Engine, site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is done in no transaction: somebody else decides meanwhile."""
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))
    other = site.browser()
    other.sign_up("ville-exemple", "demonstration", email="autre@example.org", profile="habitant")
    compare, met = changes.compare_bytes, []

    def meanwhile(*texts: bytes, **sides: object) -> object:
        if not met:
            thread = threading.Thread(target=lambda: met.append(other.accept().status))
            thread.start()
            thread.join(20)
        return compare(*texts, **sides)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "compare_bytes", meanwhile)
    asked_again.accept()
    assert (asked_again.status, met) == (200, [200])


def refuses_writers(engine: Engine) -> bool:
    """Whether somebody else who wants to write, or the account that decides, would have to wait."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database), timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False
    with engine.connect() as connection:
        try:
            connection.execute(select(Account.id).with_for_update(nowait=True))
        except OperationalError:
            return True
    return False


@ON_BOTH
@pytest.mark.parametrize("box", [{}, {"box": "1"}])
def test_nobody_waits_for_a_comparison_whether_the_form_is_filled_or_not(
    engine: Engine,
    site: Site,
    asked_again: Browser,
    monkeypatch: pytest.MonkeyPatch,
    box: dict[str, str],
) -> None:
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))
    compare, made_others_wait = changes.compare_bytes, []

    def looked_at(*texts: bytes, **sides: object) -> object:
        made_others_wait.append(refuses_writers(engine))
        return compare(*texts, **sides)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "compare_bytes", looked_at)
    asked_again.send(choice="accepter", **box)
    assert made_others_wait == [False]
    assert asked_again.status == (200 if box else 422)
    if not box:
        assert "Cochez la case pour accepter" in asked_again.words
        assert "<ins" in asked_again.html
        assert not refuses_writers(engine), "nothing is recorded, and nothing stays locked"
        asked_again.accept()
        assert asked_again.status == 200
    assert kept(site) == [said(site)[-1]["exposure"]["comparison_hash"]]


def test_after_an_error_the_comparison_shown_is_the_one_that_the_form_carries(
    site: Site, asked_again: Browser
) -> None:
    carried = asked_again.form().values["shown"]
    first = asked_again.html[asked_again.html.index('id="changements"') : asked_again.html.index("<form")]
    asked_again.send(choice="accepter")
    assert asked_again.status == 422
    assert first.partition("<details")[2] in asked_again.html
    assert asked_again.form().values["shown"] == carried


def test_what_another_release_compares_otherwise_is_not_shown_under_the_hash_of_the_first(
    site: Site, asked_again: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison that the form carries is kept already, since another person decided on it."""
    asked_again.send(choice="refuser")
    first = kept(site)
    asked_again.get(DECIDE)
    monkeypatch.setattr(changes, "_REDLINES", Kept(10**9, lambda _: 1))
    monkeypatch.setattr(changes, "hashed_bytes", lambda comparison: hashed_bytes(comparison) + b" ")
    asked_again.send(choice="accepter")
    assert asked_again.status == 409
    assert "Rien n’a été enregistré." in asked_again.words
    assert (len(said(site)), kept(site)) == (2, first)
    asked_again.get(DECIDE).send(choice="accepter")
    assert asked_again.status == 422
    asked_again.accept()
    digest = said(site)[-1]["exposure"]["comparison_hash"]
    assert [digest] == [one for one in kept(site) if one not in first]


def test_a_form_is_not_shown_again_once_another_window_changed_what_it_starts_from(
    site: Site, asked_again: Browser
) -> None:
    page = asked_again.form().values
    asked_again.accept()
    asked_again.response = asked_again.client.post(DECIDE, data=page | {"choice": "accepter"})
    assert asked_again.status == 409
    assert "Rien n’a été enregistré." in asked_again.words
    assert len(said(site)) == 2


@ON_BOTH
def test_an_acceptance_asks_the_database_for_no_text(
    engine: Engine, site: Site, asked_again: Browser
) -> None:
    asked: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    form = asked_again.form().values | {"box": "1", "choice": "accepter"}
    assert asked_again.client.post(DECIDE, data=form).status_code == 303
    assert any("INSERT INTO comparison_shown" in one for one in asked)
    assert [one for one in asked if re.search(r"published_version\.text\b", one)] == []


def test_the_stylesheet_of_comparisons_is_served_and_linked(site: Site, browser: Browser) -> None:
    assert 'href="/styles/redline.css?v=' in browser.get("/").html
    with site.app.test_client().get("/styles/redline.css") as answer:
        assert answer.mimetype == "text/css"
        assert "line-through" in answer.text
    assert browser.get("/styles/kiosk.css").status == 404


def test_the_script_of_comparisons_is_loaded_where_one_is_shown_and_hides_nothing(
    site: Site, asked_again: Browser
) -> None:
    html = asked_again.get(DECIDE).html
    assert 'src="/scripts/redline.js?v=' in html
    assert "data-filtres" not in html
    with site.app.test_client().get("/scripts/redline.js") as answer:
        assert answer.mimetype == "text/javascript"
    assert 'src="/scripts/redline.js?v=' not in asked_again.get("/").html
