"""Bold words at the head of a paragraph are a title when they say a number that goes with those around."""

from __future__ import annotations

import re

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.provisions import Kind, Provision
from cgu_archive.corpus.runin import may_follow
from cgu_archive.rendering import LinkPolicy, contents, text_to_html
from tests.corpus import visible

SAID = "Le service est fermé la nuit."


def read(*paragraphs: str) -> Provision:
    return provisions.read("\n\n".join(paragraphs).encode())


def outline(provision: Provision) -> list[object]:
    return [(child.address, *outline(child)) for child in provision.children]


@pytest.mark.parametrize(
    ("head", "address", "title"),
    [
        (f"**Article 1.** {SAID}", "article-1", ""),
        (f"**Article 1** {SAID}", "article-1", ""),
        (f"**Article 1** – {SAID}", "article-1", ""),
        (f"**Article 1 :** le {SAID}", "article-1", ""),
        (f"**Article 1 – Durée (mois).** {SAID}", "article-1", "Durée (mois)"),
        (f"**Article 1er – Durée** : {SAID}", "article-1er", "Durée"),
        (f"**ARTICLE PREMIER – DURÉE**\n{SAID}", "article-premier", "DURÉE"),
        (f"**Article 1 –\nDurée.** {SAID}", "article-1", "Durée"),
        (f"**Article 1** **– Durée.** {SAID}", "article-1", "Durée"),
        ("**Article 1** – L’usager s’engage :", "article-1", ""),
        (f"**Clause 1.** {SAID}", "clause-1", ""),
        (f"**Section 1.2 – Durée.** {SAID}", "section-1-2", "Durée"),
        (f"**Chapitre I. Durée.** {SAID}", "chapitre-i", "Durée"),
        (f"**Titre II –** {SAID}", "titre-ii", ""),
        (f"**Annexe B.** {SAID}", "annexe-b", ""),
        (f"**4.2 Durée** – {SAID}", "section-4-2", "Durée"),
        (f"**4.2. Durée.** {SAID}", "section-4-2", "Durée"),
    ],
)
def test_words_in_bold_open_a_provision(head: str, address: str, title: str) -> None:
    tree = read(head, "Suite.")
    (found,) = tree.children
    assert (found.address, found.title, found.heading) == (address, title, None)
    assert found.kind is (Kind.ARTICLE if "article" in address else Kind.SECTION)
    assert found.label == (None if address == "section-4-2" else address.partition("-")[0])
    assert len(found.blocks) == 2


@pytest.mark.parametrize(
    "paragraph",
    [
        f"**Attention** : {SAID}",
        f"**Utilisateur** : {SAID}",
        f"**Article** : {SAID}",
        f"**Article 4** du code civil : {SAID}",
        f"**Article 4**, {SAID}",
        f"**Article 4 du code civil.** {SAID}",
        f"**Article 1240.** {SAID}",
        f"**Article L. 121-1.** {SAID}",
        f"**[Article 4](#a).** {SAID}",
        f"Selon l’**article 4.** {SAID}",
        f"**Partie A** : {SAID}",
        f"**I. Martin** : {SAID}",
        f"**M. Martin** : {SAID}",
        f"**2 mois** : {SAID}",
        f"**24/7** : {SAID}",
        f"**2024.** {SAID}",
        f"**3.** {SAID}",
        f"- **Article 4.** {SAID}",
        f"**Article 4 – {'mot ' * 60}.** {SAID}",
    ],
)
def test_other_words_in_bold_do_not(paragraph: str) -> None:
    assert outline(read(paragraph)) == []


def test_a_plain_number_needs_another_near_it() -> None:
    assert outline(read(f"**1.** {SAID}", f"**2.** {SAID}", f"**Note** {SAID}", f"**3 – Prix.** {SAID}")) == [
        ("section-1",),
        ("section-2",),
        ("section-3",),
    ]
    assert outline(read(f"**1.** {SAID}", f"**7.** {SAID}")) == []


@pytest.mark.parametrize(
    "numbers",
    [
        (1, 3, 2),
        (2, 1),
        (4, 1, 2, 3),
        (1, 2, 3, 7),
        (1, 2, 9, 3, 12),
        ("1er", 2, 12),
        (1, 2, 3, 9, "9 bis"),
        (1, 2, 4, "8 bis", 3, 8),
    ],
)
@pytest.mark.parametrize("form", ["**Article {}.** {}", "**Article {} – Titre.** {}"])
def test_a_labelled_title_among_others_stands_in_any_order(numbers: tuple[object, ...], form: str) -> None:
    tree = read(*(form.format(number, SAID) for number in numbers))
    assert outline(tree) == [(f"article-{number}".replace(" ", "-"),) for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 2, 3, 2), (1, 2, 3)),
        ((1, 2, 3, 7, 7), (1, 2, 3, 7)),
        ((1, 2, 3, 313), (1, 2, 3)),
        ((5, 1), (1,)),
    ],
)
def test_a_number_already_borne_or_too_far_is_no_title(
    numbers: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    tree = read(*(f"**Article {number} – Titre.** {SAID}" for number in numbers))
    assert outline(tree) == [(f"article-{number}",) for number in expected]


def test_a_plain_number_stays_where_it_goes_with_those_around() -> None:
    assert outline(read(f"**1.** {SAID}", f"**2.** {SAID}", f"**3.** {SAID}", f"**7.** {SAID}")) == [
        ("section-1",),
        ("section-2",),
        ("section-3",),
    ]


@pytest.mark.parametrize(
    "said", ["**Article 9** du code civil : {}", "**Article 9 du code civil.** {}", "**Article 1240.** {}"]
)
def test_an_article_that_is_cited_among_titles_is_none(said: str) -> None:
    articles = [f"**Article {number} – Titre.** {SAID}" for number in (1, 2, 3)]
    assert outline(read(*articles, said.format(SAID))) == outline(read(*articles))


def test_a_quoted_article_is_not_one_of_the_text() -> None:
    articles = [f"**Article {number}.** {SAID}" for number in (1, 2, 3)]
    assert outline(read(*articles, f"**Article 313.** {SAID}")) == [
        ("article-1",),
        ("article-2",),
        ("article-3",),
    ]
    headings = [part for number in (1, 2, 3) for part in (f"## Article {number} – Titre", SAID)]
    assert outline(read(*headings, f"**Article 2 :** {SAID}")) == [
        ("article-1",),
        ("article-2",),
        ("article-3",),
    ]


def test_a_title_that_runs_in_stands_beside_headings() -> None:
    tree = read("## Article 1 – A", SAID, f"**Article 2 – B.** {SAID}", "Suite.", "## Article 3 – C", SAID)
    assert outline(tree) == [("article-1",), ("article-2",), ("article-3",)]
    tree = read("## 1. A", f"**1.** {SAID}", f"**2.** {SAID}", "## 2. B", f"**1.** {SAID}", f"**2.** {SAID}")
    assert outline(tree) == [
        ("section-1", ("section-1-section-1",), ("section-1-section-2",)),
        ("section-2", ("section-2-section-1",), ("section-2-section-2",)),
    ]


def test_a_line_in_bold_stands_beside_the_heading_it_follows() -> None:
    assert outline(read("## Article 1 – A", SAID, "**Article 2 – B**", SAID)) == [
        ("article-1",),
        ("article-2",),
    ]


def test_articles_in_bold_stand_under_their_chapter() -> None:
    tree = read("**Chapitre I. A**", f"**Article 1.** {SAID}", f"1.1 {SAID}", f"**Article 2.** {SAID}")
    assert outline(tree) == [("chapitre-i", ("article-1", ("p-1-1",)), ("article-2",))]


def test_among_plain_numbers_a_bold_one_stays_one_of_them() -> None:
    assert outline(read(f"4.1 {SAID}", f"**4.2 Durée** – {SAID}", f"4.3 {SAID}")) == [
        ("p-4-1",),
        ("p-4-2",),
        ("p-4-3",),
    ]
    assert outline(read(f"**4.1** {SAID}", f"**4.2**. {SAID}")) == [("p-4-1",), ("p-4-2",)]


def test_lines_of_a_table_of_contents_are_not_the_provisions() -> None:
    tree = read("Article 1 – A", "Article 2 – B", f"**Article 1 – A.** {SAID}", f"**Article 2 – B.** {SAID}")
    assert len(tree.blocks) == 2
    assert outline(tree) == [("article-1",), ("article-2",)]
    tree = read("4.1 A", "4.2 B", f"**4.1 A** – {SAID}", f"**4.2 B** – {SAID}")
    assert outline(tree) == [("section-4-1",), ("section-4-2",)]


def test_plain_titles_stay_where_bold_words_cite_one_of_them() -> None:
    tree = read("Article 1 – A", SAID, "Article 2 – B", SAID, f"**Article 1 :** {SAID}")
    assert outline(tree) == [("article-1",), ("article-2",)]
    assert all(child.heading is not None for child in tree.children)


def test_a_whole_line_is_still_a_title() -> None:
    tree = read("**Article 1** – Durée", SAID, f"**Article 2** – {SAID}")
    assert [child.title for child in tree.children] == ["Durée", ""]


def test_lines_in_bold_are_no_titles_beside_titles_that_run_in() -> None:
    tree = read(f"**Article 1.** {SAID}", "**Note**", "a", "**Rappel**", "b", "**Avis**", "c")
    assert outline(tree) == [("article-1",)]


@pytest.mark.requirement("S-05", "P-03")
@pytest.mark.parametrize("sign", [".** ", "** – ", " –** ", "**\n"])
def test_the_words_of_the_paragraph_stand_once_in_the_tree_and_on_the_page(sign: str) -> None:
    tree = read("Avant.", f"**Article 1{sign}{SAID}", "Suite.", f"**Article 2{sign}{SAID}")
    said = re.sub(
        r"\s+", " ", "Avant. Article 1{0} Suite. Article 2{0}".format(f"{sign}{SAID}".replace("**", ""))
    )
    assert " ".join(tree.text().split()) == said
    assert " ".join(visible.words(text_to_html(tree, LinkPolicy())).split()) == said
    assert text_to_html(tree, LinkPolicy()).count('id="article-') == 2


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [
        ("1", "2", True),
        ("1", "3", True),
        ("1", "4", False),
        ("2", "1", False),
        ("2", "2", False),
        ("4", "4 bis", True),
        ("1er", "2", True),
        ("premier", "2", True),
        ("IV", "V", True),
        ("IX", "XI", True),
        ("B", "C", True),
        ("4.1", "4.2", True),
        ("4.1", "5.2", False),
        ("4", "4.1", False),
        (None, "1", False),
        ("1", None, False),
    ],
)
def test_numbers_that_follow(before: str | None, after: str | None, follows: bool) -> None:
    assert may_follow(before, after) is follows


def test_a_run_in_title_stands_in_the_table_of_contents() -> None:
    text = read(
        "# Conditions", f"**Article 1. Objet.** {SAID}", f"**4.2 Durée** – {SAID}", f"**Article 2.** {SAID}"
    )
    (whole,) = contents(text)
    assert [entry.title for entry in whole.children] == ["Article 1 – Objet", "Article 2"]
