"""A finding left as it stands has its reason; a silence that covers nothing is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.notes import Silence
from tests.builders import a_corpus, a_draft, a_metadata, a_rule, a_service, a_version

TEXT = "# Titre\n\nGérer les accès les accès.\n\n## Article 2 – Suite\n\nLe droit le droit.\n\n<b>\n"


def a_silence(**changes: Any) -> Silence:
    values: dict[str, Any] = {
        "rule": "L-07", "words": None, "at": "titre", "reason": "Nom d’un écran.",
        "on": date(2026, 1, 5), "by": "Juriste",
    }  # fmt: skip
    return Silence(**(values | changes))


def rules(*silences: Silence, text: str = TEXT, **options: Any) -> list[str]:
    draft = replace(a_draft(text=text), silences=silences)
    return [finding.rule for finding in checks.check(a_corpus(a_service("mairie", draft)), **options)]


@pytest.mark.parametrize(
    "silence",
    [
        a_silence(),
        a_silence(at=None, words="les accès les accès"),
        a_silence(words="les  accès les\naccès"),
    ],
)
def test_a_silence_covers_its_words_or_its_provision_and_nothing_else(silence: Silence) -> None:
    assert rules() == ["L-07", "L-07", "html"]
    assert rules(silence) == ["L-07", "html"]


def test_a_rule_is_named_by_its_number_or_by_its_check() -> None:
    text = "# Titre\n\n[ici](#)\n"
    assert rules(text=text) == ["link-lost"]
    for rule in ("L-02", "link-lost"):
        assert rules(a_silence(rule=rule), text=text) == []


@pytest.mark.parametrize(
    "silence",
    [
        a_silence(at="article-2", words="les accès les accès"),
        a_silence(words="les accès", at=None),
        a_silence(rule="L-08"),
        a_silence(rule="html"),
    ],
)
def test_a_silence_that_covers_nothing_is_a_finding(silence: Silence) -> None:
    draft = replace(a_draft(text=TEXT), silences=(silence,))
    found = checks.check(a_corpus(a_service("mairie", draft)))
    (unused,) = [finding for finding in found if finding.rule == "silence-unused"]
    assert unused.severity is Severity.WARNING
    assert unused.file == "mairie/cgu/v2/silences.yml"
    assert "silence n° 1" in unused.message
    assert len(found) == 4, "and nothing is silenced"


def test_what_guards_the_corpus_is_never_silenced() -> None:
    rule = a_rule(quote="Le service est payant.")
    draft = replace(
        a_draft(rules=(rule,)),
        silences=(a_silence(rule="rule-quote", at=None, words="« article-1 »"),),
    )
    found = checks.check(a_corpus(a_service("mairie", draft)))
    assert [finding.rule for finding in found] == ["silence-unused", "rule-quote"]


def test_a_silence_on_a_rule_that_was_not_read_is_not_told() -> None:
    silence = a_silence(rule="L-16", words="CSA", at=None)
    published = replace(a_version(text="# Titre\n\nDevant la CSA.\n"), silences=(silence,))
    corpus = a_corpus(a_service("mairie", published))
    assert checks.check(corpus) == ()
    assert checks.check(corpus, lowest=Severity.INFO) == ()
    gone = replace(published, silences=(replace(silence, words="CSE"),))
    told = checks.check(a_corpus(a_service("mairie", gone)), lowest=Severity.INFO)
    assert [finding.rule for finding in told] == ["silence-unused", "L-16"]


def test_a_draft_in_memory_has_its_silences() -> None:
    service = a_service("mairie")

    def found(*silences: Silence) -> list[Finding]:
        metadata = a_metadata(published_at=None)
        return list(checks.on_draft(service, service.document("cgu"), TEXT.encode(), metadata, silences))

    assert [finding.rule for finding in found()] == ["L-07", "L-07", "html"]
    assert [finding.rule for finding in found(a_silence())] == ["L-07", "html"]
    assert {finding.file for finding in found()} == {"mairie/cgu/brouillon/texte.md"}


def test_a_text_is_published_with_its_silences() -> None:
    text = "## Article 1 – A\n\na\n\n## Article 3 – B\n\nb"
    service = a_service("mairie")
    draft = a_version(text=text)
    assert [f.rule for f in checks.errors(checks.candidate(service, draft))] == ["L-12"]
    told = replace(draft, silences=(a_silence(rule="L-12", at="article-3"),))
    assert checks.candidate(service, told) == ()
