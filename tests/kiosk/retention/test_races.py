"""Two things at once: one comes first; what was decided is never lost, nor left open, nor decided twice."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text

from kiosk import worker
from kiosk.acceptance import recording
from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.errors import AccountClosedError, OvertakenError
from kiosk.acceptance.models import Contestation, Decision
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.notices import mail, notifications
from kiosk.notices import services as notices
from kiosk.notices.mail import MAIL, Handed, Mail
from kiosk.notices.models import NotificationRow, Task
from kiosk.retention import requests
from kiosk.retention.erasures import Office
from kiosk.retention.errors import UnknownRequestError
from kiosk.retention.models import ArchivedDisclosure, RightsRequest
from kiosk.retention.requests import Decided, Outcome, Ruling, Wanted
from kiosk.retention.services import close_account
from kiosk.worker import WorkerContext
from tests.kiosk.retention.test_deletion import audited, bodies
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site

DPO = Ruling(Outcome.GRANTED, "Déléguée à la protection des données", "Dominique Petit")
REFUSED = Ruling(Outcome.REFUSED, "Directrice juridique", "Claude Grand", "Un litige est en cours.")


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


def overtaken(*_: object) -> None:
    raise OvertakenError


@pytest.mark.requirement("P-30", "S-59")
def test_a_deletion_waits_for_the_decision_being_made_and_keeps_it_apart(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes more than a statement, on PostgreSQL: any other holds nothing while it is being made."""
    monkeypatch.setattr(recording, "_at_once", overtaken)
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


@pytest.mark.parametrize("page", ["contester", "effacement", "suppression"])
def test_what_comes_from_an_account_deleted_meanwhile_is_refused(
    site: Site, browser: Browser, office: Office, page: str
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    path = f"{browser.path}/contester" if page == "contester" else f"/dgefp/mon-compte/{page}"
    browser.get(path)
    typed = {"words": "Pas moi.", "wanted": "everything", "password": PASSWORD, "confirm": "1"}
    sent = browser.form().values | typed
    with reading(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
    with ThreadPoolExecutor(1) as other:
        with writing(site.engine) as session:
            if site.engine.dialect.name == "postgresql":  # SQLite would not even let it read
                lock_account(session, account_id)
                late = other.submit(browser.client.post, path, data=sent)
                waits(site.engine)
            close_account(session, account_id, office, site.clock())
        if site.engine.dialect.name == "sqlite":
            late = other.submit(browser.client.post, path, data=sent)
        assert late.result(30).status_code == 401
    assert [site.count(one) for one in (Contestation, RightsRequest, Account)] == [0, 0, 0]
    assert len(bodies(site)) == 1, "the deletion alone"


@pytest.mark.requirement("O-41")
@pytest.mark.parametrize("by_account", [True, False])
@pytest.mark.parametrize(("first", "second"), [(REFUSED, DPO), (DPO, REFUSED)])
def test_a_request_that_two_officers_decide_at_once_is_decided_by_the_first(
    site: Site, browser: Browser, office: Office, first: Ruling, second: Ruling, *, by_account: bool
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with writing(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one() if by_account else None
        request_id = requests.receive(
            session, office, publisher="dgefp", email=EMAIL, wanted=Wanted.DECISIONS, words=None,
            at=site.clock(), account_id=account_id,
        ).id  # fmt: skip

    def decide(ruling: Ruling) -> Decided:
        with writing(site.engine) as session:
            return requests.decide(session, office, request_id, ruling, at=site.clock())

    with ThreadPoolExecutor(1) as other:
        with writing(site.engine) as session:
            requests.decide(session, office, request_id, first, at=site.clock())
            late = other.submit(decide, second)
            waits(site.engine)
            assert not late.done()
        with pytest.raises(UnknownRequestError, match=request_id):
            late.result(30)
    with reading(site.engine) as session:
        asked = session.scalars(select(RightsRequest)).one()
    assert (asked.outcome, asked.decided_by) == (first.outcome.value, first.decided_by)
    assert [one["decided_by"] for one in bodies(site)] == [first.function]
    answers = [one["subject"] for one in site.mails(EMAIL) if "demande d’effacement" in one["subject"]]
    assert len(answers) == 2, "received, and decided once"
    assert (site.count(Disclosure) == 0) is (first is DPO)


@pytest.mark.requirement("O-41")
def test_an_erasure_waits_for_the_mail_that_is_being_told_and_takes_what_was_told(
    site: Site, browser: Browser, office: Office, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    browser.get("/dgefp/mon-compte/effacement").send(wanted="decisions")
    with reading(site.engine) as session:
        request_id = session.scalars(select(RightsRequest.id)).one()
        task = session.scalars(select(Task).where(Task.key.startswith("decision:"))).one()

    def decide() -> Decided:
        with writing(site.engine) as session:
            return requests.decide(session, office, request_id, DPO, at=site.clock())

    with ThreadPoolExecutor(1) as other:
        with writing(site.engine) as session:  # the worker ends the task of a mail that has left
            assert notices.succeed(session, task.id, "delivered-to-server", site.clock())
            told = notifications.record(
                session, task.payload, Handed(MAIL, "a" * 64), environment="demonstration", at=site.clock(),
                randomness=office.randomness,
            )  # fmt: skip
            erasing = other.submit(decide)
            waits(site.engine)
            assert not erasing.done()
        assert erasing.result(30).erased == 2
    [said] = bodies(site)
    assert told in said["statements"]  # type: ignore[operator]
    assert site.count(Disclosure) == 0
    worker.run_once(context)
    audited(site)


@pytest.mark.requirement("O-41")
def test_a_mail_in_the_hands_of_the_server_during_an_erasure_is_told_of_nobody(
    site: Site, browser: Browser, office: Office, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    browser.get("/dgefp/mon-compte/effacement").send(wanted="decisions")
    with reading(site.engine) as session:
        request_id = session.scalars(select(RightsRequest.id)).one()
    left = []

    def hand(letter: Mail, *_: object) -> Handed:
        if letter.key.startswith("decision:"):
            with writing(site.engine) as session:
                requests.decide(session, office, request_id, DPO, at=site.clock())
        left.append(letter.key)
        return Handed(MAIL, "a" * 64)

    monkeypatch.setattr(mail, "hand", hand)
    worker.run_once(context)
    assert any(key.startswith("decision:") for key in left)
    assert site.count(Disclosure) == 0
    assert site.count(NotificationRow) == 0
    audited(site)
