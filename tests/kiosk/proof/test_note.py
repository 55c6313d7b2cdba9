"""Signed notes: the C2SP form to the byte, and nothing else."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import note
from kiosk.proof.errors import AlteredError, MalformedError, UnknownKeyError
from kiosk.proof.note import VerifierKey
from tests.kiosk.proof.making import DEMONSTRATION, PUBLISHER

TEXT = "une ligne\nune autre\n"


def signed(text: str = TEXT) -> str:
    return note.sign(text, PUBLISHER.name, PUBLISHER.key)


def test_the_published_go_example_verifies() -> None:
    # golang.org/x/mod/sumdb/note, the reference implementation: key and note of its documentation.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    known = note.parse(
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqd"
        "ngotpRZb6KE6RyyBwJnAM=\n"
    )
    note.verify(known, [key])


def test_the_examples_of_the_specification_verify() -> None:
    # C2SP signed-note: the message of « Verifier keys » under its key, and the note of the introduction.
    key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    known = note.parse(
        "This is an example message.\n\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1"
        "Yu72IneyaQM=\n"
    )
    note.verify(known, [key])
    verse = note.parse(
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMc"
        "Xxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    assert verse.text.endswith(":\n\ned è subito sera.\n")
    assert [(one.name, len(one.value)) for one in verse.signatures] == [("quasimodo.example/salvatore", 64)]


def test_what_was_signed_is_read_back_and_verifies() -> None:
    parsed = note.parse(signed())
    assert parsed.text == TEXT
    note.verify(parsed, [DEMONSTRATION.verifier, PUBLISHER.verifier])


def test_a_key_line_is_read_back() -> None:
    assert VerifierKey.parse(PUBLISHER.verifier.encode()) == PUBLISHER.verifier


def test_a_note_signed_by_others_too_verifies_under_the_key_we_know() -> None:
    other = note.sign(TEXT, DEMONSTRATION.name, DEMONSTRATION.key).rpartition("\n\n")[2]
    note.verify(note.parse(signed() + other), [PUBLISHER.verifier])


@pytest.mark.parametrize("length", [5, 20, 72, 76, 2_432])
def test_signatures_of_another_length_are_ignored_as_are_their_keys(length: int) -> None:
    other = f"— temoin.invalid {base64.b64encode(bytes(length)).decode()}\n"
    note.verify(note.parse(signed() + other), [PUBLISHER.verifier])


@pytest.mark.parametrize("length", [1, 63, 65, 72])
def test_a_signature_of_a_known_key_must_have_the_length_of_one(length: int) -> None:
    value = base64.b64encode(PUBLISHER.verifier.key_id + bytes(length)).decode()
    with pytest.raises(AlteredError):
        note.verify(note.parse(f"{TEXT}\n— {PUBLISHER.name} {value}\n"), [PUBLISHER.verifier])


def test_a_note_signed_by_a_key_and_its_successor_verifies_under_either_alone() -> None:
    successor = Ed25519PrivateKey.from_private_bytes(b"q" * 32)
    both = note.parse(note.sign(TEXT, PUBLISHER.name, successor, PUBLISHER.key))
    for key in (successor, PUBLISHER.key):
        note.verify(both, [VerifierKey(PUBLISHER.name, key.public_key().public_bytes_raw())])
    assert [one.key_id for one in both.signatures][1] == PUBLISHER.verifier.key_id


def test_a_note_without_a_key_is_not_made() -> None:
    with pytest.raises(MalformedError, match="key to sign with"):
        note.sign(TEXT, PUBLISHER.name)


def test_a_line_is_added_once_and_the_note_still_verifies() -> None:
    line = note.parse(note.sign(TEXT, DEMONSTRATION.name, DEMONSTRATION.key)).signatures[0].line
    more = note.append(signed(), line)
    assert more == f"{signed()}{line}\n"
    assert note.append(more, line) == more
    note.verify(note.parse(more), [PUBLISHER.verifier, DEMONSTRATION.verifier])


@pytest.mark.parametrize("line", ["", "— n", "— n AAAAAAA=\n", f"{TEXT}"])
def test_what_is_not_one_signature_line_is_not_added(line: str) -> None:
    with pytest.raises(MalformedError):
        note.append(signed(), line)


def test_a_line_too_many_is_not_added() -> None:
    raw = signed()
    for number in range(note.MAX_SIGNATURES - 1):
        raw = note.append(raw, f"— n{number} AAAAAAA=")
    with pytest.raises(MalformedError, match="at most 16"):
        note.append(raw, "— un-de-trop AAAAAAA=")


def test_a_note_of_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(UnknownKeyError, match=PUBLISHER.name):
        note.verify(note.parse(signed()), [DEMONSTRATION.verifier])


def test_a_key_of_the_same_name_and_other_bytes_is_unknown() -> None:
    impostor = VerifierKey(PUBLISHER.name, DEMONSTRATION.verifier.public)
    with pytest.raises(UnknownKeyError):
        note.verify(note.parse(signed()), [impostor])


def test_a_changed_text_is_refused() -> None:
    with pytest.raises(AlteredError, match="not that of this text"):
        note.verify(note.parse(signed().replace("autre", "autrE")), [PUBLISHER.verifier])


def test_one_wrong_signature_among_trusted_ones_refuses_the_whole_note() -> None:
    wrong = note.sign("autre chose\n", DEMONSTRATION.name, DEMONSTRATION.key).rpartition("\n\n")[2]
    with pytest.raises(AlteredError):
        note.verify(note.parse(signed() + wrong), [PUBLISHER.verifier, DEMONSTRATION.verifier])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("", id="empty"),
        pytest.param("texte\n", id="no signature"),
        pytest.param("texte\n\n", id="no signature after the empty line"),
        pytest.param(signed().removesuffix("\n"), id="no end of line"),
        pytest.param(signed().replace("— ", "- "), id="hyphen for a dash"),
        pytest.param(signed().replace("registre ", "regi+stre "), id="plus sign in a name"),
        pytest.param(signed().replace("une ligne", "une\tligne"), id="control character"),
        pytest.param(signed().replace("une ligne", "une\rligne"), id="carriage return"),
        pytest.param(signed().replace("une ligne", "une \ud800"), id="lone surrogate"),
        pytest.param(f"{TEXT}\n— n {base64.b64encode(bytes(4)).decode()}\n", id="key id without a signature"),
        pytest.param(
            f"{TEXT}\n— n\x01m {base64.b64encode(bytes(68)).decode()}\n", id="control character in a name"
        ),
        pytest.param(
            f"{TEXT}\n— n\ud800 {base64.b64encode(bytes(68)).decode()}\n", id="lone surrogate in a name"
        ),
        pytest.param(f"{TEXT}\n— n abc\n", id="not base64"),
        pytest.param(f"{TEXT}\n— n " + base64.b64encode(bytes(68)).decode()[:-2] + "B=\n", id="loose base64"),
        pytest.param(signed() + signed().rpartition("\n\n")[2] * 16, id="too many signatures"),
        pytest.param("a" * note.MAX_CHARACTERS + signed(), id="too long"),
    ],
)
def test_a_malformed_note_is_refused(raw: str) -> None:
    with pytest.raises(MalformedError):
        note.parse(raw)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="empty"),
        pytest.param(PUBLISHER.verifier.encode() + "\n", id="end of line"),
        pytest.param(PUBLISHER.verifier.encode().replace("cgu", "cgv"), id="another name"),
        pytest.param("n+00000000+abc", id="not base64"),
        pytest.param("n" * note.MAX_KEY_CHARACTERS + "+00000000+abcd", id="too long"),
        pytest.param("n+00000000+" + base64.b64encode(b"\x04" + bytes(32)).decode(), id="key of a witness"),
        pytest.param("n+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(), id="another algorithm"),
        pytest.param("n+00000000+" + base64.b64encode(b"\x01" + bytes(31)).decode(), id="short key"),
    ],
)
def test_a_malformed_key_is_refused(line: str) -> None:
    with pytest.raises(MalformedError):
        VerifierKey.parse(line)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x00b", "a\ud800"])
def test_a_name_that_could_not_be_read_back_is_refused(name: str) -> None:
    with pytest.raises(MalformedError, match=r"key name|UTF-8"):
        note.sign(TEXT, name, Ed25519PrivateKey.generate())


@pytest.mark.parametrize("text", ["sans fin de ligne", "nul\x00\n"])
def test_a_text_that_could_not_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedError):
        note.sign(text, PUBLISHER.name, PUBLISHER.key)
