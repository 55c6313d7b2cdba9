"""Where texts lead, out of their service, and what the register of links says and does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cgu_archive.corpus import freezing, loader
from cgu_archive.corpus.linked import LinkState, outward, to_json
from cgu_archive.corpus.model import Service
from cgu_archive.corpus.notes import LinkRecord
from cgu_archive.rendering import LinkPolicy, link_policy
from tests.builders import a_service, a_version, write_published, write_service

DAY, LATER = date(2026, 1, 5), date(2026, 2, 1)
TEXT = """\
# Conditions

## Article 1 – Liens

Voir [la loi](https://loi.invalid/a), <https://ville.invalid/ici> et [l’autre](http://refus.invalid/).

## Article 2 – Encore

Voir <https://loi.invalid/a> ou [écrire](mailto:a@b.invalid).
"""


def a_service_with(*records: LinkRecord) -> Service:
    version = a_version(text=TEXT)
    made = a_service("mairie", version, unlinked_hosts=["refus.invalid"])
    return replace(made, links=records)


def test_each_link_is_told_with_its_places_and_its_state() -> None:
    service = a_service_with(LinkRecord("https://vieux.invalid/", DAY, LATER, "Contenu illicite."))
    (version,) = service.terms[0].versions
    found = {one.url: one for one in outward(service, [(version.address, version.text)])}
    assert {url: one.state for url, one in found.items()} == {
        "https://loi.invalid/a": LinkState.UNVERIFIED,
        "https://ville.invalid/ici": LinkState.UNVERIFIED,
        "http://refus.invalid/": LinkState.REFUSED,
        "https://vieux.invalid/": LinkState.REMOVED,
    }
    law = found["https://loi.invalid/a"]
    assert [(place.at, place.words) for place in law.places] == [
        ("article-1", "la loi"),
        ("article-2", "https://loi.invalid/a"),
    ]
    assert to_json(found["https://vieux.invalid/"]) == {
        "url": "https://vieux.invalid/", "state": "removed", "checked_on": "2026-01-05",
        "removed_on": "2026-02-01", "reason": "Contenu illicite.", "places": [],
    }  # fmt: skip


@pytest.mark.requirement("M-31")
@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("https://loi.invalid/a", False),
        ("https://loi.invalid/a/", False),
        ("https://loi.invalid/%61", False),
        ("https://loi.invalid/a/b", True),
        ("https://loi.invalid/", True),
        ("https://vu.invalid/", True),
        ("http://refus.invalid/", False),
    ],
)
def test_a_removed_address_and_its_twin_are_no_link(target: str, allowed: bool) -> None:
    service = a_service_with(
        LinkRecord("https://loi.invalid/a", DAY, LATER, "Contenu illicite."),
        LinkRecord("https://vu.invalid/", DAY, None, None),
    )
    assert link_policy(service).allows(target) is allowed
    assert LinkPolicy().allows(target)


def test_the_register_is_written_as_it_is_read_and_nothing_frozen_moves(tmp_path: Path) -> None:
    write_service(tmp_path)
    write_published(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    records = (
        LinkRecord("https://loi.invalid/a", DAY, None, None),
        LinkRecord("https://vieux.invalid/", DAY, LATER, "Contenu « illicite » : \\ \" # '"),
    )
    assert freezing.write_links(tmp_path, loader.load(tmp_path).service("mairie"), records)
    again = loader.load(tmp_path)
    assert again.service("mairie").links == records
    assert not freezing.write_links(tmp_path, again.service("mairie"), records)
    after = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.name for file in after.keys() - before.keys()} == {"links.yml"}
    assert {file: after[file] for file in before} == before
