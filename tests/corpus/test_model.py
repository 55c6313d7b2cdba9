from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cgu_archive.corpus.dates import PartialDate
from cgu_archive.corpus.errors import UnknownAddressError
from cgu_archive.corpus.model import Address, Approval, Contact, Homologation, Source
from tests.builders import a_corpus, a_draft, a_metadata, a_rule, a_service, a_version, an_accession


def test_a_contact_without_any_way_to_reach_it_is_lost() -> None:
    assert Contact("Assistance", None, None, None, None).lost
    assert not Contact("Assistance", None, None, "01 02 03 04 05", None).lost


@pytest.mark.requirement("P-13", "T-08", "S-17")
def test_a_version_takes_effect_when_put_online_unless_a_day_is_given() -> None:
    online = datetime(2026, 2, 2, 8, tzinfo=UTC)
    assert a_metadata(published_at=online).effective_at == online
    later = a_metadata(published_at=online, effective_on=date(2026, 3, 2))
    assert later.effective_at == datetime(2026, 3, 1, 23, tzinfo=UTC)
    same_day = a_metadata(published_at=online, effective_on=date(2026, 2, 2))
    assert same_day.effective_at == online, "never before anyone could read it"
    assert an_accession().effective_at is None
    elsewhere = an_accession(effective_on=date(2024, 1, 1))
    assert elsewhere.effective_at == datetime(2023, 12, 31, 23, tzinfo=UTC)


def test_a_decision_is_required_at_the_end_of_the_grace_period() -> None:
    metadata = a_metadata()
    assert metadata.required_at == metadata.effective_at
    grace = a_metadata(required_on=date(2026, 4, 1))
    assert grace.required_at == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.requirement("P-01", "O-01", "M-01")
def test_the_frozen_metadata_keep_every_date_apart() -> None:
    frozen = a_metadata(
        declared_on=PartialDate(2024, 1),
        approved_on=date(2025, 4, 8),
        published_at=datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=1))),
        effective_on=date(2026, 2, 1),
        required_on=date(2026, 3, 1),
        archived_on=date(2026, 1, 6),
        approval=Approval("Conseil d’administration", date(2025, 4, 8)),
        homologation=Homologation("Délibération", date(2018, 12, 17)),
        source=Source("source.txt", date(2026, 1, 4), "a" * 64),
        rules=(a_rule(),),
    ).contractual()
    assert {key: frozen[key] for key in frozen if key.endswith(("_on", "_at"))} == {
        "declared_on": "2024-01",
        "approved_on": "2025-04-08",
        "published_at": "2026-01-05T08:00:00Z",
        "effective_on": "2026-02-01",
        "required_on": "2026-03-01",
        "archived_on": "2026-01-06",
    }
    assert frozen["approval"] == {"body": "Conseil d’administration", "on": "2025-04-08"}
    assert frozen["homologation"] == {"act": "Délibération", "on": "2018-12-17"}
    assert frozen["source"] == {"file": "source.txt", "received_on": "2026-01-04", "hash": "a" * 64}
    assert frozen["rules"] == [a_rule().contractual()]


def test_what_is_unknown_is_frozen_as_unknown() -> None:
    frozen = an_accession(reason=None, archived_on=None).contractual()
    assert {key for key, value in frozen.items() if value is None} == {
        "label", "declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on",
        "approval", "homologation", "reason", "reason_kind", "summary", "corrects", "source",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["soffi/cgu/sans-date-1", "/soffi/cgu/sans-date-1/"])
def test_an_address_names_service_document_and_version(text: str) -> None:
    address = Address.parse(text)
    assert address == Address("soffi", "cgu", "sans-date-1")
    assert str(address) == "soffi/cgu/sans-date-1"


@pytest.mark.parametrize("text", ["", "soffi", "soffi/cgu", "a/b/c/d", "a//c"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(UnknownAddressError, match="n’est pas une adresse de version"):
        Address.parse(text)


def test_a_corpus_finds_services_documents_and_versions() -> None:
    first, second = a_version(), a_draft()
    corpus = a_corpus(a_service("mairie", first, second), a_service("musee"))
    assert corpus.version("mairie/cgu/v1") == first
    assert corpus.version(second.address) == second
    assert [version for _, _, version in corpus.versions()] == [first, second]
    assert [publisher.slug for publisher in corpus.publishers] == ["ville"]
    document = corpus.service("mairie").document("cgu")
    assert (document.published, document.drafts) == ((first,), (second,))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("inconnu/cgu/v1", "Services connus : mairie, musee"),
        ("mairie/cgv/v1", "n’a pas de document « cgv »"),
        ("mairie/cgu/v9", "Versions connues : v1"),
        ("musee/cgu/v1", "Versions connues : aucune"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(address: str, said: str) -> None:
    corpus = a_corpus(a_service("mairie", a_version()), a_service("musee"))
    with pytest.raises(UnknownAddressError, match=said):
        corpus.version(address)
