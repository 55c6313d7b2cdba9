"""What a bundle gives to verify by hand follows from receipts, and says what RFC 9162 says."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.proof import by_hand, checkpoint, cosignature, merkle, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.proof.receipt import Receipt
from tests.kiosk.proof.making import AT, OPENINGS, PUBLISHER, SUCCESSOR, decision, promised, stamped


def head(size: int) -> Checkpoint:
    return Checkpoint(PUBLISHER.name, size, merkle.root(leaves(size)))


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([number])) for number in range(size)]


def reader(level: int, index: int) -> bytes:
    span = 1 << level
    return merkle.root(leaves(100)[index * span : (index + 1) * span])


def walked(lines: bytes) -> tuple[bytes, bytes]:
    """Both roots, as VERIFIER.txt has people compute them."""
    before = after = b""
    for line in lines.decode().splitlines():
        side, digest = line.split(" ")
        sibling = bytes.fromhex(digest)
        if side == "depart":
            before = after = sibling
        elif side == "gauche":
            before, after = merkle.node_hash(sibling, before), merkle.node_hash(sibling, after)
        else:
            after = merkle.node_hash(after, sibling)
    return before, after


@given(st.integers(1, 100), st.integers(1, 100))
@settings(max_examples=200, deadline=None)
def test_the_lines_lead_from_one_tree_to_the_other(one: int, other: int) -> None:
    old, new = head(min(one, other)), head(max(one, other))
    path = merkle.consistency_path(old.size, new.size, reader)
    written = by_hand.consistency_file(old, new, path)
    assert by_hand.consistency_path(written, old, new) == path
    assert walked(written) == (old.root, new.root)


@pytest.mark.parametrize(
    "raw", [b"\xff", b"x", b"gauche", b"gauche 0", b"gauche  00", b"a b c\n", b"a 00\n" * 56]
)
def test_lines_of_another_form_are_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        by_hand.consistency_path(raw, head(3), head(5))


def test_a_receipt_gives_its_parts() -> None:
    held = stamped()
    files = by_hand.statement_files(held)
    assert files["enregistrement.json"] == held.statement
    assert files["taille.txt"] == f"{by_hand.opened(held.proof.checkpoint).size}\n".encode()
    commitments = decision().commitments
    for one in OPENINGS:
        assert hashlib.sha256(files[f"champ-{one.field}.bin"]).hexdigest() == commitments[one.field]
    found = merkle.leaf_hash(held.statement)
    for line in files["chemin.txt"].decode().splitlines():
        side, digest = line.split(" ")
        sibling = bytes.fromhex(digest)
        found = merkle.node_hash(sibling, found) if side == "gauche" else merkle.node_hash(found, sibling)
    assert found == by_hand.opened(held.proof.checkpoint).root


def test_a_promise_has_no_path() -> None:
    held: Receipt = promised(decision())
    assert set(by_hand.statement_files(held)) == {
        "enregistrement.json", *(f"champ-{one.field}.bin" for one in OPENINGS),
    }  # fmt: skip


def test_a_checkpoint_gives_its_text_its_signatures_and_its_tokens() -> None:
    raw = checkpoint.sign(head(3), PUBLISHER.key) + "— temoin AAAAAA==\n".replace(
        "AAAAAA==", "AAAAAAAAAAAAAA=="
    )
    files = by_hand.point_files(raw, [b"one", b"two"])
    key = PUBLISHER.verifier.key_id.hex()
    assert set(files) == {
        "note.txt", "checkpoint.txt", f"signature-{key}.bin", "jeton-1.tst", "jeton-2.tst",
    }  # fmt: skip
    assert files["checkpoint.txt"] == head(3).text.encode()
    assert len(files[f"signature-{key}.bin"]) == 64
    assert by_hand.placed("a/b", {"c": b"d"}) == {"a/b/c": b"d"}


def test_a_checkpoint_is_cosigned_once_a_witness_dated_its_signature() -> None:
    alone = checkpoint.sign(head(3), PUBLISHER.key)
    seen = note.append(alone, cosignature.cosign(head(3).text, SUCCESSOR.key, "temoin.invalid", AT))
    assert not by_hand.cosigned(alone)
    assert by_hand.cosigned(seen)
