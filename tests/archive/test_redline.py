"""A comparison shown to a person: first line, list of changes, text with its changes, terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import axe_playwright_python
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, sync_playwright

from cgu_archive.corpus.comparison import Comparison, Side, UnitKind, compare_bytes
from cgu_archive.redline import STYLES, redline_html, redline_terminal
from cgu_archive.rendering import LinkPolicy
from tests.archive.html_reading import classes, having, parse, the, words
from tests.archive.redline_reading import NBSP, assert_both_texts_are_there, first, listed, of


def demonstration(texts: Path, old: int, new: int) -> Comparison:
    folder = texts / "demonstration" / "cgu"
    return compare_bytes(*((folder / f"v{n}" / "texte.md").read_bytes() for n in (old, new)))


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
        "Un \u202etexte\u202c, un m\u200bot\u00ad, \u2066isolé\u2069 \u2028 ⚠\ufe0f.",
        "Un texte, un mot, \x85 isolé ⚠.",
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
        "Article 9 – Manquements : 1 phrase modifiée ; "
        "« n'a pas cessé dans les huit jours calendaires » devient "
        "« n'a pas cessé dans les quinze jours calendaires ».",
        "Article 10 – Responsabilité : 1 phrase modifiée. « sans préavis » disparaît",
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
    assert told[0].startswith("Article 6 – Annuaire des associations : ajouté.")
    assert told[1] == "Articles 6 à 11 → 7 à 12 : renumérotés, seuls des numéros changent."
    assert told[2].startswith("Numéros seuls dans 2 dispositions")
    assert "Article 3 – Acceptation, refus et nouvelles versions" in told[2]
    assert len(told) == 3


def test_a_cascade_goes_on_past_what_is_told_of_its_parts() -> None:
    """Section 2.1 → 3.1 has its own line, for its apostrophe: the articles are told together all the same."""
    bodies = ["Objet du service, en quelques mots clairs.", "Le compte de l'usager.", "La durée du contrat."]
    old = (
        f"## Article 1 – Objet\n\n{bodies[0]}\n\n## Article 2 – Compte\n\n### 2.1 Ouverture\n\n{bodies[1]}"
        f"\n\n## Article 3 – Durée\n\n{bodies[2]}"
    )
    new = (
        "## Article 1 – Préambule\n\nRien de ce qui suit ne lui ressemble."
        f"\n\n## Article 2 – Objet\n\n{bodies[0]}"
        f"\n\n## Article 3 – Compte\n\n### 3.1 Ouverture\n\n{bodies[1].replace(chr(39), '’')}"
        f"\n\n## Article 4 – Durée\n\n{bodies[2]}"
    )
    told = listed(redline_html(of(old, new)))
    assert told[1] == "Articles 1 à 3 → 2 à 4 : renumérotés, texte inchangé."


def test_a_cascade_names_what_is_told_apart() -> None:
    bodies = [f"Texte de la disposition {word}, avec assez de mots." for word in ("alpha", "bêta", "gamma")]
    old = "\n\n".join(f"## Article {n} – T{n}\n\n{body}" for n, body in enumerate(bodies, start=1))
    changed = bodies[1].replace("assez de mots", "bien peu de mots")
    parts = ["Un ajout qui ne ressemble à rien du tout.", bodies[0], changed, bodies[2]]
    names = ["Nouveau", "T1", "T2", "T3"]
    new = "\n\n".join(f"## Article {n} – {names[n - 1]}\n\n{body}" for n, body in enumerate(parts, start=1))
    told = listed(redline_html(of(old, new)))
    assert told[1:] == [
        "Articles 1 et 3 → 2 et 4 (sauf article 2) : renumérotés, texte inchangé.",
        "Article 2 → 3 – T2 : 1 phrase modifiée ; « bêta, avec assez de mots » "
        "devient « bêta, avec bien peu de mots ».",
    ]


def test_what_moved_says_where_it_comes_from(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 4, 5))
    moved, table = listed(html)
    assert moved == ("Article 7 – Données personnelles : passage déplacé depuis l’article 9, texte inchangé.")
    assert table == (
        "Article 8 – Durées de conservation : 1 ligne de tableau modifiée ; "
        "« trois ans à compter de la clôture de la demande » devient "
        "« deux ans à compter de la clôture de la demande » "
        "(ligne « Demandes d'assistance », colonne « Durée de conservation »)."
    )
    tree = parse(html)
    assert "Déplacé depuis l’article 9, texte inchangé" in words(the(tree, "deplacee"), without="")
    (row,) = [element for element in tree.iter("tr") if "ligne" in classes(element)]
    assert {"classe-wording", "classe-table"} <= classes(row)
    assert len(list(row)) == 3


def test_typography_alone_is_no_change_of_words(texts_dir: Path) -> None:
    html = redline_html(demonstration(texts_dir, 5, 6))
    assert first(html) == "Aucun mot modifié. Seuls changent : typographie."
    (line,) = listed(html)
    assert re.match(r"Typographie seule dans 1\d dispositions \(.*apostrophe droite → typographique", line)
    row = next(having(parse(html), "classe-typography"))
    assert "Repérage" not in html
    assert "apostrophe droite → typographique" in words(parse(html), without="")
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
    stops = [e.get("id") for e in tree.iter() if re.match(r"changement-\d", e.get("id") or "")]
    seen, here = [], stops[0]
    while here:
        seen.append(here)
        (block,) = [element for element in tree.iter() if element.get("id") == here]
        following = [a for a in block.iter("a") if a.text == "changement suivant"]
        here = following[0].get("href", "").removeprefix("#") if following else ""
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
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator(".compare").evaluate("(text) => getComputedStyle(text).display") == "block"
    page.close()


def test_a_rule_that_came_has_a_line_in_the_list() -> None:
    comparison = of("Un.\n\nDeux.", "Un.\n\n---\n\nDeux.")
    assert any(row.new and row.new[0].kind is UnitKind.RULE for row in comparison.rows)
    assert listed(redline_html(comparison)) == ["Début du texte : mise en forme seule (filet en plus)."]


FREE = "« compte est gratuit et libre »"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "Le compte est gratuit.",
            "Le compte est payant.",
            "« Le compte est gratuit » devient « Le compte est payant »",
        ),
        ("Le compte est gratuit.", "Le compte est gratuit et libre.", f"« et libre » ajouté dans {FREE}"),
        ("Le compte est gratuit et libre.", "Le compte est gratuit.", f"« et libre » supprimé dans {FREE}"),
        (
            "Le compte de l’usager.",
            "Le compte de l’Usager.",
            "« Le compte de l’usager » devient « Le compte de l’Usager »",
        ),
        (
            "Le ou la titulaire.",
            "Le et la titulaire.",
            "« Le ou la titulaire » devient « Le et la titulaire »",
        ),
        (
            "Il attend huit jours ouvrés avant de payer.",
            "Il attend dix jours ouvrés avant de payer.",
            "« attend huit jours ouvrés » devient « attend dix jours ouvrés »",
        ),
    ],
)
def test_a_short_change_is_quoted(old: str, new: str, told: str) -> None:
    assert listed(redline_html(of(f"## Article 1 – T\n\n{old}", f"## Article 1 – T\n\n{new}"))) == [
        f"Article 1 – T : 1 phrase modifiée ; {told}."
    ]


def test_the_same_short_change_is_quoted_once() -> None:
    old = "## Article 1 – T\n\nLe ministère ouvre le compte.\n\nLa page du ministère le montre à tous."
    assert listed(redline_html(of(old, old.replace("ministère", "directeur")))) == [
        "Article 1 – T : 2 phrases modifiées ; « ministère » devient « directeur » (2 fois)."
    ]


def test_a_long_or_scattered_change_is_counted() -> None:
    long = "Le service " + " ".join(f"mot-{letter * 3}" for letter in "abcdefghijklmn") + " reste."
    assert listed(redline_html(of(f"# T\n\n{long}", "# T\n\nLe service reste."))) == [
        "« T » : 1 phrase modifiée."
    ]
    scattered = "Le service un tient ses comptes et ses promesses toute une année deux fois."
    changed = scattered.replace("un tient", "deux tient").replace("deux fois", "mille fois")
    (line,) = listed(redline_html(of(f"# T\n\n{scattered}", f"# T\n\n{changed}")))
    assert line.startswith("« T » : 1 phrase modifiée.")


def test_what_touches_no_word_is_one_line_that_leads_to_each_provision() -> None:
    bodies = ("L'accès au service.", "L'arrêt du service.", "La fin du service.")
    old = "\n\n".join(f"## Article {n} – T{n}\n\n{body}" for n, body in enumerate(bodies, start=1))
    new = old.replace("'", "’").replace("La fin", "Le terme")
    tree = parse(redline_html(of(old, new)))
    (worded, grouped) = list(the(tree, "changements"))
    assert words(worded).startswith("Article 3 – T3")
    (summary,) = grouped.iter("summary")
    assert words(summary).replace(NBSP, " ") == (
        "Typographie seule dans 2 dispositions (apostrophe droite → typographique)"
    )
    links = {words(link): (link.get("href") or "").removeprefix("#") for link in grouped.iter("a")}
    assert list(links) == ["Article 1 – T1", "Article 2 – T2"]
    by_id = {element.get("id"): element for element in tree.iter() if element.get("id")}
    assert [words(by_id[target]) for target in links.values()] == [
        "L'L’accès au service.",
        "L'L’arrêt du service.",
    ]


def test_participles_agree_with_the_provision() -> None:
    old = "# Conditions\n\nTexte commun aux deux versions du document."
    told = listed(redline_html(of(old, f"{old}\n\n## Annexe 1 – Durées\n\nUn an.\n\n## Divers\n\nRien.")))
    assert told == ["Annexe 1 – Durées : ajoutée. « Un an » apparaît", "« Divers » : disposition ajoutée."]


PARTS = {
    "Objet": "Le service donne une adresse à chaque habitant de la ville qui la demande.",
    "Compte": "Chacun ouvre son compte avec un mot de passe et une adresse électronique.",
    "Durées": "Les données restent deux ans après la fermeture du compte, puis sont détruites.",
    "Litiges": "Le tribunal compétent est celui du domicile, après une tentative de médiation.",
}


def articles(*titles: str) -> str:
    return "\n\n".join(f"## Article {n} – {t}\n\n{PARTS[t]}" for n, t in enumerate(titles, start=1))


def test_a_note_stays_where_an_article_stood_and_each_place_leads_to_the_other() -> None:
    comparison = of(
        articles("Objet", "Compte", "Durées", "Litiges"), articles("Objet", "Durées", "Litiges", "Compte")
    )
    tree = parse(redline_html(comparison))
    (note,) = having(tree, "depart")
    said = words(note, without="")
    assert said == "Ici se trouvait l’article 2 (déplacé, devenu l’article 4) voir sa nouvelle place"
    assert "hors-texte" in classes(note)
    blocks = [element for element in the(tree, "compare").iter() if element is note or element.tag == "h4"]
    assert blocks.index(note) == 1, "between article 1 and what is now article 2"
    (there,) = note.iter("a")
    arrival = next(e for e in tree.iter() if e.get("id") == (there.get("href") or "").removeprefix("#"))
    assert words(arrival).endswith("Compte")
    assert "Déplacé depuis l’ancien article 2" in words(arrival, without="")
    back = next(a for a in arrival.iter("a") if a.text == "voir son ancienne place")
    assert back.get("href") == f"#{note.get('id')}"
    assert "[Ici se trouvait l’article 2 (déplacé, devenu l’article 4)]" in redline_terminal(comparison)


def test_a_passage_is_told_from_the_former_number_of_its_article() -> None:
    moved = "Une phrase assez longue pour être reconnue où qu’elle aille dans le texte."
    old = articles("Objet", "Compte", "Durées") + f"\n\n{moved}"
    start = "## Article 1 – Préambule\n\nCe préambule ne ressemble à rien d’autre ici.\n\n"
    rest = [f"## Article {n} – {t}\n\n{PARTS[t]}" for n, t in ((2, "Objet"), (3, "Compte"), (4, "Durées"))]
    rest[0] += f"\n\n{moved}"
    html = redline_html(of(old, start + "\n\n".join(rest)))
    assert "Article 2 – Objet : passage déplacé depuis l’ancien article 3, texte inchangé." in listed(html)
    said = words(parse(html), without="").replace(NBSP, " ")
    assert "Déplacé depuis l’ancien article 3, texte inchangé" in said
    assert "Ici se trouvait un passage (déplacé à l’article 2 (ancien 1))" in said


def test_a_former_place_in_a_table_is_a_row_of_it() -> None:
    rows = [
        f"| ligne numéro {n} du tableau | contenu propre à {n} |" for n in ("alpha", "bêta", "gamma", "delta")
    ]
    table = "| A | B |\n| --- | --- |\n"
    html = redline_html(of(table + "\n".join(rows), table + "\n".join([*rows[1:], rows[0]])))
    tree = parse(html)
    (note,) = having(tree, "depart")
    cells = [td for td in tree.iter("td") if note in list(td)]
    assert [td.get("colspan") for td in cells] == ["2"]
    assert len(list(tree.iter("table"))) == 1


def test_links_inside_the_text_lead_to_the_provision_as_it_is_shown() -> None:
    linked = "Voir [plus bas](#article-2) et [ailleurs](#nulle-part)."
    old = f"## Article 1 – Objet\n\n{linked}\n\n## Article 2 – Fin\n\nLa fin."
    new = old.replace("Article 2", "Article 3").replace("#article-2", "#article-3")
    tree = parse(redline_html(of(old, new), LinkPolicy()))
    (link,) = [a for a in tree.iter("a") if words(a) == "plus bas"]
    target = next(e for e in tree.iter() if f"#{e.get('id')}" == link.get("href"))
    assert "Fin" in words(target)
    assert "ailleurs" in [words(e) for e in having(tree, "lien-inactif")]
    alone = parse(redline_html(of(old, new), LinkPolicy(), whole=False))
    assert not [a for a in alone.iter("a") if words(a) == "plus bas"]


def test_a_link_of_the_old_text_leads_to_what_it_named() -> None:
    old = (
        "## Article 1 – Objet\n\nVoir [la fin](#article-2).\n\n## Article 2 – Fin\n\nElle est proche, dit-on."
    )
    new = "## Article 1 – Objet\n\nRien à voir avec ce qui fut écrit ici auparavant."
    tree = parse(redline_html(of(old, new)))
    (link,) = [a for a in tree.iter("a") if words(a) == "la fin"]
    target = next(e for e in tree.iter() if f"#{e.get('id')}" == link.get("href"))
    assert words(target) == "Article 2 – Fin"


def test_a_thousand_words_are_counted_as_in_french() -> None:
    many = " ".join(f"mot{n}" for n in range(1200))
    assert "1 200 mots ajoutés" in first(redline_html(of("# T", f"# T\n\n{many}")))


def test_the_terminal_names_the_provisions_told_together() -> None:
    old = "\n\n".join(f"## Article {n} – T{n}\n\nL'accès numéro {n}." for n in (1, 2, 3))
    lines = redline_terminal(of(old, old.replace("'", "’"))).replace(NBSP, " ").splitlines()
    at = lines.index("1. Typographie seule dans 3 dispositions (apostrophe droite → typographique).")
    assert lines[at + 1 : at + 4] == [f"   - Article {n} – T{n}" for n in (1, 2, 3)]


def test_an_entry_of_a_numbered_list_is_named_with_its_article() -> None:
    old = "## Article 4 – Droits\n\nIl a :\n\n1. un droit ;\n2. un autre droit."
    told = redline_terminal(of(old, old.replace("autre droit", "autre droit limité")))
    assert "1. Paragraphe 2 de l’article 4" in told.replace("\u00a0", " ")


def test_the_terminal_says_where_links_led_and_lead() -> None:
    old = "Voir [ici](https://a.exemple) et [là](https://b.exemple)."
    told = redline_terminal(of(old, old.replace("b.exemple", "c.exemple"))).replace("\u00a0", " ")
    assert "(lien : https://b.exemple → https://c.exemple)" in told
    gone = redline_terminal(of(old, "Voir ici et [là](https://b.exemple).")).replace("\u00a0", " ")
    assert "(lien : https://a.exemple → aucun)" in gone
    assert "(lien : aucun → https://a.exemple)" in redline_terminal(
        of("Voir ici et [là](https://b.exemple).", old)
    ).replace("\u00a0", " ")


def test_a_number_reused_is_one_provision_gone_and_one_come() -> None:
    old = "## Article 5 – Litiges\n\nLe tribunal administratif de Lille est compétent pour toute action."
    new = "## Article 5 – Traceurs\n\nAucun cookie publicitaire n’est posé sur votre appareil."
    found = first(redline_html(of(f"# Conditions\n\nObjet.\n\n{old}", f"# Conditions\n\nObjet.\n\n{new}")))
    assert found.startswith("1 disposition ajoutée, 1 disposition supprimée, ")
