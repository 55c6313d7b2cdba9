"""Blocks inside provisions: cut, joined, moved, repeated."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import ChangeKind, Scope
from tests.corpus.comparison.articles import ACCOUNT, COOKIES, LAW, LINKS, OBJECT, PASSWORD, PRICE, text
from tests.corpus.comparison.comparing import compared, marked, only, told


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


def test_a_line_of_a_list_that_goes_leaves_the_others_faced() -> None:
    kept, gone = "point un ceci", "toute autre règle"
    faced = "point un [-ceci-][+cela+]"
    for lines in ((kept, gone), (gone, kept)):
        written = "".join(f"- {line}\n" for line in lines)
        rows = compared(written, "- point un cela").rows
        assert [marked(row) for row in rows] == [faced if line == kept else f"[-{gone}-]" for line in lines]
        back = compared("- point un cela", written).rows
        assert {row.old != () for row in back} == {True, False}


def test_a_sentence_said_twice_that_left_one_article_for_another_moved() -> None:
    old = text(("Objet", f"{OBJECT}\n\n{LAW}"), ("Prix", f"{PRICE}\n\n{LAW}"), ("Compte", ACCOUNT))
    edited = OBJECT.replace("comptes", "fiches")
    new = text(("Objet", f"{edited}\n\n{LAW}"), ("Prix", PRICE), ("Compte", f"{ACCOUNT}\n\n{LAW}"))
    assert told(compared(old, new)) == [
        ("edited", "article-1", "article-1"),
        ("moved", "article-2", "article-3"),
    ]


@pytest.mark.parametrize(("before", "after"), [("{}. {}", "- {1}"), ("- {1}", "{}. {}")])
def test_a_list_in_another_order_and_style_moved(before: str, after: str) -> None:
    said = [OBJECT, PRICE, PASSWORD, LAW]
    old = "\n".join(before.format(rank, words) for rank, words in enumerate(said, 1))
    said[1], said[2] = said[2], said[1]
    new = "\n".join(after.format(rank, words) for rank, words in enumerate(said, 1))
    comparison = compared(text(("Objet", old)), text(("Objet", new)))
    (moved,) = (change for change in comparison.changes if ChangeKind.MOVED in change.kinds)
    assert moved.scope is Scope.PASSAGE
    assert moved.is_same
    assert [marked(comparison.rows[rank]) for rank in moved.rows] == [PRICE]
    assert [row.moved for row in comparison.rows if row.old_words() in (OBJECT, PASSWORD, LAW)] == [False] * 3


def test_an_entry_that_jumped_over_what_it_followed_moved() -> None:
    entry, others = "5. **Le service est gratuit**", f"{OBJECT}\n\n{PRICE}\n\n{LAW}"
    change = only(compared(f"{others}\n\n{entry}", f"{entry}\n\n{others}"))
    assert (change.kinds, change.scope, change.rows) == ((ChangeKind.MOVED,), Scope.PASSAGE, (0,))


@pytest.mark.parametrize("left", ["", "Article 2 – Prix\n\n"])
def test_a_title_that_goes_moves_nothing(left: str) -> None:
    old = f"**Article 1 – Objet**\n\n{OBJECT}\n\n**Article 2 – Prix**\n\n{PRICE}"
    new = f"**Article 1 – Objet**\n\n{OBJECT}\n\n{left}{PRICE}"
    comparison = compared(old, new)
    assert ("merged", "article-2", "article-1") in told(comparison)
    assert not any(row.moved for row in comparison.rows)


def test_a_merged_article_that_jumped_over_another_moved() -> None:
    old = text(("Objet", OBJECT), ("Prix", PRICE), ("Droit", LAW))
    new = text(("Objet", f"{OBJECT}\n\n{LAW}"), ("Prix", PRICE))
    comparison = compared(old, new)
    assert told(comparison) == [("merged", "article-3", "article-1")]
    assert [row.old_words() for row in comparison.rows if row.moved] == [LAW]


def test_what_two_changes_show_is_counted_by_the_first() -> None:
    old = text(("Objet", f"{OBJECT} {PRICE}"), ("Droit", LAW))
    new = text(("Objet", f"1. {OBJECT}\n2. {PRICE.replace('gratuit', 'payant')}"), ("Droit", LAW))
    comparison = compared(old, new)
    total = [(change.words.inserted, change.words.deleted) for change in comparison.changes]
    assert (sum(won for won, _ in total), sum(lost for _, lost in total)) == (1, 1)
    assert sum(change.sentences for change in comparison.changes) == 1
