"""Each difference is of the class a lawyer would put it in; in doubt, it is wording."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import ChangeClass
from tests.corpus.comparison.comparing import classes, compared, marked, redline, told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("l'usager", "l’usager"),
        ('dit "mot"', "dit « mot »"),
        ("un – deux", "un - deux"),
        ("mot : suite", "mot\u00a0: suite"),
        ("mot: suite", "mot : suite"),
        ("deux  mots", "deux mots"),
        ("deux mots&nbsp;", "deux mots"),
        ("12 000 €", "12\u202f000 €"),
        ("## CONDITIONS GÉNÉRALES", "## Conditions générales"),
        ("## Conditions du service", "## CONDITIONS DU SERVICE"),
        ("**OBJET**\n\nTexte.", "**Objet**\n\nTexte."),
        ("CONDITIONS GÉNÉRALES DE VENTE", "Conditions générales de vente"),
        ("> ## OBJET DU TEXTE", "> ## Objet du texte"),
        ("## ARTICLE 7. Prix", "## Article 7 – Prix"),
        ("## Article 7 Prix", "## Article 7 – Prix"),
        ("1.1. Lors de tout", "1.1 Lors de tout"),
        ("&nbsp;&nbsp;", "&nbsp;"),
    ],
)
def test_signs_that_change_no_meaning_are_typography(old: str, new: str) -> None:
    assert classes(old, new) == ["typography"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Le délai est de 8 jours.", "Le délai est de 9 jours."),
        ("L’utilisateur paie.", "L’Utilisateur paie."),
        ("Il paie, ou part.", "Il paie ou part."),
        ("Il paie\u00a0; il part.", "Il paie. Il part."),
        ("parce que", "parceque"),
        ("A 12", "A12"),
        ("1 2", "12"),
        ("## Données Personnelles", "## Données personnelles"),
        ("un MOT seul.", "un mot seul."),
        ("Il paie.", "- Il paie tout."),
        ("a", "la"),
    ],
)
def test_what_can_change_the_meaning_is_wording(old: str, new: str) -> None:
    assert "wording" in classes(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Un mot gras", "Un **mot** gras"),
        ("Un *mot* gras", "Un mot gras"),
        ("**Un** mot", "*Un* mot"),
        ("# Titre", "## Titre"),
        ("un mot", "- un mot"),
        ("- un mot", "- - un mot"),
        ("un mot", "> un mot"),
        ("a\\\nb", "a\nb"),
        ("Une phrase. Une autre.", "Une phrase.\n\nUne autre."),
        ("Une phrase.\n\nUne autre.", "Une phrase. Une autre."),
        ("- un mot", "– un mot"),
        ("un mot", "• un mot"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("a\n\nb", "a\n\n---\n\nb"),
        ("##\n\na", "a"),
    ],
)
def test_the_same_words_laid_out_otherwise_are_markup(old: str, new: str) -> None:
    assert classes(old, new) == ["markup"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("voir [ici](https://a.fr)", "voir [ici](https://b.fr)"),
        ("voir [ici](#a)", "voir ici"),
        ("![plan](a.png) joint", "![plan](b.png) joint"),
    ],
)
def test_where_the_same_words_point_is_a_link(old: str, new: str) -> None:
    assert classes(old, new) == ["link"]


@pytest.mark.parametrize(("old", "new"), [("a\n\nb", "a\n\n\nb"), ("a\nb", "a b"), ("- a", "* a")])
def test_what_nobody_sees_is_no_change(old: str, new: str) -> None:
    assert classes(old, new) == []


def test_emphasis_on_white_space_is_no_change() -> None:
    assert classes("**un** **mot**", "**un mot**") == []


def test_emphasis_and_words_that_change_together_are_told_apart() -> None:
    comparison = compared("Le **mot** et la chose", "Le mot et la cause")
    (row,) = comparison.rows
    assert [(span.text, span.change) for span in row.spans] == [
        ("Le ", None),
        ("mot", ChangeClass.MARKUP),
        (" et la ", None),
        ("chose", ChangeClass.WORDING),
        ("cause", ChangeClass.WORDING),
    ]


TABLE = "| Durée | Prix |\n|---|---|\n| un an | 12 € |\n"


def test_a_changed_cell_is_wording_in_a_table() -> None:
    assert classes(TABLE, TABLE.replace("12 €", "15 €")) == ["wording", "table"]
    assert redline(TABLE, TABLE.replace("12 €", "15 €")) == ["un an\t[-12-][+15+] €"]


def test_rows_that_come_or_go_are_wording_in_a_table() -> None:
    assert classes(TABLE, TABLE + "| deux ans | 20 € |\n") == ["wording", "table"]


def test_an_empty_column_is_the_table_alone() -> None:
    wider = "| Durée | Prix | |\n|---|---|---|\n| un an | 12 € | |\n"
    assert classes(TABLE, wider) == ["table"]


# Numbering: the dangerous class

ARTICLES = """\
## Article 1 – Objet

Le service gère les comptes selon l’article 3.

## Article 2 – Prix

Le service est gratuit pour tous les usagers de la ville.

## Article 3 – Compte

Le compte est ouvert en mairie sur présentation d’une pièce.
"""
INSERTED = """\
## Article 1 – Objet

Le service gère les comptes selon l’article 4.

## Article 2 – Accès

Le téléservice est ouvert chaque jour ouvré, sauf panne du réseau.

## Article 3 – Prix

Le service est gratuit pour tous les usagers de la ville.

## Article 4 – Compte

Le compte est ouvert en mairie sur présentation d’une pièce.
"""


def test_a_reference_that_names_the_same_provision_is_numbering() -> None:
    comparison = compared(ARTICLES, INSERTED)
    cited = comparison.rows[1]
    assert marked(cited) == "Le service gère les comptes selon l’article [-3-][+4+]."
    assert cited.classes == (ChangeClass.NUMBERING,)
    assert comparison.words.deleted == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("l’article 3.", "l’article 3 bis."),
        ("l’article 3.", "l’article 1."),
        ("l’article 3.", "l’article 2."),
        ("l’article 3 du code civil.", "l’article 4 du code civil."),
        ("l’article 3 de la loi.", "l’article 4 de la loi."),
        ("l’article 3 du RGPD.", "l’article 4 du RGPD."),
        ("l’article 3 RGPD.", "l’article 4 RGPD."),
        ("l’article L. 3 du livre.", "l’article L. 4 du livre."),
        ("le délai de 3 jours.", "le délai de 4 jours."),
        ("l’article 30.", "l’article 40."),
    ],
)
def test_any_other_figure_of_a_reference_is_wording(old: str, new: str) -> None:
    before = ARTICLES.replace("l’article 3.", old)
    after = INSERTED.replace("l’article 4.", new)
    assert ChangeClass.WORDING in compared(before, after).rows[1].classes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("l’article 3 des CGU.", "l’article 4 des CGU."),
        ("l’article 3 des présentes.", "l’article 4 des présentes."),
        ("l’article 3 de ce texte.", "l’article 4 de ce texte."),
        ("les articles 1, 2 et 3.", "les articles 1, 3 et 4."),
        ("les articles 2 à 3 du texte.", "les articles 3 à 4 du texte."),
        ("l’Article 3", "l’Article 4"),
        ("l’art. 3.", "l’art. 4."),
        ("l’article n° 3.", "l’article n° 4."),
        ("la clause 3.", "la clause 4."),
        ("voir article", "voir article"),
        ("l’article 2,", "l’article 3,"),
    ],
)
def test_references_to_this_text_are_known_however_written(old: str, new: str) -> None:
    before = ARTICLES.replace("l’article 3.", old)
    after = INSERTED.replace("l’article 4.", new)
    assert set(compared(before, after).rows[1].classes) <= {ChangeClass.NUMBERING}


def test_a_reference_left_as_it_was_is_unchanged_even_where_the_number_moved_on() -> None:
    assert compared(ARTICLES, INSERTED.replace("l’article 4.", "l’article 3.")).rows[1].classes == ()


def test_only_the_label_of_a_reference_changed() -> None:
    before = ARTICLES.replace("l’article 3.", "la clause 3.")
    after = INSERTED.replace("l’article 4.", "la section 3.")
    assert marked(compared(before, after).rows[1]).endswith("selon la [-clause-][+section+] 3.")


def test_a_number_borne_by_two_provisions_names_none() -> None:
    twice = ARTICLES.replace("Article 2 – Prix", "Article 3 – Prix")
    assert ChangeClass.WORDING in compared(twice, INSERTED).rows[1].classes


def test_a_paragraph_sign_means_a_numbered_paragraph_before_an_article() -> None:
    numbered = (
        "## Article 2 – Prix\n\nVoir le § 2 du texte.\n\n1. premier point utile\n2. second point utile\n"
    )
    after = numbered.replace("1. pre", "1. nouveau point tout neuf\n2. pre").replace("2. sec", "3. sec")
    (cited,) = [row for row in compared(numbered, after.replace("§ 2", "§ 3")).rows if "§" in row.new_words()]
    assert cited.classes == (ChangeClass.NUMBERING,)


def test_own_numbers_are_numbering() -> None:
    assert redline("a) premier cas", "b) premier cas") == ["[-a-][+b+]) premier cas"]
    assert classes("a) premier cas", "b) premier cas") == ["numbering"]
    assert classes("- x\n\n  1. cas\n", "- x\n\n  2. cas\n") == ["numbering"]
    assert classes("## Article 1er – Objet", "## Article 1 – Objet") == ["numbering"]
    assert told(compared("## Article 1er – Objet", "## Article 1 – Objet")) == [
        ("edited", "article-1er", "article-1")
    ]


def test_a_number_without_words_is_numbering() -> None:
    assert classes("1. a\n2. b", "1. a\n2. b\n3.") == ["numbering"]


def test_a_title_that_loses_its_number_or_changes_its_label_is_numbering() -> None:
    assert classes("## Article 1 – Objet", "## Objet") == ["numbering"]
    assert classes("## Article 1 – Objet", "## Section 1 – Objet") == ["numbering"]
    assert classes("## Article 1 – Objet", "## Préambule 1 – Objet") == ["wording"]


def test_a_title_in_capitals_may_lack_its_accents() -> None:
    assert classes("## PROPRIETE INTELLECTUELLE\n\nTexte.", "## Propriété intellectuelle\n\nTexte.") == [
        "typography"
    ]
    assert classes("La propriete.", "La propriété.") == ["wording"]


def test_the_number_that_leaves_a_paragraph_for_a_title_is_numbering() -> None:
    said = "Les dispositions qui suivent valent pour tous les habitants de la commune."
    (_, row) = compared(f"10.1 {said}", f"10.1 Champ\n\n{said}").rows
    assert marked(row) == f"[-10.1 -]{said}"
    assert row.classes == (ChangeClass.NUMBERING,)


@pytest.mark.parametrize(
    "cited",
    [
        "l’article {} des Conditions du Partenaire",
        "au RGPD (article {})",
        "l’article {} des CGV du vendeur",
        "aux conditions du prestataire, article {},",
        "l’article {} de l’annexe 2",
        "l’article {} de cette loi",
        "l’article {} TFUE",
        "l’article {} de la politique de confidentialité",
        "l’annexe {}",
        "la loi Informatique et libertés en son article {}",
        "la section {} du formulaire",
        "l’article {} des CGU du portail",
        "le paragraphe {} de l’article 1",
    ],
)
def test_a_reference_that_may_be_of_another_text_is_wording(cited: str) -> None:
    before = ARTICLES.replace("l’article 3.", f"{cited.format(3)}.")
    after = INSERTED.replace("l’article 4.", f"{cited.format(4)}.")
    assert ChangeClass.WORDING in compared(before, after).rows[1].classes


def test_an_article_inserted_as_bis_has_its_own_number() -> None:
    bis = ARTICLES.replace("## Article 3", "## Article 2 bis – Délai\n\nUn mois entier.\n\n## Article 3")
    comparison = compared(ARTICLES, bis)
    assert told(comparison) == [("inserted", None, "article-2-bis")]
    assert comparison.warnings == ()
    cited = bis.replace("l’article 3.", "l’article 2 bis.")
    assert ChangeClass.WORDING in compared(bis, cited).rows[1].classes


def test_the_case_of_a_word_in_a_title_is_a_new_title() -> None:
    assert told(compared("## 1. Droit d’Accès\n\nTexte.", "## 1. Droit d’accès\n\nTexte.")) == [
        ("retitled", "section-1", "section-1")
    ]


@pytest.mark.parametrize("other", ["- {}", "{}) {}"])
def test_a_list_numbered_otherwise_loses_no_word(other: str) -> None:
    words = ["le droit d’accès ;", "le droit de rectification ;", "le droit à l’effacement."]
    head = "## Article 4 – Droits\n\nIl dispose des droits suivants :\n\n"
    old = head + "\n".join(f"{rank}. {said}" for rank, said in enumerate(words, start=1))
    entries = ((said,) if other[0] == "-" else ("abc"[rank], said) for rank, said in enumerate(words))
    new = head + "\n\n".join(other.format(*entry) for entry in entries)
    for before, after in ((old, new), (new, old)):
        assert set(classes(before, after)) <= {"markup", "numbering"}
        assert {kinds for kinds, _, _ in told(compared(before, after))} == {"edited"}


@pytest.mark.parametrize(
    "cited",
    [
        "l’article {}, alinéa 2, du RGPD",
        "les articles {} et suivants du code",
        "comme le prévoit le Code civil à l’article {}",
        "le règlement s’applique ; son article {} prévaut",
        "le bon de commande et l’article {}",
        "l’article {} (RGPD)",
    ],
)
def test_a_sentence_that_names_another_text_is_never_numbering_alone(cited: str) -> None:
    before = ARTICLES.replace("l’article 3.", f"{cited.format(3)}.")
    after = INSERTED.replace("l’article 4.", f"{cited.format(4)}.")
    assert ChangeClass.WORDING in compared(before, after).rows[1].classes
