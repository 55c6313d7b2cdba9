from __future__ import annotations

import pytest

from cgu_archive.corpus import provisions
from cgu_archive.corpus.model import Corpus
from cgu_archive.corpus.rules import (
    DEFAULT_PASSWORD_RULE,
    TYPES,
    PasswordRule,
    RuleKind,
    Value,
    password_rule,
    said_by,
    value_said,
)
from tests.builders import a_rule


def test_every_kind_of_rule_has_a_type() -> None:
    assert TYPES.keys() == set(RuleKind)


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        ("huit (8) jours", True),
        ("délai  de huit\n(8) jours", True),
        ("délai\u00a0de huit", True),
        ("Délai de huit", False),
        ("huit jours", False),
    ],
)
def test_a_rule_quotes_the_words_of_its_provision_marks_and_spaces_aside(quote: str, said: bool) -> None:
    text = provisions.read("80. Un **délai** de huit\n    (8) jours.\n".encode())
    assert said_by(a_rule(at="p-80", quote=quote), text.find("p-80")) is said


@pytest.mark.parametrize("kind", list(RuleKind))
def test_a_rule_is_frozen_field_by_field(kind: RuleKind) -> None:
    value = {bool: True, int: 8, str: "x"}[TYPES[kind]]
    frozen = a_rule(kind=kind, value=value).contractual()
    assert list(frozen) == ["id", "kind", "value", "at", "quote"]
    assert (frozen["kind"], frozen["value"]) == (kind.value, value)


def test_where_texts_are_silent_the_default_password_rule_applies() -> None:
    assert password_rule(()) == DEFAULT_PASSWORD_RULE == PasswordRule(12, 4, None)


@pytest.mark.requirement("S-24", "S-30")
def test_of_two_password_rules_in_one_text_the_strictest_applies(corpus: Corpus) -> None:
    rules = corpus.version("soffi/cgu/sans-date-1").metadata.rules
    assert {rule.value for rule in rules if rule.kind is RuleKind.PASSWORD_LENGTH} == {8, 12}
    assert password_rule(rules) == PasswordRule(12, 4, None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("portail/cgu/2024-01", PasswordRule(12, 3, None)),
        ("tableau-de-bord/cgu/v0.3", PasswordRule(12, 4, None)),
        ("ocapiat/cgu/ca-2025-04-08", PasswordRule(12, 4, 365)),
        ("monjob62/cgu/sans-date-1", DEFAULT_PASSWORD_RULE),
    ],
)
def test_the_password_rule_of_each_text(corpus: Corpus, address: str, expected: PasswordRule) -> None:
    assert password_rule(corpus.version(address).metadata.rules) == expected


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (PasswordRule(12, 3, None), PasswordRule(8, 4, 365), PasswordRule(12, 4, 365)),
        (PasswordRule(8, 3, 90), PasswordRule(14, 2, 365), PasswordRule(14, 3, 90)),
        (PasswordRule(8, 3, None), PasswordRule(8, 3, None), PasswordRule(8, 3, None)),
    ],
)
def test_the_strictest_of_two_services_satisfies_both(
    one: PasswordRule, other: PasswordRule, both: PasswordRule
) -> None:
    assert one.strictest(other) == other.strictest(one) == both


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("mon-fri 07:30-19:30", "du lundi au vendredi, de 7\u00a0h\u00a030 à 19\u00a0h\u00a030"),
        ("mon-sat 09:00-17:00", "du lundi au samedi, de 9\u00a0h à 17\u00a0h"),
        ("accept", "accepter de nouveau"),
        (True, "oui"),
        (12, "12"),
        ("le matin", "le matin"),
    ],
)
def test_values_are_said_as_people_say_them(value: Value, said: str) -> None:
    assert value_said(value) == said
