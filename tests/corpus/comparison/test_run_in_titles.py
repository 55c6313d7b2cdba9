"""Titles in bold at the head of a paragraph are compared like any other title."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.comparison import ChangeClass
from tests.corpus.comparison.articles import ACCOUNT, COOKIES, LAW, OBJECT, PASSWORD, PRICE, text
from tests.corpus.comparison.comparing import compared, marked, only, told

ARTICLES = (("Objet", OBJECT), ("Prix", PRICE), ("Compte", ACCOUNT), ("Droit", LAW))


def running(*articles: tuple[str, str], form: str = "**Article {} – {}.** {}") -> str:
    return "\n\n".join(form.format(rank, *article) for rank, article in enumerate(articles, 1))


@pytest.mark.parametrize("form", ["**Article {} – {}.** {}", "**Article {}** : {} ; {}", "**{} – {}.** {}"])
def test_an_inserted_article_renumbers_those_after_it(form: str) -> None:
    old = running(*ARTICLES, form=form)
    new = running(ARTICLES[0], ("Mot de passe", PASSWORD), *ARTICLES[1:], form=form)
    comparison = compared(old, new)
    name = "article" if "Article" in form else "section"
    assert told(comparison) == [
        ("inserted", None, f"{name}-2"),
        ("renumbered", f"{name}-2", f"{name}-3"),
        ("renumbered", f"{name}-3", f"{name}-4"),
        ("renumbered", f"{name}-4", f"{name}-5"),
    ]
    assert comparison.words.deleted == 0
    assert comparison.changes[1].classes == (ChangeClass.NUMBERING,)


def test_an_edited_article_is_told_by_its_title() -> None:
    old = running(*ARTICLES)
    change = only(compared(old, old.replace("gratuit", "payant")))
    assert change.old is not None
    assert (change.old.label, change.old.number, change.old.title) == ("article", "2", "Prix")


def test_articles_that_change_places_have_moved() -> None:
    comparison = compared(running(*ARTICLES), running(ARTICLES[0], *ARTICLES[2:], ARTICLES[1]))
    assert ("moved+renumbered", "article-2", "article-4") in told(comparison)
    assert (comparison.words.inserted, comparison.words.deleted) == (0, 0)


def test_articles_that_change_places_and_keep_their_numbers_have_moved() -> None:
    first, second, third, fourth = running(*ARTICLES).split("\n\n")
    for new in ((first, third, second, fourth), (fourth, first, second, third)):
        comparison = compared(running(*ARTICLES), "\n\n".join(new))
        assert {found[0] for found in told(comparison)} == {"moved"}
        assert [pair.old for pair in comparison.pairs] == [pair.new for pair in comparison.pairs]


def test_articles_that_are_gone_leave_the_last_one_its_number() -> None:
    articles = (*ARTICLES, ("Compte fermé", PASSWORD), ("Traceurs", COOKIES))
    whole = running(*articles).split("\n\n")
    comparison = compared("\n\n".join(whole), "\n\n".join([whole[0], whole[1], whole[5]]))
    assert told(comparison) == [("deleted", f"article-{rank}", None) for rank in (3, 4, 5)]


@pytest.mark.parametrize("apart", [text(*ARTICLES), running(*ARTICLES).replace(".** ", ".**\n\n")])
def test_a_title_put_on_a_line_of_its_own_is_still_that_of_its_article(apart: str) -> None:
    run_in = running(*ARTICLES)
    for old, new in ((run_in, apart), (apart, run_in)):
        comparison = compared(old, new)
        assert [(pair.old.address, pair.new.address) for pair in comparison.pairs] == [
            ("texte", "texte"),
            *((f"article-{rank}", f"article-{rank}") for rank in (1, 2, 3, 4)),
        ]
        assert not {"inserted", "deleted", "moved"} & {found[0] for found in told(comparison)}
        assert any("Le service gère les comptes" in marked(row) for row in comparison.rows)
