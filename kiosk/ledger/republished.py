"""Take up again what is published beside the tree: checkpoints, what witnesses and authorities said of them.

All of it is verified; what is not, or cannot be listed where it is published, is left out and told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kiosk.ledger.errors import ForkError
from kiosk.ledger.models import CheckpointRow, CosignatureRow, StatementRow, TokenRow
from kiosk.ledger.stamping import MAX_SERIAL_DIGITS
from kiosk.monitor.errors import MissingError, SourceError
from kiosk.monitor.sources import Source
from kiosk.monitor.watching import Seen
from kiosk.proof import checkpoint, cms, cosignature, merkle, note
from kiosk.proof.checkpoint import Checkpoint
from kiosk.proof.errors import ProofError
from kiosk.proof.note import Note, Signature, VerifierKey
from kiosk.proof.statement import Kind
from kiosk.proof.tiles import number_path
from kiosk.proof.token import read_token, verify_token
from kiosk.proof.trust import Trust, key_name

CHECKPOINTS, TOKENS = "checkpoints", "tokens"
_UNLISTED = (
    "les points intermédiaires et leurs horodatages : une adresse ne se liste pas, une copie du dossier si"
)
_MAX_NOTE_BYTES = 4 * note.MAX_CHARACTERS
_NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_TOKEN = re.compile(r"(?P<number>(?:x[0-9]{3}/)*[0-9]{3})/(?P<authority>[a-z0-9-]{1,64})\.tst")


@dataclass(frozen=True, slots=True)
class Beside:
    """What was taken up beside the tree."""

    checkpoints: int = 0
    """Those before the newest."""
    tokens: int = 0
    cosignatures: int = 0
    lacking: tuple[str, ...] = ()
    """What was not, and why: a sentence each, in French."""

    @property
    def any(self) -> bool:
        """Whether something was."""
        return bool(self.checkpoints or self.tokens or self.cosignatures)


def take_up(
    session: Session,
    source: Source,
    seen: Seen,
    read: merkle.Reader,
    trust: Trust,
    *,
    before: int,
    at: datetime,
) -> Beside:
    """Insert what is published at `source` beside the tree of `seen`, of which `read` reads the hashes.

    The leaves are there already; checkpoints up to `before` too. When each was made is not published: `at`
    stands for it. Raises `ForkError` when a key that is still trusted signed another tree, `SourceError`.
    """
    lacking: Counter[str] = Counter()
    keys = _signing(session, trust)
    head = seen.head
    cosigned = 0
    if head.size > before:
        held = note.parse(seen.note)
        _insert_checkpoint(session, head, _own(held, keys), at)
        cosigned = _insert_cosignatures(session, head.size, held, trust, at, lacking)
    listed = source.names(CHECKPOINTS)
    made = 0
    for size in _sizes(listed or ()):
        if before < size < head.size:
            made += _take_checkpoint(session, source, size, read, keys, trust, at, lacking)
    stamped = sum(
        _take_token(session, source, size, authority, trust, at, lacking)
        for size, authority in _tokens(source, head.size, trust)
    )
    if listed is None and head.size > before:
        lacking[_UNLISTED] += 1
    return Beside(made, stamped, cosigned, tuple(_told(lacking)))


def _told(lacking: Counter[str]) -> Iterator[str]:
    for what, count in sorted(lacking.items()):
        yield f"{what} ({count})" if count > 1 else what


def _signing(session: Session, trust: Trust) -> tuple[VerifierKey, ...]:
    """Return the keys that signed this ledger: those trusted, and those its changes of key name."""
    keys = dict.fromkeys(trust.ledger)
    names = {key.name for key in trust.ledger}
    told = select(StatementRow.body).where(StatementRow.kind == Kind.KEY_CHANGE.value)
    for body in session.scalars(told):
        said = json.loads(body)
        for key in (VerifierKey.parse(said["old"]), VerifierKey.parse(said["new"])):
            if key.name in names:
                keys[key] = None
    return tuple(keys)


def _own(held: Note, keys: Collection[VerifierKey]) -> str:
    """Return the note with the signatures of `keys` alone, each verified; raises `ProofError`."""
    known = {(key.name, key.key_id) for key in keys}
    lines = [one for one in held.signatures if (one.name, one.key_id) in known and _holds(held, one, keys)]
    return f"{held.text}\n" + "".join(f"{one.line}\n" for one in lines)


def _holds(held: Note, line: Signature, keys: Collection[VerifierKey]) -> bool:
    try:
        note.verify(Note(held.text, (line,)), keys)
    except ProofError:
        return False
    return True


def _insert_checkpoint(session: Session, made: Checkpoint, raw: str, at: datetime) -> None:
    session.execute(insert(CheckpointRow).values(size=made.size, root=made.root, note=raw, made_at=at))


def _insert_cosignatures(
    session: Session, size: int, held: Note, trust: Trust, at: datetime, lacking: Counter[str]
) -> int:
    """Insert the lines of known witnesses that verify; returns how many there are."""
    known = {(key.name, key.key_id): key for key in trust.witnesses}
    ours = {key.name for key in trust.ledger}
    taken: set[tuple[str, bytes]] = set()
    for line in held.signatures:
        key = known.get((line.name, line.key_id))
        if key is None or (line.name, line.key_id) in taken:
            if line.name not in ours:
                lacking["une cosignature d’un témoin dont la clé n’est pas donnée, non reprise"] += 1
            continue
        try:
            cosignature.verify(Note(held.text, (line,)), [key])
        except ProofError:
            lacking[f"la cosignature de {line.name}, qui n’est pas celle de ce point"] += 1
            continue
        taken.add((line.name, line.key_id))
        session.execute(
            insert(CosignatureRow).values(
                size=size, name=line.name, key_id=line.key_id.hex(), line=line.line, received_at=at
            )
        )
    return len(taken)


def _take_checkpoint(
    session: Session,
    source: Source,
    size: int,
    read: merkle.Reader,
    keys: Sequence[VerifierKey],
    trust: Trust,
    at: datetime,
    lacking: Counter[str],
) -> bool:
    """Insert the published checkpoint of `size` leaves, once it is signed and of this tree."""
    name = f"{CHECKPOINTS}/{number_path(size)}"
    try:
        made, held = checkpoint.opened(source.read(name, _MAX_NOTE_BYTES).decode("utf-8"), keys)
    except (ProofError, SourceError, UnicodeDecodeError):
        lacking["un point intermédiaire illisible ou signé d’une autre clé"] += 1
        return False
    if made.size != size or made.root != merkle.tree_root(size, read):
        still = [key for key in keys if key_name(key) not in trust.revoked]
        if made.size == size and any(_holds(held, line, still) for line in held.signatures):
            raise ForkError(
                f"{name} : la clé du registre a signé un autre arbre de {size} feuilles. Deux histoires ont"
                " été signées, rien ne les réunit. Gardez les deux, et suivez la procédure de clé volée."
            )
        lacking["un point intermédiaire qui n’est pas de cet arbre"] += 1
        return False
    _insert_checkpoint(session, made, _own(held, keys), at)
    return True


def _take_token(
    session: Session,
    source: Source,
    size: int,
    authority: str,
    trust: Trust,
    at: datetime,
    lacking: Counter[str],
) -> bool:
    """Insert a published token that its authority answers for, unless it is held."""
    raw = session.scalar(select(CheckpointRow.note).where(CheckpointRow.size == size))
    if raw is None:
        lacking["un horodatage d’un point qui n’est pas repris"] += 1
        return False
    if authority not in trust.authorities:
        lacking[f"un horodatage de « {authority} », dont la racine n’est pas donnée"] += 1
        return False
    try:
        token = source.read(f"{TOKENS}/{number_path(size)}/{authority}.tst", cms.MAX_BYTES)
        verify_token(token, note.parse(raw).text.encode(), {authority: trust.authorities[authority]})
        said = read_token(token)
    except MissingError:
        return False
    except (ProofError, SourceError):
        lacking[f"un horodatage de « {authority} » qui n’est pas celui de son point"] += 1
        return False
    serial = f"{said.serial:x}"
    known = select(TokenRow.size).where(
        TokenRow.size == size, TokenRow.authority == authority, TokenRow.serial == serial
    )
    if len(serial) > MAX_SERIAL_DIGITS or session.scalar(known) is not None:
        return False
    session.execute(
        insert(TokenRow).values(
            size=size, authority=authority, serial=serial, token=token, token_at=said.at, received_at=at,
            usable=True,
        )
    )  # fmt: skip
    return True


def _sizes(names: Collection[str]) -> list[int]:
    """Return the sizes that the paths `names` stand for, in order."""
    return sorted(size for size in map(_size, names) if size is not None)


def _size(path: str) -> int | None:
    if not _NUMBER.fullmatch(path) or len(path) > 30:
        return None
    size = int(path.replace("/", "").replace("x", ""))
    return size if number_path(size) == path and size <= merkle.MAX_SIZE else None


def _tokens(source: Source, size: int, trust: Trust) -> Iterator[tuple[int, str]]:
    """Yield the checkpoint and the authority of each token that is published, or that may be."""
    names = source.names(TOKENS)
    if names is None:
        yield from ((size, authority) for authority in trust.authorities)
        return
    for name in sorted(names):
        found = _TOKEN.fullmatch(name)
        covered = _size(found["number"]) if found else None
        if found and covered is not None:
            yield covered, found["authority"]
