"""Take in what witnesses cosigned of our checkpoints; sealing never waits for them.

A witness follows the ledger from outside (`cgu-monitor --cosign --out FILE`) and publishes the note it
cosigned. It is asked where the settings say, a while after a checkpoint that it has not cosigned yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.ledger.errors import WitnessesError
from kiosk.ledger.models import CheckpointRow, CosignatureRow, StampAttempt
from kiosk.ledger.stamping import ATTEMPTS_KEPT, LONGEST_WAIT, Failing
from kiosk.monitor.errors import SourceError
from kiosk.monitor.sources import source
from kiosk.proof import checkpoint, cosignature, note
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.proof.note import Note

EVERY = timedelta(seconds=60)
"""How long after a checkpoint, and after the last answer, a witness is asked."""
MAX_BYTES = 4 * note.MAX_CHARACTERS
MAX_WITNESSES = note.MAX_SIGNATURES - 3
"""So many lines a note has left under those of the ledger: up to three, while a key follows another."""
_REASON_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Witness:
    """A key, and where what it cosigned is published."""

    key: WitnessKey
    url: str

    @property
    def attempts_name(self) -> str:
        """How its attempts are kept among those of authorities, whose names have no plus sign."""
        return f"+{self.key.key_id.hex()}"


Fetch = Callable[[Witness], bytes]
"""Returns what a witness publishes; raises `SourceError`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one witness stands."""

    name: str
    size: int
    """Leaves of the newest checkpoint that it cosigned; 0 before the first."""
    received_at: datetime | None
    failing: Failing | None
    """None when it gave what was asked the last time."""


def configured(file: Path | None) -> tuple[Witness, ...]:
    """Return the witnesses of `file`, ``key address`` a line; none without a file.

    Empty lines and those that begin with ``#`` are left aside. Raises `WitnessesError`, which names the line,
    and also when there are more than a note may bear.
    """
    if file is None:
        return ()
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WitnessesError(f"KIOSK_WITNESSES : {file} est illisible.") from error
    found: dict[bytes, Witness] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        one = _witness(words, f"KIOSK_WITNESSES, ligne {number}")
        if one.key.key_id in found:
            raise WitnessesError(f"KIOSK_WITNESSES, ligne {number} : ce témoin est déjà nommé.")
        if len(found) == MAX_WITNESSES:
            raise WitnessesError(
                f"KIOSK_WITNESSES, ligne {number} : {MAX_WITNESSES} témoins au plus, un point du registre"
                " n’en porte pas davantage."
            )
        found[one.key.key_id] = one
    return tuple(found.values())


def fetch(witness: Witness) -> bytes:
    """Return what `witness` publishes: ten seconds, no other host; raises `SourceError`."""
    place, _, name = witness.url.rpartition("/")
    return source(place).read(name, MAX_BYTES)


def cosign_due(engine: Engine, settings: Settings, clock: Clock, fetch: Fetch = fetch) -> int:
    """Ask one witness, if one is due; returns how many cosignatures were kept, 0 or 1.

    No transaction is open meanwhile. Whatever is wrong is recorded, and the witness left in peace for 1, 2,
    4… 60 minutes. Raises `WitnessesError` when the settings' file is not one of witnesses.
    """
    witnesses = configured(settings.witnesses)
    if not witnesses:
        return 0
    with reading(engine) as session:
        due = next((one for one in witnesses if _is_due(session, one, clock())), None)
    if due is None:
        return 0
    try:
        raw = fetch(due)
        with writing(engine) as session:
            _keep(session, due, raw, clock())
    except (SourceError, _NotTakenError) as error:
        with writing(engine) as session:
            _record_failure(session, due, clock(), str(error))
        return 0
    return 1


def standing(session: Session, witnesses: Sequence[Witness]) -> tuple[Standing, ...]:
    """Return where each of `witnesses` stands, in their order."""
    return tuple(_standing(session, one) for one in witnesses)


class _NotTakenError(Exception):
    """What a witness publishes is not kept; the message is for people, in a few words."""


def _witness(words: Sequence[str], where: str) -> Witness:
    if len(words) != 2:
        raise WitnessesError(f"{where} : attendu « clé adresse ».")
    line, url = words
    place, _, name = url.rpartition("/")
    if "://" not in place or not name:
        raise WitnessesError(f"{where} : attendu l’adresse https d’un fichier, trouvé « {url} ».")
    try:
        key = WitnessKey.parse(line)
        source(place)
    except MalformedError as error:
        raise WitnessesError(f"{where} : ce n’est pas une clé de témoin ({error}).") from error
    except SourceError as error:
        raise WitnessesError(f"{where} : {error}") from error
    return Witness(key, url)


def _is_due(session: Session, witness: Witness, at: datetime) -> bool:
    held = _standing(session, witness)
    if held.failing is not None and held.failing.last_at <= at < held.failing.next_at:
        return False
    if held.received_at is not None and timedelta() <= at - held.received_at < EVERY:
        return False
    older = select(CheckpointRow.size).where(
        CheckpointRow.size > held.size, CheckpointRow.made_at <= at - EVERY
    )
    return session.scalar(older.limit(1)) is not None


def _standing(session: Session, witness: Witness) -> Standing:
    mine = CosignatureRow.name == witness.key.name, CosignatureRow.key_id == witness.key.key_id.hex()
    size, received_at = session.execute(
        select(func.max(CosignatureRow.size), func.max(CosignatureRow.received_at)).where(*mine)
    ).one()
    attempts = select(StampAttempt.at, StampAttempt.reason).where(
        StampAttempt.authority == witness.attempts_name
    )
    if received_at is not None:
        attempts = attempts.where(StampAttempt.at > received_at)
    rows = session.execute(attempts.order_by(StampAttempt.id)).all()
    failing = None
    if rows:
        at, reason = rows[-1]
        wait = min(LONGEST_WAIT, EVERY * 2 ** min(len(rows) - 1, 6))
        failing = Failing(witness.key.name, len(rows), at, reason, at + wait)
    return Standing(witness.key.name, size or 0, received_at, failing)


def _keep(session: Session, witness: Witness, raw: bytes, at: datetime) -> None:
    """Keep the cosignature in the note `raw`, of one of our checkpoints; raises `_NotTakenError`."""
    held, size = _read(raw)
    ours = session.scalar(select(CheckpointRow.note).where(CheckpointRow.size == size))
    if ours is None:
        raise _NotTakenError(f"cosigne {size} feuille(s), qui ne sont pas un point d’ici")
    if note.parse(ours).text != held.text:
        raise _NotTakenError(f"AUTRE TEXTE cosigné pour {size} feuille(s)")
    line = _line(held, witness)
    known = CosignatureRow.name == witness.key.name, CosignatureRow.key_id == witness.key.key_id.hex()
    if session.scalar(select(CosignatureRow.size).where(CosignatureRow.size == size, *known)) is not None:
        raise _NotTakenError(f"rien de nouveau depuis {size} feuille(s)")
    session.execute(
        insert(CosignatureRow).values(
            size=size, name=witness.key.name, key_id=witness.key.key_id.hex(), line=line, received_at=at
        )
    )
    _forget(session, witness, at)


def _read(raw: bytes) -> tuple[Note, int]:
    """Return the note in `raw` and how many leaves its checkpoint has."""
    try:
        held = note.parse(raw.decode("utf-8"))
        return held, checkpoint.parse(held.text).size
    except (MalformedError, UnicodeDecodeError) as error:
        raise _NotTakenError("publie autre chose qu’un point cosigné") from error


def _line(held: Note, witness: Witness) -> str:
    """Return the signature line of `witness` in the note, once it is verified."""
    key = witness.key
    try:
        if not cosignature.verify(held, [key]):
            raise _NotTakenError("pas de cosignature de sa clé")
    except (AlteredError, MalformedError) as error:
        raise _NotTakenError("sa cosignature n’est pas celle de ce texte") from error
    lines = [one.line for one in held.signatures if (one.name, one.key_id) == (key.name, key.key_id)]
    return lines[-1]


def _record_failure(session: Session, witness: Witness, at: datetime, reason: str) -> None:
    size = session.scalar(select(func.max(CheckpointRow.size))) or 0
    values = {"size": size, "authority": witness.attempts_name, "at": at, "reason": reason[:_REASON_LENGTH]}
    session.execute(insert(StampAttempt).values(values))
    _forget(session, witness, at)


def _forget(session: Session, witness: Witness, at: datetime) -> None:
    old = StampAttempt.authority == witness.attempts_name, StampAttempt.at < at - ATTEMPTS_KEPT
    session.execute(delete(StampAttempt).where(*old))
