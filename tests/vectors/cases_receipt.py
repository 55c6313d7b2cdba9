"""Statements, commitments and receipts in every state: valid ones, and one per failure.

Keys of time authorities are drawn at random, so tokens are kept in ``tokens``; `remake` draws them again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785

from kiosk.proof import commitment, kinds, note, receipt, statement
from kiosk.proof.commitment import Opening
from kiosk.proof.kinds import Shape
from kiosk.proof.receipt import Earlier, HeldToken, Keys, Receipt
from kiosk.proof.trust import key_name, parse_trust
from kiosk.proof.verify import examine
from tests import handmade
from tests.authority import issue
from tests.kiosk.proof.making import (
    AT,
    DEMONSTRATION,
    HOUR,
    INDEX,
    MINUTE,
    OPENINGS,
    PUBLISHER,
    SIZE,
    STAMPED_SIZE,
    SUCCESSOR,
    Log,
    accession,
    before,
    changed_key,
    decision,
    issued,
    promised,
    sealed,
)
from tests.vectors.case import Case

FOLDER = Path(__file__).parent / "tokens"
UNATTESTED = "Intact, heure non attestée"
_ROOT, _OTHER_ROOT = "receipt-root.der", "receipt-other-root.der"
_TOKENS = {
    "earlier": (STAMPED_SIZE, -HOUR),
    "too-late": (STAMPED_SIZE, timedelta(seconds=3)),
    "latest": (SIZE, MINUTE),
    "too-early": (SIZE, timedelta(seconds=-3)),
}
"""Size of the checkpoint that each token is on, and how long after the statement it is. The statement names
the first: it is drawn before those on the checkpoint that holds the statement."""
_EXAMPLES = {
    "text": "un texte", "hash": "ab" * 32, "id": "0123456789abcdef" * 2, "integer": -1,
    "instant": "2026-11-22T08:00:00.000000Z", "count": 1, "key": PUBLISHER.verifier.encode(),
    "text|integer": 1,
}  # fmt: skip


_EXPECTED: dict[str, tuple[str, int]] = {
    "not-a-receipt": ("MalformedError", 1),
    "not-a-statement": ("MalformedError", 2),
    "disclosure-other-value": ("AlteredError", 3),
    "disclosure-unknown-field": ("AlteredError", 3),
    "other-promise": ("AlteredError", 4),
    "forged-promise": ("AlteredError", 4),
    "other-statement": ("AlteredError", 5),
    "moved": ("AlteredError", 5),
    "specimen": ("SpecimenError", 7),
    "specimen-unknown": ("SpecimenError", 4),
    "posing": ("AlteredError", 7),
    "damaged-hint": ("AlteredError", 9),
    "other-token": ("TimeError", 6),
    "unknown-authority": ("TimeError", 6),
    "too-early": ("AlteredError", 6),
    "not-before-too-late": ("AlteredError", 6),
    "not-before-other": ("AlteredError", 6),
    "not-before-other-name": ("AlteredError", 6),
    "not-before-other-size": ("AlteredError", 6),
    "not-before-other-text": ("TimeError", 6),
    "names-later-token": ("AlteredError", 6),
    "no-consistency": ("AlteredError", 6),
    "unnamed": ("AlteredError", 6),
    "names-later": ("AlteredError", 6),
    "names-itself": ("AlteredError", 6),
    "next-key-alone": ("UnknownKeyError", 4),
    "next-key-by-itself": ("UnknownKeyError", 4),
    "next-key-elsewhere": ("AlteredError", 4),
    "next-key-other-kind": ("MalformedError", 4),
    "unknown-key": ("UnknownKeyError", 4),
    "stolen-before": ("UnknownKeyError", 6),
    "stolen-unstamped": ("UnknownKeyError", 6),
    "stolen-next-key": ("UnknownKeyError", 4),
    "other-signature": ("UnknownKeyError", 4),
}
"""Why a receipt is refused, and at which step; those that are not here are verified."""
_ATTESTED = ("stamped", "not-before-left-out", "shared", "stolen-after")
_WORDS = {
    "UnknownKeyError": "Clé inconnue",
    "SpecimenError": "Spécimen sans valeur",
    "unknown-authority": "Clé inconnue",
}
_IN_BROWSER: dict[str, tuple[str, int | None]] = {
    "stamped": (UNATTESTED, None),
    "shared": (UNATTESTED, None),
    "not-before-left-out": (UNATTESTED, None),
    "unknown-authority": (UNATTESTED, None),
    "stolen-after": ("Clé inconnue", 6),
}


def cases() -> Iterator[Case]:
    """Every vector of this file."""
    yield from _statements()
    yield from _commitments()
    yield from _receipts()
    yield from _times()
    yield from _keys()


def evaluate(kind: str, raw: bytes, trust: str) -> None:
    """Read and verify the input of a vector as its kind says; raises the error that the vector names."""
    match kind:
        case "statement":
            statement.parse(raw)
        case "commitment":
            said = json.loads(raw)
            opening = Opening(said["field"], bytes.fromhex(said["salt"]), said["value"])
            commitment.verify_opening(opening, said["commitment"])
        case _:
            assert kind == "receipt"
            refused = examine(raw, parse_trust(trust)).refused
            if refused is not None:
                raise refused


def remake() -> None:
    """Draw keys and tokens again; what was drawn before no longer fits."""
    root, other = (issue("Racine d’essai", ca=True, kind="ec", at=AT, since=-HOUR * 48) for _ in range(2))
    signer = issue("Horodatage d’essai", root, kind="ec", at=AT, since=-HOUR * 48)
    (FOLDER / _ROOT).write_bytes(root.der)
    (FOLDER / _OTHER_ROOT).write_bytes(other.der)
    for name, (size, after) in _TOKENS.items():
        log = before() if size < SIZE else sealed(known=_token("earlier"))[1]
        raw = handmade.token(
            log.checkpoint(size).text.encode(), AT + after, signer, accuracy=timedelta(seconds=1)
        )
        (FOLDER / f"receipt-{name}.tst").write_bytes(raw)


# Statements and commitments


def _statements() -> Iterator[Case]:
    for kind in kinds.MEMBERS:
        yield Case(f"statement-{kind}", f"Of the kind {kind}.", "statement", rfc8785.dumps(example(kind)))
        yield from _wrong(kind)
    for state in ("handed", "refused"):
        told = _changed(example("notification"), state=state)
        yield Case(f"statement-notification-{state}", f"Of a mail that was {state}.", "statement", told)
    whole = example("decision")
    body = rfc8785.dumps(whole)
    yield Case("statement-commitments", "With personal fields, committed to.", "statement", decision().body)
    former = {"format": statement.FORMER_FORMAT, "kind": "decision", "anything": None}
    yield Case("statement-former", "In the format before.", "statement", rfc8785.dumps(former))
    missing = {name: value for name, value in whole.items() if name != "previous"}
    others = [whole["document"] | {"terms": name} for name in ("cg", "cp")]
    beside = _changed(whole, together=others)
    yield Case("statement-together", "With the other documents under the box.", "statement", beside)
    for name, about, raw in (
        ("together-none", "Other documents, and none among them.", _changed(whole, together=[])),
        ("not-json", "Not JSON.", body[:-1]),
        ("spaces", "Not in its canonical form.", json.dumps(whole).encode()),
        ("unknown-format", "A format that is not known.", _changed(whole, format="cgu-statement/3")),
        ("unknown-kind", "A kind that is not known.", _changed(whole, kind="other")),
        ("unknown-member", "A member that its kind does not have.", _changed(whole, more=1)),
        ("missing-member", "A member that may be null, and is missing.", rfc8785.dumps(missing)),
        ("other-type", "A number for a text.", _changed(whole, retention=1)),
        ("other-choice", "A decision that is none.", _changed(whole, decision="signed")),
        ("other-environment", "An environment that is not known.", _changed(whole, environment="test")),
        ("no-such-day", "The 30th of February.", _changed(whole, at="2026-02-30T08:00:00.000000Z")),
        ("no-commitment", "Commitments, and none among them.", _changed(whole, commitments={})),
        ("other-commitment", "A commitment that its kind does not have.",
         _changed(whole, commitments={"grounds": "ab" * 32})),
    ):  # fmt: skip
        yield Case(f"statement-{name}", about, "statement", raw, error="MalformedError")


def _wrong(kind: str) -> Iterator[Case]:
    """Statements of `kind` in which one member is not as it must be."""
    whole = example(kind)
    first = next(iter(kinds.MEMBERS[kind])).removesuffix("?")
    missing = {name: value for name, value in whole.items() if name != first}
    for name, about, raw in (
        ("missing", f"Of the kind {kind}, without `{first}`.", rfc8785.dumps(missing)),
        ("type", f"Of the kind {kind}, a truth value for `{first}`.", _changed(whole, **{first: True})),
        ("committed", f"Of the kind {kind}, with a commitment that no kind has.",
         _changed(whole, commitments={"password": "ab" * 32})),
    ):  # fmt: skip
        yield Case(f"statement-{kind}-{name}", about, "statement", raw, error="MalformedError")


def _commitments() -> Iterator[Case]:
    said = {"field": "email", "salt": bytes(range(16)).hex(), "value": "é"}
    opening = Opening("email", bytes(range(16)), "é")
    valid = said | {"commitment": opening.commitment}
    empty = Opening("email", bytes(range(16)), "")
    for name, about, given, error in (
        ("valid", "A field, its salt, its value, and the commitment they open.", valid, None),
        ("empty", "An empty value.", valid | {"value": "", "commitment": empty.commitment}, None),
        ("other-value", "Another value.", valid | {"value": "e"}, "AlteredError"),
        ("other-field", "Another field.", valid | {"field": "account"}, "AlteredError"),
        ("other-salt", "Another salt.", valid | {"salt": bytes(16).hex()}, "AlteredError"),
        ("short-salt", "A salt of 15 bytes.", valid | {"salt": bytes(15).hex()}, "MalformedError"),
        ("null-character", "A field that ends early.", valid | {"field": "e\0"}, "MalformedError"),
    ):
        yield Case(f"commitment-{name}", about, "commitment", json.dumps(given).encode(), error=error)


# Receipts


def _receipts() -> Iterator[Case]:
    held, log = sealed()
    other = decision(retention="autre")
    yield _case("signed", "Signed, and not sealed yet.", issued())
    yield _case("sealed", "Sealed; nobody attests the time.", held)
    yield _case("stamped", "Sealed, and stamped before and after.", _stamped())
    yield _case("shared", "Without what the person keeps for themselves.", receipt.share(_stamped()))
    yield _case("not-a-receipt", "JSON of something else.", b"{}\n")
    yield _case("not-a-statement", "An empty statement.", replace(held, statement=b"{}", disclosures=()))
    for name, opening in (
        ("other-value", replace(OPENINGS[1], value="autre@exemple.invalid")),
        ("unknown-field", Opening("siren", bytes(16), "130025265")),
    ):
        yield _case(f"disclosure-{name}", "What is disclosed is not what was committed to.",
                    replace(held, disclosures=(opening,)))  # fmt: skip
    elsewhere = note.sign(receipt.promised_text(other), PUBLISHER.name, PUBLISHER.key)
    yield _case("other-promise", "The promise is of another statement.", replace(issued(), promise=elsewhere))
    forged = elsewhere.replace(other.hash, decision().hash)
    yield _case("forged-promise", "The signature is of another text.", replace(issued(), promise=forged))
    yield _case("other-statement", "The proof is of another statement.",
                replace(held, statement=other.body, disclosures=()))  # fmt: skip
    yield _case("moved", "At another place of the tree.",
                replace(held, proof=replace(log.proof(3, SIZE), index=4)))  # fmt: skip
    specimen = sealed("demonstration", DEMONSTRATION)[0]
    yield _case("specimen", "A demonstration's, whose key is trusted.", specimen, trust=_trust(DEMONSTRATION))
    yield _case("specimen-unknown", "A demonstration's.", specimen)
    posing = issued("publisher", DEMONSTRATION)
    yield _case("posing", "A publisher's statement under a demonstration's key.", posing,
                trust=_trust(DEMONSTRATION))  # fmt: skip
    damaged = receipt.dump(_stamped()).replace(b'"ledger": [\n      "cgu.', b'"ledger": [\n      "cgv.')
    yield _case("damaged-hint", "A hint was changed, which no signature covers.", damaged)


def _times() -> Iterator[Case]:
    _, log = sealed(known=_token("earlier"))
    stamped = _stamped()
    yield _case("other-token", "The token is on another checkpoint.",
                replace(stamped, tokens=(_token("earlier"),)))  # fmt: skip
    yield _case("unknown-authority", "No trusted root answers for the token.", stamped,
                trust=_trust(root=_OTHER_ROOT))  # fmt: skip
    yield _case("too-early", "The token is from before the statement.",
                replace(stamped, tokens=(_token("too-early"),)))  # fmt: skip
    yield _case("not-before-alone", "The token that it names, and none after it.",
                replace(stamped, tokens=()))  # fmt: skip
    yield _case("not-before-left-out", "Without the token that it names.", replace(stamped, earlier=None))
    yield _case("not-before-too-late", "The token that it names is from after its time.",
                _bounded("too-late"))  # fmt: skip
    yield _case("not-before-other", "Another token than the one that it names.",
                replace(stamped, earlier=_earlier(log, "too-late")))  # fmt: skip
    renamed = replace(_earlier(log, "earlier"), token=replace(_token("earlier"), authority="autre"))
    yield _case("not-before-other-name", "The token that it names, under another name.",
                replace(stamped, earlier=renamed))  # fmt: skip
    yield _case("not-before-other-size", "The token that it names, on a checkpoint of another size.",
                _bounded("earlier", on=1))  # fmt: skip
    yield _case("not-before-other-text", "The token that it names is on another checkpoint.",
                _bounded("latest"))  # fmt: skip
    yield _case("names-later-token", "It names a token on a later checkpoint than the one that it names.",
                sealed(checkpoint=log.named(1, AT - HOUR, _token("earlier")))[0])  # fmt: skip
    changed = replace(_earlier(log, "earlier"), consistency=(bytes(32),))
    yield _case("no-consistency", "The earlier tree has not grown into this one.",
                replace(stamped, earlier=changed))  # fmt: skip
    unnamed, other = sealed()
    yield _case("unnamed", "An earlier token, for a statement that names none.",
                replace(unnamed, earlier=_earlier(other, "earlier")))  # fmt: skip
    yield _case("names-later", "It names a checkpoint made after it.",
                sealed(checkpoint=log.named(3, AT + MINUTE))[0])  # fmt: skip
    yield _case("names-itself", "It names a checkpoint that holds it.",
                sealed(checkpoint=log.named(4, AT))[0])  # fmt: skip


def _keys() -> Iterator[Case]:
    held, change = changed_key()
    log = Log([accession(0).body, change.statement, held.statement])
    own = replace(change, proof=log.proof(1, 2, SUCCESSOR))
    yield _case("next-key", "Under a key that followed the trusted one.", held)
    yield _case("next-key-alone", "The same, and nothing says so.", replace(held, keys=Keys()))
    yield _case("next-key-by-itself", "The new key vouches for itself.",
                replace(held, keys=Keys(changes=(own,))))  # fmt: skip
    elsewhere = replace(change, proof=replace(change.proof, index=0))
    yield _case("next-key-elsewhere", "The change of key is not where it says.",
                replace(held, keys=Keys(changes=(elsewhere,))))  # fmt: skip
    no_change = replace(change, statement=accession(0).body)
    yield _case("next-key-other-kind", "A statement of another kind for a change of key.",
                replace(held, keys=Keys(changes=(no_change,))))  # fmt: skip
    yield _case("unknown-key", "The key is not trusted.", issued(), trust=_trust(SUCCESSOR))
    yield _case("stolen-after", "The key was stolen, after the token.", _stamped(),
                trust=_trust(more=_revoked(AT + HOUR)))  # fmt: skip
    yield _case("stolen-before", "The key was stolen, before the token.", _stamped(),
                trust=_trust(more=_revoked(AT - HOUR)))  # fmt: skip
    yield _case("stolen-unstamped", "The key was stolen, and no token says when it signed.", sealed()[0],
                trust=_trust(more=_revoked(AT + HOUR)))  # fmt: skip
    yield _case("stolen-next-key", "A stolen key passes on to no other.", held,
                trust=_trust(more=_revoked(AT + HOUR)))  # fmt: skip
    yield _case("other-signature", "A promise, signed by another key under the name of the trusted one.",
                promised(decision(), OPENINGS, SUCCESSOR))  # fmt: skip


def _case(name: str, about: str, held: Receipt | bytes, *, trust: str | None = None) -> Case:
    error, step = _EXPECTED.get(name, (None, None))
    if error is None:
        words = "Intact" if name in _ATTESTED else UNATTESTED
    else:
        words = _WORDS.get(name if error == "TimeError" else error, f"Altéré ou incomplet : étape {step}")
    return Case(
        f"receipt-{name}", about, "receipt", held if isinstance(held, bytes) else receipt.dump(held),
        _trust() if trust is None else trust, error, step, words,
        browser=True, browser_answer=_IN_BROWSER.get(name),
    )  # fmt: skip


def _stamped() -> Receipt:
    held, log = sealed(known=_token("earlier"))
    return replace(held, tokens=(_token("latest"),), earlier=_earlier(log, "earlier"))


def _bounded(name: str, on: int = STAMPED_SIZE) -> Receipt:
    """A sealed receipt that names the token of this name, and carries it."""
    held, log = sealed(checkpoint=before().named(INDEX, AT - MINUTE, _token(name), on))
    return replace(held, earlier=_earlier(log, name))


def _token(name: str) -> HeldToken:
    return HeldToken("essai", (FOLDER / f"receipt-{name}.tst").read_bytes())


def _earlier(log: Log, name: str) -> Earlier:
    return log.earlier(STAMPED_SIZE, SIZE, _token(name))


def _trust(*signers: Any, root: str = _ROOT, more: str = "") -> str:
    lines = [f"ledger {one.verifier.encode()}\n" for one in signers or (PUBLISHER,)]
    certificate = base64.b64encode((FOLDER / root).read_bytes()).decode()
    return "".join([*lines, f"authority essai {certificate}\n", more])


def _revoked(since: datetime) -> str:
    return f"revoked {key_name(PUBLISHER.verifier)} {since:%Y-%m-%dT%H:%M:%SZ}\n"


def example(kind: str) -> dict[str, Any]:
    """The members of a statement of this kind, none of them null."""
    whole: dict[str, Any] = _of_shape(kinds.COMMON) | _of_shape(kinds.MEMBERS[kind])
    return whole | {"format": statement.FORMAT, "kind": kind, "environment": "publisher"}


def _of_shape(shape: Shape) -> Any:
    if isinstance(shape, str):
        return shape[1:].split("|")[0] if shape.startswith("=") else _EXAMPLES[shape]
    if isinstance(shape, list):
        return [_of_shape(shape[0])]
    assert isinstance(shape, dict)
    return {name.removesuffix("?").replace("*", "un"): _of_shape(one) for name, one in shape.items()}


def _changed(whole: dict[str, Any], **members: Any) -> bytes:
    return rfc8785.dumps(whole | members)
