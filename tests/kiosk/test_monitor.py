"""`cgu-monitor`: what an honest ledger may do, what a dishonest one cannot, and what a witness signs."""

from __future__ import annotations

import fcntl
import json
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.db import writing
from kiosk.ledger.files import publish
from kiosk.ledger.sealing import seal_once
from kiosk.monitor import cli, main, sources, witness
from kiosk.monitor.errors import SourceError
from kiosk.monitor.sources import Folder, Web, source
from kiosk.proof import checkpoint, cosignature, note
from tests.kiosk.ledger.making import KEY, add, clock, wait
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER, Signer
from tests.kiosk.publishing import Ledger, publication, put, statement


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "registre"
    folder.mkdir()
    return folder


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    file = tmp_path / "confiance.txt"
    file.write_text(f"# clés\n\nledger {PUBLISHER.verifier.encode()}\nquorum 1\n", "utf-8")
    return file


@pytest.fixture
def watch(tmp_path: Path, site: Path, trust: Path) -> Callable[..., Result]:
    def call(*options: object, address: str | None = None, state: str = "etat") -> Result:
        arguments = [address or str(site), "--state", str(tmp_path / state), "--trust", str(trust), "--json"]
        return CliRunner().invoke(main, [*arguments, *map(str, options)])

    return call


def answer(result: Result) -> dict[str, Any]:
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["verdict"] == "consistent" else 1), result.output
    return found


def test_a_ledger_that_grows_is_consistent_and_its_new_publications_are_listed(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger().decisions(2).publish("v1").decisions(300)
    ledger.write(site)
    first = answer(watch())
    assert (first["verdict"], first["size"], first["seen_before"]) == ("consistent", 303, None)
    assert [(one["index"], one["document"]["version"]) for one in first["published"]] == [(2, "v1")]
    ledger.decisions(300).publish("v2").decisions(1).write(site)
    second = answer(watch())
    assert (second["size"], second["seen_before"]) == (605, 303)
    assert [(one["index"], one["document"]["version"]) for one in second["published"]] == [(603, "v2")]
    assert answer(watch())["published"] == []
    assert answer(watch("--whole"))["published"] == []


def test_an_empty_ledger_is_consistent_and_may_grow(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().write(site)
    assert answer(watch())["size"] == 0
    Ledger().publish("v1").write(site)
    assert answer(watch())["size"] == 1


@pytest.mark.parametrize("first", [1, 255, 256, 257, 511, 512, 600])
def test_growth_over_the_edges_of_tiles_is_consistent(
    first: int, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(first).write(site)
    answer(watch())
    Ledger().decisions(700).write(site)
    assert answer(watch())["verdict"] == "consistent"


def test_only_new_tiles_are_read_again(
    site: Path, watch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    Ledger().decisions(601).write(site)
    asked = []
    real = Folder.read
    monkeypatch.setattr(
        Folder, "read", lambda self, name, most: (asked.append(name), real(self, name, most))[1]
    )
    answer(watch())
    assert [name for name in asked if name.startswith("tile/0/")] == ["tile/0/002.p/89"]


def test_a_second_history_is_refused_and_both_checkpoints_are_kept(
    site: Path, watch: Callable[..., Result], trust: Path
) -> None:
    Ledger().decisions(300).write(site)
    answer(watch())
    seen = (site / "checkpoint").read_text("utf-8")
    other = Ledger().decisions(310)
    other.bodies[7] = b"another"
    other.write(site)
    found = answer(watch())
    assert found["verdict"] == "fork"
    kept = Path(found["evidence"])
    assert (kept / "checkpoint-connu").read_text("utf-8") == seen
    assert (
        checkpoint.opened((kept / "checkpoint-publie").read_text("utf-8"), [PUBLISHER.verifier])[0].size
        == 310
    )
    assert answer(watch())["evidence"] == found["evidence"], "the same contradiction is kept once"
    shutil.rmtree(site)
    Ledger().decisions(311).write(site)
    assert answer(watch())["verdict"] == "consistent", "what was refused was not kept"


def test_two_trees_of_one_size_are_a_second_history(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    answer(watch())
    other = Ledger().decisions(5)
    other.bodies[0] = b"another"
    other.write(site)
    assert answer(watch())["verdict"] == "fork"


def test_a_ledger_that_shrinks_is_refused_and_said_so(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    answer(watch())
    Ledger().decisions(4).write(site)
    found = answer(watch())
    assert (found["verdict"], bool(found["evidence"])) == ("rewound", True)


@pytest.mark.parametrize("tile", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_tile_changed_is_refused(tile: str, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    changed = bytearray((site / tile).read_bytes())
    changed[40] ^= 1
    (site / tile).write_bytes(changed)
    found = answer(watch())
    assert (found["verdict"], found["evidence"]) == ("altered", None)


def test_a_hash_above_the_leaves_changed_later_is_refused(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    Ledger().decisions(700).write(site)
    (site / "tile/1/000.p/2").write_bytes(bytes(64))
    assert answer(watch())["verdict"] == "altered"


def test_a_tile_changed_after_it_was_seen_shows_when_everything_is_read_again(
    site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(600).write(site)
    answer(watch())
    (site / "tile/0/000").write_bytes(bytes(8_192))
    assert answer(watch())["verdict"] == "consistent"
    assert answer(watch("--whole"))["verdict"] == "altered"


@pytest.mark.parametrize(("length", "verdict"), [(0, "altered"), (8_191, "altered"), (8_193, "unreachable")])
def test_a_tile_of_another_length_is_refused(
    length: int, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(300).write(site)
    (site / "tile/0/000").write_bytes(bytes(length))
    assert answer(watch())["verdict"] == verdict


def test_a_full_tile_stands_for_a_partial_one_that_is_gone(site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(600).write(site)
    head = (site / "checkpoint").read_bytes()
    Ledger().decisions(800).write(site)
    shutil.rmtree(site / "tile/0/002.p")
    put(site / "checkpoint", head)
    assert answer(watch())["size"] == 600


@pytest.mark.parametrize(
    "missing",
    ["tile/0/000", "tile/0/001.p/44", "statements/index", "statements/002", "checkpoint"],
)
def test_a_file_missing_is_said(missing: str, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(2).publish("v1").decisions(297).write(site)
    (site / missing).unlink()
    found = answer(watch())
    assert found["verdict"] == "unreachable"
    assert "absent" in found["detail"]


def test_a_publication_changed_withdrawn_or_moved_is_refused(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger().publish("v1").decisions(3).publish("v2")
    ledger.write(site)
    listed = (site / "statements/index").read_text("ascii")
    put(site / "statements/004", publication("v3"))
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/004", ledger.bodies[4])
    put(site / "statements/index", listed.replace("4 ", "3 ").encode())
    put(site / "statements/003", ledger.bodies[4])
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/index", listed.replace("0 ", "0 ").replace("publication", "accession").encode())
    assert answer(watch())["verdict"] == "altered"
    put(site / "statements/index", listed.encode())
    assert answer(watch())["verdict"] == "consistent"
    put(site / "statements/index", listed.split("\n", 1)[1].encode())
    found = answer(watch())
    assert (found["verdict"], bool(found["evidence"])) == ("withdrawn", True)


@pytest.mark.parametrize(
    "index",
    [b"\xff\n", b"0 abc publication\n", b"0 " + b"a" * 64 + b" publication",
     b"00 " + b"a" * 64 + b" publication\n",
     b"1 " + b"a" * 64 + b" screens\n0 " + b"a" * 64 + b" screens\n", b"\n"],
)  # fmt: skip
def test_a_list_in_another_form_is_refused(index: bytes, site: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(5).write(site)
    put(site / "statements/index", index)
    assert answer(watch())["verdict"] == "altered"


def test_what_the_list_says_past_the_checkpoint_waits(site: Path, watch: Callable[..., Result]) -> None:
    ledger = Ledger().decisions(3)
    ledger.write(site)
    head = (site / "checkpoint").read_bytes()
    ledger.publish("v1").write(site)
    put(site / "checkpoint", head)
    assert answer(watch())["published"] == []
    ledger.write(site)
    assert len(answer(watch())["published"]) == 1


def test_a_statement_that_is_none_is_refused_though_it_is_a_leaf(
    site: Path, watch: Callable[..., Result]
) -> None:
    ledger = Ledger(bodies=[b"{}"], public={0: "publication"})
    ledger.write(site)
    assert answer(watch())["verdict"] == "altered"


def test_a_statement_without_a_document_is_listed_too(site: Path, watch: Callable[..., Result]) -> None:
    Ledger(bodies=[statement("publication")], public={0: "publication"}).write(site)
    assert answer(watch())["published"][0]["document"] is None


@pytest.mark.parametrize(
    ("signer", "verdict"),
    [(DEMONSTRATION, "unknown-key"), (Signer(PUBLISHER.name, DEMONSTRATION.key), "unknown-key")],
)
def test_an_unknown_key_is_said(
    signer: Signer, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger(signer=signer).decisions(3).write(site)
    assert answer(watch())["verdict"] == verdict


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (b"\xff", "altered"),
        (b"", "altered"),
        (checkpoint.sign(Ledger().head, PUBLISHER.key)[:-1].encode(), "altered"),
        (b"x" * 90_000, "unreachable"),
    ],
)
def test_a_checkpoint_in_another_form_is_refused(
    raw: bytes, verdict: str, site: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    put(site / "checkpoint", raw)
    assert answer(watch())["verdict"] == verdict


def test_a_revoked_key_is_unknown(site: Path, watch: Callable[..., Result], trust: Path) -> None:
    Ledger().decisions(1).write(site)
    revoked = f"{PUBLISHER.name}+{PUBLISHER.verifier.key_id.hex()}"
    known = f"{PUBLISHER.verifier.encode()}\n{DEMONSTRATION.verifier.encode()}\n"
    trust.write_text(f"{known}revoked {revoked} 2026-01-01T00:00:00Z\n", "utf-8")
    assert answer(watch())["verdict"] == "unknown-key"


def test_a_state_serves_one_ledger_only(site: Path, watch: Callable[..., Result], trust: Path) -> None:
    trust.write_text(f"{PUBLISHER.verifier.encode()}\n{DEMONSTRATION.verifier.encode()}\n", "utf-8")
    Ledger().decisions(1).write(site)
    answer(watch())
    Ledger(signer=DEMONSTRATION).decisions(2).write(site)
    result = watch()
    assert (result.exit_code, "suit le registre" in result.stderr) == (2, True)


def test_without_a_trust_file_only_the_keys_of_the_release_are_known(site: Path, tmp_path: Path) -> None:
    Ledger().decisions(1).write(site)
    result = CliRunner().invoke(main, [str(site), "--state", str(tmp_path / "etat")])
    assert result.exit_code in (1, 2)
    assert not (tmp_path / "etat" / "checkpoint").exists()


def test_what_the_sealer_publishes_is_consistent_from_one_run_to_the_next(
    engine: Engine, site: Path, watch: Callable[..., Result], trust: Path
) -> None:
    trust.write_text(KEY.verifier.encode(), "utf-8")
    for first in (0, 300):
        wait(engine, 299, first=first)
        with writing(engine) as session:
            add(session, publication(f"v{first}"), kind="publication")
        seal_once(engine, KEY, clock, folder=site)
        publish(engine, site)
        found = answer(watch())
        assert (found["verdict"], found["size"], len(found["published"])) == ("consistent", first + 300, 1)


# As a witness.


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "temoin.pem"
    made = CliRunner().invoke(main, ["--new-key", "temoin.invalid", str(file)])
    assert (made.exit_code, made.stdout) == (0, (tmp_path / "temoin.pem.vkey").read_text("utf-8"))
    return file


def test_a_new_key_is_for_its_owner_alone_and_never_replaced(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = CliRunner().invoke(main, ["--new-key", "temoin.invalid", str(key)])
    assert (again.exit_code, "ne se remplace pas" in again.stderr) == (2, True)
    assert witness.load(key).verifier.encode() == witness.public_file(key).read_text("utf-8").strip()


def test_what_is_consistent_is_cosigned_and_can_be_published(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    out = tmp_path / "cosigne"
    found = answer(watch("--cosign", key, "--out", out))
    held = note.parse(out.read_text("utf-8"))
    assert found["cosignature"] == held.signatures[-1].line
    assert [one.name for one in cosignature.verify(held, [witness.load(key).verifier])] == ["temoin.invalid"]
    assert checkpoint.opened(out.read_text("utf-8"), [PUBLISHER.verifier])[0].size == 3


def test_without_a_file_the_line_is_said_and_nothing_is_written(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    before = {file.name for file in tmp_path.iterdir()}
    raw = note.append((site / "checkpoint").read_text("utf-8"), answer(watch("--cosign", key))["cosignature"])
    assert len(cosignature.verify(note.parse(raw), [witness.load(key).verifier])) == 1
    assert {file.name for file in tmp_path.iterdir()} == before | {"etat"}


def test_nothing_is_cosigned_beside_what_was_seen(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    answer(watch())
    other = Ledger().decisions(3)
    other.bodies[0] = b"another"
    other.write(site)
    found = answer(watch("--cosign", key, "--out", tmp_path / "cosigne"))
    assert (found["verdict"], found["cosignature"]) == ("fork", None)
    assert not (tmp_path / "cosigne").exists()


def test_what_is_cosigned_was_kept_before(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger().decisions(3).write(site)
    monkeypatch.setattr(cli.keeping, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "plein")))
    result = watch("--cosign", key, "--out", tmp_path / "cosigne")
    assert isinstance(result.exception, OSError)
    assert not (tmp_path / "cosigne").exists()


def damaged(key: Path, how: str) -> None:
    match how:
        case "readable by others":
            key.chmod(0o640)
        case "no public file":
            witness.public_file(key).unlink()
        case "no private file":
            key.unlink()
        case "other public file":
            other = witness.Witness("temoin.invalid", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
            witness.public_file(key).write_text(other.verifier.encode(), "utf-8")
        case "not PEM":
            key.write_text("rien", "utf-8")
        case "other algorithm":
            pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            key.write_bytes(pem)


@pytest.mark.parametrize(
    "how",
    ["readable by others", "no public file", "no private file", "other public file", "not PEM",
     "other algorithm"],
)  # fmt: skip
def test_a_key_that_is_not_as_it_was_made_cosigns_nothing(
    how: str, site: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(3).write(site)
    damaged(key, how)
    result = watch("--cosign", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert key.name in result.stderr


# Calls and words.


def test_a_run_says_in_french_what_it_saw(site: Path, tmp_path: Path, trust: Path, key: Path) -> None:
    Ledger().decisions(1).publish("v1").write(site)
    call = [
        sys.executable,
        "-m",
        "kiosk.monitor",
        str(site),
        "--state",
        str(tmp_path / "etat"),
        "--trust",
        str(trust),
    ]
    done = subprocess.run([*call, "--cosign", str(key)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Cohérent : {PUBLISHER.name}, 2 enregistrements (premier passage)."
    assert lines[1] == "  1 : publication d’une version, essai/cgu/v1"
    assert lines[2].startswith("Cosigné : — temoin.invalid ")
    Ledger().decisions(1).write(site)
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Le registre publié est plus court que celui déjà vu")
    assert "preuve-" in done.stdout


def test_the_module_loads_neither_the_web_nor_the_database() -> None:
    code = "import sys, kiosk.monitor; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "kiosk.monitor.cli" in loaded
    assert not loaded & {"flask", "sqlalchemy", "cgu_archive", "kiosk.db", "kiosk.ledger"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "SOURCE et --state"),
        (["registre"], "SOURCE et --state"),
        (["registre", "--state", "etat", "--out", "x"], "--cosign"),
        (["registre", "--state", "etat", "--trust", "vide.txt"], "donnez --trust"),
        (["registre", "--state", "etat", "--trust", "faux.txt"], "illisible"),
        (["registre", "--state", "etat", "--trust", "octets.txt"], "illisible"),
        (["absent", "--state", "etat", "--trust", "bon.txt"], "attendu un dossier"),
        (["registre", "--state", "bon.txt/etat", "--trust", "bon.txt"], "bon.txt"),
        (["--new-key", "deux mots", "cle.pem"], "nommer une clé"),
        (["--new-key", "temoin", "absent/cle.pem"], "absent/cle.pem"),
    ],
)
def test_a_wrong_call_is_said(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("registre").mkdir()
    Path("vide.txt").write_text("# rien\nwitness x\n", "utf-8")
    Path("faux.txt").write_text("ledger x\n", "utf-8")
    Path("octets.txt").write_bytes(b"\xff\xfe")
    Path("bon.txt").write_text(PUBLISHER.verifier.encode(), "utf-8")
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize("verdict", sorted(cli.WORDS))
def test_what_is_refused_is_said_without_what_acts_on_a_terminal(verdict: str) -> None:
    said = cli.page(cli.Report(verdict, "a\x1b[2Jb", 3, 2, detail="c\rd"))
    assert "a·[2Jb, 3 enregistrements" in said
    assert "(c·d)" in said
    assert cli.page(cli.Report(verdict)) == cli.WORDS[verdict]


def test_two_monitors_do_not_share_a_state(site: Path, tmp_path: Path, watch: Callable[..., Result]) -> None:
    Ledger().decisions(1).write(site)
    answer(watch())
    with (tmp_path / "etat/lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = watch()
    assert (result.exit_code, "un autre cgu-monitor" in result.stderr) == (2, True)


@pytest.mark.parametrize("file", ["checkpoint", "index"])
def test_a_damaged_state_is_not_taken_for_a_first_run(
    file: str, site: Path, tmp_path: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    answer(watch())
    (tmp_path / "etat" / file).write_bytes(b"\xff")
    assert watch().exit_code == 2
    (tmp_path / "etat/index").unlink()
    assert watch().exit_code == 2


def test_an_output_that_cannot_be_written_is_said(
    site: Path, tmp_path: Path, key: Path, watch: Callable[..., Result]
) -> None:
    Ledger().decisions(1).write(site)
    result = watch("--cosign", key, "--out", tmp_path / "absent" / "cosigne")
    assert (result.exit_code, "absent/cosigne" in result.stderr) == (2, True)


# Over the network: a real server, on this machine.


class Serving(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Sending(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self) -> None:
        to = {"/ici/checkpoint": "/la", "/ailleurs/checkpoint": "http://localhost:1/checkpoint"}.get(
            self.path
        )
        if to:
            self.send_response(302)
            self.send_header("Location", to)
            self.end_headers()
        elif self.path == "/la":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"bonjour")
        else:
            self.send_error(500)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    servers: list[ThreadingHTTPServer] = []

    def start(handler: Any) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_ledger_over_the_network_is_read_as_a_folder_is(
    site: Path, serve: Callable[[Any], str], watch: Callable[..., Result]
) -> None:
    url = serve(lambda *arguments: Serving(*arguments, directory=str(site)))
    Ledger().decisions(2).publish("v1").decisions(300).write(site)
    found = answer(watch(address=f"{url}/"))
    assert (found["verdict"], len(found["published"])) == ("consistent", 1)
    (site / "tile/0/000").unlink()
    assert "absent" in answer(watch("--whole", address=url))["detail"]


def test_a_redirection_is_followed_to_the_same_host_only(serve: Callable[[Any], str]) -> None:
    url = serve(Sending)
    assert Web(f"{url}/ici").read("checkpoint", 100) == b"bonjour"
    with pytest.raises(SourceError, match="302"):
        Web(f"{url}/ailleurs").read("checkpoint", 100)
    with pytest.raises(SourceError, match="500"):
        Web(f"{url}/erreur").read("checkpoint", 100)
    with pytest.raises(SourceError, match="plus de 3 octets"):
        Web(url).read("la", 3)


def test_a_host_that_does_not_answer_is_said(
    serve: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    class Silent(Serving):
        def do_GET(self) -> None:
            released.wait(10)

    class Slow(Serving):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not released.wait(0.05):
                self.wfile.write(b".")

    monkeypatch.setattr(sources, "SECONDS", 0.3)
    for handler in (Silent, Slow):
        with pytest.raises(SourceError, match="pas de réponse"):
            Web(serve(handler)).read("checkpoint", 1_000)
    released.set()
    with pytest.raises(SourceError, match="injoignable"):
        Web("http://127.0.0.1:1").read("checkpoint", 1_000)


@pytest.mark.parametrize(
    "address",
    ["http://exemple.invalid", "ftp://exemple.invalid", "https://u@exemple.invalid", "https://exemple.invalid?a=b",
     "https://exemple.invalid#a", "https://", "https://[x", "https://h:port", "file:///etc", "http://10.0.0.1"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(address: str) -> None:
    with pytest.raises(SourceError, match="adresse"):
        source(address)


@pytest.mark.parametrize(
    "address", ["https://exemple.invalid/registre/", "http://localhost:8000", "http://[::1]:8000"]
)
def test_a_safe_address_is_taken(address: str) -> None:
    assert source(address) == Web(address.rstrip("/"))


def test_a_file_that_may_not_be_read_is_said(site: Path) -> None:
    put(site / "a", b"1234")
    with pytest.raises(SourceError, match="plus de 3 octets"):
        Folder(site).read("a", 3)
    with pytest.raises(SourceError, match="absent"):
        Folder(site).read("a/b", 3)
    (site / "dossier").mkdir()
    with pytest.raises(SourceError, match="illisible"):
        Folder(site).read("dossier", 3)
