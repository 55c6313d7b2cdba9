"""What names people in the evidence room ends: old words, sessions that ended, officers who left."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk import worker
from kiosk.db import reading, writing
from kiosk.evidence import forgetting
from kiosk.evidence.forgetting import WORDS_KEPT_YEARS
from kiosk.evidence.models import EvidenceWords
from kiosk.evidence.services import LIFETIME, Act
from kiosk.retention.terms import years_after
from kiosk.staff import officers, sessions
from kiosk.staff.errors import OfficerError, UnknownOfficerError
from kiosk.staff.models import OfficerSession
from tests.kiosk.evidence.case import COURT, Case
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

ROOT = Path(__file__).parents[3]
SECOND = timedelta(seconds=1)


def tidied(case: Case, at: datetime) -> None:
    """Let the worker do its hourly round at an instant."""
    case.site.clock.at = at
    worker.tidy(case.context)


@ON_BOTH
def test_the_worker_destroys_the_words_of_a_request_five_years_after_its_end(case: Case) -> None:
    asker = case.officer("c.martin", "Juriste")
    old = case.asked(asker)
    end = case.at + LIFETIME
    case.site.clock.move(minutes=1)
    young = case.asked(asker)
    term = years_after(end, WORDS_KEPT_YEARS)
    tidied(case, term - SECOND)
    assert case.get(old).grounds == COURT
    tidied(case, term)
    assert (case.get(old).grounds, case.get(young).grounds) == (None, COURT)
    with reading(case.site.engine) as session:
        assert session.scalars(select(EvidenceWords.request_id)).all() == [young]
    assert case.get(old).function == "Juriste", "that it was asked, and by which function, stays"


def test_the_term_is_told_to_who_reads_about_security() -> None:
    told = " ".join((ROOT / "SECURITY.md").read_text("utf-8").split())
    assert WORDS_KEPT_YEARS == 5
    assert "destroyed by the worker five years after the end of the request" in told


def test_the_worker_destroys_sessions_that_ended(case: Case) -> None:
    officer = case.officer("c.martin", "Juriste")
    for _ in range(2):
        with writing(case.site.engine) as session:
            sessions.begin(
                session, officer, at=case.at, randomness=case.randomness,
                hasher=lambda *texts: "".join(texts)[:64],
            )  # fmt: skip
        end = case.at + sessions.HALF_OPEN
        case.site.clock.move(minutes=30)
    tidied(case, end - SECOND)
    assert case.site.count(OfficerSession) == 1
    tidied(case, end)
    assert case.site.count(OfficerSession) == 0


def test_an_officer_who_left_is_forgotten_and_their_acts_keep_the_function(case: Case) -> None:
    request_id = case.released()
    with writing(case.site.engine) as session:
        officers.deactivate(session, "dgefp", "a.durand", case.at)
    case.site.clock.at = case.get(request_id).expires_at
    with writing(case.site.engine) as session:
        forgetting.forget_officer(session, "dgefp", "a.durand", case.at)
    assert [one.login for one in case.officers()] == ["c.martin"]
    assert [(done.act, done.function) for done in case.get(request_id).acts] == [
        (Act.APPROVED, "Directrice juridique")
    ]
    with reading(case.site.engine) as session, pytest.raises(UnknownOfficerError):
        forgetting.forget_officer(session, "dgefp", "a.durand", case.at)


def test_who_is_at_work_or_has_an_open_request_is_not_forgotten(case: Case) -> None:
    request_id = case.asked(case.officer("c.martin", "Juriste"))
    end = case.get(request_id).expires_at
    with writing(case.site.engine) as session:
        with pytest.raises(OfficerError, match="est en fonction"):
            forgetting.forget_officer(session, "dgefp", "c.martin", end)
        officers.deactivate(session, "dgefp", "c.martin", case.at)
        with pytest.raises(OfficerError, match="n’est pas encore close"):
            forgetting.forget_officer(session, "dgefp", "c.martin", end - SECOND)
        with pytest.raises(UnknownOfficerError):
            forgetting.forget_officer(session, "pas-de-calais", "c.martin", end)
        forgetting.forget_officer(session, "dgefp", "c.martin", end)
    assert case.officers() == []
