from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Corpus, Service, Version
from cgu_archive.corpus.rules import RuleKind
from tests.builders import (
    a_corpus,
    a_draft,
    a_metadata,
    a_rule,
    a_service,
    a_version,
    an_acceptance,
    an_accession,
)


def findings(*versions: Version, **service: Any) -> list[Finding]:
    return list(checks.check(a_corpus(a_service("mairie", *versions, **service))))


def rules(*found: Finding) -> list[str]:
    return [finding.rule for finding in found]


def with_rules(*held: Any, **service: Any) -> list[Finding]:
    return findings(a_version(metadata=a_metadata(rules=held)), **service)


def test_a_received_text_has_no_instant_of_publication() -> None:
    assert findings(a_version(metadata=an_accession())) == []
    (finding,) = findings(a_version(metadata=an_accession(published_at=datetime(2026, 1, 5, 8, tzinfo=UTC))))
    assert finding.rule == "accession"
    assert "attendu null" in finding.message


@pytest.mark.requirement("P-09", "T-05")
@pytest.mark.parametrize("field", ["reason", "reason_kind", "published_at", "archived_on"])
def test_what_a_publication_must_say_is_missed(field: str) -> None:
    (finding,) = findings(a_version(metadata=a_metadata(**{field: None})))
    assert finding.rule == "missing"
    assert f"« {field} »" in finding.message
    assert findings(a_draft(**{field: None})) == []


@pytest.mark.parametrize("field", ["reason", "archived_on"])
def test_what_a_received_text_must_say_is_missed(field: str) -> None:
    (finding,) = findings(a_version(metadata=an_accession(**{field: None})))
    assert finding.rule == "missing"


def test_a_rule_is_named_once() -> None:
    (finding,) = with_rules(a_rule(), a_rule())
    assert finding.rule == "rule-id"


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        (RuleKind.NEW_VERSION, "accept", True),
        (RuleKind.NEW_VERSION, "ask", False),
        (RuleKind.EFFECT, "online", True),
        (RuleKind.EFFECT, "soon", False),
        (RuleKind.PASSWORD_CLASSES, 4, True),
        (RuleKind.PASSWORD_CLASSES, 5, False),
        (RuleKind.SUPPORT_HOURS, "mon-fri 07:30-19:30", True),
        (RuleKind.SUPPORT_HOURS, "le matin", False),
        (RuleKind.GATE, True, True),
        (RuleKind.GATE, False, False),
        (RuleKind.CURE_DAYS, 8, True),
    ],
)
def test_the_value_of_a_rule_is_one_that_the_software_knows(
    kind: RuleKind, value: object, right: bool
) -> None:
    found = with_rules(a_rule(kind=kind, value=value))
    assert rules(*found) == ([] if right else ["rule-value"])


def test_two_values_for_one_setting_are_said() -> None:
    twelve = a_rule(id="a", kind=RuleKind.PASSWORD_LENGTH, value=12)
    eight = a_rule(id="b", kind=RuleKind.PASSWORD_LENGTH, value=8)
    assert with_rules(twelve, a_rule(id="c", kind=RuleKind.PASSWORD_LENGTH, value=12)) == []
    (finding,) = with_rules(twelve, eight)
    assert (finding.rule, finding.severity) == ("rule-contradiction", Severity.WARNING)
    assert "12 (article-1), 8 (article-1)" in finding.message


@pytest.mark.requirement("S-30")
def test_the_two_password_rules_of_soffi_are_reported(corpus: Corpus) -> None:
    found = [f.message for f in checks.check(corpus) if f.rule == "rule-contradiction"]
    assert any("12 (p-28), 8 (p-33)" in message for message in found)


def test_a_service_never_asks_for_less_than_its_text_promises() -> None:
    rule = a_rule(kind=RuleKind.NEW_VERSION, value="accept")
    (finding,) = with_rules(rule, acceptance=an_acceptance(new_version="notify"))
    assert (finding.rule, finding.severity) == ("rule-service", Severity.WARNING)
    (stricter,) = findings(a_draft(rules=(rule,)), acceptance=an_acceptance(new_version="notify"))
    assert stricter.severity is Severity.ERROR
    asks_more = a_rule(kind=RuleKind.NEW_VERSION, value="notify")
    assert with_rules(asks_more, acceptance=an_acceptance(new_version="accept")) == []


def test_support_hours_are_those_of_the_text() -> None:
    hours = {"days": ["mon", "tue", "fri"], "opens": "07:30", "closes": "19:30", "outside_url": None}
    rule = a_rule(kind=RuleKind.SUPPORT_HOURS, value="mon-fri 07:30-19:30")
    assert with_rules(rule, support_hours=hours) == []
    (finding,) = with_rules(rule, support_hours=hours | {"closes": "18:00"})
    assert "du lundi au vendredi, de 7\u00a0h\u00a030 à 18\u00a0h" in finding.message


def pair(first: Version, **changes: Any) -> list[Finding]:
    metadata = a_metadata(**changes)
    return findings(first, a_version("mairie/cgu/v2", "# Deux\n", metadata))


def test_a_correction_names_a_version_published_before() -> None:
    assert pair(a_version(), corrects="v1") == []
    for slug in ("v2", "v9"):
        (finding,) = pair(a_version(), corrects=slug)
        assert finding.rule == "corrects"


def test_a_draft_does_not_correct_another_draft() -> None:
    (finding,) = findings(a_draft("mairie/cgu/a"), a_draft("mairie/cgu/b", "# Deux\n", corrects="a"))
    assert finding.rule == "corrects"


def test_two_texts_never_go_out_under_one_label() -> None:
    first = a_version(metadata=a_metadata(label="v0.3"))
    (finding,) = pair(first, label="v0.3")
    assert (finding.rule, finding.severity) == ("label", Severity.ERROR)
    assert pair(first, label="v0.4") == []
    received = a_version("mairie/cgu/v2", "# Deux\n", an_accession(label="v0.3"))
    (warning,) = findings(first, received)
    assert warning.severity is Severity.WARNING, "it happened elsewhere: it can only be said"


def test_the_same_bytes_under_two_addresses_are_said() -> None:
    (finding,) = findings(a_version(), a_version("mairie/cgu/v2"))
    assert (finding.rule, finding.severity) == ("identical", Severity.WARNING)


def test_a_candidate_is_judged_alone() -> None:
    service: Service = a_service()
    version = a_version(text="# Titre\n\n<b>\n", metadata=a_metadata(reason=None))
    assert rules(*checks.candidate(service, version)) == ["html", "missing"]
    received = a_version(text="# Titre\n\n<b>\n", metadata=an_accession())
    (warning,) = checks.candidate(service, received)
    assert warning.severity is Severity.WARNING


@pytest.mark.parametrize("field", ["label", "reason", "summary"])
def test_a_character_that_nobody_sees_is_refused_in_what_people_read(field: str) -> None:
    (finding,) = findings(a_version(metadata=a_metadata(**{field: "Article 1 \u202emodifié"})))
    assert finding.rule == "hidden-character"
    assert f"champ « {field} »" in finding.message
    assert "U+202E" in finding.message


@pytest.mark.parametrize("field", ["label", "reason", "summary"])
def test_a_character_that_no_font_draws_is_refused_in_what_people_read(field: str) -> None:
    (finding,) = findings(a_version(metadata=a_metadata(**{field: "Article 1 \u2665"})))
    assert (finding.rule, finding.severity) == ("undrawable", Severity.ERROR)
    assert f"champ « {field} »" in finding.message
    assert "(U+2665, BLACK HEART SUIT)" in finding.message
