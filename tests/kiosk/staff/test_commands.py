"""`kiosk officer`: roles given and withdrawn, a code asked once there is a factor, a lost factor reset."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import main
from kiosk.staff import officer_commands
from tests.kiosk.staff.conftest import SECRET, Team

Run = Callable[..., Result]
AT = ("--publisher", "dgefp")
NEW = "Une huître, 3 perles grises !"


@pytest.fixture
def run(team: Team, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(officer_commands, "system_clock", team.site.clock)
    monkeypatch.setattr(officer_commands, "open_settings", lambda: team.site.settings)

    def typed(*arguments: str, answers: str = "") -> Result:
        result = CliRunner().invoke(main, ["officer", *arguments], input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return typed


def roles(run: Run) -> list[dict[str, str | None]]:
    (one,) = json.loads(run("list", "--json").stdout)
    return [{name: held[name] for name in ("role", "service")} for held in one["roles"]]


def test_roles_are_given_at_a_service_until_a_day_and_withdrawn(team: Team, run: Run) -> None:
    names = ("--name", "Prénom Nom", "--function", "Assistance")
    done = run(
        "add",
        "s.port",
        *AT,
        *names,
        "--role",
        "support",
        "--service",
        "soffi",
        answers=f"{SECRET}\n{SECRET}\n",
    )
    assert done.exit_code == 0, done.output
    assert roles(run) == [{"role": "support", "service": "soffi"}]
    until = run("grant", "s.port", *AT, "--role", "evidence", "--until", "2026-11-23")
    assert until.exit_code == 0, until.output
    assert "Assistance [support (soffi), evidence]" in run("list", *AT).output
    twice = run("grant", "s.port", *AT, "--role", "evidence")
    assert (twice.exit_code, "a déjà ce rôle" in twice.output) == (1, True)
    team.site.clock.at = team.site.clock.at.replace(day=23, hour=22, minute=59)
    assert len(roles(run)) == 2, "the whole of that day, in Paris"
    team.site.clock.move(minutes=1)
    assert roles(run) == [{"role": "support", "service": "soffi"}]
    for arguments, code, said in (
        (("withdraw", "s.port", *AT, "--role", "support"), 1, "n’a pas ce rôle"),
        (("withdraw", "s.port", *AT, "--role", "support", "--service", "soffi"), 0, "n’a plus le rôle"),
        (("grant", "personne", *AT, "--role", "support"), 2, "Aucun « personne »"),
        (("grant", "s.port", *AT, "--role", "support", "--service", "ocapiat"), 2, "n’est pas un service"),
    ):
        result = run(*arguments)
        assert (result.exit_code, said in result.output) == (code, True), result.output
    assert roles(run) == []


def test_a_terminal_asks_for_the_code_too_once_there_is_a_factor(team: Team, run: Run) -> None:
    team.add("c.martin")
    secret, codes = team.enrol(team.come("c.martin"))
    team.site.clock.move(minutes=1)
    change = ("secret", "c.martin", *AT)
    without = run(*change, answers=f"{SECRET}\n000000\n")
    assert (without.exit_code, "inexact, ou a déjà servi" in without.output) == (1, True)
    done = run(*change, answers=f"{SECRET}\n{team.code(secret)}\n{NEW}\n{NEW}\n")
    assert done.exit_code == 0, done.output
    first, second = os.pipe(), os.pipe()
    for (_, write), text in ((first, f"{NEW}\n{codes[0]}\n"), (second, f"{SECRET}\n")):
        os.write(write, text.encode())
        os.close(write)
    back = run(*change, "--secret-fd", str(first[0]), "--new-secret-fd", str(second[0]))
    assert back.exit_code == 0, back.output
    for read, _ in (first, second):
        os.close(read)


def test_the_operator_resets_a_lost_factor(team: Team, run: Run) -> None:
    team.add("c.martin")
    browser = team.come("c.martin")
    team.enrol(browser)
    assert run("factor", "c.martin", *AT).exit_code == 0
    assert browser.get("/dgefp/preuves").path == "/dgefp/equipe/connexion"
    assert team.come("c.martin").path == "/dgefp/equipe/second-facteur"
    assert run("factor", "x", *AT).exit_code == 2
