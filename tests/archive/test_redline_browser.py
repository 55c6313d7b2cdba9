"""A comparison in a real browser: its views, its filters, the way from one change to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cgu_archive.corpus.comparison import compare_bytes
from cgu_archive.redline import SCRIPTS, STYLES, redline_html

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("archive")]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which an error in the script fails the test."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


@pytest.fixture
def table(page: Page, archive: Path) -> Page:
    """v4 to v5: a passage moved, « trois » became « deux » in a table."""
    page.goto((archive / "demonstration/cgu/v5/depuis/v4.html").as_uri())
    return page


@pytest.fixture
def long(page: Page, archive: Path) -> Page:
    """v1 to v6: every class but links and markup."""
    page.goto((archive / "demonstration/cgu/v6/depuis/v1.html").as_uri())
    return page


def side_by_side(page: Page) -> None:
    page.get_by_role("button", name="Côte à côte").click()


def identifiers(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    return found


def test_side_by_side_each_column_has_the_words_of_its_text(table: Page) -> None:
    before = identifiers(table)
    side_by_side(table)
    assert table.get_by_role("button", name="Côte à côte").get_attribute("aria-pressed") == "true"
    assert table.get_by_role("button", name="Dans le texte").get_attribute("aria-pressed") == "false"
    assert not table.locator(".compare").is_visible()
    old, new = (table.locator(f".cote .{side} .classe-table") for side in ("avant", "apres"))
    assert "trois" in old.inner_text()
    assert "deux ans" not in old.inner_text()
    assert "deux" in new.inner_text()
    assert "trois" not in new.inner_text()
    assert table.locator(".cote .avant .depart").is_visible()
    assert table.locator(".cote .apres .depart").count() == 0
    assert sorted(identifiers(table)) == sorted(before)
    table.get_by_role("button", name="Dans le texte").click()
    assert table.locator(".compare").is_visible()
    assert not table.locator(".cote").is_visible()
    assert sorted(identifiers(table)) == sorted(before)


def test_side_by_side_every_word_of_both_texts_is_there(long: Page) -> None:
    inline: dict[str, str] = long.evaluate(WORDS)
    side_by_side(long)
    assert long.evaluate(COLUMNS) == inline


WORDS = """() => {
  const side = (left, others) => {
    const text = document.querySelector(".compare").cloneNode(true);
    text.querySelectorAll(`${left}, .hors-texte`).forEach((one) => one.remove());
    return text.textContent.replace(/\\s/g, "");
  };
  return { old: side("ins"), new: side("del") };
}"""
COLUMNS = """() => {
  const column = (name) => {
    const found = [...document.querySelectorAll(`.cote .paire:not(.titres) > .${name}`)];
    return found.map((one) => {
      const copy = one.cloneNode(true);
      copy.querySelectorAll(".hors-texte, .lecteur-seul").forEach((aside) => aside.remove());
      return copy.textContent;
    }).join("").replace(/\\s/g, "");
  };
  return { old: column("avant"), new: column("apres") };
}"""


def test_on_a_phone_the_two_texts_stand_one_under_the_other_and_it_is_said(table: Page) -> None:
    table.set_viewport_size(NARROW)
    side_by_side(table)
    assert "Écran étroit" in table.locator(".cote .etroit").inner_text()
    old, new = (table.locator(f".cote .{side} .classe-table").bounding_box() for side in ("avant", "apres"))
    assert old is not None
    assert new is not None
    assert new["y"] >= old["y"] + old["height"]
    labels = table.locator(".cote .changee .lecteur-seul:visible")
    assert "Avant" in labels.first.inner_text()
    unchanged = table.locator(".cote .paire:not(.changee):not(.titres)").first
    assert not unchanged.locator(".avant").is_visible()
    assert unchanged.locator(".apres").is_visible()


def test_a_class_that_is_unticked_shows_the_new_text_as_it_is(long: Page) -> None:
    box = long.get_by_role("checkbox", name="Typographie")
    (count,) = re.findall(r"\d+", long.locator(".filtres label", has=box).inner_text())
    lines = long.locator(".changements > li:visible")
    assert int(count) == long.locator(".changements > li.classe-typography").count()
    listed = lines.count()
    box.uncheck()
    told = re.findall(r"\d+", long.locator(".filtres [role=status]").inner_text())
    assert sum(map(int, told)) == int(count), "those masked, and those masked in part"
    assert lines.count() < listed
    assert lines.filter(has_text=re.compile(r"^\s*Typographie seule dans")).count() == 0
    assert long.locator("del.classe-typography:visible").count() == 0
    mark = long.locator(".compare ins.classe-typography").first
    assert mark.evaluate("(one) => getComputedStyle(one).textDecorationLine") == "none"
    assert mark.get_attribute("role") == "none"
    assert long.locator("ins.classe-wording:visible").count() > 0
    assert not long.locator(".alerte").is_visible()
    numbers = lines.evaluate_all("(found) => found.map((one) => one.value)")
    assert numbers == [rank for rank in range(1, listed + 1) if rank in numbers], "lines keep their numbers"


@pytest.mark.parametrize("name", ["Mots", "Tableaux"])
def test_wording_is_never_hidden_without_a_warning_that_stays(table: Page, name: str) -> None:
    table.get_by_role("checkbox", name=name).uncheck()
    assert "Attention" in table.locator(".alerte").inner_text()
    assert table.locator(".compare .classe-table del:visible").count() == 0
    assert "deux" in table.locator(".compare .classe-table").inner_text()
    moved = table.locator(".changements > li:visible")
    assert "déplacé" in moved.inner_text(), "what moved is shown whatever is unticked"
    side_by_side(table)
    assert table.locator(".alerte").is_visible()
    assert "trois" in table.locator(".cote .avant .classe-table").inner_text(), "each column keeps its words"


def test_the_filters_are_worked_by_keyboard_and_nothing_is_remembered(long: Page) -> None:
    long.get_by_role("checkbox", name="Mots").focus()
    long.keyboard.press("Space")
    long.keyboard.press("Tab")
    long.keyboard.press("Space")
    assert long.locator(".filtres input:not(:checked)").count() == 2
    everything = long.get_by_role("button", name="Tout afficher")
    everything.focus()
    assert everything.evaluate("(one) => getComputedStyle(one).outlineStyle") != "none"
    long.keyboard.press("Enter")
    assert long.locator(".filtres input:not(:checked)").count() == 0
    expect(long.get_by_role("checkbox", name="Mots")).to_be_focused()
    assert not everything.is_visible()
    long.get_by_role("checkbox", name="Mots").uncheck()
    long.reload()
    assert long.locator(".filtres input:not(:checked)").count() == 0
    assert long.locator(".masquee").count() == 0


def test_the_bar_leads_through_every_change_and_back(long: Page) -> None:
    bar = long.get_by_role("navigation", name="Changements")
    stops = long.locator(".compare .ligne[id]:not([id*=ligne])")
    lines = long.locator(".changements > li").count()
    assert stops.count() > 10
    told = [rank.split("/")[0] for rank in stops.locator(".rang").all_inner_texts()]
    for rank in told:
        bar.get_by_role("link", name="suivant").click()
        expect(bar.locator(".rang")).to_have_text(re.compile(rf"Changement {rank} sur {lines}\b"))
        expect(long.locator(":target")).to_be_in_viewport()
    assert bar.get_by_text("suivant").get_attribute("aria-disabled") == "true"
    bar.get_by_role("link", name="précédent").click()
    expect(bar.locator(".rang")).to_have_text(re.compile(rf"Changement {told[-2]} sur {lines}\b"))
    side_by_side(long)
    bar.get_by_role("link", name="suivant").click()
    expect(long.locator(".cote :target")).to_be_in_viewport()


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("state", ["inline", "filtered", "side", "side and filtered", "dark"])
def test_no_state_has_a_violation_or_scrolls_sideways(long: Page, state: str, size: dict[str, int]) -> None:
    long.set_viewport_size(size)  # type: ignore[arg-type]
    long.emulate_media(color_scheme="dark" if state == "dark" else "light")
    long.locator("summary").last.click()
    if "filtered" in state:
        long.get_by_role("checkbox", name="Mots").uncheck()
        long.get_by_role("checkbox", name="Typographie").uncheck()
    if "side" in state or state == "dark":
        side_by_side(long)
    long.evaluate(f"{AXE}\n;0")
    found = long.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
    assert long.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_paper_shows_every_class_in_line_whatever_was_chosen(long: Page) -> None:
    long.get_by_role("checkbox", name="Mots").uncheck()
    long.get_by_role("checkbox", name="Typographie").uncheck()
    side_by_side(long)
    lines = long.locator(".changements > li")
    assert long.locator(".changements > li:visible").count() < lines.count()
    long.emulate_media(media="print")
    assert long.locator(".changements > li:visible").count() == lines.count()
    assert long.locator(".compare").is_visible()
    for absent in (".cote", ".filtres", ".vues", ".ou"):
        assert not long.locator(absent).is_visible()
    for gone in long.locator(".compare del").all():
        assert gone.evaluate("(one) => getComputedStyle(one).textDecorationLine") == "line-through"
    assert long.locator(".dispositions a").first.is_visible(), "what is folded is printed"


def test_with_forced_colours_what_is_pressed_came_or_went_still_differs(table: Page) -> None:
    table.emulate_media(forced_colors="active")
    style = "(one) => { const s = getComputedStyle(one); return [s.fontWeight, s.textDecorationLine]; }"
    pressed, other = (table.get_by_role("button", name=name) for name in ("Dans le texte", "Côte à côte"))
    assert pressed.evaluate(style)[0] > other.evaluate(style)[0]
    assert table.locator(".compare del").first.evaluate(style)[1] == "line-through"
    assert table.locator(".compare ins").first.evaluate(style)[1] == "underline"


def test_without_script_the_text_is_whole_and_nothing_is_offered_that_does_not_work(
    browser: Browser, archive: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((archive / "demonstration/cgu/v6/depuis/v1.html").as_uri())
    assert page.locator(".compare").is_visible()
    for absent in (".filtres", ".vues", ".ou"):
        assert page.locator(absent).count() == 0
    page.locator("summary").last.click()
    page.locator(".dispositions a:visible").first.click()
    expect(page.locator(":target")).to_be_in_viewport()
    page.locator(":target").get_by_role("link", name="changement suivant").click()
    expect(page.locator(":target")).to_be_in_viewport()
    context.close()


def test_where_no_filter_is_asked_for_no_class_can_be_hidden(page: Page, texts_dir: Path) -> None:
    """The screen on which one accepts has both views, and every change."""
    folder = texts_dir / "demonstration" / "cgu"
    comparison = compare_bytes(*((folder / name / "texte.md").read_bytes() for name in ("v1", "v6")))
    css = (STYLES / "redline.css").read_text("utf-8")
    page.set_content(
        f'<!doctype html><html lang="fr"><title>Décider</title><style>{css}</style>'
        f"<main><h1>Décider</h1><h2>Ce qui change</h2>{redline_html(comparison)}</main></html>"
    )
    page.add_script_tag(content=(SCRIPTS / "redline.js").read_text("utf-8"))
    assert page.get_by_role("checkbox").count() == 0
    side_by_side(page)
    assert page.locator(".cote").is_visible()
    assert page.locator(".cote del").count() > 0
    assert page.locator(".masquee").count() == 0


def test_two_chosen_versions_lead_to_their_page(page: Page, archive: Path) -> None:
    page.goto((archive / "comparer.html").as_uri())
    form = page.locator("form[data-comparer='demonstration/cgu']")
    form.get_by_label("Avant").select_option("v2")
    form.get_by_label("Après").select_option("v2")
    form.get_by_role("button").click()
    assert "deux versions différentes" in form.get_by_role("status").inner_text()
    form.get_by_label("Après").select_option("v5")
    form.get_by_role("button").click()
    expect(page.locator("h1")).to_contain_text("ce qui change de v2 à v5")


@pytest.mark.parametrize("missing", [".changements", "h3[id]", ".premiere-ligne", ".changements, h3"])
def test_what_a_page_lacks_takes_nothing_else_away(page: Page, texts_dir: Path, missing: str) -> None:
    folder = texts_dir / "demonstration" / "cgu"
    html = redline_html(compare_bytes(*((folder / f"v{n}" / "texte.md").read_bytes() for n in (4, 5))))
    page.set_content(f"<main data-filtres>{html}</main>")
    page.evaluate("(missing) => document.querySelectorAll(missing).forEach((one) => one.remove())", missing)
    page.evaluate("delete Array.prototype.findLastIndex")
    page.add_script_tag(content=(SCRIPTS / "redline.js").read_text("utf-8"))
    side_by_side(page)
    assert page.locator(".cote .avant").count() > 0
    assert page.locator(".ou .rang").count() == 1
    assert page.locator(".filtres").count() == page.locator(".changements").count()
