"""Who signs promises with the ledger's key: the process that holds it, and nobody else.

The web process has no key. It asks at a Unix socket, one line ``promise <hash>``, and is answered ``ok <n>``
and a note of n bytes, or ``no <reason>``. Nothing else is signed there, and only for what is recorded.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.db import reading
from kiosk.ledger.errors import LedgerError, SignerAwayError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.models import StatementRow
from kiosk.proof import note
from kiosk.proof.errors import MalformedError
from kiosk.proof.receipt import promised_hash

CLIENT_SECONDS = 5.0
"""How long a promise is waited for."""
SERVER_SECONDS = 1.0
"""How long who is connected may take to ask, in all."""
_WATCH_SECONDS = 0.2
_MAX_LINE = 80
_MAX_ANSWER = note.MAX_CHARACTERS * 4
_ASKED = re.compile(rb"promise ([0-9a-f]{64})\n")
_GRANTED = re.compile(rb"ok ([1-9][0-9]{0,5})\n")
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group of the other side (unix(7), SO_PEERCRED)."""


class Signer(Protocol):
    """Signs with the ledger's key, wherever that key is."""

    def promise(self, statement_hash: str) -> str:
        """Return the note that promises the statement a leaf; raises `SignerAwayError`."""


class LocalSigner:
    """Signs in this process, which holds the key."""

    __slots__ = ("_key",)

    def __init__(self, key: LedgerKey) -> None:
        self._key = key

    def promise(self, statement_hash: str) -> str:
        """Return the note that promises the statement a leaf."""
        return note.sign(promised_hash(statement_hash), self._key.name, self._key.private)


class SocketSigner:
    """Asks the process that holds the key."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def promise(self, statement_hash: str) -> str:
        """Return the note that promises the statement a leaf; raises `SignerAwayError`."""
        try:
            answer = self._ask(f"promise {statement_hash}\n".encode())
        except OSError as error:
            raise SignerAwayError(
                f"Le processus qui signe ne répond pas ({type(error).__name__})."
            ) from error
        raw = _granted(answer)
        try:
            text = note.parse(raw).text
        except MalformedError as error:
            raise SignerAwayError("Le processus qui signe a répondu autre chose qu’une promesse.") from error
        if text != promised_hash(statement_hash):
            raise SignerAwayError("Le processus qui signe a promis autre chose.")
        return raw

    def _ask(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked, _short(self._path) as address:
            until = time.monotonic() + CLIENT_SECONDS
            _wait(asked, until)
            asked.connect(address)
            answer = b""
            with suppress(BrokenPipeError):  # refused before it was asked
                asked.sendall(line)
            with suppress(ConnectionResetError):  # refused before the line was read
                while (chunk := _received(asked, until, 65_536)) and len(answer) <= _MAX_ANSWER:
                    answer += chunk
            return answer


def serve(
    path: Path,
    key: Callable[[], LedgerKey],
    engine: Engine,
    stop: threading.Event,
    *,
    user: str | None = None,
    wait: bool = True,
) -> bool:
    """Sign promises at the socket `path` until `stop` is set.

    Only processes of this user are answered, and those of `user`. One process serves a socket: another waits
    for its turn, or, unless `wait`, returns False at once. `key` is asked for the key at each promise, so
    that a new key is used as soon as it is there. Raises `SignerAwayError` when there is no such `user`.
    """
    users = _users(user)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_name(f"{path.name}.lock").open("a") as turn:
        while not _mine(turn.fileno()):
            if not wait or stop.wait(_WATCH_SECONDS):
                return False
        with _listening(path, 0o600 if user is None else 0o666) as listener:
            while not stop.is_set():
                try:
                    asking, _ = listener.accept()
                except TimeoutError:
                    continue
                with asking:
                    _answer(asking, key, engine, users)
    return True


def _users(user: str | None) -> frozenset[int]:
    """Return the numbers of the users who are answered."""
    try:
        return frozenset({os.geteuid()} | ({pwd.getpwnam(user).pw_uid} if user else set()))
    except KeyError as error:
        raise SignerAwayError(f"KIOSK_SIGNER_FOR : utilisateur « {user} » inconnu ici.") from error


def _mine(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _listening(path: Path, mode: int) -> Iterator[socket.socket]:
    """Listen at `path`, in the place of what a process that was killed left there."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with _short(draft) as address:
            listener.bind(address)
        draft.chmod(mode)  # before it listens: until then nobody was able to connect
        listener.listen(64)
        listener.settimeout(_WATCH_SECONDS)
        draft.replace(path)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Give an address for `path` that fits in the 107 bytes of one (unix(7)), however long the path is."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _answer(
    asking: socket.socket, key: Callable[[], LedgerKey], engine: Engine, users: frozenset[int]
) -> None:
    """Answer one demand; whoever asks wrongly, slowly, or goes away, keeps nobody waiting."""
    until = time.monotonic() + SERVER_SECONDS
    try:
        # Who asks is known before anything of theirs is read.
        reply = _reply(asking, until, key, engine) if _user(asking) in users else b"no stranger\n"
        asking.settimeout(SERVER_SECONDS)  # a few hundred bytes, which the socket takes at once
        asking.sendall(reply)
    except OSError:
        return


def _reply(asking: socket.socket, until: float, key: Callable[[], LedgerKey], engine: Engine) -> bytes:
    found = _ASKED.fullmatch(_line(asking, until))
    if not found:
        return b"no malformed\n"
    digest = found[1].decode()
    try:
        with reading(engine) as session:
            known = session.scalar(select(StatementRow.hash).where(StatementRow.hash == digest))
        if known is None:
            return b"no unknown\n"
        promise = LocalSigner(key()).promise(digest).encode()
    except SQLAlchemyError:
        return b"no database\n"
    except LedgerError:
        return b"no key\n"
    return b"ok %d\n%b" % (len(promise), promise)


def _user(asking: socket.socket) -> int:
    held = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(held)[1])


def _line(asking: socket.socket, until: float) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) <= _MAX_LINE:
        chunk = _received(asking, until, _MAX_LINE)
        if not chunk:
            break
        line += chunk
    return line


def _received(asked: socket.socket, until: float, most: int) -> bytes:
    """Receive what comes before the instant `until`; raises `TimeoutError`."""
    _wait(asked, until)
    return asked.recv(most)


def _wait(asked: socket.socket, until: float) -> None:
    """Let what `asked` does next take no longer than until then: one deadline, however often it is asked."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    asked.settimeout(left)


def _granted(answer: bytes) -> str:
    """Return the note of an answer; raises `SignerAwayError`."""
    head, _, body = answer.partition(b"\n")
    found = _GRANTED.fullmatch(head + b"\n")
    if not found or int(found[1]) != len(body):
        refusal = head.decode("ascii", "replace")[:_MAX_LINE]
        raise SignerAwayError(f"Le processus qui signe n’a rien promis ({refusal}).")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise SignerAwayError("Le processus qui signe a répondu autre chose qu’une promesse.") from error
