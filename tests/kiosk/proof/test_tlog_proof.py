"""Proof files: C2SP tlog-proof to the byte."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import checkpoint, merkle, tlog_proof
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import MalformedError
from kiosk.proof.tlog_proof import TlogProof
from tests.kiosk.proof.making import PUBLISHER, decision

DATA = decision().body
LEAVES = [merkle.leaf_hash(data) for data in (b"0", b"1", DATA)]
HEAD = Checkpoint(PUBLISHER.name, 3, merkle.root(LEAVES))
SIGNED = checkpoint.sign(HEAD, PUBLISHER.key)
PATH = (merkle.node_hash(LEAVES[0], LEAVES[1]),)
PROOF = TlogProof(2, PATH, SIGNED, DATA)


def test_the_file_is_that_of_the_specification_line_by_line() -> None:
    sibling = base64.b64encode(PATH[0]).decode()
    said = base64.b64encode(DATA).decode()
    expected = f"c2sp.org/tlog-proof@v1\nextra {said}\nindex 2\n{sibling}\n\n{SIGNED}"
    assert tlog_proof.dump(PROOF) == expected.encode()
    assert tlog_proof.dump(TlogProof(2, PATH, SIGNED)).decode() == expected.replace(f"extra {said}\n", "")


def test_a_file_stands_alone() -> None:
    proof = tlog_proof.parse(tlog_proof.dump(PROOF))
    head, _ = checkpoint.opened(proof.checkpoint, [PUBLISHER.verifier])
    assert proof.extra == DATA
    merkle.verify_inclusion(merkle.leaf_hash(proof.extra), proof.index, head.size, proof.path, head.root)


@given(
    st.integers(0, merkle.MAX_SIZE),
    st.lists(st.binary(min_size=32, max_size=32), max_size=merkle.MAX_PATH),
    st.none() | st.binary(min_size=1),
)
def test_what_is_written_is_read_back(index: int, path: list[bytes], extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(path), SIGNED, extra)
    raw = tlog_proof.dump(proof)
    assert tlog_proof.parse(raw) == proof


FILE = tlog_proof.dump(PROOF)
BARE = tlog_proof.dump(TlogProof(0, (), SIGNED))
HASH = base64.b64encode(PATH[0])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff" + FILE, id="not UTF-8"),
        pytest.param(FILE.replace(b"@v1", b"@v2"), id="another version"),
        pytest.param(b"\n" + FILE, id="empty first line"),
        pytest.param(FILE.partition(b"\n\n")[0], id="no checkpoint"),
        pytest.param(FILE.replace(b"\n", b"\r\n"), id="other line ends"),
        pytest.param(FILE + b"\n", id="a line more"),
        pytest.param(FILE[:-1], id="no end of line"),
        pytest.param(BARE.replace(b"index 0\n", b""), id="no index"),
        pytest.param(BARE.replace(b"index 0", b"index"), id="index without a number"),
        pytest.param(BARE.replace(b"index 0", b"index 00"), id="leading zero"),
        pytest.param(BARE.replace(b"index 0", b"index -1"), id="negative"),
        pytest.param(BARE.replace(b"index 0", "index ٠".encode()), id="other digits"),
        pytest.param(BARE.replace(b"index 0", b"index 9007199254740992"), id="more than JSON can count"),
        pytest.param(BARE.replace(b"index 0", b"index " + b"9" * 5_000), id="a very long index"),
        pytest.param(BARE.replace(b"index 0", b"Index 0"), id="capital letter"),
        pytest.param(BARE.replace(b"index 0", b"extra \nindex 0"), id="empty extra data"),
        pytest.param(BARE.replace(b"index 0", b"extra AB==\nindex 0"), id="loose base64"),
        pytest.param(BARE.replace(b"index 0", b"extra AA==\nextra AA==\nindex 0"), id="extra data twice"),
        pytest.param(BARE.replace(b"index 0", b"index 0\nextra AA=="), id="extra data after the index"),
        pytest.param(FILE.replace(HASH, HASH[:-4]), id="a short hash"),
        pytest.param(FILE.replace(HASH, HASH + b" "), id="space after a hash"),
        pytest.param(FILE.replace(HASH, "é".encode()), id="hash that is not ASCII"),
        pytest.param(FILE.replace(HASH, b"\n".join([HASH] * (merkle.MAX_PATH + 1))), id="too many hashes"),
        pytest.param(FILE.replace("— ".encode(), b"- "), id="a note that is none"),
        pytest.param(FILE.replace(b"\n3\n", b"\n3\n3\n"), id="a checkpoint that is none"),
        pytest.param(b"c2sp.org/tlog-proof@v1\n" * 20_000, id="too long"),
    ],
)
def test_a_file_in_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        tlog_proof.parse(raw)


@pytest.mark.parametrize(
    ("index", "path", "extra"),
    [
        pytest.param(-1, (), None, id="negative index"),
        pytest.param(2**53, (), None, id="index too large"),
        pytest.param(0, (b"short",), None, id="short hash"),
        pytest.param(0, PATH * (merkle.MAX_PATH + 1), None, id="too many hashes"),
        pytest.param(0, (), b"", id="empty extra data"),
    ],
)
def test_a_proof_that_could_not_be_read_back_is_not_made(
    index: int, path: tuple[bytes, ...], extra: bytes | None
) -> None:
    with pytest.raises(MalformedError):
        TlogProof(index, path, SIGNED, extra)


def test_a_file_too_long_to_be_read_is_not_written() -> None:
    with pytest.raises(MalformedError, match="to write"):
        tlog_proof.dump(TlogProof(2, PATH, SIGNED, bytes(tlog_proof.MAX_BYTES)))
