"""Promises: signed by one process, for what is recorded, for this user alone."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.db import make_engine
from kiosk.ledger.errors import LedgerKeyError, SignerAwayError
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.signer import LocalSigner, SocketSigner, _short, serve
from kiosk.proof import note
from tests.conftest import ROOT
from tests.kiosk.ledger.making import KEY, OTHER, wait
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose path is longer than any socket's address."""
    long = tmp_path / ("long" * 20) / "signer"
    long.mkdir(parents=True)
    return long


@contextmanager
def serving(
    path: Path, engine: Engine, key: Callable[[], LedgerKey] = lambda: KEY, user: str | None = None
) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(path, key, engine, stop), kwargs={"user": user})
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def ask(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as asked, _short(path) as address:
        asked.settimeout(20)
        asked.connect(address)
        answer = b""
        with suppress(BrokenPipeError):
            asked.sendall(line)
            asked.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):  # refused before it was read
            while chunk := asked.recv(1_000):
                answer += chunk
        return answer


def test_a_promise_is_signed_for_a_recorded_statement(engine: Engine, folder: Path) -> None:
    (digest,) = wait(engine, 1)
    path = folder / "signer.sock"
    assert len(os.fsencode(path)) > 107
    with serving(path, engine):
        assert path.stat().st_mode & 0o777 == 0o600
        raw = SocketSigner(path).promise(digest)
    held = note.parse(raw)
    note.verify(held, [KEY.verifier])
    assert held.text == f"cgu-statement-signature/1\n{digest}\n"
    assert raw == LocalSigner(KEY).promise(digest)
    assert not path.exists()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"promise " + b"0" * 64 + b"\n", b"no unknown\n"),
        (b"promise " + b"A" * 64 + b"\n", b"no malformed\n"),
        (b"promise " + b"0" * 64, b"no malformed\n"),
        (b"promise " + b"0" * 64 + b"\nx\n", b"no malformed\n"),
        (b"sign " + b"0" * 64 + b"\n", b"no malformed\n"),
        (b"x" * 120, b"no malformed\n"),
        (b"", b"no malformed\n"),
    ],
)
def test_nothing_else_is_signed(tmp_path: Path, engine: Engine, line: bytes, answer: bytes) -> None:
    with serving(tmp_path / "signer.sock", engine):
        assert ask(tmp_path / "signer.sock", line) == answer


def test_what_is_not_recorded_is_refused_with_words(tmp_path: Path, engine: Engine) -> None:
    with serving(tmp_path / "s", engine), pytest.raises(SignerAwayError, match="no unknown"):
        SocketSigner(tmp_path / "s").promise("0" * 64)


def test_another_user_is_a_stranger(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (digest,) = wait(engine, 1)
    mine = os.geteuid()
    monkeypatch.setattr("kiosk.ledger.signer.os.geteuid", lambda: mine + 1)
    with serving(tmp_path / "s", engine):
        assert ask(tmp_path / "s", f"promise {digest}\n".encode()) == b"no stranger\n"
    with serving(tmp_path / "t", engine, user=pwd.getpwuid(mine).pw_name):
        assert (tmp_path / "t").stat().st_mode & 0o777 == 0o666
        assert ask(tmp_path / "t", f"promise {digest}\n".encode()).startswith(b"ok ")


@ON_BOTH
def test_a_stranger_who_says_nothing_is_answered_at_once(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read before it is known who asks: nobody else is kept waiting."""
    mine = os.geteuid()
    monkeypatch.setattr("kiosk.ledger.signer.os.geteuid", lambda: mine + 1)
    monkeypatch.setattr("kiosk.ledger.signer.SERVER_SECONDS", 30.0)
    with (
        serving(tmp_path / "s", engine),
        socket.socket(socket.AF_UNIX) as asked,
        _short(tmp_path / "s") as address,
    ):
        asked.settimeout(10)
        asked.connect(address)
        assert asked.recv(100) == b"no stranger\n"
    with serving(tmp_path / "s", engine), pytest.raises(SignerAwayError, match="no stranger"):
        SocketSigner(tmp_path / "s").promise("0" * 64)


def test_who_asks_byte_by_byte_has_no_more_time_than_others(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One deadline for the whole demand, not one for each byte."""
    (digest,) = wait(engine, 1)
    monkeypatch.setattr("kiosk.ledger.signer.SERVER_SECONDS", 0.4)
    with (
        serving(tmp_path / "s", engine),
        socket.socket(socket.AF_UNIX) as slow,
        _short(tmp_path / "s") as address,
    ):
        slow.connect(address)
        begun = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - begun < 10:
                slow.send(b"p")
                time.sleep(0.05)
        assert time.monotonic() - begun < 5
        assert SocketSigner(tmp_path / "s").promise(digest)


def test_who_answers_byte_by_byte_is_not_waited_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.ledger.signer.CLIENT_SECONDS", 0.4)
    done = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def dribble() -> None:
            asking, _ = listener.accept()
            with asking, suppress(OSError):
                while not done.wait(0.05):
                    asking.sendall(b"o")

        thread = threading.Thread(target=dribble)
        thread.start()
        with pytest.raises(SignerAwayError, match="ne répond pas"):
            SocketSigner(tmp_path / "s").promise("0" * 64)
        done.set()
        thread.join(20)


def test_a_user_that_this_machine_does_not_have_is_told(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(SignerAwayError, match="KIOSK_SIGNER_FOR"):
        serve(tmp_path / "s", lambda: KEY, engine, threading.Event(), user="personne-ici")
    assert not list(tmp_path.glob("s*"))


def test_nobody_at_the_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(SignerAwayError, match="ne répond pas"):
        SocketSigner(tmp_path / "none.sock").promise("0" * 64)
    with pytest.raises(SignerAwayError, match="ne répond pas"):
        SocketSigner(tmp_path / "none" / "none.sock").promise("0" * 64)


def test_a_key_that_cannot_be_read_and_a_database_that_is_away_are_refused(
    tmp_path: Path, engine: Engine
) -> None:
    (digest,) = wait(engine, 1)

    def broken() -> LedgerKey:
        raise LedgerKeyError("illisible")

    with serving(tmp_path / "s", engine, broken):
        assert ask(tmp_path / "s", f"promise {digest}\n".encode()) == b"no key\n"
    empty = make_engine(f"sqlite:///{tmp_path}/vide.sqlite3")
    with serving(tmp_path / "s", empty):
        assert ask(tmp_path / "s", f"promise {digest}\n".encode()) == b"no database\n"
    empty.dispose()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no key\n",
        b"ok 3\nabcd",
        b"ok 0\n",
        b"ok 5\nabcde",
        b"ok 1\n\xff",
        b"ok 99999999\n",
        LocalSigner(KEY).promise("1" * 64).encode(),
        b"ok %d\n%b" % ((raw := LocalSigner(KEY).promise("1" * 64).encode()) and len(raw), raw),
    ],
)
def test_an_answer_that_is_no_promise_of_this_statement_is_refused(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer_once() -> None:
            asking, _ = listener.accept()
            with asking:
                asking.recv(1000)
                asking.sendall(answer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        with pytest.raises(SignerAwayError):
            SocketSigner(path).promise("0" * 64)
        thread.join(20)


@ON_BOTH
def test_a_new_key_signs_at_once(tmp_path: Path, engine: Engine) -> None:
    (digest,) = wait(engine, 1)
    keys = [KEY]
    with serving(tmp_path / "s", engine, lambda: keys[0]):
        asked = SocketSigner(tmp_path / "s")
        note.verify(note.parse(asked.promise(digest)), [KEY.verifier])
        keys[0] = OTHER
        note.verify(note.parse(asked.promise(digest)), [OTHER.verifier])


def test_one_process_serves_and_the_next_takes_over(tmp_path: Path, engine: Engine) -> None:
    (digest,) = wait(engine, 1)
    path = tmp_path / "s"
    with serving(path, engine) as first:
        assert not serve(path, lambda: OTHER, engine, threading.Event(), wait=False)
        with serving(path, engine, lambda: OTHER):
            note.verify(note.parse(SocketSigner(path).promise(digest)), [KEY.verifier])
            first.set()
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    raw = SocketSigner(path).promise(digest)
                    note.verify(note.parse(raw), [OTHER.verifier])
                    break
                except (SignerAwayError, note.UnknownKeyError):
                    time.sleep(0.02)
            else:
                pytest.fail("nobody took over")


@ON_BOTH
def test_the_place_of_a_process_that_was_killed_is_taken(tmp_path: Path, engine: Engine) -> None:
    """A socket that nobody listens at any more, and its unfinished draft, stand in nobody's way."""
    (digest,) = wait(engine, 1)
    for name in ("s", ".s.new"):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / name))
    with pytest.raises(SignerAwayError):
        SocketSigner(tmp_path / "s").promise(digest)
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(tmp_path / "s", lambda: KEY, engine, stop))
    thread.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert SocketSigner(tmp_path / "s").promise(digest)
            break
        except SignerAwayError:
            time.sleep(0.02)
    else:
        pytest.fail("nobody answers")
    stop.set()
    thread.join(20)


def test_the_web_process_never_loads_the_private_key() -> None:
    """Neither its modules nor its views name what reads the private file."""
    code = (
        "import sys; import kiosk.app, kiosk.acceptance.views, kiosk.accounts.views;"
        "names = [m for m in ('kiosk.acceptance.views', 'kiosk.extensions', 'kiosk.app')"
        " if 'LedgerKey' in vars(sys.modules[m])]; sys.exit(repr(names) if names else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
