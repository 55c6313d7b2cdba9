"""A backup knows people who were erased since: brought back, it forgets them again before it opens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.backup.erasures import LOST
from kiosk.cli import main
from kiosk.db import make_engine, reading
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.retention import erasures, holds
from kiosk.retention.erasures import Act, Office
from kiosk.retention.models import ArchivedDisclosure, ErasedStatement, RightsRequest
from kiosk.retention.terms import years_after
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.retention.conftest import where
from tests.kiosk.retention.test_deletion import delete
from tests.kiosk.retention.test_requests import ask, decide
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

DELETED, ERASED, PARTED, OVER, SILENT, STAYS = (
    f"{name}@example.org" for name in ("partie", "effacee", "moitie", "ancienne", "muette", "restee")
)


def kiosk(site: Site, url: str, data: Path, *words: object) -> Result:
    environ = {
        "KIOSK_MODE": "demonstration", "KIOSK_SECRET_KEY": site.settings.secret_key, "DATABASE_URL": url,
        "KIOSK_DATA_DIR": str(data), "KIOSK_TEXTS_DIR": str(site.settings.texts_dir),
    }  # fmt: skip
    return CliRunner().invoke(main, [str(word) for word in words], env=environ)


def person(site: Site, email: str, *, decides: bool = True) -> Browser:
    browser = site.browser().sign_up("dgefp", "portail", email=email)
    return browser.accept() if decides else browser


@pytest.fixture
def saved(site: Site, run_worker: Callable[[], None], tmp_path: Path) -> tuple[Path, dict[str, Browser]]:
    """A backup, and the browsers of those whom it knows."""
    person(site, OVER)
    delete(site.browser().sign_in("dgefp", OVER))
    site.clock.at = years_after(site.clock(), 5)
    site.clock.move(days=-1)
    people = {email: person(site, email) for email in (DELETED, ERASED, PARTED, STAYS)}
    people[SILENT] = person(site, SILENT, decides=False)
    ask(people[ERASED], "everything", "Parce que.")
    run_worker()
    made = kiosk(
        site, site.settings.database_url, site.settings.data_dir, "backup", tmp_path / "saved",
        "--keys", tmp_path / "keys.tar",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return tmp_path / "saved", people


@ON_BOTH
@pytest.mark.requirement("P-31", "O-41", "O-47", "S-59")
def test_a_deletion_an_erasure_and_a_term_are_done_again_before_anything_opens(
    site: Site,
    saved: tuple[Path, dict[str, Browser]],
    office: Office,
    run_worker: Callable[[], None],
    empty_url: str,
    tmp_path: Path,
) -> None:
    folder, people = saved
    site.clock.move(hours=1)
    delete(people[DELETED])
    delete(people[SILENT])
    decide(site, office, "granted")
    ask(people[PARTED])
    decide(site, office, "granted")
    site.clock.move(days=2)
    run_worker()
    with reading(site.engine) as session:
        acts = [erasure.act for digest in session.scalars(select(Decision.statement_hash))
                for erasure in erasures.of(session, digest)]  # fmt: skip
        ended = {one.ends_at for one in session.scalars(select(ArchivedDisclosure))}
    assert {Act.ACCOUNT, Act.REQUEST, Act.TERM} == set(acts)

    elsewhere = tmp_path / "elsewhere"
    restored = kiosk(
        site, empty_url, elsewhere, "restore", folder, "--keys", tmp_path / "keys.tar",
        "--recover-from", site.settings.ledger_dir,
    )  # fmt: skip
    assert restored.exit_code == 0, restored.output
    assert "kiosk hold add" in restored.output
    other = make_engine(empty_url)
    try:
        for email in (ERASED, OVER, SILENT):
            assert where(other, email) == set(), email
        assert where(other, DELETED) == {"archived_disclosure.value"}
        assert where(other, PARTED) == {"account.email", "account.email_key"}, "sign-ups under way end too"
        assert {"account.email", "disclosure.value"} <= where(other, STAYS)
        assert where(other, "Parce que.") == set()
        with reading(other) as session:
            assert {one.ends_at for one in session.scalars(select(ArchivedDisclosure))} == ended
            assert set(session.scalars(select(Account.email))) == {PARTED, STAYS}
            assert len(session.scalars(select(Subject)).all()) == 2
            asked = session.scalars(select(RightsRequest)).one()
            assert (asked.outcome, asked.email, asked.function) == (
                "granted", None, "Délégué à la protection des données",
            )  # fmt: skip
            for digest in session.scalars(select(Decision.statement_hash)):
                assert isinstance(erasures.of(session, digest), tuple)
            assert len(session.scalars(select(ErasedStatement)).all()) >= 4
        audit = kiosk(site, empty_url, elsewhere, "ledger", "audit")
        assert audit.exit_code == 0, audit.output
    finally:
        other.dispose()


@ON_BOTH
def test_the_audit_names_what_was_altered_in_the_archive(
    site: Site, browser: Browser, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    run_worker()
    tamper(site.engine, "UPDATE archived_disclosure SET value = 'x' WHERE field = 'email'")
    audit = kiosk(site, site.settings.database_url, site.settings.data_dir, "ledger", "audit")
    assert audit.exit_code == 1
    assert "archived_disclosure" in audit.output


def test_a_hold_made_after_the_backup_is_not_in_it_and_this_is_said(
    site: Site, saved: tuple[Path, dict[str, Browser]], office: Office, empty_url: str, tmp_path: Path
) -> None:
    folder, _ = saved
    shutil.copytree(site.settings.ledger_dir, tmp_path / "elsewhere/registre")
    restored = kiosk(
        site, empty_url, tmp_path / "elsewhere", "restore", folder, "--keys", tmp_path / "keys.tar"
    )
    assert restored.exit_code == 0, restored.output
    assert LOST in restored.output
    other = make_engine(empty_url)
    try:
        assert counted(other) == counted(site.engine)
        with reading(other) as session:
            assert holds.every(session) == ()
    finally:
        other.dispose()


def counted(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [
            len(session.scalars(select(one)).all())
            for one in (Account, Disclosure, ArchivedDisclosure, StatementRow, RightsRequest)
        ]
