"""What a backup says of itself: `backup.json`, with the hash of each of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cgu_archive.corpus.hashing import HASH
from kiosk.backup.errors import DamagedError, PlaceError
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import VerifierKey

FORMAT = "cgu-backup/1"
FILE = "backup.json"
PUBLISHED = "registre"
"""The folder, in a backup, of what the ledger published."""
PICTURES = "ecrans"
"""The folder, in a backup, of the pictures of screens."""
MAX_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup, described."""

    made_at: str
    """When, as statements write an instant."""
    release: str
    """Version of the software that made it."""
    environment: str
    database: str
    """``sqlite`` or ``postgresql``."""
    file: str
    """The copy of the database, in the backup's folder."""
    revision: str
    """Of the schema."""
    key: str
    """The ledger's public key, ``name+id+base64``: believed only when somebody says so."""
    size: int
    """Leaves of the newest checkpoint in the database; 0 before the first."""
    root: str
    """Its root, hexadecimal."""
    published: int
    """Leaves of the published checkpoint."""
    deviation: str | None
    """What the audit found when the backup was made; None: everything agreed."""
    files: Mapping[str, tuple[int, str]]
    """Bytes and SHA-256 of each file, by its path."""

    @property
    def verifier(self) -> VerifierKey:
        """The ledger's public key; raises `DamagedError`."""
        try:
            return VerifierKey.parse(self.key)
        except MalformedError as error:
            raise DamagedError(f"{FILE} : « key » n’est pas une clé publique.") from error

    def dump(self) -> bytes:
        """Return the bytes of `backup.json`."""
        return f"{json.dumps({'format': FORMAT, **asdict(self)}, ensure_ascii=False, indent=1)}\n".encode()


def load(folder: Path) -> Manifest:
    """Return what the backup in `folder` says of itself; raises `PlaceError` or `DamagedError`."""
    file = folder / FILE
    try:
        raw = file.read_bytes() if file.stat().st_size <= MAX_BYTES else b""
        held = json.loads(raw)
    except FileNotFoundError as error:
        raise PlaceError(f"{folder} n’est pas une sauvegarde : {FILE} manque.") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{file} est illisible.") from error
    if not isinstance(held, dict) or held.pop("format", None) != FORMAT:
        raise DamagedError(f"{file} : attendu le format {FORMAT}.")
    if set(held) != {field.name for field in fields(Manifest)} or not _is_sound(held):
        raise DamagedError(f"{file} : ses champs ne sont pas ceux d’une sauvegarde.")
    return Manifest(**held | {"files": {name: tuple(said) for name, said in held["files"].items()}})


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file of the backup in `folder`; raises `DamagedError` unless they are those it lists."""
    found = {name for name in walk(folder) if name != FILE}
    for name in sorted(found | set(manifest.files)):
        if name not in found:
            raise DamagedError(f"{folder / name} manque.")
        if name not in manifest.files:
            raise DamagedError(f"{folder / name} n’est pas de cette sauvegarde.")
        expected, measured = tuple(manifest.files[name]), measure(folder / name)
        if measured != expected:
            raise DamagedError(
                f"{folder / name} : attendu {expected[0]} octets, SHA-256 {expected[1]} ;"
                f" trouvé {measured[0]}, {measured[1]}."
            )


def walk(folder: Path) -> Iterator[str]:
    """Yield the path of each file under `folder`."""
    for path in sorted(folder.rglob("*")):
        if not path.is_dir():
            yield path.relative_to(folder).as_posix()


def measure(file: Path) -> tuple[int, str]:
    """Return how many bytes `file` has, and their SHA-256, hexadecimal."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # a copy is compared; nothing is proved
        return stream.tell(), digest


def _is_sound(held: Mapping[str, Any]) -> bool:
    texts = ("made_at", "release", "environment", "database", "file", "revision", "key", "root")
    files = held["files"]
    return (
        all(isinstance(held[name], str) for name in texts)
        and all(type(held[name]) is int and held[name] >= 0 for name in ("size", "published"))
        and (held["deviation"] is None or isinstance(held["deviation"], str))
        and isinstance(files, dict)
        and all(_is_file(said) for said in files.values())
        and held["file"] in files
    )


def _is_file(said: object) -> bool:
    return (
        isinstance(said, list)
        and len(said) == 2
        and type(said[0]) is int
        and isinstance(said[1], str)
        and HASH.fullmatch(said[1]) is not None
    )
