"""Sentences that moved alone: told as moved, their words counted nowhere, both texts still whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison import ChangeClass, Comparison, Op, Scope, Words, compare_bytes
from tests.corpus.comparison.comparing import compared, marked, only, told

TEXT = "# Article 1 - Objet\n\n{}\n\n# Article 2 - Durée\n\n{}\n"
OPEN = "Le service est ouvert à tous les agents."
FREE = "Il est gratuit pour tous les usagers inscrits."
OWN = "Chaque compte est personnel et ne peut être cédé."
LAST = "La convention dure un an."
LONG = "L’administration conserve les journaux de connexion des usagers pendant un an sur ses serveurs."


def shown(comparison: Comparison) -> list[str]:
    """Return the rows that changed, moved words between signs of their own."""
    signs = {Op.DELETED: "<-{}->", Op.INSERTED: "<+{}+>"}
    return [
        "".join(
            signs[span.op].format(span.text) if span.move is not None else marked_one(span.op, span.text)
            for span in row.spans
        )
        for row in comparison.rows
        if row.classes or row.moves
    ]


def marked_one(op: Op, text: str) -> str:
    return {Op.EQUAL: "{}", Op.DELETED: "[-{}-]", Op.INSERTED: "[+{}+]"}[op].format(text)


def test_a_sentence_that_moves_inside_its_paragraph_changes_no_word() -> None:
    found = compared(f"{OPEN} {FREE} {OWN}\n", f"{FREE} {OWN} {OPEN}\n")
    assert found.words == Words()
    assert found.classes == ()
    assert shown(found) == [f"<-{OPEN} ->{FREE} {OWN}<+ {OPEN}+>"]
    change = only(found)
    assert change.scope is Scope.PASSAGE
    assert change.kinds == ("moved",)
    assert change.is_same
    assert (change.moves, change.rows) == ((0,), (0,))
    assert (found.moves[0].origin, found.moves[0].arrival) == (0, 0)


def test_a_sentence_that_goes_to_another_article_is_told_once_where_it_is_now() -> None:
    found = compared(
        TEXT.format(f"{OPEN} {FREE} {OWN}", LAST), TEXT.format(f"{OPEN} {OWN}", f"{LAST} {FREE}")
    )
    assert found.words == Words()
    assert told(found) == [("moved", "article-1", "article-2")]
    assert shown(found) == [f"{OPEN}<- {FREE}-> {OWN}", f"{LAST}<+ {FREE}+>"]
    assert only(found).rows == (found.moves[0].arrival, found.moves[0].origin)


def test_sentences_that_follow_one_another_move_as_one() -> None:
    old, new = TEXT.format(f"{OPEN} {FREE} Fin. {OWN}", LAST), TEXT.format(OWN, f"{LAST} {OPEN} {FREE} Fin.")
    found = compared(old, new)
    assert shown(found) == [f"<-{OPEN} {FREE} Fin. ->{OWN}", f"{LAST}<+ {OPEN} {FREE} Fin.+>"]
    assert len(found.moves) == 1


def test_a_moved_sentence_hides_nothing_of_what_else_changed() -> None:
    found = compared(
        TEXT.format(f"{OPEN} {FREE} {OWN}", LAST),
        TEXT.format(
            f"{OPEN} {OWN}".replace("tous", "certains"), f"{LAST} {FREE}".replace("un an", "deux ans")
        ),
    )
    assert told(found) == [
        ("edited", "article-1", "article-1"),
        ("edited", "article-2", "article-2"),
        ("moved", "article-1", "article-2"),
    ]
    assert [change.words for change in found.changes] == [Words(1, 1), Words(2, 2), Words()]
    assert found.words == Words(3, 3)


def test_words_lost_and_won_on_the_way_are_the_only_ones_counted() -> None:
    new = LONG.replace("un an", "trois mois")
    found = compared(TEXT.format(f"{OPEN} {LONG}", LAST), TEXT.format(OPEN, f"{LAST} {new}"))
    assert told(found) == [("moved+edited", "article-1", "article-2")]
    (change,) = found.changes
    assert change.words == found.words == Words(2, 2)
    assert change.sentences == 1
    assert [(callout.old, callout.new) for callout in change.callouts] == [("un an", "trois mois")]
    assert marked(found.moves[0].row) == LONG.replace("un an", "[-un an-][+trois mois+]")
    left = found.rows[found.moves[0].origin]
    assert [span.text for span in left.spans if span.change is ChangeClass.WORDING] == ["un an"]


def test_typography_that_changes_on_the_way_is_told() -> None:
    goes = "L'usager est informé de la décision prise."
    now = goes.replace("'", "’")
    found = compared(TEXT.format(f"{OPEN} {goes}", LAST), TEXT.format(OPEN, f"{LAST} {now}"))
    assert found.classes == (ChangeClass.TYPOGRAPHY,)
    assert only(found).kinds == ("moved", "edited")
    assert found.words == Words()


def test_a_paragraph_that_joins_another_leaves_that_one_at_home() -> None:
    found = compared(TEXT.format(f"{OPEN}\n\n{FREE} {OWN}", LAST), TEXT.format(OPEN, f"{LAST} {FREE} {OWN}"))
    assert told(found) == [("moved", "article-1", "article-2")]
    assert shown(found) == [f"<-{FREE} {OWN}->", f"{LAST}<+ {FREE} {OWN}+>"]
    back = compared(TEXT.format(OPEN, f"{LAST} {FREE} {OWN}"), TEXT.format(f"{OPEN}\n\n{FREE} {OWN}", LAST))
    assert told(back) == [("moved", "article-2", "article-1")]
    assert back.words == Words()


NEW = "Un alinéa tout nouveau vient au milieu du paragraphe."


def test_a_paragraph_cut_around_a_new_one_is_cut_not_moved() -> None:
    joined, cut = TEXT.format(f"{OPEN} {OWN}", LAST), TEXT.format(f"{OPEN}\n\n{NEW}\n\n{OWN}", LAST)
    for old, new, words in ((joined, cut, Words(9, 0)), (cut, joined, Words(0, 9))):
        found = compared(old, new)
        change = only(found)
        assert (change.kinds, change.moves) == (("edited",), ())
        assert change.classes == (ChangeClass.WORDING, ChangeClass.MARKUP)
        assert change.words == found.words == words
        (move,) = found.moves
        assert move.is_cut
        assert move.row.change == 0


def test_a_sentence_edited_where_a_paragraph_was_cut_faces_what_it_was() -> None:
    longer = LONG.replace("un an", "trois mois")
    found = compared(TEXT.format(f"{OPEN} {LONG}", LAST), TEXT.format(f"{OPEN}\n\n{NEW}\n\n{longer}", LAST))
    change = only(found)
    assert (change.kinds, change.words, found.words) == (("edited",), Words(11, 2), Words(11, 2))
    assert [(callout.old, callout.new) for callout in change.callouts] == [("un an", "trois mois")]


def test_sentences_that_change_sides_around_a_new_one_moved() -> None:
    found = compared(TEXT.format(f"{OPEN} {OWN}", LAST), TEXT.format(f"{OWN}\n\n{NEW}\n\n{OPEN}", LAST))
    assert ("moved", "article-1", "article-1") in told(found)
    assert found.words == Words(9, 0)


def test_a_defined_term_written_in_capitals_is_no_title_because_it_moved() -> None:
    term = "Tout Client doit être majeur et résider en France !"
    found = compared(TEXT.format(f"{term.upper()} {OWN}", LAST), TEXT.format(OWN, f"{LAST} {term}"))
    assert found.classes == (ChangeClass.WORDING,)


def test_words_lost_on_the_way_are_a_change_of_wording_at_both_ends() -> None:
    goes = "L’usager ne peut pas résilier son contrat avant la fin de l’année."
    found = compared(
        TEXT.format(f"{goes} {OWN}", LAST), TEXT.format(OWN, f"{LAST} {goes.replace('ne peut pas', 'peut')}")
    )
    (move,) = found.moves
    assert [found.rows[rank].classes for rank in (move.origin, move.arrival)] == [(ChangeClass.WORDING,)] * 2
    assert told(found) == [("moved+edited", "article-1", "article-2")]


def test_a_sentence_rewritten_where_it_stands_did_not_move() -> None:
    new = "Pendant un an, les serveurs de l’administration gardent les journaux de connexion des usagers."
    found = compared(f"{OPEN} {LONG} {OWN}\n", f"{OPEN} {new} {OWN}\n")
    assert found.moves == ()
    assert only(found).kinds == ("edited",)


@pytest.mark.parametrize("few", ["C’est fait.", "Il doit payer."])
def test_a_few_words_found_elsewhere_are_a_coincidence(few: str) -> None:
    found = compared(TEXT.format(f"{OPEN} {few}", LAST), TEXT.format(OPEN, f"{LAST} {few}"))
    assert found.moves == ()
    assert found.words.deleted == found.words.inserted > 0


def test_a_sentence_said_twice_and_taken_once_is_not_mixed_up() -> None:
    found = compared(TEXT.format(f"{OPEN} {FREE}", f"{LAST} {FREE}"), TEXT.format(f"{FREE} {OPEN}", LAST))
    assert found.words.inserted == 0
    assert found.words.deleted == len(FREE.split())


sentences = st.sampled_from([OPEN, FREE, OWN, LAST, LONG, "Fin.", "L’article 2 s’applique.", "Il doit."])
blocks = st.lists(st.lists(sentences, max_size=5).map(" ".join), max_size=5)


def written(found: list[str]) -> str:
    return "".join(f"## Article {rank} – Titre\n\n{words}\n\n" for rank, words in enumerate(found, start=1))


@given(blocks, blocks)
def test_every_moved_word_is_at_both_ends_once(old: list[str], new: list[str]) -> None:
    found = compare_bytes(written(old).encode(), written(new).encode())
    ends: dict[int, dict[Op, str]] = {}
    for rank, row in enumerate(found.rows):
        assert row.old_words() == "\n".join(unit.text for unit in row.old)
        assert row.new_words() == "\n".join(unit.text for unit in row.new)
        for span in row.spans:
            if span.move is not None:
                move = found.moves[span.move]
                assert rank == (move.origin if span.op is Op.DELETED else move.arrival)
                words = ends.setdefault(span.move, {Op.DELETED: "", Op.INSERTED: ""})
                words[span.op] += span.text
    assert sorted(ends) == list(range(len(found.moves)))
    for rank, move in enumerate(found.moves):
        assert ends[rank][Op.DELETED].strip() == move.row.old_words()
        assert ends[rank][Op.INSERTED].strip() == move.row.new_words()
        assert move.row.change is not None
        assert move.is_cut != (rank in found.changes[move.row.change].moves)
    for change in found.changes:
        if change.moves:
            assert change.words == sum((found.moves[rank].row.words for rank in change.moves), Words())
            assert {found.moves[rank].arrival for rank in change.moves} <= set(change.rows)
