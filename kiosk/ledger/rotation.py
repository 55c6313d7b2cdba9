"""Change the ledger's key: announced by a sealed statement, then done in steps that can be taken up again."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import reading, writing
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
    withdrawn: tuple[VerifierKey, ...] = ()
    """Former keys that lay beside one that was stolen, and sign no more either."""


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
    otherwise. `suspect_since` is since when it may be in other hands, and with it the former keys that lay in
    the same folder then: they sign no more either. Raises `LedgerKeyError` when there is no key to follow,
    or, by routine, when it is not whole.
    """
    with _alone(keys_dir):
        old = public_key(keys_dir)
        if old is None:
            raise LedgerKeyError(f"{keys_dir / PUBLIC_FILE} manque : il n’y a pas de clé à remplacer.")
        untold = _untold(engine, keys_dir, old)
        if untold is not None:
            with writing(engine) as session:
                digest, _ = _announce(session, environment, untold, old, randomness)
            if untold.reason is reason:
                return Rotation(untold.verifier, old, digest, untold.signs_until)
        if reason is Reason.ROUTINE and not (keys_dir / NEXT_PUBLIC).exists():
            LedgerKey.load_or_create(keys_dir, environment)
        new = _next(keys_dir, old.name)
        at = clock()
        suspect = (suspect_since or at) if reason is Reason.STOLEN else None
        until = at + BOTH_SIGN if reason is Reason.ROUTINE else None
        left = FormerKey(old, reason, at, until, suspect)
        with writing(engine) as session:
            digest, left = _announce(session, environment, left, new, randomness)
            # Before it is committed: nobody seals the announcement while the old key is in its place.
            withdrawn = _withdraw(keys_dir, suspect) if suspect is not None else ()
            _replace(keys_dir, left)
        return Rotation(old, new, digest, left.signs_until, withdrawn)


def destroy_expired(keys_dir: Path, at: datetime) -> int:
    """Destroy the private part of every former key that signs no more `at`; returns how many there were."""
    count = 0
    for one in former.read(keys_dir):
        file = former.private_file(keys_dir, one.verifier)
        if file.exists() and (one.signs_until is None or one.signs_until <= at):
            file.unlink()
            count += 1
    return count


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


def _untold(engine: Engine, keys_dir: Path, held: VerifierKey) -> FormerKey | None:
    """Return the key that `held` followed when the ledger does not tell it: the change was interrupted."""
    left = next(iter(former.read(keys_dir)), None)
    if left is None or (keys_dir / NEXT_PUBLIC).exists():
        return None
    with reading(engine) as session:
        return left if _told(session, held) is None else None


def _told(session: Session, new: VerifierKey) -> tuple[str, datetime] | None:
    """Return the hash of the statement that announced `new`, and its instant; None when there is none."""
    told = select(StatementRow.hash, StatementRow.body, StatementRow.recorded_at).where(
        StatementRow.kind == Kind.KEY_CHANGE.value
    )
    for row in session.execute(told):
        if json.loads(row.body)["new"] == new.encode():
            return row.hash, row.recorded_at
    return None


def _announce(
    session: Session,
    environment: str,
    left: FormerKey,
    new: VerifierKey,
    randomness: Callable[[int], bytes],
) -> tuple[str, FormerKey]:
    """Record that `new` follows the key `left`, unless it was; returns the statement's hash, and `left`.

    When it was, `left` is as it was then.
    """
    told = _told(session, new)
    if told is not None:
        digest, at = told
        until = at + BOTH_SIGN if left.reason is Reason.ROUTINE else None
        return digest, replace(left, followed_at=at, signs_until=until)
    head = proofs.latest(session)
    members = {
        "id": randomness(16).hex(),
        "old": left.verifier.encode(),
        "new": new.encode(),
        "reason": left.reason.value,
        "size": head.size if head else 0,
    }
    statement = make(Kind.KEY_CHANGE, environment, left.followed_at, members)
    return services.record(session, statement, (), left.followed_at), left


def _withdraw(keys_dir: Path, suspect_since: datetime) -> tuple[VerifierKey, ...]:
    """Let no former key sign any more that lay in the folder at that time: who took one took them all."""
    found = []
    for one in former.read(keys_dir):
        file = former.private_file(keys_dir, one.verifier)
        if file.exists() or (one.signs_until is not None and one.signs_until > suspect_since):
            since = min(one.suspect_since or suspect_since, suspect_since)
            told = replace(one, signs_until=None, suspect_since=since)
            write_key_file(former.record_file(keys_dir, one.verifier), former.dump(told), 0o600, replace=True)
            file.unlink(missing_ok=True)
            found.append(one.verifier)
    return tuple(found)


def _replace(keys_dir: Path, left: FormerKey) -> None:
    """Put the next key in the place of the one that is left, which is told of in ``former/``."""
    (keys_dir / former.FOLDER).mkdir(exist_ok=True, mode=0o700)
    private, kept = keys_dir / PRIVATE_FILE, former.private_file(keys_dir, left.verifier)
    to_move = (keys_dir / NEXT_PRIVATE).exists()
    if left.signs_until is None:
        kept.unlink(missing_ok=True)
    elif to_move and not kept.exists():
        kept.hardlink_to(private)
    if to_move or left.signs_until is None:  # begun for another reason, it is told anew
        write_key_file(former.record_file(keys_dir, left.verifier), former.dump(left), 0o600, replace=True)
    if to_move:
        (keys_dir / NEXT_PRIVATE).replace(private)
    (keys_dir / NEXT_PUBLIC).replace(keys_dir / PUBLIC_FILE)
