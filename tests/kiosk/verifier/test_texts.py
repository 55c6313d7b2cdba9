"""`cgu-verify` and what is given beside a receipt: the text, the comparison, the old text."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from cgu_archive.corpus.comparison import compare_bytes, hashed_bytes
from kiosk.proof import comparison, receipt
from kiosk.verifier import cli
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, TEXT, Signer, issued
from tests.kiosk.verifier.files import NOT_EXAMINED, OLD, SHOWN, TEXT_DIGEST, UNREAD, run


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
