"""Whatever is changed in the ledger, the audit names it; what is whole, it counts."""

from __future__ import annotations

import re
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.db import writing
from kiosk.ledger.audit import Audited, audit, summary
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.rows import snapshot
from kiosk.ledger.sealing import seal_once
from kiosk.ledger.services import record
from kiosk.proof import checkpoint, cosignature, merkle
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.statement import Kind, make
from kiosk.proof.trust import Trust, key_name
from tests.authority import Authority, issue
from tests.kiosk.ledger.making import AT, KEY, OTHER, clock
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.ledger.whole import WITNESS, Whole, fill
from tests.postgres import ON_BOTH, ON_SQLITE, on_both

pytestmark = ON_SQLITE

TRUST = Trust((KEY.verifier,), (WITNESS,))
NEW_KEY = LedgerKey(KEY.name, Ed25519PrivateKey.from_private_bytes(b"n" * 32))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    root = issue("Racine", ca=True)
    return Authority(tmp_path_factory.mktemp("authority"), root, issue("Horodatage", root))


@pytest.fixture
def whole(engine: Engine, tmp_path: Path) -> Whole:
    return fill(engine, tmp_path / "registre")


def audited(whole: Whole, trust: Trust = TRUST, *, files: bool = True) -> Audited:
    with snapshot(whole.engine) as session:
        return audit(session, trust, folder=whole.folder if files else None)


def deviation(whole: Whole, trust: Trust = TRUST, *, files: bool = False) -> DeviationError:
    with pytest.raises(DeviationError) as caught:
        audited(whole, trust, files=files)
    return caught.value


@pytest.mark.requirement("S-59")
def test_a_whole_ledger_is_counted(whole: Whole, authority: Authority) -> None:
    whole.stamp(Checkpoint(KEY.name, 100, root_of(whole, 100)), authority)
    roots = {"alpha": authority.root.der}
    done = audited(whole, Trust((KEY.verifier,), (WITNESS,), authorities=roots))
    assert done.root == root_of(whole, 300)
    assert summary(done) == {
        "leaves": 300, "root": done.root.hex(), "recovered": 0,
        "statements": {"decision": 300, "publication": 1, "screens": 1}, "pending": 2,
        "tiles": 1, "checkpoints": 2,
        "tokens": 1, "unverified_tokens": 0, "unpublished_tokens": 0, "cosignatures": 1,
        "unverified_cosignatures": 0, "disclosures": 600, "comparisons": 1, "published": 300,
    }  # fmt: skip


def root_of(whole: Whole, size: int) -> bytes:
    with whole.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT leaf_hash FROM ledger_leaf ORDER BY leaf_index").all()
    return merkle.root(bytes(row[0]) for row in rows[:size])


def test_an_empty_ledger_is_whole(engine: Engine, tmp_path: Path) -> None:
    done = audited(Whole(engine, tmp_path / "registre"))
    assert (done.leaves, done.root, done.checkpoints, done.published) == (0, merkle.EMPTY_ROOT, 0, 0)


@ON_BOTH
def test_what_is_published_after_it_is_looked_at_does_no_harm(whole: Whole) -> None:
    with snapshot(whole.engine) as session:
        session.connection().exec_driver_sql("SELECT 1 FROM ledger_leaf").all()
        whole.decide(30)
        if whole.engine.dialect.name == "postgresql":
            assert seal_once(whole.engine, KEY, clock, folder=whole.folder)
        assert audit(session, TRUST, folder=whole.folder).leaves == 300
    assert audited(whole).statements["decision"] == 330


@dataclass(frozen=True)
class Change:
    """A change of rows, and the row that the audit names."""

    statement: str
    table: str
    key: str


ONE = "(SELECT statement_hash FROM ledger_leaf WHERE leaf_index = 7)"
CHANGES = {
    "a statement changed": Change(
        f"UPDATE statement SET body = :body WHERE hash = {ONE}", "statement", "[0-9a-f]{64}"
    ),
    "another kind": Change(
        f"UPDATE statement SET kind = 'sanction' WHERE hash = {ONE}", "statement", "[0-9a-f]{64}"
    ),
    "a statement taken away": Change(
        f"DELETE FROM statement WHERE hash = {ONE}", "statement", "[0-9a-f]{64}"
    ),
    "a leaf of another hash": Change(
        "UPDATE ledger_leaf SET leaf_hash = :hash WHERE leaf_index = 7", "ledger_leaf", "7"
    ),
    "a leaf without its statement": Change(
        "UPDATE ledger_leaf SET statement_hash = NULL WHERE leaf_index = 7", "statement", "[0-9a-f]{64}"
    ),
    "a leaf taken away": Change("DELETE FROM ledger_leaf WHERE leaf_index = 7", "ledger_leaf", "7"),
    "the last leaf taken away": Change("DELETE FROM ledger_leaf WHERE leaf_index = 299", "checkpoint", "300"),
    "the first leaf moved": Change(
        "UPDATE ledger_leaf SET leaf_index = 300 WHERE leaf_index = 0", "ledger_leaf", "0"
    ),
    "a tile changed": Change(
        "UPDATE ledger_tile SET hashes = :tile", "ledger_tile", r"\(0, 0\), empreinte 0"
    ),
    "the root of a tile changed": Change(
        "UPDATE ledger_tile SET root = :hash", "ledger_tile", r"\(0, 0\), racine"
    ),
    "a tile taken away": Change("DELETE FROM ledger_tile", "ledger_tile", r"\(0, 0\)"),
    "a tile elsewhere": Change("UPDATE ledger_tile SET number = 1", "ledger_tile", r"\(0, 0\)"),
    "a tile too many": Change(
        "INSERT INTO ledger_tile (level, number, hashes, root) VALUES (0, 1, :tile, :hash)",
        "ledger_tile", r"\(0, 1\)",
    ),
    "a tile of a level too many": Change(
        "INSERT INTO ledger_tile (level, number, hashes, root) VALUES (5, 0, :tile, :hash)",
        "ledger_tile", r"\(5, 0\)",
    ),
    "another root": Change("UPDATE checkpoint SET root = :hash WHERE size = 100", "checkpoint", "100"),
    "a checkpoint of more leaves": Change(
        "UPDATE checkpoint SET size = 301 WHERE size = 300", "checkpoint", "301"
    ),
    "a note of another key": Change(
        "UPDATE checkpoint SET note = :foreign WHERE size = 100", "checkpoint", "100"
    ),
    "a note of another text": Change(
        "UPDATE checkpoint SET note = :other WHERE size = 100", "checkpoint", "100"
    ),
    "a note that is not signed as it is": Change(
        "UPDATE checkpoint SET note = replace(note, '100', '101') WHERE size = 100", "checkpoint", "100"
    ),
    "a note that is none": Change("UPDATE checkpoint SET note = '' WHERE size = 100", "checkpoint", "100"),
    "the last checkpoint taken away": Change(
        "DELETE FROM checkpoint WHERE size = 300", "ledger_leaf", "100"
    ),
    "sealed and waiting": Change(
        f"INSERT INTO pending (statement_hash) SELECT {ONE}", "pending", "[0-9a-f]{64}"
    ),
    "neither sealed nor waiting": Change("DELETE FROM pending", "statement", "[0-9a-f]{64}"),
    "a waiting statement changed": Change(
        "UPDATE statement SET body = :body WHERE hash IN (SELECT statement_hash FROM pending)",
        "statement", "[0-9a-f]{64}",
    ),
    "a waiting statement taken away": Change(
        "DELETE FROM statement WHERE hash IN (SELECT statement_hash FROM pending)",
        "statement", "[0-9a-f]{64}",
    ),
    "a personal field changed": Change(
        "UPDATE disclosure SET value = 'autre@exemple.invalid' WHERE field = 'email'",
        "disclosure", r"\([0-9a-f]{64}, email\)",
    ),
    "the salt of another length": Change(
        "UPDATE disclosure SET salt = :body WHERE field = 'email'",
        "disclosure", r"\([0-9a-f]{64}, email\)",
    ),
    "a personal field of nothing": Change(
        f"UPDATE disclosure SET statement_hash = '{'0' * 64}' WHERE field = 'email'"
        f" AND statement_hash = {ONE}",
        "disclosure", rf"\({'0' * 64}, email\)",
    ),
    "a comparison changed": Change(
        "UPDATE comparison_shown SET body = :packed", "comparison_shown", "[0-9a-f]{64}"
    ),
    "a comparison that is none": Change(
        "UPDATE comparison_shown SET body = :body", "comparison_shown", "[0-9a-f]{64}"
    ),
    "a cosignature of another text": Change(
        "UPDATE cosignature SET line = :cosigned", "cosignature", r"\(300, temoin.exemple.invalid, .{8}\)"
    ),
    "a cosignature of another name": Change(
        "UPDATE cosignature SET name = 'autre'", "cosignature", r"\(300, autre, .{8}\)"
    ),
    "a cosignature that is none": Change(
        "UPDATE cosignature SET line = 'rien'", "cosignature", r"\(300, temoin.exemple.invalid, .{8}\)"
    ),
    "a cosignature of no checkpoint": Change(
        "UPDATE cosignature SET size = 299", "cosignature", r"\(299, temoin.exemple.invalid, .{8}\)"
    ),
}  # fmt: skip


@pytest.mark.requirement("S-59")
@on_both(
    "name", CHANGES, "neither sealed nor waiting", "a comparison changed", "a cosignature of no checkpoint"
)
def test_a_change_is_named(whole: Whole, name: str) -> None:
    change = CHANGES[name]
    other = Checkpoint(KEY.name, 99, root_of(whole, 99))
    values = {
        "body": b"{}",
        "hash": bytes(32),
        "tile": bytes(8192),
        "packed": zlib.compress(b"{}"),
        "foreign": checkpoint.sign(Checkpoint(KEY.name, 100, root_of(whole, 100)), OTHER.private),
        "other": checkpoint.sign(other, KEY.private),
        "cosigned": cosignature.cosign(other.text, OTHER.private, WITNESS.name, AT),
    }
    used = {key: value for key, value in values.items() if f":{key}" in change.statement}
    tamper(whole.engine, change.statement, **used)
    found = deviation(whole)
    assert found.table == change.table
    assert re.fullmatch(change.key, found.key), found.key
    assert found.expected != found.found
    assert str(found).startswith(f"{found.table}, {found.key} : attendu ")


@ON_BOTH
def test_a_history_written_again_from_a_statement_on_is_named_by_its_first_checkpoint(whole: Whole) -> None:
    """Statement, leaf and tile agree; what was signed does not."""
    body = b'{"at":"","kind":"decision","x":1}'
    digest, leaf = sha256(body).hexdigest(), merkle.leaf_hash(body)
    tamper(
        whole.engine,
        "INSERT INTO statement (hash, kind, body, recorded_at) SELECT :h, kind, :b, recorded_at"
        " FROM statement WHERE hash = (SELECT statement_hash FROM ledger_leaf WHERE leaf_index = 7)",
        h=digest, b=body,
    )  # fmt: skip
    tamper(
        whole.engine,
        "UPDATE ledger_leaf SET statement_hash = :h, leaf_hash = :l WHERE leaf_index = 7",
        h=digest, l=leaf,
    )  # fmt: skip
    found = deviation(whole)
    assert (found.table, found.key) == ("checkpoint", "100")
    assert found.expected == f"la racine {root_of(whole, 100).hex()}"


TOKEN_CHANGES: dict[str, tuple[str, str]] = {
    "of another checkpoint": ("UPDATE timestamp_token SET size = 300", "un jeton d’un autre texte"),
    "of no checkpoint": ("UPDATE timestamp_token SET size = 99", "rien"),
    "of another number": ("UPDATE timestamp_token SET serial = 'ff00'", "ff00"),
    "of another time": (
        "UPDATE timestamp_token SET token_at = '2026-01-01 00:00:00+00:00'",
        "2026-01-01T00:00:00.000000Z",
    ),
    "that is none": ("UPDATE timestamp_token SET token = :body", "un jeton illisible"),
}


@ON_BOTH
@pytest.mark.parametrize("name", TOKEN_CHANGES)
def test_a_changed_token_is_named(whole: Whole, authority: Authority, name: str) -> None:
    whole.stamp(Checkpoint(KEY.name, 100, root_of(whole, 100)), authority)
    statement, found_words = TOKEN_CHANGES[name]
    if whole.engine.dialect.name == "sqlite":
        statement = statement.replace("+00:00", ".000000")
    tamper(whole.engine, statement, **({"body": b"rien"} if ":body" in statement else {}))
    trust = Trust((KEY.verifier,), authorities={"alpha": authority.root.der})
    found = deviation(whole, trust)
    assert found.table == "timestamp_token"
    assert found.found == found_words


def test_a_token_whose_root_is_not_given_is_compared_and_counted(whole: Whole, authority: Authority) -> None:
    whole.stamp(Checkpoint(KEY.name, 100, root_of(whole, 100)), authority)
    done = audited(whole)
    assert (done.tokens, done.unverified_tokens) == (1, 1)
    tamper(whole.engine, "UPDATE timestamp_token SET size = 300")
    assert deviation(whole).table == "timestamp_token"


def test_a_token_under_another_root_is_named(whole: Whole, authority: Authority) -> None:
    whole.stamp(Checkpoint(KEY.name, 100, root_of(whole, 100)), authority)
    other = issue("Autre racine", ca=True)
    found = deviation(whole, Trust((KEY.verifier,), authorities={"alpha": other.der}))
    assert found.found == "une autorité qui ne répond pas de ce jeton"


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a full tile changed": (lambda folder: flip(folder / "tile/0/000"), "tile/0/000, octet 3"),
    "a partial tile changed": (lambda folder: flip(folder / "tile/0/001.p/44"), "tile/0/001.p/44, octet 3"),
    "a tile taken away": (lambda folder: (folder / "tile/1/000.p/1").unlink(), "tile/1/000.p/1, octet 0"),
    "a statement changed": (lambda folder: flip(folder / "statements/000"), "statements/000, octet 3"),
    "a statement taken away": (lambda folder: (folder / "statements/000").unlink(), "statements/000"),
    "the list emptied": (
        lambda folder: (folder / "statements/index").write_bytes(b""),
        "statements/index, ligne 1",
    ),
    "a line too many in the list": (
        lambda folder: add(folder / "statements/index", b"9 x publication\n"),
        "statements/index, ligne 3",
    ),
    "a former checkpoint changed": (
        lambda folder: flip(folder / "checkpoints/100"),
        "checkpoints/100, octet 3",
    ),
    "the signature of the checkpoint changed": (
        lambda folder: swap(folder / "checkpoint", b" A", b" B"),
        r"checkpoint, octet \d+",
    ),
}


def add(file: Path, more: bytes) -> None:
    file.write_bytes(file.read_bytes() + more)


def flip(file: Path) -> None:
    raw = file.read_bytes()
    file.write_bytes(raw[:3] + bytes([raw[3] ^ 1]) + raw[4:])


def swap(file: Path, old: bytes, new: bytes) -> None:
    raw = file.read_bytes()
    place = raw.index(b"\n\n") + len("\n\n— ".encode()) + len(KEY.name) + 20
    file.write_bytes(raw[:place] + (new if raw[place : place + 1] != new[1:] else old)[1:] + raw[place + 1 :])


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_named(whole: Whole, name: str) -> None:
    change, key = FILES[name]
    change(whole.folder)
    found = deviation(whole, files=True)
    assert found.table == "registre"
    assert re.fullmatch(key, found.key), found.key
    assert audited(whole, files=False).leaves == 300


def test_a_published_checkpoint_of_another_tree_is_named(whole: Whole) -> None:
    forged = checkpoint.sign(Checkpoint(KEY.name, 200, bytes(32)), KEY.private)
    (whole.folder / "checkpoint").write_text(forged)
    found = deviation(whole, files=True)
    assert (found.table, found.key) == ("registre", "checkpoint")


def test_more_published_than_held_is_named(whole: Whole) -> None:
    forged = checkpoint.sign(Checkpoint(KEY.name, 301, bytes(32)), KEY.private)
    (whole.folder / "checkpoint").write_text(forged)
    found = deviation(whole, files=True)
    assert (found.table, found.key, found.found) == ("registre", "checkpoint", "301")


def test_a_token_file_of_another_content_is_named(whole: Whole, authority: Authority) -> None:
    whole.stamp(Checkpoint(KEY.name, 100, root_of(whole, 100)), authority)
    file = whole.folder / "tokens/100/alpha.tst"
    flip(file)
    assert deviation(whole, files=True).key == "tokens/100/alpha.tst"
    file.unlink()
    assert audited(whole).unpublished_tokens == 1


def announce(whole: Whole, old: LedgerKey, new: LedgerKey) -> None:
    said = {
        "id": "a" * 32, "old": old.verifier.encode(), "new": new.verifier.encode(), "reason": "routine",
        "size": 300,
    }  # fmt: skip
    with writing(whole.engine) as session:
        record(session, make(Kind.KEY_CHANGE, "demonstration", AT, said), (), AT)


def test_a_former_key_counts_once_its_follower_signed_the_change(whole: Whole) -> None:
    announce(whole, KEY, NEW_KEY)
    alone = replace(KEY, followed=(NEW_KEY.verifier, KEY.verifier))  # as no rotation leaves its folder
    assert seal_once(whole.engine, alone, clock, folder=whole.folder)
    today = Trust((NEW_KEY.verifier,))
    assert deviation(whole, today).found == "une clé remplacée"
    whole.decide()
    assert seal_once(whole.engine, NEW_KEY, clock, folder=whole.folder)
    assert audited(whole, today).checkpoints == 4
    whole.decide()
    assert seal_once(whole.engine, KEY, clock, folder=whole.folder)
    found = deviation(whole, today)
    assert (found.table, found.key, found.found) == ("checkpoint", "305", "une clé remplacée")
    found = deviation(whole, Trust((NEW_KEY.verifier, KEY.verifier)))
    assert (found.key, found.found) == ("305", "une clé remplacée"), "trusted too, it is still the older one"


def test_until_a_change_is_sealed_the_old_key_signed_last(whole: Whole) -> None:
    announce(whole, KEY, NEW_KEY)
    revoked = {key_name(KEY.verifier): AT}
    assert audited(whole, Trust((NEW_KEY.verifier, KEY.verifier), revoked=revoked)).checkpoints == 2


@ON_BOTH
def test_a_key_that_was_stolen_vouches_for_nothing_at_the_end(whole: Whole) -> None:
    revoked = {key_name(KEY.verifier): AT}
    found = deviation(whole, Trust((NEW_KEY.verifier, KEY.verifier), revoked=revoked))
    assert (found.table, found.key, found.found) == ("checkpoint", "300", "une clé révoquée")
    announce(whole, KEY, NEW_KEY)
    follower = replace(NEW_KEY, followed=(KEY.verifier,))
    assert seal_once(whole.engine, follower, clock, folder=whole.folder)
    assert audited(whole, Trust((NEW_KEY.verifier, KEY.verifier), revoked=revoked)).checkpoints == 3


def test_a_change_to_another_key_than_ours_vouches_for_nothing(whole: Whole) -> None:
    announce(whole, OTHER, KEY)
    announce_other = LedgerKey(KEY.name, OTHER.private, followed=(KEY.verifier, OTHER.verifier))
    assert seal_once(whole.engine, announce_other, clock, folder=whole.folder)
    assert deviation(whole).found == "une autre clé"


@ON_BOTH
def test_memory_does_not_grow_with_the_ledger(engine: Engine, tmp_path: Path) -> None:
    """Four times the leaves cost less than one and a half times the memory."""
    whole = Whole(engine, tmp_path / "registre")
    whole.enter()
    peaks = []
    for count in (1_000, 3_000):
        whole.decide(count)
        while seal_once(engine, KEY, clock, folder=whole.folder):
            pass
        tracemalloc.start()
        audited(whole, files=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
