"""Signed data around a token: read strictly, or malformed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.proof import cms, der
from kiosk.proof.errors import TimeError
from kiosk.proof.token import verify_token
from tests import handmade
from tests.authority import Issued, issue

TEXT = b"cgu.exemple.invalid/registre\n3\nrSUxYg==\n"
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
OTHER_HASH = "1.2.3.4"


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Racine", ca=True, kind="ec")


@pytest.fixture(scope="module")
def signer(root: Issued) -> Issued:
    return issue("Horodatage", root, kind="ec")


def refused(raw: bytes, root: Issued) -> str:
    with pytest.raises(TimeError) as caught:
        verify_token(raw, TEXT, {"Autorité": root.der})
    return caught.value.reason


@pytest.mark.parametrize("size", [0, 1, 500, -1])
def test_a_token_cut_short_or_longer_is_refused(root: Issued, signer: Issued, size: int) -> None:
    raw = handmade.token(TEXT, AT, signer)
    assert refused(raw[:size], root) == "malformed"
    assert refused(raw + raw[:1], root) == "malformed"


def test_a_huge_token_is_refused_unread(root: Issued) -> None:
    assert refused(bytes(cms.MAX_BYTES + 1), root) == "malformed"


EMPTY = handmade.sequence()
PARTS = {
    "info": {
        "version": handmade.number(2), "policy": b"", "imprint": EMPTY, "serial": b"",
        "time": handmade.octets(b"20261122080000Z"), "nonce": handmade.octets(b"1"),
        "accuracy": handmade.sequence(handmade.number(1), handmade.number(1000, 0x80)),
    },
    "attributes": {
        "type": handmade.attribute(handmade.CONTENT_TYPE, handmade.identifier(OTHER_HASH)),
        "digest": b"", "certificate": b"",
        "again": handmade.attribute(handmade.CONTENT_TYPE, b"\x05\x00", b"\x05\x00"),
        "empty": handmade.attribute("1.2.3"),
        "unfinished": handmade.sequence(handmade.identifier("1.2.3"), handmade.set_of(b"\x05\x00"), EMPTY),
    },
    "signature": {
        "version": handmade.number(3), "signer": handmade.sequence(EMPTY, handmade.number(1), EMPTY),
        "hash": handmade.algorithm(handmade.SHA384), "attributes": b"", "signature": b"",
        "algorithm": handmade.algorithm(handmade.RSA), "unsigned": der.encode(cms.CONTEXT_1, EMPTY),
    },
    "data": {
        "version": handmade.number(4), "hashes": handmade.set_of(),
        "content": handmade.sequence(handmade.identifier(OTHER_HASH)), "certificates": b"",
        "signers": handmade.set_of(EMPTY, EMPTY), "more": EMPTY,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("where", "name"), [(where, name) for where, parts in PARTS.items() for name in parts]
)
def test_a_part_that_is_not_as_expected_is_malformed(
    root: Issued, signer: Issued, where: str, name: str
) -> None:
    raw = handmade.token(TEXT, AT, signer, **{where: {name: PARTS[where][name]}})  # type: ignore[arg-type]
    assert refused(raw, root) == "malformed"


def test_null_that_holds_something_is_malformed(root: Issued, signer: Issued) -> None:
    algorithm = handmade.sequence(handmade.identifier(handmade.HASHES["sha256"]), b"\x05\x01\x00")
    raw = handmade.token(TEXT, AT, signer, data={"hashes": handmade.set_of(algorithm)})
    assert refused(raw, root) == "malformed"


def test_a_content_of_another_kind_is_malformed(root: Issued, signer: Issued) -> None:
    assert refused(handmade.token(TEXT, AT, signer).replace(b"\x01\x07\x02", b"\x01\x07\x03", 1), root) == (
        "malformed"
    )


def test_a_crowd_of_certificates_is_refused(root: Issued, signer: Issued) -> None:
    raw = handmade.token(TEXT, AT, signer, certificates=(signer,) * (cms.MAX_CERTIFICATES + 1))
    assert refused(raw, root) == "malformed"
