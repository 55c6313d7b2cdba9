"""A comparison shown to a person: first line, list of changes, text with its changes, terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import axe_playwright_python
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, sync_playwright

from cgu_archive.corpus.comparison import Comparison, Side, Unit, UnitKind, compare_bytes
from cgu_archive.redline import STYLES, redline_html, redline_terminal
from cgu_archive.rendering import LinkPolicy
from tests.archive.html_reading import classes, having, parse, the, words

NBSP = "\u00a0"


def demonstration(texts: Path, old: int, new: int) -> Comparison:
    folder = texts / "demonstration" / "cgu"
    return compare_bytes(*((folder / f"v{n}" / "texte.md").read_bytes() for n in (old, new)))


def of(old: str, new: str, **sides: Side) -> Comparison:
    return compare_bytes(old.encode(), new.encode(), **sides)


def first(html: str) -> str:
    return words(the(parse(html), "premiere-ligne"), without="").replace(NBSP, " ")


def listed(html: str) -> list[str]:
    """Return each line of the list of changes, with what is pointed out under it."""
    lists = list(having(parse(html), "changements"))
    return [words(item, without="").replace(NBSP, " ") for ol in lists for item in ol]


def without(element: Element, tag: str) -> str:
    """Return the words of the text that `tag` does not hold, white space left out."""
    return re.sub(r"\s", "", "".join(_pieces(element, tag)))


def _pieces(element: Element, tag: str) -> Iterator[str]:
    if element.tag == tag or "hors-texte" in classes(element):
        return
    yield element.text or ""
    for child in element:
        yield from _pieces(child, tag)
        yield child.tail or ""


def said(units: list[Unit]) -> str:
    return re.sub(r"\s", "", "".join(unit.marker + unit.text for unit in units))


def assert_both_texts_are_there(comparison: Comparison) -> None:
    tree = parse(redline_html(comparison, LinkPolicy()))
    text = the(tree, "compare")
    assert without(text, "del") == said(comparison.new_units())
    old = without(text, "ins")
    if any(row.moved for row in comparison.rows) or _crossed(comparison):
        assert Counter(old) == Counter(said(comparison.old_units()))
    else:
        assert old == said(comparison.old_units())
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    targets = {a.get("href", "") for a in tree.iter("a") if a.get("href", "").startswith("#")}
    assert targets <= {f"#{name}" for name in ids}


def _crossed(comparison: Comparison) -> bool:
    """Whether the old units do not stand in their order in the rows: whole provisions moved."""
    ranks = [unit.index for row in comparison.rows for unit in row.old]
    return ranks != sorted(ranks)


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in range(1, 8) for b in range(1, 8) if a != b])
def test_every_word_of_both_texts_is_shown_once(texts_dir: Path, old: int, new: int) -> None:
    assert_both_texts_are_there(demonstration(texts_dir, old, new))


BLOCKS = st.sampled_from(
    [
        "# Conditions", "## Article 1 – Objet", "## Article 2 – Compte", "## Article 3 – Durées",
        "### Détail",
        "Le **service** est gratuit.", "Le service est [ouvert](https://exemple.invalid/a) à tous.",
        "Le service est [ouvert](https://exemple.invalid/b) à chacun, pendant huit jours.",
        "- un ;\n- deux ;\n  - trois ;\n- quatre.", "- un ;\n- trois.", "1. Premier point.\n2. Second point.",
        "2. Second point, changé.\n3. Troisième.",
        "> Cité, puis *dit*.", "> - cité en liste", "---",
        "| A | B |\n| --- | --- |\n| un | deux |\n| trois | quatre |",
        "| A | B |\n| --- | --- |\n| un | cinq |",
        "    code  espacé\n    suite",
        "L'usager dit \"oui\" ; il l'écrit.", "L’usager dit « oui » ; il l’écrit.",
        "Une ligne  \ncoupée. Puis une autre phrase, assez longue pour être reconnue.",
        "Une ligne coupée.", "Puis une autre phrase, assez longue pour être reconnue.", "<b>&amp; \x1b</b>",
    ]
)  # fmt: skip
TEXTS = st.lists(BLOCKS, max_size=12).map("\n\n".join)


@given(TEXTS, TEXTS)
def test_no_word_is_lost_or_invented_whatever_the_texts(old: str, new: str) -> None:
    comparison = of(old, new)
    assert_both_texts_are_there(comparison)
    redline_html(comparison, whole=False)
    for width in (30, 80, 160):
        shown = redline_terminal(comparison, width=width)
        assert all(len(line) <= width for line in shown.splitlines())
        assert "\x1b" not in shown


@pytest.mark.requirement("S-12")
def test_a_delay_that_changes_is_told_and_pointed_out(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 1, 2))
    assert first(html) == "2 dispositions modifiées, 11 mots ajoutés, 3 mots supprimés."
    assert listed(html) == [
        "Article 9 – Manquements : 1 phrase modifiée. "
        "« huit jours calendaires » devient « quinze jours calendaires »",
        "Article 10 – Responsabilité : 1 phrase modifiée. « préavis » disparaît",
    ]
    assert html.count("non exhaustif") == 1
    tree = parse(html)
    assert [words(element) for element in tree.iter("del")] == ["huit", "sans préavis"]
    assert words(next(tree.iter("ins")), without="").replace(NBSP, " ") == "ajouté : quinze"


def test_a_deleted_paragraph_is_told_by_its_rank(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 2, 3))
    assert listed(html) == ["Article 10 – Responsabilité : 3e alinéa supprimé."]
    assert "fin de la suppression" in words(next(parse(html).iter("del")), without="")


def test_a_cascade_of_renumbering_is_told_once(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 3, 4))
    assert first(html).startswith("1 disposition ajoutée, 73 mots ajoutés, 0 mot supprimé.")
    assert "Changent aussi : numéros." in first(html)
    told = listed(html)
    assert told[0] == "Article 3 – Acceptation, refus et nouvelles versions : numéros seuls."
    assert told[2].startswith("Article 6 – Annuaire des associations : ajouté.")
    assert told[3] == "Articles 6 à 11 → 7 à 12, numéros seuls."
    assert len(told) == 4


def test_a_cascade_names_what_is_told_apart() -> None:
    bodies = [f"Texte de la disposition {word}, avec assez de mots." for word in ("alpha", "bêta", "gamma")]
    old = "\n\n".join(f"## Article {n} – T{n}\n\n{body}" for n, body in enumerate(bodies, start=1))
    changed = bodies[1].replace("assez de mots", "bien peu de mots")
    parts = ["Un ajout qui ne ressemble à rien du tout.", bodies[0], changed, bodies[2]]
    names = ["Nouveau", "T1", "T2", "T3"]
    new = "\n\n".join(f"## Article {n} – {names[n - 1]}\n\n{body}" for n, body in enumerate(parts, start=1))
    told = listed(redline_html(of(old, new)))
    assert told[1:] == [
        "Articles 1 et 3 → 2 et 4, numéros seuls, sauf article 2.",
        "Article 2 → 3 – T2 : 1 phrase modifiée.",
    ]


def test_what_moved_says_where_it_comes_from(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 4, 5))
    moved, table = listed(html)
    assert moved == (
        "Article 7 – Données personnelles : passage déplacé de l’article 9 à l’article 7, texte inchangé."
    )
    assert table.startswith("Article 8 – Durées de conservation : 1 ligne de tableau modifiée.")
    tree = parse(html)
    assert "Déplacé depuis l’article 9, texte inchangé" in words(the(tree, "deplacee"), without="")
    (row,) = [element for element in tree.iter("tr") if "ligne" in classes(element)]
    assert {"classe-wording", "classe-table"} <= classes(row)
    assert len(list(row)) == 3


def test_typography_alone_is_no_change_of_words(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 5, 6))
    assert first(html) == "Aucun mot modifié. Seuls changent : typographie."
    assert "typographie seule" in listed(html)[1]
    row = next(having(parse(html), "classe-typography"))
    assert "Repérage" not in html
    assert "apostrophe droite → apostrophe typographique" in words(parse(html), without="")
    assert row is not None


def test_the_last_demonstration_version_touches_three_articles(texts_dir: Path) -> None:
    told = listed(redline_html(demonstration(texts_dir, 6, 7)))
    assert [line.split(" –")[0] for line in told] == ["Article 3", "Article 9", "Article 12"]


def test_identical_texts_say_so() -> None:
    html = redline_html(of("# A\n\nMot.", "# A\n\nMot."))
    assert first(html) == "Les deux textes sont identiques."
    assert listed(html) == []
    assert redline_terminal(of("Mot.", "Mot.")).startswith("Les deux textes sont identiques.")


def test_one_label_on_two_texts_is_warned_of() -> None:
    side = Side(label="v0.3")
    html = redline_html(of("Un mot.", "Deux mots.", old_side=side, new_side=side))
    warned = words(the(parse(html), "avertissements"), without="").replace(NBSP, " ")
    assert warned == "Attention : Le texte change sans changer de numéro ni de date : « v0.3 »."


def test_changes_are_walked_without_script(texts_dir: Path) -> None:
    tree = parse(redline_html(demonstration(texts_dir, 1, 7)))
    seen, here = [], "changement-1"
    while here:
        seen.append(here)
        (block,) = [element for element in tree.iter() if element.get("id") == here]
        following = [a for a in block.iter("a") if a.text == "changement suivant"]
        here = following[0].get("href", "").removeprefix("#") if following else ""
    stops = [e.get("id") for e in tree.iter() if re.match(r"changement-\d", e.get("id") or "")]
    assert seen == stops
    assert len(seen) > 5


def test_ids_leave_alone_those_of_a_provision_with_our_name() -> None:
    html = redline_html(of("## Changement 1\n\nUn.", "## Changement 1\n\nDeux."))
    assert 'id="changement-1"' not in html
    assert 'id="redline-changement-1"' in html


def test_links_follow_the_policy() -> None:
    old, new = ("[la notice](https://soffi.example/a)", "[la notice](https://soffi.example/b)")
    refused = redline_html(of(old, new), LinkPolicy(("soffi.example",)))
    assert 'href="https' not in refused
    assert 'href="https' not in redline_html(of(old, new))
    allowed = redline_html(of(old, new), LinkPolicy())
    assert 'href="https://soffi.example/b"' in allowed
    assert "https://soffi.example/a → https://soffi.example/b" in words(parse(allowed), without="")
    assert list(parse(redline_html(of("mot", "[mot](ftp://soffi.example/)"), LinkPolicy())).iter("a"))
    assert 'href="ftp' not in redline_html(of("mot", "[mot](ftp://soffi.example/)"), LinkPolicy())


def test_words_are_never_markup() -> None:
    html = redline_html(of("Un texte.", 'Un <script>alert("x")</script> texte.'), LinkPolicy())
    assert "<script" not in html


def test_headings_skip_no_level(texts_dir: Path) -> None:
    tree = parse(redline_html(demonstration(texts_dir, 1, 7)))
    levels = [int(element.tag[1]) for element in tree.iter() if _heading(element)]
    assert levels[0] == 3
    assert all(after - before <= 1 for before, after in pairwise(levels))


def _heading(element: Element) -> bool:
    return isinstance(element.tag, str) and re.fullmatch(r"h\d", element.tag) is not None


def test_lists_keep_their_depth() -> None:
    old, new = (f"- un ;\n  - pendant {delay} jours ouvrés ;\n- trois." for delay in ("huit", "dix"))
    tree = parse(redline_html(of(old, new)))
    (outer,) = [ul for ul in the(tree, "compare") if ul.tag == "ul"]
    assert [words(item) for item in outer] == ["un ; pendant huitdix jours ouvrés ;", "trois."]
    (inner,) = [ul for ul in outer[0] if ul.tag == "ul"]
    assert "ligne" in classes(inner[0])


def test_changed_blocks_alone_stand_under_the_titles_of_their_provisions(texts_dir: Path) -> None:
    tree = the(parse(redline_html(demonstration(texts_dir, 1, 2), whole=False)), "compare")
    titles = [words(element, without="") for element in having(tree, "disposition")]
    assert titles == ["Article 9 – Manquements", "Article 10 – Responsabilité"]
    assert len(list(having(tree, "ligne"))) == 2


def test_the_terminal_signs_or_colours(texts_dir: Path) -> None:
    comparison = demonstration(texts_dir, 1, 2)
    plain = redline_terminal(comparison)
    assert "[-huit-][+quinze+] jours" in plain
    assert plain.splitlines()[0].replace(NBSP, " ").startswith("2 dispositions modifiées")
    coloured = redline_terminal(comparison, colour=True)
    assert "\x1b[9;31mhuit\x1b[0m\x1b[4;32mquinze\x1b[0m" in coloured
    assert "[-" not in coloured


def test_a_wide_terminal_shows_both_texts_side_by_side(texts_dir: Path) -> None:
    lines = redline_terminal(demonstration(texts_dir, 1, 2), width=160).splitlines()
    (line,) = [line for line in lines if "[+quinze+]" in line]
    left, right = line.split(" │ ")
    assert "[-huit-]" not in right
    assert "[+" not in left
    assert len(left) == (160 - 3) // 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("old", "new"), [(4, 5), (5, 6), (1, 7)])
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, texts_dir: Path, old: int, new: int, scheme: str
) -> None:
    comparison = demonstration(texts_dir, old, new)
    kiosk = Path(__file__).parents[2] / "kiosk" / "static" / "kiosk.css"
    css = kiosk.read_text("utf-8") + (STYLES / "redline.css").read_text("utf-8")
    page = browser.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    page.set_content(
        f'<!doctype html><html lang="fr"><title>Comparaison</title><meta name="viewport" '
        f'content="width=device-width"><style>{css}</style><main class="wide"><h1>Comparaison</h1>'
        f"<h2>Ce qui change</h2>{redline_html(comparison, LinkPolicy())}</main></html>"
    )
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_rule_that_came_has_a_line_in_the_list() -> None:
    comparison = of("Un.\n\nDeux.", "Un.\n\n---\n\nDeux.")
    assert any(row.new and row.new[0].kind is UnitKind.RULE for row in comparison.rows)
    assert listed(redline_html(comparison)) == ["Début du texte : mise en forme seule."]
