from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import CalloutKind
from tests.corpus.comparison.comparing import compared


def callouts(old: str, new: str) -> list[tuple[str, str | None, str | None]]:
    found = [callout for change in compared(old, new).changes for callout in change.callouts]
    return [(callout.kind.value, callout.old, callout.new) for callout in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "au moins huit caractères",
            "au moins douze caractères",
            ("figure", "huit caractères", "douze caractères"),
        ),
        ("sous 8 jours", "sous 15 jours", ("delay", "8 jours", "15 jours")),
        ("sous huit (8) jours ouvrés", "sous un mois", ("delay", "huit (8) jours ouvrés", "un mois")),
        ("soit 12 000 € dus", "soit 15 000 € dus", ("amount", "12 000 €", "15 000 €")),
        ("soit 1,64 % du prix", "soit 1,67 % du prix", ("amount", "1,64 %", "1,67 %")),
        ("soit €12 du prix", "soit €15 du prix", ("amount", "€12", "€15")),
        ("le 1er mars 2024", "le 2 avril 2024", ("date", "1er mars 2024", "2 avril 2024")),
        ("le 21 10 2025", "le 21 octobre 2025", ("date", "21 10 2025", "21 octobre 2025")),
        ("le 01/03/2024", "le 02/03/2024", ("date", "01/03/2024", "02/03/2024")),
        (
            "selon l’article L. 217-3",
            "selon l’article L. 217-34",
            ("figure", "article L. 217-3", "article L. 217-34"),
        ),
        ("l’usager peut partir", "l’usager doit partir", ("obligation", "peut", "doit")),
        ("Le prix est dû.", "Le prix est dû sous 8 jours.", ("delay", None, "8 jours")),
        ("Le prix est dû sans délai de 8 jours.", "Le prix est dû sans délai.", ("delay", "8 jours", None)),
    ],
)
def test_what_a_reader_looks_for_first_is_remarked(
    old: str, new: str, expected: tuple[str, str | None, str | None]
) -> None:
    assert callouts(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Une personne paie.", "Un agent paie."),
        ("Il paie 12 € au guichet.", "Il paie 12 € en mairie."),
        ("Il paie 12 € et part.", "Il part et paie 12 €."),
        ("l'usager paie 12 €", "l’usager paie 12 €"),
        ("## Article 3 – Prix\n\nGratuit.", "## Article 4 – Prix\n\nGratuit."),
        ("Un point.", "Un trait."),
        ("le mot juste", "le mot faux"),
    ],
)
def test_what_did_not_change_is_not_remarked(old: str, new: str) -> None:
    assert callouts(old, new) == []


def test_the_figures_of_a_new_article_are_told_not_its_number_nor_its_duties() -> None:
    new = "Texte.\n\n## Article 12 – Délai\n\nL’usager doit payer sous 30 jours."
    assert callouts("Texte.", new) == [("delay", None, "30 jours")]


def test_letters_whose_lower_case_is_longer_are_left_as_they_are() -> None:
    assert callouts("İl paie 12 €", "İl paie 15 €") == [("amount", "12 €", "15 €")]


def test_each_kind_of_remark_has_a_name() -> None:
    assert {kind.value for kind in CalloutKind} == {"amount", "delay", "date", "figure", "obligation"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Il paie. Il part. Il rit.", "Il paie. Il reste. Il rit.", 1),
        ("Il paie. Il part. Il rit.", "Il doit. Il reste. Il rit.", 2),
        ("Il paie. Il rit.", "Il paie. Il part. Il rit.", 1),
        ("Il paie. Il part. Il rit.", "Il paie. Il rit.", 1),
        ("Il paie. Il part", "Il paie. Il s’en va", 1),
        ("Il paie l’usager", "Il paie l'usager", 0),
        ("Il dit : « oui » ; il part. Fin", "Il dit : « non » ; il part. Fin", 1),
        (
            "Il paie la taxe, puis il va au bureau. Il rit.",
            "Il paie un droit, et file chez lui sans rien. Il rit.",
            1,
        ),
        (". Il paie", ". Il doit", 1),
    ],
)
def test_sentences_that_changed_are_counted_on_the_side_that_has_more(
    old: str, new: str, expected: int
) -> None:
    assert sum(change.sentences for change in compared(old, new).changes) == expected


def test_an_elided_word_is_no_unit() -> None:
    """« 7 s » would be seven seconds."""
    found = callouts("Un.", "Un. L’article 7 s’applique.")
    assert [new for _, _, new in found] == ["article 7"]


def test_a_delay_that_goes_on_is_told_with_what_it_was() -> None:
    assert callouts("Sous 30 jours après.", "Sous 30 jours ouvrés après.") == [
        (CalloutKind.DELAY, "30 jours", "30 jours ouvrés")
    ]


def test_a_word_with_figures_and_the_mark_of_a_footnote_are_no_figures() -> None:
    assert callouts("Voir la version v0.1 du guide[^1].", "Voir la version v0.2 du guide[^2].") == []
    assert callouts("Selon l’article R543-172 du code.", "Selon l’article L541-10 du code.") == [
        ("figure", "article R543-172", "article L541-10")
    ]


def test_a_notice_that_is_asked_for_is_not_one_that_is_not() -> None:
    said = "La commune ferme le service en ligne {} préavis d’aucune sorte."
    assert callouts(said.format("sans"), said.format("avec")) == [("obligation", "sans préavis", None)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "l’usager peut partir",
            "l’usager ne doit en aucun cas partir",
            ("obligation", "peut", "ne doit en aucun cas"),
        ),
        ("l’usager doit payer", "l’usager ne doit plus payer", ("obligation", "doit", "ne doit plus")),
        ("l’usager ne peut plus payer", "l’usager peut payer", ("obligation", "ne peut plus", "peut")),
        ("l’usager peut payer", "l’usager ne peut pas payer", ("obligation", "peut", "ne peut pas")),
        ("il ne doit pas payer", "il ne peut pas payer", ("obligation", "ne doit pas", "ne peut pas")),
        ("il ne peut que payer", "il peut payer", ("obligation", "ne peut que", "peut")),
        ("il ne peut qu’aider", "il peut aider", ("obligation", "ne peut qu’", "peut")),
        ("il est tenu d’agir", "il n’est pas tenu d’agir", ("obligation", "tenu", "n’est pas tenu")),
        (
            "il est tenu d’agir",
            "il ne saurait être tenu d’agir",
            ("obligation", "tenu", "ne saurait être tenu"),
        ),
        (
            "l’éditeur s’engage à agir",
            "l’éditeur ne s’engage pas à agir",
            ("obligation", "engage", "ne s’engage pas"),
        ),
        (
            "un dépôt obligatoire",
            "un dépôt non obligatoire",
            ("obligation", "obligatoire", "non obligatoire"),
        ),
        ("the user may leave", "the user may not leave", ("obligation", "may", "may not")),
    ],
)
def test_an_obligation_is_told_with_what_denies_it(
    old: str, new: str, expected: tuple[str, str | None, str | None]
) -> None:
    assert callouts(old, new) == [expected]
    assert callouts(new, old) == [(expected[0], expected[2], expected[1])]


def test_each_obligation_that_is_denied_faces_what_it_was() -> None:
    old = "L’usager doit venir et peut partir, et doit payer 12 €."
    new = "L’usager ne doit venir et ne peut partir, et ne doit plus payer 12 €."
    assert callouts(old, new) == [
        ("obligation", "doit", "ne doit"),
        ("obligation", "peut", "ne peut"),
        ("obligation", "doit", "ne doit plus"),
    ]


def test_an_obligation_that_stays_does_not_face_a_new_one() -> None:
    old, new = "L’usager peut venir.", "L’usager ne peut pas sortir et peut venir."
    assert ("obligation", "peut", "ne peut pas") not in callouts(old, new)


def test_a_word_that_only_compares_denies_nothing() -> None:
    assert callouts("il peut plus vite partir", "il doit plus vite partir") == [
        ("obligation", "peut", "doit")
    ]


def test_a_remark_that_two_changes_touch_is_told_once() -> None:
    assert callouts("Sous 30 jours ouvrés après.", "Sous 20 jours francs après.") == [
        ("delay", "30 jours ouvrés", "20 jours francs")
    ]


@pytest.mark.parametrize(
    "new",
    [
        "## Article 2 – Neuf\n\nGratuit.",
        "Un appareil neuf.",
        "Un appareil neuf livré ici.",
        "Un appareil neuf sans fil.",
    ],
)
def test_what_is_new_is_no_figure(new: str) -> None:
    assert callouts("Gratuit.", f"Gratuit.\n\n{new}") == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("neuf agents", "figure"),
        ("neuf mois", "delay"),
        ("neuf (9) jours", "delay"),
        ("neuf euros", "amount"),
        ("neuf pour cent", "amount"),
        ("neuf cents agents", "figure"),
        ("vingt-neuf agents", "figure"),
    ],
)
def test_nine_things_are_a_figure(said: str, kind: str) -> None:
    assert callouts("Gratuit.", f"Gratuit.\n\nSoit {said} ici.") == [(kind, None, said)]
