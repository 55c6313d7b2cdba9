"""The key a witness cosigns with: one private file, and beside it the public line given to verifiers.

Beside it too is what it cosigned last of each ledger: whoever has the key has that, whatever a monitor keeps.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.monitor import keeping
from kiosk.monitor.errors import StateError
from kiosk.proof import checkpoint, note
from kiosk.proof.cosignature import WitnessKey
from kiosk.proof.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Witness:
    """An Ed25519 key and the name it cosigns under."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    file: Path | None = None
    """Where the key is kept, and beside it what it cosigned; None: nowhere."""

    @property
    def verifier(self) -> WitnessKey:
        """What a verifier must be given to count this witness."""
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())


def public_file(file: Path) -> Path:
    """Return where the public line of the key `file` stands."""
    return file.with_name(f"{file.name}.vkey")


def cosigned_file(file: Path) -> Path:
    """Return where the last note that the key `file` cosigned of each ledger stands."""
    return file.with_name(f"{file.name}.cosigned")


def create(name: str, file: Path) -> Witness:
    """Make a key in `file`, readable by its owner alone; raises `StateError`, also over an older file."""
    made = Witness(name, Ed25519PrivateKey.generate())
    pem = made.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        line = f"{made.verifier.encode()}\n".encode()
        _create(file, pem, 0o600)
        _create(public_file(file), line, 0o644)
        _create(cosigned_file(file), b"{}\n", 0o600)
    except MalformedError as error:
        raise StateError(f"« {name} » ne peut pas nommer une clé : ni espace, ni signe plus.") from error
    except FileExistsError as error:
        raise StateError(f"{error.filename} existe déjà : une clé ne se remplace pas.") from error
    except OSError as error:
        raise StateError(f"{file} : {error.strerror}.") from error
    return made


def load(file: Path) -> Witness:
    """Return the key kept in `file`; raises `StateError` when others may read it, or it is not whole."""
    try:
        if file.stat().st_mode & 0o077:
            raise StateError(f"{file} est lisible par d’autres : chmod 600 {file}, puis changez de clé.")
        held = WitnessKey.parse(public_file(file).read_text("utf-8").removesuffix("\n"))
        private = serialization.load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise StateError(f"{error.filename} : {error.strerror}.") from error
    except (MalformedError, ValueError, TypeError) as error:
        raise StateError(f"{file} : clé illisible. Restaurez ses deux fichiers.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise StateError(f"{file} : attendu une clé Ed25519.")
    found = Witness(held.name, private, file)
    if found.verifier != held:
        raise StateError(f"{file} et {public_file(file)} ne vont pas ensemble.")
    return found


@contextmanager
def cosigning(file: Path) -> Iterator[dict[str, str]]:
    """Hold the key `file` and yield the last note it cosigned of each ledger, by origin.

    Nobody else cosigns with it meanwhile. Raises `StateError`: a key without what it cosigned might cosign
    another history.
    """
    try:
        held = file.open("rb")
    except OSError as error:
        raise StateError(f"{file} : {error.strerror}.") from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield _cosigned(cosigned_file(file))


def keep_cosigned(file: Path, notes: Mapping[str, str]) -> None:
    """Keep the last notes that the key `file` cosigns, by origin: before anybody is given a cosignature."""
    keeping.write(cosigned_file(file), f"{json.dumps(dict(notes), indent=1)}\n".encode(), 0o600)


def _cosigned(file: Path) -> dict[str, str]:
    try:
        notes = json.loads(file.read_text("utf-8"))
        for origin, raw in notes.items():
            if checkpoint.parse(note.parse(raw).text).origin != origin:
                raise StateError(f"{file} n’est pas ce que cette clé a cosigné. Restaurez-le.")
    except FileNotFoundError as error:
        raise StateError(
            f"{file} manque : il dit ce que cette clé a cosigné en dernier. Sans lui elle ne cosigne plus :"
            " restaurez-le, ou changez de clé."
        ) from error
    except (OSError, ValueError, AttributeError, TypeError, MalformedError) as error:
        raise StateError(f"{file} est illisible. Restaurez-le.") from error
    return {str(origin): str(raw) for origin, raw in notes.items()}


def _create(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
