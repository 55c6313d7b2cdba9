"""Whatever is verified, changed by a byte or made up, is refused by a step, and never otherwise."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proof import note, receipt, statement
from kiosk.proof.errors import (
    AlteredError,
    ProofError,
)
from kiosk.proof.receipt import Receipt
from kiosk.proof.statement import instant
from kiosk.proof.verify import (
    Step,
    examine,
    examine_tlog_proof,
    read,
    verify,
)
from tests.conftest import SOAK
from tests.kiosk.proof.making import (
    AT,
    OPENINGS,
    PUBLISHER,
    issued,
    promised,
)
from tests.kiosk.proof.verifying import (
    RECEIPTS,
    STAMPED,
    TRUST,
    WITNESS_KEY,
    former,
    refusal,
    refused,
    witnessed,
)

MUTATIONS = 100_000 if SOAK else 1_000


@pytest.mark.requirement("S-58")
def test_every_byte_of_a_stamped_receipt_is_covered() -> None:
    raw = receipt.dump(witnessed(STAMPED))
    trust = replace(TRUST, witnesses=(WITNESS_KEY,), quorum=1)
    verify(raw, trust)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        found = examine(changed, trust)
        assert found.refused, f"byte {place}"
        assert found.refused.step in tuple(Step)


@pytest.mark.requirement("S-58")
def test_no_change_of_a_few_bytes_passes() -> None:
    rng = random.Random(20261122)
    held = [receipt.dump(one) for one in RECEIPTS.values()]
    for _ in range(MUTATIONS):
        raw = bytearray(rng.choice(held))
        kept = bytes(raw)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        found = examine(bytes(raw), TRUST)
        assert found.refused or bytes(raw) == kept, bytes(raw)


@pytest.mark.requirement("S-58")
@given(data=st.data(), state=st.sampled_from(sorted(RECEIPTS)))
def test_a_receipt_with_one_byte_changed_added_or_lost_is_refused(data: st.DataObject, state: str) -> None:
    raw = receipt.dump(RECEIPTS[state])
    place = data.draw(st.integers(0, len(raw) - 1))
    piece = data.draw(st.binary(max_size=2).filter(lambda piece: piece != raw[place : place + 1]))
    assert refused(raw[:place] + piece + raw[place + 1 :]).step in tuple(Step)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_gives_only_typed_errors(raw: bytes) -> None:
    for run in (examine, examine_tlog_proof):
        assert run(raw, TRUST).refused
    with pytest.raises(ProofError):
        statement.parse(raw)


@given(
    name=st.sampled_from(["statement", "disclosures", "promise", "proof", "tokens", "earlier", "keys"]),
    value=JSON,
)
def test_a_receipt_with_one_member_replaced_gives_only_typed_errors(name: str, value: object) -> None:
    whole = json.loads(receipt.dump(STAMPED))
    if whole[name] != value:
        raw = json.dumps(whole | {name: value}, ensure_ascii=True, indent=2).encode()
        assert refused(raw).step in tuple(Step)


@given(members=st.dictionaries(st.sampled_from(["at", "document", "environment", "commitments"]), JSON))
def test_a_former_statement_of_any_members_gives_only_typed_errors(members: dict[str, object]) -> None:
    try:
        said = former(**members)
    except ProofError:
        return
    signed = note.sign("x\n", PUBLISHER.name, PUBLISHER.key)
    assert refusal(Receipt(said.body, promise=signed)) == (AlteredError, Step.SIGNATURE)
    examine(receipt.dump(promised(said, ())), TRUST)


def test_the_stated_time_is_that_of_the_statement() -> None:
    assert read(receipt.dump(issued()))[1].members["at"] == instant(AT)
    assert issued(openings=OPENINGS[:1]).disclosures == OPENINGS[:1]
