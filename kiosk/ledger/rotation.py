"""Change the ledger's key: announced by a sealed statement, then done in steps that can be taken up again."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import writing
from kiosk.ledger import former, proofs, services
from kiosk.ledger.errors import LedgerKeyError
from kiosk.ledger.former import FormerKey, Reason
from kiosk.ledger.keys import (
    PRIVATE_FILE,
    PUBLIC_FILE,
    LedgerKey,
    create_private,
    public_key,
    write_key_file,
)
from kiosk.ledger.models import StatementRow
from kiosk.proof.note import VerifierKey
from kiosk.proof.statement import Kind, make

BOTH_SIGN = timedelta(days=30)
"""How long the key that is left signs beside the one that follows, so that who trusts it learns of that."""
NEXT_PRIVATE = "next.pem"
NEXT_PUBLIC = "next.vkey"


@dataclass(frozen=True, slots=True)
class Rotation:
    """A change of key that was made."""

    old: VerifierKey
    new: VerifierKey
    statement_hash: str
    signs_until: datetime | None
    """Until when both sign; None when the old key signs no more."""


def rotate(
    engine: Engine,
    keys_dir: Path,
    environment: str,
    reason: Reason,
    clock: Clock,
    randomness: Callable[[int], bytes],
    *,
    suspect_since: datetime | None = None,
) -> Rotation:
    """Let a new key follow the one in `keys_dir`; interrupted anywhere, it is taken up where it stood.

    A key left by routine signs beside its follower for `BOTH_SIGN`. One that is lost cannot, and one that was
    stolen must not: whoever has it could name another follower, so that verifiers must be told the new key
    otherwise. `suspect_since` is since when it may be in other hands. Raises `LedgerKeyError` when there is
    no key to follow, or, by routine, when it is not whole.
    """
    with _alone(keys_dir):
        old = public_key(keys_dir)
        if old is None:
            raise LedgerKeyError(f"{keys_dir / PUBLIC_FILE} manque : il n’y a pas de clé à remplacer.")
        if reason is Reason.ROUTINE and not (keys_dir / NEXT_PUBLIC).exists():
            LedgerKey.load_or_create(keys_dir, environment)
        new = _next(keys_dir, old.name)
        with writing(engine) as session:
            digest, at = _announce(session, environment, old, new, reason, clock(), randomness)
        until = at + BOTH_SIGN if reason is Reason.ROUTINE else None
        suspect = (suspect_since or at) if reason is Reason.STOLEN else None
        _replace(keys_dir, FormerKey(old, reason, at, until, suspect))
        return Rotation(old, new, digest, until)


@contextmanager
def _alone(keys_dir: Path) -> Iterator[None]:
    try:
        folder = os.open(keys_dir, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise LedgerKeyError(f"{keys_dir} : {error.strerror}. Lancez d’abord « kiosk setup ».") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LedgerKeyError("Un autre changement de clé est en cours.") from error
    finally:
        os.close(folder)


def _next(keys_dir: Path, name: str) -> VerifierKey:
    """Return the key that follows, made unless an interrupted change left one."""
    held = public_key(keys_dir, NEXT_PUBLIC)
    if held is not None:
        return held
    create_private(keys_dir / NEXT_PRIVATE)
    made = LedgerKey.read(keys_dir / NEXT_PRIVATE, name).verifier
    write_key_file(keys_dir / NEXT_PUBLIC, f"{made.encode()}\n".encode(), 0o644, replace=True)
    return made


def _announce(
    session: Session,
    environment: str,
    old: VerifierKey,
    new: VerifierKey,
    reason: Reason,
    at: datetime,
    randomness: Callable[[int], bytes],
) -> tuple[str, datetime]:
    """Record that `new` follows `old`, unless it was; returns the hash of the statement, and its instant."""
    told = select(StatementRow.hash, StatementRow.body, StatementRow.recorded_at).where(
        StatementRow.kind == Kind.KEY_CHANGE.value
    )
    for row in session.execute(told):
        if json.loads(row.body)["new"] == new.encode():
            return row.hash, row.recorded_at
    head = proofs.latest(session)
    members = {
        "id": randomness(16).hex(),
        "old": old.encode(),
        "new": new.encode(),
        "reason": reason.value,
        "size": head.size if head else 0,
    }
    statement = make(Kind.KEY_CHANGE, environment, at, members)
    return services.record(session, statement, (), at), at


def _replace(keys_dir: Path, left: FormerKey) -> None:
    """Put the next key in the place of the one that is left, which is told of in ``former/``."""
    (keys_dir / former.FOLDER).mkdir(exist_ok=True, mode=0o700)
    private, kept = keys_dir / PRIVATE_FILE, former.private_file(keys_dir, left.verifier)
    if (keys_dir / NEXT_PRIVATE).exists():
        if left.signs_until is not None and not kept.exists():
            kept.hardlink_to(private)
        write_key_file(former.record_file(keys_dir, left.verifier), former.dump(left), 0o600, replace=True)
        (keys_dir / NEXT_PRIVATE).replace(private)
    (keys_dir / NEXT_PUBLIC).replace(keys_dir / PUBLIC_FILE)
