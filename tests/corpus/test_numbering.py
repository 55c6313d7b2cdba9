from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.numbering import Numbered, read_title, slug, title_line, typed_number


@pytest.mark.parametrize(
    ("title", "label", "number", "words"),
    [
        ("Article 7 - Création du compte", "article", "7", "Création du compte"),
        ("ARTICLE 7 : OBJET", "article", "7", "OBJET"),
        ("Article 7. Objet", "article", "7", "Objet"),
        ("Art. 7 – Objet", "article", "7", "Objet"),
        ("Article 7", "article", "7", ""),
        ("Article 1er – Objet", "article", "1er", "Objet"),
        ("Article premier. Objet", "article", "premier", "Objet"),
        ("Article L-2", "article", "L", "2"),
        ("Section 5 : Reconnaissance faciale", "section", "5", "Reconnaissance faciale"),
        ("Chapitre IV — Divers", "chapitre", "IV", "Divers"),
        ("TITRE II", "titre", "II", ""),
        ("Annexe A – Poste de travail", "annexe", "A", "Poste de travail"),
        ("Partie 3 - Fin", "partie", "3", "Fin"),
        ("6.1.1 Étapes de la création", None, "6.1.1", "Étapes de la création"),
        ("1. PRÉAMBULE", None, "1", "PRÉAMBULE"),
        ("3) Durée", None, "3", "Durée"),
        ("12 – Durée", None, "12", "Durée"),
        ("IV. Durée", None, "IV", "Durée"),
        ("a) Durée", None, "a", "Durée"),
        ("Objet", None, None, "Objet"),
        ("Articles de presse", None, None, "Articles de presse"),
        ("Article d’une loi", None, None, "Article d’une loi"),
        ("2024", None, None, "2024"),
        ("ſection 5", None, None, "ſection 5"),
        ("", None, None, ""),
    ],
)
def test_a_title_is_taken_apart(title: str, label: str | None, number: str | None, words: str) -> None:
    assert read_title(title) == Numbered(label, number, words)


@pytest.mark.parametrize(
    ("paragraph", "number"),
    [
        ("1.1 Lors de l’utilisation", "1.1"),
        ("4.2.1. Le ministère", "4.2.1"),
        ("1. Une liste", None),
        ("Voir 1.1", None),
        ("1.1", None),
    ],
)
def test_the_number_typed_before_a_paragraph(paragraph: str, number: str | None) -> None:
    assert typed_number(paragraph) == number


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Définitions", "definitions"),
        ("Œuvre d'Art — n° 3", "oeuvre-d-art-n-3"),
        ("Conditions générales d’utilisation", "conditions-generales-d-utilisation"),
        ("Conditions générales d'utilisation", "conditions-generales-d-utilisation"),
        ("« L’Utilisateur »", "l-utilisateur"),
        ("Æther et œil", "aether-et-oeil"),
        ("μισι", ""),
        ("mot " * 30, "-".join(["mot"] * 15)),
    ],
)
def test_words_become_an_address(words: str, address: str) -> None:
    assert slug(words) == address


@given(st.text())
def test_an_address_is_always_plain_and_short(words: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(words))
    assert len(slug(words)) <= 60


@given(st.text())
def test_any_title_can_be_read(title: str) -> None:
    numbered = read_title(title)
    assert " ".join(title.split()).endswith(numbered.title)
    typed_number(title)
    title_line(title, bold=True)
    title_line(title, bold=False)
