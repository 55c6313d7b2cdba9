"""Receipts for tests, in each of their states, with fixed keys so that a failure can be looked at again."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.proof import checkpoint, merkle, note, receipt
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.commitment import Opening
from kiosk.proof.note import VerifierKey
from kiosk.proof.receipt import Authority, Earlier, HeldToken, KeyChange, Keys, Proof, Receipt
from kiosk.proof.statement import Kind, Statement, instant, make
from kiosk.proof.trust import Trust
from tests import handmade
from tests.authority import Issued, issue

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEXT = b"# Conditions\n\nUn texte.\n"
TEXT_HASH = "0e57a39e8f3ce4eb64bad9e8b5e49e39e3b7f4c94e94a5d9ef2ae8cf3a1d9f61"
OPENINGS = (
    Opening("account", bytes(range(16)), "3f2a"),
    Opening("email", bytes(range(16, 32)), "camille@exemple.invalid"),
)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the name it signs under."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.key.public_key().public_bytes_raw())


PUBLISHER = Signer("cgu.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"p" * 32))
SUCCESSOR = Signer(PUBLISHER.name, Ed25519PrivateKey.from_private_bytes(b"s" * 32))
DEMONSTRATION = Signer(
    "demonstration.exemple.invalid/registre", Ed25519PrivateKey.from_private_bytes(b"d" * 32)
)

DOCUMENT = {
    "service": "essai", "terms": "cgu", "version": "v1", "label": "v1", "text_hash": TEXT_HASH,
    "metadata_hash": "c" * 64, "origin": "publication",
    "published_at": "2026-11-01T07:00:00.000000Z", "effective_at": None,
}  # fmt: skip
DATES = dict.fromkeys(
    ("declared_on", "approved_on", "published_at", "effective_on", "required_on", "archived_on")
)


def members(text_hash: str = TEXT_HASH, comparison_hash: str | None = None, **changes: Any) -> dict[str, Any]:
    """The members of an acceptance, but for what the test changes."""
    whole: dict[str, Any] = {
        "id": "1" * 32,
        "subject": "2" * 32,
        "decision": "accepted",
        "document": DOCUMENT | {"text_hash": text_hash},
        "wording": {"box": "J’accepte.", "statements": [], "button": "Accepter", "language": "fr"},
        "named_without_text": [],
        "capacity": "self",
        "exposure": {
            "shown_at": instant(AT - MINUTE), "text": "whole",
            "compared_with": "v0" if comparison_hash else None, "comparison_hash": comparison_hash,
        },
        "authentication": {"method": "password", "at": instant(AT - 2 * MINUTE)},
        "previous": None,
        "screen": "0" * 64,
        "checkpoint": None,
        "retention": "Fin de la relation + 5 ans",
    }  # fmt: skip
    return whole | changes


def decision(
    environment: str = "publisher",
    text_hash: str = TEXT_HASH,
    comparison_hash: str | None = None,
    **changes: Any,
) -> Statement:
    """An acceptance, with two personal fields."""
    return make(Kind.DECISION, environment, AT, members(text_hash, comparison_hash, **changes), OPENINGS)


def accession(number: int, environment: str = "publisher") -> Statement:
    """The entry of a text, one for each number."""
    said = {
        "id": f"{number:032x}",
        "document": DOCUMENT | {"origin": "accession"},
        "dates": DATES,
        "reason": None,
        "checkpoint": None,
    }
    return make(Kind.ACCESSION, environment, AT - HOUR, said)


def promised(said: Statement, openings: Sequence[Opening] = OPENINGS, signer: Signer = PUBLISHER) -> Receipt:
    """A receipt of `said` that the ledger signed, before it is sealed."""
    promise = note.sign(receipt.promised_text(said), signer.name, signer.key)
    return Receipt(said.body, tuple(openings), promise=promise, keys=Keys((signer.verifier.encode(),)))


def issued(
    environment: str = "publisher",
    signer: Signer = PUBLISHER,
    openings: Sequence[Opening] = OPENINGS,
    text_hash: str = TEXT_HASH,
    comparison_hash: str | None = None,
) -> Receipt:
    """A receipt of `decision`, signed and not yet sealed."""
    return promised(decision(environment, text_hash, comparison_hash), openings, signer)


INDEX, SIZE = 3, 5
"""Where the decision of `sealed` is, and of how many leaves its checkpoint is."""
STAMPED_SIZE = 2
"""Of how many leaves the checkpoint is whose token that decision may name."""


class Log:
    """A ledger: the bodies of its statements, in order."""

    def __init__(self, bodies: Sequence[bytes], signer: Signer = PUBLISHER) -> None:
        self.hashes = [merkle.leaf_hash(body) for body in bodies]
        self.signer = signer

    def read(self, level: int, index: int) -> bytes:
        return merkle.root(self.hashes[index << level : (index + 1) << level])

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.signer.name, size, merkle.root(self.hashes[:size]))

    def note(self, size: int, *signers: Signer) -> str:
        return checkpoint.sign(self.checkpoint(size), *(one.key for one in signers or (self.signer,)))

    def proof(self, index: int, size: int, *signers: Signer) -> Proof:
        return Proof(index, merkle.inclusion_path(index, size, self.read), self.note(size, *signers))

    def named(
        self, size: int, at: datetime, known: HeldToken | None = None, on: int = STAMPED_SIZE
    ) -> dict[str, Any]:
        """What a statement says of the newest checkpoint, of `size` leaves, and of the token `known` then.

        `on` is the size of the checkpoint of that token.
        """
        told = {"size": on, "authority": known.authority, "hash": known.hash} if known else None
        root = self.checkpoint(size).root.hex()
        return {"size": size, "root": root, "at": instant(at), "token": told}

    def earlier(self, old: int, new: int, known: HeldToken) -> Earlier:
        """The token `known` on the checkpoint of `old` leaves, for a receipt under that of `new`."""
        return Earlier(self.note(old), merkle.consistency_path(old, new, self.read), known)


@cache
def authority(name: str) -> tuple[Issued, Issued]:
    """A timestamp authority: its root and what stamps."""
    root = issue(f"Racine {name}", ca=True, kind="ec", at=AT, since=-HOUR * 48)
    return root, issue(f"Horodatage {name}", root, kind="ec", at=AT, since=-HOUR * 48)


@cache
def token(
    text: str, at: datetime, accuracy: timedelta = timedelta(seconds=1), by: str = "essai"
) -> HeldToken:
    """A token of that authority on the checkpoint `text`."""
    return HeldToken(by, handmade.token(text.encode(), at, authority(by)[1], accuracy=accuracy))


def before(environment: str = "publisher", signer: Signer = PUBLISHER) -> Log:
    """The ledger as it was when the decision of `sealed` was made."""
    return Log([accession(number, environment).body for number in range(INDEX)], signer)


def known_token(
    at: datetime = AT - HOUR, environment: str = "publisher", signer: Signer = PUBLISHER
) -> HeldToken:
    """A token at `at` on the checkpoint of the first two leaves, which a decision may name."""
    return token(before(environment, signer).checkpoint(STAMPED_SIZE).text, at)


def sealed(
    environment: str = "publisher",
    signer: Signer = PUBLISHER,
    known: HeldToken | None = None,
    **changes: Any,
) -> tuple[Receipt, Log]:
    """A receipt of a decision sealed at `INDEX` of `SIZE`, after the checkpoint it names; and its ledger.

    `known` is the token that it names too.
    """
    named = before(environment, signer).named(INDEX, AT - MINUTE, known)
    said = decision(environment, **({"checkpoint": named} | changes))
    bodies = [accession(number, environment).body for number in range(INDEX + 1)]
    log = Log([*bodies[:INDEX], said.body, bodies[INDEX]], signer)
    keys = Keys((signer.verifier.encode(),))
    return Receipt(said.body, OPENINGS, proof=log.proof(INDEX, SIZE), keys=keys), log


def stamped(
    environment: str = "publisher",
    signer: Signer = PUBLISHER,
    *,
    at: datetime = AT + MINUTE,
    since: datetime | None = AT - HOUR,
    **changes: Any,
) -> Receipt:
    """The same with a token at `at`, and the one that it names, of `since`."""
    known = known_token(since, environment, signer) if since else None
    held, log = sealed(environment, signer, known, **changes)
    root = Authority("essai", authority("essai")[0].der)
    return replace(
        held,
        tokens=(token(log.checkpoint(SIZE).text, at),),
        earlier=log.earlier(STAMPED_SIZE, SIZE, known) if known else None,
        keys=replace(held.keys, authorities=(root,)),
    )


def changed_key() -> tuple[Receipt, KeyChange]:
    """A receipt under a key that followed another, and what shows it."""
    said = make(
        Kind.KEY_CHANGE, "publisher", AT - HOUR,
        {
            "id": "3" * 32, "old": PUBLISHER.verifier.encode(), "new": SUCCESSOR.verifier.encode(),
            "reason": "routine", "size": 1,
        },
    )  # fmt: skip
    decided = decision()
    log = Log([accession(0).body, said.body, decided.body])
    change = KeyChange(said.body, log.proof(1, 2, SUCCESSOR, PUBLISHER))
    keys = Keys((SUCCESSOR.verifier.encode(),), (change,))
    return Receipt(decided.body, OPENINGS, proof=log.proof(2, 3, SUCCESSOR), keys=keys), change


def trust_text(*signers: Signer, roots: Mapping[str, bytes] | None = None, more: str = "") -> str:
    """A trust file of these ledgers, and of the authority of `stamped` unless `roots` are given."""
    authorities = {"essai": authority("essai")[0].der} if roots is None else roots
    lines = [f"ledger {one.verifier.encode()}\n" for one in signers]
    lines += [f"authority {name} {base64.b64encode(root).decode()}\n" for name, root in authorities.items()]
    return "".join(lines) + more


def trusting(*signers: Signer) -> Trust:
    """Trust in these ledgers and in the authority of `stamped`."""
    return Trust(tuple(one.verifier for one in signers), authorities={"essai": authority("essai")[0].der})
