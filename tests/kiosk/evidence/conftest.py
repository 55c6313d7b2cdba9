"""What tests of the evidence room share: a publisher's kiosk, and one file that was handed to a court."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Mode
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.connections import Authority, Mandate, Smtp
from kiosk.db import make_engine, writing
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.signer import LocalSigner
from kiosk.migrations import upgrade
from kiosk.proof import bundle
from kiosk.texts.registering import sync
from tests.authority import Issued, issue
from tests.kiosk.conftest import SECRET
from tests.kiosk.evidence.case import OTHER, Ask, Case
from tests.kiosk.web import EMAIL, Hands, Site
from tests.postgres import Server, made

START = datetime.fromisoformat("2026-11-22T08:00:00.123456+00:00")


@dataclass(frozen=True)
class Handed:
    """A file as it was handed out, and where it comes from; tests only look at it."""

    case: Case
    request_id: str
    raw: bytes
    files: dict[str, bytes]

    def named(self, pattern: str) -> list[str]:
        return [name for name in self.files if Path(name).match(pattern)]


@pytest.fixture(scope="session")
def root() -> Issued:
    return issue("Racine", ca=True, kind="ec", at=START)


@pytest.fixture(scope="session")
def stamper(root: Issued) -> Issued:
    return issue("Horodatage", root, kind="ec", at=START)


@dataclass(frozen=True)
class Decided:
    """What is left of a case whose kiosk stopped, its database apart; tests begin with a copy of it."""

    data: Path
    at: datetime
    stamped: int


def opened(
    folder: Path,
    database: Engine,
    texts_dir: Path,
    root: Issued,
    stamper: Issued,
    *,
    since: Decided | None = None,
    **changes: Any,
) -> Case:
    """A publisher’s kiosk: real texts, a real key, an authority; `since` is where it goes on from."""
    texts, pem, notice = folder / "textes", folder / "essai.pem", folder / "mentions.txt"
    shutil.copytree(texts_dir, texts, ignore=shutil.ignore_patterns("demonstration"))
    pem.write_bytes(root.pem)
    notice.write_text("Éditeur : la Direction.", "utf-8")
    values: dict[str, Any] = {
        "mode": Mode.PUBLISHER,
        "secret_key": SECRET,
        "database_url": database.url.render_as_string(hide_password=False),
        "data_dir": folder / "data",
        "texts_dir": texts,
        "archive_dir": folder / "archive",
        "public_url": "https://cgu.exemple.invalid",
        "smtp": Smtp("localhost", 25, "cgu@exemple.invalid"),
        "mandate": Mandate("2026-1", date(2026, 1, 1), "La directrice"),
        "legal_notice": notice,
        "privacy_notice": notice,
        "authorities": (Authority("essai", "https://essai.invalid/", pem),),
    }
    settings = Settings(**(values | changes))
    if since:
        shutil.copytree(since.data, settings.data_dir)
    else:
        settings.data_dir.mkdir()
    key = LedgerKey.load_or_create(
        settings.keys_dir, settings.mode.value, name="cgu.exemple.invalid/registre"
    )
    if not since:
        with writing(database) as session:
            sync(session, load(texts), settings.mode.value, START)
    clock, log = Hands(since.at if since else START + timedelta(seconds=1)), StringIO()
    app = create_app(settings, clock=clock, log=log, signer=LocalSigner(key))
    app.testing = True
    site = Site(app, app.extensions["kiosk"].engine, clock, settings, log)
    return Case(site, Ask(clock, stamper, since.stamped if since else 0), root)


def decided(folder: Path, url: str, texts_dir: Path, root: Issued, stamper: Issued) -> Decided:
    """Have one person decide twice in a kiosk on the database `url`, whose kiosk then stops."""
    engine = make_engine(url)
    held = opened(folder, engine, texts_dir, root, stamper)
    held.decide(EMAIL)
    held.seal()
    held.site.engine.dispose()
    engine.dispose()
    return Decided(held.site.settings.data_dir, held.at, held.ask.count)


@pytest.fixture(scope="session")
def decided_on_sqlite(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, texts_dir: Path, root: Issued,
    stamper: Issued,
) -> tuple[Decided, Path]:  # fmt: skip
    folder = tmp_path_factory.mktemp("decided")
    file = shutil.copyfile(migrated_file, folder / "kiosk.sqlite3")
    return decided(folder, f"sqlite:///{file}", texts_dir, root, stamper), file


@pytest.fixture(scope="session")
def decided_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: Server, migrated_database: str,
    texts_dir: Path, root: Issued, stamper: Issued,
) -> Iterator[tuple[Decided, str]]:  # fmt: skip
    folder = tmp_path_factory.mktemp("decided")
    with made(postgresql_server, "decided", migrated_database) as url:
        yield decided(folder, url, texts_dir, root, stamper), make_url(url).database or ""


@pytest.fixture(scope="session")
def decided_file(decided_on_sqlite: tuple[Decided, Path]) -> Path:
    return decided_on_sqlite[1]


@pytest.fixture(scope="session")
def decided_database(decided_on_postgresql: tuple[Decided, str]) -> str:
    return decided_on_postgresql[1]


@pytest.fixture
def copied_from(request: pytest.FixtureRequest, copied_from: str | None) -> str | None:
    """A test that asks for `case` gets a copy of the database where somebody decided."""
    return "decided" if "case" in request.fixturenames else copied_from


@pytest.fixture
def case(
    request: pytest.FixtureRequest, tmp_path: Path, engine: Engine, texts_dir: Path, root: Issued,
    stamper: Issued,
) -> Iterator[Case]:  # fmt: skip
    """One person's two decisions, sealed and stamped; on SQLite, then on PostgreSQL."""
    since: Decided = request.getfixturevalue(f"decided_on_{engine.dialect.name}")[0]
    held = opened(tmp_path, engine, texts_dir, root, stamper, since=since, evidence_desk=True)
    yield held
    held.site.engine.dispose()


@pytest.fixture(scope="session")
def handed(
    tmp_path_factory: pytest.TempPathFactory, texts_dir: Path, root: Issued, stamper: Issued
) -> Iterator[Handed]:
    """The file of somebody who accepted two versions of one text, beside somebody else."""
    folder = tmp_path_factory.mktemp("dossier")
    engine = make_engine(f"sqlite:///{folder}/kiosk.sqlite3")
    upgrade(engine)
    case = opened(folder, engine, texts_dir, root, stamper)
    case.decide(EMAIL)
    case.seal()
    case.publish()
    case.browser().sign_in("dgefp").get("/dgefp/soffi/cgu/decider").accept()
    case.browser().sign_up("pas-de-calais", "monjob62", EMAIL, profile="recruteur").accept()
    case.decide(OTHER)
    case.seal()
    request_id = case.released()
    raw = case.make(request_id)
    yield Handed(case, request_id, raw, bundle.unpack(raw))
    case.site.engine.dispose()
    engine.dispose()
