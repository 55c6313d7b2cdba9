"""Wrong secrets stop who tries them, not the officer whose login they try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from kiosk.accounts import limits, passwords
from kiosk.accounts.models import Attempt
from kiosk.db import writing
from kiosk.security import keyed_hasher
from kiosk.staff import brake
from kiosk.staff.brake import BLOCK, LOGIN, NETWORK, PAIR, Door
from kiosk.staff.errors import OfficerError, TooManyError
from kiosk.staff.officers import Person
from tests.kiosk.evidence.case import SECRET, Case
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

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
    """So many wrong secrets for the login, each from a block of its own: counted, not hashed."""
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
    assert LOGIN.count == 10 * BLOCK.count
    assert LOGIN.window == BLOCK.window
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


@pytest.mark.parametrize(
    ("networks", "officer"),
    [
        ([f"2001:db8:7:{number:x}::" for number in range(2 * BLOCK.count)], "2001:db8:8:1::"),
        ([f"198.51.100.{number}" for number in range(2 * BLOCK.count)], "198.51.101.1"),
    ],
    ids=["IPv6", "IPv4"],
)
def test_whoever_holds_a_whole_block_of_addresses_keeps_nobody_out(
    case: Case, jurist: Person, monkeypatch: pytest.MonkeyPatch, networks: list[str], officer: str
) -> None:
    monkeypatch.setattr(passwords, "matches", lambda _hash, secret: secret == SECRET)
    refused = 0
    for network in networks:
        try:
            miss(case, 1, network)
        except TooManyError:
            refused += 1
    assert refused == len(networks) - BLOCK.count
    missed_elsewhere(case, LOGIN.count - BLOCK.count - 1, Door.BROWSER)
    assert enter(case, network=officer) == jurist
    case.site.clock.move(minutes=20)
    with pytest.raises(TooManyError):
        enter(case, WRONG, networks[-1])
    case.site.clock.at += BLOCK.window
    assert enter(case, network=networks[-1]) == jurist


def test_the_right_secret_leaves_no_try_behind(case: Case, jurist: Person) -> None:
    before = case.site.count(Attempt)
    miss(case, 1, HOME)
    assert case.site.count(Attempt) == before + 4
    for _ in range(2):
        assert enter(case) == jurist
        assert case.site.count(Attempt) == before + 3, "the pair counts anew, the others keep what was wrong"
        case.site.clock.move(minutes=1)


@ON_BOTH
@pytest.mark.usefixtures("jurist")
def test_of_many_tries_at_once_no_more_are_compared_than_one_after_another(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, compared, stopped = 12, list[str](), list[TooManyError]()
    together = Barrier(many)

    def compare(_hash: str | None, secret: str) -> bool:
        compared.append(secret)
        return False

    def one() -> None:
        together.wait(30)
        try:
            enter(case, WRONG, STRANGER)
        except TooManyError as error:
            stopped.append(error)
        except OfficerError:
            pass

    monkeypatch.setattr(passwords, "matches", compare)
    threads = [Thread(target=one) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(compared), len(stopped)) == (PAIR.count, many - PAIR.count)


def test_tries_count_while_their_secret_is_compared(
    case: Case, jurist: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = case.site.count(Attempt), list[int]()

    def compare(_hash: str | None, secret: str) -> bool:
        seen.append(case.site.count(Attempt))
        return secret == SECRET

    monkeypatch.setattr(passwords, "matches", compare)
    assert enter(case) == jurist
    assert (seen, case.site.count(Attempt)) == ([before + 4], before)


def test_when_it_is_possible_again_is_never_told_a_second_too_early() -> None:
    at = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
    told = "Vous pourrez recommencer le 22 novembre 2026 à 09:00:0{} (heure de Paris)."
    assert brake.again(at) == told.format(0)
    assert brake.again(at + timedelta(microseconds=1)) == told.format(1)
