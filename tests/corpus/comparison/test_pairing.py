"""What happened to each provision: paired by what it says, never by its number alone."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Op, Scope
from tests.corpus.comparison.comparing import compared, marked, only, told

OBJECT = "Le service gère les comptes des habitants de la commune et leurs demandes."
PRICE = "L’accès est gratuit pour tous, hors coût de la connexion au réseau."
ACCOUNT = "Le compte est ouvert en mairie sur présentation d’une pièce d’identité valide."
PASSWORD = "Le mot de passe contient au moins douze caractères et reste strictement personnel."
LAW = "Le droit français s’applique et le tribunal administratif de Lille est compétent."
LINKS = "Les sites tiers vers lesquels renvoient des hyperliens échappent au contrôle de la commune."
COOKIES = "Aucun traceur publicitaire n’est déposé sur votre appareil pendant la navigation."


def text(*articles: tuple[str, str]) -> str:
    """Return numbered articles, each a title and a body."""
    return "\n\n".join(
        f"## Article {rank} – {title}\n\n{body}" for rank, (title, body) in enumerate(articles, start=1)
    )


FOUR = text(("Objet", OBJECT), ("Prix", PRICE), ("Compte", ACCOUNT), ("Droit", LAW))


def test_identical_texts_have_no_change() -> None:
    comparison = compared(FOUR, FOUR)
    assert comparison.changes == ()
    assert comparison.classes == ()
    assert len(comparison.pairs) == 5


def test_an_edited_article_keeps_its_number() -> None:
    change = only(compared(FOUR, FOUR.replace("gratuit", "payant")))
    assert change.kinds == (ChangeKind.EDITED,)
    assert change.classes == (ChangeClass.WORDING,)
    assert change.old is not None
    assert (change.old.number, change.old.title, change.old.address) == ("2", "Prix", "article-2")
    assert change.is_same


def test_an_inserted_article_renumbers_those_after_it() -> None:
    new = text(
        ("Objet", OBJECT), ("Mot de passe", PASSWORD), ("Prix", PRICE), ("Compte", ACCOUNT), ("Droit", LAW)
    )
    comparison = compared(FOUR, new)
    assert told(comparison) == [
        ("inserted", None, "article-2"),
        ("renumbered", "article-2", "article-3"),
        ("renumbered", "article-3", "article-4"),
        ("renumbered", "article-4", "article-5"),
    ]
    assert comparison.changes[1].classes == (ChangeClass.NUMBERING,)
    assert comparison.words.deleted == 0
    assert comparison.words.inserted == 18


def test_a_deleted_article_renumbers_those_after_it() -> None:
    new = text(("Objet", OBJECT), ("Compte", ACCOUNT), ("Droit", LAW))
    assert told(compared(FOUR, new)) == [
        ("deleted", "article-2", None),
        ("renumbered", "article-3", "article-2"),
        ("renumbered", "article-4", "article-3"),
    ]


def test_a_number_taken_by_another_text_is_no_edit() -> None:
    old = text(("Objet", OBJECT), ("Hyperliens", LINKS), ("Droit", LAW))
    new = text(("Objet", OBJECT), ("Traceurs", COOKIES), ("Droit", LAW))
    change = only(compared(old, new))
    assert change.kinds == (ChangeKind.INSERTED, ChangeKind.DELETED, ChangeKind.NUMBER_REUSED)
    assert not change.is_same
    assert {span.op for rank in change.rows for span in compared(old, new).rows[rank].spans} == {
        Op.INSERTED,
        Op.DELETED,
    }


def test_a_number_of_another_article_is_not_reused() -> None:
    old = "## Article 1 – A\n\n1. " + LINKS + "\n\n## Article 2 – Prix\n\n" + PRICE
    new = "## Article 1 – A\n\nRien.\n\n## Article 2 – Prix\n\n" + PRICE + "\n\n1. " + COOKIES
    kinds = {kind for change in compared(old, new).changes for kind in change.kinds}
    assert ChangeKind.NUMBER_REUSED not in kinds
    assert {ChangeKind.INSERTED, ChangeKind.DELETED} <= kinds


def test_a_paragraph_number_taken_by_another_text_is_told_too() -> None:
    old = "1. " + OBJECT + "\n2. " + LINKS + "\n3. " + LAW
    new = "1. " + OBJECT + "\n2. " + COOKIES + "\n3. " + LAW
    assert told(compared(old, new)) == [("inserted+deleted+number-reused", "p-2", "p-2")]


def test_a_moved_article_costs_no_word() -> None:
    new = text(("Objet", OBJECT), ("Compte", ACCOUNT), ("Droit", LAW), ("Prix", PRICE))
    comparison = compared(FOUR, new)
    assert ("moved+renumbered", "article-2", "article-4") in told(comparison)
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)


def test_a_moved_and_edited_article_is_one_change() -> None:
    new = text(
        ("Objet", OBJECT), ("Compte", ACCOUNT), ("Droit", LAW), ("Prix", PRICE.replace("gratuit", "payant"))
    )
    comparison = compared(FOUR, new)
    assert ("moved+renumbered+edited", "article-2", "article-4") in told(comparison)
    assert (comparison.words.inserted, comparison.words.deleted) == (1, 1)


def test_what_is_under_a_moved_article_moves_with_it() -> None:
    old = (
        f"## Article 1 – Objet\n\n{OBJECT}\n\n### Cas\n\n{PRICE}\n\n### Autres\n\n{LAW}\n\n"
        f"## Droit\n\n{ACCOUNT} {LINKS} {COOKIES}\n\n## Fin\n\n{PASSWORD} {ACCOUNT}"
    )
    head, tail = old.split("## Droit")
    comparison = compared(old, f"## Droit{tail}\n\n{head}")
    assert told(comparison) == [("moved", "article-1", "article-1")]
    assert len(comparison.changes[0].rows) == 6


def test_a_new_title_is_told() -> None:
    change = only(compared(FOUR, FOUR.replace("– Prix", "– Gratuité")))
    assert change.kinds == (ChangeKind.RETITLED,)


def test_a_split_article_is_told_with_where_it_comes_from() -> None:
    old = text(("Objet", OBJECT), ("Accès", f"{ACCOUNT}\n\n{PRICE}\n\n{PASSWORD}\n\n{LINKS}"))
    new = text(("Objet", OBJECT), ("Accès", f"{ACCOUNT}\n\n{PRICE}\n\n{LINKS}"), ("Secret", PASSWORD))
    comparison = compared(old, new)
    assert told(comparison) == [("split", "article-2", "article-3")]
    assert comparison.words.deleted == 0


def test_a_merged_article_is_told_with_where_it_went() -> None:
    old = text(("Objet", OBJECT), ("Accès", f"{ACCOUNT}\n\n{PRICE}\n\n{LINKS}"), ("Secret", PASSWORD))
    new = text(("Objet", OBJECT), ("Accès", f"{ACCOUNT}\n\n{PRICE}\n\n{LINKS}\n\n{PASSWORD}"))
    comparison = compared(old, new)
    assert told(comparison) == [("merged", "article-3", "article-2")]
    assert comparison.words.inserted == 0


def test_paragraphs_joined_or_cut_keep_their_words() -> None:
    old = f"1. {OBJECT}\n2. {PRICE}\n3. {LAW}"
    new = f"1. {OBJECT} {PRICE}\n2. {LAW}"
    comparison = compared(old, new)
    assert told(comparison) == [
        ("edited", "p-1", "p-1"),
        ("merged", "p-2", "p-1"),
        ("renumbered", "p-3", "p-2"),
    ]
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)


@pytest.mark.parametrize("together", [f"{OBJECT} {PRICE} {LAW}", f"{OBJECT} {PRICE} {LAW} {LINKS}"])
def test_a_block_cut_in_three_keeps_its_words(together: str) -> None:
    apart = f"{OBJECT}\n\n{PRICE}\n\n{LAW}"
    for old, new in ((together, apart), (apart, together)):
        comparison = compared(old, new)
        assert len(comparison.rows) == 1
        assert comparison.words.inserted + comparison.words.deleted in (0, 14)


def test_a_passage_that_went_to_another_article_is_told_once() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{PASSWORD}"), ("Prix", PRICE), ("Compte", ACCOUNT))
    new = text(("Objet", OBJECT), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{PASSWORD}"))
    change = only(compared(old, new))
    assert change.scope is Scope.PASSAGE
    assert change.kinds == (ChangeKind.MOVED,)
    assert change.old is not None
    assert change.new is not None
    assert (change.old.address, change.new.address) == ("article-1", "article-3")
    assert change.classes == ()


def test_a_passage_moved_and_edited_is_found_by_the_words_it_keeps() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{PASSWORD}"), ("Prix", PRICE), ("Compte", ACCOUNT))
    edited = PASSWORD.replace("douze", "quatorze")
    new = text(("Objet", OBJECT), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{edited}"))
    comparison = compared(old, new)
    assert only(comparison).kinds == (ChangeKind.MOVED, ChangeKind.EDITED)
    assert (comparison.words.inserted, comparison.words.deleted) == (1, 1)


def test_passages_that_moved_together_are_one_change() -> None:
    old = text(
        ("Objet", f"{OBJECT}\n\n{PASSWORD}\n\n{LINKS}"), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{LAW}")
    )
    new = text(("Objet", OBJECT), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{PASSWORD}\n\n{LINKS}\n\n{LAW}"))
    assert [len(change.rows) for change in compared(old, new).changes] == [2]


def test_paragraphs_that_swap_inside_an_article_are_a_moved_passage() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{PASSWORD}\n\n{LINKS} {COOKIES}"))
    new = text(("Objet", f"{OBJECT}\n\n{LINKS} {COOKIES}\n\n{PASSWORD}"))
    change = only(compared(old, new))
    assert (change.scope, change.kinds, change.is_same) == (Scope.PASSAGE, (ChangeKind.MOVED,), True)


def test_a_few_words_found_elsewhere_are_a_coincidence() -> None:
    old = text(("Objet", f"{OBJECT}\n\nVoir la mairie."), ("Prix", PRICE))
    new = text(("Objet", OBJECT), ("Prix", f"{PRICE}\n\nVoir la mairie."))
    assert told(compared(old, new)) == [
        ("edited", "article-1", "article-1"),
        ("edited", "article-2", "article-2"),
    ]


def test_a_sentence_said_twice_is_not_mixed_up() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{LAW}"), ("Prix", f"{PRICE}\n\n{LAW}"))
    new = text(("Objet", f"{OBJECT}\n\n{LAW}"), ("Prix", PRICE))
    change = only(compared(old, new))
    assert change.new is not None
    assert (change.kinds, change.new.address) == ((ChangeKind.EDITED,), "article-2")


def test_what_repeats_is_joined_by_what_stands_around_it() -> None:
    lines = [
        "alpha un deux trois",
        "même ligne ici",
        "beta quatre cinq",
        "même ligne ici",
        "gamma six sept huit",
    ]
    old = "\n\n".join(lines)
    new = "\n\n".join(["nouvelle ligne au début", *lines])
    comparison = compared(old, new)
    assert [row.classes for row in comparison.rows[1:]] == [()] * 5


def test_numbers_under_a_renumbered_article_follow_it() -> None:
    old = f"## Article 1 – Objet\n\n### 1.1 Cas\n\n{OBJECT}\n\n### 1.2 Suite\n\n{PRICE}"
    new = f"## Article 1 – Droit\n\n{LAW} {COOKIES}\n\n" + old.replace("Article 1", "Article 2").replace(
        "1.1", "2.1"
    ).replace("1.2", "2.2")
    comparison = compared(old, new)
    assert told(comparison) == [("inserted", None, "article-1"), ("renumbered", "article-1", "article-2")]
    assert len(comparison.changes[1].rows) == 3


def test_a_number_that_follows_and_a_text_that_changes_are_both_told() -> None:
    old = f"## Article 1 – Objet\n\n### 1.1 Cas\n\n{OBJECT}"
    edited = OBJECT.replace("comptes", "fiches")
    new = f"## Article 1 – Droit\n\n{LAW}\n\n## Article 2 – Objet\n\n### 2.1 Cas\n\n{edited}"
    assert told(compared(old, new))[-1] == ("renumbered+edited", "section-1-1", "section-2-1")


def test_parents_are_matched_by_what_stands_under_them() -> None:
    old = f"# Partie 1\n\n## Objet\n\n{OBJECT}\n\n## Prix\n\n{PRICE}"
    new = f"# Chapitre A\n\n## Objet\n\n{OBJECT}\n\n## Prix\n\n{PRICE}"
    comparison = compared(old, new)
    assert ("partie-1", "chapitre-a") in [(pair.old.address, pair.new.address) for pair in comparison.pairs]


def test_parents_whose_children_scattered_are_not_matched() -> None:
    old = f"# Partie 1\n\n## Objet\n\n{OBJECT}\n\n## Prix\n\n{PRICE}\n\n# Partie 2\n\n## Droit\n\n{LAW}"
    parts = [f"# Titre A\n\n## Objet\n\n{OBJECT}", f"# Titre B\n\n## Prix\n\n{PRICE}"]
    new = "\n\n".join([*parts, f"# Titre C\n\n## Droit\n\n{LAW}"])
    comparison = compared(old, new)
    assert comparison.words.inserted + comparison.words.deleted > 0
    assert ("titre-a", "objet") not in told(comparison)


def test_a_rewritten_article_under_the_same_title_is_edited() -> None:
    old = text(("Objet", OBJECT), ("Données personnelles", LINKS), ("Droit", LAW))
    new = text(("Objet", OBJECT), ("Données personnelles", COOKIES), ("Droit", LAW))
    assert told(compared(old, new)) == [("edited", "article-2", "article-2")]


def test_a_rewritten_and_retitled_article_is_found_by_its_subject() -> None:
    old = text(
        ("Objet", OBJECT),
        (
            "Sécurité des données",
            "Chaque agent protège les données, chiffre les fichiers et signale toute fuite.",
        ),
        ("Droit", LAW),
    )
    new = text(
        ("Objet", OBJECT),
        (
            "Confidentialité et sécurité",
            "Les données sont chiffrées ; une fuite des fichiers, chaque agent la signale.",
        ),
        ("Droit", LAW),
    )
    assert told(compared(old, new)) == [("retitled+edited", "article-2", "article-2")]


def test_contents_exchanged_under_two_titles_are_followed() -> None:
    long_one, long_other = f"{OBJECT} {PRICE} {LINKS} {COOKIES}", f"{ACCOUNT} {PASSWORD} {LAW} {LAW}"
    old = text(("Accès", long_one), ("Comptes", long_other))
    new = text(("Comptes", long_one), ("Accès", long_other))
    assert told(compared(old, new)) == [
        ("retitled", "article-1", "article-1"),
        ("retitled", "article-2", "article-2"),
    ]


def test_an_empty_part_is_known_by_its_title() -> None:
    old = f"# PARTIE 1\n\n# PARTIE 2\n\n{OBJECT}\n\n# PARTIE 3"
    new = f"# PARTIE 1\n\n# PARTIE 2\n\n{OBJECT}\n\n# PARTIE 4"
    assert told(compared(old, new)) == [
        ("inserted", None, "partie-4"),
        ("deleted", "partie-3", None),
    ] or told(compared(old, new)) == [("deleted", "partie-3", None), ("inserted", None, "partie-4")]


def test_a_title_made_a_line_of_text_is_layout() -> None:
    old = f"## Objet du service\n\n{OBJECT}\n\n## Suite\n\n{PRICE}"
    new = old.replace("## Suite", "Suite")
    for before, after in ((old, new), (new, old)):
        comparison = compared(before, after)
        assert comparison.classes == (ChangeClass.MARKUP,)
        assert {kind for change in comparison.changes for kind in change.kinds} <= {
            ChangeKind.EDITED,
            ChangeKind.MOVED,
        }


def test_a_title_and_the_first_words_of_a_paragraph_are_compared() -> None:
    old = f"11.1 Livraison en point de retrait au magasin.\n\n{OBJECT}"
    new = f"### 11.1 Livraison en point de retrait au dépôt\n\n{OBJECT}"
    comparison = compared(old, new)
    assert "[-magasin.-][+dépôt+]" in marked(comparison.rows[0])
    unlike = compared(old, new.replace("Livraison en point de retrait au dépôt", "Tarifs"))
    assert [marked(row)[:2] for row in unlike.rows[:2]] == ["[-", "[+"]


def test_a_text_that_gains_a_title_keeps_its_articles() -> None:
    old = f"{COOKIES}\n\n{FOUR}"
    new = f"# Conditions générales\n\n{old}"
    for before, after in ((old, new), (new, old)):
        change = only(compared(before, after))
        assert change.kinds == (ChangeKind.RETITLED,)


def test_a_text_whose_head_goes_keeps_the_rest() -> None:
    comparison = compared(f"{COOKIES}\n\n{FOUR}", FOUR)
    assert told(comparison) == [("edited", "texte", "texte")]


def test_an_empty_text_is_compared_like_another() -> None:
    comparison = compared("", FOUR)
    assert {kind for change in comparison.changes for kind in change.kinds} == {ChangeKind.INSERTED}
    assert comparison.old_text() == ""


def test_a_long_rewritten_list_is_faced_stretch_by_stretch() -> None:
    old = "\n".join(f"- le point {rank} dit ceci" for rank in range(150))
    new = "\n".join(f"- le point {rank} dit cela" for rank in range(150))
    comparison = compared(old, new)
    assert len(comparison.rows) == 150
    assert comparison.words.inserted == comparison.words.deleted == 150


def test_deletions_stand_where_they_were() -> None:
    old = text(("Objet", f"{LINKS}\n\n{OBJECT}\n\n{COOKIES}"), ("Prix", PRICE), ("Compte", ACCOUNT))
    new = text(("Objet", OBJECT), ("Compte", ACCOUNT)).replace("## Article 2", "## Article 3")
    comparison = compared(old, new)
    assert [row.old_words()[:12] for row in comparison.rows] == [
        "Article 1 – ",
        "Les sites ti",
        "Le service g",
        "Aucun traceu",
        "Article 2 – ",
        "L’accès est ",
        "Article 3 – ",
        "Le compte es",
    ]


def test_a_deletion_at_the_head_of_a_moved_provision_moves_with_it() -> None:
    old = text(("Objet", OBJECT), ("Prix", f"Une phrase ôtée.\n\n{PRICE}"), ("Compte", f"{ACCOUNT} {LAW}"))
    body = old.replace("## Article 2 – Prix\n\n", "")
    first, second, third = old.split("\n\n## ")
    comparison = compared(body, body)
    assert comparison.changes == ()
    moved = compared(old, "\n\n## ".join([first, third, second.replace("Une phrase ôtée.\n\n", "")]))
    assert [marked(row)[:6] for row in moved.rows][-3:] == ["Articl", "[-Une ", "L’accè"]


def test_a_deleted_article_is_told_with_those_under_it() -> None:
    old = f"## Article 1 – Objet\n\n{OBJECT}\n\n## Article 2 – Liens\n\n{LINKS}\n\n### Cas\n\n{COOKIES}"
    change = only(compared(old, f"## Article 1 – Objet\n\n{OBJECT}"))
    assert change.kinds == (ChangeKind.DELETED,)
    assert len(change.rows) == 4


def test_an_article_that_takes_one_sentence_of_another_is_no_split() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{PASSWORD}\n\n{PRICE}"))
    new = text(("Objet", f"{OBJECT}\n\n{PRICE}"), ("Secret", f"{LINKS} {COOKIES}\n\n{PASSWORD}\n\n{LAW}"))
    assert told(compared(old, new)) == [
        ("inserted", None, "article-2"),
        ("moved", "article-1", "article-2"),
    ]


def test_a_line_of_a_list_that_goes_leaves_the_others_faced() -> None:
    kept, gone = "point un ceci", "toute autre règle"
    faced = "point un [-ceci-][+cela+]"
    for old in ((kept, gone), (gone, kept)):
        rows = compared("".join(f"- {line}\n" for line in old), "- point un cela").rows
        assert [marked(row) for row in rows] == [faced if line == kept else f"[-{gone}-]" for line in old]


def test_a_sentence_said_twice_that_left_one_article_for_another_moved() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{LAW}"), ("Prix", f"{PRICE}\n\n{LAW}"), ("Compte", ACCOUNT))
    edited = OBJECT.replace("comptes", "fiches")
    new = text(("Objet", f"{edited}\n\n{LAW}"), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{LAW}"))
    assert told(compared(old, new)) == [
        ("edited", "article-1", "article-1"),
        ("moved", "article-2", "article-3"),
    ]


def test_of_two_provisions_about_one_subject_the_nearest_is_kept() -> None:
    said = "La fuite des fichiers chiffrés, chaque agent prudent la signale au délégué."
    first = "Chaque agent prudent signale au délégué toute fuite des fichiers chiffrés."
    second = "Chaque agent signale au maire toute fuite grave des fichiers."
    comparison = compared(f"1. {first}\n2. {second}\n3. {LAW}", f"1. {said}\n2. {LAW}")
    assert told(comparison) == [
        ("edited", "p-1", "p-1"),
        ("deleted", "p-2", None),
        ("renumbered", "p-3", "p-2"),
    ]


def test_words_found_everywhere_do_not_bring_provisions_together() -> None:
    old = "\n".join(f"{rank}. usager alpha{rank} beta{rank}" for rank in range(1, 41))
    new = "\n".join(f"{rank}. usager gamma{rank} delta{rank}" for rank in range(1, 41))
    assert {change.kinds for change in compared(old, new).changes} == {
        (ChangeKind.INSERTED, ChangeKind.DELETED, ChangeKind.NUMBER_REUSED)
    }
