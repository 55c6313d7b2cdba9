"""What every test of the kiosk shares: databases, a clock that the test moves, a site to walk through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, make_url, select

from cgu_archive import pdf
from cgu_archive.corpus.model import Corpus, Mode
from cgu_archive.pdf import Attached
from kiosk.accounts import passwords
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.db import make_engine, reading, writing
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.signer import LocalSigner, Signer
from kiosk.texts.models import PublishedVersion
from kiosk.texts.registering import sync
from tests.kiosk.once import once
from tests.kiosk.serving import serve  # noqa: F401 - pytest finds its fixture here
from tests.kiosk.texts.making import copy
from tests.kiosk.web import Browser, Hands, Site
from tests.postgres import (  # noqa: F401 - pytest finds its fixtures and hook here
    Server,
    copied_from,
    database_url,
    empty_url,
    engine,
    light,
    made,
    migrated_database,
    migrated_file,
    postgresql_server,
    pytest_generate_tests,
)

SLOW = passwords._hasher
TYPESET = pdf.typeset
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
SECRET = "rK8vQ2mZ-7tYw1Xc5Lp9NdE3sHj6uGf0bAo4iTzU_qW"


@pytest.fixture
def at() -> datetime:
    """An instant to do things at."""
    return AT


@pytest.fixture(scope="session")
def registered_file(migrated_file: Path, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A SQLite database where the texts of the repository are registered, to be copied."""
    file = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("registered") / "kiosk.sqlite3")
    _register(f"sqlite:///{file}", corpus)
    return file


@pytest.fixture(scope="session")
def registered_database(
    postgresql_server: Server,  # noqa: F811
    migrated_database: str,  # noqa: F811
    corpus: Corpus,
) -> Iterator[str]:
    """The name of a PostgreSQL database where the texts of the repository are registered, to be copied."""
    with made(postgresql_server, "registered", migrated_database) as url:
        _register(url, corpus)
        yield make_url(url).database or ""


def _register(url: str, corpus: Corpus) -> None:
    database = make_engine(url)
    with writing(database) as session:
        sync(session, corpus, "demonstration", AT)
    database.dispose()


@pytest.fixture
def make_settings(tmp_path: Path, texts_dir: Path) -> Callable[..., Settings]:
    """Make the settings of a demonstration, but for what the test changes; its texts are a copy."""
    texts = tmp_path / "textes"

    def make(**changes: Any) -> Settings:
        if not texts.exists():
            copy(texts_dir, texts)
        values: dict[str, Any] = {
            "mode": Mode.DEMONSTRATION,
            "secret_key": SECRET,
            "database_url": f"sqlite:///{tmp_path}/unused.sqlite3",
            "data_dir": tmp_path / "data",
            "texts_dir": texts,
            "archive_dir": tmp_path / "archive",
            "public_url": "http://localhost",
        }
        return Settings(**(values | changes))

    return make


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as deployments do, but quickly; `slow_hashes` undoes it."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)
    monkeypatch.setattr(passwords, "_UNKNOWN_ACCOUNT", QUICK.hash("nobody has this password"))


@pytest.fixture
def slow_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as deployments do."""
    monkeypatch.setattr(passwords, "_hasher", SLOW)
    monkeypatch.setattr(passwords, "_UNKNOWN_ACCOUNT", SLOW.hash("nobody has this password"))


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Do once what every application does when it starts."""
    with once():
        yield


@lru_cache(maxsize=64)
def _typeset(html: str, identifier: str, dated: datetime, attached: tuple[Attached, ...]) -> bytes:
    return TYPESET(html, identifier=identifier, dated=dated, attached=attached)


def typeset_once(html: str, *, identifier: str, dated: datetime, attached: Sequence[Attached] = ()) -> bytes:
    """Typeset a document, or give the bytes made before of the same words and files."""
    return _typeset(html, identifier, dated, tuple(attached))


@pytest.fixture(autouse=True)
def quick_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each PDF once for many tests; `slow_pdfs` undoes it."""
    monkeypatch.setattr(pdf, "typeset", typeset_once)


@pytest.fixture
def slow_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each PDF as deployments do, for tests of what its bytes depend on."""
    monkeypatch.setattr(pdf, "typeset", TYPESET)


@pytest.fixture
def make_site(
    make_settings: Callable[..., Settings], corpus: Corpus, at: datetime
) -> Iterator[Callable[..., Site]]:
    """Make a site on a database, the texts of the repository registered in it."""
    made: list[Site] = []

    def make(database: Engine, **changes: Any) -> Site:
        url = database.url.render_as_string(hide_password=False)
        settings = make_settings(database_url=url, **changes)
        settings.data_dir.mkdir(exist_ok=True)
        with reading(database) as session:
            begun = session.scalar(select(PublishedVersion.id).limit(1)) is not None
        if not begun:
            with writing(database) as session:
                sync(session, corpus, "demonstration", at)
        clock, log = Hands(at), StringIO()
        app = create_app(settings, clock=clock, log=log, signer=_signer(settings))
        app.testing = True
        made.append(Site(app, app.extensions["kiosk"].engine, clock, settings, log))
        return made[-1]

    yield make
    for site in made:
        site.engine.dispose()


def _signer(settings: Settings) -> Signer | None:
    """Sign in this process, as no deployment does."""
    if not settings.promises:
        return None
    name = "cgu.exemple.invalid/registre" if settings.mode is Mode.PUBLISHER else None
    return LocalSigner(LedgerKey.load_or_create(settings.keys_dir, settings.mode.value, name=name))


@pytest.fixture
def site(make_site: Callable[..., Site], engine: Engine) -> Site:  # noqa: F811
    """A demonstration, on SQLite then on PostgreSQL."""
    return make_site(engine)


@pytest.fixture
def browser(site: Site) -> Browser:
    """Somebody's browser."""
    return site.browser()
