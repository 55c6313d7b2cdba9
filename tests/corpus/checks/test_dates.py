from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cgu_archive.corpus import checks
from cgu_archive.corpus.model import Approval, Source
from tests.builders import a_corpus, a_document, a_metadata, a_service, a_version, an_accession


def said(*versions: Any) -> list[str]:
    findings = checks.check(a_corpus(a_service("mairie", *versions)))
    return [finding.message for finding in findings if finding.rule in ("dates", "dates-order", "approval")]


def dated(**changes: Any) -> list[str]:
    return said(a_version(metadata=a_metadata(**changes)))


def received(**changes: Any) -> list[str]:
    return said(a_version(metadata=an_accession(**changes)))


SOURCE = Source("source.docx", date(2026, 1, 6), "a" * 64)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"effective_on": date(2026, 1, 5)},
        {"effective_on": date(2026, 2, 1), "required_on": date(2026, 2, 1)},
        {"required_on": date(2026, 1, 5)},
        {"approved_on": date(2026, 1, 5), "approval": Approval("Conseil", date(2026, 1, 5))},
    ],
)
def test_dates_that_agree_are_not_reported(changes: dict[str, Any]) -> None:
    assert dated(**changes) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"effective_on": date(2026, 1, 4)}, "effective_on"),
        ({"required_on": date(2026, 1, 4)}, "required_on"),
        ({"effective_on": date(2026, 2, 2), "required_on": date(2026, 2, 1)}, "required_on"),
        ({"archived_on": date(2026, 1, 4)}, "archived_on"),
        ({"approved_on": date(2026, 1, 6)}, "published_at"),
        ({"source": SOURCE}, "archived_on"),
        ({"approval": Approval("Conseil", date(2025, 4, 8))}, "approved_on"),
    ],
)
def test_dates_that_cannot_all_be_true_are(changes: dict[str, Any], field: str) -> None:
    (message,) = dated(**changes)
    assert f"(champ « {field} ») : attendu" in message
    assert "trouvé" in message


@pytest.mark.requirement("O-01")
def test_an_approval_agrees_with_its_date() -> None:
    approval = Approval("Conseil d’administration", date(2025, 4, 8))
    assert received(approved_on=date(2025, 4, 8), approval=approval) == []
    assert len(received(approved_on=date(2025, 4, 9), approval=approval)) == 1
    assert len(received(approved_on=date(2026, 1, 6))) == 1, "received before it was approved"


def test_the_day_of_publication_is_that_of_paris() -> None:
    late = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    assert dated(published_at=late, archived_on=date(2026, 1, 6)) == []
    assert len(dated(published_at=late, archived_on=date(2026, 1, 5))) == 1


def at(day: int, **changes: Any) -> Any:
    instant = datetime(2026, 1, day, 8, tzinfo=UTC)
    metadata = a_metadata(published_at=instant, archived_on=date(2026, 1, day), **changes)
    return a_version(f"mairie/cgu/v{day}", f"# {day}\n", metadata)


def test_effects_never_go_back_in_order_of_publication() -> None:
    assert said(at(1), at(2, effective_on=date(2026, 2, 1)), at(3, effective_on=date(2026, 2, 1))) == []
    (message,) = said(at(1, effective_on=date(2026, 2, 1)), at(2))
    assert "prend effet" in message
    assert "« v1 »" in message


def test_publications_never_go_back_either() -> None:
    messages = said(at(2), at(1))
    assert [message.split()[0] for message in messages] == ["mise", "prend"]


def test_versions_of_unknown_date_break_no_order() -> None:
    unknown = a_version("mairie/cgu/recue", "# Reçue\n", an_accession())
    assert said(at(1), unknown, at(2)) == []
    assert a_document(unknown).published == (unknown,)
