from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.comparison.tokens import (
    content_words,
    count_words,
    fold,
    fold_token,
    is_word,
    lower,
    tokenize,
)


@given(st.text())
def test_tokens_and_the_gaps_between_them_are_the_text(text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens.gaps) == len(tokens.words) + 1
    rebuilt = "".join(gap + word for gap, word in zip(tokens.gaps, (*tokens.words, ""), strict=True))
    assert rebuilt == text
    assert all(tokens.words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("l’utilisateur", ["l’", "utilisateur"]),
        ("L'usager", ["L'", "usager"]),
        ("jusqu’à lorsqu'il", ["jusqu’", "à", "lorsqu'", "il"]),
        ("aujourd’hui, rendez-vous", ["aujourd’hui", ",", "rendez-vous"]),
        ("« mot »", ["«", "mot", "»"]),
        ("12 000,50 €", ["12 000,50", "€"]),
        ("12\u00a0000 €", ["12\u00a0000", "€"]),
        ("1,5 % le 12/03/2024 à 10:30", ["1,5", "%", "le", "12/03/2024", "à", "10:30"]),
        ("l’article 6.1.1.", ["l’", "article", "6.1.1", "."]),
        ("v0.4 puis 3x", ["v0.4", "puis", "3x"]),
        ("10 000 12", ["10", "000", "12"]),
        ("a@b.exemple.fr.La suite", ["a@b.exemple.fr", ".", "La", "suite"]),
        ("https://a.fr/b?c=d.", ["https://a.fr/b?c=d", "."]),
        ("a...", ["a", "..."]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("a\tb\nc", ["a", "\t", "b", "\n", "c"]),
        ("", []),
        ("  ", []),
    ],
)
def test_french_words_numbers_and_dates_are_each_one_token(text: str, words: list[str]) -> None:
    assert list(tokenize(text).words) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("l'", "l’"),
        ("«", '"'),
        ("“", "»"),
        ("-", "–"),
        ("rendez‑vous", "rendez-vous"),
        ("cafe\u0301", "café"),
        ("uti\u00adlisateur", "utilisateur"),
        ("…", "..."),
        ("12\u202f000", "12 000"),
    ],
)
def test_typography_does_not_make_another_word(one: str, other: str) -> None:
    assert fold_token(one) == fold_token(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Utilisateur", "utilisateur"), ("12", "13"), (",", ";"), ("1,5", "15"), ("é", "e")]
)
def test_case_figures_punctuation_and_accents_make_another_word(one: str, other: str) -> None:
    assert fold_token(one) != fold_token(other)


def test_folding_keeps_plain_text() -> None:
    assert fold("abc") == "abc"
    assert lower("« L’Usager »") == '" l\'usager "'


def test_a_word_with_its_article_is_one_word() -> None:
    assert count_words("l’utilisateur paie 12 € – d'avance.") == 4
    assert count_words("« ; »") == 0


def test_small_words_say_nothing_unless_there_is_no_other() -> None:
    assert content_words(["le", "compte", "de", "usager"]) == {"compte", "usager"}
    assert content_words(["le", "de"]) == {"le", "de"}
    assert content_words([]) == frozenset()


@pytest.mark.parametrize(("token", "expected"), [("a", True), ("1", True), ("«", False), ("\u0301a", True)])
def test_a_token_with_a_letter_or_a_digit_is_a_word(token: str, expected: bool) -> None:
    assert is_word(token) is expected


def test_the_name_of_a_site_is_one_word() -> None:
    assert tokenize("sur drive.leclerc, mairie.exemple.fr et fin.Suite").words == (
        "sur", "drive.leclerc", ",", "mairie.exemple.fr", "et", "fin", ".", "Suite",
    )  # fmt: skip


def test_an_accent_written_twice_is_seen_once() -> None:
    assert fold_token("terminé\u0301") == fold_token("terminé")
    assert fold_token("termine") != fold_token("terminé")


def test_digits_that_are_joined_may_be_another_number() -> None:
    assert fold_token("5 100") == fold_token("5\u202f100")
    assert fold_token("5 100") != fold_token("5100"), "« lot 5 100 € » is no « lot 5100 € »"
