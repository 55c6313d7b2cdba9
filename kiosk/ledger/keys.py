"""The key that signs the ledger: one private file, and beside it the public line that verifiers are given."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.ledger import former
from kiosk.ledger.errors import LedgerKeyError
from kiosk.ledger.former import FormerKey
from kiosk.proof.errors import MalformedError
from kiosk.proof.note import VerifierKey
from kiosk.proof.verify import DEMONSTRATION, DEMONSTRATION_NAME

PRIVATE_FILE = "ledger.pem"
PUBLIC_FILE = "ledger.vkey"
DEMONSTRATION_KEY = f"{DEMONSTRATION_NAME}cgu-kiosk.example/ledger"
"""The name a demonstration signs under: a verifier refuses it by name."""


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """An Ed25519 key and the name it signs under."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    former: tuple[tuple[Ed25519PrivateKey, datetime], ...] = field(default=(), repr=False)
    """Keys that this one followed and that sign checkpoints beside it until an instant."""
    followed: tuple[VerifierKey, ...] = ()
    """Keys that this one followed, newest first, whether they still sign or not."""

    def signing(self, at: datetime) -> tuple[Ed25519PrivateKey, ...]:
        """Return the keys that sign a checkpoint made `at`, this one first."""
        return (self.private, *(private for private, until in self.former if at < until))

    def tells(self, old: str, new: str) -> bool:
        """Whether the change from the key `old` to `new`, as statements write them, was made here."""
        chain = [one.encode() for one in (self.verifier, *self.followed)]
        return (new, old) in itertools.pairwise(chain)

    @property
    def verifier(self) -> VerifierKey:
        """What a verifier must be given to trust this key."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    @classmethod
    def read(cls, file: Path, name: str) -> Self:
        """Return the key of the private `file`, under `name`; raises `LedgerKeyError`."""
        return cls(name, _private(file))

    @classmethod
    def load_or_create(cls, keys_dir: Path, environment: str, *, name: str | None = None) -> Self:
        """Return the key kept in `keys_dir`, made on the first call.

        A key that is made outside of a demonstration needs a `name`, for example ``cgu.example.fr/ledger``;
        it is then read from the public file. Raises `LedgerKeyError` when the private file is readable by
        others, or when the key is a demonstration's and `environment` is not, or the reverse.
        """
        keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = public_key(keys_dir)
        known = held.name if held else name
        if known is None and environment == DEMONSTRATION:
            known = DEMONSTRATION_KEY
        if known is None:
            raise LedgerKeyError(
                f"{keys_dir / PUBLIC_FILE} : la clé du registre manque."
                " Créez-la une fois avec « kiosk setup », ou restaurez-la avec son fichier privé."
            )
        if known.startswith(DEMONSTRATION_NAME) is not (environment == DEMONSTRATION):
            raise LedgerKeyError(
                f"{keys_dir} : la clé « {known} » n’est pas d’un environnement « {environment} »."
                " Une démonstration et un éditeur ont chacun la leur : donnez un autre KIOSK_DATA_DIR."
            )
        private_file = keys_dir / PRIVATE_FILE
        if held and not private_file.exists():
            raise LedgerKeyError(f"{private_file} manque alors que sa clé publique est là : restaurez-le.")
        if not private_file.exists():
            create_private(private_file)
        left = former.read(keys_dir)
        key = cls(
            known, _private(private_file), _signing(keys_dir, left), tuple(one.verifier for one in left)
        )
        if held and held != key.verifier:
            raise LedgerKeyError(f"{keys_dir} : {PUBLIC_FILE} et {PRIVATE_FILE} ne vont pas ensemble.")
        if not held:
            write_key_file(keys_dir / PUBLIC_FILE, f"{key.verifier.encode()}\n".encode(), 0o644, replace=True)
        return key


def public_key(keys_dir: Path, name: str = PUBLIC_FILE) -> VerifierKey | None:
    """Return the public key kept in `keys_dir`, None when there is none; raises `LedgerKeyError`."""
    file = keys_dir / name
    try:
        return VerifierKey.parse(file.read_text("utf-8").removesuffix("\n"))
    except FileNotFoundError:
        return None
    except (MalformedError, UnicodeDecodeError) as error:
        raise LedgerKeyError(f"{file} : attendu une ligne nom+empreinte+base64. Restaurez-le.") from error


def _private(file: Path) -> Ed25519PrivateKey:
    if file.stat().st_mode & 0o077:
        raise LedgerKeyError(f"{file} est lisible par d’autres : chmod 600 {file}, puis changez de clé.")
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise LedgerKeyError(f"{file} n’est pas une clé PEM sans mot de passe. Restaurez-le.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerKeyError(f"{file} : attendu une clé Ed25519.")
    return key


def _signing(keys_dir: Path, left: Iterable[FormerKey]) -> tuple[tuple[Ed25519PrivateKey, datetime], ...]:
    """Return which of the former keys still sign; one whose private file was destroyed does not."""
    found = []
    for one in left:
        file = former.private_file(keys_dir, one.verifier)
        if one.signs_until is not None and file.exists():
            found.append((_private(file), one.signs_until))
    return tuple(found)


def create_private(file: Path) -> None:
    """Make a private key in `file`, unless there is one."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_key_file(file, pem, 0o600, replace=False)


def write_key_file(file: Path, content: bytes, mode: int, *, replace: bool) -> None:
    """Write `file` whole or not at all; without `replace`, a file made meanwhile by another process stays."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            draft.replace(file)
        else:
            _link(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, file: Path) -> None:
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return
