"""Sentences as a French reader cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgu_archive.corpus.sentences import sentences


def cut(words: str) -> list[str]:
    return [words[start:end] for start, end in sentences(words)]


@pytest.mark.parametrize(
    "words",
    [
        "Le service est gratuit.",
        "Selon l’art. 6 du texte, rien ne change.",
        "Selon l’art. L. 112-9 du code, rien ne change.",
        "Écrivez à M. Martin, à Mme. Durand ou à J. Petit.",
        "Le tarif n. 12 et le n° 4 sont de 1.5 ou 12.50 euros.",
        "Les cookies, traceurs, etc. sont refusés.",
        "1. Le service est gratuit.",
        "12.2. Le prix est dû.",
        "a. Le prix est dû.",
        "La société S.A. Exemple répond.",
        "Il dit : « Quoi ? » et part.",
        "Il attend… puis part.",
        "Écrivez à aide@ville.fr ou voyez www.ville.fr. merci",
        "Cf. Annexe et p. 12, ou e.g. 3 autres.",
        "Sans point final",
        "Elle est nommée (cf. Définitions) ci-après.",
    ],
)
def test_one_sentence_is_not_cut(words: str) -> None:
    assert cut(words) == [words]


@pytest.mark.parametrize(
    "parts",
    [
        ["Le service est gratuit.", "Il est facultatif."],
        ["Est-il gratuit ?", "Oui !", "Il l’est…", "Toujours."],
        ["Il dit « non. »", "Elle part."],
        ["Les cookies, traceurs, etc.", "Ils sont refusés."],
        ["Le délai est de 8.", "12 jours restent."],
        ["Voici la version 1.5.", "Elle remplace l’autre."],
        ["Version du 3 mars 2024.", "Elle remplace l’autre."],
        ["Le prix est de 12.", "« Prix » désigne la somme."],
        ["Voir www.ville.fr.", "Merci."],
        ["L’usager accepte...", "Il signe."],
    ],
)
def test_sentences_are_cut_apart(parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts
    assert cut("\u00a0" + "\u00a0 ".join(parts) + " ") == parts


def test_white_space_alone_is_no_sentence() -> None:
    assert cut("") == cut("  \u00a0") == []


@given(st.text(alphabet='aB1 .!?…«»"’)(,\u00a0', max_size=60))
def test_nothing_but_white_space_is_between_two_sentences(words: str) -> None:
    at = 0
    for start, end in sentences(words):
        assert words[at:start].strip() == ""
        assert start < end
        assert words[start:end] == words[start:end].strip()
        at = end
    assert words[at:].strip() == ""


@pytest.mark.parametrize("part", [".", ". ", "a.» ", '." ', "A. ", ".” ) ", "\u00a0", "1.2.", "a"])
def test_a_line_of_a_million_signs_is_read_once(part: str) -> None:
    words = part * (1_000_000 // len(part))
    found = sentences(words)
    assert all(start < end for start, end in found)
    assert sum(end - start for start, end in found) <= len(words)
