"""When a password expires, who is told and when, and what an expired one opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.model import Corpus
from cgu_archive.corpus.rules import DEFAULT_PASSWORD_RULE, Campaign, PasswordRule
from kiosk import worker
from kiosk.accounts import renewal, services, tending
from kiosk.accounts.letters import Desk
from kiosk.accounts.models import Account, SignIn
from kiosk.accounts.renewal import Stage
from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.worker import WorkerContext
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Making, Site, code_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

DECEMBER = Campaign(12, 15)
NEW_PASSWORD = "Trois ponts gris, 9 barques !"


@pytest.mark.requirement("P-41", "S-24", "S-30", "T-11", "O-32")
@pytest.mark.parametrize(
    ("publisher", "expected"),
    [
        ("dgefp", PasswordRule(12, 4, None)),
        ("ocapiat", PasswordRule(DEFAULT_PASSWORD_RULE.length, DEFAULT_PASSWORD_RULE.classes, 365)),
        ("pas-de-calais", DEFAULT_PASSWORD_RULE),
        ("ville-exemple", PasswordRule(12, 3, None)),
    ],
)
def test_an_account_obeys_the_strictest_of_what_its_texts_say(
    site: Site, publisher: str, expected: PasswordRule
) -> None:
    held = site.app.extensions["kiosk"]
    with reading(site.engine) as session:
        rule = services.publisher_password_rule(session, held.services_of(publisher), at=site.clock.at)
    assert rule == expected


@pytest.mark.requirement("P-41", "S-24", "T-11", "O-32")
@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("portail", (12, 3, None)),
        ("soffi", (12, 4, None)),
        ("tableau-de-bord", (12, 4, None)),
        ("ocapiat", (12, 4, 365)),
        ("monjob62", (12, 4, None)),
    ],
)
def test_each_text_says_its_own_rule(site: Site, service: str, expected: tuple[int, int, int | None]) -> None:
    held = site.app.extensions["kiosk"].services[service]
    with reading(site.engine) as session:
        rule = services.publisher_password_rule(session, (held,), at=site.clock.at)
    assert (rule.length, rule.classes, rule.renewal_days) == expected


@pytest.mark.requirement("O-33")
@pytest.mark.parametrize(
    ("changed", "expires"),
    [
        ("2026-11-22T08:00:00+00:00", "2027-11-22"),
        ("2026-12-31T22:59:59+00:00", "2027-12-31"),  # 23:59:59 in Paris
        ("2026-12-31T23:00:00+00:00", "2028-01-01"),  # the next day there
        ("2027-03-28T00:59:59+00:00", "2028-03-28"),  # the night the clocks go forward
        ("2027-10-31T00:30:00+00:00", "2028-10-31"),  # and back
        ("2027-02-28T12:00:00+00:00", "2028-02-28"),
        ("2028-02-28T12:00:00+00:00", "2029-02-28"),
        ("2028-02-29T12:00:00+00:00", "2029-02-28"),  # 1 March would be more than a year later
        ("2028-03-01T12:00:00+00:00", "2029-03-01"),
        ("2027-03-01T12:00:00+00:00", "2028-03-01"),  # 366 days, 29 February between
    ],
)
def test_a_password_expires_as_its_anniversary_begins_in_paris(changed: str, expires: str) -> None:
    changed_at = datetime.fromisoformat(changed)
    expires_at = renewal.expires_at(changed_at, 365)
    assert day_in_paris(expires_at).isoformat() == expires
    assert day_in_paris(expires_at - timedelta(microseconds=1)).isoformat() < expires
    assert not renewal.expired(changed_at, 365, expires_at - timedelta(microseconds=1))
    assert renewal.expired(changed_at, 365, expires_at)
    assert not renewal.expired(changed_at, None, expires_at + timedelta(days=4000))


@given(
    changed=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    day=st.dates(date(2021, 1, 1), date(2041, 1, 1)),
    days=st.sampled_from([365, 90, 1]),
    campaigns=st.sampled_from([(), (DECEMBER,), (Campaign(1, 1),), (Campaign(2, 28), Campaign(12, 31))]),
)
def test_those_changed_before_are_exactly_those_that_have_expired(
    changed: datetime, day: date, days: int, campaigns: tuple[Campaign, ...]
) -> None:
    over = renewal.expires_on(day_in_paris(changed), days, campaigns) <= day
    assert (changed < renewal.changed_before(day, days, campaigns)) == over


@pytest.mark.requirement("O-32")
@pytest.mark.parametrize(
    ("changed", "expires"),
    [
        ("2026-01-10", "2026-12-15"),  # before its anniversary
        ("2026-11-14", "2026-12-15"),
        ("2026-11-15", "2027-11-15"),  # reminded that day, changed that day: let alone, till the anniversary
        ("2026-12-14", "2027-12-14"),
        ("2026-12-15", "2027-12-15"),
        ("2026-12-16", "2027-12-15"),
    ],
)
def test_a_campaign_renews_every_password_in_the_middle_of_december_and_none_waits_more_than_a_year(
    changed: str, expires: str
) -> None:
    assert renewal.expires_on(date.fromisoformat(changed), 365, (DECEMBER,)) == date.fromisoformat(expires)


# What its holder is told


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


@pytest.fixture
def ocapiat(site: Site, browser: Browser) -> Browser:
    """Somebody of the one publisher whose text asks for renewal, who signed up now."""
    return browser.sign_up("ocapiat", "ocapiat", profile="cfa")


def subjects(site: Site) -> list[str]:
    return [
        mail["subject"]
        for mail in site.mails(EMAIL)
        if "mot de passe OCAPIAT" in mail["subject"] and "changé" not in mail["subject"]
    ]


@pytest.mark.requirement("O-32", "O-33", "O-34")
def test_reminders_leave_once_each_then_the_expiry_then_a_suspension_is_proposed(
    site: Site, ocapiat: Browser, context: WorkerContext
) -> None:
    assert ocapiat.path
    seen = {}
    for before in (31, 30, 29, 8, 7, 2, 1, 0, -29, -30, -60):
        site.clock.at = datetime(2027, 11, 22, 9, tzinfo=UTC) - timedelta(days=before)
        for _ in range(2):
            worker.retain(context)
        seen[before] = len(subjects(site))
    assert seen == {31: 0, 30: 1, 29: 1, 8: 1, 7: 2, 2: 2, 1: 3, 0: 4, -29: 4, -30: 5, -60: 5}
    told = subjects(site)
    assert [one for one in told if "expire le 22 novembre 2027" in one] == told[:3]
    assert told[3].endswith("a expiré")
    assert told[4].endswith("n’est pas renouvelé")
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    assert (account.renewal_told, account.suspension_proposed_at is None) == (Stage.SUSPENSION, False)
    assert account.deactivated_at is None  # somebody decides


@pytest.mark.requirement("O-32", "O-33")
def test_the_day_that_a_publisher_chose_for_all_is_told_before_and_closes_what_was_not_renewed(
    site: Site, ocapiat: Browser, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = site.app.extensions["kiosk"]
    march = replace(held.services["ocapiat"], password_campaign=Campaign(3, 15))
    held.services = {**held.services, "ocapiat": march}
    monkeypatch.setattr("kiosk.worker.texts.load_services", lambda _folder: held.services)
    assert ocapiat.path
    site.clock.at = datetime(2027, 2, 13, 9, tzinfo=UTC)
    worker.retain(context)
    mail = site.mails(EMAIL)[-1]
    assert "expire le 15 mars 2027" in mail["subject"]
    assert "date à laquelle OCAPIAT fait renouveler tous les mots de passe" in mail["body"]
    site.clock.at = datetime(2027, 3, 15, 9, tzinfo=UTC)
    assert site.browser().sign_in("ocapiat").path == "/ocapiat/mot-de-passe-expire"


@ON_BOTH
@pytest.mark.requirement("O-34")
def test_the_command_lists_proposals_until_the_password_is_renewed(
    site: Site, ocapiat: Browser, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ocapiat.path
    monkeypatch.setattr("kiosk.accounts.commands.open_settings", lambda: site.settings)

    def listed() -> str:
        return CliRunner().invoke(main, ["renewal", "list"]).output

    assert listed() == "0 suspension(s) proposée(s).\n"
    site.clock.move(days=400)
    worker.retain(context)
    assert "ocapiat  proposée le 27 décembre 2027 à 09:00:00" in listed()
    assert EMAIL not in listed()
    site.browser().sign_in("ocapiat").send(password=NEW_PASSWORD)
    assert listed() == "0 suspension(s) proposée(s).\n"


def test_who_is_late_by_several_stages_is_told_the_last_alone(
    site: Site, ocapiat: Browser, context: WorkerContext
) -> None:
    assert ocapiat.path
    site.clock.move(days=365)
    worker.retain(context)
    assert len(subjects(site)) == 1
    assert subjects(site)[0].endswith("a expiré")


@ON_BOTH
def test_a_change_of_password_starts_the_year_again(
    site: Site, ocapiat: Browser, context: WorkerContext
) -> None:
    site.clock.move(days=340)
    worker.retain(context)
    ocapiat.sign_in("ocapiat").get("/ocapiat/mon-compte/mot-de-passe")
    ocapiat.send(current=PASSWORD, password=NEW_PASSWORD)
    assert ocapiat.path == "/ocapiat/mon-compte"
    site.clock.move(days=300)
    worker.retain(context)
    assert len(subjects(site)) == 1
    site.clock.move(days=36)
    worker.retain(context)
    assert len(subjects(site)) == 2


def test_nobody_is_told_where_no_text_asks_for_renewal(
    site: Site, browser: Browser, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail")
    site.clock.move(days=800)
    worker.retain(context)
    assert not [mail for mail in site.mails(EMAIL) if "expire" in mail["subject"]]
    assert site.browser().sign_in("dgefp").path == "/dgefp/portail/cgu/decider"


@ON_BOTH
@pytest.mark.postgresql
def test_the_search_of_who_is_due_reads_an_index_and_not_every_account(
    make_site: Making, engine: Engine
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("the plan is PostgreSQL's")
    site = make_site(engine)
    asked: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    held = site.app.extensions["kiosk"]
    desk = Desk(held.services, "demonstration", "http://localhost", held.randomness)
    with writing(engine) as session:
        rule = replace(DEFAULT_PASSWORD_RULE, renewal_days=365)
        tending.tell(session, desk, "ocapiat", rule, Stage.WEEK, site.clock.at)
        session.execute(text("SET LOCAL enable_seqscan = off"))
        query, values = next(one for one in asked if "FROM account" in one[0])
        lines = session.connection().exec_driver_sql(f"EXPLAIN {query}", values)  # type: ignore[arg-type]
        plan = "\n".join(line[0] for line in lines)
    assert "ix_account_renewal" in plan
    assert "password_changed_at <" in plan.split("Index Cond", 1)[1].split("\n")[0]


# What an expired password opens


@ON_BOTH
@pytest.mark.requirement("O-33", "O-34")
def test_an_expired_password_opens_the_page_that_renews_it_and_no_other(site: Site, ocapiat: Browser) -> None:
    assert ocapiat.path
    site.clock.at = datetime(2027, 11, 21, 22, 59, tzinfo=UTC)  # 23:59 in Paris, the eve
    eve = site.browser().sign_in("ocapiat")
    assert eve.path == "/ocapiat/ocapiat/cgu/decider"
    site.clock.move(minutes=1)
    assert eve.get("/ocapiat/mon-compte").path == "/ocapiat/connexion"  # its session ended with the password
    other = site.browser().get("/ocapiat/mon-compte").send(email=EMAIL, password=PASSWORD)
    assert other.path == "/ocapiat/mot-de-passe-expire"
    assert "a expiré le 22 novembre 2027" in other.words
    for path in ("/ocapiat/mon-compte", "/ocapiat/mes-acceptations", "/ocapiat/ocapiat/"):
        assert other.get(path).path in ("/ocapiat/connexion", "/ocapiat/ocapiat/inscription"), path
    with reading(site.engine) as session:
        assert not session.scalars(select(SignIn).where(SignIn.expires_at > site.clock.at)).all()
    other.get("/ocapiat/mot-de-passe-expire").send(password=PASSWORD)
    assert "C’est votre mot de passe actuel" in other.words
    other.send(password="court")
    assert other.status == 422
    other.send(password=NEW_PASSWORD)
    assert other.path == "/ocapiat/mon-compte"
    assert site.browser().get("/ocapiat/mot-de-passe-expire").path == "/ocapiat/connexion"
    assert site.browser().sign_in("ocapiat", password=NEW_PASSWORD).path == "/ocapiat/ocapiat/cgu/decider"


def test_the_way_to_renew_ends_after_a_quarter_of_an_hour_and_with_the_password(
    site: Site, ocapiat: Browser
) -> None:
    assert ocapiat.path
    site.clock.move(days=366)
    slow, quick = (site.browser().sign_in("ocapiat") for _ in range(2))
    form = slow.form()
    assert quick.send(password=NEW_PASSWORD).path != "/ocapiat/mot-de-passe-expire"
    answer = slow.client.post(slow.path, data=form.values | {"password": "Cinq lacs bleus, 3 canots !"})
    assert answer.location == "/ocapiat/connexion"
    site.clock.move(days=366)
    late = site.browser().sign_in("ocapiat", password=NEW_PASSWORD)
    assert late.path == "/ocapiat/mot-de-passe-expire"
    site.clock.move(minutes=15)
    assert late.get("/ocapiat/mot-de-passe-expire").path == "/ocapiat/connexion"


@pytest.mark.requirement("O-33")
def test_a_mail_renews_an_expired_password_too(site: Site, ocapiat: Browser) -> None:
    assert ocapiat.path
    site.clock.move(days=366)
    forgetful = site.browser().get("/ocapiat/mot-de-passe-oublie").send(email=EMAIL)
    forgetful.send(code=code_of(site.mails(EMAIL)[-1])).send(password=PASSWORD)
    assert "C’est votre mot de passe actuel" in forgetful.words
    forgetful.send(password=NEW_PASSWORD)
    assert forgetful.path == "/ocapiat/connexion"
    assert site.browser().sign_in("ocapiat", password=NEW_PASSWORD).path == "/ocapiat/ocapiat/cgu/decider"


def test_the_corpus_says_a_year_for_ocapiat_alone(corpus: Corpus) -> None:
    asking = {
        service.slug
        for service, _, version in corpus.versions()
        for rule in version.metadata.rules
        if rule.kind == "password-renewal-days"
    }
    assert asking == {"ocapiat"}
