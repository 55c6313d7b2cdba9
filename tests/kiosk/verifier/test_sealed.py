"""`cgu-verify` on what is sealed and stamped: the ledger, times, witnesses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.proof import receipt
from kiosk.proof.cosignature import WitnessKey
from tests.kiosk.proof.making import PUBLISHER, stamped, trust_text
from tests.kiosk.verifier.files import run


def test_a_sealed_receipt_says_where_it_is_in_the_ledger(folder: Path) -> None:
    result = run(folder, "scelle.json")
    assert result.exit_code == 0
    assert "scelle.json : Intact, heure non attestée" in result.output
    assert "5. enregistrement présent dans le registre signé : oui" in result.output
    assert f"Registre : feuille 3 d’un registre de 5, {PUBLISHER.name}" in result.output


@pytest.mark.requirement("S-58", "O-56")
def test_a_stamped_receipt_is_intact_and_says_who_attests_which_time(folder: Path) -> None:
    result = run(folder, "horodate.json")
    assert result.exit_code == 0
    assert "horodate.json : Intact\n" in result.output
    assert "État : horodaté" in result.output
    assert "Au plus tôt : 2026-11-22T07:00:00Z, à 1 s près, attesté par essai" in result.output
    assert "Au plus tard : 2026-11-22T08:01:00Z, à 1 s près, attesté par essai" in result.output
    assert "non attestée" not in result.output
    assert "heures après" not in result.output
    (one,) = json.loads(run(folder, "horodate.json", "--json").output)
    assert (one["code"], one["state"]) == ("intact", "stamped")
    assert one["attested"]["authority"] == "essai"
    assert one["attested"]["accuracy_seconds"] == 1
    assert one["not_before"] == one["attested"] | {"at": "2026-11-22T07:00:00.123456+00:00"}


@pytest.mark.requirement("O-56")
def test_a_bound_that_nobody_attests_is_said_not_to_be(folder: Path) -> None:
    (folder / "sans.json").write_bytes(receipt.dump(stamped(since=None)))
    for file, latest in (("sans.json", "2026-11-22T08:01:00Z"), ("bon.json", "personne ne l’atteste")):
        told = run(folder, file).output
        assert "Au plus tôt : personne ne l’atteste" in told
        assert f"Au plus tard : {latest}" in told
    (one,) = json.loads(run(folder, "sans.json", "--json").output)
    assert one["not_before"] is None


def test_a_time_attested_long_after_is_said_to_be(folder: Path) -> None:
    result = run(folder, "tard.json")
    assert result.exit_code == 0
    assert "L’attestation de l’heure vient 30 heures après l’heure dite" in result.output
    late, in_time = json.loads(run(folder, "tard.json", "horodate.json", "--json").output)
    assert (late["late"], in_time["late"]) == (30, None)


def test_an_authority_that_is_not_trusted_is_an_unknown_key(folder: Path) -> None:
    (folder / "cles").write_text(trust_text(PUBLISHER, roots={}))
    result = run(folder, "horodate.json")
    assert (result.exit_code, "horodate.json : Clé inconnue" in result.output) == (1, True)


def test_a_tlog_proof_is_recognised_by_its_first_line(folder: Path) -> None:
    result = run(folder, "preuve.tlog-proof", "--texte", "texte.md")
    assert result.exit_code == 0, result.output
    assert "preuve.tlog-proof : Intact, heure non attestée" in result.output
    assert "3. " not in result.output
    assert "10. texte joint identique au texte visé : oui" in result.output


def test_a_quorum_of_witnesses_is_asked_for_in_the_trust_file(folder: Path) -> None:
    witness = WitnessKey("temoin.invalid", bytes(32))
    (folder / "cles").write_text(trust_text(PUBLISHER, more=f"witness {witness.encode()}\nquorum 1\n"))
    result = run(folder, "scelle.json")
    assert result.exit_code == 1
    assert "Altéré ou incomplet : étape 8" in result.output
    assert "8. registre vu par assez de témoins connus : NON" in result.output
