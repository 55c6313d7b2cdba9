"""`kiosk evidence`: the same two people, from a terminal; no secret and nobody's name in a command."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.evidence import commands
from kiosk.evidence import officer_commands as forgetting_commands
from kiosk.evidence.searches import HOURLY
from kiosk.proof import bundle
from kiosk.proof.verify import Verdict
from kiosk.staff import officer_commands, sessions
from kiosk.staff import officers as officers_of_desk
from kiosk.staff.models import OfficerSession
from kiosk.verifier.bundle import judge_bundle
from tests.kiosk.evidence.case import SECRET, Case
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

Run = Callable[..., Result]
AS = ("--publisher", "dgefp", "--as")
GROUNDS = ("--requester", "Tribunal judiciaire de Paris", "--reason", "Contestation.")


@pytest.fixture
def run(case: Case, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command of `kiosk evidence`, on the clock and settings of the test."""
    for module in (commands, officer_commands, forgetting_commands):
        monkeypatch.setattr(module, "system_clock", case.site.clock)
        monkeypatch.setattr(module, "open_settings", lambda: case.site.settings)

    def typed(*arguments: str, answers: str = f"{SECRET}\n") -> Result:
        result = CliRunner().invoke(main, ["evidence", *arguments], input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return typed


@pytest.fixture
def officers(run: Run) -> None:
    for login, function in (("c.martin", "Juriste"), ("a.durand", "Directrice juridique")):
        done = run(
            "officer", "add", login, "--publisher", "dgefp", "--name", "Prénom Nom", "--function", function,
            answers=f"{SECRET}\n{SECRET}\n",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert SECRET not in done.output


def asked(run: Run) -> str:
    done = run("request", *AS, "c.martin", *GROUNDS, answers=f"{SECRET}\n{EMAIL}\n")
    assert done.exit_code == 0, done.output
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.usefixtures("officers")
def test_a_file_is_asked_approved_and_written_by_two_people(case: Case, run: Run, tmp_path: Path) -> None:
    request_id, out = asked(run), tmp_path / "preuve.zip"
    early = run("export", request_id, str(out), *AS, "c.martin")
    assert (early.exit_code, out.exists()) == (1, False)
    alone = run("approve", request_id, *AS, "c.martin", answers=f"{SECRET}\noui\n")
    assert alone.exit_code == 1
    assert "une autre personne" in alone.output
    hasty = run("approve", request_id, *AS, "a.durand", answers=f"{SECRET}\nnon\n")
    assert (hasty.exit_code, "n’a pas été comparée" in hasty.output) == (1, True)
    assert f"Personne : {EMAIL}" in hasty.output
    assert run("approve", request_id, *AS, "a.durand", answers=f"{SECRET}\noui\n").exit_code == 0
    done = run("export", request_id, str(out), *AS, "c.martin")
    assert done.exit_code == 0, done.output
    raw = out.read_bytes()
    assert bundle.digest(raw) in done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert judge_bundle(raw, case.trust).verdict is Verdict.INTACT
    assert run("export", request_id, str(out), *AS, "c.martin").exit_code == 2, "never written over"
    (told,) = json.loads(run("list", "--publisher", "dgefp", "--json").stdout)
    assert (told["id"], told["state"], told["requester"]) == (
        request_id,
        "approved",
        "Tribunal judiciaire de Paris",
    )
    assert [(one["act"], one["by"], one["bundle_hash"]) for one in told["acts"]] == [
        ("approved", "Directrice juridique", None), ("exported", "Juriste", bundle.digest(raw)),
    ]  # fmt: skip
    lines = run("list", "--publisher", "dgefp").output
    assert f"{request_id} : approuvée" in lines
    assert "dossier remis le 2026-11-22" in lines


@pytest.mark.usefixtures("officers")
def test_what_is_wrong_is_said_on_one_line(run: Run, tmp_path: Path) -> None:
    request_id = asked(run)
    wrong = [
        (("refuse", request_id, *AS, "c.martin"), "Un autre secret !\n", 1, "inexact"),
        (("request", *AS, "c.martin", *GROUNDS), f"{SECRET}\npersonne@example.org\n", 2, "Aucune décision"),
        (("request", *AS, "c.martin", *GROUNDS, "--service", "ocapiat"), "", 2, "n’est pas un service"),
        (("request", *AS, "c.martin", "--requester", " ", "--reason", "x"), "", 2, "--requester"),
        (("approve", "0" * 32, *AS, "a.durand"), f"{SECRET}\n", 2, "Aucune demande"),
        (("officer", "deactivate", "x", "--publisher", "dgefp"), "", 2, "Aucun « x »"),
        (("list", "--publisher", "inconnu"), "", 0, ""),
        (("approve", request_id, "--publisher", "inconnu", "--as", "a.durand"), "", 2, "aucun service"),
        (("approve", request_id, *AS, "a.durand", "--secret-fd", "99"), "", 2, "descripteur 99"),
    ]  # fmt: skip
    for arguments, answers, code, said in wrong:
        done = run(*arguments, answers=answers)
        assert (done.exit_code, said in done.output) == (code, True), done.output
    assert run("refuse", request_id, *AS, "a.durand").output.endswith("Refusée.\n")


@ON_BOTH
@pytest.mark.usefixtures("officers")
def test_officers_are_listed_and_leave(run: Run) -> None:
    found = json.loads(run("officer", "list", "--json").stdout)
    assert [(one["login"], one["function"], one["active"]) for one in found] == [
        ("a.durand", "Directrice juridique", True), ("c.martin", "Juriste", True),
    ]  # fmt: skip
    assert run("officer", "deactivate", "c.martin", "--publisher", "dgefp").exit_code == 0
    lines = run("officer", "list", "--publisher", "dgefp").output
    assert "dgefp/c.martin : Prénom Nom, Juriste (a quitté le service)" in lines
    assert run("request", *AS, "c.martin", *GROUNDS).exit_code == 1
    assert run("officer", "forget", "a.durand", "--publisher", "dgefp").exit_code == 1
    forgotten = run("officer", "forget", "c.martin", "--publisher", "dgefp")
    assert forgotten.exit_code == 0, forgotten.output
    assert "Prénom Nom, Juriste" not in run("officer", "list").output
    assert run("officer", "forget", "c.martin", "--publisher", "dgefp").exit_code == 2
    weak = run(
        "officer", "add", "x", "--publisher", "dgefp", "--name", "N", "--function", "F",
        answers="court\ncourt\n",
    )  # fmt: skip
    assert weak.exit_code == 1
    assert "Secret refusé" in weak.output


@pytest.mark.usefixtures("officers")
def test_a_secret_comes_from_a_descriptor_too(case: Case, run: Run) -> None:
    read, write = os.pipe()
    os.write(write, f"{SECRET}\n".encode())
    os.close(write)
    done = run("request", *AS, "c.martin", *GROUNDS, "--secret-fd", str(read), answers=f"{EMAIL}\n")
    os.close(read)
    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("officers")
def test_each_search_from_a_terminal_is_in_the_journal_and_they_end(case: Case, run: Run) -> None:
    asked(run)
    case.site.clock.move(minutes=1)
    for _ in range(HOURLY - 1):
        done = run("request", *AS, "c.martin", *GROUNDS, answers=f"{SECRET}\npersonne@example.org\n")
        assert done.exit_code == 2, done.output
    stopped = run("request", *AS, "c.martin", *GROUNDS, answers=f"{SECRET}\n{EMAIL}\n")
    assert stopped.exit_code == 1
    assert "Refusé : Vous avez fait 10 recherches en une heure" in stopped.output
    assert "Vous pourrez recommencer le 22 novembre 2026 à 11:01:02 (heure de Paris)." in stopped.output
    told = json.loads(run("journal", "--publisher", "dgefp", "--json").stdout)
    assert [one["found"] for one in told] == [0] * (HOURLY - 1) + [1]
    assert {(one["act"], one["by"], one["login"], one["criterion"]) for one in told} == {
        ("searched", "Juriste", "c.martin", "address")
    }
    assert [one["sequence"] for one in told] == list(range(HOURLY, 0, -1))
    lines = run("journal", "--publisher", "dgefp").output
    assert (
        "2026-11-22 09:01:01 UTC : recherche par adresse électronique, personnes trouvées : 1, par"
        " Juriste (c.martin)\n"
    ) in lines
    assert "@" not in lines
    assert "personnes trouvées : 1" in run("journal", "--publisher", "dgefp", "--about", answers=EMAIL).stdout
    nobody = run("journal", "--publisher", "dgefp", "--about", "--json", answers="autre@example.org\n")
    assert json.loads(nobody.stdout) == []
    assert run("journal", "--publisher", "dgefp", "--about", answers="\x07\n").exit_code == 2


@pytest.mark.usefixtures("officers")
def test_wrong_secrets_in_a_terminal_count_too(case: Case, run: Run) -> None:
    request_id = asked(run)
    for number in range(5):
        command = ("refuse", request_id) if number % 2 else ("officer", "secret", "a.durand")
        who = (*AS, "a.durand") if number % 2 else AS[:2]
        assert run(*command, *who, answers="Faux, 9 fois !\n").exit_code == 1
    stopped = run("refuse", request_id, *AS, "a.durand")
    assert stopped.exit_code == 1
    assert "Refusé : Trop d’essais manqués" in stopped.output
    assert "Vous pourrez recommencer le 22 novembre 2026 à 10:16:02 (heure de Paris)." in stopped.output
    assert run("refuse", request_id, *AS, "c.martin").exit_code == 0, "the other officer goes on"
    case.site.clock.move(minutes=16)
    again = run("refuse", request_id, *AS, "a.durand")
    assert "déjà été approuvée ou refusée" in again.output


@ON_BOTH
@pytest.mark.usefixtures("officers")
def test_an_officer_changes_their_secret_from_a_terminal(case: Case, run: Run) -> None:
    new = "Une huître, 3 perles grises !"
    change = ("officer", "secret", "c.martin", "--publisher", "dgefp")
    weak = run(*change, answers=f"{SECRET}\ncourt\ncourt\n")
    assert (weak.exit_code, "Secret refusé" in weak.output) == (1, True)
    with writing(case.site.engine) as session:
        token = sessions.begin(
            session, case.acting("c.martin"), at=case.at, randomness=case.randomness,
            hasher=lambda *parts: parts[-1],
        )  # fmt: skip
    done = run(*change, answers=f"{SECRET}\n{new}\n{new}\n")
    assert done.exit_code == 0, done.output
    assert new not in done.output
    with reading(case.site.engine) as session:
        assert session.get(OfficerSession, token) is None
    assert "inexact" in run("request", *AS, "c.martin", *GROUNDS, answers=f"{SECRET}\n{EMAIL}\n").output
    assert run("request", *AS, "c.martin", *GROUNDS, answers=f"{new}\n{EMAIL}\n").exit_code == 0
    assert "secret changé, par Juriste (c.martin)" in run("journal", "--publisher", "dgefp").output
    pipes = [os.pipe() for _ in range(2)]
    for (_, write), secret in zip(pipes, (new, SECRET), strict=True):
        os.write(write, f"{secret}\n".encode())
        os.close(write)
    (first, _), (second, _) = pipes
    back = run(*change, "--secret-fd", str(first), "--new-secret-fd", str(second), answers="")
    assert back.exit_code == 0, back.output
    for read in (first, second):
        os.close(read)


@pytest.mark.usefixtures("officers")
def test_whoever_knew_a_secret_does_nothing_once_it_changed_before_a_question_was_answered(
    case: Case, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, meanwhile = "Une huître, 3 perles grises !", case.acting("c.martin")

    def asked_meanwhile() -> str:
        secret_hash = officers_of_desk.hashed(meanwhile, SECRET, new)
        with writing(case.site.engine) as session:
            officers_of_desk.change_secret(session, meanwhile, secret_hash)
        return EMAIL

    monkeypatch.setattr(commands, "_person", asked_meanwhile)
    done = run("request", *AS, "c.martin", *GROUNDS)
    assert (done.exit_code, "Votre secret a changé" in done.output) == (1, True), done.output
    assert json.loads(run("list", "--publisher", "dgefp", "--json").stdout) == []
    assert json.loads(run("journal", "--publisher", "dgefp", "--json").stdout) == []
