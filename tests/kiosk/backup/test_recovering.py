"""Taken up where it was published, and never a second history."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select

from cgu_archive.corpus.model import Corpus
from kiosk.db import reading, writing
from kiosk.ledger.files import publish
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import CheckpointRow, CosignatureRow, TokenRow
from kiosk.ledger.sealing import seal_once
from kiosk.proof import checkpoint, cosignature, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.tiles import number_path
from kiosk.proof.trust import key_name
from kiosk.texts.registering import sync
from tests.kiosk.backup.drill import BELIEVING, Kiosk, check_taken_up, go_on, is_empty, rows, watched
from tests.kiosk.ledger.making import AT, KEY, OTHER, clock, stamp
from tests.kiosk.ledger.whole import WITNESS, Whole
from tests.kiosk.proof.making import authority, token
from tests.kiosk.publishing import put
from tests.kiosk.serving import Serving
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


@pytest.mark.requirement("S-59", "P-31")
def test_a_backup_older_than_what_is_published_is_refused_and_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, empty_url: str, tmp_path: Path
) -> None:
    erased = go_on(whole)
    published = watched(whole.folder)
    shutil.copytree(whole.folder, tmp_path / "elsewhere/registre")
    refused = there("restore", saved, *BELIEVING)
    assert refused.exit_code == 1
    assert "--recover-from" in refused.output
    assert is_empty(empty_url)
    taken_up = there(
        "restore", saved, "--keys", tmp_path / "keys.tar", "--recover-from", tmp_path / "elsewhere/registre"
    )
    assert taken_up.exit_code == 0, taken_up.output
    check_taken_up(other, tmp_path / "elsewhere/registre", erased, published)
    audit = there("ledger", "audit")
    assert audit.exit_code == 0, audit.output


@ON_BOTH
@pytest.mark.requirement("S-59")
def test_a_database_that_came_back_older_is_taken_up_where_it_stands(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
    erased = go_on(whole)
    published = watched(whole.folder)
    taken_up = there("ledger", "recover", "--from", whole.folder)
    assert taken_up.exit_code == 0, taken_up.output
    again = there("ledger", "recover", "--from", whole.folder)
    assert again.exit_code == 0
    assert "rien" in again.output
    check_taken_up(other, tmp_path / "elsewhere/registre", erased, published)


def test_another_history_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
    mine = Whole(other, tmp_path / "elsewhere/registre", 5_000)
    mine.decide(3)
    mine.seal()
    whole.decide(9)
    whole.seal()
    before = rows(other)
    result = there("ledger", "recover", "--from", whole.folder)
    assert result.exit_code == 1
    assert "deux histoires" in result.output
    assert rows(other) == before


def test_what_is_not_whole_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, tmp_path: Path
) -> None:
    assert there("restore", saved, "--keys", tmp_path / "keys.tar", "--nothing-published").exit_code == 0
    whole.decide(9)
    whole.seal()
    before = rows(other)
    tile = whole.folder / "tile/0/001.p/55"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert there("ledger", "recover", "--from", whole.folder).exit_code == 1
    assert there("ledger", "recover", "--from", tmp_path / "absent").exit_code == 2
    assert rows(other) == before


def trust_file(file: Path, *more: str) -> Path:
    root = base64.b64encode(authority("essai")[0].der).decode()
    lines = (f"ledger {KEY.verifier.encode()}", f"authority alpha {root}", *more)
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def attest(whole: Whole, made: Checkpoint) -> None:
    """Have `made` stamped, and publish the token."""
    stamp(whole.engine, made.size, token(made.text, AT).token)
    publish(whole.engine, whole.folder)


@ON_BOTH
@pytest.mark.requirement("S-59")
def test_what_is_published_beside_the_tree_is_taken_up_too(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, corpus: Corpus, tmp_path: Path
) -> None:
    """Intermediate checkpoints, tokens, cosignatures that verify, and versions whose texts are there."""
    with writing(whole.engine) as session:
        added = sync(session, corpus, "demonstration", AT)
    first = whole.seal()
    attest(whole, first)
    whole.decide(3)
    last = whole.seal()
    whole.cosign(last)
    publish(whole.engine, whole.folder)
    forged = cosignature.cosign(first.text, OTHER.private, "autre.exemple.invalid", AT)
    held = (whole.folder / "checkpoint").read_text("utf-8")
    (whole.folder / "checkpoint").write_text(note.append(held, forged))
    put(whole.folder / f"checkpoints/{number_path(first.size + 1)}", b"rien")
    put(whole.folder / f"tokens/{number_path(first.size)}/beta.tst", b"rien")
    named = (WITNESS, WitnessKey("autre.exemple.invalid", OTHER.private.public_key().public_bytes_raw()))
    trust = trust_file(tmp_path / "trust.txt", *(f"witness {one.encode()}" for one in named))
    done = there("restore", saved, "--trust", trust, "--recover-from", whole.folder)
    assert done.exit_code == 0, done.output
    assert f"1 point(s) intermédiaire(s), 1 horodatage(s), 1 cosignature(s), {len(added)} version(s)" in (
        done.output
    )
    for said in (
        "la cosignature de autre.exemple.invalid",
        "un horodatage de « beta »",
        "un point intermédiaire illisible",
    ):
        assert f"N’a pas été repris : {said}" in done.output
    assert "les comptes" in done.output
    with reading(other) as session:
        assert set(session.scalars(select(CheckpointRow.size))) == {100, 300, first.size, last.size}
        assert session.execute(select(TokenRow.size, TokenRow.authority)).all() == [(first.size, "alpha")]
        assert WITNESS.name in session.scalars(select(CosignatureRow.name)).all()
        assert "autre.exemple.invalid" not in session.scalars(select(CosignatureRow.name)).all()
    kept = rows(whole.engine)["published_version"]
    assert len(rows(other)["published_version"]) == len(kept) == len(added) + 1


def test_a_version_whose_text_is_not_there_is_said(
    whole: Whole, saved: Path, there: Kiosk, other: Engine, corpus: Corpus, tmp_path: Path
) -> None:
    with writing(whole.engine) as session:
        sync(session, corpus, "demonstration", AT)
    whole.seal()
    (tmp_path / "texts").mkdir()
    done = there(
        "restore", saved, "--trust", trust_file(tmp_path / "trust.txt"), "--recover-from", whole.folder,
        texts=tmp_path / "texts",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "N’a pas été repris : la version demonstration/cgu/v1" in done.output
    assert len(rows(other)["published_version"]) == 1


@ON_BOTH
def test_over_the_network_what_cannot_be_listed_is_said(
    whole: Whole, saved: Path, there: Kiosk, serve: Callable[[Any], str], other: Engine, tmp_path: Path
) -> None:
    whole.decide(3)
    whole.seal()
    whole.decide(3)
    last = whole.seal()
    attest(whole, last)
    url = serve(lambda *arguments: Serving(*arguments, directory=str(whole.folder)))
    done = there("restore", saved, "--trust", trust_file(tmp_path / "trust.txt"), "--recover-from", url)
    assert done.exit_code == 0, done.output
    assert "une adresse ne se liste pas" in done.output
    with reading(other) as session:
        assert session.scalars(select(TokenRow.size)).all() == [last.size]


def test_another_tree_that_our_key_signed_is_never_taken_up(
    whole: Whole, saved: Path, there: Kiosk, empty_url: str, tmp_path: Path
) -> None:
    whole.decide(9)
    whole.seal()
    forked = checkpoint.sign(Checkpoint(KEY.name, 303, b"f" * 32), KEY.private)
    put(whole.folder / f"checkpoints/{number_path(303)}", forked.encode())
    done = there("restore", saved, "--keys", tmp_path / "keys.tar", "--recover-from", whole.folder)
    assert done.exit_code == 1
    assert "Deux histoires" in done.output
    assert is_empty(empty_url)


def test_a_backup_from_before_a_theft_needs_what_the_new_key_signed(
    whole: Whole, saved: Path, there: Kiosk, empty_url: str, tmp_path: Path
) -> None:
    """Signed by a key that was stolen since: nothing vouches for it but what its follower signed."""
    new = LedgerKey(KEY.name, Ed25519PrivateKey.from_private_bytes(b"n" * 32))
    mirror = shutil.copytree(whole.folder, tmp_path / "mirror")
    whole.decide(1)
    assert seal_once(whole.engine, new, clock, folder=whole.folder)
    publish(whole.engine, whole.folder)
    trust = trust_file(
        tmp_path / "trust.txt",
        f"ledger {new.verifier.encode()}",
        f"revoked {key_name(KEY.verifier)} 2026-11-22T07:00:00Z",
    )
    for words in (("--nothing-published",), ("--recover-from", mirror)):
        refused = there("restore", saved, "--trust", trust, *words)
        assert refused.exit_code == 1, refused.output
        assert is_empty(empty_url)
    done = there("restore", saved, "--trust", trust, "--recover-from", whole.folder)
    assert done.exit_code == 0, done.output
