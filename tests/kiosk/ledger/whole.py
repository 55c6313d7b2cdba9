"""A ledger with something of everything in it: to audit, to save, to lose and to find again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, insert

from kiosk.acceptance import screens
from kiosk.acceptance.models import Decision, Subject
from kiosk.acceptance.screens import Screen
from kiosk.accounts.models import Account
from kiosk.db import Base, writing
from kiosk.ledger import services
from kiosk.ledger.files import publish
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import ComparisonShown, CosignatureRow, Disclosure, Pending, StatementRow, TokenRow
from kiosk.ledger.sealing import seal_once
from kiosk.proof import cosignature
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.commitment import Opening
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.statement import Kind, Statement, make
from kiosk.proof.token import read_token
from kiosk.texts.models import PublishedVersion
from tests.authority import Authority
from tests.kiosk.ledger.making import AT, KEY, OTHER, clock
from tests.kiosk.proof.making import DATES, DOCUMENT, members

TEXT, CONTRACTUAL = b"# Conditions\n\nUn texte.\n", b"{}"
SAID = DOCUMENT | {
    "text_hash": hashlib.sha256(TEXT).hexdigest(),
    "metadata_hash": hashlib.sha256(CONTRACTUAL).hexdigest(),
}
SCREEN = Screen("0.0.1", {"kiosk/templates/page.html": b"<!doctype html>"})
WITNESS = WitnessKey("temoin.exemple.invalid", OTHER.private.public_key().public_bytes_raw())


@dataclass
class Whole:
    """A ledger, and where it is published."""

    engine: Engine
    folder: Path
    count: int = 0
    key: LedgerKey = KEY

    def decide(self, count: int = 1, screen: str = SCREEN.hash) -> list[Statement]:
        """Record as many decisions of as many people, each with its account; returns their statements."""
        begin, self.count = self.count + 1, self.count + count
        made = [_person(number, screen) for number in range(begin, self.count + 1)]
        rows: dict[type[Base], list[dict[str, object]]] = {}
        for person in made:
            for model, row in person.rows():
                rows.setdefault(model, []).append(row)
        with writing(self.engine) as session:
            for model, lines in rows.items():
                session.execute(insert(model), lines)
        return [person.statement for person in made]

    def enter(self) -> None:
        """Record the publication of the one version, and the one screen."""
        said = {"id": "f" * 32, "document": SAID, "dates": DATES, "reason": None, "checkpoint": None}
        statement = make(Kind.PUBLICATION, "demonstration", AT, said)
        with writing(self.engine) as session:
            assert screens.keep(session, SCREEN, "demonstration", AT, lambda count: b"s" * count)
            digest = services.record(session, statement, (), AT)
            session.execute(
                insert(PublishedVersion).values(
                    service="essai", terms="cgu", slug="v1", sequence=1, label="v1", text=TEXT,
                    text_hash=SAID["text_hash"], contractual=CONTRACTUAL,
                    metadata_hash=SAID["metadata_hash"], published_at=AT, registered_at=AT,
                    statement_hash=digest,
                )
            )  # fmt: skip

    def erase(self, act: str, statements: Sequence[Statement]) -> None:
        """Record an erasure; nothing else is done."""
        said = {
            "id": f"e{len(statements):031x}", "act": act, "statements": [one.hash for one in statements],
            "decided_by": None, "remedy": None,
        }  # fmt: skip
        with writing(self.engine) as session:
            services.record(session, make(Kind.ERASURE, "demonstration", AT, said), (), AT)

    def seal(self) -> Checkpoint:
        """Seal what waits, and publish."""
        made = seal_once(self.engine, self.key, clock, folder=self.folder)
        assert made is not None
        publish(self.engine, self.folder)
        return made

    def stamp(self, made: Checkpoint, authority: Authority) -> None:
        """Keep a token of `made`, and publish it."""
        token = authority.token(made.text.encode())
        said = read_token(token)
        with writing(self.engine) as session:
            session.execute(
                insert(TokenRow).values(
                    size=made.size, authority="alpha", serial=f"{said.serial:x}", token=token,
                    token_at=said.at, received_at=said.at, usable=True,
                )
            )  # fmt: skip
        publish(self.engine, self.folder)

    def cosign(self, made: Checkpoint) -> None:
        """Keep what a witness signed of `made`."""
        line = cosignature.cosign(made.text, OTHER.private, WITNESS.name, AT)
        with writing(self.engine) as session:
            session.execute(
                insert(CosignatureRow).values(
                    size=made.size, name=WITNESS.name, key_id=WITNESS.key_id.hex(), line=line, received_at=AT
                )
            )

    def compare(self) -> None:
        """Keep a comparison that somebody was shown."""
        body = b'{"format":"cgu-comparison/1"}'
        with writing(self.engine) as session:
            session.execute(
                insert(ComparisonShown).values(
                    hash=hashlib.sha256(body).hexdigest(), body=zlib.compress(body), created_at=AT
                )
            )


def fill(engine: Engine, folder: Path, authority: Authority | None = None) -> Whole:
    """Make a ledger of 300 leaves under two checkpoints, with two statements that wait."""
    made = Whole(engine, folder)
    made.enter()
    made.decide(98)
    first = made.seal()
    made.decide(200)
    last = made.seal()
    if authority is not None:
        made.stamp(first, authority)
    made.cosign(last)
    publish(engine, folder)
    made.compare()
    made.decide(2)
    return made


@dataclass(frozen=True)
class _Person:
    name: str
    email: str
    at: datetime
    statement: Statement
    openings: tuple[Opening, ...]

    def rows(self) -> Iterator[tuple[type[Base], dict[str, object]]]:
        name, digest, at = self.name, self.statement.hash, self.at
        body = self.statement.body
        yield StatementRow, {"hash": digest, "kind": "decision", "body": body, "recorded_at": at}
        yield Pending, {"statement_hash": digest}
        for one in self.openings:
            yield (
                Disclosure,
                {"statement_hash": digest, "field": one.field, "salt": one.salt, "value": one.value},
            )
        yield (
            Account,
            {
                "id": name, "publisher": "essai", "service": "essai", "email": self.email,
                "email_key": self.email, "password_hash": "x", "password_changed_at": at, "created_at": at,
            },
        )  # fmt: skip
        yield Subject, {"id": name, "account_id": name}
        yield (
            Decision,
            {
                "id": name, "subject_id": name, "version_id": 1, "service": "essai", "terms": "cgu",
                "kind": "accepted", "sequence": 1, "decided_at": at, "form_id": name,
                "statement_hash": digest,
            },
        )  # fmt: skip


@cache
def _person(number: int, screen: str) -> _Person:
    name, email, at = f"{number:032x}", f"p{number}@exemple.invalid", AT + timedelta(milliseconds=number)
    openings = (
        Opening("account", bytes([number % 256] * 16), name),
        Opening("email", bytes([number % 255] * 16), email),
    )
    said = members(id=name, subject=name, document=SAID, screen=screen)
    return _Person(name, email, at, make(Kind.DECISION, "demonstration", at, said, openings), openings)
