"""Acceptances per second on PostgreSQL, beside a site of django-termsandconditions and a bare insert.

All run under gunicorn with two sync workers; sixteen connections ask at once. The kiosk does the whole path:
session, CSRF, gate, statement, commit; only the POST of the decision is measured, by people who have just
read the text.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from html import unescape
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg import sql
from sqlalchemy import event

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Mode
from kiosk import security
from kiosk.accounts.models import Account, SignIn
from kiosk.app import create_app
from kiosk.clock import system_clock
from kiosk.config import Settings
from kiosk.db import make_engine, writing
from kiosk.migrations import upgrade
from kiosk.texts.registering import sync
from tests.bench import peer
from tests.bench.tables import barred, noted
from tests.conftest import ROOT
from tests.postgres import Server, running_server

PEOPLE = 500
"""Who accept in one run."""
CONNECTIONS = 16
WORKERS = 2
RUNS = 3
MOST = 1.5
"""Times the acceptances of the peer, at least."""
PATH = "/dgefp/tableau-de-bord/cgu/decider"
HIDDEN = re.compile(r'name="(csrf_token|shown)" value="([^"]*)"')

BARE = """
import os, psycopg
connection = psycopg.connect(os.environ["BARE_DATABASE"])
def application(environ, start_response):
    environ["wsgi.input"].read()
    connection.execute("INSERT INTO bare (body) VALUES (%s)", (b"x" * 1200,))
    connection.commit()
    start_response("303 See Other", [("Location", "/"), ("Content-Length", "0")])
    return [b""]
"""


@dataclass(frozen=True)
class Request:
    """One POST, ready to send."""

    path: str
    body: str
    cookie: str


def measure() -> Iterator[str]:
    """Yield requests per second of each, the 99th percentile of their durations, and the ratios."""
    with running_server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        with server.connect() as connection:
            connection.execute("CREATE DATABASE kiosk")
            connection.execute("CREATE DATABASE bare")
            connection.execute("CREATE DATABASE peer")
        with psycopg.connect(server.url("bare"), autocommit=True) as connection:
            connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea)")
        settings = settings_of(server.url("kiosk"), Path(folder))
        cookies = people(settings, RUNS * PEOPLE + 1)
        peers = [
            Request(peer.PATH, body, cookie)
            for cookie, body in peer.prepared(_django(server, "peer"), RUNS * PEOPLE)
        ]
        ours, bare, other = Rates(), Rates(), Rates()
        with (
            kiosk(settings) as port,
            _bare(server.url("bare"), Path(folder)) as bare_port,
            _peer(_django(server, "peer")) as peer_port,
        ):
            for run in range(RUNS):
                mine = slice(run * PEOPLE, (run + 1) * PEOPLE)
                requests = forms(port, cookies[mine])
                ours.add(send(port, requests))
                other.add(send(peer_port, peers[mine], peer.ACCEPTED))
                bare.add(send(bare_port, requests))
            statements = _statements(settings, forms(port, cookies[-1:])[0])
        _check_recorded(server.url("kiosk"), "decision", RUNS * PEOPLE + 1)
        _check_recorded(server.url("peer"), "termsandconditions_usertermsandconditions", RUNS * PEOPLE)
    beside = ours.rate / other.rate
    yield barred(
        "PostgreSQL: acceptances, beside those of django-termsandconditions",
        f"× {beside:.2f}", f">= {MOST}", met=beside >= MOST,
    )  # fmt: skip
    yield noted("   acceptances/s, every one recorded; of the other", f"{ours.rate:.0f}; {other.rate:.0f}")
    yield barred(
        "   99th percentile of their durations", f"{ours.worst:.0f} ms", f"<= {other.worst:.0f} ms",
        met=ours.worst <= other.worst,
    )  # fmt: skip
    yield noted("   SQL statements for one", f"{statements}")
    yield noted("   beside a bare WSGI insert and commit", f"× {ours.rate / bare.rate:.2f}")
    yield noted("   those, each second", f"{bare.rate:.0f}")


class Rates:
    """What several runs gave."""

    def __init__(self) -> None:
        self._rates: list[float] = []
        self._worst: list[float] = []

    def add(self, sent: tuple[float, list[float]]) -> None:
        rate, latencies = sent
        self._rates.append(rate)
        self._worst.append(latencies[int(len(latencies) * 0.99)] * 1000)

    @property
    def rate(self) -> float:
        """Requests each second, the median of the runs."""
        return statistics.median(self._rates)

    @property
    def worst(self) -> float:
        """The 99th percentile of the durations, in milliseconds, the median of the runs."""
        return statistics.median(self._worst)


def _check_recorded(url: str, table: str, expected: int) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    if row is None or row[0] != expected:
        raise RuntimeError(f"{expected} acceptances were sent, {row} recorded in {table}")


def settings_of(database: str, folder: Path) -> Settings:
    return Settings(
        mode=Mode.DEMONSTRATION,
        secret_key=secrets.token_urlsafe(48),
        database_url=database,
        data_dir=folder / "data",
        texts_dir=ROOT / "cgu_texts",
        archive_dir=folder / "archive",
        public_url="http://127.0.0.1:8000",
    )


def people(settings: Settings, count: int) -> list[str]:
    """Open accounts and sessions; return the cookie of each."""
    settings.data_dir.mkdir(parents=True)
    engine = make_engine(settings.database_url)
    upgrade(engine)
    at = system_clock()
    app = create_app(settings)
    signer = app.session_interface.get_signing_serializer(app)
    cookies = []
    with writing(engine) as session, app.test_request_context():
        sync(session, load(settings.texts_dir), settings.mode.value, at)
        for number in range(count):
            account, token = secrets.token_hex(16), secrets.token_hex(32)
            session.add(
                Account(
                    id=account, publisher="dgefp", service="tableau-de-bord",
                    email=f"personne{number}@exemple.fr", email_key=f"personne{number}@exemple.fr",
                    password_hash="-", password_changed_at=at, created_at=at,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                SignIn(
                    token_hash=security.keyed_hash("sign-in", token), account_id=account,
                    created_at=at, expires_at=at + timedelta(hours=8),
                )
            )  # fmt: skip
            cookies.append("kiosk=" + signer.dumps({"sign_in": token}))
    engine.dispose()
    return cookies


def forms(port: int, cookies: Sequence[str]) -> list[Request]:
    """Read the decision page as each person does; return what they send."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(partial(_form, port), cookies))


def _form(port: int, cookie: str) -> Request:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", PATH, headers={"Cookie": cookie})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"GET {PATH}: {answer.status}")
    hidden = {name: unescape(value) for name, value in HIDDEN.findall(page)}
    renewed = answer.headers["Set-Cookie"].split(";")[0]
    return Request(PATH, urlencode(hidden | {"box": "1", "choice": "accepter"}), renewed)


def send(port: int, requests: Sequence[Request], expected: int = 303) -> tuple[float, list[float]]:
    """Send every request, sixteen at a time; return requests per second and sorted latencies.

    From one thread, written as bytes before: what asks shares the processors of what answers.
    """
    waiting = [_bytes(request, port) for request in reversed(requests)]
    latencies: list[float] = []
    with selectors.DefaultSelector() as selector:
        begin = time.perf_counter()
        for _ in range(min(CONNECTIONS, len(waiting))):
            _ask(selector, port, waiting.pop())
        while selector.get_map():
            for key, _ in selector.select():
                asked: _Asked = key.data
                part = asked.connection.recv(1 << 16)
                if part:
                    asked.answer += part
                    continue
                latencies.append(time.perf_counter() - asked.begin)
                selector.unregister(asked.connection)
                asked.connection.close()
                if not asked.answer.startswith(b"HTTP/1.1 %d " % expected):
                    raise RuntimeError(f"POST: {asked.answer[:40]!r}")
                if waiting:
                    _ask(selector, port, waiting.pop())
        taken = time.perf_counter() - begin
    return len(requests) / taken, sorted(latencies)


@dataclass(slots=True)
class _Asked:
    """A request that was sent."""

    connection: socket.socket
    begin: float
    answer: bytes = b""


def _ask(selector: selectors.BaseSelector, port: int, whole: bytes) -> None:
    begin = time.perf_counter()
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(whole)
    selector.register(connection, selectors.EVENT_READ, _Asked(connection, begin))


def _bytes(request: Request, port: int) -> bytes:
    body = request.body.encode()
    head = (
        f"POST {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: identity\r\n"
        f"Cookie: {request.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _statements(settings: Settings, request: Request) -> int:
    """Send one acceptance in this process; return how many SQL statements it took."""
    app = create_app(settings, log=StringIO())
    client = app.test_client(use_cookies=False)
    client.get(request.path, headers={"Cookie": request.cookie})
    seen: list[object] = []
    event.listen(
        app.extensions["kiosk"].engine, "before_cursor_execute", lambda *statement: seen.append(statement)
    )
    headers = {"Cookie": request.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post(request.path, data=request.body, headers=headers)
    if answer.status_code != 303:
        raise RuntimeError(f"POST {request.path}: {answer.status_code}")
    return len(seen)


def kiosk(settings: Settings) -> contextlib.AbstractContextManager[int]:
    """Serve a kiosk; gives its port."""
    return _gunicorn("kiosk.cli:web_application()", environment(settings), ROOT)


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give these settings to a process."""
    return {
        "KIOSK_MODE": settings.mode.value,
        "KIOSK_SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url,
        "KIOSK_DATA_DIR": str(settings.data_dir),
        "KIOSK_TEXTS_DIR": str(settings.texts_dir),
        "KIOSK_ARCHIVE_DIR": str(settings.archive_dir),
        "KIOSK_PUBLIC_URL": settings.public_url,
    }


def _bare(database: str, folder: Path) -> contextlib.AbstractContextManager[int]:
    (folder / "bare.py").write_text(BARE)
    return _gunicorn("bare:application", {"BARE_DATABASE": database, "PYTHONPATH": str(folder)}, folder)


def _peer(database: dict[str, str]) -> contextlib.AbstractContextManager[int]:
    return _gunicorn("tests.bench.peer:application()", {peer.DATABASE: json.dumps(database)}, ROOT)


def _django(server: Server, name: str) -> dict[str, str]:
    """Return how Django names the database `name` of `server`."""
    return {"NAME": name, "USER": server.user, "HOST": str(server.folder)}


@contextlib.contextmanager
def _gunicorn(application: str, variables: dict[str, str], folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
               "--workers", str(WORKERS), "--log-level", "error"]  # fmt: skip
    process = subprocess.Popen(command, cwd=folder, env=os.environ | variables, stderr=subprocess.DEVNULL)
    try:
        _wait(port, lambda: process.poll() is None)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(port: int, alive: Callable[[], bool]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if not alive():
            break
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
