from __future__ import annotations

from cgu_archive.corpus.errors import Finding, InvalidCorpusError, Severity


def test_a_finding_says_where_what_and_what_to_do() -> None:
    finding = Finding("a/service.yml", 3, "metadata", "champ « x » absent.", "Ajoutez-le.")
    assert str(finding) == "a/service.yml:3: champ « x » absent. Ajoutez-le. [metadata]"
    assert finding.severity is Severity.ERROR


def test_a_finding_without_line_names_the_file_alone() -> None:
    assert str(Finding("PUBLISHED", None, "r", "Faux.", "Corrigez.")) == "PUBLISHED: Faux. Corrigez. [r]"


def test_an_invalid_corpus_carries_every_finding() -> None:
    findings = tuple(Finding("f", n, "r", "Faux.", "Corrigez.") for n in (1, 2))
    error = InvalidCorpusError(findings)
    assert error.findings == findings
    assert str(error).splitlines() == [str(finding) for finding in findings]
