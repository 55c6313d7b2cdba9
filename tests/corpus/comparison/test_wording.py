"""Words compared inside one unit: minimal, and readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison.wording import hunks
from tests.corpus.comparison.comparing import redline

words = st.lists(
    st.sampled_from(["le", "compte", "de", "l’usager", ",", ".", "un", "droit", "huit"]), max_size=25
)


@given(words, words)
def test_between_hunks_tokens_answer_one_for_one(old: list[str], new: list[str]) -> None:
    numbers: dict[str, int] = {}
    keys = [[numbers.setdefault(word, len(numbers)) for word in side] for side in (old, new)]
    found = hunks(old, new, *keys)
    i = j = 0
    rebuilt: list[str] = []
    for hunk in found:
        assert hunk.a < hunk.b or hunk.c < hunk.d
        assert old[i : hunk.a] == new[j : hunk.c]
        rebuilt += old[i : hunk.a] + new[hunk.c : hunk.d]
        i, j = hunk.b, hunk.d
    assert old[i:] == new[j:]
    assert rebuilt + old[i:] == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "Le mot de passe a huit caractères.",
            "Le mot de passe a douze caractères.",
            "Le mot de passe a [-huit-][+douze+] caractères.",
        ),
        ("Le texte est long.", "Le texte est très long.", "Le texte est[+ très+] long."),
        ("Le texte est très long.", "Le texte est long.", "Le texte est[- très-] long."),
        ("l’usager paie", "l’abonné paie", "l’[-usager-][+abonné+] paie"),
        ("il paie 12 000 € par an", "il paie 15 000 € par an", "il paie [-12 000-][+15 000+] € par an"),
        (
            "Il paie. Il part.",
            "Il paie. Il rend le reçu. Il part.",
            "Il paie.[+ Il rend le reçu.+] Il part.",
        ),
        ("les agents paient", "les usagers et les agents paient", "[+les usagers et +]les agents paient"),
        ("fin", "fin du texte", "fin[+ du texte+]"),
        ("début fin", "fin", "[-début -]fin"),
    ],
)
def test_what_changed_is_what_a_reader_would_mark(old: str, new: str, expected: str) -> None:
    assert redline(old, new) == [expected]


def test_a_rewritten_sentence_is_told_as_one() -> None:
    old = "Le tableau de bord est, en principe, accessible à tous les abonnés du réseau. La suite reste là."
    new = (
        "Ce service en ligne, ouvert en continu, convient à chaque personne inscrite ici. La suite reste là."
    )
    (row,) = redline(old, new)
    assert row.count("[-") == row.count("[+") == 1
    assert row.endswith("La suite reste là.")


def test_a_few_words_kept_between_two_rewritten_passages_are_no_island() -> None:
    old = "Il paie alors vite une somme fixe et modeste, puis part."
    new = "Il reçoit enfin chez lui une lettre simple et claire, puis part."
    (row,) = redline(old, new)
    assert row == (
        "Il [-paie alors vite une somme fixe et modeste-]"
        "[+reçoit enfin chez lui une lettre simple et claire+], puis part."
    )


def test_two_edits_far_apart_stay_two() -> None:
    old = "Le compte est ouvert par la ville pour un an à compter du dépôt."
    new = "Le compte est fermé par la ville pour un mois à compter du dépôt."
    assert redline(old, new) == [
        "Le compte est [-ouvert-][+fermé+] par la ville pour un [-an-][+mois+] à compter du dépôt."
    ]


def test_the_end_of_a_sentence_is_never_told_as_rewritten() -> None:
    old = "Il rend ses clés. Elle garde son badge. La mairie ouvre chaque matin."
    new = "On donne les livres. Tu prends un ticket. La mairie ouvre chaque matin."
    assert redline(old, new) == [
        "[-Il rend ses clés-][+On donne les livres+]. [-Elle garde son badge-][+Tu prends un ticket+]."
        " La mairie ouvre chaque matin."
    ]
