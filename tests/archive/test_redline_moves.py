"""Sentences that moved alone are shown as moved, at both ends, in every form of a comparison but Word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import axe_playwright_python
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cgu_archive.corpus.comparison import Comparison
from cgu_archive.redline import redline_html, redline_terminal
from cgu_archive.redline.page import redline_page
from cgu_archive.redline.printing import redline_pdf
from tests.archive.html_reading import classes, having, parse, the, words
from tests.archive.pdf_reading import Reading
from tests.archive.redline_reading import NBSP, assert_both_texts_are_there, first, listed, of

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
GIVES = "Le service donne une adresse à chaque habitant de la ville qui la demande."
OPENS = "Chacun ouvre son compte avec un mot de passe et une adresse électronique."
KEEPS = "Les données restent deux ans après la fermeture du compte, puis sont détruites."
JUDGE = "Le tribunal compétent est celui du domicile, après une tentative de médiation."
MOVED = "L’association prévient chacun huit jours calendaires avant de fermer un compte."
LATER = MOVED.replace("huit", "quinze")


def articles(*bodies: str) -> str:
    return "\n\n".join(f"## Article {n} – T{n}\n\n{body}" for n, body in enumerate(bodies, start=1))


OLD = articles(f"{GIVES} {MOVED}", OPENS, KEEPS)


@cache
def moved(text: str = MOVED) -> Comparison:
    """A sentence of article 1 went to the end of article 3, as `text`."""
    comparison = of(OLD, articles(GIVES, OPENS, f"{KEEPS} {text}"))
    assert len(comparison.moves) == 1
    return comparison


def labels(comparison: Comparison) -> list[str]:
    """Return what is said above each changed block."""
    marks = having(parse(redline_html(comparison)), "repere")
    return [words(mark[0], without="").replace(NBSP, " ") for mark in marks if len(mark)]


def ends(comparison: Comparison, *, whole: bool = True) -> tuple[Element, Element]:
    """Return the only place that words left and the only one they came to."""
    tree = parse(redline_html(comparison, whole=whole))
    return the(tree, "parti"), the(tree, "venu")


def heard(element: Element) -> str:
    return words(element, without="").replace(NBSP, " ")


@pytest.mark.parametrize("whole", [True, False])
def test_each_end_shows_the_words_and_leads_to_the_other(whole: bool) -> None:
    origin, arrival = ends(moved(), whole=whole)
    assert [(part.tag, words(part)) for part in having(origin, "deplace")] == [("del", MOVED)]
    assert [(part.tag, words(part)) for part in having(arrival, "deplace")] == [("ins", MOVED)]
    for end, other in ((origin, arrival), (arrival, origin)):
        (link,) = end.iter("a")
        assert link.get("href") == f"#{other.get('id')}"
    assert_both_texts_are_there(moved())


def test_each_end_is_told_in_words_to_those_who_listen_and_to_those_who_see() -> None:
    origin, arrival = ends(moved())
    assert heard(origin) == (
        f"déplacé vers l’article 3 : {MOVED} fin du passage déplacé (↓ nouvelle place : article 3)"
    )
    assert heard(arrival) == (
        f"déplacé depuis l’article 1 : {MOVED} fin du passage déplacé (↑ ancienne place : article 1)"
    )
    for end in (origin, arrival):
        assert [words(arrow, without="") for arrow in end.iter("span") if arrow.get("aria-hidden")]
        assert all("hors-texte" in classes(mark) for mark in having(end, "lecteur-seul"))
        assert "hors-texte" in classes(the(end, "renvoi"))


def test_words_lost_or_won_on_the_way_stand_among_those_that_moved_and_inside_none() -> None:
    origin, arrival = ends(moved(LATER))
    for end, tag, word, said in (
        (origin, "del", "huit", "supprimé : huit"),
        (arrival, "ins", "quinze", "ajouté : quinze"),
    ):
        parts = list(having(end, "deplace"))
        assert all(part in list(end) and not list(part.iter(tag))[1:] for part in parts)
        (edited,) = having(end, "edite")
        assert words(edited) == word
        assert heard(edited) == said
        assert "classe-wording" in classes(edited)
        others = [part for part in parts if part is not edited]
        assert not any(name.startswith("classe-") for part in others for name in classes(part))


CANNOT = "L’utilisateur ne peut pas résilier son compte avant la fin du mois en cours."
CAN = CANNOT.replace("ne peut pas", "peut")


def on_the_way(end: Element) -> list[str]:
    return [heard(mark) for mark in having(end, "en-chemin")]


@pytest.mark.parametrize(
    ("old", "new", "lost", "won"),
    [
        (CANNOT, CAN, ["(2 mots supprimés en chemin)"], []),
        (CAN, CANNOT, [], ["(2 mots ajoutés en chemin)"]),
        (MOVED, LATER, ["(1 mot supprimé en chemin)"], ["(1 mot ajouté en chemin)"]),
        (CAN, CAN.replace(" avant", ", avant"), [], ["(ponctuation ajoutée en chemin)"]),
        (CAN.replace("fin", "fin §"), CAN, ["(signes supprimés en chemin)"], []),
        (CAN, CAN, [], []),
        (CAN, CAN.replace("’", "'"), [], []),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_what_only_the_other_end_shows_is_told_at_this_one(
    old: str, new: str, lost: list[str], won: list[str], whole: bool
) -> None:
    comparison = of(articles(f"{GIVES} {old}", OPENS, KEEPS), articles(GIVES, OPENS, f"{KEEPS} {new}"))
    origin, arrival = ends(comparison, whole=whole)
    assert on_the_way(arrival) == lost
    assert on_the_way(origin) == won
    for end in (origin, arrival):
        assert all("classe-wording" in classes(mark) for mark in having(end, "en-chemin"))
        (link,) = having(end, "renvoi")
        assert "hors-texte" in classes(link)
        assert set(having(link, "en-chemin")) == set(having(end, "en-chemin"))
    assert_both_texts_are_there(comparison)


def test_words_lost_on_the_way_are_of_the_block_they_came_to_and_no_edit_of_its_own() -> None:
    comparison = of(articles(f"{GIVES} {CANNOT}", OPENS), articles(GIVES, f"{OPENS} {CAN}"))
    tree = parse(redline_html(comparison))
    rows = [row for row in having(tree, "ligne") if "deplacee" in classes(row)]
    assert [("classe-wording" in classes(row)) for row in rows] == [True, True]
    assert labels(comparison) == [
        "Une phrase partie vers l’article 2 et modifiée", "Une phrase venue de l’article 1 et modifiée",
    ]  # fmt: skip


def test_a_block_that_was_cut_says_so_and_nothing_moved() -> None:
    comparison = of(articles(f"{GIVES} {MOVED}"), articles(f"{GIVES}\n\n{JUDGE} {LATER}"))
    assert [move.is_cut for move in comparison.moves] == [True]
    assert labels(comparison) == [
        "Une phrase mise dans un autre alinéa, plus bas et modifiée",
        "Ajouté, avec une phrase venue d’un autre alinéa, plus haut et modifiée",
    ]
    html = redline_html(comparison)
    assert listed(html)[0].startswith("Article 1 – T1 : 1 phrase modifiée, 2e alinéa ajouté.")
    assert "ordinaire" not in html
    assert "déplacé" not in first(html) + "".join(listed(html))
    origin, arrival = ends(comparison)
    assert heard(origin).startswith("mis dans un autre alinéa, plus bas : ")
    assert heard(arrival).startswith("venu d’un autre alinéa, plus haut : ")
    assert_both_texts_are_there(comparison)


# Neither end is taken for another provision


def numbered(*bodies: str) -> str:
    """Return articles told by the first word of each body, whatever their number."""
    told = enumerate(bodies, start=1)
    return "\n\n".join(f"## Article {n} – {body.split()[1].capitalize()}\n\n{body}" for n, body in told)


def test_a_number_that_another_provision_had_is_told_with_the_former_one() -> None:
    old = numbered(GIVES, f"{OPENS} {MOVED}", f"{KEEPS} {JUDGE}")
    comparison = of(old, numbered(GIVES, f"{KEEPS} {JUDGE} {MOVED}"))
    assert "Supprimé, sauf une phrase partie vers l’article 2 (ancien 3)" in labels(comparison)
    assert "Une phrase venue de l’ancien article 2" in labels(comparison)
    origin, arrival = ends(comparison)
    assert "déplacé vers l’article 2 (ancien 3) :" in heard(origin)
    assert "nouvelle place : article 2 (ancien 3)" in heard(origin)
    assert "ancienne place : ancien article 2" in heard(arrival)


def test_a_number_that_another_provision_had_is_told_with_what_is_new() -> None:
    old = numbered(GIVES, KEEPS, f"{OPENS} {MOVED}")
    comparison = of(old, numbered(GIVES, f"{JUDGE} {MOVED}", KEEPS, OPENS))
    assert "Une phrase partie vers le nouvel article 2" in labels(comparison)
    assert "nouvelle place : nouvel article 2" in heard(ends(comparison)[0])
    assert "Ajouté, avec une phrase venue de l’ancien article 3" in labels(comparison)


def test_an_entry_whose_number_another_one_had_is_told_with_the_former_one() -> None:
    old = articles(f"1. {GIVES}\n2. {OPENS} {MOVED}\n3. {KEEPS}")
    comparison = of(old, articles(f"1. {GIVES}\n2. {KEEPS} {MOVED}"))
    (link,) = ends(comparison)[0].iter("a")
    assert heard(link) == "↓ nouvelle place : paragraphe 2 de l’article 1 (ancien paragraphe 3)"


def test_a_block_that_moved_comes_from_the_provision_that_had_that_number() -> None:
    old = numbered(GIVES, f"{OPENS}\n\n{MOVED}", KEEPS)
    comparison = of(old, numbered(GIVES, f"{KEEPS}\n\n{MOVED}"))
    assert any(line.startswith("Déplacé depuis l’ancien article 2") for line in labels(comparison))


def titled(*bodies: str) -> str:
    return "\n\n".join(f"## Données\n\n{body}" for body in bodies)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([f"{GIVES} {MOVED}", KEEPS], [GIVES, f"{KEEPS} {MOVED}"],
         ["« Données » (2e de ce titre) : phrase déplacée depuis « Données » (1re de ce titre), "
          "texte inchangé."]),
        ([GIVES, KEEPS], [GIVES, KEEPS.replace("deux", "trois")],
         ["« Données » (2e de ce titre) : 1 phrase modifiée ; « restent deux ans après la fermeture » "
          "devient « restent trois ans après la fermeture »."]),
        ([f"{GIVES} {OPENS} {MOVED}", f"{KEEPS} {JUDGE}"], [f"{KEEPS} {JUDGE} {MOVED}"],
         ["« Données » (1re de ce titre, ancien texte) : disposition supprimée.",
          "« Données » : phrase déplacée depuis « Données » (1re de ce titre, ancien texte), "
          "texte inchangé."]),
        ([f"{KEEPS} {JUDGE} {MOVED}"], [f"{GIVES} {OPENS} {MOVED}", f"{KEEPS} {JUDGE}"],
         ["« Données » (1re de ce titre) : disposition ajoutée.",
          "« Données » (1re de ce titre) : phrase déplacée depuis « Données » (ancien texte), "
          "texte inchangé."]),
        ([GIVES], [GIVES.replace("donne", "offre")],
         ["« Données » : 1 phrase modifiée ; « service donne une adresse » devient "
          "« service offre une adresse »."]),
    ],
)  # fmt: skip
def test_provisions_of_one_title_are_told_apart(old: list[str], new: list[str], told: list[str]) -> None:
    comparison = of(titled(*old), titled(*new))
    lines = listed(redline_html(comparison))
    assert [line.split(".")[0] + "." for line in lines] == told


def test_the_title_above_a_passage_alone_tells_provisions_of_one_title_apart() -> None:
    comparison = of(titled(f"{GIVES} {MOVED}", KEEPS), titled(GIVES, f"{KEEPS} {MOVED}"))
    wanted = ["« Données » (1re de ce titre)", "« Données » (2e de ce titre)"]
    text = the(parse(redline_html(comparison, whole=False)), "compare")
    assert [heard(title) for title in text.iter() if re.fullmatch("h[1-6]", title.tag)] == wanted
    lines = redline_terminal(comparison).replace(NBSP, " ").split("\n")
    assert [line for line in lines if line in wanted] == wanted


def test_the_list_tells_the_move_once_and_leads_to_the_words() -> None:
    html = redline_html(moved())
    assert first(html) == "Aucun mot modifié. Seuls changent : place de certains passages."
    assert listed(html) == ["Article 3 – T3 : phrase déplacée depuis l’article 1, texte inchangé."]
    (line,) = the(parse(html), "changements")
    assert "deplace" in classes(line)
    _, arrival = ends(moved())
    assert [link.get("href") for link in line.iter("a")] == [f"#{arrival.get('id')}"]
    assert "Ici se trouvait" not in html


def test_an_edited_move_is_quoted_and_its_provision_tells_its_own_words_alone() -> None:
    new = articles(GIVES, OPENS, f"{KEEPS.replace('détruites', 'effacées')} {LATER}")
    told = listed(redline_html(of(OLD, new)))
    assert len(told) == 2
    assert re.match(r"Article 3 – T3 : 1 phrase modifiée ; .*« .*détruites.* » devient « .*effacées", told[0])
    assert "quinze" not in told[0]
    assert told[1] == (
        "Article 3 – T3 : phrase déplacée depuis l’article 1 et modifiée ; "
        "« chacun huit jours calendaires » devient « chacun quinze jours calendaires »."
    )


def test_a_row_that_changed_too_is_told_by_its_own_line() -> None:
    tree = parse(redline_html(of(OLD, articles(GIVES.replace("adresse", "clef"), OPENS, f"{KEEPS} {MOVED}"))))
    by_id = {element.get("id"): element for element in tree.iter() if element.get("id")}
    edited, carried = (next(line.iter("a")).get("href", "")[1:] for line in the(tree, "changements"))
    assert "clef" in words(by_id[edited])
    assert words(by_id[carried]) == MOVED


TWO = f"{MOVED} {JUDGE}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (OLD, articles(GIVES, OPENS, f"{KEEPS} {MOVED}"),
         ["Une phrase partie vers l’article 3", "Une phrase venue de l’article 1"]),
        (OLD, articles(GIVES, OPENS, f"{KEEPS} {LATER}"),
         ["Une phrase partie vers l’article 3 et modifiée", "Une phrase venue de l’article 1 et modifiée"]),
        (OLD, articles(GIVES.replace("adresse", "clef"), OPENS, f"{KEEPS} {MOVED}"),
         ["Modifié ; une phrase partie vers l’article 3", "Une phrase venue de l’article 1"]),
        (articles(f"{GIVES} {TWO}", OPENS, KEEPS), articles(GIVES, OPENS, f"{KEEPS} {TWO}"),
         ["2 phrases parties vers l’article 3", "2 phrases venues de l’article 1"]),
        (articles(f"{GIVES} {TWO}", OPENS, KEEPS), articles(GIVES, OPENS, f"{KEEPS} {LATER} {JUDGE}"),
         ["2 phrases parties vers l’article 3, dont 1 modifiée",
          "2 phrases venues de l’article 1, dont 1 modifiée"]),
        (articles(f"{MOVED} {GIVES}"), articles(f"{GIVES} {MOVED}"), ["Une phrase déplacée à l’intérieur"]),
        (articles(f"{MOVED} {GIVES}\n\n{KEEPS}"), articles(f"{GIVES}\n\n{KEEPS} {MOVED}"),
         ["Une phrase partie plus bas dans la même disposition",
          "Une phrase venue de plus haut dans la même disposition"]),
        (OLD, articles(GIVES, OPENS, f"{KEEPS}\n\n{MOVED}"),
         ["Une phrase partie vers l’article 3", "Une phrase venue de l’article 1"]),
        (articles(f"{GIVES}\n\n{TWO}", OPENS, KEEPS), articles(GIVES, OPENS, f"{KEEPS} {MOVED}"),
         ["Supprimé, sauf une phrase partie vers l’article 3", "Une phrase venue de l’article 1"]),
        (OLD, articles(GIVES, OPENS, f"{KEEPS}\n\n{JUDGE} {MOVED}"),
         ["Une phrase partie vers l’article 3", "Ajouté, avec une phrase venue de l’article 1"]),
        (OLD, articles(GIVES, OPENS, f"{KEEPS} {MOVED.replace('’', chr(39))}"),
         ["Une phrase partie vers l’article 3, typographie seule",
          "Une phrase venue de l’article 1, typographie seule"]),
        (OLD, articles(GIVES, OPENS, f"{KEEPS} {MOVED.replace('chacun huit', 'chacun, huit')}"),
         ["Une phrase partie vers l’article 3, ponctuation modifiée",
          "Une phrase venue de l’article 1, ponctuation modifiée"]),
    ],
)  # fmt: skip
def test_a_block_says_what_left_it_and_what_came(old: str, new: str, told: list[str]) -> None:
    assert labels(of(old, new)) == told
    assert_both_texts_are_there(of(old, new))


def test_a_block_made_of_moved_words_alone_is_neither_added_nor_deleted() -> None:
    old = articles(f"{GIVES}\n\n1. {MOVED}\n2. {OPENS}", KEEPS)
    comparison = of(old, articles(f"{GIVES}\n\n1. {OPENS}", f"{KEEPS} {MOVED}"))
    html = redline_html(comparison)
    assert first(html) == "Aucun mot modifié. Seuls changent : numéros, place de certains passages."
    assert labels(comparison)[0] == "Une phrase partie vers l’article 2"
    assert "mot supprimé" not in html
    (row,) = having(parse(html), "supprimee")
    assert {"deplacee", "supprimee"} <= classes(row)
    # Its number went along.
    assert not any(name.startswith("classe-") for part in row.iter() for name in classes(part)), (
        "its number too"
    )
    assert "ancien paragraphe 1 de l’article 1" in heard(the(parse(html), "venu"))
    assert_both_texts_are_there(comparison)


def test_marks_and_links_that_changed_on_the_way_are_told_at_each_end() -> None:
    origin, arrival = ends(moved(MOVED.replace("huit jours", "**huit jours**")))
    assert "huit jours (mise en forme avant : ordinaire)" in heard(origin)
    assert "huit jours (mise en forme après : gras)" in heard(arrival)
    linked = MOVED.replace("un compte", "[un compte](https://{}.example/)")
    comparison = of(
        OLD.replace(MOVED, linked.format("a")), articles(GIVES, OPENS, f"{KEEPS} {linked.format('b')}")
    )
    origin, arrival = ends(comparison)
    assert "un compte (lien avant : https://a.example/)" in heard(origin)
    assert "un compte (lien après : https://b.example/)" in heard(arrival)
    shown = redline_terminal(comparison).replace(NBSP, " ")
    assert "(lien : https://a.example/ → https://b.example/)" in shown
    assert "aucun" not in shown


def test_identifiers_leave_alone_those_of_a_provision_with_our_name() -> None:
    old = f"{OLD}\n\n## Changement arrivee 1\n\nRien."
    html = redline_html(of(old, old.replace(f" {MOVED}", "").replace(KEEPS, f"{KEEPS} {MOVED}")))
    assert 'id="changement-arrivee-1"' not in html
    assert 'id="redline-changement-arrivee-1"' in html


SENTENCES = st.permutations([GIVES, OPENS, KEEPS, JUDGE, MOVED])


@given(SENTENCES, SENTENCES, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_no_word_is_lost_or_invented_wherever_sentences_go(
    olds: list[str], news: list[str], cut: int, other: int, edits: bool
) -> None:
    news = [sentence.replace(" un ", " tout ") for sentence in news] if edits else news
    old, new = (
        articles(*(" ".join(part) for part in (side[:at], side[at:])))
        for side, at in ((olds, cut), (news, other))
    )
    comparison = of(old, new)
    assert_both_texts_are_there(comparison)
    for width in (30, 160):
        assert all(len(line) <= width for line in redline_terminal(comparison, width=width).splitlines())


# A space that came or went


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Il paie 10 euros.", f"Il paie 10{NBSP}euros.", ["espace supprimée", "espace ajoutée"]),
        ("Il paie: dix euros.", "Il paie : dix euros.", ["espace ajoutée"]),
        ("Il paie  : dix euros.", "Il paie: dix euros.", ["espaces supprimées"]),
    ],
)
def test_a_space_that_came_or_went_is_heard(old: str, new: str, said: list[str]) -> None:
    spaces = list(having(parse(redline_html(of(old, new))), "espace"))
    assert [heard(space) for space in spaces] == said


# The terminal


def test_the_terminal_says_where_a_sentence_went_and_comes_from() -> None:
    shown = " ".join(redline_terminal(moved(LATER)).split())
    gone, come = (MOVED.replace("huit", word) for word in ("{-huit-}", "{+quinze+}"))
    assert f"[-(déplacé vers l’article 3, 1 mot ajouté en chemin) {gone}-]" in shown
    assert f"[+(déplacé depuis l’article 1, 1 mot supprimé en chemin) {come}+]" in shown


def test_the_terminal_says_what_was_lost_or_won_on_the_way_only_where_it_was() -> None:
    shown = " ".join(redline_terminal(moved()).split())
    assert f"[+(déplacé depuis l’article 1) {MOVED}+]" in shown
    assert "en chemin" not in shown


def test_a_wide_terminal_shows_each_end_in_its_column() -> None:
    lines = [
        line.split(" │ ") for line in redline_terminal(moved(), width=160).splitlines() if "(dép" in line
    ]
    left, right = lines
    assert "[-(déplacé vers l’article 3)" in left[0]
    assert "déplacé" not in "".join(left[1:])
    assert "[+(déplacé depuis l’article 1)" in right[1]
    assert "déplacé" not in right[0]


def test_in_colour_what_moved_is_not_what_came_or_went() -> None:
    shown = redline_terminal(moved(LATER), colour=True, width=1000)
    shown = " ".join(shown.split())
    assert "\x1b[9;35mchacun\x1b[0m \x1b[9;31mhuit\x1b[0m \x1b[9;35mjours\x1b[0m" in shown
    assert "\x1b[4;35mchacun\x1b[0m \x1b[4;32mquinze\x1b[0m \x1b[4;35mjours\x1b[0m" in shown
    assert "\x1b[35m(déplacé\x1b[0m" in shown


# The PDF


def test_the_pdf_has_a_bookmark_to_the_sentence_and_a_link_to_each_end() -> None:
    reading = Reading(redline_pdf(moved(LATER), names=("v1", "v2"), at=datetime(2026, 11, 22, tzinfo=UTC)))
    told = "Article 3 – T3 : phrase déplacée depuis l’article 1 et modifiée"
    *_, lines = reading.reader.outline
    assert isinstance(lines, list)
    assert [str(line.title).replace(NBSP, " ").startswith(told) for line in lines if "/Title" in line] == [
        True
    ]
    said = " ".join(" ".join(reading.lines()).split()).replace(NBSP, " ")
    for words_said in ("déplacé vers l’article 3", "ancienne place : article 1", "↓", "↑"):
        assert words_said in said
    assert "[U+" not in said


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A comparison in a file of its own, where an article lost an edited sentence to another."""
    opened = browser.new_page(viewport={"width": 1100, "height": 800})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_content(redline_page(moved(LATER), names=("v1", "v2")))
    yield opened
    opened.close()
    assert wrong == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1100, 320])
@pytest.mark.parametrize("state", ["inline", "side", "filtered"])
def test_no_state_has_a_violation_or_scrolls_sideways(page: Page, state: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if state == "side":
        page.get_by_role("button", name="Côte à côte").click()
    if state == "filtered":
        page.get_by_role("checkbox", name="Mots").uncheck()
    page.evaluate(f"{AXE}\n;0")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_each_end_can_be_walked_to_from_the_other(page: Page) -> None:
    page.locator(".parti .renvoi a").click()
    expect(page.locator(".venu:target")).to_be_in_viewport()
    page.locator(".venu .renvoi a").click()
    expect(page.locator(".parti:target")).to_be_in_viewport()
    page.get_by_role("button", name="Côte à côte").click()
    page.locator(".cote .parti .renvoi a").click()
    expect(page.locator(".cote .apres .venu:target")).to_be_in_viewport()


@pytest.mark.browser
def test_side_by_side_each_column_has_its_own_end(page: Page) -> None:
    page.get_by_role("button", name="Côte à côte").click()
    assert page.locator(".cote .avant .parti").count() == 1
    assert page.locator(".cote .apres .venu").count() == 1
    assert page.locator(".cote .apres .parti, .cote .avant .venu").count() == 0


@pytest.mark.browser
def test_what_the_other_end_shows_alone_is_seen_in_both_views(page: Page) -> None:
    for view in (".compare", ".cote"):
        if view == ".cote":
            page.get_by_role("button", name="Côte à côte").click()
        for end, told in ((".parti", "(1 mot ajouté en chemin)"), (".venu", "(1 mot supprimé en chemin)")):
            mark = page.locator(f"{view} {end} .en-chemin")
            assert mark.is_visible()
            assert mark.inner_text().strip().replace(NBSP, " ") == told


@pytest.mark.browser
def test_a_filter_hides_no_word_that_moved(page: Page) -> None:
    page.get_by_role("checkbox", name="Mots").uncheck()
    assert page.locator(".alerte").is_visible()
    assert page.locator(".masquee").count() == 0
    assert not any(told.is_visible() for told in page.locator(".compare .en-chemin").all())
    for end, word in (("del", "huit"), ("ins", "quinze")):
        edited = page.locator(f".compare {end}.edite")
        assert edited.is_visible()
        assert edited.inner_text().strip() == word, "no more told as changed"
        styles = [one.evaluate(STYLE) for one in page.locator(f".compare {end}.deplace").all()]
        assert len({tuple(style) for style in styles}) == 1, "it shows as the rest of the sentence"


STYLE = """(one) => {
  const s = getComputedStyle(one);
  return [s.textDecorationLine, s.textDecorationStyle, s.color, s.backgroundColor];
}"""


@pytest.mark.browser
@pytest.mark.parametrize("media", ["screen", "print"])
def test_without_colour_what_moved_still_differs_from_what_came_or_went(page: Page, media: str) -> None:
    page.emulate_media(media=media, forced_colors="active")  # type: ignore[arg-type]
    for end, line in (("del", "line-through"), ("ins", "underline")):
        carried = page.locator(f".compare {end}.deplace:not(.edite)").first.evaluate(STYLE)
        edited = page.locator(f".compare {end}.edite").evaluate(STYLE)
        assert carried[:2] == [line, "dashed"]
        assert edited[:2] == [line, "solid"]
    assert page.locator(".compare .renvoi").first.is_visible()
