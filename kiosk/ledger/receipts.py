"""Hand out the best receipt there is of a statement: promised, sealed, or stamped by an authority."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.connections import Authority
from kiosk.ledger import authorities, files, proofs, services
from kiosk.ledger.errors import AuthorityError, SignerAwayError
from kiosk.ledger.models import CheckpointRow, LeafRow, StatementRow, TokenRow
from kiosk.ledger.proofs import Head, Sealed
from kiosk.ledger.public_keys import KEYS, TRUST
from kiosk.ledger.signer import Signer
from kiosk.proof import merkle, receipt
from kiosk.proof import tlog_proof as tlog_proofs
from kiosk.proof.commitment import Opening
from kiosk.proof.errors import MalformedError
from kiosk.proof.receipt import KeyChange, Keys, Proof, Receipt, State
from kiosk.proof.statement import Kind, instant
from kiosk.proof.tlog_proof import TlogProof
from kiosk.proof.trust import parse_trust

_LATER = "Le justificatif sera disponible une fois l’enregistrement scellé."


@dataclass(frozen=True, slots=True)
class Hints:
    """What receipts carry of keys, so that people know whom to ask about; no verifier relies on it."""

    ledger: tuple[str, ...] = ()
    """Verifier keys, as lines."""
    authorities: tuple[receipt.Authority, ...] = ()
    changes: tuple[str, ...] = ()
    """Hashes of the statements of changes of key, oldest first."""
    witnesses: tuple[str, ...] = ()
    """Verifier keys of witnesses, as lines."""
    revoked: Mapping[str, datetime] = field(default_factory=dict)
    """Since when a key (``name+id``) may be in other hands: what it signed since is not handed out."""


NO_HINTS = Hints()
Openings = Callable[[Session, str], tuple[Opening, ...]]
"""Returns what opens the personal fields of the statement of this hash."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a statement is proved, and what says so."""

    state: State
    sealed_at: datetime | None = None
    """When its checkpoint was made, by this machine's clock."""
    authorities: tuple[str, ...] = ()
    """Who attests a time of it."""
    stamped_at: datetime | None = None
    """The earliest instant attested."""


def best(
    session: Session,
    statement_hash: str,
    signer: Signer | None,
    *,
    disclose: bool = True,
    hints: Hints = NO_HINTS,
    openings: Openings = services.disclosures,
) -> bytes:
    """Return the best receipt of a statement, format ``cgu-receipt/2``.

    Without `disclose`, its personal fields stay closed: it verifies and names nobody; with it, `openings`
    finds what opens them. Raises
    `UnknownStatementError`, and `SignerAwayError` when it is not sealed yet and nobody promises.
    """
    said = services.get(session, statement_hash)
    opened = sorted(openings(session, statement_hash), key=lambda one: one.field)
    keys = Keys(hints.ledger, _changes(session, hints.changes), hints.authorities, hints.witnesses)
    sealed = proofs.sealed(session, statement_hash, hints.revoked)
    if sealed is not None:
        held = _of_sealed(said.body, sealed, keys)
    elif signer is not None:
        held = Receipt(said.body, promise=signer.promise(statement_hash), keys=keys)
    else:
        raise SignerAwayError(_LATER)
    return receipt.dump(replace(held, disclosures=tuple(opened) if disclose else ()))


def standing(session: Session, statement_hash: str, revoked: Mapping[str, datetime]) -> Standing:
    """Return how far a statement is proved, for those who read of it; nothing is verified."""
    return standings(session, (statement_hash,), revoked)[statement_hash]


def standings(
    session: Session, hashes: Collection[str], revoked: Mapping[str, datetime]
) -> dict[str, Standing]:
    """Return how far the best receipt of each of the statements proves it: nothing is verified.

    `revoked` are the keys whose signatures count no more by themselves, as `best` is told: what is said here
    is what that receipt says. A few quick queries each.
    """
    indexes = proofs.indexes(session, hashes)
    return {one: _standing(session, indexes.get(one), revoked) for one in hashes}


def tlog_proof(session: Session, statement_hash: str) -> bytes:
    """Return the proof of a statement as a C2SP file, which holds the statement and nothing personal.

    Raises `UnknownStatementError`, and `SignerAwayError` until it is sealed.
    """
    said = services.get(session, statement_hash)
    sealed = proofs.sealed(session, statement_hash, stamped=False)
    if sealed is None:
        raise SignerAwayError(_LATER)
    return tlog_proofs.dump(TlogProof(sealed.index, sealed.path, sealed.note, said.body))


def named(session: Session, at: datetime) -> dict[str, Any] | None:
    """Return the newest checkpoint as a statement made `at` names it; None before the first.

    With it goes the hash of the newest token known, if there is one: the statement that holds it was not
    there before that token. What is later than `at` is not named: a clock that was put back, or runs behind,
    must not make statements that nobody can verify.
    """
    return naming(session, proofs.latest(session), at)


def naming(session: Session, head: Head | None, at: datetime) -> dict[str, Any] | None:
    """Return `head`, the newest checkpoint, as `named` does, for who read it already."""
    if head is None or head.made_at > at:
        return None
    known = proofs.newest_token(session, head.size, at)
    token = known and {"size": known[0], "authority": known[1].authority, "hash": known[1].hash}
    return {"size": head.size, "root": head.root.hex(), "at": instant(head.made_at), "token": token}


def hints(settings: Settings) -> Hints:
    """Return what is published here of keys; what is not there, or not readable, is left out."""
    told = _lines(settings.ledger_dir / TRUST)
    return Hints(
        ledger=_lines(settings.ledger_dir / KEYS)[: receipt.MAX_HINTS],
        authorities=tuple(_roots(settings.authorities[: receipt.MAX_HINTS])),
        changes=_published_changes(_lines(settings.ledger_dir / files.INDEX)),
        witnesses=_named(told, "witness")[: receipt.MAX_HINTS],
        revoked=_revoked(told),
    )


def revoked(settings: Settings) -> Mapping[str, datetime]:
    """Return since when a key (``name+id``) may be in other hands, as it is published here."""
    return _revoked(_lines(settings.ledger_dir / TRUST))


def _of_sealed(body: bytes, sealed: Sealed, keys: Keys) -> Receipt:
    return Receipt(
        body,
        proof=Proof(sealed.index, sealed.path, sealed.note),
        tokens=sealed.tokens[: receipt.MAX_TOKENS],
        earlier=sealed.earlier,
        keys=keys,
    )


def _changes(session: Session, hashes: Sequence[str]) -> tuple[KeyChange, ...]:
    """Return the changes of key, oldest first, each under the first checkpoint that holds it."""
    if not hashes:
        return ()
    rows = session.execute(
        select(LeafRow.leaf_index, StatementRow.body)
        .join(StatementRow, StatementRow.hash == LeafRow.statement_hash)
        .where(LeafRow.statement_hash.in_(hashes), StatementRow.kind == Kind.KEY_CHANGE.value)
        .order_by(LeafRow.leaf_index)
    )
    read = proofs.reader(session)
    changes = []
    for index, body in rows:
        if json.loads(body)["reason"] != "routine":
            continue  # a key that was lost or stolen vouches for none
        size = session.scalars(select(func.min(CheckpointRow.size)).where(CheckpointRow.size > index)).one()
        path = merkle.inclusion_path(index, size, read)
        changes.append(KeyChange(body, Proof(index, path, proofs.cosigned_note(session, size))))
    return tuple(changes)


def _standing(session: Session, index: int | None, revoked: Mapping[str, datetime]) -> Standing:
    size = None if index is None else proofs.best_size(session, index, revoked)
    if size is None:
        return Standing(State.SIGNED)
    sealed_at = session.scalar(select(CheckpointRow.made_at).where(CheckpointRow.size == size))
    tokens = session.execute(
        select(TokenRow.authority, TokenRow.token_at)
        .where(TokenRow.size == size, TokenRow.usable.is_(True))
        .order_by(TokenRow.token_at, TokenRow.authority)
    ).all()
    if not tokens:
        return Standing(State.SEALED, sealed_at)
    names = tuple(dict.fromkeys(authority for authority, _ in tokens))
    return Standing(State.STAMPED, sealed_at, names, tokens[0].token_at)


def _roots(configured: Sequence[Authority]) -> Iterator[receipt.Authority]:
    for one in configured:
        with suppress(AuthorityError):
            yield receipt.Authority(one.name, authorities.root(one))


def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return ()


def _named(told: Sequence[str], word: str) -> tuple[str, ...]:
    """Return what the lines of the published trust file that begin with `word` say."""
    return tuple(line.removeprefix(f"{word} ") for line in told if line.startswith(f"{word} "))


def _revoked(told: Sequence[str]) -> Mapping[str, datetime]:
    try:
        return parse_trust("\n".join(f"revoked {one}" for one in _named(told, "revoked"))).revoked
    except MalformedError:
        return proofs.NONE_REVOKED


def _published_changes(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the hashes of the changes of key among the published statements, ``index hash kind`` a line."""
    listed = [line.split(" ") for line in lines]
    found = [words[1] for words in listed if len(words) == 3 and words[2] == Kind.KEY_CHANGE.value]
    return tuple(found[-receipt.MAX_HINTS :])
