"""What an audit checks beside the tree: signatures, tokens, cosignatures, personal fields, comparisons."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.hashing import text_hash
from kiosk.db import Base, table
from kiosk.ledger import proofs
from kiosk.ledger.audit_leaves import said_kind
from kiosk.ledger.deviations import ABSENT, DeviationError
from kiosk.ledger.models import (
    CheckpointRow,
    ComparisonShown,
    CosignatureRow,
    Disclosure,
    LeafRow,
    Pending,
    StatementRow,
    TokenRow,
)
from kiosk.ledger.published import PublishedFiles
from kiosk.ledger.rows import stream
from kiosk.proof import checkpoint, cosignature, note, statement
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.commitment import Opening
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import AlteredError, MalformedError, TimeError, UnknownKeyError
from kiosk.proof.note import VerifierKey
from kiosk.proof.statement import Kind
from kiosk.proof.token import read_token, verify_token
from kiosk.proof.trust import key_name

_FEW = 100
"""Rows fetched at a time when each may be large."""
_TIME_FAULTS = {
    "wrong-signature": "une signature qui n’est pas la sienne",
    "other-message": "un jeton d’un autre texte",
    "expired": "un certificat hors de sa durée",
    "unknown-authority": "une autorité qui ne répond pas de ce jeton",
    "weak-hash": "une empreinte trop faible",
    "malformed": "un jeton illisible",
}


def audit_signatures(
    session: Session,
    trusted: Collection[VerifierKey],
    *,
    changed: bool,
    revoked: Mapping[str, datetime] = {},
) -> None:
    """Check that each checkpoint is signed, as it is, by a key of its time; `changed`: keys were replaced.

    A key that another followed, as the ledger tells, signs alone before its follower does, never after; the
    newest checkpoint is signed by a trusted key that none followed, or whose change still waits to be sealed.
    Signed by `revoked` keys alone, nothing vouches for it: who has them may have signed.
    """
    ranks = _ranks(session, trusted) if changed else dict.fromkeys(trusted, 0)
    held = table(CheckpointRow).c
    newest: int | None = None
    size = 0
    signers: Collection[VerifierKey] = ()
    for row in stream(session, select(held.size, held.root, held.note).order_by(held.size)):
        signers = _check_signatures(row, ranks)
        rank = min(ranks[key] for key in signers)
        if newest is not None and rank > newest:
            raise DeviationError("checkpoint", row.size, "signé par la clé de son temps", "une clé remplacée")
        newest, size = rank, row.size
    suspect = bool(signers) and all(key_name(key) in revoked for key in signers)
    if (newest or suspect) and not _change_waits(session):
        found = "une clé révoquée" if suspect else "une clé remplacée"
        raise DeviationError("checkpoint", size, "signé par la clé d’aujourd’hui", found)


def _change_waits(session: Session) -> bool:
    """Whether a change of key is recorded and not sealed yet: the old one signed last."""
    waiting, held = table(Pending), table(StatementRow)
    change = (
        select(waiting.c.statement_hash)
        .join(held, held.c.hash == waiting.c.statement_hash)
        .where(held.c.kind == Kind.KEY_CHANGE.value)
    )
    return session.connection().scalar(change.limit(1)) is not None


def _ranks(session: Session, trusted: Collection[VerifierKey]) -> dict[VerifierKey, int]:
    """Return how old each key is: 0 for those of `trusted` that none followed, more for those before.

    A sealed key change tells of the key it leaves when the key that follows is known; trusted or not, the
    key it leaves is older.
    """
    leaf, held = table(LeafRow), table(StatementRow)
    changes = session.connection().execute(
        select(leaf.c.leaf_index, held.c.body)
        .select_from(held.join(leaf, leaf.c.statement_hash == held.c.hash))
        .where(held.c.kind == Kind.KEY_CHANGE.value)
        .order_by(leaf.c.leaf_index.desc())
    )
    found = dict.fromkeys(trusted, 0)
    for _, body in changes:
        try:
            said = statement.parse(body).members
        except MalformedError as error:
            raise DeviationError(
                "statement", text_hash(body), "un changement de clé", "autre chose"
            ) from error
        new = VerifierKey.parse(said["new"])
        if new in found:
            found[VerifierKey.parse(said["old"])] = found[new] + 1
    return found


def _check_signatures(row: Any, ranks: Mapping[VerifierKey, int]) -> Collection[VerifierKey]:
    """Return which of the keys signed `row`, at least one, once its note says its size and root."""
    names = ", ".join(f"{key.name}+{key.key_id.hex()}" for key in ranks)
    try:
        made, signed = checkpoint.opened(row.note, ranks)
    except UnknownKeyError as error:
        raise DeviationError("checkpoint", row.size, f"signé par {names}", "une autre clé") from error
    except AlteredError as error:
        raise DeviationError(
            "checkpoint", row.size, f"signé par {names}", "une signature d’un autre texte"
        ) from error
    except MalformedError as error:
        raise DeviationError("checkpoint", row.size, "une note signée", "un texte illisible") from error
    if made != Checkpoint(made.origin, row.size, row.root):
        raise DeviationError(
            "checkpoint",
            row.size,
            f"{row.size} feuilles, {row.root.hex()}",
            f"{made.size}, {made.root.hex()}",
        )
    signers = {(one.name, one.key_id) for one in signed.signatures}
    return [key for key in ranks if (key.name, key.key_id) in signers]


def audit_deposited(session: Session) -> Counter[str]:
    """Check that each statement without a leaf or a wait is that of a recovered leaf; returns them by kind.

    Receipts that were handed back brought them: their leaves name no statement, and never change. They are
    among those that a recovery took up, as the ledger tells.
    """
    recoveries = _recoveries(session)
    said, leaf, waiting = table(StatementRow), table(LeafRow), table(Pending)
    alone = (
        select(said.c.hash, said.c.kind, said.c.body)
        .select_from(
            said.outerjoin(leaf, leaf.c.statement_hash == said.c.hash).outerjoin(
                waiting, waiting.c.statement_hash == said.c.hash
            )
        )
        .where(leaf.c.leaf_index.is_(None), waiting.c.statement_hash.is_(None))
        .order_by(said.c.hash)
    )
    found: Counter[str] = Counter()
    for digest, kind, body in stream(session, alone):
        if text_hash(body) != digest:
            raise DeviationError("statement", digest, f"l’empreinte {digest}", text_hash(body))
        index = proofs.recovered_leaf(session, body)
        if index is None or not any(index in taken_up for taken_up in recoveries):
            raise DeviationError("statement", digest, "scellé ou en attente", "ni l’un ni l’autre")
        if said_kind(kind) not in body:
            raise DeviationError("statement", digest, "le genre que dit l’enregistrement", kind)
        found[kind] += 1
    return found


def _recoveries(session: Session) -> list[range]:
    """Return the leaves that each recovery took up."""
    held = table(StatementRow).c
    told = select(held.body).where(held.kind == Kind.INCIDENT.value)
    said = [statement.parse(body).members for body in session.connection().scalars(told)]
    return [
        range(one["details"]["leaves"], one["details"]["published"])
        for one in said
        if one["nature"] == "recovery"
    ]


def audit_tokens(
    session: Session, authorities: Mapping[str, bytes], files: PublishedFiles
) -> tuple[int, int, int]:
    """Check that each token is about its checkpoint, and verify those of known `authorities` (roots, DER).

    Returns how many there are, how many could not be verified, and how many have no published file.
    """
    held, point = table(TokenRow), table(CheckpointRow)
    rows = stream(
        session,
        select(
            held.c.size, held.c.authority, held.c.serial, held.c.token, held.c.token_at, held.c.usable,
            point.c.note,
        )
        .select_from(held.outerjoin(point, point.c.size == held.c.size))
        .order_by(held.c.size, held.c.authority, held.c.serial),
        _FEW,
    )  # fmt: skip
    count = unverified = unpublished = 0
    for (size, authority), group in groupby(rows, lambda row: (row.size, row.authority)):
        usable = set()
        for row in group:
            count += 1
            unverified += not _check_token(row, authorities)
            if row.usable:
                usable.add(row.token)
        if usable and not files.check_tokens(size, authority, usable):
            unpublished += 1
    return count, unverified, unpublished


def _check_token(row: Any, authorities: Mapping[str, bytes]) -> bool:
    """Check the token of `row`; returns whether its authority answered for it."""
    key = f"({row.size}, {row.authority}, {row.serial})"
    if row.note is None:
        raise DeviationError("timestamp_token", key, "le point qu’il atteste", ABSENT)
    text = note.parse(row.note).text.encode()
    root = authorities.get(row.authority)
    try:
        said = read_token(row.token)
        if root is not None:
            verify_token(row.token, text, {row.authority: root})
    except TimeError as error:
        raise DeviationError(
            "timestamp_token", key, f"un jeton de {row.authority} pour ce point", _TIME_FAULTS[error.reason]
        ) from error
    if said.hash_name == "sha256" and said.imprint.hex() != text_hash(text):
        raise DeviationError("timestamp_token", key, text_hash(text), said.imprint.hex())
    if f"{said.serial:x}" != row.serial:
        raise DeviationError("timestamp_token", key, f"le numéro {said.serial:x}", row.serial)
    if said.at != row.token_at:
        raise DeviationError(
            "timestamp_token", key, statement.instant(said.at), statement.instant(row.token_at)
        )
    return root is not None


def audit_cosignatures(session: Session, witnesses: Collection[WitnessKey]) -> tuple[int, int]:
    """Check that each cosignature is of its checkpoint, and verify those of known `witnesses`.

    Returns how many there are, and how many could not be verified.
    """
    held, point = table(CosignatureRow), table(CheckpointRow)
    rows = stream(
        session,
        select(held.c.size, held.c.name, held.c.key_id, held.c.line, point.c.note)
        .select_from(held.outerjoin(point, point.c.size == held.c.size))
        .order_by(held.c.size, held.c.name, held.c.key_id),
    )
    count = unverified = 0
    for row in rows:
        key = f"({row.size}, {row.name}, {row.key_id})"
        if row.note is None:
            raise DeviationError("cosignature", key, "le point qu’elle cosigne", ABSENT)
        try:
            signed = note.parse(note.append(row.note, row.line))
            line = next(one for one in signed.signatures if one.line == row.line)
            seen = cosignature.verify(signed, witnesses)
        except (MalformedError, StopIteration) as error:
            raise DeviationError("cosignature", key, "une ligne de signature", "autre chose") from error
        except AlteredError as error:
            raise DeviationError(
                "cosignature", key, "la signature de ce point", "celle d’un autre texte"
            ) from error
        if (line.name, line.key_id.hex()) != (row.name, row.key_id):
            raise DeviationError(
                "cosignature", key, f"la clé {row.name}+{row.key_id}", f"{line.name}+{line.key_id.hex()}"
            )
        count += 1
        unverified += not seen
    return count, unverified


def audit_disclosures(session: Session, kept: type[Base] = Disclosure) -> int:
    """Check that each personal field kept opens a commitment of its statement; returns how many there are.

    `kept` is where: the table of disclosures, or one that has its columns.

    A statement's bytes are canonical: it makes a commitment when they hold its name and hash side by side.
    """
    held, said = table(kept), table(StatementRow)
    rows: Iterator[Any] = stream(
        session,
        select(held.c.statement_hash, held.c.field, held.c.salt, held.c.value, said.c.body)
        .select_from(held.outerjoin(said, said.c.hash == held.c.statement_hash))
        .order_by(held.c.statement_hash, held.c.field),
    )
    count = 0
    for digest, name, salt, value, body in rows:
        key = f"({digest}, {name})"
        if body is None:
            raise DeviationError(held.name, key, "un champ d’un enregistrement", "aucun enregistrement")
        try:
            opened = f'"{name}":"{Opening(name, salt, value).commitment}"'
        except MalformedError as error:
            raise DeviationError(held.name, key, "un sel de 16 octets", f"{len(salt)} octets") from error
        if opened.encode() not in body:
            raise DeviationError(held.name, key, "ce qui ouvre l’engagement", "un autre sel ou valeur")
        count += 1
    return count


def audit_comparisons(session: Session) -> int:
    """Check that each comparison kept has the hash it is kept under; returns how many there are."""
    held = table(ComparisonShown).c
    count = 0
    for digest, packed in stream(session, select(held.hash, held.body).order_by(held.hash), _FEW):
        try:
            found = text_hash(zlib.decompress(packed))
        except zlib.error as error:
            raise DeviationError("comparison_shown", digest, "du JSON comprimé", "autre chose") from error
        if found != digest:
            raise DeviationError("comparison_shown", digest, f"l’empreinte {digest}", found)
        count += 1
    return count
