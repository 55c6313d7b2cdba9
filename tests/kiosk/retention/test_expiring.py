"""At its term nothing says who any more; a hold stops it until a date; an account nobody uses ends too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from kiosk import worker
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.notices.models import Task
from kiosk.proof import statement as statements
from kiosk.retention import archive, erasures, expiring, holds
from kiosk.retention.erasures import Act, Office
from kiosk.retention.errors import HoldError
from kiosk.retention.models import ArchivedDisclosure, LegalHold
from kiosk.retention.terms import years_after
from kiosk.worker import WorkerContext
from tests.kiosk.retention.conftest import where
from tests.kiosk.retention.test_deletion import audited, bodies, delete
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

Work = Callable[[], None]


def acts(site: Site) -> list[object]:
    with reading(site.engine) as session:
        held = session.scalars(
            select(StatementRow.body).where(StatementRow.kind == "erasure").order_by(StatementRow.recorded_at)
        )
        return [statements.parse(body).members["act"] for body in held]


def hold(site: Site, office: Office, **given: object) -> str:
    with writing(site.engine) as session:
        subject = session.scalars(select(Decision.subject_id)).first()
        values = {
            "subject_id": subject, "services": (), "until": site.clock() + timedelta(days=400),
            "reason": "Instance en cours.", "function": "Cheffe du service juridique", "at": site.clock(),
        } | given  # fmt: skip
        return holds.add(session, office, **values)[0].id  # type: ignore[arg-type]


@pytest.mark.requirement("P-31", "O-41", "S-59")
def test_at_its_term_nothing_of_the_person_stands_in_any_table(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    with reading(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
        digest = session.scalars(select(Decision.statement_hash)).one()
    delete(browser)
    run_worker()
    term = years_after(site.clock(), 5)
    site.clock.at = term - timedelta(seconds=1)
    run_worker()
    assert where(site.engine, EMAIL, account_id) == {"archived_disclosure.value"}
    site.clock.at = term
    run_worker()
    assert where(site.engine, EMAIL, account_id) == set()
    assert site.count(ArchivedDisclosure) == 0
    assert acts(site) == ["account", "term"]
    with reading(site.engine) as session:
        told = erasures.of(session, digest)
        assert archive.disclosures(session, digest) == ()
    assert [(one.act, one.at) for one in told][1:] == [(Act.TERM, term)]
    audited(site)
    run_worker()
    assert acts(site) == ["account", "term"]


@pytest.mark.requirement("O-41", "O-40")
def test_an_organisation_is_forgotten_at_term_too(site: Site, browser: Browser, run_worker: Work) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="entreprise-adherente")
    browser.accept(organisation_name="Scierie Zéphyr", siren="732829320", capacity="1")
    assert browser.status == 200, browser.words
    run_worker()
    assert where(site.engine, "Scierie Zéphyr") >= {"account.organisation_name", "disclosure.value"}
    delete(browser, "ocapiat")
    run_worker()
    assert where(site.engine, "Scierie Zéphyr", "732829320", EMAIL) == {"archived_disclosure.value"}
    term = years_after(site.clock(), 3)  # as its text promises of what reaches an enterprise
    site.clock.at = term - timedelta(seconds=1)
    run_worker()
    assert where(site.engine, "Scierie Zéphyr", "732829320", EMAIL) == {"archived_disclosure.value"}
    site.clock.at = term
    run_worker()
    assert where(site.engine, "Scierie Zéphyr", "732829320", EMAIL) == set()


def test_terms_are_done_in_batches_each_named_in_a_statement(
    site: Site, browser: Browser, run_worker: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    browser.get("/dgefp/soffi/cgu/decider").accept()
    browser.get("/dgefp/soffi/cgu/decider").send(choice="renoncer")
    delete(browser)
    monkeypatch.setattr(archive, "BATCH", 2)
    site.clock.at = years_after(site.clock(), 5)
    run_worker()
    named = [one["statements"] for one in bodies(site) if one["act"] == "term"]
    assert len(named) > 1
    assert max(len(one) for one in named) == 2  # type: ignore[arg-type]
    with reading(site.engine) as session:
        assert {one for some in named for one in some} >= set(  # type: ignore[attr-defined]
            session.scalars(select(Decision.statement_hash))
        )
    assert site.count(ArchivedDisclosure) == 0


def test_nothing_of_a_living_account_reaches_a_term(site: Site, browser: Browser, run_worker: Work) -> None:
    browser.sign_up("dgefp", "portail").accept()
    for _ in range(8):
        site.clock.move(days=300)
        browser.sign_in("dgefp")
        run_worker()
    assert (site.count(Account), site.count(Disclosure)) == (1, 3)
    assert acts(site) == []


@pytest.mark.requirement("S-59")
def test_a_hold_stops_the_term_until_its_date_and_not_the_deletion(
    site: Site, browser: Browser, run_worker: Work, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    hold(site, office, until=site.clock() + timedelta(days=1_500))
    delete(browser)
    assert site.count(Account) == 0
    site.clock.move(days=1_400)
    hold(site, office, until=site.clock() + timedelta(days=700))  # renewed
    site.clock.move(days=699)
    run_worker()
    assert site.count(ArchivedDisclosure) == 3
    assert "term" not in acts(site)
    site.clock.move(days=1)
    run_worker()
    assert site.count(ArchivedDisclosure) == 0
    assert acts(site)[-1] == "term"
    assert site.count(LegalHold) == 0  # nothing is left that they held


def test_a_hold_covers_the_service_it_names(
    site: Site, browser: Browser, run_worker: Work, office: Office
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    browser.get("/dgefp/soffi/cgu/decider").accept()
    delete(browser)
    site.clock.move(days=1_800)
    held = hold(site, office, services=("soffi",))
    site.clock.move(days=100)
    run_worker()
    with reading(site.engine) as session:
        assert set(session.scalars(select(ArchivedDisclosure.service))) == {"soffi"}
    with writing(site.engine) as session:
        holds.lift(session, held, reason="Affaire classée.", function="Cheffe", at=site.clock())
    run_worker()
    assert site.count(ArchivedDisclosure) == 0


@pytest.mark.parametrize(
    "given",
    [
        {"until": timedelta()},
        {"until": timedelta(days=-1)},
        {"until": timedelta(days=5 * 366 + 2)},
        {"reason": " "},
        {"function": ""},
        {"services": ("inconnu",)},
    ],
)
def test_a_hold_is_dated_and_says_why_and_who(
    site: Site, browser: Browser, office: Office, given: dict[str, object]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    if isinstance(until := given.get("until"), timedelta):
        given = {"until": site.clock() + until}
    with pytest.raises(HoldError):
        hold(site, office, **given)
    assert site.count(LegalHold) == 0


def test_a_hold_that_is_over_is_not_lifted(site: Site, browser: Browser, office: Office) -> None:
    browser.sign_up("dgefp", "portail").accept()
    one = hold(site, office)
    site.clock.move(days=400)
    for unknown in (one, "0" * 32):
        with writing(site.engine) as session, pytest.raises(HoldError):
            holds.lift(session, unknown, reason="x", function="y", at=site.clock())


@ON_BOTH
@pytest.mark.parametrize("given", [{"reason": " "}, {"function": ""}])
def test_a_hold_is_lifted_by_somebody_for_a_reason(
    site: Site, browser: Browser, office: Office, given: dict[str, str]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    held = hold(site, office)
    by = {"reason": "Affaire classée.", "function": "Cheffe"} | given
    with writing(site.engine) as session, pytest.raises(HoldError, match="motif"):
        holds.lift(session, held, at=site.clock(), **by)
    with reading(site.engine) as session:
        assert session.scalars(select(LegalHold.lifted_at)).one() is None


def test_an_account_that_nobody_uses_is_warned_then_deleted(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    end = years_after(site.clock(), 3)
    site.clock.at = end - timedelta(days=30, seconds=1)
    run_worker()
    assert [*site.settings.mail_dir.glob("*sera-supprime*.txt")] == []
    site.clock.at = end - timedelta(days=30)
    run_worker()
    run_worker()
    [warning] = site.settings.mail_dir.glob("*sera-supprime*.txt")
    assert "22 novembre 2029" in warning.read_text("utf-8")
    site.clock.at = end - timedelta(seconds=1)
    run_worker()
    assert site.count(Account) == 1
    site.clock.at = end
    run_worker()
    assert (site.count(Account), site.count(Subject), site.count(ArchivedDisclosure)) == (0, 0, 3)
    assert acts(site) == ["account"]
    [told] = site.settings.mail_dir.glob("*inutilise-est-supprime*.txt")
    assert "jusqu’au 22 novembre 2034" in told.read_text("utf-8")


def test_a_sign_in_after_the_warning_keeps_the_account(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    site.clock.at = years_after(site.clock(), 3) - timedelta(days=10)
    run_worker()
    browser.sign_in("dgefp")
    site.clock.move(days=60)
    run_worker()
    assert site.count(Account) == 1
    site.clock.at = years_after(site.clock(), 3)
    run_worker()
    assert site.count(Account) == 1, "warned a second time first"
    site.clock.move(days=30)
    run_worker()
    assert site.count(Account) == 0


def test_the_worker_that_slept_warns_thirty_days_ahead_all_the_same(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = years_after(site.clock(), 6)
    run_worker()
    assert site.count(Account) == 1
    site.clock.move(days=29)
    run_worker()
    assert site.count(Account) == 1
    site.clock.move(days=1)
    run_worker()
    assert site.count(Account) == 0


@ON_BOTH
def test_the_term_of_an_account_is_that_of_its_publisher(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.browser().sign_up("dgefp", "portail")
    site.clock.at = years_after(site.clock(), 2) - timedelta(days=20)
    run_worker()
    site.clock.move(days=31)
    run_worker()
    with reading(site.engine) as session:
        assert session.scalars(select(Account.publisher)).all() == ["dgefp"]


@ON_BOTH
def test_the_address_of_a_mail_that_never_left_is_forgotten_after_a_month(
    site: Site, browser: Browser, run_worker: Work
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    with writing(site.engine) as session:
        session.execute(update(Task).where(Task.kind == "mail").values(state="failed", done_at=site.clock()))
    site.clock.move(days=29)
    run_worker()
    assert "task.payload" in where(site.engine, EMAIL)
    site.clock.move(days=1)
    run_worker()
    assert where(site.engine, EMAIL) == {"archived_disclosure.value"}


def test_texts_that_cannot_be_read_end_nothing(context: WorkerContext, site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    site.clock.at = years_after(site.clock(), 6)
    worker.retain(replace(context, settings=replace(site.settings, texts_dir=site.settings.data_dir / "no")))
    assert site.count(ArchivedDisclosure) == 2


@ON_BOTH
def test_a_worker_told_to_stop_stops_between_two_transactions(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    site.clock.at = years_after(site.clock(), 6)
    kept = expiring.keep_terms(site.engine, office, site.clock, stopped=lambda: True)
    assert kept == expiring.Kept(0, 0, 0)
    with reading(site.engine) as session:
        assert session.scalar(select(func.count()).select_from(ArchivedDisclosure)) == 2
