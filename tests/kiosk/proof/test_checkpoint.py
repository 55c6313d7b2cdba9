"""Checkpoints: the three lines of C2SP tlog-checkpoint, and who may sign them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import checkpoint, merkle, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import AlteredError, MalformedError, UnknownKeyError
from kiosk.proof.note import VerifierKey
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER

ROOT = merkle.leaf_hash(b"")
HEAD = Checkpoint(PUBLISHER.name, 1, ROOT)
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9"
    "nTo+zyWE+xeMcTOAYQ8=\n"
)


def test_the_example_of_the_specification_is_read_and_written_back() -> None:
    held = note.parse(EXAMPLE)
    found = checkpoint.parse(held.text)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert found.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert found.text == held.text


def test_what_was_signed_opens() -> None:
    found, held = checkpoint.opened(checkpoint.sign(HEAD, PUBLISHER.key), [PUBLISHER.verifier])
    assert (found, held.text) == (HEAD, HEAD.text)


def test_a_tree_without_leaves_has_a_checkpoint() -> None:
    empty = Checkpoint(PUBLISHER.name, 0, merkle.EMPTY_ROOT)
    assert checkpoint.parse(empty.text) == empty


def test_a_key_and_its_successor_both_open_what_they_signed_together() -> None:
    successor = Ed25519PrivateKey.from_private_bytes(b"q" * 32)
    raw = checkpoint.sign(HEAD, successor, PUBLISHER.key)
    for key in (successor, PUBLISHER.key):
        checkpoint.opened(raw, [VerifierKey(PUBLISHER.name, key.public_key().public_bytes_raw())])


def test_unknown_lines_under_a_checkpoint_are_ignored() -> None:
    raw = note.append(checkpoint.sign(HEAD, PUBLISHER.key), "— temoin.invalid AAAAAAAAAAAAAAA=")
    assert checkpoint.opened(raw, [PUBLISHER.verifier])[0] == HEAD


def test_an_unknown_key_opens_nothing() -> None:
    with pytest.raises(UnknownKeyError):
        checkpoint.opened(checkpoint.sign(HEAD, PUBLISHER.key), [])


def test_the_trusted_key_of_another_ledger_opens_nothing() -> None:
    raw = note.sign(HEAD.text, DEMONSTRATION.name, DEMONSTRATION.key)
    with pytest.raises(UnknownKeyError):
        checkpoint.opened(raw, [PUBLISHER.verifier, DEMONSTRATION.verifier])


def test_a_changed_size_is_refused() -> None:
    raw = checkpoint.sign(HEAD, PUBLISHER.key).replace("\n1\n", "\n2\n")
    with pytest.raises(AlteredError):
        checkpoint.opened(raw, [PUBLISHER.verifier])


TEXT = HEAD.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(TEXT[:-1], id="no end of line"),
        pytest.param(TEXT + "\n", id="an empty line more"),
        pytest.param(TEXT + "extension\n", id="an extension line"),
        pytest.param("\n" + TEXT.partition("\n")[2], id="empty origin"),
        pytest.param("deux mots\n" + TEXT.partition("\n")[2], id="space in the origin"),
        pytest.param("a+b\n" + TEXT.partition("\n")[2], id="plus sign in the origin"),
        pytest.param(TEXT.replace("\n1\n", "\n01\n"), id="leading zero"),
        pytest.param(TEXT.replace("\n1\n", "\n+1\n"), id="sign before the size"),
        pytest.param(TEXT.replace("\n1\n", "\n1 \n"), id="space after the size"),
        pytest.param(TEXT.replace("\n1\n", "\n١\n"), id="other digits"),
        pytest.param(TEXT.replace("\n1\n", "\n9007199254740992\n"), id="more leaves than JSON can count"),
        pytest.param(TEXT.replace("\n1\n", "\n" + "9" * 5_000 + "\n"), id="a very long size"),
        pytest.param(TEXT.replace("\n1\n", "\n0\n"), id="empty tree with another root"),
        pytest.param(TEXT.replace("=\n", "\n"), id="base64 without its end"),
        pytest.param(TEXT[:-3] + "B=\n", id="loose base64"),
        pytest.param(f"{PUBLISHER.name}\n1\nAAAA\n", id="short root"),
    ],
)
def test_a_text_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("a b", 1, ROOT),
        ("a\nb", 1, ROOT),
        ("a", -1, ROOT),
        ("a", 2**53, ROOT),
        ("a", 1, b"short"),
        ("a", 0, ROOT),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(MalformedError):
        Checkpoint(origin, size, root)


def test_a_checkpoint_is_not_signed_by_nobody() -> None:
    with pytest.raises(MalformedError):
        checkpoint.sign(HEAD)
