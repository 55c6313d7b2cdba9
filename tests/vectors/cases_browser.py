"""Receipts on which a verifier in another language could answer otherwise: numbers, characters, order."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cgu_archive.corpus.hashing import text_hash
from kiosk.proof import checkpoint, cosignature, kinds, merkle, note, receipt, tlog_proof, verify
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.commitment import Opening
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.receipt import Proof, Receipt
from kiosk.proof.statement import Kind, Statement, instant, make
from kiosk.proof.tlog_proof import TlogProof
from kiosk.proof.trust import parse_trust
from tests.kiosk.proof.making import AT, DEMONSTRATION, PUBLISHER, SUCCESSOR, Signer, members, promised
from tests.vectors.case import Case
from tests.vectors.cases_receipt import example

WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
UNATTESTED = "Intact, heure non attestée"
ODD = 'a\u2028b\u007f\u0080\ufeff"\\\b\t/ é 😀\ue000'
"""Characters that writers of JSON treat in different ways."""


def cases() -> Iterator[Case]:
    """Every vector of this file."""
    yield from _characters()
    yield from _forms()
    yield from _statements()
    yield from _sizes()
    yield from _notes()
    yield from _specimens()
    yield from _proofs()
    yield from _kinds()


def evaluate(kind: str, raw: bytes, trust: str) -> None:
    """Verify the input of a vector of this kind; raises the error that the vector names."""
    examine = {"receipt": verify.examine, "tlog-proof": verify.examine_tlog_proof}[kind]
    refused = examine(raw, parse_trust(trust)).refused
    if refused is not None:
        raise refused


def trust(*lines: str, signer: Signer = PUBLISHER) -> str:
    """Return a trust file: the key of `signer`, then `lines`."""
    return "".join(f"{line}\n" for line in (f"ledger {signer.verifier.encode()}", *lines))


def decided(openings: tuple[Opening, ...] = (), environment: str = "publisher", **changes: Any) -> Statement:
    """Return the statement of an acceptance, some of its members changed."""
    return make(Kind.DECISION, environment, AT, members(**changes), openings)


def sealed(
    body: bytes,
    openings: tuple[Opening, ...] = (),
    *,
    index: int = 2,
    size: int = 5,
    signer: Signer = PUBLISHER,
) -> Receipt:
    """Return the receipt of the statement `body`, leaf `index` of a tree of `size`."""
    head, path = _tree(body, index, size, signer.name)
    return Receipt(body, openings, proof=Proof(index, path, checkpoint.sign(head, signer.key)))


def _characters() -> Iterator[Case]:
    opening = Opening("email", bytes(range(16)), ODD)
    said = decided((opening,), retention=ODD)
    yield _case(
        "characters", "Characters that JSON may write in two ways.", receipt.dump(promised(said, (opening,)))
    )
    raw = receipt.dump(sealed(said.body, (opening,)))
    yield _case("sealed-characters", "The same, sealed.", raw)
    yield _case("bom", "A byte order mark before the file.", b"\xef\xbb\xbf" + raw, 1)
    yield _case("line-ends", "The line ends of another system.", raw.replace(b"\n", b"\r\n"), 1)
    yield _case("no-last-line-feed", "Without its last line feed.", raw[:-1], 1)
    yield _case("escaped", "A letter written as an escape.", raw.replace("é".encode(), b"\\u00e9"), 1)
    yield _case("surrogate", "Half of a character, escaped.", raw.replace("😀".encode(), b"\\ud83d"), 1)
    yield _case("overlong", "A slash in two bytes, which UTF-8 forbids.", raw.replace(b"/ ", b"\xc0\xaf "), 1)
    yield _case("latin-1", "Not UTF-8.", raw.replace("é".encode(), b"\xe9"), 1)
    other = raw.replace("é".encode(), "e\u0301".encode())
    yield _case("decomposed", "The same letter, made of two characters.", other, 3, error="AlteredError")


_INDEX = b'"index": 2,'


def _forms() -> Iterator[Case]:
    raw = receipt.dump(sealed(decided().body))
    whole = json.loads(raw)
    for name, about, written in (
        ("float", "An index written with a fraction.", b'"index": 2.0,'),
        ("exponent", "An index written with an exponent.", b'"index": 2e0,'),
        ("text", "An index written as a text.", b'"index": "2",'),
        ("true", "An index that is a truth value.", b'"index": true,'),
        ("minus-zero", "An index of minus zero.", b'"index": -0,'),
        ("huge", "An index that JSON does not hold exactly.", b'"index": 9007199254740993,'),
        ("endless", "An index that is no number.", b'"index": NaN,'),
        ("twice", "An index that is written twice.", b'"index": 3,\n    "index": 2,'),
        ("prototype", "Beside it, a member that is special elsewhere.", b'"__proto__": {},\n    "index": 2,'),
        ("spaces", "One space more.", b'"index":  2,'),
    ):
        assert raw.count(_INDEX) == 1
        yield _case(f"index-{name}", about, raw.replace(_INDEX, written), 1)
    digest = whole["sha256"].encode()
    for name, about, old, written in (
        ("former", "The format before.", b"cgu-receipt/2", b"cgu-receipt/1"),
        ("base64", "Base64 whose last bits are not zero.", *_loosened(whole["proof"]["path"][0])),
        ("hexadecimal", "A sha256 in capitals.", digest, digest.upper()),
    ):
        assert raw.count(old) == 1
        yield _case(name, about, raw.replace(old, written), 1)
    swapped = {name: whole[name] for name in sorted(whole)}
    yield _case("order", "The members in the order of their names.", _written(swapped), 1)
    other = _written(whole | {"sha256": "0" * 64})
    yield _case("digest", "Another sha256.", other, 9, error="AlteredError")
    yield _case("deep", "Ten thousand lists, one in another.", b"[" * 10_000 + b"]" * 10_000, 1)
    yield _case("empty", "Nothing.", b"", 1)
    yield _case("null", "Null.", b"null\n", 1)


def _statements() -> Iterator[Case]:
    body = decided().body
    whole = json.loads(body)
    ordered = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    reversed_order = json.dumps(dict(reversed(whole.items())), separators=(",", ":")).encode()
    assert ordered == body
    former = {"format": "cgu-statement/1", "kind": "decision", "environment": "publisher", "at": "hier"}
    high = rfc8785.dumps(former | {"\ue000": 1, "😀": 2})
    start = b'{"at":"hier","environment":"publisher","format":"cgu-statement/1","kind":"decision","n":'
    deep = b"[" * 40_000 + b"]" * 40_000
    missing = {name: value for name, value in whole.items() if name != "previous"}
    for name, about, changed, step in (
        ("order", "Members in another order.", reversed_order, 2),
        ("missing", "A member that may be null is missing.", rfc8785.dumps(missing), 2),
        ("utf-16", "In UTF-16.", body.decode().encode("utf-16"), 2),
        ("former", "In the former format, members unchecked.", rfc8785.dumps(former), None),
        ("former-order", "Members by UTF-16 units, not by characters.", high, None),
        ("former-float", "Numbers as ECMAScript writes them.", start + b"[1e+21,1e-7,0.1,100]}", None),
        ("former-deep", "Forty thousand lists, one in another.", start + deep + b"}", 2),
        ("former-integer", "A number that JSON does not hold exactly.", start + b"9007199254740992}", 2),
    ):
        yield _case(f"statement-{name}", about, receipt.dump(sealed(changed)), step)
    for name, about, other in (
        ("member", "A member more.", {"more": None}),
        ("kind", "An unknown kind, special elsewhere.", {"kind": "toString"}),
        ("day", "A day that is not in the calendar.", {"at": "2026-02-30T08:00:00.000000Z"}),
        ("second", "A second that does not exist.", {"at": "2026-11-22T08:00:60.000000Z"}),
        ("hash", "A hash in capitals.", {"screen": "A" * 64}),
        ("null", "Null where a text is expected.", {"retention": None}),
        ("choice", "A decision of another name.", {"decision": "signed"}),
    ):
        yield _case(f"statement-{name}", about, receipt.dump(sealed(rfc8785.dumps(whole | other))), 2)
    named = {"size": 2, "root": "4" * 64, "at": instant(AT), "token": None}
    later = instant(AT + timedelta(microseconds=1))
    for name, about, point, step in (
        ("named", "It names the checkpoint before it.", named, None),
        ("named-itself", "It names a checkpoint that holds it.", named | {"size": 3}, 6),
        ("named-later", "It names a checkpoint made a microsecond after it.", named | {"at": later}, 6),
    ):
        yield _case(
            name, about, receipt.dump(sealed(decided(checkpoint=point).body)), step, error="AlteredError"
        )


def _sizes() -> Iterator[Case]:
    """Indexes that 32 bits do not hold."""
    body = decided().body
    for index, size in ((2**31, 2**31 + 1), (2**32 + 5, 2**33), (2**53 - 2, 2**53 - 1), (0, 2**53 - 1)):
        raw = receipt.dump(sealed(body, index=index, size=size))
        yield _case(f"index-{index}-of-{size}", "A tree with more leaves than 32 bits count.", raw)
    raw = receipt.dump(sealed(body, index=2**32 + 5, size=2**33))
    whole = json.loads(raw)
    whole["proof"]["index"] = 5
    yield _case("index-modulo", "The index without its 33rd bit.", _signed(whole), 5, error="AlteredError")


def _notes() -> Iterator[Case]:
    body = decided().body
    held = sealed(body)
    assert held.proof is not None
    raw = held.proof.checkpoint
    stranger = note.sign(note.parse(raw).text, SUCCESSOR.name, SUCCESSOR.key)
    both = note.append(raw, stranger.splitlines()[-1])
    witness = WitnessKey("temoin.invalid", WITNESS.public_key().public_bytes_raw())
    seen = note.append(raw, cosignature.cosign(note.parse(raw).text, WITNESS, witness.name, AT))
    asked = (f"witness {witness.encode()}", "quorum 1")
    revoked = f"revoked {PUBLISHER.name}+{PUBLISHER.verifier.key_id.hex()} 2027-01-01T00:00:00Z"
    longer = f"{raw}— autre {'A' * 400}\n"
    marked = longer.replace("autre", "au\ufefftre")
    spaced = raw.replace("— cgu", "— c\u00a0gu")
    ended = raw.replace("\n5\n", "\x855\n")
    for name, about, found, lines, step, error in (
        ("unknown-key", "Signed by another key of the same name.", stranger, (), 4, "UnknownKeyError"),
        ("second-key", "Signed by another key too.", both, (), None, None),
        ("long-signature", "A signature of another length, by nobody known.", longer, (), None, None),
        ("mark-in-name", "The same, a byte order mark in its name.", marked, (), None, None),
        ("no-break-space", "A space that is not one in a name.", spaced, (), 4, "MalformedError"),
        ("next-line", "A line ended by what few take for its end.", ended, (), 4, "MalformedError"),
        ("seen", "A witness saw it.", seen, asked, None, None),
        ("unseen", "No witness saw it.", raw, asked, 8, "WitnessError"),
        ("revoked", "By a key that was stolen, with no token.", raw, (revoked,), 6, "UnknownKeyError"),
    ):
        whole = json.loads(receipt.dump(held))
        whole["proof"]["checkpoint"] = found
        yield _case(f"note-{name}", about, _signed(whole), step, trust=trust(*lines), error=error)


def _specimens() -> Iterator[Case]:
    said = decided(environment="demonstration")
    specimen, known = sealed(said.body, signer=DEMONSTRATION), trust(signer=DEMONSTRATION)
    raw = receipt.dump(specimen)
    wrong = _written(json.loads(raw) | {"sha256": "0" * 64})
    posing = receipt.dump(sealed(decided().body, signer=DEMONSTRATION))
    fallen = receipt.dump(sealed(said.body))
    hasty = receipt.dump(promised(said, (), DEMONSTRATION))
    for name, about, found, given, step, error in (
        ("unknown", "By a demonstration, whose key is not given.", raw, trust(), 4, "SpecimenError"),
        ("promised", "The same, promised.", hasty, trust(), 4, "SpecimenError"),
        ("known", "By a demonstration, whose key is given.", raw, known, 7, "SpecimenError"),
        ("damaged", "The same, damaged.", wrong, known, 9, "AlteredError"),
        ("posing", "A publisher's statement, a demonstration's key.", posing, known, 7, "AlteredError"),
        ("fallen", "A demonstration's statement, a publisher's key.", fallen, trust(), 7, "AlteredError"),
    ):
        yield _case(f"specimen-{name}", about, found, step, trust=given, error=error)


def _proofs() -> Iterator[Case]:
    body = decided().body
    head, path = _tree(body, 2, 5, PUBLISHER.name)
    signed = checkpoint.sign(head, PUBLISHER.key)
    raw = tlog_proof.dump(TlogProof(2, path, signed, body))
    bare = tlog_proof.dump(TlogProof(2, path, signed))
    for name, about, found, step, error in (
        ("valid", "A proof with its statement.", raw, None, None),
        ("bare", "A proof without its statement.", bare, 1, "MalformedError"),
        ("version", "A version that is not known.", raw.replace(b"@v1", b"@v2"), 1, "MalformedError"),
        ("moved", "At another place.", raw.replace(b"index 2", b"index 3"), 5, "AlteredError"),
    ):
        yield _case(f"proof-{name}", about, found, step, error=error, kind="tlog-proof")


def _kinds() -> Iterator[Case]:
    """Of each kind a statement as it may be, one whose null members are null, and one with a member more."""
    for kind, shape in kinds.MEMBERS.items():
        whole = example(kind)
        nulls = whole | {name.removesuffix("?"): None for name in shape if name.endswith("?")}
        for name, about, said, step in (
            ("whole", "Every member is there.", whole, None),
            ("nulls", "What may be null is.", nulls, None),
            ("more", "A member more.", whole | {"more": None}, 2),
        ):
            raw = receipt.dump(sealed(rfc8785.dumps(said)))
            yield _case(f"{kind}-{name}", f"Of the kind {kind}. {about}", raw, step)
    whole = example("decision")
    for name, others, step in (("together", [whole["document"]], None), ("together-none", [], 2)):
        raw = receipt.dump(sealed(rfc8785.dumps(whole | {"together": others})))
        yield _case(f"decision-{name}", "With the other documents under the box.", raw, step)
    handed = example("notification") | {"state": "handed"}
    raw = receipt.dump(sealed(rfc8785.dumps(handed)))
    yield _case("notification-handed", "Of a mail handed over; the others came back.", raw)


def _case(
    name: str,
    about: str,
    raw: bytes,
    step: int | None = None,
    *,
    trust: str | None = None,
    error: str | None = "MalformedError",
    kind: str = "receipt",
) -> Case:
    refused = error if step else None
    return Case(
        f"browser-{name}", about, kind, raw, _TRUST if trust is None else trust, refused, step,
        _VERDICTS.get(refused, f"Altéré ou incomplet : étape {step}"), browser=True,
    )  # fmt: skip


_VERDICTS = {
    None: UNATTESTED,
    "UnknownKeyError": "Clé inconnue",
    "SpecimenError": "Spécimen sans valeur",
}
_TRUST = trust()


def _tree(body: bytes, index: int, size: int, name: str) -> tuple[Checkpoint, tuple[bytes, ...]]:
    """Return a tree in which every subtree without leaf `index` has an invented root, and the path to it."""
    path: list[bytes] = []
    found = merkle.leaf_hash(body)
    node, last = index, size - 1
    while last:
        if node % 2 or node < last:
            path.append(merkle.leaf_hash(b"%d" % len(path)))
            left = node % 2 == 1
            found = merkle.node_hash(path[-1], found) if left else merkle.node_hash(found, path[-1])
        node, last = node // 2, last // 2
    return Checkpoint(name, size, found), tuple(path)


def _written(whole: dict[str, Any]) -> bytes:
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def _signed(whole: dict[str, Any]) -> bytes:
    """Write `whole` with the sha256 it must have."""
    rest = {name: value for name, value in whole.items() if name != "sha256"}
    return _written(rest | {"sha256": text_hash(rfc8785.dumps(rest))})


def _loosened(text: str) -> tuple[bytes, bytes]:
    """Return `text`, base64 with padding, and another writing of the same bytes."""
    assert text.endswith("=")
    at = text.index("=") - 1
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = text[:at] + digits[digits.index(text[at]) ^ 1] + text[at + 1 :]
    assert base64.b64decode(other) == base64.b64decode(text)
    return text.encode(), other.encode()
