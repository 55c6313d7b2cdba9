"""A decision and a deletion at once: one comes first; what was decided is never lost, nor left open."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text

from kiosk.acceptance.errors import AccountClosedError
from kiosk.acceptance.models import Decision
from kiosk.acceptance.services import lock_account
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.retention.erasures import Office
from kiosk.retention.models import ArchivedDisclosure
from kiosk.retention.services import close_account
from tests.kiosk.web import PASSWORD, Browser, Site


def waits(engine: Engine) -> None:
    """Wait until a connection waits for the lock of another; on SQLite, one writes at a time: a while."""
    if engine.dialect.name == "sqlite":
        time.sleep(0.3)
        return
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            if connection.scalar(
                text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            ):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the lock")


@pytest.mark.requirement("P-30", "S-59")
def test_a_deletion_waits_for_the_decision_being_made_and_keeps_it_apart(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    browser.get("/dgefp/portail/cgu/decider")
    deciding = browser.form().values | {"choice": "renoncer"}
    deleter = site.browser().sign_in("dgefp").get("/dgefp/mon-compte/suppression")
    locked, go_on = threading.Event(), threading.Event()
    real = site.app.extensions["kiosk"].randomness

    def slow(count: int) -> bytes:
        """Stop in the middle of the decision, its account locked."""
        if threading.current_thread().name.startswith("deciding"):
            locked.set()
            assert go_on.wait(20)
        return real(count)

    site.app.extensions["kiosk"].randomness = slow
    with ThreadPoolExecutor(1, "deciding") as one, ThreadPoolExecutor(1, "deleting") as other:
        decided = one.submit(browser.client.post, "/dgefp/portail/cgu/decider", data=deciding)
        assert locked.wait(20)
        deleted = other.submit(deleter.send, password=PASSWORD, confirm="1")
        waits(site.engine)
        assert not deleted.done()
        go_on.set()
        assert decided.result(30).status_code == 303
        assert deleted.result(30).path == "/dgefp/compte-supprime"
    assert site.count(Decision) == 2
    assert (site.count(Account), site.count(Disclosure), site.count(ArchivedDisclosure)) == (0, 0, 4)
    with reading(site.engine) as session:
        erasure = session.scalars(select(StatementRow.body).where(StatementRow.kind == "erasure")).one()
        for digest in session.scalars(select(Decision.statement_hash)):
            assert digest.encode() in erasure


def test_a_decision_that_comes_after_the_deletion_is_refused(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
    browser.get("/dgefp/portail/cgu/decider")
    deciding = browser.form().values | {"choice": "renoncer"}
    with ThreadPoolExecutor(1) as other:
        with writing(site.engine) as session:
            if site.engine.dialect.name == "postgresql":  # SQLite would not even let it read
                lock_account(session, account_id)
                late = other.submit(browser.client.post, "/dgefp/portail/cgu/decider", data=deciding)
                waits(site.engine)
            close_account(session, account_id, office, site.clock())
        if site.engine.dialect.name == "sqlite":
            late = other.submit(browser.client.post, "/dgefp/portail/cgu/decider", data=deciding)
        assert late.result(30).status_code == 401
    assert site.count(Decision) == 1
    assert (site.count(Disclosure), site.count(ArchivedDisclosure)) == (0, 2)


def test_an_account_is_deleted_once(site: Site, browser: Browser, office: Office) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with writing(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
        close_account(session, account_id, office, site.clock())
        with pytest.raises(AccountClosedError):
            close_account(session, account_id, office, site.clock())
    assert "<h1>" in browser.get("/dgefp/mon-compte/suppression").html
    assert browser.path == "/dgefp/connexion"
