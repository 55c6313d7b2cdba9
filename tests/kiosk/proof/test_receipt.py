"""Receipts: one form only, read back to the byte, refused when anything is not as expected."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from kiosk.proof import cms, merkle, note, receipt
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.receipt import Authority, Earlier, HeldToken, Keys, Proof, Receipt, State
from tests.kiosk.proof.making import OPENINGS, changed_key, decision, issued, sealed, stamped

STATES = {State.SIGNED: issued(), State.SEALED: sealed()[0], State.STAMPED: stamped()}
SALT = "A" * 22 + "=="


def written(whole: dict[str, Any]) -> bytes:
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def changed(held: Receipt, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A receipt of which `change` changed some members."""
    whole = json.loads(receipt.dump(held))
    change(whole)
    return written(whole)


@pytest.mark.parametrize("state", State)
def test_a_receipt_is_read_back_and_its_state_is_what_it_holds(state: State) -> None:
    held = STATES[state]
    assert held.state is state
    raw = receipt.dump(held)
    assert receipt.parse(raw) == held
    assert receipt.dump(receipt.parse(raw)) == raw
    assert raw.endswith(b"}\n")
    receipt.verify_digest(raw)


def test_a_receipt_with_a_change_of_key_is_read_back() -> None:
    held, _ = changed_key()
    assert receipt.parse(receipt.dump(held)) == held


def test_the_digest_is_over_the_canonical_bytes_of_all_the_rest() -> None:
    whole = json.loads(receipt.dump(stamped()))
    digest = whole.pop("sha256")
    assert hashlib.sha256(rfc8785.dumps(whole)).hexdigest() == digest


def test_what_is_damaged_where_nobody_signs_is_found_by_the_digest() -> None:
    raw = changed(stamped(), lambda whole: whole["keys"]["authorities"][0].update(name="autre"))
    receipt.parse(raw)
    with pytest.raises(AlteredError, match="sha256"):
        receipt.verify_digest(raw)


def test_what_is_promised_is_a_format_line_and_the_hash_of_the_statement() -> None:
    assert receipt.promised_text(decision()) == f"cgu-statement-signature/1\n{decision().hash}\n"


@pytest.mark.requirement("O-56")
def test_the_statement_in_a_receipt_tells_the_time_in_utc_to_the_microsecond() -> None:
    assert json.loads(issued().statement)["at"] == "2026-11-22T08:00:00.123456Z"


def test_what_is_written_is_as_browsers_write_it() -> None:
    held = replace(issued(), disclosures=(Opening("email", bytes(16), 'é\u2028\x7f😀"\\\b\x01\n/'),))
    assert '"value": "é\u2028\x7f😀\\"\\\\\\b\\u0001\\n/"' in receipt.dump(held).decode()


def test_sharing_keeps_the_proof_and_leaves_out_the_person() -> None:
    held = receipt.share(stamped())
    assert held.disclosures == ()
    assert replace(held, disclosures=OPENINGS) == stamped_again(held)
    for opening in OPENINGS:
        assert opening.value.encode() not in receipt.dump(held)
    assert receipt.share(issued(), ["email"]).disclosures == OPENINGS[1:]


def stamped_again(held: Receipt) -> Receipt:
    """The receipt that `held` was shared from: nothing but disclosures differs."""
    return Receipt(held.statement, OPENINGS, None, held.proof, held.tokens, held.earlier, held.keys)


PROOF = sealed()[0].proof
NOTE = issued().promise


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Receipt(b"", promise="x", proof=PROOF), id="a promise and a proof"),
        pytest.param(lambda: Receipt(b""), id="neither"),
        pytest.param(
            lambda: Receipt(b"", promise="x", tokens=(HeldToken("a", b""),)), id="a token without a proof"
        ),
        pytest.param(
            lambda: Receipt(b"", promise="x", earlier=Earlier("x", (), HeldToken("a", b""))),
            id="an earlier checkpoint without a proof",
        ),
        pytest.param(
            lambda: Earlier("x", (bytes(31),), HeldToken("a", b"")), id="a consistency of a hash cut short"
        ),
        pytest.param(lambda: Receipt(b"", OPENINGS[::-1], promise="x"), id="fields not sorted"),
        pytest.param(lambda: Receipt(b"", OPENINGS[:1] * 2, promise="x"), id="a field twice"),
        pytest.param(
            lambda: Receipt(b"", tuple(Opening(f"f{n:02}", bytes(16), "") for n in range(51)), promise="x"),
            id="too many disclosures",
        ),
        pytest.param(
            lambda: Receipt(b"", proof=PROOF, tokens=(HeldToken("a", b""),) * 9), id="too many tokens"
        ),
        pytest.param(lambda: Keys(("x",) * 33), id="too many hints"),
        pytest.param(lambda: Proof(-1, (), "x"), id="an index below 0"),
        pytest.param(lambda: Proof(True, (), "x"), id="an index that is no number"),
        pytest.param(lambda: Proof(2**53, (), "x"), id="an index too large"),
        pytest.param(lambda: Proof(0, (bytes(31),), "x"), id="a hash cut short"),
        pytest.param(lambda: Proof(0, (bytes(32),) * 55, "x"), id="a path too long"),
        pytest.param(
            lambda: receipt.dump(replace(issued(), promise="x" * (note.MAX_CHARACTERS + 1))),
            id="a note too long",
        ),
        pytest.param(
            lambda: receipt.dump(replace(issued(), disclosures=(Opening("email", bytes(16), "\ud800"),))),
            id="a lone surrogate",
        ),
        pytest.param(
            lambda: receipt.dump(replace(issued(), disclosures=(Opening("É", bytes(16), "x"),))),
            id="a field that nobody commits to",
        ),
        pytest.param(
            lambda: receipt.dump(
                replace(stamped(), keys=Keys(authorities=(Authority("a", bytes(cms.MAX_BYTES)),) * 32))
            ),
            id="too long as a whole",
        ),
    ],
)
def test_what_could_not_be_read_is_not_made(make: Callable[[], object]) -> None:
    with pytest.raises(MalformedError):
        make()


def disclosed(*openings: object) -> bytes:
    return changed(issued(), lambda whole: whole.update(disclosures=list(openings)))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 200_000, id="nested too deep"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b'{"format": NaN}', id="not a number"),
        pytest.param(changed(issued(), lambda whole: whole.pop("promise")), id="member missing"),
        pytest.param(changed(issued(), lambda whole: whole.update(more=1)), id="member unknown"),
        pytest.param(changed(issued(), lambda whole: whole.update(format="cgu-receipt/1")), id="former"),
        pytest.param(changed(issued(), lambda whole: whole.update(sha256="0" * 63)), id="short digest"),
        pytest.param(changed(issued(), lambda whole: whole.update(sha256=1)), id="digest not a text"),
        pytest.param(changed(issued(), lambda whole: whole.update(statement=1)), id="statement not a text"),
        pytest.param(changed(issued(), lambda whole: whole.update(statement="é")), id="not base64"),
        pytest.param(changed(issued(), lambda whole: whole.update(statement="AB==")), id="loose base64"),
        pytest.param(changed(issued(), lambda whole: whole.update(statement=None)), id="statement null"),
        pytest.param(
            changed(issued(), lambda whole: whole.update(promise=1)), id="promise not a text"
        ),
        pytest.param(changed(issued(), lambda whole: whole.update(tokens=None)), id="tokens null"),
        pytest.param(changed(issued(), lambda whole: whole.update(keys=None)), id="keys null"),
        pytest.param(changed(sealed()[0], lambda whole: whole["proof"].update(index=1.5)), id="fraction"),
        pytest.param(changed(sealed()[0], lambda whole: whole["proof"].update(path=["AAAA"])), id="short"),
        pytest.param(changed(stamped(), lambda whole: whole["earlier"].update(token=None)), id="no token"),
        pytest.param(
            changed(stamped(), lambda whole: whole["tokens"][0].update(token="A" * 44_000)), id="long token"
        ),
        pytest.param(receipt.dump(issued())[:-1], id="no line feed at the end"),
        pytest.param(receipt.dump(issued()) + b"\n", id="a line more"),
        pytest.param(b"\xef\xbb\xbf" + receipt.dump(issued()), id="a byte order mark"),
        pytest.param(receipt.dump(issued()).replace(b": ", b":", 1), id="a space less"),
        pytest.param(
            receipt.dump(issued()).replace(b'"proof": null', b'"proof": null,\n  "proof": null'),
            id="a member twice",
        ),
        pytest.param(receipt.dump(issued()).replace(b"camille", b"c\\u0061mille"), id="an idle escape"),
        pytest.param(receipt.dump(issued()).replace(b"camille", b"\\ud800"), id="a lone surrogate"),
        pytest.param(
            receipt.dump(sealed()[0]).replace(b'"index": 3', b'"index": 3.0'), id="a number in another form"
        ),
        pytest.param(
            receipt.dump(sealed()[0]).replace(b'"index": 3', b'"index": ' + b"3" * 5000),
            id="a number without end",
        ),
        pytest.param(disclosed(1), id="disclosure not an object"),
        pytest.param(disclosed({"field": "email", "salt": "AAAA", "value": "x"}), id="short salt"),
        pytest.param(disclosed({"field": "email", "salt": SALT, "value": "x" * 1001}), id="long value"),
        pytest.param(disclosed({"field": "", "salt": SALT, "value": "x"}), id="nameless field"),
        pytest.param(disclosed(*[{"field": "email", "salt": SALT, "value": "x"}] * 2), id="field twice"),
        pytest.param(b" " * receipt.MAX_BYTES + receipt.dump(issued()), id="too long"),
    ],
)  # fmt: skip
def test_a_malformed_receipt_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        receipt.parse(raw)


def test_a_statement_too_long_is_refused_before_it_is_read() -> None:
    long = base64.b64encode(bytes(100_002)).decode()
    with pytest.raises(MalformedError, match="statement"):
        receipt.parse(changed(issued(), lambda whole: whole.update(statement=long)))


def test_a_path_is_as_long_as_a_tree_may_be_high() -> None:
    held = Receipt(b"", proof=Proof(0, (bytes(32),) * merkle.MAX_PATH, NOTE or ""))
    assert receipt.parse(receipt.dump(held)) == held
