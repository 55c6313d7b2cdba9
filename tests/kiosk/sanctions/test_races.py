"""Two people act at the same instant: one act is recorded, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine

from kiosk.sanctions import services
from kiosk.sanctions.errors import OutOfTurnError, SanctionError, UnknownProcedureError
from kiosk.sanctions.policy import Ground, Measure
from tests.kiosk.sanctions.people import DIRECTOR, OFFICER, accepted, ruling
from tests.kiosk.web import Making


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
