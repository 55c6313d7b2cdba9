"""`kiosk sanction`: the same acts from a terminal, by officers who sign in; no person's name in a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import main
from kiosk.sanctions import commands, register_commands, terminal
from kiosk.staff import officer_commands
from tests.kiosk.sanctions.people import ACTIONS, CONTACT, FACTS, Case
from tests.kiosk.web import Making

SECRET = "Un secret bien à moi, 42 !"
ADDRESS = "p7@example.org"
Run = Callable[..., Result]


@pytest.fixture
def run(case: Case, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command, on the clock and settings of the test."""
    for module in (commands, register_commands, terminal, officer_commands):
        monkeypatch.setattr(module, "system_clock", case.site.clock)
    for module in (terminal, officer_commands):
        monkeypatch.setattr(module, "open_settings", lambda: case.site.settings)

    def typed(*arguments: str, answers: str = f"{SECRET}\n") -> Result:
        result = CliRunner().invoke(main, list(arguments), input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    for login, function, role in (
        ("c.martin", "Cheffe de bureau", "sanctions"),
        ("a.durand", "Directrice", "sanctions"),
        ("s.autre", "Juriste", "evidence"),
    ):
        done = typed(
            "officer", "add", login, "--publisher", "dgefp", "--name", "Prénom Nom", "--function", function,
            "--role", role, answers=f"{SECRET}\n{SECRET}\n",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
    return typed


def test_from_notice_to_restoration_two_people_sign_in_and_nobody_is_named(
    case: Case, run: Run, tmp_path: Path
) -> None:
    facts, actions = tmp_path / "faits.txt", tmp_path / "suites.txt"
    facts.write_text(FACTS, "utf-8")
    actions.write_text(ACTIONS, "utf-8")
    who = ("--publisher", "dgefp", "--as", "c.martin")
    what = (
        "--service", "soffi", "--provision", "p-61", "--contact", CONTACT, "--facts", str(facts),
        "--actions", str(actions),
    )  # fmt: skip
    offered = run("sanction", "clauses", *who, "--service", "soffi", answers=f"{SECRET}\n{ADDRESS}\n")
    assert "p-61\tparagraphe 61" in offered.output
    assert "8 jours calendaires au moins" in offered.output
    wrong = run("sanction", "notify", *who, *what, "--measure", "termination", "--ground", "breach",
                answers=f"{SECRET}\n{ADDRESS}\n")  # fmt: skip
    assert (wrong.exit_code, "Le fondement manque" in wrong.output) == (1, True)
    nobody = run("sanction", "notify", *who, *what, "--measure", "termination", "--ground", "serious",
                 answers=f"{SECRET}\npersonne@example.org\n")  # fmt: skip
    assert nobody.exit_code == 2
    done = run("sanction", "notify", *who, *what, "--measure", "termination", "--ground", "serious",
               answers=f"{SECRET}\n{ADDRESS}\n")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Réponse possible jusqu’au 30 novembre 2026 inclus" in done.stdout
    procedure = case.procedure().id
    case.work()
    for command in (("show", procedure), ("drop", procedure, "--facts", str(facts))):
        stranger = run("sanction", *command, "--publisher", "dgefp", "--as", "s.autre")
        assert stranger.exit_code == 1, "another role"
        assert FACTS not in stranger.output
    assert run("sanction", "list", "--publisher", "dgefp").exit_code == 0
    case.site.clock.move(days=9)
    listed = run("sanction", "list", "--publisher", "dgefp", "--json")
    assert listed.exit_code == 1, "something is to be decided"
    (row,) = json.loads(listed.stdout)
    assert (row["id"], row["state"]) == (procedure, "due")
    assert ADDRESS not in listed.output
    decision = (
        "--measure",
        "termination",
        "--ground",
        "serious",
        "--facts",
        str(facts),
        "--actions",
        str(actions),
    )
    assert "seconde personne" in run("sanction", "decide", procedure, *who, *decision).output
    other = ("--publisher", "dgefp", "--as", "a.durand")
    blind = run("sanction", "confirm", procedure, *other)
    assert (blind.exit_code, FACTS in blind.output, "résiliation" in blind.output) == (0, True, True)
    assert len(case.said()) == 1, "what is shown is not taken"
    read = ("--read", blind.output.split()[-1])
    assert run("sanction", "confirm", procedure, *who, *read).exit_code == 1
    assert run("sanction", "confirm", procedure, *other, *read, answers="Un autre, 7 !\n").exit_code == 1
    since = run("sanction", "confirm", procedure, *other, "--read", "2026-01-01T00:00:00+00:00")
    assert (since.exit_code, "a changé depuis que vous l’avez lu" in since.output) == (1, True)
    assert run("sanction", "confirm", procedure, *other, *read).exit_code == 0
    assert case.said()[-1]["decided_by"] == "Cheffe de bureau ; Directrice"
    shown = run("sanction", "show", procedure, *who)
    assert FACTS in shown.output
    assert case.account_id not in shown.output
    assert run("sanction", "restore", procedure, *who, "--facts", str(facts)).exit_code == 0
    assert run("sanction", "restore", procedure, *who, "--facts", str(facts)).exit_code == 1
    assert run("sanction", "drop", "0" * 32, *who, "--facts", str(facts)).exit_code == 2
    assert case.measures() is None


def test_without_the_module_no_command_acts(
    make_site: Making, light: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(light)
    monkeypatch.setattr(terminal, "open_settings", lambda: site.settings)
    done = CliRunner().invoke(main, ["sanction", "list", "--publisher", "dgefp"])
    assert (done.exit_code, "KIOSK_SANCTIONS" in done.output) == (2, True)
