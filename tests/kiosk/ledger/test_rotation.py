"""A key that changes: announced in the ledger, both sign for a while, interrupted nowhere for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.db import Row, insert_all, reading, writing
from kiosk.ledger import former, proofs, rotation
from kiosk.ledger.errors import LedgerKeyError, RefusedStatementError
from kiosk.ledger.former import Reason
from kiosk.ledger.keys import PRIVATE_FILE, PUBLIC_FILE, LedgerKey, public_key
from kiosk.ledger.models import Pending, StatementRow
from kiosk.ledger.public_keys import publish_keys
from kiosk.ledger.rotation import BOTH_SIGN, NEXT_PRIVATE, Rotation, destroy_expired, rotate
from kiosk.ledger.sealing import seal_once
from kiosk.proof import checkpoint, merkle
from kiosk.proof.errors import UnknownKeyError
from kiosk.proof.note import VerifierKey
from kiosk.proof.receipt import KeyChange, Proof
from kiosk.proof.signatures import with_changes
from kiosk.proof.statement import Kind, make
from kiosk.proof.trust import Trust, key_name, parse_trust
from tests.authority import issue
from tests.kiosk.ledger.making import AT, stamp, wait

Settle = Callable[..., Settings]


def bytes_of(count: int) -> bytes:
    return b"r" * count


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    LedgerKey.load_or_create(tmp_path / "keys", "demonstration")
    return tmp_path / "keys"


def change(engine: Engine, keys: Path, reason: Reason = Reason.ROUTINE, **more: datetime) -> Rotation:
    return rotate(engine, keys, "demonstration", reason, lambda: AT, bytes_of, **more)


def seal(engine: Engine, keys: Path, folder: Path, at: datetime = AT) -> str:
    """Seal what waits and return the note of the newest checkpoint."""
    key = LedgerKey.load_or_create(keys, "demonstration")
    while seal_once(engine, key, lambda: at, folder=folder):
        continue
    with reading(engine) as session:
        head = proofs.latest(session)
        assert head is not None
        return proofs.cosigned_note(session, head.size)


def signed_by(raw: str, key: VerifierKey) -> bool:
    try:
        checkpoint.opened(raw, [key])
    except UnknownKeyError:
        return False
    return True


@pytest.mark.requirement("S-58")
def test_by_routine_both_keys_sign_for_thirty_days(engine: Engine, keys: Path, tmp_path: Path) -> None:
    wait(engine, 1)
    folder = tmp_path / "registre"
    old = LedgerKey.load_or_create(keys, "demonstration").verifier
    seal(engine, keys, folder)
    done = change(engine, keys)
    assert (done.old, done.signs_until) == (old, AT + BOTH_SIGN)
    assert done.new == LedgerKey.load_or_create(keys, "demonstration").verifier != old
    assert done.new.name == old.name
    raw = seal(engine, keys, folder)
    assert signed_by(raw, old)
    assert signed_by(raw, done.new)
    wait(engine, 1, 1)
    late = seal(engine, keys, folder, AT + BOTH_SIGN)
    assert signed_by(late, done.new)
    assert not signed_by(late, old)


@pytest.mark.parametrize("reason", [Reason.ROUTINE, Reason.STOLEN])
def test_a_sealer_that_read_the_key_before_it_changed_does_not_sign_the_change(
    engine: Engine, keys: Path, tmp_path: Path, reason: Reason
) -> None:
    read_before = LedgerKey.load_or_create(keys, "demonstration")
    wait(engine, 1)
    done = change(engine, keys, reason)
    assert seal_once(engine, read_before, lambda: AT, folder=tmp_path / "registre")
    with pytest.raises(RefusedStatementError, match="n’a pas été fait ici"):
        seal_once(engine, read_before, lambda: AT, folder=tmp_path / "registre")
    with reading(engine) as session:
        assert session.scalar(select(Pending.statement_hash)) == done.statement_hash
    assert signed_by(seal(engine, keys, tmp_path / "registre"), done.new)


@pytest.mark.parametrize("said", ["key-change", "decision"])
@pytest.mark.parametrize("left", ["today", "before"])
def test_a_change_of_key_that_nobody_made_is_never_sealed(
    engine: Engine, keys: Path, tmp_path: Path, said: str, left: str
) -> None:
    """Whoever writes statements would have the ledger vouch for a key of theirs, under any kind."""
    before = change(engine, keys)
    seal(engine, keys, tmp_path / "registre")
    old = {"today": before.new, "before": before.old}[left]
    thief = VerifierKey(old.name, b"t" * 32)
    members = {"id": "9" * 32, "old": old.encode(), "new": thief.encode(), "reason": "routine", "size": 1}
    forged = make(Kind.KEY_CHANGE, "demonstration", AT, members)
    wait(engine, 1, 5)
    with writing(engine) as session:
        row = {"hash": forged.hash, "kind": said, "body": forged.body, "recorded_at": AT}
        insert_all(session, [Row(StatementRow, row), Row(Pending, {"statement_hash": forged.hash})])
    key = LedgerKey.load_or_create(keys, "demonstration")
    assert seal_once(engine, key, lambda: AT, folder=tmp_path / "registre"), "the other one is"
    with pytest.raises(RefusedStatementError, match=forged.hash):
        seal_once(engine, key, lambda: AT, folder=tmp_path / "registre")
    with reading(engine) as session:
        assert proofs.sealed(session, forged.hash) is None


def test_who_trusts_the_old_key_learns_of_the_new_one(engine: Engine, keys: Path, tmp_path: Path) -> None:
    wait(engine, 3)
    done = change(engine, keys)
    raw = seal(engine, keys, tmp_path / "registre")
    with reading(engine) as session:
        sealed = proofs.sealed(session, done.statement_hash)
        body = session.scalars(
            select(StatementRow.body).where(StatementRow.hash == done.statement_hash)
        ).one()
    assert sealed is not None
    told = KeyChange(body, Proof(sealed.index, sealed.path, raw))
    assert with_changes(Trust((done.old,)), [told]) == (done.old, done.new)
    assert json.loads(body)["reason"] == "routine"


@pytest.mark.parametrize("reason", [Reason.LOST, Reason.STOLEN])
def test_a_key_that_was_lost_or_stolen_signs_no_more(
    engine: Engine, keys: Path, tmp_path: Path, reason: Reason
) -> None:
    if reason is Reason.LOST:
        (keys / PRIVATE_FILE).unlink()
    done = change(engine, keys, reason)
    raw = seal(engine, keys, tmp_path / "registre")
    assert done.signs_until is None
    assert signed_by(raw, done.new)
    assert not signed_by(raw, done.old)
    assert [path.suffix for path in (keys / former.FOLDER).iterdir()] == [".json"]


def test_what_only_a_former_key_signed_is_proved_again_under_the_new_one(
    engine: Engine, keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "registre"
    (digest,) = wait(engine, 1)
    seal(engine, keys, folder)
    others = wait(engine, 2, 1)
    seal(engine, keys, folder)
    done = change(engine, keys, Reason.STOLEN)
    newest = seal(engine, keys, folder)
    with reading(engine) as session:
        for one in (digest, *others):
            found = proofs.sealed(session, one)
            assert found is not None
            assert found.note == newest
            made, _ = checkpoint.opened(found.note, [done.new])
            body = session.scalars(select(StatementRow.body).where(StatementRow.hash == one)).one()
            merkle.verify_inclusion(merkle.leaf_hash(body), found.index, made.size, found.path, made.root)
    stamp(engine, 1)
    with reading(engine) as session:
        kept = proofs.sealed(session, digest)
    assert kept is not None
    assert (kept.size, signed_by(kept.note, done.old)) == (1, True)


def test_a_former_key_whose_private_file_was_destroyed_signs_no_more(
    engine: Engine, keys: Path, tmp_path: Path
) -> None:
    done = change(engine, keys)
    former.private_file(keys, done.old).unlink()
    assert not signed_by(seal(engine, keys, tmp_path / "registre"), done.old)


@pytest.mark.parametrize("step", range(5))
def test_interrupted_anywhere_the_change_is_taken_up_again(
    engine: Engine, keys: Path, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = public_key(keys)
    calls = 0

    def stop_at(real: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **words: object) -> object:
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise KeyboardInterrupt
            return real(*args, **words)

        return run

    with monkeypatch.context() as patched:
        for name in ("create_private", "write_key_file", "_announce", "_replace"):
            patched.setattr(rotation, name, stop_at(getattr(rotation, name)))
        with pytest.raises(KeyboardInterrupt):
            change(engine, keys)
    done = change(engine, keys)
    assert done.old == old
    assert public_key(keys) == done.new == LedgerKey.load_or_create(keys, "demonstration").verifier
    with reading(engine) as session:
        told = session.scalars(select(StatementRow).where(StatementRow.kind == "key-change")).all()
    assert [row.hash for row in told] == [done.statement_hash]
    assert signed_by(seal(engine, keys, tmp_path / "registre"), done.old)
    assert sorted(path.name for path in keys.iterdir()) == ["former", PRIVATE_FILE, PUBLIC_FILE]


def test_stopped_between_the_two_files_of_the_new_key_the_change_is_finished(
    engine: Engine, keys: Path
) -> None:
    monkey = (keys / PUBLIC_FILE).read_bytes()
    done = change(engine, keys)
    (keys / "next.vkey").write_text(f"{done.new.encode()}\n")
    (keys / PUBLIC_FILE).write_bytes(monkey)
    with pytest.raises(LedgerKeyError, match="ne vont pas ensemble"):
        LedgerKey.load_or_create(keys, "demonstration")
    again = change(engine, keys)
    assert (again.new, again.statement_hash) == (done.new, done.statement_hash)
    assert LedgerKey.load_or_create(keys, "demonstration").verifier == done.new


def test_without_a_key_nothing_changes(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(LedgerKeyError, match="kiosk setup"):
        change(engine, tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LedgerKeyError, match="pas de clé"):
        change(engine, tmp_path / "empty")


def test_by_routine_a_lost_key_is_refused(engine: Engine, keys: Path) -> None:
    (keys / PRIVATE_FILE).unlink()
    with pytest.raises(LedgerKeyError, match="manque"):
        change(engine, keys)
    assert not (keys / NEXT_PRIVATE).exists()


def test_a_record_of_a_former_key_that_is_broken_is_told(engine: Engine, keys: Path) -> None:
    done = change(engine, keys)
    former.record_file(keys, done.old).write_text("{}")
    with pytest.raises(LedgerKeyError, match="illisible"):
        LedgerKey.load_or_create(keys, "demonstration")


# What is published of the keys


@pytest.fixture
def settle(tmp_path: Path, make_settings: Settle) -> Settle:
    return lambda **changes: make_settings(data_dir=tmp_path, **changes)


def test_keys_and_trust_file_are_published_when_they_change(
    engine: Engine, keys: Path, settle: Settle
) -> None:
    settings = settle()
    assert (publish_keys(settings), publish_keys(settings)) == (2, 0)
    since = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    first = change(engine, keys)
    second = rotate(
        engine, keys, "demonstration", Reason.STOLEN, lambda: AT + timedelta(days=1), bytes_of,
        suspect_since=since,
    )  # fmt: skip
    assert publish_keys(settings) == 2
    lines = (settings.ledger_dir / "keys.txt").read_text().splitlines()
    assert lines == [second.new.encode(), first.new.encode(), first.old.encode()]
    trust = parse_trust((settings.ledger_dir / "confiance.txt").read_text())
    assert trust.ledger == (second.new, first.new, first.old)
    assert trust.revoked == {key_name(first.new): since, key_name(first.old): since}
    told = (settings.ledger_dir / "confiance.txt").read_text()
    assert told.count("a pu être en d’autres mains dès le 2026-11-20T07:30:00Z, ne signe plus") == 2


@pytest.mark.parametrize("destroyed", [False, True])
def test_who_stole_a_key_has_those_that_lay_beside_it(
    engine: Engine, keys: Path, tmp_path: Path, destroyed: bool
) -> None:
    """The key left by routine signs no more, though its thirty days are not over."""
    first = change(engine, keys)
    if destroyed:  # by hand, since: it lay there at the time
        former.private_file(keys, first.old).unlink()
    at = AT + timedelta(days=2)
    second = rotate(
        engine, keys, "demonstration", Reason.STOLEN, lambda: at, bytes_of,
        suspect_since=AT + timedelta(days=1),
    )  # fmt: skip
    assert second.withdrawn == (first.old,)
    assert not former.private_file(keys, first.old).exists()
    raw = seal(engine, keys, tmp_path / "registre", at)
    assert [signed_by(raw, key) for key in (second.new, first.new, first.old)] == [True, False, False]
    assert {one.suspect_since for one in former.read(keys)} == {AT + timedelta(days=1)}


def test_a_key_destroyed_before_the_theft_stays_trusted(engine: Engine, keys: Path) -> None:
    first = change(engine, keys)
    assert destroy_expired(keys, AT + BOTH_SIGN) == 1
    rotate(engine, keys, "demonstration", Reason.STOLEN, lambda: AT + 2 * BOTH_SIGN, bytes_of)
    (kept,) = [one for one in former.read(keys) if one.verifier == first.old]
    assert (kept.suspect_since, kept.signs_until) == (None, AT + BOTH_SIGN)


def test_after_thirty_days_the_private_part_is_destroyed(engine: Engine, keys: Path) -> None:
    done = change(engine, keys)
    file = former.private_file(keys, done.old)
    assert destroy_expired(keys, AT + BOTH_SIGN - timedelta(seconds=1)) == 0
    assert file.exists()
    assert (destroy_expired(keys, AT + BOTH_SIGN), destroy_expired(keys, AT + BOTH_SIGN)) == (1, 0)
    assert not file.exists()
    assert LedgerKey.load_or_create(keys, "demonstration").signing(AT + BOTH_SIGN)


@pytest.mark.parametrize("reason", [Reason.ROUTINE, Reason.STOLEN])
def test_a_change_made_but_not_announced_is_announced_first(
    engine: Engine, keys: Path, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between the files and the commit: the ledger does not tell of the key that signs."""
    old = public_key(keys)
    real = rotation._replace

    def stop(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_replace", stop)
        with pytest.raises(KeyboardInterrupt):
            change(engine, keys)
    between = public_key(keys)
    done = change(engine, keys, reason)
    with reading(engine) as session:
        told = [
            json.loads(body)
            for body in session.scalars(select(StatementRow.body).where(StatementRow.kind == "key-change"))
        ]
    assert old is not None
    assert between is not None
    assert {one["new"]: (one["old"], one["reason"]) for one in told}[between.encode()] == (
        old.encode(), "routine",
    )  # fmt: skip
    if reason is Reason.ROUTINE:
        assert (done.old, done.new, len(told)) == (old, between, 1)
    else:
        assert (done.old, len(told)) == (between, 2)
        assert {one.suspect_since for one in former.read(keys)} == {AT}


def test_the_trust_file_holds_the_roots_of_the_authorities(
    keys: Path, settle: Settle, tmp_path: Path
) -> None:
    root = issue("root", ca=True, kind="ec")
    (tmp_path / "root.pem").write_bytes(root.pem)
    settings = settle(authorities=(Authority("alpha", "https://tsa.example.org", tmp_path / "root.pem"),))
    assert LedgerKey.load_or_create(keys, "demonstration").verifier == public_key(keys)
    publish_keys(settings)
    trust = parse_trust((settings.ledger_dir / "confiance.txt").read_text())
    assert trust.authorities == {"alpha": root.der}


def test_before_there_is_a_key_nothing_is_published(settle: Settle) -> None:
    settings = settle()
    assert publish_keys(settings) == 0
    assert not settings.ledger_dir.exists()
