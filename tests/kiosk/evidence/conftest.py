"""What tests of the evidence room share: a publisher's kiosk, and one file that was handed to a court."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

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
from kiosk.texts.services import sync
from tests.authority import Issued, issue
from tests.kiosk.conftest import SECRET
from tests.kiosk.evidence.case import OTHER, Ask, Case
from tests.kiosk.web import EMAIL, Hands, Site

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


def opened(
    folder: Path, database: Engine, texts_dir: Path, root: Issued, stamper: Issued, **changes: Any
) -> Case:
    """A publisher's kiosk on a database: real texts, a real key, an authority."""
    texts, pem, notice = folder / "textes", folder / "essai.pem", folder / "mentions.txt"
    shutil.copytree(texts_dir, texts)
    shutil.rmtree(texts / "demonstration")
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
    settings.data_dir.mkdir()
    key = LedgerKey.load_or_create(
        settings.keys_dir, settings.mode.value, name="cgu.exemple.invalid/registre"
    )
    with writing(database) as session:
        sync(session, load(texts), settings.mode.value, START)
    clock, log = Hands(START), StringIO()
    clock.move(seconds=1)
    app = create_app(settings, clock=clock, log=log, signer=LocalSigner(key))
    app.testing = True
    site = Site(app, app.extensions["kiosk"].engine, clock, settings, log)
    return Case(site, Ask(clock, stamper), root)


@pytest.fixture
def case(tmp_path: Path, engine: Engine, texts_dir: Path, root: Issued, stamper: Issued) -> Iterator[Case]:
    """One person's two decisions, sealed and stamped; on SQLite, then on PostgreSQL."""
    held = opened(tmp_path, engine, texts_dir, root, stamper, evidence_desk=True)
    held.decide(EMAIL)
    held.seal()
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
