"""What a comparison quotes and names: words in their sentence, signs, layout, cells of a table."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison import ChangeClass, Comparison, compare_bytes, sequences
from cgu_archive.redline import redline_html, redline_terminal
from cgu_archive.redline.cells import cells
from cgu_archive.redline.details import TOO_LONG, details
from cgu_archive.redline.listing import entries
from cgu_archive.redline.places import cut
from cgu_archive.redline.substitutions import Substitution, substitutions
from cgu_archive.redline.words import classes_alone, first_line, in_brief, wording
from tests.archive.html_reading import having, parse, words

NBSP = "\u00a0"


def of(old: str, new: str) -> Comparison:
    return compare_bytes(old.encode(), new.encode())


def quoted(old: str, new: str) -> list[str]:
    return [one.sentence.replace(NBSP, " ") for row in of(old, new).rows for one in substitutions(row)]


def plain(said: str) -> str:
    return said.replace(NBSP, " ")


# Words in their sentence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "Le préavis est d’au moins huit jours avant la fin.",
            "Le préavis est d’au plus huit jours avant la fin.",
            "« préavis est d’au moins huit jours » devient « préavis est d’au plus huit jours »",
        ),
        (
            "Le compte reste ouvert. Le service est gratuit.",
            "Le compte reste ouvert. Le service est payant.",
            "« Le service est gratuit » devient « Le service est payant »",
        ),
        (
            "Le client peut céder le contrat.",
            "Le client ne peut pas céder le contrat.",
            "« client peut céder le contrat » devient « client ne peut pas céder le contrat »",
        ),
        (
            "La ville peut sans préavis suspendre le service.",
            "La ville peut suspendre le service.",
            "« sans préavis » supprimé dans « peut sans préavis suspendre le service »",
        ),
        (
            "La ville peut suspendre le service.",
            "La ville peut aussi suspendre le service.",
            "« aussi » ajouté dans « peut aussi suspendre le service »",
        ),
        ("Le client, informé, accepte.", "Le client informé, accepte.",
         "« client, informé, accepte » devient « client informé, accepte »"),
        ("- un compte ;\n- deux.", "- un compte.\n- deux.", "« un compte ; » devient « un compte. »"),
    ],
)  # fmt: skip
def test_a_change_of_few_words_is_quoted_in_its_sentence(old: str, new: str, said: str) -> None:
    assert quoted(f"# Conditions\n\n{old}", f"# Conditions\n\n{new}") == [said]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("Le délai de préavis ne peut jamais être inférieur à", "jours.",
         "« ne peut jamais être inférieur à 30 jours » devient « ne peut jamais être inférieur à 40 jours »"),
        ("Sauf urgence, le service ferme sous", "jours après accord.",
         "« Sauf urgence, le service ferme sous 30 jours après accord » devient "
         "« Sauf urgence, le service ferme sous 40 jours après accord »"),
        ("Le client n’est pas, au sens de l’art. 5, tenu au-delà de", "euros.",
         "« n’est pas, au sens de l’art. 5, tenu au-delà de 30 euros » devient "
         "« n’est pas, au sens de l’art. 5, tenu au-delà de 40 euros »"),
        ("The delay is never less than", "days.", "« never less than 30 days » devient "
         "« never less than 40 days »"),
        # The sentence before turns nothing.
        ("Il ne paie pas. Le délai est de", "jours.",
         "« délai est de 30 jours » devient « délai est de 40 jours »"),
        # Too far, or unknown: nothing around.
        (f"Sauf urgence {'bien ' * 12}établie, le service ferme sous", "jours.", "« 30 » devient « 40 »"),
        (f"Sauf urgence {'bien ' * 400}établie, le service ferme sous", "jours.", "« 30 » devient « 40 »"),
        ("Le mot de passe comporte au moins", "signes utiles.",
         "« comporte au moins 30 signes utiles » devient « comporte au moins 40 signes utiles »"),
    ],
)  # fmt: skip
def test_a_quote_never_leaves_out_the_negation_before_it(start: str, end: str, said: str) -> None:
    assert quoted(f"# Conditions\n\n{start} 30 {end}", f"# Conditions\n\n{start} 40 {end}") == [said]


def test_a_negation_written_otherwise_in_each_text_leaves_nothing_around() -> None:
    old = "Le client n'est pas tenu au-delà de 30 euros."
    assert quoted(old, old.replace("'", "’").replace("30", "40")) == ["« 30 » devient « 40 »"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Le client est tenu de payer.", "Ni le client ni le prestataire n’est tenu de payer.",
         "« Le client est » devient « Ni le client ni le prestataire n’est »"),
        ("L’usager est tenu de payer le prix.", "Le prestataire n’est tenu de payer le prix.",
         "« L’usager est tenu de payer » devient « Le prestataire n’est tenu de payer »"),
        ("Il est tenu de payer.", "Il n’est tenu de payer.", "« n’ » ajouté dans « Il n’est tenu »"),
    ],
)  # fmt: skip
def test_a_quote_does_not_end_inside_a_word(old: str, new: str, said: str) -> None:
    assert quoted(f"# Conditions\n\n{old}", f"# Conditions\n\n{new}") == [said]


def test_a_change_of_many_words_says_itself() -> None:
    old = "Le service ferme quand le maire le décide."
    new = "Le service ferme après une délibération publique du conseil municipal."
    (said,) = quoted(old, new)
    assert said == (
        "« quand le maire le décide » devient « après une délibération publique du conseil municipal »"
    )


def test_what_is_quoted_around_never_leaves_the_sentence_the_block_or_the_cell() -> None:
    assert quoted("Premier point. Un mot reste.", "Premier point. Deux mots restent.") == [
        "« Un mot reste » devient « Deux mots restent »"
    ]
    table = "| Nom | Prix |\n| --- | --- |\n| Formule de base | {} |\n| Autre formule | 30 € |"
    assert quoted(table.format("gratuit"), table.format("payant")) == ["« gratuit » devient « payant »"]


def test_two_changes_of_the_same_words_are_one_wherever_they_stand() -> None:
    row, other = (
        next(substitutions(of(f"{start} huit jours.", f"{start} dix jours.").rows[0]))
        for start in ("Le délai est de", "On dispose de")
    )
    assert row == other
    assert row.before != other.before
    assert plain(row.alone) == "« huit » devient « dix »"


def test_a_quote_too_long_for_a_line_is_given_without_what_stands_around() -> None:
    long = "anticonstitutionnellement" * 4
    assert quoted(f"Le {long} un mot ici.", f"Le {long} une ville ici.") == [
        "« un mot » devient « une ville »"
    ]
    assert Substitution("x" * 200, "y").length > 12, "it counts for more than a word"


WORDS = st.lists(
    st.sampled_from(
        ["le", "client", "paie", "huit", "jours,", "préavis.", "l’usager", ";", "€", "3", "?", "ne"]
    )
)


@given(WORDS, WORDS)
def test_both_sides_of_a_quote_are_words_of_the_texts(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)
    for row in of(before, after).rows:
        for one in substitutions(row):
            sides = [" ".join(f"{one.before}{side}{one.after}".split()) for side in (one.old, one.new)]
            assert sides[0] in " ".join(row.old_words().split())
            assert sides[1] in " ".join(row.new_words().split())
            assert one.sentence.count("«") in (1, 2)
            assert all(len(part) <= len(cut("m" * 90)) + 2 for part in one.sentence.split("»")[0].split("«"))


# Punctuation is no word


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Le client, informé, paie.", "Le client informé paie.", "ponctuation"),
        ("Le client paie.", "Le client paie !", "ponctuation"),
        ("Une remise de 10 %.", "Une remise de 10 €.", "signes"),
        ("Voir § 4 du texte.", "Voir # 4 du texte.", "signes"),
        ("Le client paie.", "Le Client paie.", "mots"),
        ("Le client paie 3 fois.", "Le client paie 4 fois !", "mots"),
    ],
)
def test_words_are_said_changed_only_where_a_letter_or_a_digit_is(old: str, new: str, said: str) -> None:
    rows = of(old, new).rows
    assert wording(rows) == said
    assert classes_alone([ChangeClass.WORDING], rows).startswith(f"{said} seul")
    assert ("Aucun mot modifié" in first_line(of(old, new))) is (said != "mots")


def test_the_first_line_says_that_punctuation_changed() -> None:
    found = of("Le client, informé, paie l'abonnement.", "Le client informé paie l’abonnement.")
    assert plain(first_line(found)) == (
        "1 disposition modifiée. Aucun mot modifié : la ponctuation change. Changent aussi : typographie."
    )
    assert (
        plain(in_brief(found))
        == "1 disposition modifiée. Aucun mot modifié : la ponctuation change. Changent aussi : typographie."
    )


# Which layout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Le **client** paie.", "Le client paie.", "gras en moins"),
        ("Le client paie.", "Le *client* paie.", "italique en plus"),
        ("Le **client** paie un prix.", "Le client paie un **prix**.", "gras en plus et en moins"),
        ("Un mot, deux  \nmots.", "Un mot, deux mots.", "retour à la ligne en moins"),
        ("## Objet du texte", "### Objet du texte", "titre de niveau 2 → 3"),
        ("Un alinéa assez long.", "- Un alinéa assez long.", "alinéa → élément de liste"),
        (
            "- un point de liste\n- autre point",
            "- un point de liste\n  - autre point",
            "liste de niveau 1 → 2",
        ),
        ("> Une citation assez longue.", "Une citation assez longue.", "citation en moins"),
        ("Une phrase ici. Une autre phrase là.", "Une phrase ici.\n\nUne autre phrase là.", "alinéa coupé"),
        ("Une phrase ici.\n\nUne autre phrase là.", "Une phrase ici. Une autre phrase là.", "alinéas réunis"),
        ("Un.\n\n---\n\nDeux.", "Un.\n\nDeux.", "filet en moins"),
        ("• un point de liste ;\n\na", "un point de liste ;\n\na", "puce"),
        ("L'abonné **paie**.", "L’abonné paie.", "apostrophe droite → typographique ; gras en moins"),
    ],
)
def test_a_change_of_layout_says_which(old: str, new: str, said: str) -> None:
    assert plain(details(of(old, new).rows)) == said


def test_what_changed_no_layout_says_nothing_of_it() -> None:
    assert details(of("Un **mot**.", "Deux **mots**.").rows) == ""


# Tables

PRICES = "| Formule | Prix | Durée |\n| --- | --- | --- |\n| {} | {} | 1 an |\n| {} | {} | 2 ans |"


def told(old: str, new: str) -> list[str]:
    found = of(old, new)
    return [plain(cell) for cell in cells([row for row in found.rows if row.classes], found.new_units())]


def test_prices_exchanged_between_two_lines_are_told_line_by_line() -> None:
    assert told(
        PRICES.format("Base", "10 €", "Plus", "20 €"), PRICES.format("Base", "20 €", "Plus", "10 €")
    ) == [
        "« 10 € » devient « 20 € » (ligne « Base », colonne « Prix »)",
        "« 20 € » devient « 10 € » (ligne « Plus », colonne « Prix »)",
    ]


def test_prices_exchanged_between_two_cells_are_told_column_by_column() -> None:
    assert (
        told(PRICES.format("Base", "2 ans", "Plus", "9"), PRICES.format("Base", "2 ans", "Plus", "9")) == []
    )
    old = "| Formule | Été | Hiver |\n| --- | --- | --- |\n| Base | 10 € | 20 € |"
    assert told(old, old.replace("10 € | 20 €", "20 € | 10 €")) == [
        "« 10 € » devient « 20 € » (ligne « Base », colonne « Été »)",
        "« 20 € » devient « 10 € » (ligne « Base », colonne « Hiver »)",
    ]


def test_lines_whose_names_were_exchanged_are_told_by_their_rank() -> None:
    assert told(
        PRICES.format("Base", "12 €", "Plus", "30 €"), PRICES.format("Plus", "12 €", "Base", "30 €")
    ) == [
        "« Base » devient « Plus » (1re ligne, colonne « Formule »)",
        "« Plus » devient « Base » (2e ligne, colonne « Formule »)",
    ]


def test_the_titles_of_columns_are_told_as_such() -> None:
    old = PRICES.format("Base", "12 €", "Plus", "30 €")
    assert told(old, old.replace("Durée", "Période")) == [
        "« Durée » devient « Période » (titres des colonnes)"
    ]


def test_a_cell_filled_or_emptied_is_told() -> None:
    assert told(PRICES.format("Base", "12 €", "Plus", ""), PRICES.format("Base", "12 €", "Plus", "30 €")) == [
        "« 30 € » ajouté (ligne « Plus », colonne « Prix »)"
    ]


def test_nothing_is_told_of_cells_that_do_not_face_one_another() -> None:
    old = PRICES.format("Base", "12 €", "Plus", "30 €")
    assert told(old, old + "\n| Or | 40 € | 3 ans |") == []
    assert told(old, old.replace("30 €", "mot " * 40)) == []
    assert told(f"Un mot.\n\n{old}", f"Deux mots.\n\n{old}".replace("30 €", "31 €")) == []


# One count of changes, wherever it is said


def counts(comparison: Comparison) -> tuple[int, set[int], set[int]]:
    """Return how many lines the list has, those that the text names, and out of how many."""
    tree = parse(redline_html(comparison))
    lines = [item for ol in having(tree, "changements") for item in ol]
    ranks, totals = set[int](), set[int]()
    for rank in having(tree, "rang"):
        named, total = words(rank, without="").split("/")
        ranks |= {int(number) for number in re.findall(r"\d+", named)}
        totals.add(int(total))
    return len(lines), ranks, totals


@pytest.mark.parametrize(("old", "new"), list(permutations(range(1, 8), 2)))
def test_every_line_of_the_list_is_named_in_the_text_by_its_number(
    texts_dir: Path, old: int, new: int
) -> None:
    folder = texts_dir / "demonstration" / "cgu"
    found = compare_bytes(*((folder / f"v{n}" / "texte.md").read_bytes() for n in (old, new)))
    count, ranks, totals = counts(found)
    assert count == len(entries(found))
    assert ranks == set(range(1, count + 1))
    assert totals == {count}


def test_a_sentence_that_left_a_changed_paragraph_is_named_beside_it() -> None:
    moved = "Cette phrase assez longue quitte son alinéa pour un autre endroit du texte."
    stays = "Le compte est ouvert {} sur demande écrite du client, sans frais ni condition."
    second = "## Article 2 – Deux\n\nIci, rien d’autre."
    old = f"## Article 1 – Un\n\n{stays.format('aussitôt')} {moved}\n\n{second}"
    new = f"## Article 1 – Un\n\n{stays.format('bientôt')}\n\n{second} {moved}"
    assert of(old, new).moves
    count, ranks, totals = counts(of(old, new))
    assert (ranks, totals) == (set(range(1, count + 1)), {count})


SAME = "Le service public de la ville conserve les données personnelles des usagers inscrits pendant un an :"


def test_a_passage_too_long_to_compare_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "MAX_CELLS", 20)
    old, new = (" ".join(f"{head}{rank}" for rank in range(8)) for head in ("avant", "après"))
    found = compare_bytes(f"{SAME} {old}.\n".encode(), f"{SAME} {new}.\n".encode())
    assert TOO_LONG in redline_html(found)
    assert TOO_LONG in " ".join(redline_terminal(found).split())
    assert TOO_LONG not in redline_html(compare_bytes(b"Le compte dure.\n", b"Le compte cesse.\n"))
