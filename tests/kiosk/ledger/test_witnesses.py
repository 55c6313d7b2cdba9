"""Ledgers that witness one another: what is asked, what is taken in, and whom a receipt then convinces."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select

from kiosk import migrations
from kiosk.config import Settings
from kiosk.db import make_engine, reading, writing
from kiosk.ledger import files, proofs, public_keys, receipts, services, witnesses
from kiosk.ledger.errors import WitnessesError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import CosignatureRow
from kiosk.ledger.sealing import seal_once
from kiosk.ledger.signer import LocalSigner
from kiosk.ledger.witnesses import Standing, Witness, cosign_due, fetch
from kiosk.monitor import main as monitor
from kiosk.monitor import witness as monitor_witness
from kiosk.monitor.errors import SourceError
from kiosk.proof import checkpoint, cosignature, note
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import WitnessError
from kiosk.proof.trust import parse_trust
from kiosk.proof.verify import Step, Verdict, examine
from tests.kiosk.ledger.making import AT
from tests.kiosk.proof.making import OPENINGS, decision
from tests.kiosk.serving import Serving
from tests.kiosk.web import Hands
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

Settle = Callable[..., Settings]
Serve = Callable[[Any], str]


@dataclass
class Publisher:
    """A kiosk's ledger, served over HTTP, and the witness it is of others."""

    name: str
    engine: Engine
    home: Path
    clock: Hands
    settle: Settle
    url: str = ""
    """Where its ledger and what it cosigned are published."""

    @property
    def settings(self) -> Settings:
        file = self.home / "temoins.txt"
        return self.settle(
            data_dir=self.home, ledger_folder=self.folder, witnesses=file if file.exists() else None
        )

    @property
    def folder(self) -> Path:
        return self.home / "public/registre"

    @property
    def key(self) -> LedgerKey:
        return LedgerKey.load_or_create(self.home / "keys", "publisher", name=f"{self.name}/registre")

    @property
    def witness_file(self) -> Path:
        return self.home / "temoin.pem"

    @property
    def witness(self) -> Witness:
        return Witness(monitor_witness.load(self.witness_file).verifier, f"{self.url}/cosigne.txt")

    def decide(self, number: int = 1) -> str:
        """Record a decision, seal it and publish; returns the hash of its statement."""
        with writing(self.engine) as session:
            digest = services.record(session, decision(id=f"{number:032x}"), OPENINGS, AT)
        self.seal()
        return digest

    def seal(self) -> None:
        assert seal_once(self.engine, self.key, self.clock, folder=self.folder)
        self.publish()

    def publish(self) -> None:
        files.publish(self.engine, self.folder)
        public_keys.publish_keys(self.settings)

    def ask(self, *others: Publisher) -> None:
        """Name the witnesses to be asked."""
        lines = [f"{one.witness.key.encode()} {one.witness.url}\n" for one in others]
        (self.home / "temoins.txt").write_text("# clé adresse\n\n" + "".join(lines))

    def watch(self, other: Publisher) -> str:
        """Run `cgu-monitor` on another's ledger, over the network, as cron does; returns its verdict."""
        trust = self.home / "suivi.txt"
        trust.write_text(f"ledger {other.key.verifier.encode()}\n")
        words = [f"{other.url}/registre", "--state", self.home / "suivi", "--trust", trust, "--json"]
        words += ["--cosign", self.witness_file, "--out", self.home / "public/cosigne.txt"]
        said: dict[str, str] = json.loads(CliRunner().invoke(monitor, list(map(str, words))).stdout)
        return said["verdict"]

    def cosign_due(self) -> int:
        return cosign_due(self.engine, self.settings, self.clock)

    def standing(self) -> tuple[Standing, ...]:
        with reading(self.engine) as session:
            return witnesses.standing(session, witnesses.configured(self.settings.witnesses))

    def receipt(self, digest: str) -> bytes:
        with reading(self.engine) as session:
            return receipts.best(session, digest, LocalSigner(self.key), hints=receipts.hints(self.settings))


@pytest.fixture
def clock() -> Hands:
    return Hands(AT)


@pytest.fixture
def open_publisher(
    tmp_path: Path, clock: Hands, make_settings: Settle, serve: Serve
) -> Callable[[str, Engine], Publisher]:
    def start(name: str, engine: Engine) -> Publisher:
        home = tmp_path / name
        (home / "public").mkdir(parents=True)
        made = Publisher(name, engine, home, clock, make_settings)
        made.url = serve(lambda *arguments: Serving(*arguments, directory=str(home / "public")))
        done = CliRunner().invoke(monitor, ["--new-key", f"temoin.{name}", str(made.witness_file)])
        assert done.exit_code == 0
        return made

    return start


@pytest.fixture
def here(engine: Engine, open_publisher: Callable[[str, Engine], Publisher]) -> Publisher:
    return open_publisher("ici.exemple.invalid", engine)


@pytest.fixture
def there(tmp_path: Path, open_publisher: Callable[[str, Engine], Publisher]) -> Iterator[Publisher]:
    engine = make_engine(f"sqlite:///{tmp_path}/ailleurs.sqlite3")
    migrations.upgrade(engine)
    yield open_publisher("ailleurs.exemple.invalid", engine)
    engine.dispose()


def trusting(ledger: Publisher, *seen_by: Publisher) -> str:
    lines = [f"ledger {ledger.key.verifier.encode()}"]
    lines += [f"witness {one.witness.key.encode()}" for one in seen_by]
    return "\n".join([*lines, f"quorum {len(seen_by)}"] if seen_by else lines)


def test_two_ledgers_witness_each_other_and_receipts_reach_the_quorum(
    here: Publisher, there: Publisher, clock: Hands
) -> None:
    """Over real HTTP servers, by `cgu-monitor` as it is run."""
    here.ask(there)
    there.ask(here)
    digests = {one.name: one.decide() for one in (here, there)}
    for one, other in ((here, there), (there, here)):
        before = examine(one.receipt(digests[one.name]), parse_trust(trusting(one, other)))
        assert before.refused
        assert before.refused.step == Step.WITNESSES
        assert isinstance(before.refused, WitnessError)
    assert (here.watch(there), there.watch(here)) == ("consistent", "consistent")
    assert (here.cosign_due(), there.cosign_due()) == (0, 0), "a while after the checkpoint, not before"
    clock.at += witnesses.EVERY
    assert (here.cosign_due(), there.cosign_due()) == (1, 1)
    for one, other in ((here, there), (there, here)):
        raw = one.receipt(digests[one.name])
        found = examine(raw, parse_trust(trusting(one, other)))
        assert (found.refused, found.verdict) == (None, Verdict.UNATTESTED)
        assert [seen.name for seen in found.witnesses] == [other.witness.key.name]
        one.publish()
        published = note.parse((one.folder / "checkpoint").read_text("utf-8"))
        assert cosignature.verify(published, [other.witness.key])
        told = (one.folder / "confiance.txt").read_text("utf-8")
        assert parse_trust(told).witnesses == (other.witness.key,)
        held = examine(one.receipt(digests[one.name]), parse_trust(told)).receipt
        assert held
        assert held.keys.witnesses == (other.witness.key.encode(),)
    (standing,) = here.standing()
    assert (standing.size, standing.failing) == (1, None)
    clock.at += timedelta(hours=1)
    assert here.cosign_due() == 0, "nothing was sealed since"


def test_a_receipt_bears_the_checkpoint_that_was_cosigned(
    here: Publisher, there: Publisher, clock: Hands
) -> None:
    """Sealed under one checkpoint, seen by the witness under the next."""
    here.ask(there)
    digest = here.decide(1)
    here.decide(2)
    there.watch(here)
    here.decide(3)
    clock.at += witnesses.EVERY
    assert here.cosign_due() == 1
    found = examine(here.receipt(digest), parse_trust(trusting(here, there)))
    assert found.refused is None
    assert found.receipt
    assert found.receipt.proof
    assert checkpoint.opened(found.receipt.proof.checkpoint, [here.key.verifier])[0].size == 2


def reasons(publisher: Publisher) -> list[str]:
    return [one.failing.reason for one in publisher.standing() if one.failing]


def test_a_witness_that_is_away_is_left_in_peace_longer_and_longer(
    here: Publisher, there: Publisher, clock: Hands
) -> None:
    here.ask(there)
    here.decide()
    waits = []
    for _ in range(9):
        clock.at += witnesses.EVERY if not waits else timedelta()
        assert here.cosign_due() == 0
        (standing,) = here.standing()
        assert standing.failing
        waits.append((standing.failing.next_at - clock.at) // timedelta(minutes=1))
        clock.at = standing.failing.next_at - timedelta(seconds=1)
        here.cosign_due()
        (still,) = here.standing()
        assert still.failing == standing.failing, "not asked again before"
        clock.at = standing.failing.next_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert reasons(here) == ["cosigne.txt : absent."]
    there.watch(here)
    assert here.cosign_due() == 1
    assert reasons(here) == []


@pytest.fixture
def lying(here: Publisher, there: Publisher, clock: Hands) -> Callable[[str], list[str]]:
    """Let the witness publish something else, and return why it is not taken in."""
    here.ask(there)
    here.decide()
    assert there.watch(here) == "consistent"
    clock.at += witnesses.EVERY

    def publish(content: str) -> list[str]:
        (there.home / "public/cosigne.txt").write_text(content)
        assert here.cosign_due() == 0
        with reading(here.engine) as session:
            assert session.scalars(select(CosignatureRow)).all() == []
        return reasons(here)

    return publish


def cosigned(text: str, here: Publisher, there: Publisher) -> str:
    """The note of `text`, signed by our key, and cosigned by the witness's."""
    private = monitor_witness.load(there.witness_file).private
    line = cosignature.cosign(text, private, there.witness.key.name, AT)
    return note.append(note.sign(text, here.key.name, here.key.private), line)


def test_a_witness_that_cosigns_another_text_is_told_by_name(
    here: Publisher, there: Publisher, lying: Callable[[str], list[str]]
) -> None:
    """Our key signed it too: it was stolen, or two histories were written."""
    forged = checkpoint.Checkpoint(here.key.name, 1, b"f" * 32).text
    assert lying(cosigned(forged, here, there)) == ["AUTRE TEXTE cosigné pour 1 feuille(s)"]


def test_a_witness_of_leaves_that_are_not_here_is_told(
    here: Publisher, there: Publisher, lying: Callable[[str], list[str]]
) -> None:
    forged = checkpoint.Checkpoint(here.key.name, 7, b"f" * 32).text
    assert lying(cosigned(forged, here, there)) == ["cosigne 7 feuille(s), qui ne sont pas un point d’ici"]


def test_a_cosignature_of_another_text_under_ours_is_refused(
    here: Publisher, there: Publisher, lying: Callable[[str], list[str]]
) -> None:
    ours = (here.folder / "checkpoint").read_text("utf-8")
    other = checkpoint.Checkpoint(here.key.name, 1, b"f" * 32).text
    private = monitor_witness.load(there.witness_file).private
    line = cosignature.cosign(other, private, there.witness.key.name, AT)
    assert lying(note.append(ours, line)) == ["sa cosignature n’est pas celle de ce texte"]


def test_a_cosignature_of_another_key_is_not_that_of_the_witness(
    here: Publisher, there: Publisher, lying: Callable[[str], list[str]]
) -> None:
    ours = (here.folder / "checkpoint").read_text("utf-8")
    line = cosignature.cosign(note.parse(ours).text, here.key.private, there.witness.key.name, AT)
    assert lying(note.append(ours, line)) == ["pas de cosignature de sa clé"]


@pytest.mark.parametrize("content", ["", "rien\n", "a\nb\n\n— c ZHVtbXk=\n"])
def test_what_is_no_cosigned_checkpoint_is_told(content: str, lying: Callable[[str], list[str]]) -> None:
    assert lying(content) == ["publie autre chose qu’un point cosigné"]


@ON_BOTH
def test_an_older_cosignature_is_not_taken_twice(here: Publisher, there: Publisher, clock: Hands) -> None:
    here.ask(there)
    here.decide(1)
    there.watch(here)
    clock.at += witnesses.EVERY
    assert here.cosign_due() == 1
    here.decide(2)
    clock.at += witnesses.EVERY
    assert here.cosign_due() == 0
    assert reasons(here) == ["rien de nouveau depuis 1 feuille(s)"]


@ON_BOTH
def test_no_transaction_is_open_while_a_witness_thinks(
    here: Publisher, there: Publisher, clock: Hands
) -> None:
    """Somebody decides meanwhile, on SQLite too."""
    here.ask(there)
    here.decide(1)
    there.watch(here)
    clock.at += witnesses.EVERY

    def slow(witness: Witness) -> bytes:
        here.decide(2)
        return fetch(witness)

    assert cosign_due(here.engine, here.settings, clock, slow) == 1


def test_a_witness_too_many_words_long_or_elsewhere_is_not_asked(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (witnesses.MAX_BYTES + 1))
    url = serve(lambda *arguments: Serving(*arguments, directory=str(tmp_path)))
    key = WitnessKey("temoin", bytes(32))
    with pytest.raises(SourceError, match="plus de"):
        fetch(Witness(key, f"{url}/long"))


KEY_LINE = WitnessKey("temoin", bytes(32)).encode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x https://t.invalid/c", "ligne 1 : ce n’est pas une clé"),
        (f"# rien\n{KEY_LINE}", "ligne 2 : attendu « clé adresse »"),
        (f"{KEY_LINE} http://t.invalid/c", "ligne 1 : http://t.invalid"),
        (f"{KEY_LINE} https://u@t.invalid/c", "ligne 1"),
        (f"{KEY_LINE} https://t.invalid/", "adresse https d’un fichier"),
        (f"{KEY_LINE} dossier/c", "adresse https d’un fichier"),
        (f"{KEY_LINE} https://t.invalid/c\n{KEY_LINE} https://u.invalid/c", "ligne 2 : ce témoin est déjà"),
        ("\udcff", "illisible"),
    ],
)
def test_a_file_that_is_none_of_witnesses_is_told(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "temoins.txt"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WitnessesError, match=words):
        witnesses.configured(file)


def test_without_witnesses_nobody_is_asked(here: Publisher, tmp_path: Path) -> None:
    here.decide()
    assert here.cosign_due() == 0
    with pytest.raises(WitnessesError, match="illisible"):
        witnesses.configured(tmp_path / "absent")


def many(count: int) -> list[Ed25519PrivateKey]:
    return [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(count)]


def test_more_witnesses_than_a_note_may_bear_are_refused_in_words(tmp_path: Path) -> None:
    keys = [
        WitnessKey(f"temoin-{number}.example", one.public_key().public_bytes_raw())
        for number, one in enumerate(many(14))
    ]
    lines = [f"{key.encode()} https://{key.name}/cosigned" for key in keys]
    file = tmp_path / "temoins.txt"
    file.write_text("\n".join(lines[:13]))
    assert len(witnesses.configured(file)) == 13
    file.write_text("\n".join(lines))
    with pytest.raises(WitnessesError, match="ligne 14 : 13 témoins au plus"):
        witnesses.configured(file)


def test_more_cosignatures_than_a_note_may_bear_break_neither_receipts_nor_publishing(
    here: Publisher, clock: Hands
) -> None:
    here.decide()
    with writing(here.engine) as session:
        head = proofs.latest(session)
        assert head is not None
        text = note.parse(proofs.cosigned_note(session, head.size)).text
        for number, key in enumerate(many(20)):
            line = cosignature.cosign(text, key, f"t{number}", clock())
            witness = WitnessKey(f"t{number}", key.public_key().public_bytes_raw())
            session.add(
                CosignatureRow(
                    size=head.size, name=witness.name, key_id=witness.key_id.hex(), line=line,
                    received_at=clock(),
                )
            )  # fmt: skip
    with reading(here.engine) as session:
        held = note.parse(proofs.cosigned_note(session, head.size))
    assert len(held.signatures) == note.MAX_SIGNATURES
    files.publish(here.engine, here.folder)
