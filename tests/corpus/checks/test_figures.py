from __future__ import annotations

import pytest

from cgu_archive.corpus import checks, provisions
from cgu_archive.corpus.checks.figures import Figure, unknown
from cgu_archive.corpus.errors import Severity
from cgu_archive.corpus.model import Corpus
from tests.builders import a_corpus, a_draft, a_rule, a_service


def figures(text: str, *rules: object) -> list[str]:
    return [figure.words for figure in unknown(provisions.read(text.encode()), rules)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("un délai de huit (8) jours calendaires", "huit (8) jours"),
        ("au moins douze caractères", "douze caractères"),
        ("au moins 12\u00a0caractères", "12 caractères"),
        ("une durée de 6 mois", "6 mois"),
        ("pour une durée d’un an", "un an"),
        ("pendant une année", "une année"),
        ("sous 24h ouvrées", "24h"),
        ("entre 2 et 4 semaines", "4 semaines"),
        ("une pénalité de 150 euros", "150 euros"),
        ("une remise de 10 %", "10 %"),
        ("payer 150 €", "150 €"),
        ("au moins trois des quatre catégories", "trois des quatre catégories"),
        ("avec au moins 3 des critères suivants", "3 des critères"),
    ],
)
def test_delays_amounts_and_lengths_are_figures(text: str, words: str) -> None:
    assert figures(text) == [words]


@pytest.mark.parametrize(
    "text",
    [
        "loi n° 78-17 du 6 janvier 1978",
        "article 5 du règlement (UE) 2016/679",
        "7 jours sur 7, 24 heures sur 24",
        "de 7:30 à 19:30 heure de Paris",
        "un caractère spécial, une majuscule",
        "mis à jour",
        "Windows 8 et plus",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert figures(text) == []


TEXT = "1. Un délai de huit jours.\n2. Un délai de huit jours, puis de six mois.\n"


def test_a_figure_is_known_when_a_rule_quotes_it_from_its_own_provision() -> None:
    rule = a_rule(at="p-1", quote="délai de  huit jours")
    assert list(unknown(provisions.read(TEXT.encode()), (rule,))) == [
        Figure("huit jours", "p-2", 1),
        Figure("six mois", "p-2", 1),
    ]


def test_a_rule_of_an_article_knows_the_figures_of_its_paragraphs() -> None:
    text = "## Article 1\n\n1.1 Un délai de huit jours.\n"
    assert figures(text) == ["huit jours"]
    assert figures(text, a_rule(at="article-1", quote="délai de huit jours")) == []


def test_a_figure_that_no_rule_knows_is_a_warning_with_its_place() -> None:
    draft = a_draft(text="# Titre\n\nmot\n\nUn délai de huit jours.\n")
    (finding,) = checks.check(a_corpus(a_service("mairie", draft)))
    assert (finding.rule, finding.line, finding.severity) == ("figure", 5, Severity.WARNING)
    assert "« huit jours » (titre)" in finding.message


def test_the_rules_of_this_repository_know_the_figures_of_its_texts(corpus: Corpus) -> None:
    """Two delays of OCAPIAT's own procedure bind nobody here."""
    found = [finding.message for finding in checks.check(corpus) if finding.rule == "figure"]
    assert [message.split(" : ")[0] for message in found] == [
        "« 4 semaines » (consentement)",
        "« 24h » (consentement)",
    ]
