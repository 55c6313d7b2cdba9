"""What is said of somebody beside their decisions, before and after they leave, goes the same way."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete as delete_rows
from sqlalchemy import select

from kiosk import worker
from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.accounts.models import Account, SignIn
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure
from kiosk.notices.models import NotificationRow
from kiosk.retention.models import ArchivedDisclosure
from kiosk.retention.terms import years_after
from kiosk.worker import WorkerContext
from tests.kiosk.retention.conftest import where
from tests.kiosk.retention.test_deletion import audited, bodies, delete
from tests.kiosk.web import EMAIL, Browser, Site

WORDS = "Ce n’était pas moi, demandez à Zoé."


def test_contestations_and_what_was_told_are_kept_apart_and_end_with_the_decisions(
    site: Site, browser: Browser, context: WorkerContext, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        decided = session.scalars(select(Decision)).one()
    browser.get(f"/dgefp/mes-acceptations/{decided.id}/contester").send(words=WORDS)
    worker.run_once(context)  # the mail about the decision is handed over, that of the contestation waits
    with reading(site.engine) as session:
        contested = session.scalars(select(Contestation.statement_hash)).one()
        told = set(session.scalars(select(NotificationRow.statement_hash)))
    assert told
    delete(browser)
    [said] = bodies(site)
    assert set(said["statements"]) == {decided.statement_hash, contested, *told}  # type: ignore[call-overload]
    assert where(site.engine, WORDS) == {"archived_disclosure.value"}
    run_worker()
    run_worker()
    with reading(site.engine) as session:
        later = set(session.scalars(select(NotificationRow.statement_hash))) - told
        services = set(session.scalars(select(ArchivedDisclosure.service)))
        ends = set(session.scalars(select(ArchivedDisclosure.ends_at)))
        apart = set(session.scalars(select(ArchivedDisclosure.statement_hash)))
    assert site.count(Disclosure) == 0
    assert apart == {decided.statement_hash, contested, *told, *later}
    assert services == {"portail"}
    assert ends == {years_after(site.clock(), 5)}
    assert where(site.engine, EMAIL) == {"archived_disclosure.value"}
    audited(site)
    site.clock.at = years_after(site.clock(), 5)
    run_worker()
    assert where(site.engine, EMAIL, WORDS) == set()
    audited(site)


def test_a_receipt_handed_back_by_somebody_unknown_is_kept_for_the_term_and_no_longer(
    site: Site, browser: Browser, run_worker: Callable[[], None]
) -> None:
    """After a recovery the account may be lost: nothing says that the person left, or was erased."""
    browser.sign_up("dgefp", "portail").accept()
    with writing(site.engine) as session:
        for model in (SignIn, Subject, Account):
            session.execute(delete_rows(model))
    begun = site.clock()
    run_worker()
    with reading(site.engine) as session:
        apart = session.scalars(select(ArchivedDisclosure)).all()
    assert {(one.publisher, one.service, one.ends_at) for one in apart} == {
        ("dgefp", "portail", years_after(begun, 5))
    }
    site.clock.at = years_after(begun, 5)
    run_worker()
    assert site.count(ArchivedDisclosure) == 0
    assert [one["act"] for one in bodies(site)] == ["term"]
