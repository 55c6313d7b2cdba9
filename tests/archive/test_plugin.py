"""The adapter to mkdocs: our pages reach it whole, its Markdown never touches a text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError

from cgu_archive import plugin
from cgu_archive.building import CONFIG, PLUGIN
from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Corpus
from cgu_archive.pages.model import Page
from cgu_archive.plugin import ArchivePlugin
from tests.archive.html_reading import parse, the, words
from tests.builders import an_accession, write_published, write_service

pytestmark = pytest.mark.xdist_group("archive")


def settings(tmp_path: Path, **options: str) -> MkDocsConfig:
    config = load_config(str(CONFIG), site_dir=str(tmp_path / "site"))
    config.plugins[PLUGIN].config.update({"texts_dir": str(tmp_path / "texts")} | options)
    return config


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    write_service(tmp_path / "texts")
    return tmp_path / "texts"


def test_mkdocs_alone_builds_the_same_archive_when_told_the_instant(texts: Path, tmp_path: Path) -> None:
    write_published(texts)
    build(settings(tmp_path, at="2026-11-22T12:00:00+00:00"))
    assert (tmp_path / "site/mairie/cgu/v1/texte.md").is_file()
    assert (tmp_path / "site/manifest.json").is_file()
    assert not (tmp_path / "site/mairie/cgu/v1/texte.html").exists()


def test_the_clock_is_never_read(texts: Path, tmp_path: Path) -> None:
    write_published(texts)
    with pytest.raises(PluginError, match=r"plugins\.cgu-archive\.at manque"):
        settings(tmp_path).plugins.on_pre_build(config=settings(tmp_path))


def test_an_event_out_of_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="on_pre_build"):
        ArchivePlugin().on_post_build(config=settings(tmp_path))


@pytest.mark.requirement("P-03")
def test_what_another_parser_would_read_as_markup_stays_a_word(texts: Path, tmp_path: Path) -> None:
    text = (
        "# Titre {#autre}\n\n"
        "28. Vingt-huit <script>alert(1)</script>\n\n"
        "*[HTML]: abréviation\n\n"
        "!!! note\n\n[TOC]\n\n{{ config }} {% raw %} &copy; :smile:\n"
    )
    write_published(texts, text=text, metadata=an_accession())
    build(settings(tmp_path, at="2026-11-22T12:00:00+00:00"))
    shown = the(parse((tmp_path / "site/mairie/cgu/v1/index.html").read_text("utf-8")), "texte")
    assert words(shown) == " ".join(provisions.read(text.encode()).text().split())
    for kept in (
        "{#autre}",
        "28.",
        "<script>alert(1)</script>",
        "!!! note",
        "[TOC]",
        "{{ config }} {% raw %}",
    ):
        assert kept in words(shown)
    assert not list(shown.iter("script"))


def test_a_page_at_the_address_of_one_written_by_hand_is_refused(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_published(texts)
    page = Page("aide.html", "Aide", "", "<h1>Aide</h1>", "page")
    monkeypatch.setattr(plugin, "pages", lambda archive: iter([page]))
    with pytest.raises(Abort):
        build(settings(tmp_path, at="2026-11-22T12:00:00+00:00"))


def test_material_s_rules_give_way_to_ours(archive: Path) -> None:
    (sheet,) = (archive / "assets/stylesheets").glob("main.*.css")
    rules = sheet.read_text("utf-8")
    assert rules.startswith("@layer material{")
    assert rules.count("{") == rules.count("}")


def search_index(archive: Path) -> list[dict[str, str]]:
    docs: list[dict[str, str]] = json.loads((archive / "search/search_index.json").read_bytes())["docs"]
    return docs


def test_the_search_answers_with_provisions_of_the_texts_to_read_now(archive: Path, corpus: Corpus) -> None:
    found = {entry["location"]: entry for entry in search_index(archive)}
    rule = found["soffi/cgu/sans-date-1/index.html#p-28"]
    assert rule["title"] == "Paragraphe 28"
    assert "12 caractères" in rule["text"]
    assert found["soffi/cgu/sans-date-1/index.html#p-34"]["title"].startswith("34.")
    text = provisions.read(corpus.version("soffi/cgu/sans-date-1").text)
    assert sum(location.startswith("soffi/cgu/") for location in found) == len(list(text.walk()))


def test_old_versions_and_comparisons_stay_out_of_the_search(archive: Path) -> None:
    found = {entry["location"].partition("#")[0] for entry in search_index(archive)}
    assert {location for location in found if location.startswith("demonstration/cgu/")} == {
        "demonstration/cgu/v6/index.html"
    }
    assert "aide.html" in found


def test_the_search_speaks_french(archive: Path) -> None:
    index = json.loads((archive / "search/search_index.json").read_bytes())
    assert index["config"]["lang"] == ["fr"]


def test_words_of_a_text_are_escaped_in_the_search(texts: Path, tmp_path: Path) -> None:
    write_published(texts, text="# Titre\n\nSoit <img src=x onerror=alert(1)> lu.\n", metadata=an_accession())
    build(settings(tmp_path, at=datetime(2026, 11, 22, tzinfo=UTC).isoformat()))
    (entry,) = [entry for entry in search_index(tmp_path / "site") if "onerror" in entry["text"]]
    assert "&lt;img" in entry["text"]
    assert "<img" not in entry["text"]


def test_a_label_is_no_markup_anywhere_on_a_page(texts: Path, tmp_path: Path) -> None:
    evil = '"><img src=x onerror=alert(1)><b x="'
    write_published(texts, metadata=an_accession(label=evil))
    write_published(texts, "mairie/cgu/v2", "Autre.\n", metadata=an_accession(label=evil))
    build(settings(tmp_path, at="2026-11-22T12:00:00+00:00"))
    pages = list((tmp_path / "site" / "mairie").rglob("*.html"))
    assert len(pages) > 3
    for page in pages:
        read = parse(page.read_text("utf-8"))
        assert [image for image in read.iter("img") if image.get("src") == "x"] == []
        assert [bold for bold in read.iter("b") if bold.get("x") is not None] == []
