from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import ComparisonWarning, Side, WarningKind, compare_bytes
from tests.corpus.comparison.articles import ACCOUNT, COOKIES, LAW, LINKS, OBJECT, PASSWORD, PRICE, text

FRENCH = (
    "Le service est ouvert à tous les habitants de la commune dans les conditions que fixe le conseil, "
    "pour une durée de trois ans, sur présentation des pièces que demande la mairie par courrier."
)
ENGLISH = (
    "The service is open to all inhabitants of the town under the terms that the council sets, for a period "
    "of three years, and the papers that the town hall asks for must be shown by the applicant in person."
)


def warnings(old: str, new: str, **sides: Side) -> list[tuple[str, tuple[str, ...]]]:
    found = compare_bytes(old.encode(), new.encode(), **sides).warnings
    return [(warning.kind.value, warning.details) for warning in found]


def side(label: str | None = None, declared_on: str | None = None) -> Side:
    return Side(None, label, declared_on)


def test_identical_texts_are_told() -> None:
    assert warnings("a", "a") == [("identical", ())]
    same = compare_bytes(b"a", b"a")
    assert same.warnings == (ComparisonWarning(WarningKind.IDENTICAL),)


def test_files_that_differ_without_a_word_are_not_identical() -> None:
    assert warnings("- a\n", "* a\n") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (side("v1"), side("v1"), [("label-unchanged", ("v1",))]),
        (side("v1"), side("v2"), []),
        (side(None, "2024-01"), side(None, "2024-01"), [("label-unchanged", ("2024-01",))]),
        (side("v1", "2024-01"), side("v2", "2024-01"), [("label-unchanged", ("2024-01",))]),
        (side("v1"), side(), []),
    ],
)
def test_one_label_or_date_on_two_texts_is_told(
    old: Side, new: Side, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert warnings("a", "b", old_side=old, new_side=new) == expected


@pytest.mark.parametrize(
    ("head", "stamp"),
    [
        ("Dernière mise à jour le : 3 novembre 2022 - v0.1", ("3 novembre 2022", "v0.1")),
        ("Mis à jour : 25/05/2023", ("25/05/2023",)),
        ("Version 4 en vigueur", ("Version 4",)),
    ],
)
def test_the_label_that_a_text_gives_of_itself_is_read_when_nothing_else_is_known(
    head: str, stamp: tuple[str, ...]
) -> None:
    old, new = f"# Titre\n\n{head}\n\n## Article 1\n\na", f"# Titre\n\n{head}\n\n## Article 1\n\nb"
    assert warnings(old, new) == [("label-unchanged", stamp)]
    assert warnings(old, new, old_side=side("v1"), new_side=side("v2")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Mis à jour : 25/05/2023\n\na", "Mis à jour : 26/05/2023\n\na"),
        ("Né le 25/05/2023\n\na", "Né le 25/05/2023\n\nb"),
        ("## Article 1\n\nVersion 4\n\na", "## Article 1\n\nVersion 4\n\nb"),
        ("Version longue\n\na", "Version longue\n\nb"),
    ],
)
def test_other_dates_are_no_label(old: str, new: str) -> None:
    assert warnings(old, new) == []


def test_a_text_seen_before_is_told_with_its_label() -> None:
    first = compare_bytes(b"b", b"a").new
    assert first.text_hash is not None
    again = compare_bytes(b"b", b"a", earlier=(Side("0" * 64), Side(first.text_hash, "v1"), first))
    assert again.warnings == (ComparisonWarning(WarningKind.SEEN_BEFORE, ("v1",)),)
    unnamed = compare_bytes(b"b", b"a", earlier=(first,))
    assert unnamed.warnings == (ComparisonWarning(WarningKind.SEEN_BEFORE),)
    assert compare_bytes(b"b", b"c", earlier=(first,)).warnings == ()


def test_another_language_is_told() -> None:
    assert ("language-changed", ("fr", "en")) in warnings(FRENCH, ENGLISH)
    assert ("language-changed", ("en", "fr")) in warnings(ENGLISH, f"{FRENCH}\n\n" * 120)
    assert "language-changed" not in dict(warnings(FRENCH, f"{FRENCH} {FRENCH}"))
    assert "language-changed" not in dict(warnings(FRENCH, f"{FRENCH} {ENGLISH}"))
    assert "language-changed" not in dict(warnings(FRENCH, "The end of it."))


def test_a_text_below_a_third_is_told() -> None:
    assert warnings(FRENCH, "Page absente.") == [("shrunk", ("34", "2"))]
    assert warnings("un mot ou deux", "mot") == []
    assert warnings(FRENCH, FRENCH[:100]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Article 1\n\na\n\n## Article 3\n\nb", [("number-skipped", ("3", "2"))]),
        ("## Article 1\n\na\n\n## Article 2\n\nb\n\n## Article 2\n\nc", [("number-duplicated", ("2",))]),
        ("### 5.1 A\n\na\n\n### 5.2 B\n\nb\n\n### 5.2 C\n\nc", [("number-duplicated", ("5.2",))]),
        ("### 5.1 A\n\na\n\n### 5.4 B\n\nb", [("number-skipped", ("5.4", "5.2"))]),
        ("## Titre I\n\na\n\n## Titre II\n\nb\n\n## Titre IV\n\nc", [("number-skipped", ("IV", "3"))]),
        ("## Article 1er\n\na\n\n## Article 2\n\nb", []),
        ("## Article 1\n\n### Section 1\n\na\n\n## Article 2\n\n### Section 1\n\nb", []),
        ("1. a\n2. b\n\nSuite\n\n1) c\n2) d", []),
        ("# Partie 1\n\n## Article 1\n\na\n\n# Partie 2\n\n## Article 2\n\nb", []),
        ("## Annexe A\n\na\n\n## Annexe C\n\nb", []),
        ("5.1 Titre de la table.\n\n## Article 5\n\n### 5.1 Titre\n\na", []),
        ("## Article 1\n\na\n\n## Article 4\n\nb\n\n## Article 2\n\nc", [("number-skipped", ("4", "2"))]),
    ],
)
def test_numbers_used_twice_or_left_out_are_told(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert warnings("x", text) == expected


def test_a_warning_on_a_number_says_where() -> None:
    found = compare_bytes(b"x", b"## Article 1\n\na\n\n## Article 3\n\nb").warnings
    assert [warning.place.address for warning in found if warning.place] == ["article-3"]


def test_a_date_after_the_table_of_contents_is_read_too() -> None:
    head = "1.1 Objet\n\n1.2 Prix\n\nDernière mise à jour : 31/12/2021\n\n"
    assert warnings(f"{head}Un mot.", f"{head}Deux mots.")[:1] == [("label-unchanged", ("31/12/2021",))]


CITED = f"{PRICE} Selon les articles 3 et 4. L’article 6 du code s’applique."
CITING = text(("Objet", OBJECT), ("Prix", CITED), ("Compte", ACCOUNT), ("Droit", LAW))


def test_a_reference_that_did_not_follow_is_told() -> None:
    inserted = CITING.replace("Article 4", "Article 5").replace("Article 3", "Article 4")
    inserted = inserted.replace("## Article 4", f"## Article 3 – Traceurs\n\n{COOKIES}\n\n## Article 4")
    assert [found for found in warnings(CITING, inserted) if found[0] == "reference-stale"] == [
        ("reference-stale", ("article 3", "4")),
        ("reference-stale", ("article 4", "5")),
    ]
    followed = inserted.replace("les articles 3 et 4", "les articles 4 et 5")
    assert warnings(CITING, followed) == []


def test_a_reference_to_what_is_gone_is_told() -> None:
    gone = CITING[: CITING.index("## Article 4")]
    assert warnings(CITING, gone) == [("reference-stale", ("article 4",))]


def test_a_reference_that_named_nothing_is_not() -> None:
    lost = CITING.replace("les articles 3 et 4", "l’article 9")
    assert warnings(lost, lost[: lost.index("## Article 4")]) == []


MOVING = "Les cas que prévoit l’article 2 ouvrent droit à une indemnité forfaitaire."
BEFORE = (("Objet", f"{OBJECT} {MOVING} {LINKS}"), ("Compte", ACCOUNT), ("Droit", f"{LAW} {COOKIES}"))


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((("Droit", f"{LAW} {MOVING} {COOKIES}"), ("Compte", ACCOUNT)), ("article-2", "article 2", "3")),
        ((("Droit", f"{LAW} {MOVING} {COOKIES}"),), ("article-2", "article 2")),
        (
            (("Prix", PRICE), ("Compte", ACCOUNT), ("Droit", f"{LAW} {MOVING} {COOKIES}")),
            ("article-4", "article 2", "3"),
        ),
        ((("Compte", f"{ACCOUNT} {MOVING}"), ("Droit", f"{LAW} {COOKIES}")), None),
        (
            (("Droit", f"{LAW} {MOVING.replace('2', '3')} {COOKIES}"), ("Compte", ACCOUNT)),
            None,
        ),
    ],
)
def test_a_sentence_that_moved_alone_and_still_cites_a_number_is_told_where_it_came(
    after: tuple[tuple[str, str], ...], told: tuple[str, ...] | None
) -> None:
    new = text(("Objet", f"{OBJECT} {LINKS}"), *after)
    comparison = compare_bytes(text(*BEFORE).encode(), new.encode())
    assert comparison.moves
    found = [w for w in comparison.warnings if w.kind is WarningKind.REFERENCE_STALE]
    assert [(w.place.address, *w.details) for w in found if w.place] == ([told] if told else [])


def test_the_title_that_a_paragraph_had_cites_nothing() -> None:
    old = f"**Article 1 – Objet.** {OBJECT}\n\n**Article 2 – Fin.** {PRICE}"
    assert warnings(old, old.replace("**", "")) == []
    listed = old.replace("**", "").replace("Article", "- Article")
    assert warnings(old, listed) == []


def test_an_entry_of_a_list_that_begins_with_what_it_cites_is_told() -> None:
    listed = f"{CITING}\n\n## Article 5 – Suite\n\nDemeurent :\n\n- Article 3 ;\n- Article 4."
    inserted = listed.replace("## Article 5", "## Article 6").replace("## Article 4", "## Article 5")
    inserted = inserted.replace("## Article 3", f"## Article 3 – Traceurs\n\n{COOKIES}\n\n## Article 4")
    found = [w for w in compare_bytes(listed.encode(), inserted.encode()).warnings if w.place]
    assert [w.details for w in found if w.place and w.place.number == "6"] == [
        ("article 3", "4"),
        ("article 4", "5"),
    ]


def test_a_line_of_another_part_that_begins_with_a_number_of_its_own_cites_nothing() -> None:
    annex = f"{CITING}\n\n## Annexe\n\nArticle 3 – Tarif. {PASSWORD}"
    inserted = annex.replace("## Article 4", "## Article 5")
    inserted = inserted.replace("## Article 3", f"## Article 3 – Traceurs\n\n{COOKIES}\n\n## Article 4")
    found = compare_bytes(annex.encode(), inserted.encode()).warnings
    assert {w.place.address for w in found if w.place} == {"article-2"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('Voir [a].\n\n[a]: https://x "un"', 'Voir [a].\n\n[a]: https://x "deux"', "https://x un"),
        ("a\n\n[clause]: https://x", "a", "https://x"),
        ("a [b](https://x 'un')", "a [b](https://x 'deux')", "un"),
        ("```python\nx\n```", "```ruby\nx\n```", "python"),
    ],
)
def test_words_that_no_reader_sees_are_told_when_they_change(old: str, new: str, said: str) -> None:
    (found,) = [details for kind, details in warnings(old, new) if kind == "hidden-words"]
    assert said in found
    assert warnings(old, old) == [("identical", ())]
