"""`cgu-verify` as a command: options, languages, what is trusted by default, nothing but files."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.proof import kinds
from kiosk.proof.receipt import State
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier import main
from kiosk.verifier.words import Words
from kiosk.verifier.words_english import ENGLISH
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof.making import PUBLISHER
from tests.kiosk.verifier.files import run


@pytest.mark.parametrize("words", [(), ("absent.json",), ("bon.json", "--trust", "rien.json")])
def test_a_wrong_call_is_code_2(folder: Path, words: tuple[str, ...]) -> None:
    assert run(folder, *words, trust=False).exit_code == 2


def test_every_option_has_a_help_in_french() -> None:
    for parameter in main.params:
        assert parameter.name == "files" or getattr(parameter, "help", None)
    assert "Vérifie hors ligne" in (main.help or "")


def test_it_loads_neither_web_nor_database_nor_network(folder: Path) -> None:
    program = (
        "import sys; from kiosk.verifier import main\n"
        "def audit(event, _):\n"
        "    if event.startswith('socket.'): raise SystemExit(9)\n"
        "sys.addaudithook(audit)\n"
        "try: main(standalone_mode=False)\n"
        "except SystemExit as end: code = end.code\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "heavy = loaded & {'flask', 'sqlalchemy', 'alembic', 'weasyprint', 'mkdocs', 'requests'}\n"
        "assert not heavy, heavy\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", program, str(folder / "bon.json"), "--trust", str(folder / "cles")]
    assert subprocess.run(command, check=False, stdout=subprocess.PIPE).returncode == 0


@pytest.mark.parametrize(
    ("words", "lang", "expected"),
    [
        ((), "en_GB.UTF-8", ENGLISH),
        ((), "de_DE.UTF-8", FRENCH),
        (("--lang", "en"), "fr_FR.UTF-8", ENGLISH),
        (("--lang", "fr"), "en_GB.UTF-8", FRENCH),
    ],
)
def test_it_answers_in_the_language_of_the_terminal_or_in_that_asked_for(
    folder: Path, words: tuple[str, ...], lang: str, expected: Words
) -> None:
    result = run(folder, "bon.json", "altere.json", *words, lang=lang)
    assert f"bon.json{expected.colon}{expected.verdicts[Verdict.UNATTESTED]}" in result.output
    assert f"altere.json{expected.colon}{expected.verdicts[Verdict.ALTERED]}3" in result.output
    assert expected.establishes in result.output
    assert result.output.rstrip().endswith(expected.would_establish)


def test_another_language_is_a_wrong_call(folder: Path) -> None:
    assert run(folder, "bon.json", "--lang", "de").exit_code == 2


def test_both_languages_have_words_for_everything() -> None:
    for one in (FRENCH, ENGLISH):
        assert set(one.verdicts) == set(Verdict)
        assert set(one.steps) == set(Step)
        assert set(one.states) == set(State)
        assert set(kinds.MEMBERS) <= set(one.kinds)
        assert {field for fields in kinds.COMMITTED.values() for field in fields} == set(one.fields)
    assert (set(FRENCH.labels), set(FRENCH.kinds)) == (set(ENGLISH.labels), set(ENGLISH.kinds))
    assert list(FRENCH.members) == list(ENGLISH.members)
    told = [{name: set(known) for name, known in one.values.items()} for one in (FRENCH, ENGLISH)]
    assert told[0] == told[1]


def test_without_a_trust_file_those_of_the_release_are_trusted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.proof.trust.release_trust", lambda: Trust((PUBLISHER.verifier,)))
    assert run(folder, "bon.json", trust=False).exit_code == 0


def test_a_trust_file_that_says_something_else_is_a_wrong_call(folder: Path) -> None:
    (folder / "cles").write_text("ledger rien\n")
    result = run(folder, "bon.json")
    assert (result.exit_code, "confiance, ligne 1 : " in result.output) == (2, True)


@pytest.mark.parametrize(
    ("option", "language", "told"),
    [
        ("--trust", "fr", "piege : ce n’est pas de l’UTF-8"),
        ("--trust", "en", "piege: not UTF-8"),
        ("--texte", "fr", "piege : plus de 10 Mo, trop long pour être examiné"),
        ("--texte", "en", "piege: over 10 MB, too long to be examined"),
    ],
)
def test_why_the_file_of_an_option_is_not_taken_is_told_in_the_language_of_the_answer(
    folder: Path, option: str, language: str, told: str
) -> None:
    (folder / "piege").write_bytes(b"\xff" * (10_000_001 if option == "--texte" else 1))
    result = run(
        folder, "bon.json", option, str(folder / "piege"), "--lang", language, trust=option != "--trust"
    )
    assert (result.exit_code, told in result.output) == (2, True)


def test_a_receipt_is_verified_within_three_tenths_of_a_second(folder: Path) -> None:
    command = [sys.executable, "-m", "kiosk.verifier", str(folder / "scelle.json"), "--trust"]
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, str(folder / "cles")], check=True, stdout=subprocess.PIPE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3, spent
