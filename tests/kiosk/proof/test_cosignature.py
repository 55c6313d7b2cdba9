"""Cosignatures: the message of C2SP tlog-cosignature to the byte, and how witnesses are counted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.proof import checkpoint, cosignature, merkle, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.cosignature import Cosigned, WitnessKey
from kiosk.proof.errors import AlteredError, MalformedError, UnknownKeyError, WitnessError
from tests.kiosk.proof.making import AT, PUBLISHER

HEAD = Checkpoint(PUBLISHER.name, 1, merkle.leaf_hash(b""))
RAW = checkpoint.sign(HEAD, PUBLISHER.key)
SECOND = AT.replace(microsecond=0)


def key(letter: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(letter.encode() * 32)


def witness(letter: str, name: str | None = None) -> WitnessKey:
    return WitnessKey(name or f"temoin-{letter}.invalid", key(letter).public_key().public_bytes_raw())


def cosigned(*letters: str, at: datetime = AT, raw: str = RAW) -> note.Note:
    for letter in letters:
        raw = note.append(raw, cosignature.cosign(HEAD.text, key(letter), f"temoin-{letter}.invalid", at))
    return note.parse(raw)


def signed_by_hand(seconds: int, letter: str = "a", text: str = HEAD.text) -> str:
    signature = key(letter).sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    value = witness(letter).key_id + seconds.to_bytes(8, "big") + signature
    return f"— {witness(letter).name} {base64.b64encode(value).decode()}"


def test_the_example_of_the_specification_is_read_and_its_time_found() -> None:
    # The specification gives no public key for it: the layout alone can be compared.
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyi"
        "n1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    held = note.parse(note.append(RAW, line)).signatures[-1]
    assert held.line == line
    assert (held.key_id.hex(), len(held.value)) == ("8d66cf3f", 8 + 64)
    assert int.from_bytes(held.value[:8], "big") == 1_679_315_147


def test_what_is_signed_is_the_message_of_the_specification() -> None:
    # The two lines of the specification's example, then the checkpoint of the same example.
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    line = cosignature.cosign(
        text, key("a"), "witness.example.com/w1", datetime.fromtimestamp(1_679_315_147, UTC)
    )
    value = base64.b64decode(line.removeprefix("— witness.example.com/w1 "))
    message = f"cosignature/v1\ntime 1679315147\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(witness("a").public).verify(value[12:], message)
    assert value[4:12].hex() == "00000000641850cb"


def test_a_cosignature_verifies_with_its_time_in_whole_seconds() -> None:
    assert cosignature.verify(cosigned("a"), [witness("a")]) == (Cosigned("temoin-a.invalid", SECOND),)


def test_a_time_in_another_zone_is_the_same_instant() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    assert cosigned("a", at=paris) == cosigned("a")


def test_each_witness_counts_once_at_its_latest_time() -> None:
    later = cosigned("b", "a", raw=note.append(RAW, signed_by_hand(int(SECOND.timestamp()) + 60)))
    assert cosignature.verify(later, [witness("b"), witness("a")]) == (
        Cosigned("temoin-a.invalid", SECOND + timedelta(seconds=60)),
        Cosigned("temoin-b.invalid", SECOND),
    )


def test_lines_of_others_are_ignored() -> None:
    assert cosignature.verify(cosigned("a", "b"), [witness("c"), witness("a", "un-autre-nom.invalid")]) == ()


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    other = Checkpoint(PUBLISHER.name, 1, merkle.leaf_hash(b"autre")).text
    moved = note.parse(note.append(RAW, signed_by_hand(1, text=other)))
    with pytest.raises(AlteredError, match="temoin-a"):
        cosignature.verify(moved, [witness("a")])


@pytest.mark.parametrize("place", [4, 11, 12, 75])
def test_a_changed_time_or_signature_is_refused(place: int) -> None:
    name, _, value = signed_by_hand(1_700_000_000).rpartition(" ")
    changed = bytearray(base64.b64decode(value))
    changed[place] ^= 1
    held = note.parse(note.append(RAW, f"{name} {base64.b64encode(changed).decode()}"))
    with pytest.raises(AlteredError):
        cosignature.verify(held, [witness("a")])


@pytest.mark.parametrize("length", [1, 64, 71, 73])
def test_a_line_of_another_length_is_refused(length: int) -> None:
    value = base64.b64encode(witness("a").key_id + bytes(length)).decode()
    held = note.parse(note.append(RAW, f"— temoin-a.invalid {value}"))
    with pytest.raises(MalformedError):
        cosignature.verify(held, [witness("a")])


@pytest.mark.parametrize("seconds", [253_402_300_800, 2**63 - 1, 2**64 - 1])
def test_a_time_past_all_calendars_is_refused(seconds: int) -> None:
    held = note.parse(note.append(RAW, signed_by_hand(seconds)))
    with pytest.raises(MalformedError, match="out of range"):
        cosignature.verify(held, [witness("a")])


@pytest.mark.parametrize("seconds", [0, 253_402_300_799])
def test_the_first_and_last_instants_are_read(seconds: int) -> None:
    held = note.parse(note.append(RAW, signed_by_hand(seconds)))
    assert int(cosignature.verify(held, [witness("a")])[0].at.timestamp()) == seconds
    at = cosignature.verify(held, [witness("a")])[0].at
    assert cosignature.cosign(HEAD.text, key("a"), "temoin-a.invalid", at) == signed_by_hand(seconds)


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime(1969, 12, 31, tzinfo=UTC)])  # noqa: DTZ001
def test_a_time_that_cannot_be_written_is_not_signed(at: datetime) -> None:
    with pytest.raises(MalformedError):
        cosignature.cosign(HEAD.text, key("a"), "temoin-a.invalid", at)


def test_only_checkpoints_are_cosigned_and_read() -> None:
    with pytest.raises(MalformedError):
        cosignature.cosign("autre chose\n", key("a"), "temoin-a.invalid", AT)
    with pytest.raises(MalformedError):
        cosignature.verify(note.parse(note.sign("autre chose\n", "n", key("a"))), [witness("a")])


def test_a_quorum_counts_different_keys() -> None:
    both = cosigned("a", "b")
    assert len(cosignature.verify_quorum(both, [witness("a"), witness("b")], 2)) == 2
    with pytest.raises(WitnessError, match="2 witnesses expected, 1 found"):
        cosignature.verify_quorum(both, [witness("a"), witness("c")], 2)
    twice = note.append(RAW, cosignature.cosign(HEAD.text, key("a"), "temoin-a.invalid", AT))
    twice = note.append(twice, cosignature.cosign(HEAD.text, key("a"), "masque.invalid", AT))
    with pytest.raises(WitnessError):
        cosignature.verify_quorum(note.parse(twice), [witness("a"), witness("a", "masque.invalid")], 2)


def test_a_key_is_written_with_its_type_and_read_back() -> None:
    line = witness("a").encode()
    assert WitnessKey.parse(line) == witness("a")
    assert base64.b64decode(line.split("+", 2)[2])[:1] == b"\x04"
    with pytest.raises(MalformedError, match="type 1"):
        note.VerifierKey.parse(line)


def test_a_cosignature_is_no_signature_of_a_ledger() -> None:
    ledger = note.VerifierKey("temoin-a.invalid", witness("a").public)
    with pytest.raises(UnknownKeyError):
        note.verify(cosigned("a"), [ledger])
