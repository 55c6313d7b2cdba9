from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.hashing import canonical, metadata_hash
from cgu_archive.corpus.manifest import manifest
from cgu_archive.corpus.model import Corpus
from tests.builders import AT, a_corpus, a_draft, a_metadata, a_service, a_version, an_accession


def versions(corpus: Corpus, at: datetime) -> list[dict[str, Any]]:
    made: Any = manifest(corpus, at)
    return [version for terms in made["services"][0]["terms"] for version in terms["versions"]]


def test_a_manifest_is_json_that_says_its_format_and_instant() -> None:
    made = manifest(a_corpus(a_service()), AT)
    assert json.loads(canonical(made)) == made
    assert made["format"] == "cgu-manifest/1"
    assert made["at"] == "2026-01-05T08:00:00Z"
    assert made["publishers"] == [
        {"slug": "ville", "name": "Ville", "title": "Ville imaginaire", "public": True}
    ]


@pytest.mark.requirement("T-01", "O-01")
def test_the_six_dates_of_a_version_are_never_merged() -> None:
    metadata = a_metadata(
        label="v0.3",
        declared_on=PartialDate(2024, 1),
        approved_on=date(2025, 12, 1),
        effective_on=date(2026, 2, 1),
        required_on=date(2026, 3, 1),
    )
    version = a_version(metadata=metadata)
    (said,) = versions(a_corpus(a_service("mairie", version)), AT)
    assert {key: said[key] for key in said if key.endswith(("_on", "_at"))} == {
        "declared_on": "2024-01",
        "approved_on": "2025-12-01",
        "published_at": "2026-01-05T08:00:00Z",
        "effective_at": "2026-01-31T23:00:00Z",
        "required_at": "2026-02-28T23:00:00Z",
        "archived_on": "2026-01-05",
    }
    assert (said["address"], said["label"], said["standing"]) == ("mairie/cgu/v1", "v0.3", "upcoming")
    assert (said["text_hash"], said["metadata_hash"]) == (version.text_hash, version.metadata_hash)
    assert metadata_hash(said["metadata"]) == said["metadata_hash"]
    assert said["provisions"] == ["texte", "conditions", "article-1"]


def test_unknown_dates_are_null_and_drafts_stay_private() -> None:
    received = a_version(metadata=an_accession(archived_on=None))
    corpus = a_corpus(a_service("mairie", received, a_draft(text="# Brouillon secret\n")))
    (said,) = versions(corpus, AT)
    assert [said[key] for key in said if key.endswith(("_on", "_at"))] == [None] * 6
    assert "secret" not in json.dumps(manifest(corpus, AT))


def test_a_document_says_what_is_in_force_or_that_nobody_knows() -> None:
    def said(*held: Any, at: datetime = AT) -> tuple[object, object]:
        made: Any = manifest(a_corpus(a_service("mairie", *held)), at)
        terms = made["services"][0]["terms"][0]
        return terms["in_force"], terms["last_known"]

    assert said(a_version()) == ("mairie/cgu/v1", None)
    assert said(a_version(), at=AT - timedelta(days=1)) == (None, None)
    assert said(a_version(metadata=an_accession())) == (None, "mairie/cgu/v1")


def test_a_text_that_cannot_be_read_has_no_provision() -> None:
    (said,) = versions(a_corpus(a_service("mairie", a_version(text=b"\xff"))), AT)
    assert said["provisions"] == []


@pytest.mark.requirement("O-08")
def test_the_manifest_names_the_documents_that_nobody_deposited(corpus: Corpus) -> None:
    made: Any = manifest(corpus, datetime(2026, 12, 1, tzinfo=UTC))
    services = {service["slug"]: service for service in made["services"]}
    assert services["ocapiat"]["named_without_text"] == ["conditions générales", "conditions particulières"]
    assert services["soffi"]["requires"] == ["portail"]
    assert services["tableau-de-bord"]["known_not_held"]
