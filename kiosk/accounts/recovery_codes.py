"""Codes to keep on paper: one, with the password, changes an address that its holder no longer reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kiosk.accounts.models import RecoveryCode
from kiosk.accounts.services import Hasher, Randomness

COUNT = 8
_GROUPS, _CHARACTERS = 3, 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two characters, of which none is taken for another (Crockford): 60 bits a code."""
_READ_AS = str.maketrans("OIL", "011")
_MOST = 64


def make(
    session: Session, account_id: str, *, at: datetime, randomness: Randomness, hasher: Hasher
) -> tuple[str, ...]:
    """Make new codes in the place of those before; returns them as they are printed, which nothing keeps."""
    codes = tuple(draw(randomness) for _ in range(COUNT))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=hash_of(account_id, code, hasher), created_at=at)
        for code in codes
    )
    return codes


def hash_of(account_id: str, code: str, hasher: Hasher) -> str:
    """Return what is kept of a code, however it is typed: case, spaces and hyphens do not count."""
    return hasher("recovery-code", account_id, plain(code))


def plain(code: str) -> str:
    """Return what counts of a code, however it is typed."""
    return "".join(one for one in code[:_MOST].upper() if one.isalnum()).translate(_READ_AS)


def left(session: Session, account_id: str) -> int:
    """Return how many codes of an account were not used."""
    mine = select(func.count()).where(RecoveryCode.account_id == account_id)
    return session.scalar(mine) or 0


def holds(session: Session, account_id: str, code_hash: str) -> bool:
    """Whether a code of an account is still to be used."""
    return session.get(RecoveryCode, (account_id, code_hash)) is not None


def use(session: Session, account_id: str, code_hash: str) -> bool:
    """Use a code, once; returns whether it was still there. The caller commits."""
    gone = delete(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.code_hash == code_hash
    )
    done = session.execute(
        gone.returning(RecoveryCode.code_hash), execution_options={"synchronize_session": False}
    )
    return bool(done.all())


def draw(randomness: Randomness) -> str:
    """Return one code, drawn: three groups of four characters, 60 bits."""
    number = int.from_bytes(randomness(8), "big")
    drawn = [_ALPHABET[number >> 5 * place & 31] for place in range(_GROUPS * _CHARACTERS)]
    return "-".join(
        "".join(drawn[start : start + _CHARACTERS]) for start in range(0, len(drawn), _CHARACTERS)
    )
