"""What is granted goes whole and stays gone; what goes without an act of erasure is seen by the audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete as delete_rows
from sqlalchemy import insert, select, update

from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.notices.models import Task
from kiosk.retention import archive, erasures, expiring, requests, services
from kiosk.retention.erasures import Act, Office
from kiosk.retention.errors import UndecidableError
from kiosk.retention.models import ArchivedDisclosure, ErasedStatement, RightsRequest
from kiosk.retention.requests import Wanted
from kiosk.retention.terms import years_after
from tests.kiosk.retention.test_deletion import audited, delete
from tests.kiosk.retention.test_requests import ask, decide
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def erased(site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]) -> tuple[str, str]:
    """Return a decision that stands, and the erasure that names another."""
    browser.sign_up("dgefp", "portail").accept()
    other = site.browser().sign_up("dgefp", "portail", email="autre@example.org").accept()
    with reading(site.engine) as session:
        whose = select(Disclosure.statement_hash).where(Disclosure.value == EMAIL)
        standing = session.scalars(select(Decision.statement_hash).where(Decision.statement_hash.in_(whose)))
        decision = standing.one()
    ask(other, "everything")
    decide(site, office, "granted")
    run_worker()
    audited(site)
    with reading(site.engine) as session:
        acts = session.scalars(select(StatementRow).where(StatementRow.kind == "erasure"))
        return decision, next(one.hash for one in acts if b'"act":"request"' in one.body)


@ON_BOTH
@pytest.mark.parametrize("fields", [("email",), ("email", "account")])
def test_what_is_deleted_without_an_erasure_is_a_deviation(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None], fields: tuple[str, ...]
) -> None:
    decision, erasure = erased(site, browser, office, run_worker)
    mine = Disclosure.statement_hash == decision, Disclosure.field.in_(fields)
    with writing(site.engine) as session:
        session.execute(delete_rows(Disclosure).where(*mine))
    with pytest.raises(DeviationError, match=decision):
        audited(site)
    with writing(site.engine) as session:
        session.execute(insert(ErasedStatement).values(statement_hash=decision, erasure_hash=erasure))
    with reading(site.engine) as session:
        assert erasures.of(session, decision) == (), "the statement of erasure does not name it"
    with pytest.raises(DeviationError, match="erased_statement"):
        audited(site)


@ON_BOTH
def test_an_index_that_names_no_erasure_is_a_deviation(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    decision, _ = erased(site, browser, office, run_worker)
    with writing(site.engine) as session:
        session.execute(insert(ErasedStatement).values(statement_hash="f" * 64, erasure_hash=decision))
    with pytest.raises(DeviationError, match="erased_statement"):
        audited(site)


@ON_BOTH
@pytest.mark.parametrize("wrong", [{"subject_id": "0" * 32}, {"service": "soffi"}, {"service": None}])
def test_what_is_filed_under_another_person_or_service_is_a_deviation(
    site: Site, browser: Browser, run_worker: Callable[[], None], wrong: dict[str, Any]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    run_worker()
    delete(browser)
    run_worker()
    audited(site)
    with writing(site.engine) as session:
        session.execute(update(ArchivedDisclosure).values(**wrong))
    with pytest.raises(DeviationError, match="archived_disclosure"):
        audited(site)


def receive(site: Site, office: Office, email: str) -> None:
    with writing(site.engine) as session:
        requests.receive(
            session, office, publisher="dgefp", email=email, wanted=Wanted.EVERYTHING, words=None,
            at=site.clock(),
        )  # fmt: skip


@pytest.mark.requirement("O-41")
def test_an_address_is_found_however_it_is_written(site: Site, browser: Browser, office: Office) -> None:
    browser.sign_up("dgefp", "portail", email="Anne.Martin@example.org").accept()
    delete(browser)
    receive(site, office, "anne.martin@EXAMPLE.org")
    assert decide(site, office, "granted").erased == 1
    assert site.count(ArchivedDisclosure) == 0


@pytest.mark.requirement("O-41")
def test_an_address_that_named_several_people_is_decided_once_they_are_named(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    again = site.browser().sign_up("dgefp", "portail").accept()
    ask(again, "everything")
    with pytest.raises(UndecidableError, match="--subject"):
        decide(site, office, "granted")
    with pytest.raises(UndecidableError, match="ne vise pas"):
        decide(site, office, "granted", subjects=frozenset({"0" * 32}))
    with reading(site.engine) as session:
        both = frozenset(session.scalars(select(Decision.subject_id)))
    assert decide(site, office, "granted", subjects=both).erased == 2
    assert (site.count(ArchivedDisclosure), site.count(Disclosure)) == (0, 0)


@pytest.mark.requirement("O-41")
def test_who_asked_before_deciding_is_found_after_leaving(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail")
    ask(browser, "everything")
    browser.get("/dgefp/portail/cgu/decider").accept()
    delete(browser)
    assert decide(site, office, "granted").erased == 1
    assert site.count(ArchivedDisclosure) == 0
    with reading(site.engine) as session:
        asked = session.scalars(select(RightsRequest)).one()
    assert (asked.account_id, asked.subject_id) == (None, None)


@pytest.mark.requirement("O-41")
def test_a_mail_on_its_way_does_not_undo_what_was_granted(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    ask(browser)
    decide(site, office, "granted")
    run_worker()
    assert site.count(Disclosure) == 0
    audited(site)


@ON_BOTH
def test_a_deletion_alone_does_not_end_what_is_handed_back(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    run_worker()
    with reading(site.engine) as session:
        held: list[dict[str, Any]] = [
            {"statement_hash": one.statement_hash, "field": one.field, "salt": one.salt, "value": one.value}
            for one in session.scalars(select(Disclosure))
        ]
    delete(browser)
    left_at = site.clock()
    site.clock.move(days=2)
    with writing(site.engine) as session:  # as after a recovery: the receipts bring back what was lost
        session.execute(delete_rows(ArchivedDisclosure))
        session.execute(insert(Disclosure), held)
        expiring.set_apart_late(session, office, site.clock())
    with reading(site.engine) as session:
        acts = erasures.among(session, [one["statement_hash"] for one in held])
        assert [one.act for one in acts] == [Act.ACCOUNT]
        ends = set(session.scalars(select(ArchivedDisclosure.ends_at)))
    assert ends == {years_after(left_at, 5)}


@ON_BOTH
def test_mails_of_the_same_address_elsewhere_stay(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    with writing(site.engine) as session:
        account = session.scalars(select(Account).where(Account.publisher == "dgefp")).one()
        services.forget_account(session, account, {}, site.clock(), every_mail=True)
    with reading(site.engine) as session:
        found = session.scalars(select(Task).where(Task.kind == "mail")).all()
        left = {one.payload.get("publisher") for one in found if one.state != archive.CANCELLED}
    assert "pas-de-calais" in left
    assert "dgefp" not in {one.payload.get("publisher") for one in found if one.done_at is None}
