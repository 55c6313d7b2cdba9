"""What is read of the sealed tree proves each statement, under the best checkpoint there is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.db import reading, writing
from kiosk.ledger import proofs
from kiosk.ledger.models import CosignatureRow
from kiosk.ledger.proofs import Sealed
from kiosk.ledger.sealing import seal_once
from kiosk.proof import checkpoint, cosignature, merkle
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.receipt import HeldToken
from tests.kiosk.ledger.making import AT, KEY, add, body, clock, stamp, wait
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS_KEY = WitnessKey("temoin.exemple.invalid", WITNESS.public_key().public_bytes_raw())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registre"


def proof_of(engine: Engine, digest: str) -> Sealed:
    with reading(engine) as session:
        found = proofs.sealed(session, digest)
    assert found is not None
    return found


def check(found: Sealed, leaf: bytes) -> Checkpoint:
    """Verify a proof as a stranger does, and return the checkpoint it leads to."""
    made, _ = checkpoint.opened(found.note, [KEY.verifier])
    assert made.size == found.size
    merkle.verify_inclusion(leaf, found.index, made.size, found.path, made.root)
    return made


def test_what_is_not_sealed_has_no_proof(engine: Engine) -> None:
    (digest,) = wait(engine, 1)
    with reading(engine) as session:
        assert proofs.sealed(session, digest) is None
        assert proofs.sealed(session, "0" * 64) is None
        assert proofs.latest(session) is None


@ON_BOTH
@pytest.mark.requirement("S-58")
def test_each_statement_is_proved_by_the_first_checkpoint_that_holds_it(engine: Engine, folder: Path) -> None:
    hashes = wait(engine, 600)
    sizes = []
    while made := seal_once(engine, KEY, clock, folder=folder, most=130):
        sizes.append(made.size)
    for index in (0, 1, 127, 129, 130, 255, 256, 257, 511, 512, 598, 599):
        found = proof_of(engine, hashes[index])
        assert found.index == index
        assert found.size == min(size for size in sizes if size > index)
        assert (found.made_at, found.tokens, found.earlier) == (AT, (), None)
        check(found, merkle.leaf_hash(body(index)))


def test_a_proof_stays_the_same_while_the_tree_grows(engine: Engine, folder: Path) -> None:
    (digest, *_) = wait(engine, 3)
    seal_once(engine, KEY, clock, folder=folder)
    before = proof_of(engine, digest)
    wait(engine, 300, first=3)
    seal_once(engine, KEY, clock, folder=folder)
    assert proof_of(engine, digest) == before


def test_a_stamped_checkpoint_is_preferred_and_the_first_of_them(engine: Engine, folder: Path) -> None:
    hashes = wait(engine, 8)
    for _ in range(4):
        seal_once(engine, KEY, clock, folder=folder, most=2)
    assert proof_of(engine, hashes[1]).size == 2
    stamp(engine, 6, b"six")
    stamp(engine, 8, b"eight")
    sizes = [proof_of(engine, digest).size for digest in hashes]
    assert sizes == [6, 6, 6, 6, 6, 6, 8, 8]
    found = proof_of(engine, hashes[1])
    assert found.tokens == (HeldToken("alpha", b"six"),)
    check(found, merkle.leaf_hash(body(1)))


def test_a_token_that_cannot_be_used_is_in_no_proof(engine: Engine, folder: Path) -> None:
    (digest,) = wait(engine, 1)
    seal_once(engine, KEY, clock, folder=folder)
    stamp(engine, 1, b"early", usable=False)
    assert proof_of(engine, digest).tokens == ()
    stamp(engine, 1, b"good", at=AT + timedelta(seconds=5))
    assert proof_of(engine, digest).tokens == (HeldToken("alpha", b"good"),)


def test_a_checkpoint_whose_token_cannot_be_used_is_not_preferred(engine: Engine, folder: Path) -> None:
    (digest, *_) = wait(engine, 4)
    for _ in range(4):
        seal_once(engine, KEY, clock, folder=folder, most=1)
    stamp(engine, 2, b"early", usable=False)
    assert proof_of(engine, digest).size == 1
    stamp(engine, 3, b"good")
    assert proof_of(engine, digest).size == 3


def test_cosignatures_of_witnesses_come_with_the_checkpoint(engine: Engine, folder: Path) -> None:
    (digest,) = wait(engine, 1)
    made = seal_once(engine, KEY, clock, folder=folder)
    assert made is not None
    line = cosignature.cosign(made.text, WITNESS, WITNESS_KEY.name, AT)
    with writing(engine) as session:
        session.add(
            CosignatureRow(
                size=1, name=WITNESS_KEY.name, key_id=WITNESS_KEY.key_id.hex(), line=line, received_at=AT
            )
        )
    _, held = checkpoint.opened(proof_of(engine, digest).note, [KEY.verifier])
    (seen,) = cosignature.verify(held, [WITNESS_KEY])
    assert seen.name == WITNESS_KEY.name


def stamped_ledger(engine: Engine, folder: Path) -> None:
    """Six leaves, a checkpoint for each; those of two and four are stamped, that of five in vain."""
    wait(engine, 6)
    for _ in range(6):
        seal_once(engine, KEY, clock, folder=folder, most=1)
    stamp(engine, 2, b"two")
    stamp(engine, 4, b"four", at=AT + timedelta(minutes=1))
    stamp(engine, 5, b"five", usable=False)


@pytest.mark.parametrize(
    ("size", "minutes", "found"),
    [(1, 1, None), (2, 1, 2), (3, 1, 2), (4, 1, 4), (6, 1, 4), (6, 0, 2), (6, -1, None)],
)
def test_the_newest_token_is_on_a_checkpoint_that_is_held_and_not_from_later(
    engine: Engine, folder: Path, size: int, minutes: int, found: int | None
) -> None:
    stamped_ledger(engine, folder)
    with reading(engine) as session:
        newest = proofs.newest_token(session, size, AT + timedelta(minutes=minutes))
    tokens = {2: b"two", 4: b"four"}
    assert newest == (None if found is None else (found, HeldToken("alpha", tokens[found])))


NAMED = {"size": 4, "authority": "alpha", "hash": HeldToken("alpha", b"four").hash}


@pytest.mark.parametrize(
    ("named", "is_there"),
    [
        (None, False),
        ({"token": None}, False),
        ({"token": NAMED}, True),
        ({"token": NAMED | {"size": 2}}, False),
        ({"token": NAMED | {"authority": "beta"}}, False),
        ({"token": NAMED | {"hash": "0" * 64}}, False),
        ({"token": NAMED | {"size": 5, "hash": HeldToken("alpha", b"five").hash}}, False),
    ],
)
def test_a_proof_carries_the_very_token_that_its_statement_names(
    engine: Engine, folder: Path, named: dict[str, object] | None, *, is_there: bool
) -> None:
    stamped_ledger(engine, folder)
    raw = body(6, checkpoint=named)
    with writing(engine) as session:
        digest = add(session, raw)
    seal_once(engine, KEY, clock, folder=folder)
    found = proof_of(engine, digest)
    made = check(found, merkle.leaf_hash(raw))
    assert (found.earlier is not None) is is_there
    if found.earlier is not None:
        before, _ = checkpoint.opened(found.earlier.checkpoint, [KEY.verifier])
        assert (before.size, found.earlier.token) == (4, HeldToken("alpha", b"four"))
        merkle.verify_consistency(before.size, before.root, made.size, made.root, found.earlier.consistency)


def test_any_two_checkpoints_are_proved_consistent(engine: Engine, folder: Path) -> None:
    wait(engine, 520)
    made = []
    while one := seal_once(engine, KEY, clock, folder=folder, most=130):
        made.append(one)
    with reading(engine) as session:
        read = proofs.reader(session)
        for old in made:
            for new in made[made.index(old) :]:
                path = merkle.consistency_path(old.size, new.size, read)
                merkle.verify_consistency(old.size, old.root, new.size, new.root, path)
