"""What happened to each provision: paired by what it says, never by its number alone."""

from __future__ import annotations

from itertools import combinations

from cgu_archive.corpus.comparison import ChangeClass, ChangeKind, Op
from cgu_archive.corpus.model import Corpus
from tests.corpus.comparison.articles import ACCOUNT, COOKIES, FOUR, LAW, LINKS, OBJECT, PASSWORD, PRICE, text
from tests.corpus.comparison.comparing import compared, marked, only, told


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
    children = [f"## Objet\n\n{OBJECT}", f"## Prix\n\n{PRICE}", f"## Droit\n\n{LAW}"]
    old = "\n\n".join(["# Partie 1", *children])
    new = "\n\n".join(f"# Titre {letter}\n\n{child}" for letter, child in zip("ABC", children, strict=True))
    kept = {pair.old.address: pair.new.address for pair in compared(old, new).pairs}
    assert kept == {"texte": "texte", "objet": "objet", "prix": "prix", "droit": "droit"}


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
    assert sorted(told(compared(old, new)), key=str) == [
        ("deleted", "partie-3", None),
        ("inserted", None, "partie-4"),
    ]


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


def test_of_two_provisions_about_one_subject_the_nearest_is_kept() -> None:
    nearest = "Chaque agent prudent signale au délégué toute fuite des fichiers chiffrés."
    near = "Chaque agent signale au maire toute fuite grave des fichiers."
    far = "Un agent passe ici chaque mardi matin avec ses outils et repart."
    said = "Délégué, fuite, chiffrés, agent, fichiers, signale, prudent, chaque."
    comparison = compared(f"1. {nearest}\n2. {near}\n3. {far}\n4. {LAW}", f"1. {said}\n2. {LAW}")
    assert told(comparison) == [
        ("edited", "p-1", "p-1"),
        ("deleted", "p-2", None),
        ("deleted", "p-3", None),
        ("renumbered", "p-4", "p-2"),
    ]


def test_words_found_everywhere_do_not_bring_provisions_together() -> None:
    old = "\n".join(f"{rank}. usager alpha{rank} beta{rank}" for rank in range(1, 41))
    new = "\n".join(f"{rank}. usager gamma{rank} delta{rank}" for rank in range(1, 41))
    assert {change.kinds for change in compared(old, new).changes} == {
        (ChangeKind.INSERTED, ChangeKind.DELETED, ChangeKind.NUMBER_REUSED)
    }


def mirrored(old: str, new: str) -> bool:
    """Whether both orders pair the same provisions."""
    there = {(pair.old.address, pair.new.address) for pair in compared(old, new).pairs}
    return there == {(pair.new.address, pair.old.address) for pair in compared(new, old).pairs}


def test_both_orders_pair_the_same_provisions(corpus: Corpus) -> None:
    texts = [version.text.decode() for version in corpus.service("demonstration").document("cgu").versions]
    assert all(mirrored(old, new) for old, new in combinations(texts, 2))


def test_the_greater_part_of_a_provision_is_not_taken_by_a_smaller_one() -> None:
    services = " ".join((OBJECT, LINKS, COOKIES))
    old = text(("Objet", PRICE), ("Présentation", services), ("Mot de passe", PASSWORD))
    new = text(("Objet", PRICE), ("Services", f"{services} {PASSWORD}"))
    assert ("merged", "article-3", "article-2") in told(compared(old, new))
    assert mirrored(old, new)


def test_half_of_a_provision_keeps_its_number() -> None:
    old = f"{OBJECT}\n\n10.1 {PRICE}\n\n{ACCOUNT}\n\n{LINKS}\n\n{COOKIES}\n\n{PASSWORD}"
    new = f"{OBJECT}\n\n10.1 {PRICE}\n\n{ACCOUNT}\n\n10.2 Suite\n\n{LINKS}\n\n{COOKIES}\n\n{PASSWORD}"
    assert told(compared(old, new)) == [("split", "p-10-1", "p-10-2")]
    assert told(compared(new, old)) == [("merged", "p-10-2", "p-10-1")]


def test_the_first_line_of_a_numbered_paragraph_is_its_title() -> None:
    old = f"## Article 8 – Responsabilité\n\n8.1 {PRICE}\n\n8.2. Devoirs des agents\n\n{ACCOUNT}"
    new = f"## Article 8 – Responsabilité\n\n8.1 {PRICE}\n\n## Article 9 – Devoirs des agents\n\n{COOKIES}"
    assert told(compared(old, new)) == [("renumbered+edited", "p-8-2", "article-9")]


def test_a_provision_without_words_of_its_own_is_found_by_those_under_it() -> None:
    old = f"## 1. Comptes\n\n1.1 {PRICE}\n\n## 2. Cagnotte\n\n2.1 {ACCOUNT}"
    new = f"## 1. Comptes\n\n1.1 {PRICE}\n\n## 2. Tickets\n\n2.1 {ACCOUNT}\n\n2.2 {LINKS}\n\n2.3 {COOKIES}"
    assert ("retitled", "section-2", "section-2") in told(compared(old, new))
    assert mirrored(old, new)


def test_a_clause_that_is_copied_is_still_found() -> None:
    clause = "Chacun s’engage à ne pas céder les données reçues et à ne les communiquer à personne"
    old = text(("Objet", OBJECT), ("Agents", f"L’agent est prévenu. {clause}, sauf loi contraire."))
    new = text(
        ("Objet", OBJECT),
        ("Mairies", f"La mairie aussi : {clause}, hors cas prévus."),
        ("Communes", f"La commune aussi : {clause}."),
    )
    assert any(pair.old.address == "article-2" for pair in compared(old, new).pairs)


def test_of_an_article_cut_in_two_the_one_that_keeps_the_title_is_the_same() -> None:
    long = f"{LINKS}\n\n{COOKIES}\n\n{PASSWORD}"
    old = text(("Objet", OBJECT), ("Prix", f"{PRICE}\n\n{long}"), ("Droit", LAW))
    new = text(("Préambule", ACCOUNT), ("Objet", OBJECT), ("Prix", PRICE), ("Suite", long), ("Droit", LAW))
    assert told(compared(old, new)) == [
        ("inserted", None, "article-1"),
        ("renumbered", "article-1", "article-2"),
        ("renumbered", "article-2", "article-3"),
        ("split", "article-2", "article-4"),
        ("renumbered", "article-3", "article-5"),
    ]


def test_words_that_every_provision_holds_pair_none() -> None:
    old = ("Liens", "Le service affiche des hyperliens que l’utilisateur suit hors de la commune.")
    new = ("Paiement", "L’utilisateur verse à sa commune une redevance annuelle de service.")
    said = ("ouvre le dossier", "garde la pièce", "signe la lettre", "range la salle", "trie le courrier")
    others = [
        (title, f"Le service de la commune {words} de l’utilisateur.")
        for title, words in zip(("Un", "Deux", "Trois", "Quatre", "Cinq"), said, strict=True)
    ]
    assert told(compared(text(old, *others), text(new, *others))) == [
        ("inserted+deleted+number-reused", "article-1", "article-1")
    ]


def test_an_article_cut_in_sections_is_still_the_same() -> None:
    old = text(("Objet", OBJECT), ("Paiement", f"{PRICE}\n\n{ACCOUNT}"), ("Droit", LAW))
    sections = f"### 2.1 Sur place\n\n{PRICE}\n\n{ACCOUNT}\n\n### 2.2 En ligne\n\n{COOKIES}"
    new = text(("Objet", OBJECT), ("Paiement", sections), ("Droit", LAW))
    assert told(compared(old, new)) == [
        ("split", "article-2", "section-2-1"),
        ("inserted", None, "section-2-2"),
    ]
    assert told(compared(new, old)) == [
        ("merged", "section-2-1", "article-2"),
        ("deleted", "section-2-2", None),
    ]


def test_lines_of_a_table_of_contents_are_no_provisions() -> None:
    body = f"**1.1 Compte**\n\n{ACCOUNT}\n\n**1.2 Prix**\n\n{PRICE}"
    assert told(compared(f"1.1. Compte\n\n1.2 Prix\n\n{body}", body)) == [("edited", "texte", "texte")]


def test_parents_that_share_one_provision_of_many_are_not_the_same() -> None:
    old = f"## 1. Comptes\n\n1.1 {PRICE}\n\n1.2 {LINKS}\n\n1.3 {COOKIES}"
    new = f"## 5. Tickets\n\n5.1 {PRICE}\n\n5.2 {ACCOUNT}\n\n5.3 {PASSWORD}"
    kept = {(pair.old.address, pair.new.address) for pair in compared(old, new).pairs}
    assert kept == {("texte", "texte"), ("p-1-1", "p-5-1")}


def test_what_a_text_says_everywhere_pairs_nothing_by_itself() -> None:
    clause = "Chacun s’engage à ne pas céder les données reçues et à ne les communiquer à personne"
    old = text(*((title, f"{clause} {end}.") for title, end in zip("ABCD", "wxyz", strict=True)))
    new = text(*((title, f"{clause} {end * 2}.") for title, end in zip("ABCD", "wxyz", strict=True)))
    assert {found[0] for found in told(compared(old, new))} == {"edited"}


def test_a_short_paragraph_between_joined_ones_is_no_coincidence() -> None:
    note = "[^1]: Hors frais."
    old = f"## Article 4 – Prix\n\n{PRICE}\n\n## Article 5 – Litiges\n\n{LAW}\n\n{note}"
    new = f"## Article 4 – Prix\n\n{PRICE}\n\n{LAW}\n\n{note}"
    assert [row for row in compared(old, new).rows if row.words.inserted] == []
