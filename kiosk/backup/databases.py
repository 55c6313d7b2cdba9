"""Copy a database that is in use, and fill an empty one that stays closed until the copy is verified."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from kiosk.backup.errors import DamagedError, PlaceError, ProgramError
from kiosk.db import make_engine
from kiosk.ledger.rows import snapshot

SQLITE, POSTGRESQL = "sqlite", "postgresql"
FILES = {SQLITE: "kiosk.sqlite3", POSTGRESQL: "kiosk.pgdump"}
"""Name of the copy of each kind of database, in a backup."""
DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian puts the programs of each major version of PostgreSQL."""
_VERSION = re.compile(r"\(PostgreSQL\) (?P<major>[0-9]+)")
_REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_REVISION_DATA = re.compile(rf"TABLE DATA \S+ {_REVISION.name} ")


def kind(engine: Engine) -> str:
    """Return which database `engine` speaks to: ``sqlite`` or ``postgresql``."""
    return engine.dialect.name


def revision(session: Session) -> str:
    """Return the revision of the schema."""
    return str(session.scalars(select(_REVISION.c.version_num)).one())


@contextmanager
def copied(engine: Engine, folder: Path) -> Iterator[Session]:
    """Copy the database to `folder` and open a session that sees exactly what was copied.

    Others read and write meanwhile. When the context ends the copy is one file, on the disk. Raises
    `ProgramError`, and `DamagedError` when the copy is not sound.
    """
    file = folder / FILES[kind(engine)]
    if kind(engine) == SQLITE:
        _copy_sqlite(engine, file)
        copy = make_engine(f"sqlite:///{file}")
        try:
            with snapshot(copy) as session:
                yield session
        finally:
            copy.dispose()
        settle_sqlite(file)
    else:
        with snapshot(engine) as session:
            _dump(session.connection(), file)
            yield session
    _sync(file)


@contextmanager
def filled(url: str, file: Path) -> Iterator[tuple[Engine, Callable[[], None]]]:
    """Fill the empty database at `url` with the copy `file`, and keep it closed until it is opened.

    Yields an engine on what was filled, and what opens it to the kiosk. Left without being opened, or by an
    exception, it is empty again. Raises `PlaceError` unless it was empty, `ProgramError`.
    """
    if make_url(url).get_backend_name() == SQLITE:
        with _filled_sqlite(Path(make_url(url).database or ""), file) as closed:
            yield closed
    else:
        with _filled_postgresql(url, file) as closed:
            yield closed


def refuse_filled(url: str) -> None:
    """Raise `PlaceError` unless the database at `url` is empty."""
    if make_url(url).get_backend_name() == SQLITE:
        place = Path(make_url(url).database or "")
        if any(place.with_name(place.name + end).exists() for end in ("", "-wal", "-shm")):
            raise PlaceError(
                f"{place} existe : on ne restaure qu’à une place vide. Déplacez ce fichier, avec ses -wal et"
                " -shm, sans l’effacer, puis relancez."
            )
        return
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            raise PlaceError(
                f"La base {engine.url.render_as_string()} a déjà des tables : on ne restaure qu’à une place"
                " vide. Créez-en une autre (createdb), réglez DATABASE_URL, puis relancez."
            )
    finally:
        engine.dispose()


def check_sqlite(file: Path) -> None:
    """Raise `DamagedError` unless SQLite finds the database `file` sound."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as held:
            found = held.execute("PRAGMA integrity_check(1)").fetchall()
            astray = held.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise DamagedError(f"{file} : {error}.") from error
    if found != [("ok",)] or astray:
        raise DamagedError(f"{file} : SQLite y trouve une incohérence ({(found or [astray])[0][0]}).")


def settle_sqlite(file: Path) -> None:
    """Make the database `file`, which nobody has open, one file alone."""
    with closing(sqlite3.connect(file)) as held:
        held.execute("PRAGMA journal_mode=DELETE")


def _copy_sqlite(engine: Engine, file: Path) -> None:
    source = engine.raw_connection()
    try:
        held = source.driver_connection
        if not isinstance(held, sqlite3.Connection):
            raise TypeError(held)
        with closing(sqlite3.connect(file)) as copy:
            held.backup(copy)
    finally:
        source.close()
    file.chmod(0o600)
    check_sqlite(file)


@contextmanager
def _filled_sqlite(place: Path, file: Path) -> Iterator[tuple[Engine, Callable[[], None]]]:
    refuse_filled(f"sqlite:///{place}")
    draft = place.with_name(f".{place.name}.restauration")
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(file, draft)
    draft.chmod(0o600)
    engine = make_engine(f"sqlite:///{draft}")

    def open_it() -> None:
        engine.dispose()
        settle_sqlite(draft)
        check_sqlite(draft)
        _sync(draft)
        refuse_filled(f"sqlite:///{place}")
        draft.rename(place)
        _sync(place.parent)

    try:
        check_sqlite(draft)
        yield engine, open_it
    finally:
        engine.dispose()
        for end in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + end).unlink(missing_ok=True)


@contextmanager
def _filled_postgresql(url: str, file: Path) -> Iterator[tuple[Engine, Callable[[], None]]]:
    """Fill all but the revision of the schema: without it the kiosk refuses the database."""
    refuse_filled(url)
    engine = make_engine(url)
    opened = False

    def open_it() -> None:
        nonlocal opened
        with engine.begin() as connection:
            connection.execute(insert(_REVISION).values(version_num=held))
        opened = True

    try:
        with engine.connect() as connection:
            held = _load(connection, file)
        yield engine, open_it
    finally:
        if not opened:
            _empty(engine)
        engine.dispose()


def _dump(connection: Connection, file: Path) -> None:
    """Dump what the transaction of `connection` sees, by the client of the server's version."""
    seen = connection.scalar(select(func.pg_export_snapshot()))
    _run(connection, "pg_dump", "--format=custom", f"--snapshot={seen}", f"--file={file}")
    file.chmod(0o600)
    _run(connection, "pg_restore", "--list", str(file), connected=False)


def _load(connection: Connection, file: Path) -> str:
    """Load all of the dump `file` but the schema's revision, which is returned."""
    listed = _run(connection, "pg_restore", "--list", str(file), connected=False)
    lines = listed.decode().splitlines(keepends=True)
    revision_data = [line for line in lines if _REVISION_DATA.search(line)]
    with tempfile.TemporaryDirectory() as folder:
        wanted, alone = Path(folder) / "all", Path(folder) / "revision"
        wanted.write_text("".join(line for line in lines if line not in revision_data), "utf-8")
        alone.write_text("".join(revision_data), "utf-8")
        copied_rows = _run(
            connection, "pg_restore", f"--use-list={alone}", "--file=-", str(file), connected=False
        )
        _run(
            connection, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner",
            "--no-privileges", f"--use-list={wanted}", str(file),
        )  # fmt: skip
    found = re.search(
        rf"^COPY \S+{_REVISION.name} .*;\n(?P<revision>\w+)\n", copied_rows.decode(), re.MULTILINE
    )
    if not found:
        raise DamagedError(f"{file} : il ne dit pas la version de ses tables.")
    return found["revision"]


def _run(connection: Connection, name: str, *options: str, connected: bool = True) -> bytes:
    """Run a program of PostgreSQL, of the server's major version or a newer one; raises `ProgramError`.

    It connects where `connection` does, its password in the environment: a command line is seen by all.
    """
    major = int((connection.dialect.server_version_info or (0,))[0])
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    where = []
    if connected:
        url = connection.engine.url
        named = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
        environment["PGPASSWORD"] = str(named.pop("password", ""))
        where = [f"--dbname={make_conninfo(**named)}"]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, without a shell
        [program(name, major), *where, *options], capture_output=True, env=environment, check=False
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ProgramError(f"{name} : {said[0] if said else f'code {done.returncode}'}")
    return done.stdout


def program(name: str, major: int) -> str:
    """Return where program `name` of PostgreSQL `major`, or newer, is; raises `ProgramError`."""
    debian = DEBIAN / str(major) / "bin" / name
    if debian.is_file():
        return str(debian)
    found = shutil.which(name)
    if found:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        version = _VERSION.search(said.stdout)
        if version and int(version["major"]) >= major:
            return found
    raise ProgramError(
        f"{name} de PostgreSQL {major} manque sur cette machine. Installez-le :"
        f" apt-get install postgresql-client-{major}"
    )


def _empty(engine: Engine) -> None:
    """Take away all that was filled."""
    with engine.begin() as connection:
        held = MetaData()
        held.reflect(connection)
        held.drop_all(connection)
        connection.execute(text("DROP FUNCTION IF EXISTS refuse_change(), refuse_loss()"))


def _sync(path: Path) -> None:
    """Put a file, or the list of files of a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
