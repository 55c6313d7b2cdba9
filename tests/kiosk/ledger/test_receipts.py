"""The ledger hands out the best receipt there is, and what it hands out verifies without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.db import reading, writing
from kiosk.ledger import files, public_keys, receipts, services
from kiosk.ledger.errors import SignerAwayError, UnknownStatementError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import Disclosure
from kiosk.ledger.receipts import NO_HINTS, Hints, Standing
from kiosk.ledger.sealing import seal_once
from kiosk.ledger.signer import LocalSigner
from kiosk.proof import checkpoint, receipt
from kiosk.proof.receipt import State
from kiosk.proof.statement import Kind, Statement, make
from kiosk.proof.trust import Trust, key_name
from kiosk.proof.verify import Step, Verdict, examine, examine_tlog_proof, read
from tests.kiosk.ledger.making import AT, KEY, stamp
from tests.kiosk.proof.making import (
    MINUTE,
    OPENINGS,
    PUBLISHER,
    SUCCESSOR,
    accession,
    authority,
    decision,
    members,
    token,
    trusting,
)
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

SIGNER = LocalSigner(KEY)
TRUST = trusting(PUBLISHER)
LATER = AT + MINUTE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registre"


def record(engine: Engine, said: Statement) -> str:
    with writing(engine) as session:
        return services.record(session, said, OPENINGS if said.commitments else (), AT)


def seal(engine: Engine, folder: Path) -> None:
    assert seal_once(engine, KEY, lambda: LATER, folder=folder)


def best(
    engine: Engine,
    digest: str,
    *,
    signer: LocalSigner | None = SIGNER,
    disclose: bool = True,
    hints: Hints = NO_HINTS,
) -> bytes:
    with reading(engine) as session:
        return receipts.best(session, digest, signer, disclose=disclose, hints=hints)


def standing(engine: Engine, digest: str, hints: Hints = NO_HINTS) -> Standing:
    with reading(engine) as session:
        return receipts.standing(session, digest, hints.revoked)


def attest(engine: Engine, size: int, at: timedelta = 2 * MINUTE) -> None:
    """Have the checkpoint of `size` leaves stamped, as an authority does."""
    with reading(engine) as session:
        text = receipts.proofs.cosigned_note(session, size).split("\n\n")[0] + "\n"
    stamp(engine, size, token(text, AT + at).token, at=AT + at)


@pytest.mark.requirement("S-58", "O-56")
def test_a_receipt_is_signed_then_sealed_then_stamped_and_verifies_each_time(
    engine: Engine, folder: Path
) -> None:
    digest = record(engine, decision())
    assert standing(engine, digest) == Standing(State.SIGNED)
    assert state_of(best(engine, digest)) == (State.SIGNED, Verdict.UNATTESTED)
    seal(engine, folder)
    assert standing(engine, digest) == Standing(State.SEALED, LATER)
    assert state_of(best(engine, digest, signer=None)) == (State.SEALED, Verdict.UNATTESTED)
    attest(engine, 1)
    assert standing(engine, digest) == Standing(State.STAMPED, LATER, ("alpha",), AT + 2 * MINUTE)
    assert state_of(best(engine, digest, signer=None)) == (State.STAMPED, Verdict.INTACT)


def state_of(raw: bytes) -> tuple[State, Verdict]:
    found = examine(raw, TRUST)
    assert found.receipt
    assert found.receipt.disclosures == OPENINGS
    return found.receipt.state, found.verdict


def test_before_the_seal_there_is_no_receipt_when_nobody_promises(engine: Engine) -> None:
    digest = record(engine, decision())
    with pytest.raises(SignerAwayError, match="scellé"):
        best(engine, digest, signer=None)
    with pytest.raises(SignerAwayError), reading(engine) as session:
        receipts.tlog_proof(session, digest)


def test_an_unknown_statement_has_no_receipt(engine: Engine) -> None:
    for hand_out in (receipts.best, receipts.tlog_proof):
        with pytest.raises(UnknownStatementError), reading(engine) as session:
            hand_out(session, "0" * 64, *([SIGNER] if hand_out is receipts.best else []))


@pytest.mark.parametrize("sealed", [False, True])
def test_a_receipt_that_discloses_nothing_names_nobody_and_verifies(
    engine: Engine, folder: Path, sealed: bool
) -> None:
    digest = record(engine, decision())
    if sealed:
        seal(engine, folder)
    raw = best(engine, digest, disclose=False)
    assert examine(raw, TRUST).refused is None
    assert b"camille" not in raw
    assert read(raw)[0].disclosures == ()


def test_a_receipt_still_verifies_once_what_names_the_person_is_destroyed(
    engine: Engine, folder: Path
) -> None:
    digest = record(engine, decision())
    seal(engine, folder)
    with writing(engine) as session:
        session.execute(delete(Disclosure))
    raw = best(engine, digest)
    assert examine(raw, TRUST).refused is None
    assert read(raw)[0].disclosures == ()


def test_the_proof_by_itself_verifies_and_names_nobody(engine: Engine, folder: Path) -> None:
    digest = record(engine, decision())
    seal(engine, folder)
    with reading(engine) as session:
        raw = receipts.tlog_proof(session, digest)
    found = examine_tlog_proof(raw, TRUST)
    assert (found.refused, found.statement) == (None, decision())
    assert b"camille" not in raw


def test_a_specimen_is_one_in_every_state(engine: Engine, folder: Path, tmp_path: Path) -> None:
    key = LedgerKey.load_or_create(tmp_path / "keys", "demonstration")
    digest = record(engine, decision("demonstration"))
    for _ in range(2):
        found = examine(best(engine, digest, signer=LocalSigner(key)), Trust((key.verifier,)))
        assert (found.verdict, found.refused and found.refused.step) == (Verdict.SPECIMEN, Step.ENVIRONMENT)
        seal_once(engine, key, lambda: LATER, folder=folder)


# What a statement names, and what its receipt says of before


def test_a_statement_names_the_newest_checkpoint_that_is_not_after_it(engine: Engine, folder: Path) -> None:
    with reading(engine) as session:
        assert receipts.named(session, LATER) is None
    record(engine, accession(0))
    seal(engine, folder)
    with reading(engine) as session:
        named = receipts.named(session, LATER)
        assert named
        assert (named["size"], named["at"], named["token"]) == (1, "2026-11-22T08:01:00.123456Z", None)
        assert receipts.named(session, LATER - timedelta(microseconds=1)) is None


@pytest.mark.requirement("O-56")
def test_a_statement_names_the_newest_token_and_its_receipt_attests_by_it_that_it_was_not_there_before(
    engine: Engine, folder: Path
) -> None:
    record(engine, accession(0))
    assert seal_once(engine, KEY, lambda: AT - 2 * MINUTE, folder=folder)
    attest(engine, 1, -MINUTE)
    with reading(engine) as session:
        named = receipts.named(session, AT)
    digest = record(engine, decision(checkpoint=named))
    seal(engine, folder)
    authorities = {"alpha": authority("essai")[0].der}
    raw = best(engine, digest)
    found = examine(raw, replace(TRUST, authorities=authorities))
    assert found.refused is None
    assert found.not_before
    assert found.not_before.at == AT - MINUTE
    earlier = read(raw)[0].earlier
    assert earlier
    assert checkpoint.opened(earlier.checkpoint, TRUST.ledger)[0].size == 1
    assert named
    assert named["token"] == {"size": 1, "authority": "alpha", "hash": earlier.token.hash}


def test_a_token_from_after_the_statement_is_not_named(engine: Engine, folder: Path) -> None:
    record(engine, accession(0))
    assert seal_once(engine, KEY, lambda: AT - 2 * MINUTE, folder=folder)
    attest(engine, 1, MINUTE)
    with reading(engine) as session:
        named = receipts.named(session, AT)
    assert named
    assert named["token"] is None


# Keys


def changing() -> Statement:
    said = {
        "id": "3" * 32,
        "old": PUBLISHER.verifier.encode(),
        "new": SUCCESSOR.verifier.encode(),
        "reason": "routine",
        "size": 0,
    }
    return make(Kind.KEY_CHANGE, "publisher", AT, said)


@ON_BOTH
def test_a_receipt_under_a_new_key_carries_how_it_followed_the_one_before(
    engine: Engine, folder: Path, make_settings: Callable[..., Settings]
) -> None:
    change = record(engine, changing())
    both = LedgerKey(SUCCESSOR.name, SUCCESSOR.key, ((KEY.private, LATER),), (KEY.verifier,))
    assert seal_once(engine, both, lambda: AT, folder=folder)
    files.publish(engine, folder)
    settings = make_settings(ledger_folder=folder)
    assert receipts.hints(settings).changes == (change,)
    digest = record(engine, decision())
    successor = LedgerKey(SUCCESSOR.name, SUCCESSOR.key)
    assert seal_once(engine, successor, lambda: LATER + MINUTE, folder=folder)
    raw = best(engine, digest, hints=receipts.hints(settings))
    assert examine(raw, TRUST).verdict is Verdict.UNATTESTED
    assert examine(best(engine, digest), TRUST).verdict is Verdict.UNKNOWN_KEY


def test_the_keys_that_are_published_go_with_each_receipt_as_hints(
    engine: Engine, folder: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(ledger_folder=folder)
    assert receipts.hints(settings) == NO_HINTS
    root = tmp_path / "alpha.pem"
    root.write_bytes(authority("essai")[0].pem)
    folder.mkdir()
    (folder / public_keys.KEYS).write_text(f"{PUBLISHER.verifier.encode()}\n")
    broken = tmp_path / "beta.pem"
    broken.write_text("rien")
    configured = (
        Authority("alpha", "https://a.invalid", root),
        Authority("beta", "https://b.invalid", broken),
    )
    found = receipts.hints(replace(settings, authorities=configured))
    assert found.ledger == (PUBLISHER.verifier.encode(),)
    assert found.authorities == (receipt.Authority("alpha", authority("essai")[0].der),)
    held, _ = read(best(engine, record(engine, decision()), hints=found))
    assert (held.keys.ledger, held.keys.authorities) == (found.ledger, found.authorities)


@ON_BOTH
def test_after_a_theft_a_receipt_bears_what_counts_under_the_new_key(engine: Engine, folder: Path) -> None:
    """Before the theft, the token of then; since, a checkpoint that the new key signed (README, step 6)."""
    old, new = KEY, LedgerKey(SUCCESSOR.name, SUCCESSOR.key)
    stolen_at = AT + 10 * MINUTE
    revoked = {key_name(old.verifier): stolen_at}
    known = {"alpha": authority("essai")[0].der}
    trust = replace(trusting(PUBLISHER, SUCCESSOR), authorities=known, revoked=revoked)
    found = []
    for number, (key, decided, stamped) in enumerate(((old, 0, 5), (old, 20, 30), (new, 40, 50)), 1):
        at = AT + decided * MINUTE
        with reading(engine) as session:
            named = receipts.named(session, at)
        said = members(id=f"{number:032x}", checkpoint=named)
        found.append(record(engine, make(Kind.DECISION, "publisher", at, said, OPENINGS)))
        assert seal_once(engine, key, lambda at=at: at + timedelta(seconds=1), folder=folder)
        attest(engine, number, stamped * MINUTE)
    hints = Hints(revoked=revoked)
    sizes = []
    for digest in found:
        raw = best(engine, digest, hints=hints)
        assert examine(raw, trust).verdict is Verdict.INTACT
        held, _ = read(raw)
        assert held.proof
        earlier = held.earlier and checkpoint.opened(held.earlier.checkpoint, trust.ledger)[0].size
        sizes.append((checkpoint.opened(held.proof.checkpoint, trust.ledger)[0].size, earlier))
    assert sizes == [(1, None), (3, 1), (3, None)], "what the third names, a stolen key signed"
    assert examine(best(engine, found[1]), trust).verdict is Verdict.UNKNOWN_KEY
    assert [standing(engine, digest, hints).sealed_at for digest in found] == [
        AT + timedelta(seconds=1), *[AT + 40 * MINUTE + timedelta(seconds=1)] * 2,
    ]  # fmt: skip
    with reading(engine) as session:
        proof = receipts.tlog_proof(session, found[0])
    assert examine_tlog_proof(proof, trust).verdict is Verdict.UNATTESTED, "it bears no token"


@pytest.mark.parametrize("resealed", [False, True])
def test_after_a_theft_people_are_told_the_state_that_their_receipt_has(
    engine: Engine, folder: Path, resealed: bool
) -> None:
    """A token that came after the theft counts for nothing: sealed again without one, it is not stamped."""
    hints = Hints(revoked={key_name(KEY.verifier): AT + MINUTE})
    digest = record(engine, decision())
    seal(engine, folder)
    attest(engine, 1)
    assert standing(engine, digest).state is State.STAMPED
    if resealed:
        new = LedgerKey(SUCCESSOR.name, SUCCESSOR.key)
        record(engine, make(Kind.DECISION, "publisher", AT, members(id="f" * 32, checkpoint=None), OPENINGS))
        assert seal_once(engine, new, lambda: AT + 3 * MINUTE, folder=folder)
    held, _ = read(best(engine, digest, hints=hints))
    told = standing(engine, digest, hints)
    assert told.state is held.state
    if resealed:
        assert told == Standing(State.SEALED, AT + 3 * MINUTE)


def test_what_the_site_says_of_stolen_keys_and_witnesses_goes_with_receipts(
    folder: Path, make_settings: Callable[..., Settings]
) -> None:
    folder.mkdir()
    (folder / public_keys.TRUST).write_text(
        f"# volée\nledger {KEY.verifier.encode()}\nrevoked {key_name(KEY.verifier)} 2026-11-22T08:00:00Z\n"
        "witness temoin\n"
    )
    found = receipts.hints(make_settings(ledger_folder=folder))
    assert found.revoked == {key_name(KEY.verifier): AT.replace(microsecond=0)}
    assert receipts.revoked(make_settings(ledger_folder=folder)) == found.revoked
    assert found.witnesses == ("temoin",)
    (folder / public_keys.TRUST).write_text("revoked rien\n")
    assert receipts.hints(make_settings(ledger_folder=folder)) == NO_HINTS
