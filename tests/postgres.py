"""A real PostgreSQL for the tests: one server per session, one fresh database per test.

A test that asks for `engine` gets a copy of a database that was migrated once per session; one that makes a
site, a copy of a database where the texts were registered too.

Debian's binaries are started on a Unix socket in a folder of their own, as `postgres` when we are root, which
PostgreSQL refuses to run as.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from kiosk.db import make_engine
from kiosk.migrations import upgrade

BINARIES = Path("/usr/lib/postgresql")
START_SECONDS = 30
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "jit=off", "shared_buffers=16MB")
"""Settings of a server whose databases live for a second each."""
DATABASES = (
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
)
ON_SQLITE = pytest.mark.databases("sqlite")
"""Of a test, or of all those of a module, whose queries another test has PostgreSQL answer."""
ON_BOTH = pytest.mark.databases("sqlite", "postgresql")
"""Of a test among those: it is what has PostgreSQL answer."""


def on_both(argument: str, values: Iterable[str], *both: str) -> pytest.MarkDecorator:
    """Try each of `values` on SQLite, and those of `both`, which ask something else, on PostgreSQL too."""
    light, whole = DATABASES
    tried = [pytest.param("sqlite", one, id=f"{light.id}-{one}") for one in values]
    tried += [pytest.param("postgresql", one, id=f"{whole.id}-{one}", marks=whole.marks) for one in both]
    return pytest.mark.parametrize(("database_url", argument), tried, indirect=["database_url"])


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL."""

    folder: Path
    user: str

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server, stopped and removed at the end of the session."""
    with running_server() as server:
        yield server


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a PostgreSQL server; unless `durable`, a power cut would cost it data, which makes it quick."""
    binaries = _binaries()
    quick = [] if durable else [word for one in QUICK for word in ("-c", one)]
    folder = Path(tempfile.mkdtemp(prefix="cgu-pg-"))
    user = "postgres" if os.getuid() == 0 else getpass.getuser()
    if os.getuid() == 0:
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        data = folder / "data"
        _run(user, [binaries / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync"])
        command = [
            binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
            "-c", "max_connections=60", *quick,
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(_as(user, command), stdout=log, stderr=log, cwd="/")
        try:
            server = Server(folder, user)
            _wait(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: clients are disconnected
            process.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def made(server: Server, begins: str, template: str = "template1") -> Iterator[str]:
    """Create a database as a copy of `template`, and drop it afterwards."""
    name = f"{begins}_{os.urandom(6).hex()}"
    with server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield server.url(name)
    with server.connect() as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the schema of this release, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "kiosk.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: Server) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema of this release, to be copied."""
    with made(postgresql_server, "migrated") as url:
        _migrate(url)
        yield make_url(url).database or ""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have a test run on the databases that it names, else its module; on both when neither does."""
    test = metafunc.definition
    if "database_url" not in metafunc.fixturenames or any(
        "database_url" in one.args[0] for one in test.iter_markers("parametrize")
    ):
        return
    named = test.get_closest_marker("databases")
    chosen = [one for one in DATABASES if named is None or one.id in named.args]
    metafunc.parametrize("database_url", chosen, indirect=True)


@pytest.fixture
def copied_from(request: pytest.FixtureRequest) -> str | None:
    """The beginning of the names of the fixtures whose database the test gets a copy of, if any."""
    if "engine" not in request.fixturenames:
        return None
    return "registered" if "make_site" in request.fixturenames else "migrated"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, copied_from: str | None) -> Iterator[str]:
    """The address of a database, on SQLite then on PostgreSQL: empty, unless the test asks for `engine`."""
    if request.param == "sqlite":
        file = tmp_path / "kiosk.sqlite3"
        if copied_from:
            shutil.copyfile(request.getfixturevalue(f"{copied_from}_file"), file)
        yield f"sqlite:///{file}"
        return
    template = request.getfixturevalue(f"{copied_from}_database") if copied_from else "template1"
    with made(request.getfixturevalue("postgresql_server"), "test", template) as url:
        yield url


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of another empty database, of the same kind as the first."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/elsewhere/kiosk.sqlite3"
        return
    with made(request.getfixturevalue("postgresql_server"), "empty") as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database with the schema of this release."""
    opened = make_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def light(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database with the schema of this release, on SQLite alone."""
    held = "registered_file" if "make_site" in request.fixturenames else "migrated_file"
    file = shutil.copyfile(request.getfixturevalue(held), tmp_path / "light.sqlite3")
    opened = make_engine(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def _migrate(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()


def _binaries() -> Path:
    found = sorted(BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail(f"no PostgreSQL under {BINARIES}: `make test` installs it (Debian package postgresql)")
    return found[-1].parent


def _as(user: str, command: list[Path | str]) -> list[str]:
    words = [str(word) for word in command]
    return (
        ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *words]
        if os.getuid() == 0
        else words
    )


def _run(user: str, command: list[Path | str]) -> None:
    done = subprocess.run(_as(user, command), capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        pytest.fail(f"{command[0]}: {done.stderr}")


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    log = (server.folder / "log").read_text(errors="replace")
    pytest.fail(f"PostgreSQL did not start:\n{log}")
