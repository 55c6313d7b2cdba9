"""The published files are whole for whoever reads the checkpoint, at any instant, and name nobody."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.db import writing
from kiosk.ledger import files
from kiosk.ledger.errors import ForkError
from kiosk.ledger.files import publish, write_file
from kiosk.ledger.models import CosignatureRow
from kiosk.ledger.sealing import seal_once
from kiosk.proof import checkpoint, cosignature
from kiosk.proof.checkpoint import Checkpoint, sign
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.statement import Kind, make
from tests.kiosk.ledger.making import AT, KEY, OTHER, add, body, clock, stamp, wait
from tests.kiosk.ledger.mirror import check_files, tree
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registre"


def seal(engine: Engine, folder: Path, most: int = 2_000) -> Checkpoint:
    made = seal_once(engine, KEY, clock, folder=folder, most=most)
    assert made is not None
    return made


def test_nothing_is_published_before_the_first_checkpoint(engine: Engine, folder: Path) -> None:
    assert publish(engine, folder) == 0
    assert not folder.exists()


@pytest.mark.requirement("S-58")
def test_what_is_published_proves_itself_with_the_public_key_alone(engine: Engine, folder: Path) -> None:
    wait(engine, 3)
    wait(engine, 2, first=3, kind="publication")
    made = seal(engine, folder)
    assert publish(engine, folder) > 0
    assert check_files(folder) == made
    assert set(tree(folder)) == {
        "checkpoint", "checkpoints/005", "statements/003", "statements/004", "statements/index",
        "tile/0/000.p/5",
    }  # fmt: skip


@ON_BOTH
def test_publishing_again_writes_nothing(engine: Engine, folder: Path) -> None:
    wait(engine, 300)
    seal(engine, folder)
    stamp(engine, 300)
    publish(engine, folder)
    before = tree(folder)
    assert publish(engine, folder) == 0
    assert tree(folder) == before


def test_the_files_follow_a_tree_that_grows(engine: Engine, folder: Path) -> None:
    first = 0
    for size in (1, 5, 255, 256, 257, 600, 1_024):
        wait(engine, size - first, first=first, kind="publication" if size == 600 else "decision")
        first = size
        made = seal(engine, folder)
        publish(engine, folder)
        assert check_files(folder) == made
        assert made.size == size
    names = set(tree(folder))
    assert {name for name in names if name.startswith("tile/")} == {
        "tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003", "tile/1/000.p/1", "tile/1/000.p/2",
        "tile/1/000.p/4",
    }  # fmt: skip
    assert {"checkpoints/001", "checkpoints/x001/024"} <= names
    assert not (folder / "tile/0/000.p").exists()


def test_checkpoints_made_between_two_publications_are_kept_too(engine: Engine, folder: Path) -> None:
    wait(engine, 6)
    for _ in range(3):
        seal(engine, folder, most=2)
    publish(engine, folder)
    assert {"checkpoints/002", "checkpoints/004", "checkpoints/006"} <= set(tree(folder))
    assert check_files(folder) is not None


@pytest.mark.requirement("S-59")
def test_only_what_concerns_everyone_is_published_whole(engine: Engine, folder: Path) -> None:
    kinds = ("decision", "contestation", "notification", "exposure", "sanction", *files.PUBLIC_KINDS)
    said = {"old": OTHER.verifier.encode(), "new": KEY.verifier.encode(), "reason": "routine", "size": 1}
    change = make(Kind.KEY_CHANGE, "demonstration", AT, {"id": "a" * 32, **said})
    with writing(engine) as session:
        for number, kind in enumerate(kinds):
            raw = body(number, kind, words=f"secret-{kind}") if kind != "key-change" else change.body
            add(session, raw, AT + timedelta(seconds=number), kind)
    assert seal_once(engine, replace(KEY, followed=(OTHER.verifier,)), clock, folder=folder)
    publish(engine, folder)
    written = b"".join(tree(folder).values())
    found = {kind for kind in kinds if f"secret-{kind}".encode() in written}
    assert found == set(files.PUBLIC_KINDS) - {"key-change"}
    assert change.body in written
    listed = [line.split(" ")[2] for line in (folder / "statements/index").read_text().splitlines()]
    assert listed == list(files.PUBLIC_KINDS)


class PowerCutError(Exception):
    """Nothing more is written."""


def finished(engine: Engine, folder: Path, writes: int) -> bool:
    """Publish, with a power cut after so many files; says whether it came to its end before."""
    left = iter(range(writes))

    def write(file: Path, content: bytes) -> None:
        if next(left, None) is None:
            raise PowerCutError
        write_file(file, content)

    try:
        publish(engine, folder, write=write)
    except PowerCutError:
        return False
    return True


def test_interrupted_at_each_file_it_leaves_a_tree_that_holds_and_is_finished_later(
    engine: Engine, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    count = 0
    for first, size in ((0, 250), (250, 3), (253, 80), (333, 260)):
        wait(engine, size - 1, first=first)
        wait(engine, 1, first=first + size - 1, kind="publication")
        seal(engine, cut, most=size // 2)
        while made := seal_once(engine, KEY, clock, folder=cut, most=size):
            newest = made
        stamp(engine, newest.size, f"token {size}".encode(), at=AT + timedelta(seconds=first))
        before = check_files(cut)
        files_written = 0
        while not finished(engine, cut, files_written):
            assert check_files(cut) == before
            files_written += 1
        count += files_written
        assert check_files(cut) == newest
        publish(engine, whole)
        assert tree(cut) == tree(whole)
    assert count > 20


def test_an_interrupted_write_leaves_the_former_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(folder / "checkpoint", b"first")

    def cut(_descriptor: int) -> None:
        raise PowerCutError

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", cut)
        with pytest.raises(PowerCutError):
            write_file(folder / "checkpoint", b"second")
    assert (folder / "checkpoint").read_bytes() == b"first"
    write_file(folder / "checkpoint", b"third")
    assert tree(folder) == {"checkpoint": b"third"}


def test_tokens_are_published_as_they_come_and_only_usable_ones(engine: Engine, folder: Path) -> None:
    wait(engine, 4)
    seal(engine, folder, most=2)
    publish(engine, folder)
    stamp(engine, 2, b"early", usable=False)
    assert publish(engine, folder) == 0
    stamp(engine, 2, b"first", at=AT + timedelta(seconds=1))
    seal(engine, folder)
    stamp(engine, 4, b"second", at=AT + timedelta(seconds=2))
    publish(engine, folder)
    assert (folder / "tokens/002/alpha.tst").read_bytes() == b"first"
    assert (folder / "tokens/004/alpha.tst").read_bytes() == b"second"
    assert b"early" not in tree(folder).values()


def test_tokens_left_out_by_an_interruption_are_published_later(engine: Engine, folder: Path) -> None:
    wait(engine, 3)
    for size in (1, 2, 3):
        seal(engine, folder, most=1)
        publish(engine, folder)
        stamp(engine, size, f"token {size}".encode(), at=AT + timedelta(seconds=size))
    for path in (folder / "tokens").rglob("*.tst"):
        path.unlink()
    for writes in (1, 1, 3):
        finished(engine, folder, writes)
    tokens = {name: raw for name, raw in tree(folder).items() if name.startswith("tokens/")}
    assert tokens == {f"tokens/00{size}/alpha.tst": f"token {size}".encode() for size in (1, 2, 3)}


def test_cosignatures_join_the_published_checkpoint(engine: Engine, folder: Path) -> None:
    wait(engine, 1)
    made = seal(engine, folder)
    publish(engine, folder)
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    witness = WitnessKey("temoin.exemple.invalid", private.public_key().public_bytes_raw())
    line = cosignature.cosign(made.text, private, witness.name, AT)
    with writing(engine) as session:
        row = CosignatureRow(
            size=1, name=witness.name, key_id=witness.key_id.hex(), line=line, received_at=AT
        )
        session.add(row)
    assert publish(engine, folder) == 1
    _, held = checkpoint.opened((folder / "checkpoint").read_text(), [KEY.verifier])
    assert len(cosignature.verify(held, [witness])) == 1
    assert check_files(folder) == made


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(Checkpoint(KEY.name, 2, b"r" * 32), id="larger"),
        pytest.param(Checkpoint(KEY.name, 1, b"r" * 32), id="other root"),
        pytest.param(Checkpoint(OTHER.name, 1, b"r" * 32), id="other ledger"),
    ],
)
def test_what_was_published_is_never_overwritten_by_another_history(
    engine: Engine, folder: Path, made: Checkpoint
) -> None:
    wait(engine, 1)
    seal(engine, folder)
    key = OTHER if made.origin == OTHER.name else KEY
    write_file(folder / "checkpoint", sign(made, key.private).encode())
    before = tree(folder)
    with pytest.raises(ForkError):
        publish(engine, folder)
    assert tree(folder) == before


def test_an_emptied_database_overwrites_nothing(engine: Engine, folder: Path) -> None:
    write_file(folder / "checkpoint", sign(Checkpoint(KEY.name, 1, b"r" * 32), KEY.private).encode())
    with pytest.raises(ForkError, match="la base 0"):
        publish(engine, folder)


def test_a_lost_folder_is_made_again_the_same(engine: Engine, tmp_path: Path) -> None:
    for first, size in ((0, 200), (200, 200)):
        wait(engine, size, first=first)
        seal(engine, tmp_path / "one")
    publish(engine, tmp_path / "one")
    publish(engine, tmp_path / "other")
    assert tree(tmp_path / "one") == tree(tmp_path / "other")


def test_anybody_reads_what_is_published_whatever_the_umask(engine: Engine, folder: Path) -> None:
    wait(engine, 1, kind="publication")
    before = os.umask(0o077)
    try:
        seal(engine, folder)
        publish(engine, folder)
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
