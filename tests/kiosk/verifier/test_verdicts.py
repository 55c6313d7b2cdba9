"""`cgu-verify`: verdicts in plain words, exit codes."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import rfc8785

from kiosk.proof import receipt
from kiosk.verifier.words_french import FRENCH
from tests.kiosk.proof.making import DOCUMENT, decision, issued, promised
from tests.kiosk.verifier.files import ESTABLISHES, TEXT_DIGEST, rewritten, run


@pytest.mark.requirement("S-58")
def test_an_intact_receipt_says_so_and_tells_text_decision_and_time(folder: Path) -> None:
    result = run(folder, "bon.json")
    assert result.exit_code == 0
    for words in (
        "bon.json : Intact, heure non attestée",
        "7. enregistrement d’un éditeur, non d’une démonstration : oui",
        "5. enregistrement présent dans le registre signé : sans objet",
        "État : signé, pas encore scellé",
        "Objet : acceptée",
        "Texte : essai/cgu/v1",
        f"Empreinte du texte : {TEXT_DIGEST}",
        "Heure : 2026-11-22T08:00:00.123456Z (heure du serveur, non attestée par un tiers)",
        "Adresse : camille@exemple.invalid",
        ESTABLISHES,
    ):
        assert words in result.output


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("altere.json", "Altéré ou incomplet : étape 3"),
        ("rien.json", "Altéré ou incomplet : étape 1"),
        ("specimen.json", "Spécimen sans valeur"),
    ],
)
def test_anything_else_is_refused_with_its_reason_and_what_it_never_establishes(
    folder: Path, file: str, words: str
) -> None:
    result = run(folder, file)
    assert result.exit_code == 1
    assert f"{file} : {words}" in result.output
    specimen = file == "specimen.json"
    assert result.output.rstrip().endswith(ESTABLISHES if specimen else FRENCH.would_establish)
    assert (ESTABLISHES in result.output) is specimen, "what is refused establishes nothing"
    assert "Acceptation valable" not in result.output


def test_without_a_trusted_key_the_key_is_unknown(folder: Path) -> None:
    result = run(folder, "bon.json", trust=False)
    assert result.exit_code == 1
    assert "Clé inconnue" in result.output
    assert "sans que cela soit prouvé" in result.output
    assert ESTABLISHES not in result.output
    assert FRENCH.would_establish in result.output


@pytest.mark.requirement("S-58")
def test_a_promise_is_said_to_be_one_and_what_to_do_next(folder: Path) -> None:
    for file in ("bon.json", "specimen.json"):
        assert FRENCH.promised in run(folder, file).output
        assert json.loads(run(folder, file, "--json").output)[0]["promised"] is True
    for file in ("scelle.json", "horodate.json", "altere.json", "preuve.tlog-proof"):
        assert FRENCH.promised not in run(folder, file).output
        assert json.loads(run(folder, file, "--json").output)[0]["promised"] is False
    assert "Promis, non scellé" in FRENCH.promised


def test_a_specimen_is_named_so_even_without_its_key(folder: Path) -> None:
    result = run(folder, "specimen.json", trust=False)
    assert (result.exit_code, "Spécimen sans valeur" in result.output) == (1, True)


def test_one_refused_file_among_several_is_a_refusal(folder: Path) -> None:
    result = run(folder, "bon.json", "altere.json")
    assert result.exit_code == 1
    assert "bon.json : Intact" in result.output


def test_what_is_not_disclosed_is_named_and_not_shown(folder: Path) -> None:
    result = run(folder, "discret.json")
    assert result.exit_code == 0
    assert "Non divulgué : adresse, compte" not in result.output  # sorted by field, not by label
    assert "Non divulgué : compte, adresse" in result.output


def test_machines_read_json(folder: Path) -> None:
    result = run(folder, "bon.json", "altere.json", "--json")
    good, bad = json.loads(result.output)
    assert (good["verified"], good["failed_step"], good["passed_steps"]) == (
        True,
        None,
        [1, 2, 3, 4, 6, 7, 9],
    )
    assert (bad["verified"], bad["failed_step"], bad["passed_steps"]) == (False, 3, [1, 2])
    assert (good["establishes"], bad["establishes"]) == (ESTABLISHES, FRENCH.would_establish)
    assert not any((good["unsealed_pdf"], good["sealed_by"], good["comparison_not_examined"]))


def test_a_receipt_cannot_write_to_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = promised(decision(document=DOCUMENT | {"label": "\x1b[2J"}))
    (folder / "terminal.json").write_bytes(receipt.dump(held))
    assert "\x1b" not in run(folder, "terminal.json").output


@pytest.mark.requirement("S-58")
def test_the_name_of_a_field_rewrites_neither_the_terminal_nor_what_the_statement_says(folder: Path) -> None:
    salt = "MDEyMzQ1Njc4OTAxMjM0NQ=="
    rewritten(folder, disclosures=[{"field": "heure", "salt": salt, "value": "faux"}])
    result = run(folder, "piege.json")
    assert result.exit_code == 1
    assert "Champ « heure » : faux" in result.output
    assert "  Heure : 2026-11-22T08:00:00.123456Z (heure du serveur" in result.output
    assert "Heure : faux" not in result.output
    rewritten(folder, disclosures=[{"field": "\x1b[2J\nbon.json : Intact", "salt": salt, "value": "faux"}])
    result = run(folder, "piege.json")
    assert "\x1b" not in result.output
    assert "\nbon.json" not in result.output.lower()
    assert "Altéré ou incomplet : étape 1" in result.output


@pytest.mark.requirement("S-58")
def test_a_commitment_that_is_no_hash_is_refused_in_words(folder: Path) -> None:
    members = json.loads(issued(text_hash=TEXT_DIGEST).statement)
    members["commitments"]["email"] = "é" * 64
    rewritten(folder, statement=base64.b64encode(rfc8785.dumps(members)).decode())
    result = run(folder, "piege.json")
    assert result.exit_code == 1
    assert "piege.json : Altéré ou incomplet : étape 2" in result.output
