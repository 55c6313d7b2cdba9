"""`cgu-verify`: verdicts in plain words, exit codes, nothing but files."""

from __future__ import annotations

import base64
import json
import resource
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785
from click.testing import CliRunner, Result

from cgu_archive.corpus.comparison import compare_bytes, hashed_bytes
from kiosk.proof import comparison, kinds, receipt, tlog_proof
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.receipt import State
from kiosk.proof.tlog_proof import TlogProof
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier import cli, main
from kiosk.verifier.words import ENGLISH, FRENCH, Words
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    DOCUMENT,
    HOUR,
    PUBLISHER,
    TEXT,
    Signer,
    decision,
    issued,
    promised,
    sealed,
    stamped,
    trust_text,
)

ESTABLISHES, NOT_EXAMINED, UNREAD = (
    FRENCH.establishes, FRENCH.comparison_not_examined, FRENCH.comparison_unread,
)  # fmt: skip
TEXT_DIGEST = sha256(TEXT).hexdigest()
OLD = b"# Conditions\n\nUn autre texte.\n"
SHOWN = hashed_bytes(compare_bytes(OLD, TEXT))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cles").write_text(f"# clés de confiance\n\n{trust_text(PUBLISHER, DEMONSTRATION)}")
    (tmp_path / "texte.md").write_bytes(TEXT)
    (tmp_path / "bon.json").write_bytes(receipt.dump(issued(text_hash=TEXT_DIGEST)))
    (tmp_path / "discret.json").write_bytes(receipt.dump(issued(openings=(), text_hash=TEXT_DIGEST)))
    (tmp_path / "specimen.json").write_bytes(
        receipt.dump(issued("demonstration", DEMONSTRATION, text_hash=TEXT_DIGEST))
    )
    (tmp_path / "altere.json").write_bytes(
        receipt.dump(issued(text_hash=TEXT_DIGEST)).replace(b"camille", b"domique")
    )
    (tmp_path / "ancien.md").write_bytes(OLD)
    (tmp_path / "comparaison.json").write_bytes(SHOWN)
    (tmp_path / "compare.json").write_bytes(
        receipt.dump(issued(text_hash=TEXT_DIGEST, comparison_hash=sha256(SHOWN).hexdigest()))
    )
    (tmp_path / "rien.json").write_bytes(b"%PDF-1.7")
    held, _ = sealed(text_hash=TEXT_DIGEST)
    (tmp_path / "scelle.json").write_bytes(receipt.dump(held))
    (tmp_path / "horodate.json").write_bytes(receipt.dump(stamped()))
    (tmp_path / "tard.json").write_bytes(receipt.dump(stamped(at=AT + 30 * HOUR)))
    proof = TlogProof(held.proof.index, held.proof.path, held.proof.checkpoint, held.statement)
    (tmp_path / "preuve.tlog-proof").write_bytes(tlog_proof.dump(proof))
    return tmp_path


def run(folder: Path, *words: str, trust: bool = True, lang: str = "C.UTF-8") -> Result:
    options = ["--trust", str(folder / "cles")] if trust else []
    files = [str(folder / word) if word.endswith((".json", ".md", "proof")) else word for word in words]
    return CliRunner(env={"LC_ALL": None, "LANG": lang}).invoke(main, [*files, *options])


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


@pytest.mark.parametrize("file", ["bon.json", "specimen.json"])
def test_another_text_is_told(folder: Path, file: str) -> None:
    (folder / "autre.md").write_bytes(TEXT + b"\n")
    result = run(folder, file, "--texte", "autre.md")
    assert result.exit_code == 1
    assert "Altéré ou incomplet : étape 10" in result.output


def test_the_text_itself_is_recognised(folder: Path) -> None:
    result = run(folder, "bon.json", "--texte", "texte.md")
    assert result.exit_code == 0
    assert "10. texte joint identique au texte visé : oui" in result.output


@pytest.mark.requirement("S-58")
def test_the_comparison_that_was_shown_is_recognised_and_so_are_both_its_texts(folder: Path) -> None:
    given = ("--comparaison", "comparaison.json", "--texte", "texte.md", "--ancien-texte", "ancien.md")
    result = run(folder, "compare.json", *given)
    assert result.exit_code == 0, result.output
    step = "11. comparaison jointe identique à celle que la décision désigne, faite de ces deux textes"
    assert f"{step} : oui" in result.output
    assert NOT_EXAMINED in result.output
    alone = run(folder, "compare.json", "--comparaison", "comparaison.json", "--json")
    assert json.loads(alone.output)[0]["passed_steps"] == [1, 2, 3, 4, 6, 7, 9, 11]
    assert json.loads(alone.output)[0]["comparison_not_examined"] is True


@pytest.mark.parametrize("file", ["compare.json", "bon.json", "specimen.json"])
def test_another_comparison_is_told(folder: Path, file: str) -> None:
    (folder / "autre.json").write_bytes(SHOWN + b"\n")
    result = run(folder, file, "--comparaison", "autre.json")
    assert (result.exit_code, "Altéré ou incomplet : étape 11" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("old", "new", "text"), [(OLD, TEXT + b"\n", TEXT), (OLD + b"\n", TEXT, TEXT), (TEXT, OLD, OLD)]
)
def test_a_comparison_of_other_texts_is_told_even_under_its_own_hash(
    folder: Path, old: bytes, new: bytes, text: bytes
) -> None:
    shown = hashed_bytes(compare_bytes(old, new))
    (folder / "autre.json").write_bytes(shown)
    statement = issued(text_hash=sha256(text).hexdigest(), comparison_hash=sha256(shown).hexdigest())
    (folder / "piege.json").write_bytes(receipt.dump(statement))
    (folder / "texte.md").write_bytes(text)
    given = ("--comparaison", "autre.json", "--texte", "texte.md", "--ancien-texte", "ancien.md")
    result = run(folder, "piege.json", *given)
    assert (result.exit_code, "Altéré ou incomplet : étape 11" in result.output) == (1, True)
    assert "NON" in result.output


@pytest.mark.requirement("S-58")
def test_what_a_comparison_marks_as_changed_is_said_not_to_be_examined(folder: Path) -> None:
    told = json.loads(SHOWN)
    for row in told["rows"]:
        row["spans"] = [["=", "Rien n’a changé.", None]]
    lying = json.dumps(told).encode()
    (folder / "autre.json").write_bytes(lying)
    statement = issued(text_hash=TEXT_DIGEST, comparison_hash=sha256(lying).hexdigest())
    (folder / "compare.json").write_bytes(receipt.dump(statement))
    result = run(folder, "compare.json", "--comparaison", "autre.json")
    assert "n’est pas réexaminé" in result.output
    assert "n’est pas réexaminé" not in run(folder, "compare.json").output


@pytest.mark.parametrize("size", [0, 1])
def test_a_comparison_too_long_is_refused_unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(comparison, "MAX_BYTES", len(SHOWN) - size)
    result = run(folder, "compare.json", "--comparaison", "comparaison.json")
    assert result.exit_code == 2 * size
    assert ("trop long pour être examiné" in result.output) == bool(size)


@pytest.mark.parametrize("option", ["--texte", "--ancien-texte"])
def test_a_text_too_long_is_a_wrong_call_and_not_an_alteration(
    folder: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(cli, "MAX_TEXT_BYTES", len(OLD))
    (folder / "long.md").write_bytes(OLD + b"x")
    given = ("--comparaison", "comparaison.json", option, "long.md")
    result = run(folder, "compare.json", *given)
    assert result.exit_code == 2
    assert "trop long pour être examiné" in result.output
    assert "Altéré" not in result.output


@pytest.mark.requirement("S-58")
@pytest.mark.parametrize("signer", [DEMONSTRATION, PUBLISHER])
def test_no_comparison_is_read_that_comes_with_a_signature_anybody_may_have_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    def never(_raw: bytes) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(comparison, "rebuild", never)
    environment = "demonstration" if signer is DEMONSTRATION else "publisher"
    forged = issued(environment, signer, text_hash=TEXT_DIGEST, comparison_hash=sha256(SHOWN).hexdigest())
    (folder / "compare.json").write_bytes(receipt.dump(forged))
    result = run(folder, "compare.json", "--comparaison", "comparaison.json", trust=False)
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "faite de ces deux textes : non examiné" in result.output
    assert UNREAD in result.output


def test_an_old_text_without_a_comparison_is_a_wrong_call(folder: Path) -> None:
    assert run(folder, "bon.json", "--ancien-texte", "ancien.md").exit_code == 2


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


@pytest.mark.parametrize("words", [(), ("absent.json",), ("bon.json", "--trust", "rien.json")])
def test_a_wrong_call_is_code_2(folder: Path, words: tuple[str, ...]) -> None:
    assert run(folder, *words, trust=False).exit_code == 2


def test_a_receipt_cannot_write_to_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = promised(decision(document=DOCUMENT | {"label": "\x1b[2J"}))
    (folder / "terminal.json").write_bytes(receipt.dump(held))
    assert "\x1b" not in run(folder, "terminal.json").output


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


def rewritten(folder: Path, **members: object) -> None:
    """Write « piege.json »: a receipt some of whose members were replaced, in the only form there is."""
    raw = json.loads((folder / "bon.json").read_bytes()) | members
    rest = {name: value for name, value in raw.items() if name != "sha256"}
    raw["sha256"] = sha256(rfc8785.dumps(rest)).hexdigest()
    (folder / "piege.json").write_text(json.dumps(raw, ensure_ascii=False, indent=2) + "\n")


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


# Sealed and stamped


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


# Languages, and what is trusted by default


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
    assert (result.exit_code, "line 1" in result.output) == (2, True)


def test_a_receipt_is_verified_within_three_tenths_of_a_second(folder: Path) -> None:
    command = [sys.executable, "-m", "kiosk.verifier", str(folder / "scelle.json"), "--trust"]
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, str(folder / "cles")], check=True, stdout=subprocess.PIPE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3, spent
