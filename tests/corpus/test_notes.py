"""What people note beside frozen texts: silences and the register of links."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cgu_archive.corpus import checks, fields, loader, notes
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.notes import LinkRecord, Silence
from tests.builders import write_published, write_service

SILENCES = """\
format: cgu-silences/1
silences:
  - rule: L-14
    words: "Article 1 – Objet"
    reason: "Titre de l’éditeur."
    on: "2026-01-05"
    by: "Juriste"
  - rule: L-13
    at: article-1
    reason: "Une ligne de tableau."
    on: "2026-01-06"
    by: "Direction juridique"
"""
LINKS = """\
format: cgu-links/1
links:
  - url: https://ailleurs.invalid/a
    checked_on: "2026-01-05"
  - url: https://ailleurs.invalid/b
    checked_on: "2026-01-05"
    removed_on: "2026-02-01"
    reason: "Contenu illicite."
"""


def test_silences_and_links_stand_beside_what_is_frozen(tmp_path: Path) -> None:
    folder = write_service(tmp_path)
    write_published(tmp_path)
    (folder / "links.yml").write_text(LINKS, encoding="utf-8")
    (folder / "cgu/v1/silences.yml").write_text(SILENCES, encoding="utf-8")
    corpus = loader.load(tmp_path)
    assert corpus.service("mairie").links == (
        LinkRecord("https://ailleurs.invalid/a", date(2026, 1, 5), None, None),
        LinkRecord("https://ailleurs.invalid/b", date(2026, 1, 5), date(2026, 2, 1), "Contenu illicite."),
    )
    assert corpus.version("mairie/cgu/v1").silences == (
        Silence("L-14", "Article 1 – Objet", None, "Titre de l’éditeur.", date(2026, 1, 5), "Juriste"),
        Silence("L-13", None, "article-1", "Une ligne de tableau.", date(2026, 1, 6), "Direction juridique"),
    )
    assert {finding.rule for finding in checks.check(corpus)} == {"silence-unused"}, "nothing is altered"


def test_without_these_files_there_is_nothing(tmp_path: Path) -> None:
    write_service(tmp_path)
    write_published(tmp_path)
    corpus = loader.load(tmp_path)
    assert (corpus.service("mairie").links, corpus.version("mairie/cgu/v1").silences) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cgu-silences/1", "autre", "attendu « cgu-silences/1 »"),
        ('    reason: "Titre de l’éditeur."\n', "", "champ « silences[1].reason » absent"),
        ('"Titre de l’éditeur."', "null", "champ « silences[1].reason » : attendu un texte"),
        ('    words: "Article 1 – Objet"\n', "", "attendu « words »"),
        ('on: "2026-01-05"', "on: hier", "attendu un jour"),
        ("    by: ", "    qui: ", "champ « silences[1].qui » inconnu"),
    ],
)
def test_a_silence_lacks_nothing(old: str, new: str, said: str) -> None:
    assert old in SILENCES
    read, (finding,) = fields.load("silences.yml", SILENCES.replace(old, new, 1).encode(), notes.silences)
    assert read is None
    assert said in finding.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cgu-links/1", "autre", "attendu « cgu-links/1 »"),
        ("https://ailleurs.invalid/b", "https://ailleurs.invalid/a", "n’est pas déjà"),
        ("https://ailleurs.invalid/a", "ailleurs.invalid", "une adresse https://"),
        ("https://ailleurs.invalid/a", "javascript:a", "une adresse https://"),
        ("https://ailleurs.invalid/a", '"https://["', "une adresse https://"),
        ("https://ailleurs.invalid/a", "https://аilleurs.invalid/", "une adresse https://"),
        ('    reason: "Contenu illicite."\n', "", "« removed_on » et « reason » ensemble"),
        ('"2026-02-01"', '"2025-02-01"', "un jour à partir du 2026-01-05"),
    ],
)
def test_a_link_has_its_dates_and_its_reason(old: str, new: str, said: str) -> None:
    assert old in LINKS
    read, (finding,) = fields.load("links.yml", LINKS.replace(old, new, 1).encode(), notes.links)
    assert read is None
    assert said in finding.message


def test_a_file_that_cannot_be_read_stops_the_reading(tmp_path: Path) -> None:
    (write_service(tmp_path) / "links.yml").write_text("- 1\n")
    with pytest.raises(InvalidCorpusError, match=r"mairie/links\.yml:1"):
        loader.load(tmp_path)
