"""What an officer proved holds as long as their secret and their place do: until the very act."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from kiosk.accounts import passwords
from kiosk.db import reading, writing
from kiosk.evidence import searches, services
from kiosk.evidence.models import EvidenceAct, EvidenceRequest
from kiosk.staff import officers, sessions
from kiosk.staff.errors import OfficerError
from kiosk.staff.models import OfficerRecord, OfficerSession
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from tests.kiosk.evidence.case import COURT, SECRET, Case
from tests.kiosk.evidence.test_views import DESK, TEAM, signed_in
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW = "Une huître, 3 perles grises !"
SINCE = "Votre secret a changé, ou vous n’êtes plus en fonction"


@pytest.fixture
def jurist(case: Case) -> Person:
    return case.officer("c.martin", "Juriste")


def change(case: Case, officer: Person, new: str = NEW) -> None:
    with writing(case.site.engine) as session:
        officers.change_secret(session, officer, officers.hashed(officer, SECRET, new))


def leave(case: Case, officer: Person) -> None:
    with writing(case.site.engine) as session:
        officers.deactivate(session, officer.publisher, officer.login, case.at)


@pytest.mark.parametrize("end", [change, leave])
def test_who_proved_a_secret_that_is_no_longer_theirs_does_nothing(
    case: Case, end: Callable[[Case, Person], None]
) -> None:
    request_id = case.released()
    waiting = case.asked(case.acting("c.martin"))
    proved = case.acting("a.durand")
    end(case, proved)
    before = [case.site.count(one) for one in (EvidenceRequest, EvidenceAct, OfficerRecord)]
    acts: tuple[Callable[[Session], object], ...] = (
        lambda session: searches.search(
            session, proved, list(case.offered), EMAIL, at=case.at, randomness=case.randomness
        ),
        lambda session: services.ask(
            session, proved, subject_id="0" * 32, service=None, grounds=COURT, at=case.at,
            randomness=case.randomness,
        ),
        lambda session: services.approve(session, proved, waiting, case.offered, case.at),
        lambda session: services.refuse(session, proved, waiting, case.at),
        lambda session: services.record_export(session, proved, request_id, "0" * 64, case.at),
        lambda session: officers.change_secret(session, proved, "$argon2id$x"),
        lambda session: sessions.begin(
            session, proved, at=case.at, randomness=case.randomness, hasher=lambda *parts: parts[-1]
        ),
    )  # fmt: skip
    for act in acts:
        with writing(case.site.engine) as session, pytest.raises(OfficerError, match=SINCE):
            act(session)
    assert [case.site.count(one) for one in (EvidenceRequest, EvidenceAct, OfficerRecord)] == before
    assert case.site.count(OfficerSession) == 0


@ON_BOTH
@pytest.mark.parametrize("act", [change, leave])
def test_while_an_act_is_not_over_the_secret_and_the_place_stay(
    case: Case, jurist: Person, act: Callable[[Case, Person], None]
) -> None:
    thread = Thread(target=act, args=(case, jurist))
    with writing(case.site.engine) as session:
        officers.let_act(session, jurist, Role.EVIDENCE, case.at)
        thread.start()
        thread.join(2)
        assert thread.is_alive(), "it waits"
    thread.join(30)
    with reading(case.site.engine) as session, pytest.raises(OfficerError):
        officers.confirm(session, jurist)


@ON_BOTH
def test_of_two_who_change_a_secret_at_once_one_alone_does(case: Case, jurist: Person) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            change(case, jurist, f"{NEW} Et une autre.")
        except OfficerError as error:
            refused.append(str(error))

    thread = Thread(target=second)
    with writing(case.site.engine) as session:
        officers.change_secret(session, jurist, officers.hashed(jurist, SECRET, NEW))
        thread.start()
        thread.join(2)
        assert thread.is_alive(), "it waits"
    thread.join(30)
    assert [one.startswith(SINCE) for one in refused] == [True]
    assert passwords.matches(case.acting("c.martin").secret_hash, NEW)


@ON_BOTH
def test_a_sign_in_with_a_secret_that_changes_meanwhile_opens_no_session(
    case: Case, jurist: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = passwords.matches

    def slowly(secret_hash: str | None, secret: str) -> bool:
        right = compare(secret_hash, secret)
        change(case, jurist)
        return right

    monkeypatch.setattr(passwords, "matches", slowly)
    browser = signed_in(case, "c.martin")
    assert (browser.status, SINCE in browser.words) == (422, True)
    assert browser.get(DESK).path == f"{TEAM}/connexion"
    assert case.site.count(OfficerSession) == 0


def test_a_person_says_nothing_of_their_secret(jurist: Person) -> None:
    assert jurist.secret_hash.startswith("$argon2id$")
    assert "argon2" not in repr(jurist)
