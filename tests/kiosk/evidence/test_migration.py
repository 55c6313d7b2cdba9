"""The tables of the evidence room come and go beside data; what officers did is not dropped, nor changed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from kiosk.db import writing
from kiosk.evidence.models import EvidenceAct, EvidenceRequest, EvidenceWords
from kiosk.migrations import downgrade, is_current, upgrade
from kiosk.staff.models import OfficerRecord, SearchSalt

BEFORE = "0006"
"""The revision that these tables follow."""
TABLES = {
    "officer", "officer_session", "evidence_request", "evidence_words", "evidence_act", "officer_record",
    "search_salt", "officer_role", "officer_totp", "officer_key", "officer_code",
}  # fmt: skip


def fill(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        session.add(
            EvidenceRequest(
                id="1" * 32, publisher="essai", subject_id="e" * 32, service=None, officer_id="2" * 32,
                function="Juriste", asked_at=at, expires_at=at, words_hash="3" * 64,
            )
        )  # fmt: skip
        session.flush()
        session.add_all(
            [
                EvidenceWords(request_id="1" * 32, salt=b"s" * 16, requester="x", reference="", reason="y"),
                EvidenceAct(
                    request_id="1" * 32, sequence=1, act="refused", officer_id="4" * 32, function="x", at=at
                ),
            ]
        )


def fill_records(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        session.add(
            OfficerRecord(
                officer_id="1" * 32, sequence=1, publisher="essai", function="Juriste", at=at, act="searched",
                criterion="address", value_hash="2" * 64, found=0,
            )
        )  # fmt: skip
        session.flush()
        session.add(SearchSalt(officer_id="1" * 32, sequence=1, salt=b"s" * 16))


def test_they_come_and_go(engine: Engine) -> None:
    downgrade(engine, BEFORE)
    assert TABLES.isdisjoint(inspect(engine).get_table_names())
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) >= TABLES
    assert is_current(engine)


@pytest.mark.parametrize("revision", [BEFORE, "base"])
def test_who_asked_for_evidence_is_not_dropped(engine: Engine, at: datetime, revision: str) -> None:
    fill(engine, at)
    with pytest.raises(RuntimeError, match=r"evidence_request: empty expected, 1 row"):
        downgrade(engine, revision)
    assert is_current(engine)


@pytest.mark.parametrize("revision", ["0007", "base"])
def test_who_searched_for_a_person_is_not_dropped(engine: Engine, at: datetime, revision: str) -> None:
    fill_records(engine, at)
    with pytest.raises(RuntimeError, match=r"officer_record: empty expected, 1 row"):
        downgrade(engine, revision)
    assert is_current(engine)


def test_records_of_officers_come_to_a_desk_at_work(engine: Engine, at: datetime) -> None:
    downgrade(engine, "0007")
    fill(engine, at)
    upgrade(engine)
    fill_records(engine, at)
    assert is_current(engine)


@pytest.mark.parametrize("table", ["evidence_request", "evidence_act", "officer_record"])
def test_what_officers_did_cannot_be_changed_removed_or_emptied(
    engine: Engine, at: datetime, table: str
) -> None:
    fill(engine, at)
    fill_records(engine, at)
    columns = ", ".join(column["name"] for column in inspect(engine).get_columns(table))
    emptied = (
        f"TRUNCATE {table} CASCADE"
        if engine.dialect.name == "postgresql"
        else f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"
    )
    for statement in (f"UPDATE {table} SET function = 'x'", f"DELETE FROM {table}", emptied):
        with pytest.raises(DBAPIError, match=r"insert-only|FOREIGN KEY"), engine.begin() as connection:
            connection.execute(text(statement))
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1
