from __future__ import annotations

from typing import Any

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Severity
from cgu_archive.corpus.model import Address
from tests.builders import TEXT, a_corpus, a_draft, a_metadata, a_service, a_version

OTHER = TEXT.replace("gratuit", "payant")
FALSE = "Article 1 : objet. Article 2 : prix."


def said(*versions: Any) -> list[str]:
    findings = checks.check(a_corpus(a_service("mairie", *versions)))
    found = [finding for finding in findings if finding.rule == "summary"]
    assert all(finding.severity is Severity.WARNING for finding in found)
    return [f"{finding.file} : {finding.message}" for finding in found]


def published(slug: str, text: str | bytes, summary: str | None) -> Any:
    return a_version(f"mairie/cgu/{slug}", text, a_metadata(summary=summary))


def test_a_summary_that_agrees_is_not_reported() -> None:
    assert (
        said(published("v1", TEXT, FALSE), published("v2", OTHER, "Article 1 : le service est payant.")) == []
    )
    assert said(published("v1", TEXT, None), published("v2", OTHER, None)) == []
    assert said(published("v1", TEXT, None), published("v2", OTHER, "Il est payant.")) == []


def test_one_that_does_not_is_a_warning_on_its_version() -> None:
    assert said(published("v1", TEXT, None), published("v2", OTHER, FALSE)) == [
        "mairie/cgu/v2/version.yml : "
        "Le résumé nomme « article 2 », que ni l’ancien texte ni le nouveau n’ont."
    ]


def test_each_draft_is_set_against_the_last_published_version() -> None:
    drafts = [a_draft(f"mairie/cgu/v{n}", OTHER, summary=FALSE) for n in (2, 3)]
    assert len(said(published("v1", TEXT, None), *drafts)) == 2
    assert said(a_draft("mairie/cgu/v1", TEXT, summary=FALSE)) == []


def test_a_text_nobody_can_read_is_left_to_its_own_check() -> None:
    assert said(published("v1", TEXT, None), a_draft("mairie/cgu/v2", b"\xff", summary=FALSE)) == []


def test_it_is_said_before_publication() -> None:
    after = a_corpus(a_service("mairie", published("v1", TEXT, None), published("v2", OTHER, FALSE)))
    rules = [finding.rule for finding in checks.on_publishing(after, Address.parse("mairie/cgu/v2"))]
    assert "summary" in rules
    rules = [finding.rule for finding in checks.on_publishing(after, Address.parse("mairie/cgu/v1"))]
    assert "summary" not in rules
