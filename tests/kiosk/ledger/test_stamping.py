"""Timestamps on checkpoints: when one is asked for, of whom, and what is kept of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.db import reading, writing
from kiosk.ledger import stamping
from kiosk.ledger.errors import AuthorityError
from kiosk.ledger.models import (
    CheckpointRow,
    ClockObservation,
    CosignatureRow,
    LeafRow,
    StampAttempt,
    StatementRow,
    TokenRow,
)
from kiosk.proof import checkpoint, merkle
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.note import parse
from kiosk.proof.token import verify_token
from tests import authority as openssl
from tests import handmade
from tests.authority import Issued, issue
from tests.kiosk.proof.making import PUBLISHER
from tests.kiosk.web import Hands
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Racine", ca=True, kind="ec")


@pytest.fixture(scope="module")
def signer(root: Issued) -> Issued:
    return issue("Horodatage", root, kind="ec")


@dataclass
class Ask:
    """An authority without a network, whose clock is `offset` away from ours."""

    clock: Hands
    signer: Issued
    offset: timedelta = timedelta()
    away: dict[str, str] = field(default_factory=dict)
    """Those that do not answer, and why."""
    slow: timedelta = timedelta()
    """How long an answer takes."""
    asked: list[str] = field(default_factory=list)
    count: int = 0

    def __call__(self, authority: Authority, query: bytes) -> bytes:
        self.asked.append(authority.name)
        self.clock.at += self.slow / 2
        at = self.clock.at + self.offset
        self.clock.at += self.slow / 2
        if authority.name in self.away:
            raise AuthorityError(self.away[authority.name])
        self.count += 1
        return handmade.answer(query, at, self.signer, info={"serial": handmade.number(self.count)})


@dataclass
class Bench:
    """A ledger to stamp."""

    engine: Engine
    settings: Settings
    clock: Hands
    ask: Ask
    size: int = 0

    def seal(self, at: datetime | None = None) -> None:
        """One statement more, sealed at `at`, now by default."""
        when, self.size = at or self.clock(), self.size + 1
        made = Checkpoint("cgu.exemple.invalid/registre", self.size, merkle.leaf_hash(bytes([self.size])))
        with writing(self.engine) as session:
            digest = f"{self.size:064x}"
            session.execute(
                insert(StatementRow).values(hash=digest, kind="decision", body=b"{}", recorded_at=when)
            )
            session.execute(
                insert(LeafRow).values(leaf_index=self.size - 1, statement_hash=digest, leaf_hash=bytes(32))
            )
            session.execute(
                insert(CheckpointRow).values(
                    size=self.size, root=made.root, note=checkpoint.sign(made, PUBLISHER.key), made_at=when
                )
            )

    def stamp(self) -> int:
        return stamping.stamp_due(self.engine, self.settings, self.clock, self.ask)

    def tokens(self) -> list[TokenRow]:
        with reading(self.engine) as session:
            return list(session.scalars(select(TokenRow).order_by(TokenRow.received_at)))

    def standing(self) -> stamping.Standing:
        with reading(self.engine) as session:
            return stamping.standing(session, self.settings)

    def offsets(self) -> list[tuple[str, str, int]]:
        with reading(self.engine) as session:
            rows = session.scalars(select(ClockObservation).order_by(ClockObservation.id))
            return [(row.kind, row.source, row.offset_ms) for row in rows]


@pytest.fixture
def bench(
    engine: Engine, make_settings: Callable[..., Settings], tmp_path: Path, root: Issued, signer: Issued
) -> Bench:
    (tmp_path / "root.pem").write_bytes(root.pem)
    authorities = tuple(
        Authority(name, f"https://{name}.invalid/", tmp_path / "root.pem") for name in ("une", "autre")
    )
    clock = Hands(START)
    return Bench(engine, make_settings(authorities=authorities), clock, Ask(clock, signer))


@ON_BOTH
def test_a_checkpoint_is_stamped_once(bench: Bench, root: Issued) -> None:
    bench.seal()
    assert bench.stamp() == 1
    (token,) = bench.tokens()
    assert (token.size, token.authority, token.serial, token.usable) == (1, "une", "1", True)
    assert (token.token_at, token.received_at) == (START, START)
    with reading(bench.engine) as session:
        text = parse(session.scalars(select(CheckpointRow.note)).one()).text
    assert verify_token(token.token, text.encode(), {"une": root.der}).at == START
    bench.clock.move(hours=5)
    assert bench.stamp() == 0
    assert bench.ask.asked == ["une"]


def test_nothing_is_asked_before_the_first_checkpoint_or_without_an_authority(
    bench: Bench, make_settings: Callable[..., Settings]
) -> None:
    assert bench.stamp() == 0
    bench.seal()
    bench.settings = make_settings()
    assert bench.stamp() == 0
    assert bench.ask.asked == []


def test_the_newest_checkpoint_is_stamped_at_each_interval(bench: Bench) -> None:
    for minute in range(0, 181, 20):
        bench.clock.at = START + minute * MINUTE
        bench.seal()
        bench.stamp()
    assert [(token.size, token.token_at) for token in bench.tokens()] == [
        (1, START), (4, START + HOUR), (7, START + 2 * HOUR), (10, START + 3 * HOUR),
    ]  # fmt: skip


def test_the_next_authority_answers_for_one_that_does_not(bench: Bench) -> None:
    bench.ask.away["une"] = "réponse HTTP 503"
    bench.seal()
    assert bench.stamp() == 1
    assert bench.ask.asked == ["une", "autre"]
    assert bench.tokens()[0].authority == "autre"
    (failing,) = bench.standing().failing
    assert (failing.authority, failing.attempts, failing.reason) == ("une", 1, "réponse HTTP 503")


def test_an_authority_that_fails_is_asked_again_later_and_later(bench: Bench) -> None:
    bench.ask.away = {"une": "injoignable", "autre": "x" * 100}
    bench.seal()
    asked = []
    for minute in range(300):
        bench.clock.at = START + minute * MINUTE
        before = len(bench.ask.asked)
        assert bench.stamp() == 0
        if len(bench.ask.asked) > before:
            asked.append(minute)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    standing = bench.standing()
    assert (standing.size, standing.stamped_size, standing.stamped_at) == (1, 0, None)
    assert standing.unstamped_since == START
    assert [(one.authority, one.attempts, one.reason) for one in standing.failing] == [
        ("une", 10, "injoignable"), ("autre", 10, "x" * 64),
    ]  # fmt: skip
    assert standing.failing[0].next_at == START + 303 * MINUTE


def test_once_it_answers_nothing_is_held_against_it(bench: Bench) -> None:
    bench.ask.away = {"une": "injoignable", "autre": "injoignable"}
    bench.seal()
    bench.stamp()
    bench.ask.away.clear()
    assert bench.stamp() == 0
    bench.clock.move(minutes=1)
    assert bench.stamp() == 1
    standing = bench.standing()
    assert (standing.stamped_size, standing.unstamped_since) == (1, None)
    assert [one.authority for one in standing.failing] == ["autre"]


def test_a_token_that_does_not_verify_is_not_kept(bench: Bench) -> None:
    bench.ask.signer = issue("Autre", kind="ec")
    bench.seal()
    assert bench.stamp() == 0
    assert bench.tokens() == []
    assert {one.reason for one in bench.standing().failing} == {"unknown-authority"}


@ON_BOTH
def test_a_number_that_the_database_cannot_hold_is_refused_by_name(bench: Bench) -> None:
    bench.seal()
    bench.ask.count = 16**64 - 2
    assert bench.stamp() == 1
    assert bench.tokens()[-1].serial == "f" * 64
    bench.clock.at += HOUR
    bench.seal()
    assert bench.stamp() == 0
    reasons = {one.reason for one in bench.standing().failing}
    assert reasons == {"numéro de jeton de plus de 64 chiffres"}
    assert len(bench.tokens()) == 1


def test_what_a_witness_cosigned_is_stamped_rather(bench: Bench) -> None:
    for _ in range(3):
        bench.seal()
    with writing(bench.engine) as session:
        session.add(CosignatureRow(size=2, name="t", key_id="0" * 8, line="", received_at=START))
    assert bench.stamp() == 1
    bench.clock.at += HOUR
    assert bench.stamp() == 1
    assert [token.size for token in bench.tokens()] == [2, 3]


@ON_BOTH
def test_the_drift_of_our_clock_is_recorded(bench: Bench) -> None:
    """Against the middle of the request."""
    bench.ask.offset, bench.ask.slow = timedelta(seconds=90), timedelta(seconds=4)
    bench.seal()
    bench.stamp()
    assert bench.offsets() == [("token", "une", 90_000)]
    assert bench.tokens()[0].usable


def test_a_token_within_what_a_verifier_allows_is_usable(bench: Bench) -> None:
    bench.ask.offset = -timedelta(seconds=1)
    bench.seal()
    bench.stamp()
    assert [token.usable for token in bench.tokens()] == [True]


def test_a_token_that_precedes_what_it_covers_is_kept_and_another_asked_in_time(bench: Bench) -> None:
    """Our clock runs five minutes ahead: the receipt would say that it was stamped before it was made."""
    bench.ask.offset = -5 * MINUTE
    bench.seal()
    assert bench.stamp() == 1
    assert [token.usable for token in bench.tokens()] == [False]
    assert bench.offsets() == [("token", "une", -300_000)]
    assert bench.standing().unstamped_since == START
    for second in range(0, 300, 20):
        bench.clock.at = START + timedelta(seconds=second)
        assert bench.stamp() == 0
    bench.clock.at = START + 5 * MINUTE
    assert bench.stamp() == 1
    assert [token.usable for token in bench.tokens()] == [False, True]


def test_while_our_clock_runs_ahead_older_checkpoints_are_stamped(bench: Bench) -> None:
    bench.ask.offset = -5 * MINUTE
    for minute in range(0, 130, 2):
        bench.clock.at = START + minute * MINUTE
        bench.seal()
        bench.stamp()
    assert [(token.size, token.usable) for token in bench.tokens()] == [
        (1, False), (1, True), (31, True), (61, True),
    ]  # fmt: skip


def test_a_clock_put_back_keeps_nothing_waiting(bench: Bench) -> None:
    bench.seal()
    bench.stamp()
    bench.ask.away = {"une": "injoignable", "autre": "injoignable"}
    bench.clock.move(hours=2)
    bench.seal()
    bench.stamp()
    bench.ask.away.clear()
    bench.clock.at = START - 24 * HOUR
    bench.seal()
    assert bench.stamp() == 1
    assert bench.tokens()[0].size == 3


@ON_BOTH
def test_no_transaction_is_open_while_an_authority_thinks(bench: Bench) -> None:
    """On SQLite, a statement could not be recorded meanwhile."""
    bench.seal()
    answer = bench.ask

    def busy(authority: Authority, query: bytes) -> bytes:
        bench.seal()
        return answer(authority, query)

    assert stamping.stamp_due(bench.engine, bench.settings, bench.clock, busy) == 1
    assert [token.size for token in bench.tokens()] == [1]


@ON_BOTH
def test_old_attempts_are_forgotten_after_a_token(bench: Bench) -> None:
    bench.ask.away = {"autre": "injoignable", "une": "injoignable"}
    bench.seal()
    bench.stamp()
    bench.clock.move(days=31)
    bench.ask.away = {"une": "injoignable"}
    bench.stamp()
    with reading(bench.engine) as session:
        assert session.scalars(select(StampAttempt.at)).all() == [bench.clock()]


def test_a_real_authority_stamps_by_its_address(
    engine: Engine, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    root = issue("Racine", ca=True)
    real = openssl.Authority(tmp_path / "authority", root, issue("Horodatage", root))
    with real.served() as url:
        settings = make_settings(authorities=(Authority("locale", url, real.root_file),))
        clock = Hands(datetime.now(UTC))
        bench = Bench(engine, settings, clock, Ask(clock, real.signer))
        bench.seal()
        assert stamping.stamp_due(engine, settings, lambda: datetime.now(UTC)) == 1
    (token,) = bench.tokens()
    assert token.usable
    with reading(engine) as session:
        text = parse(session.scalars(select(CheckpointRow.note)).one()).text.encode()
    assert openssl.openssl_accepts(token.token, text, real.root_file, tmp_path / "check")
