"""Wrong secrets stop who tries them, not the officer whose login they try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.accounts import limits
from kiosk.db import writing
from kiosk.legal_desk import brake
from kiosk.legal_desk.brake import LOGIN, NETWORK, PAIR, Door
from kiosk.legal_desk.errors import OfficerError, TooManyError
from kiosk.legal_desk.officers import Person
from kiosk.security import keyed_hasher
from tests.kiosk.legal_desk.case import SECRET, Case

HOME, STRANGER = "192.0.2.1", "198.51.100.7"
WRONG = "Un autre secret, 9 fois !"


@pytest.fixture
def jurist(case: Case) -> Person:
    return case.officer("c.martin", "Juriste")


def enter(
    case: Case, secret: str = SECRET, network: str = HOME, door: Door = Door.BROWSER, login: str = "c.martin"
) -> Person:
    return brake.authenticate(
        case.site.engine, "dgefp", login, secret, door=door, network=network, at=case.at,
        hasher=keyed_hasher(case.site.settings.secret_key),
    )  # fmt: skip


def miss(case: Case, times: int, network: str, login: str = "c.martin") -> None:
    for _ in range(times):
        with pytest.raises(OfficerError, match="inexact"):
            enter(case, WRONG, network, login=login)


def missed_elsewhere(case: Case, times: int, door: Door) -> None:
    """So many wrong secrets for the login, each from a network of its own: counted, not hashed."""
    hasher = keyed_hasher(case.site.settings.secret_key)
    with writing(case.site.engine) as session:
        for _ in range(times):
            limits.note(session, ((LOGIN, f"dgefp|{door}|c.martin"),), at=case.at, hasher=hasher)


def test_a_stranger_s_wrong_secrets_stop_the_stranger_alone(case: Case, jurist: Person) -> None:
    first = case.at
    miss(case, PAIR.count, STRANGER)
    with pytest.raises(TooManyError, match="Trop d’essais manqués") as stopped:
        enter(case, SECRET, STRANGER)
    assert stopped.value.until == first + PAIR.window
    assert enter(case) == jurist
    assert enter(case, SECRET, STRANGER, Door.TERMINAL) == jurist
    case.site.clock.at = stopped.value.until
    assert enter(case, SECRET, STRANGER) == jurist


def test_the_right_secret_counts_the_pair_anew(case: Case, jurist: Person) -> None:
    for _ in range(2):
        miss(case, PAIR.count - 1, HOME)
        assert enter(case) == jurist


def test_one_network_does_not_go_from_login_to_login(case: Case, jurist: Person) -> None:
    for number in range(NETWORK.count // 4):
        miss(case, 4, STRANGER, f"personne.{number}")
    with pytest.raises(TooManyError):
        enter(case, SECRET, STRANGER)
    assert enter(case) == jurist


def test_a_login_as_a_whole_is_stopped_far_later_and_not_by_one_network(case: Case, jurist: Person) -> None:
    assert LOGIN.count > PAIR.count * (LOGIN.window / PAIR.window), "one network never gets there"
    start = case.at
    missed_elsewhere(case, LOGIN.count - 1, Door.BROWSER)
    assert enter(case) == jurist
    case.site.clock.move(hours=1)
    miss(case, 1, STRANGER)
    with pytest.raises(TooManyError) as stopped:
        enter(case)
    assert stopped.value.until == start + LOGIN.window
    assert enter(case, door=Door.TERMINAL) == jurist, "strangers in a browser keep nobody from the terminal"
    case.site.clock.at = stopped.value.until
    assert enter(case) == jurist


def test_when_it_is_possible_again_is_never_told_a_second_too_early() -> None:
    at = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
    told = "Vous pourrez recommencer le 22 novembre 2026 à 09:00:0{} (heure de Paris)."
    assert brake.again(at) == told.format(0)
    assert brake.again(at + timedelta(microseconds=1)) == told.format(1)
