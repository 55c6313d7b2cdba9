"""Passwords: rules of the texts, what is too common, the hash."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.model import Corpus
from cgu_archive.corpus.rules import PasswordRule, password_rule
from kiosk.accounts.passwords import MAX_LENGTH, Problem, hashed, kinds, matches, problems

THREE = PasswordRule(12, 3, None)
FOUR = PasswordRule(12, 4, None)


def rule_of(corpus: Corpus, service: str) -> PasswordRule:
    return password_rule(corpus.service(service).document("cgu").published[-1].metadata.rules)


@pytest.mark.requirement("P-41")
def test_the_portail_asks_twelve_characters_of_three_kinds(corpus: Corpus) -> None:
    rule = rule_of(corpus, "portail")
    assert problems("vF7gkqzmwrt", rule) == (Problem.TOO_SHORT,)
    assert problems("vfgkqzmwrtx7", rule) == (Problem.TOO_FEW_KINDS,)
    assert problems("vFgkqzmwrtx7", rule) == ()


@pytest.mark.requirement("T-11", "S-24")
@pytest.mark.parametrize("service", ["tableau-de-bord", "soffi"])
@pytest.mark.parametrize("missing", ["vfgkqzmwrt7!", "VFGKQZMWRT7!", "vFgkqzmwrtx!", "vFgkqzmwrtx7"])
def test_two_texts_ask_the_four_kinds(corpus: Corpus, service: str, missing: str) -> None:
    rule = rule_of(corpus, service)
    assert problems(missing, rule) == (Problem.TOO_FEW_KINDS,)
    assert problems("vFgkqzmwrt7!", rule) == ()
    assert problems("vFgkqzmwr7!", rule) == (Problem.TOO_SHORT,)


@pytest.mark.requirement("S-30")
def test_where_soffi_contradicts_itself_the_strictest_sentence_holds(corpus: Corpus) -> None:
    assert Problem.TOO_SHORT in problems("vFgkqz7!", rule_of(corpus, "soffi"))


@pytest.mark.parametrize(
    "password",
    [
        "Motdepasse2024!",
        "M0td3passe!2025",
        "Password123!!",
        "P@ssw0rd2026!!",
        "Azertyuiop12!",
        "Qwerty123456!",
        "Aaaaaaaaaaa1!",
        "Abcdefghij12!",
        "Bienvenue2026!",
        "Juillet2025!!",
        "Camille.Martin1!",
        "Soffi-Soffi-2026",
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    own = ("camille.martin@example.org", "SOFFi")
    assert problems(password, THREE, own) == (Problem.COMMON,)


@pytest.mark.parametrize(
    "password",
    [
        "Un pré vert, 7 vaches !",
        "correct Horse battery 9 staple",
        "xK9#vQ2mZ-7tY",
        "Fauteuil-Rivage-42-Mousse",
    ],
)
def test_phrases_and_drawn_passwords_are_welcome(password: str) -> None:
    assert problems(password, FOUR, ("camille.martin@example.org",)) in ((), (Problem.TOO_FEW_KINDS,))
    assert problems(password, THREE, ("camille.martin@example.org",)) == ()


def test_length_is_bounded_and_never_cut() -> None:
    long = "Un pré vert, 7 vaches et 31 toits ! " * 8
    assert problems(long[:MAX_LENGTH], FOUR) == ()
    assert problems(long, FOUR) == (Problem.TOO_LONG,)
    assert not matches(hashed(long[:100]), long[:99])
    assert MAX_LENGTH >= 64


def test_kinds_know_accents() -> None:
    assert kinds("É") == 1
    assert kinds("Éa1 ") == 4


@pytest.mark.usefixtures("slow_hashes")
@pytest.mark.requirement("P-42")
def test_the_hash_is_argon2id_and_two_ways_to_type_an_accent_are_one() -> None:
    kept = hashed("Un pr\u00e9 vert")
    assert kept.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert "vert" not in kept
    assert matches(kept, "Un pre\u0301 vert")
    assert not matches(kept, "Un pre vert")
    assert not matches(None, "nobody has this password")
