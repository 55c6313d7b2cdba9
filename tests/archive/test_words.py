"""The words of the pages: exact, French, and never more than what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.hashing import short
from cgu_archive.corpus.model import Mode, SupportHours
from cgu_archive.corpus.timeline import Standing
from cgu_archive.rendering import words
from tests.builders import a_metadata, a_service, a_version, an_accession


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DGEFP", "de DGEFP"),
        ("OCAPIAT", "d’OCAPIAT"),
        ("Département du Pas-de-Calais", "du Département du Pas-de-Calais"),
        ("Ville d’Exemple", "de Ville d’Exemple"),
        ("État", "d’État"),
    ],
)
def test_a_name_after_de(name: str, said: str) -> None:
    assert words.of(name) == said


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("Motif : « oui » ; non !", "Motif\u00a0: «\u00a0oui\u00a0»\u00a0; non\u00a0!"),
        ("Quoi ?", "Quoi\u00a0?"),
        ("10:30 et https://a.invalid", "10:30 et https://a.invalid"),
    ],
)
def test_spaces_of_double_punctuation_do_not_break(plain: str, set_: str) -> None:
    assert words.french(plain) == set_
    assert words.french(words.french(plain)) == set_


def test_words_with_accents_are_found_without_them() -> None:
    found = words.unaccented("L’œuvre à Noël, là : responsabilité ; texte 12 μισι")
    assert found == ("a", "la", "noel", "oeuvre", "responsabilite")


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0\xa0octets"), (999, "999\xa0octets"), (15_646, "15,6\xa0ko"), (1_240_000, "1,2\xa0Mo")],
)
def test_weights(size: int, said: str) -> None:
    assert words.weight(size) == said


def test_dates_keep_what_is_known() -> None:
    assert words.day(date(2026, 3, 1)) == "1er mars 2026"
    assert words.partial(PartialDate(2024)) == "2024"
    assert words.partial(PartialDate(2024, 1)) == "janvier 2024"
    assert words.partial(PartialDate(2024, 3, 29)) == "29 mars 2024"
    assert words.instant(datetime(2025, 6, 2, 7, 5, tzinfo=UTC)) == "2 juin 2025 à 9 h 05"
    assert words.instant(datetime(2026, 3, 1, 23, tzinfo=UTC)) == "2 mars 2026"
    assert words.day(datetime(2026, 2, 28, 23, tzinfo=UTC)) == "1er mars 2026", "the day it is in Paris"
    assert words.today(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == "22 novembre 2026"


def test_hours_of_support() -> None:
    support = SupportHours(("mon", "tue", "fri"), time(7, 30), time(19), None)
    assert words.hours(support) == "du lundi au vendredi, de 7 h 30 à 19 h"


def test_names_of_versions_say_what_is_missing() -> None:
    assert words.name(a_version(metadata=a_metadata(label="v0.3"))) == "version v0.3"
    month = a_version(metadata=an_accession(declared_on=PartialDate(2024, 1)))
    assert words.name(month) == "version de janvier 2024, sans numéro"
    day = a_version(metadata=an_accession(declared_on=PartialDate(2024, 3, 29)))
    assert words.name(day) == "version du 29 mars 2024, sans numéro"
    council = a_version(metadata=an_accession(approved_on=date(2025, 4, 8)))
    assert words.name(council) == "version approuvée le 8 avril 2025, sans numéro"
    received = a_version(metadata=an_accession())
    digest = short(received.text_hash)
    assert words.name(received) == f"version reçue le 5 janvier 2026, sans date ni numéro, empreinte {digest}"
    bare = a_version(metadata=an_accession(archived_on=None))
    assert words.name(bare) == f"version v1, sans date ni numéro, empreinte {digest}"


@pytest.mark.parametrize(
    ("mode", "fictional", "said"),
    [
        (Mode.DOCUMENTARY, False, "Dernière version connue"),
        (Mode.DOCUMENTARY, True, "Dernière version connue"),
        (Mode.DEMONSTRATION, False, "Dernière version connue"),
        (Mode.DEMONSTRATION, True, "En vigueur"),
        (Mode.PUBLISHER, False, "En vigueur"),
    ],
)
def test_only_who_may_say_it_says_in_force(mode: Mode, fictional: bool, said: str) -> None:
    service = a_service(fictional=fictional)
    assert words.standing(Standing.IN_FORCE, service, mode) == said


def test_other_states_are_said_alike_everywhere() -> None:
    said = {
        Standing.DRAFT: "Brouillon",
        Standing.UPCOMING: "À venir",
        Standing.LAST_KNOWN: "Dernière version connue",
        Standing.SUPERSEDED: "Remplacée",
    }
    for mode in Mode:
        for standing, label in said.items():
            assert words.standing(standing, a_service(), mode) == label


def test_who_speaks_is_said_first() -> None:
    real, fiction = a_service(fictional=False), a_service(fictional=True)
    version = a_version(metadata=an_accession())
    copy = (
        "Copie documentaire, non officielle. Texte de Ville, reçu le 5 janvier 2026."
        " Seule la publication de Ville fait foi."
    )
    assert words.banners(real, version, Mode.DOCUMENTARY) == (copy,)
    assert words.banners(real, version, Mode.DEMONSTRATION) == (words.DEMONSTRATION, copy)
    assert words.banners(real, version, Mode.PUBLISHER) == ()
    assert words.banners(fiction, version, Mode.DOCUMENTARY) == (
        "Service imaginaire : ce texte n’engage personne.",
    )
    assert words.banners(real, None, Mode.DOCUMENTARY) == (copy.replace(", reçu le 5 janvier 2026", ""),)
    assert words.general_banners(Mode.PUBLISHER) == ()
    assert words.general_banners(Mode.DOCUMENTARY) == (words.COPY,)


def test_a_version_says_where_it_comes_from() -> None:
    assert words.origin(a_version()) == "Publiée depuis cette archive"
    assert words.origin(a_version(metadata=an_accession())) == "Reçue d’ailleurs (versement)"
