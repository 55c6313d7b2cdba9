"""`kiosk draft`: from the file to the text online and its cancellation, by commands alone; one door."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk import cli
from kiosk.cli import main
from kiosk.legal_desk import draft_commands
from kiosk.staff import factors
from kiosk.staff.factors import Factors
from kiosk.staff.roles import Role
from tests.kiosk.legal_desk.team import SECRET, Team

Run = Callable[..., Result]


@pytest.fixture
def run(light_team: Team, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command on the clock and the settings of the team, as people without a second factor."""
    monkeypatch.setattr(draft_commands, "system_clock", light_team.site.clock)
    for module in (draft_commands, cli):
        monkeypatch.setattr(module, "open_settings", lambda: light_team.site.settings)
    monkeypatch.setattr(factors, "of", lambda *_: Factors(application=False, keys=0, codes=0))

    def typed(*arguments: str, who: str | None = None) -> Result:
        light_team.site.clock.move(minutes=1)
        given = ["--publisher", "dgefp"] if arguments[0] == "draft" else []
        given += ["--as", who] if who else []
        return CliRunner().invoke(main, [*arguments, *given], input=f"{SECRET}\n")

    return typed


def test_from_a_file_to_the_text_online(light_team: Team, run: Run, tmp_path: Path) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    told = json.loads(run("draft", "list", "--json").stdout)
    assert "soffi" in told["lacking_a_second_person"]
    team.officer("r.electeur", Role.REVIEWER)
    team.officer("p.ublie", Role.PUBLISHER)
    file = tmp_path / "texte.md"
    rules = team.content().text  # its rules are quoted in it: a text that drops them is refused
    file.write_bytes(rules)
    opened = run("draft", "open", "soffi/cgu/v2", "--text", str(file), "--reason", "Essai.", who="a.uteur")
    assert opened.exit_code == 0, opened.output
    draft_id = opened.stdout.strip().splitlines()[-1]
    refused = run("draft", "submit", draft_id, who="a.uteur")
    assert refused.exit_code == 1
    assert "À corriger d’abord" in refused.output
    done = run("draft", "abandon", draft_id, "--reason", "Trop tôt.", who="a.uteur")
    assert "abandonné" in done.output

    draft_id = team.open(team.officer("b.utrice", Role.AUTHOR), what=team.plain()).draft.id
    assert "soumis" in run("draft", "submit", draft_id, who="b.utrice").output
    seen = json.loads(run("draft", "show", draft_id, "--json").stdout)["content_hash"]
    wrong = run("draft", "approve", draft_id, "--hash", "0" * 64, who="r.electeur")
    assert wrong.exit_code == 1
    assert "approuvé" in run("draft", "approve", draft_id, "--hash", seen, who="r.electeur").output
    later = run("draft", "schedule", draft_id, "--at", "2026-12-01T06:00", who="p.ublie")
    assert "programmé" in later.output
    assert "approuvé" in run("draft", "unschedule", draft_id, "--reason", "Avant.", who="p.ublie").output
    alone = run("draft", "publish", draft_id, "--yes", who="a.uteur")
    assert alone.exit_code == 1
    online = run("draft", "publish", draft_id, "--yes", who="p.ublie")
    assert "Publiée : soffi/cgu/v2" in online.output
    late = run("draft", "cancel", draft_id, "--reason", "Une erreur.", "--yes", who="p.ublie")
    assert late.exit_code == 1
    assert "a déjà pris effet" in late.output


def test_the_other_door_is_closed_when_there_is_a_desk(run: Run) -> None:
    refused = run("publish", "demonstration/cgu/v7", "--yes")
    assert refused.exit_code == 1
    assert "kiosk draft publish" in refused.output
