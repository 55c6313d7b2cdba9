"""Two people act at the same instant: one act is recorded, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from kiosk.accounts import barred
from kiosk.accounts.models import Account, BarredAddress
from kiosk.db import writing
from kiosk.retention.services import close_account
from kiosk.sanctions import services
from kiosk.sanctions.errors import OutOfTurnError, SanctionError, UnknownProcedureError
from kiosk.sanctions.policy import Ground, Measure
from kiosk.security import keyed_hasher
from tests.kiosk.sanctions.people import DIRECTOR, OFFICER, Case, accepted, ruling
from tests.kiosk.web import Making

ON_POSTGRESQL = pytest.mark.databases("postgresql")
"""Where two writers wait for each other's rows; SQLite lets one write at a time."""
WHY = "Les fichiers ont été retirés."


@pytest.mark.parametrize("final", [False, True], ids=["two decisions", "two confirmations"])
def test_of_two_at_once_one_is_recorded(make_site: Making, engine: Engine, final: bool) -> None:
    case = accepted(make_site(engine, sanctions=True))
    notice = case.notice(measure=Measure.DELETION if final else Measure.SUSPENSION)
    procedure = case.act(services.notify, case.account_id, OFFICER, notice, case.site.clock()).procedure_id
    case.work()
    case.site.clock.move(days=9)
    at = case.site.clock()
    if final:
        deletion = ruling(measure=Measure.DELETION, ground=Ground.SERIOUS)
        case.act(services.decide, "dgefp", procedure, OFFICER, deletion, at)
    barrier, refused = threading.Barrier(2), []

    def act() -> None:
        barrier.wait()
        try:
            if final:
                case.act(services.confirm, "dgefp", procedure, DIRECTOR, at)
            else:
                case.act(services.decide, "dgefp", procedure, DIRECTOR, ruling(), at)
        except SanctionError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [UnknownProcedureError if final else OutOfTurnError]
    assert [one.act for one in case.acts()] == ["notice", "measure"]


def at_once(*acts: Callable[[], Any]) -> list[type[SanctionError]]:
    """Do acts in threads that start together; returns why some were refused."""
    barrier, refused = threading.Barrier(len(acts)), []

    def do(act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            act()
        except SanctionError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def due(case: Case) -> str:
    """Notify a suspension and let the time to answer pass; returns the procedure."""
    made = case.act(services.notify, case.account_id, OFFICER, case.notice(), case.site.clock())
    case.work()
    case.site.clock.move(days=9)
    return str(made.procedure_id)


@ON_POSTGRESQL
@pytest.mark.requirement("S-57")
def test_an_answer_and_a_decision_at_once_come_one_after_the_other(make_site: Making, engine: Engine) -> None:
    """An answer is never lost, whichever comes first."""
    case = accepted(make_site(engine, sanctions=True))
    procedure, at = due(case), case.site.clock()
    refused = at_once(
        lambda: case.act(services.answer, case.account_id, procedure, "J’ai tout retiré.", "f" * 32, at),
        lambda: case.act(services.decide, "dgefp", procedure, DIRECTOR, ruling(), at),
    )
    acts = [one.act for one in case.acts()]
    assert not refused
    assert acts in (["notice", "answer", "measure"], ["notice", "measure", "answer"])
    assert [one.sequence for one in case.acts()] == list(range(1, len(acts) + 1))
    assert [one["measure"] for one in case.measures()] == ["suspension"]
    assert len(case.said()) == len(acts)


@ON_POSTGRESQL
@pytest.mark.requirement("S-57")
def test_the_same_answer_sent_from_two_tabs_is_one(make_site: Making, engine: Engine) -> None:
    case = accepted(make_site(engine, sanctions=True))
    procedure, at = due(case), case.site.clock()

    def reply() -> Any:
        return case.act(services.answer, case.account_id, procedure, "J’ai tout retiré.", "f" * 32, at)

    assert at_once(reply, reply) == []
    assert [one.act for one in case.acts()] == ["notice", "answer"]


@ON_POSTGRESQL
@pytest.mark.requirement("O-58")
def test_a_lifting_beside_a_measure_of_another_procedure_leaves_that_measure_alone(
    make_site: Making, engine: Engine
) -> None:
    """What the account carries is written by both: none undoes the other."""
    case = accepted(make_site(engine, sanctions=True))
    first, second = due(case), due(case)
    case.act(services.decide, "dgefp", first, DIRECTOR, ruling(), case.site.clock())
    at = case.site.clock()
    assert not at_once(
        lambda: case.act(services.restore, "dgefp", first, OFFICER, WHY, at),
        lambda: case.act(services.decide, "dgefp", second, DIRECTOR, ruling(), at),
    )
    assert [one["procedure"] for one in case.measures()] == [second]


@ON_POSTGRESQL
@pytest.mark.requirement("O-58")
def test_a_lifting_and_the_deletion_of_the_account_at_once_leave_no_measure_that_was_lifted(
    make_site: Making, engine: Engine
) -> None:
    case = accepted(make_site(engine, sanctions=True))
    procedure = due(case)
    case.act(services.decide, "dgefp", procedure, DIRECTOR, ruling(), case.site.clock())
    at, hasher = case.site.clock(), keyed_hasher(case.site.settings.secret_key)

    def leave() -> None:
        with writing(engine) as session:
            account = session.get_one(Account, case.account_id, with_for_update=True)
            barred.keep(session, account, at=at, hasher=hasher)
            close_account(session, case.account_id, case.office, at)

    refused = at_once(lambda: case.act(services.restore, "dgefp", procedure, OFFICER, WHY, at), leave)
    lifted = [one.act for one in case.acts()][-1] == "restored"
    assert refused == ([] if lifted else [UnknownProcedureError])
    assert case.site.count(BarredAddress) == (0 if lifted else 1)
    assert case.site.count(Account) == 0


@ON_POSTGRESQL
@pytest.mark.requirement("O-58")
def test_what_its_date_ended_is_lifted_by_nobody(make_site: Making, engine: Engine) -> None:
    """Of a lifting and the end of a measure, the end comes first from its very instant."""
    case = accepted(make_site(engine, sanctions=True))
    procedure = due(case)
    until = case.site.clock() + timedelta(days=10)
    case.act(services.decide, "dgefp", procedure, DIRECTOR, ruling(until=until), case.site.clock())
    with pytest.raises(OutOfTurnError, match="a pris fin à sa date"):
        case.act(services.restore, "dgefp", procedure, OFFICER, WHY, until)
    made = case.act(services.restore, "dgefp", procedure, OFFICER, WHY, until - timedelta(seconds=1))
    assert made.act == "restored"
    assert case.measures() is None
