"""`cgu-verify` on a bundle: a line a file, one verdict, and no change that goes unnamed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.proof import bundle, receipt, verify
from kiosk.proof.errors import ProofError
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Verdict
from kiosk.verifier import bundle as bundle_verifier
from kiosk.verifier import main
from kiosk.verifier.bundle import BundleJudgement, State, judge_bundle
from kiosk.verifier.bundle_words import page
from kiosk.verifier.words_french import FRENCH
from tests.conftest import SOAK
from tests.kiosk.evidence.conftest import Handed
from tests.kiosk.proof.making import PUBLISHER

Change = Callable[[dict[str, bytes]], None]


def packed(handed: Handed, change: Change) -> bytes:
    """The bundle with files changed and the list of hashes written again: what a forger would do."""
    files = dict(handed.files)
    del files[bundle.LISTING]
    change(files)
    return bundle.pack(files)


def relisted(files: dict[str, bytes]) -> bytes:
    """The container alone, the list left as it was."""
    return b"".join(bundle._parts(files))


def flipped(content: bytes, place: int) -> bytes:
    altered = bytearray(content)
    altered[place] ^= 1
    return bytes(altered)


def one(handed: Handed, pattern: str) -> str:
    return handed.named(pattern)[0]


def kind_of(name: str) -> tuple[str, str]:
    """What a file of a bundle is, whatever it is about: its folder, its name without numbers and hashes."""
    parts = name.split("/")
    last = "" if "fichiers" in parts else re.sub(r"[0-9a-f]{12,}|\d+", "", parts[-1])
    return parts[0], last


def test_a_byte_changed_in_any_file_is_refused_and_the_file_named(handed: Handed) -> None:
    """In the middle of each file; at both ends too, of the first of each kind."""
    kinds: set[tuple[str, str]] = set()
    for name, content in handed.files.items():
        places = {len(content) // 2}
        if SOAK or kind_of(name) not in kinds:
            places |= {0, len(content) - 1}
            kinds.add(kind_of(name))
        for place in places:
            files = handed.files | {name: flipped(content, place)}
            judged = judge_bundle(relisted(files), handed.case.trust)
            assert not judged.verified
            assert judged.verdict is Verdict.ALTERED
            if judged.refused is None:
                refused = {piece.name for piece in judged.pieces if piece.refused}
                assert name in refused or name == bundle.LISTING
            else:
                assert name == bundle.LISTING, (name, judged.refused)


def test_a_byte_changed_in_the_file_is_refused(handed: Handed) -> None:
    for place in range(0, len(handed.raw), len(handed.raw) // 40):
        judged = judge_bundle(flipped(handed.raw, place), handed.case.trust)
        assert judged.verdict is Verdict.ALTERED
        assert judged.refused is not None


FORGED = {
    "a receipt says something else": (
        "justificatifs/*.receipt.json",
        lambda content: content.replace(b'"value": "camille', b'"value": "camilla'),
    ),
    "a text": ("textes/*/*/*/texte.md", lambda content: content + b"\n"),
    "an attachment": ("textes/*/*/*/pieces-jointes/*", lambda content: content + b"x"),
    "frozen metadata": ("textes/*/*/*/metadonnees.json", lambda content: content.replace(b"{", b"{ ", 1)),
    "a comparison": ("comparaisons/*.json", lambda content: content + b" "),
    "a proof of publication": (
        "textes/*/*/*/publication.tlog-proof", lambda content: content.replace(b"index ", b"index 1"),
    ),
    "the newest checkpoint": ("registre/checkpoint", lambda content: content.replace(b"\n1", b"\n2", 1)),
    "a path by hand": ("a-la-main/*/chemin.txt", lambda content: content.replace(b"gauche", b"droite", 1)),
    "a statement by hand": ("a-la-main/*/enregistrement.json", lambda content: content + b" "),
    "a field by hand": ("a-la-main/*/champ-email.bin", lambda content: content + b"x"),
    "how the ledger grew": (
        "registre/coherence/*.txt", lambda content: content + b"gauche " + b"0" * 64 + b"\n",
    ),
    "a signature by hand": ("registre/points/*/signature-*.bin", lambda content: flipped(content, 3)),
    "a token": ("registre/points/*/jeton-1.tst", lambda content: flipped(content, -1)),
    "an attestation": ("attestations/*.pdf", lambda content: b"%PDF-1.7\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_a_forger_changes_with_the_list_is_refused_and_named(handed: Handed, what: str) -> None:
    pattern, change = FORGED[what]
    name = one(handed, pattern)
    content = change(handed.files[name])
    assert content != handed.files[name]
    judged = judge_bundle(packed(handed, lambda files: files.update({name: content})), handed.case.trust)
    assert judged.verdict is Verdict.ALTERED
    assert name in {piece.name for piece in judged.pieces if piece.state is State.REFUSED}


@pytest.mark.parametrize(
    "pattern",
    [
        "textes/*/*/*/texte.md", "textes/*/*/*/pieces-jointes/*", "comparaisons/*.json",
        "registre/checkpoint", "registre/coherence/*.txt",
        "a-la-main/*/chemin.txt", "justificatifs/*.receipt.json",
    ],
)  # fmt: skip
def test_what_a_forger_takes_away_with_the_list_is_missed(handed: Handed, pattern: str) -> None:
    name = one(handed, pattern)
    judged = judge_bundle(packed(handed, lambda files: files.__delitem__(name)), handed.case.trust)
    assert judged.verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    "name",
    [
        "a-la-main/x/chemin.txt", "registre/points/9/note.txt", "textes/a/b/c/texte.md",
        "textes/soffi/cgu/v2/pieces-jointes/autre.txt",
        "textes/soffi/cgu/sans-date-1/pieces-jointes/guide.txt",
    ],
)  # fmt: skip
def test_what_a_forger_adds_among_the_proofs_is_refused(handed: Handed, name: str) -> None:
    judged = judge_bundle(packed(handed, lambda files: files.update({name: b"x"})), handed.case.trust)
    assert name in {piece.name for piece in judged.pieces if piece.refused}


@pytest.mark.parametrize(
    "name",
    [
        "note.txt", "justificatifs/lire.exe", "textes/dgefp/autre/v1/texte.pdf",
        "textes/soffi/cgu/v2/lire.pdf", "registre/autre", "ecran/" + "0" * 64 + "/images/a.png",
        "attestations/a/b.pdf",
    ],
)  # fmt: skip
def test_what_a_bundle_has_no_place_for_is_refused_and_named(handed: Handed, name: str) -> None:
    judged = judge_bundle(packed(handed, lambda files: files.update({name: b"x"})), handed.case.trust)
    assert judged.verdict is Verdict.ALTERED
    assert next(piece for piece in judged.pieces if piece.name == name).state is State.REFUSED


def without(handed: Handed, receipt_name: str) -> bytes:
    """The bundle without a receipt nor anything named after it."""
    stem = receipt_name.split("/")[1].removesuffix(".receipt.json")

    def change(files: dict[str, bytes]) -> None:
        for name in [one for one in files if stem in one]:
            del files[name]

    return packed(handed, change)


def test_a_decision_that_another_follows_cannot_be_taken_out(handed: Handed) -> None:
    names = handed.named("justificatifs/*.receipt.json")
    said = {name: verify.read(handed.files[name])[1] for name in names}
    follower, named = next(
        (name, one.members["previous"]) for name, one in said.items() if one.members.get("previous")
    )
    (gone,) = (name for name, one in said.items() if one.hash == named)
    judged = judge_bundle(without(handed, gone), handed.case.trust)
    assert judged.verdict is Verdict.ALTERED
    found = next(piece for piece in judged.pieces if piece.name == follower)
    assert "as previous is not here" in str(found.refused)


def test_a_receipt_without_its_fields_still_verifies_but_not_with_another_copy_by_hand(
    handed: Handed,
) -> None:
    name = one(handed, "justificatifs/*.receipt.json")
    closed = receipt.dump(replace(receipt.parse(handed.files[name]), disclosures=()))
    judged = judge_bundle(packed(handed, lambda files: files.update({name: closed})), handed.case.trust)
    refused = {piece.name.split("/")[0] for piece in judged.pieces if piece.refused}
    assert refused == {"a-la-main", "attestations"}


def test_a_file_about_two_people_is_refused(handed: Handed) -> None:
    from kiosk.db import reading
    from kiosk.evidence import gathering
    from kiosk.ledger import receipts
    from tests.kiosk.evidence.case import OTHER

    case = handed.case
    with reading(case.site.engine) as session:
        (first, *_) = gathering.entries(session, case.find(OTHER), list(case.offered))
        raw = receipts.best(session, first.statement.hash, None)
    added = "justificatifs/zzz.receipt.json"
    judged = judge_bundle(packed(handed, lambda files: files.update({added: raw})), case.trust)
    found = next(piece for piece in judged.pieces if piece.name == added)
    assert "another person" in str(found.refused)


def test_a_file_without_a_receipt_proves_nothing(handed: Handed) -> None:
    judged = judge_bundle(
        bundle.pack({"registre/checkpoint": handed.files["registre/checkpoint"]}), handed.case.trust
    )
    assert judged.verdict is Verdict.ALTERED


ENGLISH = re.compile(r"\b(?:the|of|is|not|that|expected|found|an|and|one|its|was|by|here)\b")
"""Words that no French sentence has."""


def told_in_french(judged: BundleJudgement) -> list[str]:
    """The reasons of the answer, out of which paths, which have no language, are taken."""
    lines = "\n".join(page("preuve.zip", judged, FRENCH))
    for piece in judged.pieces:
        lines = lines.replace(piece.name, "")
    return re.findall(r"\((.*)\)$", lines, re.MULTILINE)


CONTAINERS: dict[str, Callable[[Handed], bytes]] = {
    "cut": lambda handed: handed.raw[:-1],
    "longer": lambda handed: handed.raw + b" ",
    "nothing": lambda handed: bundle_verifier.MARK,
    "no list": lambda handed: relisted({k: v for k, v in handed.files.items() if k != bundle.LISTING}),
    "another list": lambda handed: relisted(handed.files | {bundle.LISTING: b"rien\n"}),
    "a list in no ASCII": lambda handed: relisted(handed.files | {bundle.LISTING: "é".encode()}),
    "an odd path": lambda handed: relisted(handed.files | {"a//b": b""}),
    "a device": lambda handed: relisted(handed.files | {"nul": b""}),
    "capital letters": lambda handed: relisted(handed.files | {"sha256sums": b""}),
    "a file and a folder": lambda handed: relisted(handed.files | {f"{bundle.LISTING}/x": b""}),
    "not listed": lambda handed: relisted(handed.files | {"note.txt": b"x"}),
    "not there": lambda handed: relisted({k: v for k, v in handed.files.items() if k != "VERIFIER.txt"}),
    "no place": lambda handed: packed(handed, lambda files: files.update({"note.txt": b"x"})),
    "nobody": lambda handed: bundle.pack({"registre/checkpoint": handed.files["registre/checkpoint"]}),
}


def changed_files(handed: Handed) -> Iterator[bytes]:
    """The bundle once for each file: as a forger would change it, and without it."""
    for pattern, change in FORGED.values():
        name = one(handed, pattern)
        content = change(handed.files[name])
        yield packed(handed, lambda files, name=name, content=content: files.update({name: content}))
        yield packed(handed, lambda files, name=name: files.__delitem__(name))
    for name in handed.named("justificatifs/*.receipt.json"):
        yield without(handed, name)
    yield from (make(handed) for make in CONTAINERS.values())


def test_every_reason_of_a_french_answer_is_in_french(handed: Handed) -> None:
    reasons = set()
    for raw in changed_files(handed):
        for trust in (handed.case.trust, Trust()):
            judged = judge_bundle(raw, trust)
            told = told_in_french(judged)
            assert judged.verified or trust == Trust() or told
            for why in told:
                assert not ENGLISH.search(why), why
            reasons |= set(told)
    assert len(reasons) > 20, reasons


def test_keys_come_from_outside(handed: Handed) -> None:
    nobody = judge_bundle(handed.raw, Trust())
    assert nobody.verdict is Verdict.UNKNOWN_KEY
    another = judge_bundle(handed.raw, Trust(ledger=(PUBLISHER.verifier,)))
    assert another.verdict is Verdict.UNKNOWN_KEY
    ledger_alone = judge_bundle(handed.raw, replace(handed.case.trust, authorities={}))
    assert ledger_alone.verdict is Verdict.UNKNOWN_KEY, "a token of an authority that is not known"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_file_gives_only_our_errors(handed: Handed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(handed.files.keys() - {bundle.LISTING})))
    content = handed.files[name]
    at = data.draw(st.integers(0, len(content)))
    cut, noise = data.draw(st.integers(0, 80)), data.draw(st.binary(max_size=40))
    changed = content[:at] + noise + content[at + cut :]
    if name.endswith(".pdf"):
        return  # its own parser is tried elsewhere, and takes long
    judged = judge_bundle(packed(handed, lambda files: files.update({name: changed})), handed.case.trust)
    refused = {piece.name: piece.refused for piece in judged.pieces if piece.refused}
    assert all(isinstance(error, ProofError) for error in refused.values())
    proved = {
        piece.name
        for piece in judge_bundle(handed.raw, handed.case.trust).pieces
        if piece.state is State.PROVED
    }
    assert changed == content or name not in proved or refused


# The command


@pytest.fixture
def trust_file(handed: Handed, tmp_path: Path) -> Path:
    from kiosk.ledger.public_keys import trust_text

    file = tmp_path / "confiance.txt"
    file.write_text(trust_text(handed.case.site.settings), "utf-8")
    return file


def test_the_command_says_the_verdict_and_a_line_a_file(
    handed: Handed, trust_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "preuve.zip"
    file.write_bytes(handed.raw)
    done = CliRunner().invoke(main, [str(file), "--trust", str(trust_file), "--lang", "fr"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == f"{file} : Intact"
    for name in handed.files:
        assert re.search(
            rf"^  {re.escape(name)} : (prouvé|à lire, non prouvé)$", done.output, re.MULTILINE
        ), name
    assert "rien ne prouve ce qu’elle dit" in done.output
    assert "Ce dossier ne prouve pas qu’il est complet" in done.output
    assert "N’établit pas : qui était devant l’écran" in done.output
    english = CliRunner().invoke(main, [str(file), "--trust", str(trust_file), "--lang", "en"])
    assert english.exit_code == 0
    assert "registre/checkpoint: proved" in english.output
    assert "does not prove that it is complete" in english.output
    unknown = CliRunner().invoke(main, [str(file), "--lang", "fr"])
    assert unknown.exit_code == 1
    assert unknown.output.splitlines()[0] == f"{file} : Clé inconnue"


def test_the_command_names_what_was_altered_to_people_and_machines(
    handed: Handed, trust_file: Path, tmp_path: Path
) -> None:
    name = one(handed, "textes/soffi/cgu/v2/texte.md")
    file = tmp_path / "preuve.zip"
    file.write_bytes(packed(handed, lambda files: files.update({name: b"# Autre\n"})))
    done = CliRunner().invoke(main, [str(file), "--trust", str(trust_file), "--lang", "fr"])
    assert done.exit_code == 1
    assert "Altéré ou incomplet : justificatifs/" in done.output.splitlines()[0]
    assert f"  {name} : NON (" in done.output
    done = CliRunner().invoke(main, [str(file), "--trust", str(trust_file), "--json", "--lang", "fr"])
    (answer,) = json.loads(done.output)
    assert (answer["code"], answer["verified"]) == ("altered", False)
    assert answer["failed_file"].startswith("justificatifs/")
    assert "ne prouve pas qu’il est complet" in answer["completeness"]
    found = {one["name"]: one for one in answer["files"]}
    assert found[name]["state"] == "refused"
    assert found["registre/checkpoint"]["state"] == "proved"
    file.write_bytes(handed.raw[:-1])
    done = CliRunner().invoke(main, [str(file), "--trust", str(trust_file), "--lang", "fr"])
    assert done.exit_code == 1
    assert done.output.splitlines()[0] == f"{file} : Altéré ou incomplet : le fichier ZIP lui-même"
    assert CliRunner().invoke(main, [str(file), "--json"]).exit_code == 1


def test_it_needs_neither_the_web_nor_a_database_nor_the_network(
    handed: Handed, trust_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "preuve.zip"
    file.write_bytes(handed.raw)
    program = (
        "import sys\nfrom kiosk.verifier import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    code = done.code\n"
        "loaded = {'flask', 'sqlalchemy', 'socket', 'kiosk.ledger', 'cgu_archive'} & set(sys.modules)\n"
        "sys.exit(code or (f'loaded: {loaded}' if loaded - {'socket'} else 0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file), "--trust", str(trust_file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
