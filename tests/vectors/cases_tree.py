"""Trees, tiles, checkpoints, cosignatures and proofs: a valid vector of each, and one per failure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import checkpoint, cosignature, merkle, note, tiles, tlog_proof
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.note import VerifierKey
from kiosk.proof.tiles import Tile
from kiosk.proof.tlog_proof import TlogProof
from tests.vectors.case import Case

CT_LEAVES = tuple(
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
)  # fmt: skip
"""The leaves of the test trees that implementations of certificate transparency share."""
CT_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Their published roots: of no leaf, of the first one, of the first two, and so on."""

ORIGIN = "cgu.exemple.invalid/registre"
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_HASHES = [merkle.leaf_hash(leaf) for leaf in CT_LEAVES]
_WITNESSES = ("temoin-a.invalid", "temoin-b.invalid")


def cases() -> Iterator[Case]:
    """Every vector of this file."""
    yield from _inclusions()
    yield from _consistencies()
    yield from _tiles()
    yield from _checkpoints()
    yield from _cosignatures()
    yield from _proofs()


def evaluate(kind: str, raw: bytes, trust: str) -> None:
    """Read and verify the input of a vector as its kind says; raises the error that the vector names."""
    _EVALUATED[kind](raw, trust)


def _inclusions() -> Iterator[Case]:
    for index, size in ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5), *((index, 7) for index in range(7))):
        yield Case(
            f"inclusion-{index}-of-{size}",
            f"Leaf {index} of the first {size} leaves of certificate transparency's test tree.",
            "inclusion",
            _inclusion(index, size),
        )
    wrong = {
        "other-leaf": ("The hash of another leaf.", {"leaf": _HASHES[0].hex()}),
        "other-index": ("The index of the leaf's sibling.", {"index": 4}),
        "index-past-the-end": ("An index that the tree does not have.", {"index": 7}),
        "other-root": ("The root of a smaller tree.", {"root": CT_ROOTS[6]}),
        "path-too-short": ("The last hash of the path is missing.", {"path": _path(5, 7)[:-1]}),
        "path-too-long": ("A hash more at the end of the path.", {"path": [*_path(5, 7), CT_ROOTS[1]]}),
        "path-changed": ("One bit is another.", {"path": [_flipped(_path(5, 7)[0]), *_path(5, 7)[1:]]}),
        "path-reversed": ("The path from the root down.", {"path": _path(5, 7)[::-1]}),
    }  # fmt: skip
    for name, (about, members) in wrong.items():
        yield Case(f"inclusion-{name}", about, "inclusion", _inclusion(5, 7, members), error="AlteredError")
    for name, about, members in (
        ("short-hash", "A hash of 31 bytes.", {"path": ["00" * 31]}),
        ("negative-index", "An index below 0.", {"index": -1}),
        ("too-large", "A tree of 2^53 leaves, more than JSON counts exactly.", {"size": 2**53}),
    ):
        yield Case(f"inclusion-{name}", about, "inclusion", _inclusion(5, 7, members), error="MalformedError")


def _consistencies() -> Iterator[Case]:
    for old, new in ((0, 0), (0, 8), (1, 1), (1, 8), (2, 5), (3, 7), (4, 7), (6, 7), (6, 8), (8, 8)):
        yield Case(
            f"consistency-{old}-to-{new}",
            f"The test tree of certificate transparency, grown from {old} leaves to {new}.",
            "consistency",
            _consistency(old, new),
        )
    wrong = {
        "fork": ("Two trees of one size.", _consistency(6, 6, {"new_root": CT_ROOTS[5]})),
        "shrunk": ("A tree that lost a leaf.", _consistency(6, 7, {"old": 7, "new": 6})),
        "other-old-root": ("Another first root.", _consistency(6, 7, {"old_root": CT_ROOTS[5]})),
        "other-new-root": ("Another second root.", _consistency(6, 7, {"new_root": CT_ROOTS[8]})),
        "path-too-short": ("The last hash is missing.", _consistency(6, 7, {"path": _between(6, 7)[:-1]})),
        "path-too-long": ("A hash more.", _consistency(6, 7, {"path": [*_between(6, 7), CT_ROOTS[1]]})),
        "no-path": ("No path where one is needed.", _consistency(6, 7, {"path": []})),
        "needless-path": ("A path between equal trees.", _consistency(6, 6, {"path": [CT_ROOTS[1]]})),
        "false-empty-root": ("No leaf, another root.", _consistency(0, 6, {"old_root": CT_ROOTS[1]})),
    }  # fmt: skip
    for name, (about, raw) in wrong.items():
        yield Case(f"consistency-{name}", about, "consistency", raw, error="AlteredError")


def _tiles() -> Iterator[Case]:
    leaves = b"".join(_HASHES)
    many = b"".join(merkle.leaf_hash(str(number).encode()) for number in range(256))
    yield Case(
        "tile-partial",
        "The test tree: one partial tile.",
        "tile",
        _tile("tile/0/000.p/8", leaves, CT_ROOTS[8]),
    )
    yield Case(
        "tile-full", "A full tile.", "tile", _tile("tile/0/x001/000", many, merkle.root(_cut(many)).hex())
    )
    for name, about, path, hashes in (
        ("short", "A hash is missing.", "tile/0/000.p/8", leaves[:-32]),
        ("long", "A hash more.", "tile/0/000.p/7", leaves),
        ("width-256", "A full tile named as a partial one.", "tile/0/000.p/256", many),
        ("level-64", "A level that no tree has.", "tile/64/000.p/8", leaves),
        ("number", "A number without its groups.", "tile/0/0.p/8", leaves),
        ("leading-group", "A group of zeros too many.", "tile/0/x000/000.p/8", leaves),
    ):
        raw = _tile(path, hashes, CT_ROOTS[8])
        yield Case(f"tile-{name}", about, "tile", raw, error="MalformedError")


def _checkpoints() -> Iterator[Case]:
    trust = f"{_verifier('p').encode()}\n"
    text, signed = _head(8).text, _signed(8)
    eight, stranger = "\n8\n", checkpoint.sign(_head(8), _key("q"))
    longer = note.sign(f"{text}suite\n", ORIGIN, _key("p"))
    padded, none = text.replace(eight, "\n08\n"), text.replace(eight, "\n0\n")
    both = checkpoint.sign(_head(8), _key("q"), _key("p"))
    foreign = note.append(signed, "— temoin.invalid AAAAAAAAAAAAAAA=")
    rebound = note.sign(_head(8).text.replace(ORIGIN, "autre.invalid"), ORIGIN, _key("p"))
    for name, about, raw, error in (
        ("valid", "Eight leaves, signed by the ledger.", signed, None),
        ("empty", "A tree without leaves.", _signed(0), None),
        ("two-keys", "Signed by a key and its successor.", both, None),
        ("unknown-line", "A signature of another kind is ignored.", foreign, None),
        ("unknown-key", "Signed by another key of the same name.", stranger, "UnknownKeyError"),
        ("other-origin", "A known key signs for another ledger.", rebound, "UnknownKeyError"),
        ("other-size", "The size is another.", signed.replace("\n8\n", "\n9\n"), "AlteredError"),
        ("extension", "A fourth line.", longer, "MalformedError"),
        ("leading-zero", "A size written 08.", note.sign(padded, ORIGIN, _key("p")), "MalformedError"),
        ("false-empty-root", "No leaf, another root.", note.sign(none, ORIGIN, _key("p")), "MalformedError"),
        ("no-signature", "Three lines alone.", text, "MalformedError"),
        ("hyphen", "A hyphen for the dash of a signature.", signed.replace("— ", "- "), "MalformedError"),
    ):  # fmt: skip
        yield Case(f"checkpoint-{name}", about, "checkpoint", raw.encode(), trust, error)


def _cosignatures() -> Iterator[Case]:
    trust = "".join(f"witness {_witness(name).encode()}\n" for name in _WITNESSES)
    quorum = f"{trust}quorum 2\n"
    one, two = _cosigned(_signed(8), "a"), _cosigned(_signed(8), "a", "b")
    moved = note.append(_signed(7), note.parse(one).signatures[-1].line)
    line = note.parse(one).signatures[-1]
    later = note.Signature(
        line.name, line.key_id, bytes([*line.value[:7], line.value[7] ^ 1, *line.value[8:]])
    )
    short = note.Signature(line.name, line.key_id, line.value[:-1])
    for name, about, raw, given, error in (
        ("valid", "Two witnesses of two.", two, quorum, None),
        ("none", "No witness, none asked for.", _signed(8), trust, None),
        ("quorum", "One witness of two.", one, quorum, "WitnessError"),
        ("moved", "The line of another checkpoint.", moved, trust, "AlteredError"),
        ("other-time", "The time is another.", note.append(_signed(8), later.line), trust, "AlteredError"),
        (
            "short",
            "A byte of the signature is missing.",
            note.append(_signed(8), short.line),
            trust,
            "MalformedError",
        ),
    ):
        yield Case(f"cosignature-{name}", about, "cosignature", raw.encode(), given, error)


def _proofs() -> Iterator[Case]:
    trust = f"{_verifier('p').encode()}\n"
    path = tuple(bytes.fromhex(one) for one in _path(5, 8))
    valid = tlog_proof.dump(TlogProof(5, path, _signed(8), CT_LEAVES[5]))
    moved = tlog_proof.dump(TlogProof(5, path, _signed(8), b"autre"))
    smaller = tlog_proof.dump(TlogProof(5, path, _signed(7), CT_LEAVES[5]))
    unknown = tlog_proof.dump(TlogProof(5, path, checkpoint.sign(_head(8), _key("q")), CT_LEAVES[5]))
    for name, about, raw, error in (
        ("valid", "The sixth leaf of the test tree, with what it holds.", valid, None),
        ("other-leaf", "Another leaf.", moved, "AlteredError"),
        ("other-index", "Another place.", valid.replace(b"index 5", b"index 4"), "AlteredError"),
        ("other-tree", "The root of a smaller tree.", smaller, "AlteredError"),
        ("unknown-key", "Signed by another key.", unknown, "UnknownKeyError"),
        ("version", "A version that is not known.", valid.replace(b"@v1", b"@v2"), "MalformedError"),
        ("leading-zero", "An index written 05.", valid.replace(b"index 5", b"index 05"), "MalformedError"),
        ("line-ends", "The line ends of another system.", valid.replace(b"\n", b"\r\n"), "MalformedError"),
        ("cut", "The last byte is missing.", valid[:-1], "MalformedError"),
    ):  # fmt: skip
        yield Case(f"tlog-proof-{name}", about, "tlog-proof", raw, trust, error)


def _evaluate_inclusion(raw: bytes, _: str) -> None:
    said = json.loads(raw)
    path = [bytes.fromhex(one) for one in said["path"]]
    leaf, root = bytes.fromhex(said["leaf"]), bytes.fromhex(said["root"])
    merkle.verify_inclusion(leaf, said["index"], said["size"], path, root)


def _evaluate_consistency(raw: bytes, _: str) -> None:
    said = json.loads(raw)
    path = [bytes.fromhex(one) for one in said["path"]]
    roots = bytes.fromhex(said["old_root"]), bytes.fromhex(said["new_root"])
    merkle.verify_consistency(said["old"], roots[0], said["new"], roots[1], path)


def _evaluate_tile(raw: bytes, _: str) -> None:
    said = json.loads(raw)
    tile = tiles.parse_path(said["path"])
    hashes = tiles.split(tile, bytes.fromhex(said["hashes"]))
    assert merkle.root(hashes).hex() == said["root"]


def _evaluate_checkpoint(raw: bytes, trust: str) -> None:
    checkpoint.opened(raw.decode(), [VerifierKey.parse(line) for line in trust.splitlines()])


def _evaluate_cosignature(raw: bytes, trust: str) -> None:
    given = [line.split(" ", 1) for line in trust.splitlines()]
    witnesses = [WitnessKey.parse(value) for word, value in given if word == "witness"]
    quorum = max([int(value) for word, value in given if word == "quorum"], default=0)
    cosignature.verify_quorum(note.parse(raw.decode()), witnesses, quorum)


def _evaluate_proof(raw: bytes, trust: str) -> None:
    proof = tlog_proof.parse(raw)
    head, _ = checkpoint.opened(proof.checkpoint, [VerifierKey.parse(line) for line in trust.splitlines()])
    assert proof.extra is not None
    merkle.verify_inclusion(merkle.leaf_hash(proof.extra), proof.index, head.size, proof.path, head.root)


_EVALUATED: dict[str, Callable[[bytes, str], None]] = {
    "inclusion": _evaluate_inclusion,
    "consistency": _evaluate_consistency,
    "tile": _evaluate_tile,
    "checkpoint": _evaluate_checkpoint,
    "cosignature": _evaluate_cosignature,
    "tlog-proof": _evaluate_proof,
}


def _read(level: int, index: int) -> bytes:
    return merkle.root(_HASHES[index << level : (index + 1) << level])


def _path(index: int, size: int) -> list[str]:
    return [one.hex() for one in merkle.inclusion_path(index, size, _read)]


def _between(old: int, new: int) -> list[str]:
    return [one.hex() for one in merkle.consistency_path(old, new, _read)]


def _inclusion(index: int, size: int, other: dict[str, Any] | None = None) -> bytes:
    said = {"leaf": _HASHES[index].hex(), "index": index, "size": size, "root": CT_ROOTS[size]}
    return _json(said | {"path": _path(index, size)} | (other or {}))


def _consistency(old: int, new: int, other: dict[str, Any] | None = None) -> bytes:
    said = {"old": old, "old_root": CT_ROOTS[old], "new": new, "new_root": CT_ROOTS[new]}
    return _json(said | {"path": _between(old, new)} | (other or {}))


def _tile(path: str, hashes: bytes, root: str) -> bytes:
    return _json({"path": path, "hashes": hashes.hex(), "root": root})


def _cut(hashes: bytes) -> list[bytes]:
    return list(tiles.split(Tile(0, 0, len(hashes) // merkle.HASH_BYTES), hashes))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _flipped(hexadecimal: str) -> str:
    return f"{int(hexadecimal, 16) ^ 1:064x}"


def _head(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, bytes.fromhex(CT_ROOTS[size]))


def _signed(size: int) -> str:
    return checkpoint.sign(_head(size), _key("p"))


def _cosigned(raw: str, *letters: str) -> str:
    text = note.parse(raw).text
    for letter in letters:
        raw = note.append(raw, cosignature.cosign(text, _key(letter), f"temoin-{letter}.invalid", AT))
    return raw


def _key(letter: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(letter.encode() * 32)


def _verifier(letter: str) -> VerifierKey:
    return VerifierKey(ORIGIN, _key(letter).public_key().public_bytes_raw())


def _witness(name: str) -> WitnessKey:
    letter = name.removeprefix("temoin-")[0]
    return WitnessKey(name, _key(letter).public_key().public_bytes_raw())
