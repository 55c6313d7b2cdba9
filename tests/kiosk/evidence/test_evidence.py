"""The file handed to a court: whole, about one person, the same each time, verified without us."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import Engine, delete, event, select

from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.evidence import assembling, gathering
from kiosk.evidence.errors import ClosedRequestError, NotReadyError, PicturesError, UnknownPersonError
from kiosk.evidence.gathering import Entry
from kiosk.evidence.services import Grounds
from kiosk.ledger.models import Disclosure
from kiosk.proof import bundle
from kiosk.proof.verify import Verdict, read
from kiosk.verifier.bundle import State, judge_bundle
from tests.kiosk.evidence.case import COURT, OTHER, Case
from tests.kiosk.evidence.conftest import Handed
from tests.kiosk.test_claims import claims
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE
from tests.verapdf import broken_rules

pytestmark = ON_SQLITE


def words(pdf: bytes) -> str:
    """The words of a PDF, white space as single spaces."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that the database executes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.requirement("S-58", "S-59")
def test_a_file_holds_what_a_court_needs_and_verifies_as_a_whole(handed: Handed) -> None:
    files, named = handed.files, handed.named
    judged = judge_bundle(handed.raw, handed.case.trust)
    assert judged.verdict is Verdict.INTACT, judged.failed
    assert judged.verified
    assert len(named("justificatifs/*.receipt.json")) == 3
    assert len(named("attestations/*.pdf")) == 3
    assert len(named("comparaisons/*.json")) == 1
    for version in ("portail/cgu/2024-01", "soffi/cgu/sans-date-1", "soffi/cgu/v2"):
        for name in ("texte.md", "metadonnees.json", "texte.pdf", "publication.tlog-proof"):
            assert f"textes/{version}/{name}" in files
    states = {piece.name: piece.state for piece in judged.pieces}
    read_only = {name for name, state in states.items() if state is State.LISTED}
    assert read_only == {
        "LISEZ-MOI.pdf", "VERIFIER.txt", "SHA256SUMS", "chaine-de-conservation.json", "en-ligne.json",
        "en-ligne.pdf", *named("attestations/*.pdf"), *named("textes/*/*/*/texte.pdf"),
    }  # fmt: skip
    assert State.REFUSED not in states.values()


def test_the_first_page_tells_whose_it_is_what_it_proves_and_what_not(handed: Handed) -> None:
    files = handed.files
    page = words(files["LISEZ-MOI.pdf"])
    for said in (
        "Dossier de preuve", EMAIL, "Tribunal judiciaire de Paris, RG 26/01234", COURT.reason,
        "Juriste, qui a établi la demande le 22 novembre 2026", "Directrice juridique, qui l’a approuvée",
        "Conditions acceptées", "essai : au plus tard le 22 novembre 2026",
        "Ce que ce dossier établit, et ce qu’il n’établit pas", "Ce dossier n’établit pas qu’il est complet",
        "article 1363", "mot de passe, le 22 novembre 2026", "Demandé et approuvé par",
        "N’établit pas : qui était devant l’écran", "cgu-verify preuve.zip --trust CLÉS", "VERIFIER.txt",
    ):  # fmt: skip
        assert said in page, said
    assert "Prénom Nom" not in page
    assert "aucun tiers n’atteste" not in page, "an authority does"
    first = " ".join(pypdf.PdfReader(io.BytesIO(files["LISEZ-MOI.pdf"])).pages[0].extract_text().split())
    assert "juge apprécie" in first, "its limits are on the first page"
    assert "Case, bouton, connexion" in first
    assert first.count("Case cochée : « J’accepte sans réserve") == 3, "so are three decisions, whole"
    assert first.count("Bouton : « Accepter ces conditions »") == 3
    assert first.count("Connexion : mot de passe, le 22 novembre 2026") == 3
    assert first.count("Heure attestée par essai : au plus tard le 22 novembre 2026") == 3
    assert claims(page) == []
    assert claims(words(files["en-ligne.pdf"])) == []
    assert claims(files["VERIFIER.txt"].decode()) == []


def test_the_papers_can_be_archived_and_read_aloud(handed: Handed, tmp_path: Path) -> None:
    papers = {name: handed.files[name] for name in ("LISEZ-MOI.pdf", "en-ligne.pdf")}
    assert {of: rules for of, rules in broken_rules(papers, tmp_path).items() if rules} == {}


def test_it_tells_what_everybody_could_read_when_each_decision_was_made(handed: Handed) -> None:
    files = handed.files
    told_online = json.loads(files["en-ligne.json"])["decisions"]
    seen = [
        (one["documents"][0]["service"], (one["documents"][0]["current"] or {}).get("version"),
         [row["version"] for row in one["documents"][0]["former"]])
        for one in told_online
    ]  # fmt: skip
    assert sorted(seen) == [
        ("portail", "2024-01", []), ("soffi", "sans-date-1", []), ("soffi", "v2", ["sans-date-1"]),
    ]  # fmt: skip
    page = words(files["en-ligne.pdf"])
    assert "Remplacées, encore lisibles dans l’archive : version reçue le" in page
    hashes = {one["documents"][0]["current"]["text_hash"] for one in told_online}
    texts = {bundle.digest(files[name]) for name in handed.named("textes/*/*/*/texte.md")}
    assert hashes == texts


def test_the_chain_of_custody_names_functions_and_the_state_of_the_ledger(handed: Handed) -> None:
    custody = json.loads(handed.files["chaine-de-conservation.json"])
    assert [(one["act"], one["by"]) for one in custody["acts"]] == [
        ("asked", "Juriste"), ("approved", "Directrice juridique"),
    ]  # fmt: skip
    assert custody["asked_for"]["requester"] == COURT.requester
    assert custody["ledger"]["size"] == int(handed.files["registre/checkpoint"].splitlines()[1])
    assert "Prénom Nom" not in json.dumps(custody, ensure_ascii=False)


@ON_BOTH
@pytest.mark.usefixtures("slow_pdfs")
def test_the_same_request_gives_the_same_bytes_whatever_happens_since(case: Case) -> None:
    request_id = case.released()
    first = case.make(request_id)
    assert judge_bundle(first, case.trust).verdict is Verdict.INTACT
    case.site.clock.move(days=2)
    case.publish()
    case.browser().sign_in("dgefp").get("/dgefp/soffi/cgu/decider").accept()
    case.decide(OTHER)
    case.seal()
    assert case.make(request_id) == first
    with counting(case.site.engine) as before:
        case.make(request_id)
    for number in range(3):
        case.decide(f"personne.{number}@example.org")
    case.seal()
    with counting(case.site.engine) as after:
        case.make(request_id)
    assert len(after) == len(before), "what it takes follows from that person's records alone"
    assert len(before) < 120


def test_it_holds_nothing_of_anybody_else(handed: Handed) -> None:
    case, files = handed.case, handed.files
    with reading(case.site.engine) as session:
        accounts = session.scalars(select(Account).where(Account.email.in_([EMAIL, OTHER]))).all()
        hashes = session.scalars(
            select(Decision.statement_hash).where(Decision.subject_id == case.find(OTHER))
        ).all()
    own = {one.id for one in accounts if (one.email, one.publisher) == (EMAIL, "dgefp")}
    others = {one.id for one in accounts} - own
    assert (len(own), len(others), len(hashes)) == (1, 2, 2)
    printed = [words(files[name]).encode() for name in files if name.endswith(".pdf")]
    contents = [handed.raw, *files.values(), *printed]
    for stranger in (OTHER, case.find(OTHER), "monjob62", *others, *hashes):
        assert all(stranger.encode() not in content for content in contents), stranger
    assert all(bytes.fromhex(one) not in content for one in hashes for content in contents)
    assert all(any(one.encode() in content for content in contents) for one in own)


def test_a_request_about_one_service_leaves_the_others_out(case: Case) -> None:
    raw = case.make(case.released(service="portail"))
    (name,) = (name for name in bundle.unpack(raw) if name.endswith(".receipt.json"))
    assert read(bundle.unpack(raw)[name])[1].members["document"]["service"] == "portail"
    assert b"soffi" not in raw


@pytest.mark.requirement("S-58")
def test_it_is_verified_by_hand_as_it_says(handed: Handed, tmp_path: Path) -> None:
    files, named = handed.files, handed.named
    told_lines = typed(handed, files, tmp_path)
    (key,) = handed.case.trust.ledger
    assert [line for line in told_lines if " NON " in line] == []
    counts = {str(step): sum(line.startswith(f"{step} OK") for line in told_lines) for step in range(1, 8)}
    points = len(named("registre/points/*/checkpoint.txt"))
    assert counts == {
        "1": 1, "2": 3, "3": 6, "4": 4, "5": points, "6": points,
        "7": len(named("registre/coherence/*.txt")),
    }  # fmt: skip
    statement = tmp_path / "dossier" / named("a-la-main/*/enregistrement.json")[0]
    statement.write_bytes(statement.read_bytes().replace(b"accepted", b"accepteD"))
    again = by_hand(files["VERIFIER.txt"], tmp_path / "dossier", key.encode())
    assert not any(line.startswith("1 OK") for line in again)
    assert sum(line.startswith("2 NON") for line in again) == 1


FORGED = b"# Tout est permis\n"
SOFFI = "textes/soffi/cgu/v2"


def forge_text(files: dict[str, bytes]) -> None:
    """Another text, and a proof of publication that holds its hash and proves nothing."""
    files |= {f"{SOFFI}/texte.md": FORGED, f"{SOFFI}/metadonnees.json": b"{}"}
    hashes = f"{bundle.digest(FORGED)} {bundle.digest(b'{}')}".encode()
    files[f"{SOFFI}/publication.tlog-proof"] = b"extra " + base64.b64encode(hashes) + b"\n"


def forge_metadata(files: dict[str, bytes]) -> None:
    files[f"{SOFFI}/metadonnees.json"] = b"{}"


def forge_unverified_record(files: dict[str, bytes]) -> None:
    """A record that the ledger does not hold designates the forged text."""
    forge_text(files)
    name, said = next(
        (name, content) for name, content in files.items()
        if name.endswith("enregistrement.json") and b'"version":"v2"' in content
    )  # fmt: skip
    hashes = re.findall(rb'"(?:metadata|text)_hash":"([0-9a-f]{64})"', said)
    files[name] = said.replace(hashes[0], _digest(b"{}")).replace(hashes[1], _digest(FORGED))


def forge_point(files: dict[str, bytes]) -> None:
    """A tree of the forger's own, put where no block looks for its signature."""
    forge_unverified_record(files)
    name = next(n for n, c in files.items() if n.endswith("enregistrement.json") and _digest(FORGED) in c)
    folder = name.rsplit("/", 1)[0]
    leaf = hashlib.sha256(b"\x00" + files[name]).digest()
    files[f"{folder}/chemin.txt"] = b""
    files[f"{folder}/taille.txt"] = b"../faux\n"
    files["registre/faux/checkpoint.txt"] = b"x\n1\n" + base64.b64encode(leaf) + b"\n"


def forge_renamed(files: dict[str, bytes]) -> None:
    """The text of one version under the name of another."""
    for name in ("texte.md", "metadonnees.json"):
        files[f"{SOFFI}/{name}"] = files[f"textes/soffi/cgu/sans-date-1/{name}"]


def forge_attachment(files: dict[str, bytes]) -> None:
    """Another content under the name that the metadata announce."""
    files[f"{SOFFI}/pieces-jointes/guide.txt"] = FORGED


def forge_more(files: dict[str, bytes]) -> None:
    """An attachment that no metadata announce."""
    files[f"{SOFFI}/pieces-jointes/autre.txt"] = FORGED


def forge_field(files: dict[str, bytes]) -> None:
    """What a record hashes elsewhere is given for a field of the person."""
    name = next(name for name in files if name.endswith("champ-email.bin"))
    files[name.replace("email", "text_hash")] = files[f"{SOFFI}/texte.md"]


def _digest(content: bytes) -> bytes:
    return bundle.digest(content).encode()


UNTOUCHED = (forge_field, forge_attachment, forge_more)
"""What leaves the text and its metadata as they are."""


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (forge_text, f"4 NON {SOFFI}/ "), (forge_metadata, f"4 NON {SOFFI}/ "),
        (forge_renamed, f"4 NON {SOFFI}/ "), (forge_unverified_record, "2 NON "), (forge_point, "2 NON "),
        (forge_field, "3 NON "), (forge_attachment, f"4 NON {SOFFI}/ : pieces-jointes/guide.txt"),
        (forge_more, f"4 NON {SOFFI}//pieces-jointes/autre.txt"),
    ],
)  # fmt: skip
def test_what_a_forger_makes_is_refused_by_hand_though_the_list_is_made_again(
    handed: Handed, tmp_path: Path, forge: Callable[[dict[str, bytes]], None], said: str
) -> None:
    files = {name: content for name, content in handed.files.items() if name != bundle.LISTING}
    forge(files)
    told = typed(handed, bundle.unpack(bundle.pack(files)), tmp_path)
    assert "1 OK" in told
    assert [line for line in told if line.startswith(said)], told
    assert f"4 OK {SOFFI}/ : texte.md, metadonnees.json" not in told or forge in UNTOUCHED


def test_a_text_that_no_record_designates_and_a_file_that_no_list_names_are_said(
    handed: Handed, tmp_path: Path
) -> None:
    files = dict(handed.files)
    files["textes/soffi/cgu/v3/texte.md"] = files["textes/soffi/cgu/v3/metadonnees.json"] = b"{}"
    told = typed(handed, files, tmp_path)
    assert any(line.startswith("4 NON VÉRIFIÉ ICI textes/soffi/cgu/v3/") for line in told)
    assert "1 NON, hors de la liste : textes/soffi/cgu/v3/texte.md" in told
    assert "1 OK" not in told


def test_without_a_token_by_hand_says_that_nobody_attests_the_time(handed: Handed, tmp_path: Path) -> None:
    kept = {name: content for name, content in handed.files.items() if not name.endswith(".tst")}
    told = typed(handed, kept, tmp_path)
    assert "6 AUCUN JETON : heure non attestée" in told
    assert not any(line.startswith("6 OK") for line in told)


def test_what_is_to_be_typed_is_written_as_people_write(handed: Handed) -> None:
    text = handed.files["VERIFIER.txt"].decode()
    prose = re.sub(r"--- bloc\n.*?\n---\n", "", text, flags=re.DOTALL)
    assert "'" not in prose
    assert text.endswith("n’y est pas.\n")
    assert "Ce dossier n’établit pas qu’il est complet" in prose
    assert "ce qui n’exclut pas qu’on ait refait la liste" in prose


def typed(handed: Handed, files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Put `files` in a folder, type every block of the instructions there, return what is printed."""
    for name, content in files.items():
        (folder / "dossier" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "dossier" / name).write_bytes(content)
    (folder / "racine.pem").write_bytes(handed.case.root.pem)
    (key,) = handed.case.trust.ledger
    return by_hand(handed.files["VERIFIER.txt"], folder / "dossier", key.encode())


def by_hand(instructions: bytes, folder: Path, key: str) -> list[str]:
    """Type every block of the instructions, and return what is printed."""
    blocks = [part.split("\n---\n")[0] for part in instructions.decode().split("--- bloc\n")[1:]]
    assert len(blocks) == 7
    done = subprocess.run(
        ["bash", "-c", "\n".join(blocks)],
        cwd=folder,
        env={
            "CLE": key,
            "RACINE": str(folder.parent / "racine.pem"),
            "PATH": "/usr/bin:/bin",
            "TMPDIR": "/tmp",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def test_once_what_names_the_person_is_destroyed_it_proves_no_longer_who(case: Case) -> None:
    request_id = case.released()
    with writing(case.site.engine) as session:
        session.execute(delete(Disclosure))
    raw = case.make(request_id)
    files = bundle.unpack(raw)
    assert judge_bundle(raw, case.trust).verdict is Verdict.INTACT
    assert EMAIL.encode() not in raw
    page = words(files["LISEZ-MOI.pdf"])
    assert "Les données qui l’identifiaient ont été détruites" in page
    assert "car le compte n’est plus établi" in page
    assert "Établit : quel texte, quelle décision, quelle heure" in page
    assert case.get(request_id).subject_id in page
    assert not any("/champ-" in name for name in files)


def test_nothing_is_made_but_of_what_was_approved(handed: Handed) -> None:
    case, found = handed.case, handed.case.get(handed.request_id)
    lost = replace(found, acts=tuple(replace(one, size=10_000) for one in found.acts))
    for wrong, error in (
        (replace(found, acts=()), ClosedRequestError),
        (lost, NotReadyError),
        (replace(found, subject_id="0" * 32), UnknownPersonError),
    ):
        with pytest.raises(error):
            assembling.make(case.site.engine, case.site.settings, case.offered, wrong)


def test_words_that_no_font_draws_are_left_to_the_chain_of_custody(handed: Handed) -> None:
    case, found = handed.case, handed.case.get(handed.request_id)
    foreign = replace(found, grounds=Grounds("裁判所", "", "理由"))
    files = bundle.unpack(assembling.make(case.site.engine, case.site.settings, case.offered, foreign))
    assert "voir chaine-de-conservation.json" in words(files["LISEZ-MOI.pdf"])
    assert "裁判所" in files["chaine-de-conservation.json"].decode()


def test_the_screen_of_each_decision_is_there_as_it_was(handed: Handed) -> None:
    named = {read(handed.files[name])[1].members["screen"] for name in handed.named("justificatifs/*.json")}
    (screen,) = named
    kept = {name: content for name, content in handed.files.items() if name.startswith(f"ecran/{screen}/")}
    assert f"ecran/{screen}/fichiers/kiosk/templates/acceptance/decide.html" in kept
    assert f"ecran/{screen}/publication.tlog-proof" in kept
    page = words(handed.files["LISEZ-MOI.pdf"])
    assert f"les images de l’écran {screen[:12]}, que personne n’a déposées" in page
    assert "ecran/" in page


def test_pictures_of_the_screen_are_taken_where_they_were_put(case: Case) -> None:
    request_id = case.released()
    (screen,) = {one.statement.members["screen"] for one in entries_of(case)}
    folder = case.site.settings.data_dir / "ecrans" / screen
    folder.mkdir(parents=True)
    for name in ("soffi-cgu-mobile.png", "portail-cgu.png", "monjob62-cgu.png", "soffi-autre nom.png"):
        (folder / name).write_bytes(b"\x89PNG")
    (folder / "soffi-lien.png").symlink_to(case.site.settings.data_dir / "keys" / "ledger.pem")
    files = bundle.unpack(case.make(request_id))
    pictures = {name.removeprefix(f"ecran/{screen}/images/") for name in files if "/images/" in name}
    assert pictures == {"soffi-cgu-mobile.png", "portail-cgu.png"}
    assert "que personne n’a déposées" not in words(files["LISEZ-MOI.pdf"])


def shipped(case: Case, folder: Path) -> Settings:
    """The settings of the web process as it is deployed: the worker's data is closed to it."""
    data, closed = case.site.settings.data_dir, folder / "closed"
    closed.write_bytes(b"")
    return replace(
        case.site.settings, data_dir=closed, ledger_folder=data / "registre",
        screens_folder=folder / "ecrans", pdf_folder=folder / "cache",
    )  # fmt: skip


def screen_of(case: Case) -> str:
    (screen,) = {one.statement.members["screen"] for one in entries_of(case)}
    return str(screen)


@pytest.mark.usefixtures("slow_pdfs")
def test_a_process_that_reads_nothing_of_the_worker_s_data_makes_the_same_file(
    case: Case, tmp_path: Path
) -> None:
    request_id, settings = case.released(), shipped(case, tmp_path)
    for folder in (settings.screens_dir, case.site.settings.screens_dir):
        (folder / screen_of(case)).mkdir(parents=True)
        (folder / screen_of(case) / "soffi-cgu.png").write_bytes(b"\x89PNG")
    found = case.get(request_id)
    made = assembling.make(case.site.engine, settings, case.offered, found)
    assert made == case.make(request_id)
    assert sorted(settings.pdf_dir.iterdir())
    assert any("/images/" in name for name in bundle.unpack(made))
    uncached = replace(settings, pdf_folder=settings.data_dir / "pdfs")
    assert assembling.make(case.site.engine, uncached, case.offered, found) == made


def test_pictures_that_cannot_be_read_are_never_left_out(case: Case, tmp_path: Path) -> None:
    request_id, settings = case.released(), shipped(case, tmp_path)
    found, folder = case.get(request_id), settings.screens_dir / screen_of(case)
    made = assembling.make(case.site.engine, settings, case.offered, found)
    assert "que personne n’a déposées" in words(bundle.unpack(made)["LISEZ-MOI.pdf"]), "no folder is said"
    closed = replace(settings, screens_folder=settings.data_dir / "ecrans")
    with pytest.raises(PicturesError, match="KIOSK_SCREENS_DIR"):
        assembling.make(case.site.engine, closed, case.offered, found)
    folder.mkdir(parents=True)
    for number in range(201):
        (folder / f"soffi-{number}.png").write_bytes(b"\x89PNG")
    with pytest.raises(PicturesError, match="201 images"):
        assembling.make(case.site.engine, settings, case.offered, found)


def entries_of(case: Case) -> tuple[Entry, ...]:
    with reading(case.site.engine) as session:
        return gathering.entries(session, case.find(), list(case.offered))
