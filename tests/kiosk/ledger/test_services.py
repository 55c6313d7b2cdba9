"""The ledger keeps statements, hides persons, and hands out receipts that verify without it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from kiosk.db import reading, writing
from kiosk.ledger import services
from kiosk.ledger.errors import OpeningsError, UnknownStatementError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import Disclosure, Pending, StatementRow
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import SpecimenError
from kiosk.proof.statement import Kind, make
from kiosk.proof.verify import Step, read, verify
from tests.kiosk.proof.making import AT, OPENINGS, decision


@pytest.fixture
def key(tmp_path: Path) -> LedgerKey:
    return LedgerKey.load_or_create(tmp_path / "keys", "publisher", name="cgu.exemple.invalid/registre")


@pytest.fixture
def recorded(engine: Engine, at: datetime) -> str:
    with writing(engine) as session:
        return services.record(session, decision(), OPENINGS, at)


@pytest.mark.requirement("S-58", "O-56")
def test_the_receipt_of_a_recorded_decision_verifies_with_the_public_key_alone(
    engine: Engine, recorded: str, key: LedgerKey
) -> None:
    with reading(engine) as session:
        raw = services.receipt(session, recorded, key)
    verify(raw, (key.verifier,))
    held, said = read(raw)
    assert said.hash == recorded
    assert {one.field: one.value for one in held.disclosures} == {one.field: one.value for one in OPENINGS}


def test_a_receipt_that_discloses_nothing_names_nobody_and_verifies(
    engine: Engine, recorded: str, key: LedgerKey
) -> None:
    with reading(engine) as session:
        raw = services.receipt(session, recorded, key, disclose=False)
    verify(raw, (key.verifier,))
    assert b"camille" not in raw
    assert json.loads(raw)["disclosures"] == []


def test_a_recorded_statement_waits_to_be_sealed_and_holds_nothing_personal(
    engine: Engine, recorded: str
) -> None:
    with reading(engine) as session:
        row = session.get_one(StatementRow, recorded)
        assert session.scalars(select(Pending.statement_hash)).all() == [recorded]
        assert services.get(session, recorded) == decision()
    assert row.kind == "decision"
    for opening in OPENINGS:
        assert opening.value.encode() not in row.body


def test_a_receipt_still_verifies_once_the_disclosures_are_destroyed(
    engine: Engine, recorded: str, key: LedgerKey
) -> None:
    with writing(engine) as session:
        session.execute(delete(Disclosure))
    with reading(engine) as session:
        raw = services.receipt(session, recorded, key)
        assert services.disclosures(session, recorded) == ()
    verify(raw, (key.verifier,))


@pytest.mark.parametrize(
    "openings",
    [
        pytest.param((), id="none"),
        pytest.param(OPENINGS[:1], id="one missing"),
        pytest.param((OPENINGS[0], Opening("email", bytes(16), "autre")), id="another value"),
    ],
)
def test_openings_that_do_not_open_are_refused(
    engine: Engine, at: datetime, openings: tuple[Opening, ...]
) -> None:
    with pytest.raises(OpeningsError), writing(engine) as session:
        services.record(session, decision(), openings, at)
    with reading(engine) as session:
        assert session.scalars(select(StatementRow)).all() == []


def test_a_value_too_long_to_be_kept_is_refused(engine: Engine, at: datetime) -> None:
    opening = Opening("email", bytes(16), "x" * 1001)
    statement = make(Kind.DECISION, "publisher", AT, {}, (opening,))
    with pytest.raises(OpeningsError, match="1000"), writing(engine) as session:
        services.record(session, statement, (opening,), at)


def test_an_unknown_statement_has_no_receipt(engine: Engine, key: LedgerKey) -> None:
    with pytest.raises(UnknownStatementError), reading(engine) as session:
        services.receipt(session, "0" * 64, key)


def test_a_demonstration_gives_specimens(engine: Engine, at: datetime, tmp_path: Path) -> None:
    demonstration = LedgerKey.load_or_create(tmp_path / "keys", "demonstration")
    with writing(engine) as session:
        digest = services.record(session, decision("demonstration"), OPENINGS, at)
        raw = services.receipt(session, digest, demonstration)
    with pytest.raises(SpecimenError) as refused:
        verify(raw, (demonstration.verifier,))
    assert refused.value.step == Step.ENVIRONMENT
