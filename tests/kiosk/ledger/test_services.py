"""The ledger keeps statements, and apart from them what names persons."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, select

from kiosk.db import reading, writing
from kiosk.ledger import services
from kiosk.ledger.errors import OpeningsError, UnknownStatementError
from kiosk.ledger.models import Disclosure, Pending, StatementRow
from kiosk.proof.commitment import Opening
from kiosk.proof.statement import Kind, make
from tests.kiosk.proof.making import AT, OPENINGS, decision, members


@pytest.fixture
def recorded(engine: Engine, at: datetime) -> str:
    with writing(engine) as session:
        return services.record(session, decision(), OPENINGS, at)


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


def test_what_opens_a_statement_can_be_destroyed_and_the_statement_stays(
    engine: Engine, recorded: str
) -> None:
    with reading(engine) as session:
        assert services.disclosures(session, recorded) == OPENINGS
    with writing(engine) as session:
        session.execute(delete(Disclosure))
    with reading(engine) as session:
        assert services.disclosures(session, recorded) == ()
        assert services.get(session, recorded) == decision()


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
    statement = make(Kind.DECISION, "publisher", AT, members(), (opening,))
    with pytest.raises(OpeningsError, match="1000"), writing(engine) as session:
        services.record(session, statement, (opening,), at)


def test_an_unknown_statement_is_not_there(engine: Engine) -> None:
    with pytest.raises(UnknownStatementError), reading(engine) as session:
        services.get(session, "0" * 64)
