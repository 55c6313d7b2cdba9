"""`kiosk draft`: from the file to the text online and its cancellation, by commands alone; one door."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from cgu_archive import cli as archive_cli
from cgu_archive.corpus.model import Mode
from kiosk import cli
from kiosk.cli import main
from kiosk.db import reading
from kiosk.legal_desk import deciding_commands, draft_commands, draft_terminal, drafts, remark_commands
from kiosk.staff import factors
from kiosk.staff.factors import Factors
from kiosk.staff.roles import Role
from kiosk.worker import WorkerContext, do_tasks
from tests.kiosk.legal_desk.team import SECRET, TEXT, Team
from tests.kiosk.legal_desk.test_in_browser import soffi_in_word

Run = Callable[..., Result]


@pytest.fixture
def run(light_team: Team, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command on the clock and the settings of the team, as people without a second factor."""
    for module in (draft_commands, draft_terminal, deciding_commands, remark_commands, cli):
        if hasattr(module, "system_clock"):
            monkeypatch.setattr(module, "system_clock", light_team.site.clock)
        if hasattr(module, "open_settings"):
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
    assert refused.exit_code == 1, refused.output
    assert "nature manque" in refused.output  # as its page says
    sheet = ("--reason-kind", "other", "--label", "v2", "--effective-on", "2020-01-01")
    assert run("draft", "sheet", draft_id, *sheet, who="a.uteur").exit_code == 0
    assert "Points à corriger" in run("draft", "submit", draft_id, who="a.uteur").output
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


def test_what_is_said_around_a_draft(light_team: Team, run: Run, tmp_path: Path) -> None:
    team = light_team
    team.officer("r.electeur", Role.REVIEWER)
    draft_id = team.open(team.officer("a.uteur", Role.AUTHOR), what=team.plain()).draft.id
    file = tmp_path / "texte.md"
    file.write_bytes(TEXT.replace(b"une autre", "les accès les accès".encode()))

    def author(name: str, *arguments: str) -> Result:
        return run("draft", name, "soffi/cgu/v2", *arguments, who="a.uteur")

    assert author("write", "--text", str(file), "--words", "Essai.").exit_code == 0
    stale = author("write", "--text", str(file), "--state", "1")
    assert (stale.exit_code, "a changé depuis" in stale.output) == (1, True)
    assert "L-07" in author("check").output
    assert "Aucun signalement n° 99" in author("fix", "99").output
    assert author("fix", "tout").exit_code == 0
    assert "L-07" not in author("check").output
    assert "n’a pas de disposition" in author("comment", "--at", "article-9", "--words", "Ici.").output
    assert author("comment", "--at", "article-1", "--words", "Trop long.").exit_code == 0
    number = str(team.get(draft_id).standing.acts)
    assert author("comment", "--answers", number, "--words", "Non.").exit_code == 0
    assert author("close-comment", number).exit_code == 0
    assert "clos : Trop long." in author("comments").output
    assert author("visa", "--who", "Direction", "--reference", "N-1", "--on", "2026-01-02").exit_code == 0
    late = author("visa", "--who", "Direction", "--reference", "N-1", "--on", "2126-01-02")
    assert "à venir" in late.output
    address = author("link", "--for", "La directrice", "--days", "2").stdout.strip().splitlines()[-1]
    browser = team.site.browser().get(address.removeprefix(team.site.settings.public_url))
    assert "Une phrase" in browser.words
    opened = str(team.get(draft_id).standing.acts)
    assert "La directrice" in author("links").output
    assert author("close-link", opened).exit_code == 0
    assert "Une phrase" in author("compare").output
    assert author("submit").exit_code == 0
    seen = team.get(draft_id).standing.content_hash
    assert run("draft", "approve", draft_id, "--hash", seen, who="r.electeur").exit_code == 0
    wrong = run("draft", "withdraw", draft_id, "--approval", "1", "--reason", "Non.", who="r.electeur")
    assert "ne compte plus" in wrong.output
    assert run("draft", "uncancel", draft_id, "--reason", "Non.", who="r.electeur").exit_code == 1
    back = run("draft", "withdraw", draft_id, "--reason", "À revoir.", who="r.electeur")
    assert "soumis" in back.output
    assert (
        "en cours d’écriture" in run("draft", "return", draft_id, "--reason", "Non.", who="r.electeur").output
    )


def test_files_join_a_draft_and_leave_it(light_team: Team, run: Run, tmp_path: Path) -> None:
    draft_id = light_team.open(light_team.officer("a.uteur", Role.AUTHOR), what=light_team.plain()).draft.id
    file, program = tmp_path / "Grille des prix.csv", tmp_path / "outil.exe"
    file.write_text("prix;euros\n1;2\n", "utf-8")
    program.write_bytes(b"MZ\x90\x00")

    def author(*arguments: str) -> Result:
        return run("draft", *arguments, who="a.uteur")

    def titles() -> list[str]:
        with reading(light_team.site.engine) as session:
            state = drafts.revision(session, drafts.find(session, "dgefp", draft_id))
            return [one.title for one in drafts.content(state).metadata.attachments]

    assert author("attach", draft_id, str(program), "--title", "Outil").exit_code == 1
    assert author("attach", draft_id, str(file), "--title", " Grille  des prix ").exit_code == 0
    assert titles() == ["Grille des prix"]
    with reading(light_team.site.engine) as session:
        state = drafts.revision(session, drafts.find(session, "dgefp", draft_id))
        name = drafts.content(state).metadata.attachments[0].name
    again = author("attach", draft_id, str(file), "--title", "Grille")
    assert (again.exit_code, "porte déjà le nom" in again.output) == (1, True)
    stale = author("retitle", draft_id, name, "--title", "Prix", "--state", "1")
    assert (stale.exit_code, "a changé depuis" in stale.output) == (1, True)
    assert author("retitle", draft_id, name, "--title", "Prix").exit_code == 0
    assert titles() == ["Prix"]
    assert author("detach", draft_id, name).exit_code == 0
    assert titles() == []
    assert author("detach", draft_id, name).exit_code == 1


def test_from_a_word_file_to_a_version_that_somebody_accepts(
    light_team: Team,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    team, site = light_team, light_team.site
    person = site.browser().sign_up("dgefp", "soffi", profile="opco").accept()
    person.get("/dgefp/soffi/cgu/decider").accept()
    team.officer("a.uteur", Role.AUTHOR)
    team.officer("r.electeur", Role.REVIEWER, Role.PUBLISHER, function="Directrice juridique")
    file = tmp_path / "CGU SOFFi projet.docx"
    file.write_bytes(soffi_in_word(team))
    monkeypatch.setattr(archive_cli, "_now", site.clock)
    texts = ["--texts", str(site.settings.texts_dir)]

    def cgu(*arguments: str) -> int:
        return archive_cli.main([*texts, *arguments])

    here = "soffi/cgu/v2"
    wanted = ("--service", "soffi", "--as", "v2", "--label", "v2", "--tracked", "accept")
    assert cgu("import", str(file), *wanted) == 0
    assert cgu("check", here) == 1  # what the text online says already: set aside below
    capsys.readouterr()
    assert cgu("compare", "soffi/cgu/sans-date-1", here, "--json") == 0
    kinds = [kind for one in json.loads(capsys.readouterr().out)["changes"] for kind in one["kinds"]]
    assert (kinds.count("deleted"), kinds.count("moved"), "edited" in kinds) == (1, 1, True)
    reason = ("--reason", "Une délibération du 10 novembre 2026.", "--reason-kind", "other")
    opened = run("draft", "open", here, *reason, who="a.uteur")
    assert opened.exit_code == 0, opened.output
    left = run(
        "draft", "set-aside", here, "tout", "--reason", "Déjà dans le texte en ligne.", who="a.uteur"
    )  # fmt: skip
    assert left.exit_code == 0, left.output
    assert run("draft", "fix", here, "tout", who="a.uteur").exit_code == 0
    submitted = run("draft", "submit", here, who="a.uteur")
    assert submitted.exit_code == 0, submitted.output
    seen = json.loads(run("draft", "show", here, "--json").stdout)["content_hash"]
    assert run("draft", "approve", here, "--hash", seen, who="r.electeur").exit_code == 0
    alone = run("publish", here, "--yes", who="a.uteur")
    assert alone.exit_code == 1
    online = run("publish", here, "--yes", who="r.electeur")
    assert online.exit_code == 0, online.output
    do_tasks(WorkerContext(site.settings, site.engine, site.clock))
    assert cgu("check", here) == 0
    person.get("/dgefp/soffi/cgu/decider")
    assert "par courriel et à la page d'accueil" in person.words
    assert "1 disposition supprimée, 1 disposition déplacée" in person.words
    assert person.accept().status == 200


def test_the_other_door_of_a_publisher_is_closed_when_there_is_a_desk(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SimpleNamespace(legal_desk=True, mode=Mode.PUBLISHER)
    monkeypatch.setattr(cli, "open_settings", lambda: settings)
    refused = run("publish", "demonstration/cgu/v7", "--yes")
    assert refused.exit_code == 1
    assert "kiosk draft publish" in refused.output
