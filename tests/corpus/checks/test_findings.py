"""What the numbered rules find on the five texts, each finding read and judged by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import Corpus

REVIEWED = Path(__file__).with_name("findings")
SERVICES = ("portail", "soffi", "ocapiat", "monjob62", "tableau-de-bord")
VERDICTS = ("true", "false")
SHOWN = 70
KNOWN = {
    "L-01": "soffi", "L-02": "soffi portail ocapiat monjob62", "L-03": "soffi monjob62", "L-04": "soffi",
    "L-05": "portail", "L-06": "portail ocapiat soffi monjob62", "L-07": "portail monjob62",
    "L-08": "portail", "L-09": "portail", "L-10": "soffi ocapiat", "L-11": "tableau-de-bord portail",
    "L-13": "soffi ocapiat", "L-14": "monjob62", "L-15": "portail soffi ocapiat tableau-de-bord",
    "L-16": "soffi monjob62", "L-17": "portail soffi monjob62 tableau-de-bord",
    "L-18": "portail monjob62 ocapiat", "L-19": "ocapiat", "L-20": "soffi ocapiat",
    "L-21": "portail soffi ocapiat monjob62 tableau-de-bord", "L-22": "soffi", "L-23": "monjob62",
    "L-24": "portail soffi monjob62", "L-25": "soffi", "L-27": "monjob62", "L-28": "soffi monjob62",
    "L-29": "monjob62",
}  # fmt: skip
"""Faults seen on first reading, by rule. L-12, L-26 and L-30 have none in these texts."""

Line = tuple[str, str, str]


def line(finding: Finding) -> Line:
    """Return the rule, line and first words of `finding`, as the reviewed files write them."""
    words = finding.place.words if finding.place else finding.message
    return (
        checks.number(finding) or "",
        str(finding.line or "-"),
        " ".join(words.replace("|", "/").split())[:SHOWN].strip(),
    )


def reviewed(service: str) -> list[tuple[Line, str, str]]:
    read = []
    for written in (REVIEWED / f"{service}.txt").read_text("utf-8").splitlines():
        if not written.startswith("#"):
            rule, number, words, verdict, why = (part.strip() for part in written.split(" | "))
            read.append(((rule, number, words), verdict, why))
    return read


@pytest.fixture(scope="module")
def found(corpus: Corpus) -> dict[str, list[Finding]]:
    everything = checks.check(corpus, lowest=Severity.INFO)
    return {
        service: [one for one in everything if one.file.startswith(f"{service}/") and checks.number(one)]
        for service in SERVICES
    }


@pytest.mark.requirement("P-47", "S-36", "S-38", "O-51", "M-01", "M-02")
@pytest.mark.parametrize("service", SERVICES)
def test_each_finding_is_reviewed_and_none_is_lost(found: dict[str, list[Finding]], service: str) -> None:
    assert sorted(map(line, found[service])) == sorted(one for one, _, _ in reviewed(service))


def test_one_finding_in_ten_at_most_is_a_false_alarm() -> None:
    everything = [one for service in SERVICES for one in reviewed(service)]
    assert {verdict for _, verdict, _ in everything} <= set(VERDICTS)
    assert all(why for _, _, why in everything), "a verdict has its reason"
    wrong = [one for one in everything if one[1] == "false"]
    assert len(wrong) <= len(everything) / 10, wrong


@pytest.mark.parametrize(("rule", "services"), KNOWN.items())
def test_each_rule_finds_the_faults_it_was_made_for(rule: str, services: str) -> None:
    everything = [(service, *one) for service in SERVICES for one in reviewed(service)]
    right = {service for service, (name, *_), verdict, _ in everything if (name, verdict) == (rule, "true")}
    assert set(services.split()) <= right


def test_a_published_text_is_spoken_of_and_never_mended(found: dict[str, list[Finding]]) -> None:
    everything = [one for findings in found.values() for one in findings]
    assert everything
    assert not any(one.fix for one in everything)
    assert not checks.errors(tuple(everything))


def test_words_stand_where_the_finding_says(corpus: Corpus, found: dict[str, list[Finding]]) -> None:
    texts = {str(version.address): version.text.decode() for _, _, version in corpus.versions()}
    placed = 0
    for one in (one for findings in found.values() for one in findings):
        place = one.place
        if place is None or place.start is None or place.end is None:
            continue
        text = texts[one.file.rpartition("/")[0]]
        assert one.line == text.count("\n", 0, place.start) + 1
        if place.columns:
            read = text.split("\n")[one.line - 1][place.columns[0] - 1 : place.columns[1]]
            assert read == text[place.start : place.end]
            assert read[0] == place.words[0]
            placed += 1
    assert placed >= 100
