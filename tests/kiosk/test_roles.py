"""The roles of PostgreSQL, as they are: each process does its work, and cannot do the other's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from psycopg import connect
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, func, make_url, select, text, update
from sqlalchemy.exc import ProgrammingError

from kiosk import worker
from kiosk.acceptance.models import Subject
from kiosk.accounts import recovery, registration
from kiosk.accounts.models import Account, RecoveryRequest, RegistrationCode
from kiosk.administration import alerts
from kiosk.cli import main
from kiosk.db import Base, make_engine, reading, writing
from kiosk.evidence import forgetting, searches
from kiosk.evidence import services as evidence
from kiosk.evidence.models import EvidenceRequest, EvidenceWords
from kiosk.evidence.services import Grounds
from kiosk.ledger.administration import Operator, Registrar
from kiosk.ledger.models import Disclosure
from kiosk.ledger.standing import standing
from kiosk.migrations import downgrade
from kiosk.migrations.roles import OWNER, RIGHTS, WEB, WORKER, roles_sql
from kiosk.notices import announcements
from kiosk.notices.models import Announcement
from kiosk.retention import holds, requests
from kiosk.retention.erasures import Office
from kiosk.retention.models import ArchivedDisclosure, LegalHold, RightsRequest
from kiosk.retention.requests import Outcome, Ruling
from kiosk.sanctions import services as sanctions
from kiosk.sanctions.policy import Ground, Measure
from kiosk.security import keyed_hasher
from kiosk.staff import brake, officers, records, sessions
from kiosk.staff.errors import OfficerError
from kiosk.staff.models import Officer, OfficerRecord, OfficerSession, SearchSalt
from kiosk.staff.records import Act
from kiosk.staff.roles import Role
from kiosk.traces.models import ExposureDigest, Trace
from kiosk.worker import WorkerContext
from tests.kiosk.sanctions.people import DIRECTOR, OFFICER, accepted, ruling
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Making, Site, code_of
from tests.postgres import Server, made

pytestmark = pytest.mark.postgresql
MEANS = Registrar("demonstration", os.urandom)


@pytest.fixture
def databases(postgresql_server: Server, migrated_database: str) -> Iterator[dict[str, str]]:
    """The address of one database with the roles, by role."""
    with made(postgresql_server, "roles", migrated_database) as admin:
        name = make_url(admin).database
        sql = CliRunner().invoke(main, ["database", "roles"]).output
        assert sql == roles_sql()
        for _ in range(2):  # it may be repeated
            with connect(admin, autocommit=True) as connection:
                connection.execute(sql)
        yield {
            role: f"postgresql://{role}@/{name}?host={postgresql_server.folder}"
            for role in (OWNER, WEB, WORKER)
        }


@pytest.fixture
def engines(databases: dict[str, str]) -> Iterator[dict[str, Engine]]:
    made = {role: make_engine(url) for role, url in databases.items()}
    yield made
    for one in made.values():
        one.dispose()


def test_every_table_has_its_rights() -> None:
    assert set(RIGHTS) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.requirement("S-58")
def test_people_decide_and_the_worker_seals_each_with_its_own_role(
    engines: dict[str, Engine], make_site: Making
) -> None:
    site: Site = make_site(engines[WORKER])  # texts are registered from the command line, as the worker
    site.engine.dispose()
    web = make_site(engines[WEB])  # nothing is left to register
    browser: Browser = web.browser()
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    assert browser.status == 200
    assert "Enregistré" in browser.words
    context = WorkerContext(web.settings, engines[WORKER], web.clock)
    worker.run_once(context)
    with reading(engines[WEB]) as session:
        held = standing(session, web.settings, web.clock())
    assert held.pending == 0
    assert held.head is not None
    assert "scellé" in browser.get(browser.path).words
    browser.get(f"{browser.path}/contester").send(words="Ce n’était pas moi.")
    assert "vous contestez cette décision" in browser.words
    browser.get("/dgefp/portail/cgu/decider").response.close()
    web.clock.move(days=400)
    worker.tidy(context)
    with reading(engines[WEB]) as session:
        assert session.scalar(select(func.count()).select_from(ExposureDigest)) == 1
        assert session.scalar(select(func.count()).select_from(Trace)) == 0


def test_a_code_that_the_command_added_is_used_by_the_web_process_and_forgotten_by_the_worker(
    engines: dict[str, Engine], make_site: Making
) -> None:
    site: Site = make_site(engines[WORKER])
    code = site.give_code("monjob62")
    site.engine.dispose()
    web = make_site(engines[WEB])
    browser = web.browser().sign_up(
        "pas-de-calais", "monjob62", profile="candidat", **{"code-inscription": code}
    )
    browser.accept()
    assert web.count(Account) == 1
    with reading(engines[WEB]) as session:
        assert session.scalars(select(RegistrationCode.used_at)).one() == web.clock()
    with pytest.raises(ProgrammingError), writing(engines[WEB]) as session:
        registration.add(session, "monjob62", ["RSA-9999-9999"], at=web.clock(), hasher=keyed_hasher("x"))
    web.clock.move(days=30)
    worker.tidy(WorkerContext(web.settings, engines[WORKER], web.clock))
    assert web.count(RegistrationCode) == 0


@pytest.mark.requirement("P-30", "O-41")
def test_a_person_leaves_and_is_forgotten_at_term_each_role_doing_its_part(
    engines: dict[str, Engine], make_site: Making
) -> None:
    site: Site = make_site(engines[WORKER])
    site.engine.dispose()
    web = make_site(engines[WEB])
    context = WorkerContext(web.settings, engines[WORKER], web.clock)
    leaver, unused, asking = (
        web.browser().sign_up("dgefp", "portail", email=f"{name}@example.org").accept()
        for name in ("leaver", "unused", "asking")
    )
    asking.get("/dgefp/mon-compte/effacement").send(wanted="everything")
    leaver.get("/dgefp/mon-compte/suppression").send(password=PASSWORD, confirm="1")
    assert leaver.path == "/dgefp/compte-supprime"
    office = Office(web.app.extensions["kiosk"].services, "demonstration", "http://localhost", os.urandom)
    with writing(engines[WORKER]) as session:
        subject = session.scalars(select(ArchivedDisclosure.subject_id)).first() or ""
        until = web.clock() + timedelta(days=1)
        holds.add(
            session, office, subject_id=subject, services=(), until=until, reason="x", function="y",
            at=web.clock(),
        )  # fmt: skip
        [waiting] = requests.register(session)
        ruling = Ruling(Outcome.GRANTED, "Fonction", "Nom")
        requests.decide(session, office, waiting.id, ruling, at=web.clock())
    for days in (365 * 3, 31, 365 * 6):
        web.clock.move(days=days)
        worker.retain(context)
        worker.run_once(context)
    assert unused.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    with reading(engines[WORKER]) as session:
        left = (Account, Subject, Disclosure, ArchivedDisclosure, LegalHold, RightsRequest)
        assert [len(session.scalars(select(model)).all()) for model in left] == [0] * 6


@pytest.mark.requirement("O-32", "P-43")
def test_accounts_are_tended_each_role_doing_its_part(engines: dict[str, Engine], make_site: Making) -> None:
    make_site(engines[WORKER]).engine.dispose()
    web = make_site(engines[WEB])
    context = WorkerContext(web.settings, engines[WORKER], web.clock)
    browser = web.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    browser.get("/ocapiat/mon-compte/codes-de-secours").send()
    browser.get("/ocapiat/mon-compte/mot-de-passe?motif=vol")
    browser.send(current=PASSWORD, password="Trois ponts gris, 9 barques !")
    assert browser.path == "/ocapiat/mon-compte"
    for email, new in ((EMAIL, "neuve@example.org"), ("inconnu@example.org", "autre@example.org")):
        other = web.browser().get("/ocapiat/sans-boite/demande").send(email=email, new_email=new, words="x")
        other.send(code=code_of(web.mails(new)[-1])).send()
        assert other.path == "/ocapiat/sans-boite/recue"
    with writing(engines[WORKER]) as session:
        (asked,) = recovery.register(session)
        for name in ("Anne Roy", "Paul Lys"):
            recovery.approve(session, asked.id, name, at=web.clock())
    web.clock.move(hours=73)
    worker.retain(context)
    for days in (364, 400):
        web.clock.move(days=days)
        worker.retain(context)
        worker.tidy(context)
    with reading(engines[WORKER]) as session:
        account = session.scalars(select(Account)).one()
        assert session.scalar(select(func.count()).select_from(RecoveryRequest)) == 0
    assert (account.email, account.renewal_told) == ("neuve@example.org", 5)
    with pytest.raises(ProgrammingError, match="permission denied"), writing(engines[WORKER]) as session:
        session.execute(update(Account).values(password_hash="x"))


@pytest.mark.requirement("O-49")
def test_a_notice_to_everybody_is_sent_each_role_doing_its_part(
    engines: dict[str, Engine], make_site: Making
) -> None:
    site: Site = make_site(engines[WORKER])
    with writing(engines[WORKER]) as session:
        for login in ("a.un", "b.deux"):
            officers.add(
                session, publisher="dgefp", login=login, name="Prénom Nom", function="Assistance",
                grants=[Role.SUPPORT], secret=PASSWORD, at=site.clock(), randomness=os.urandom,
            )  # fmt: skip
    with reading(engines[WEB]) as session:
        first, second = officers.working(session, "dgefp")
    at = site.clock()
    with writing(engines[WEB]) as session:
        notice = alerts.write(session, first, "Fuite", "Texte.", at=at, means=MEANS)
        session.flush()
        alerts.confirm(session, second, notice, hold=timedelta(0), at=at, means=MEANS)
    with writing(engines[WORKER]) as session:
        assert not alerts.spread(session, notice, at)
    with writing(engines[WEB]) as session:
        alerts.stop(session, first, notice, at=at, means=MEANS)


def test_the_mails_of_a_version_are_stopped_by_the_web_process(
    engines: dict[str, Engine], make_site: Making
) -> None:
    version = make_site(engines[WORKER]).publish()
    web = make_site(engines[WEB], legal_desk=True)
    why = {"by": Operator("Directrice"), "means": MEANS, "reason": "Une erreur."}
    with writing(engines[WEB]) as session:
        announcements.stop(session, version.id, at=web.clock(), **why)
    with writing(engines[WEB]) as session:
        announcements.resume(session, version.id, at=web.clock(), **why)
    with pytest.raises(ProgrammingError), writing(engines[WEB]) as session:
        session.execute(update(Announcement).values(told=9))


def test_the_evidence_forgets_as_the_worker(engines: dict[str, Engine], make_site: Making) -> None:
    site: Site = make_site(engines[WORKER])
    with writing(engines[WORKER]) as session:
        officers.add(
            session, publisher="dgefp", login="c.martin", name="Prénom Nom", function="Juriste",
            grants=[Role.EVIDENCE], secret=PASSWORD, at=site.clock(), randomness=os.urandom,
        )  # fmt: skip
    acting = brake.authenticate(
        engines[WORKER], "dgefp", "c.martin", PASSWORD, door=brake.Door.TERMINAL, network="1000",
        at=site.clock(), hasher=keyed_hasher(site.settings.secret_key),
    )  # fmt: skip
    for role in (WEB, WORKER):
        with writing(engines[role]) as session:
            searches.search(
                session, acting, ["soffi"], "x@example.org", at=site.clock(), randomness=os.urandom
            )
            secret_hash = officers.hashed(acting, PASSWORD, f"{PASSWORD} {role}")
            officers.change_secret(session, acting, secret_hash)
            acting = replace(acting, secret_hash=secret_hash)
            records.note(session, acting, Act.SECRET_CHANGED, site.clock())
        with pytest.raises(OfficerError):
            brake.authenticate(
                engines[role], "dgefp", "c.martin", PASSWORD, door=brake.Door.BROWSER, network=role,
                at=site.clock(), hasher=keyed_hasher(site.settings.secret_key),
            )  # fmt: skip
    with writing(engines[WEB]) as session:
        evidence.ask(
            session, acting, subject_id="0" * 32, service=None, grounds=Grounds("Tribunal", "", "Litige"),
            at=site.clock(), randomness=os.urandom,
        )  # fmt: skip
        sessions.begin(
            session, acting, at=site.clock(), randomness=os.urandom, hasher=lambda *texts: texts[-1]
        )
    with reading(engines[WEB]) as session:
        assert len(records.every(session, "dgefp")) == 4
    site.clock.move(days=366 * 6)
    worker.tidy(WorkerContext(site.settings, engines[WORKER], site.clock))
    with writing(engines[WORKER]) as session:
        officers.deactivate(session, "dgefp", "c.martin", site.clock())
        forgetting.forget_officer(session, "dgefp", "c.martin", site.clock())
    with reading(engines[WORKER]) as session:
        gone, kept = (EvidenceWords, SearchSalt, OfficerSession, Officer), (EvidenceRequest, OfficerRecord)
        assert [len(session.scalars(select(one)).all()) for one in gone] == [0, 0, 0, 0]
        assert [len(session.scalars(select(one)).all()) for one in kept] == [1, 4]


@pytest.mark.requirement("S-59")
def test_the_web_process_takes_nothing_away_that_the_archive_does_not_hold(
    engines: dict[str, Engine], databases: dict[str, str], make_site: Making
) -> None:
    make_site(engines[WORKER]).engine.dispose()
    browser = make_site(engines[WEB]).browser().sign_up("dgefp", "portail").accept()
    with connect(databases[WEB]) as connection, pytest.raises(InsufficientPrivilege, match="archive"):
        connection.execute("DELETE FROM disclosure WHERE field = 'email'")
    forged = (
        "INSERT INTO archived_disclosure SELECT statement_hash, field, salt, {value}, repeat('0', 32),"
        " 'dgefp', 'portail', now(), now() + interval '5 years' FROM disclosure"
    )
    with connect(databases[WEB]) as connection:
        connection.execute(forged.format(value="'quelqu’un d’autre'"))
        with pytest.raises(InsufficientPrivilege, match="archive"):
            connection.execute("DELETE FROM disclosure")
    with connect(databases[WEB]) as connection, pytest.raises(InsufficientPrivilege, match="temporary"):
        connection.execute("CREATE TEMP TABLE archived_disclosure AS SELECT * FROM disclosure")
    with connect(databases[WEB].replace(WEB, "postgres")) as connection:  # as in a deployment that grants it
        granted = SQL("GRANT TEMPORARY ON DATABASE {} TO {}")
        connection.execute(granted.format(Identifier(connection.info.dbname), Identifier(WEB)))
    with connect(databases[WEB]) as connection:
        connection.execute("CREATE TEMP TABLE archived_disclosure AS SELECT * FROM disclosure")
        connection.execute("GRANT SELECT ON archived_disclosure TO PUBLIC")
        with pytest.raises(InsufficientPrivilege, match="archive"):
            connection.execute("DELETE FROM disclosure")
    with connect(databases[WEB]) as connection:
        connection.execute(forged.format(value="value"))
        assert connection.execute("DELETE FROM disclosure").rowcount == 2, "kept apart, and lost to nobody"
        connection.rollback()
    with connect(databases[WORKER]) as connection:
        assert connection.execute("DELETE FROM disclosure").rowcount == 2, "a term or a request destroys"
        connection.rollback()
    browser.get("/dgefp/mon-compte/suppression").send(password=PASSWORD, confirm="1")
    assert browser.path == "/dgefp/compte-supprime"
    with reading(engines[WORKER]) as session:
        kept = [len(session.scalars(select(one)).all()) for one in (Disclosure, ArchivedDisclosure)]
    assert kept == [0, 2]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (WEB, "DELETE FROM pending"),
        (WEB, "DELETE FROM officer"),
        (WEB, "DELETE FROM evidence_words"),
        (WEB, "DELETE FROM officer_record"),
        (WEB, "DELETE FROM search_salt"),
        (WEB, "SELECT salt FROM search_salt"),
        (WEB, "UPDATE officer SET deactivated_at = NULL"),
        (WEB, "UPDATE officer SET login = 'x'"),
        (WEB, "INSERT INTO officer_role VALUES ('x', 1, 'evidence', NULL, now(), NULL)"),
        (WEB, "UPDATE officer_session SET proved_at = now()"),
        (WEB, "UPDATE officer_totp SET last_step = 0, sealed = ''"),
        (WORKER, "INSERT INTO officer_totp VALUES ('x', '', 0, now())"),
        (WORKER, "UPDATE officer_record SET found = 0"),
        (WEB, "UPDATE announcement SET told = 1"),
        (WEB, "UPDATE security_notice SET body = 'x'"),
        (WEB, "UPDATE security_notice SET officer_id = 'x'"),
        (WORKER, "UPDATE security_notice SET body = 'x'"),
        (WORKER, "UPDATE security_notice SET confirmed_at = now()"),
        (WORKER, "DELETE FROM announcement_act"),
        (WORKER, "DELETE FROM evidence_act"),
        (WEB, "INSERT INTO checkpoint VALUES (1, decode(repeat('00', 32), 'hex'), '', now())"),
        (WEB, "INSERT INTO ledger_leaf VALUES (0, NULL, decode(repeat('00', 32), 'hex'))"),
        (WEB, "INSERT INTO published_version (service) VALUES ('x')"),
        (WEB, "UPDATE statement SET kind = 'x'"),
        (WEB, "DELETE FROM decision"),
        (WEB, "ALTER TABLE statement DISABLE TRIGGER ALL"),
        (WEB, "DROP TABLE decision"),
        (WEB, "CREATE TABLE mine (x int)"),
        (WEB, "DELETE FROM contestation"),
        (WEB, "DELETE FROM trace"),
        (WEB, "INSERT INTO notification (statement_hash) VALUES ('x')"),
        (WORKER, "INSERT INTO contestation (id) VALUES ('x')"),
        (WORKER, "DELETE FROM exposure_digest"),
        (WEB, "UPDATE disclosure SET value = 'x'"),
        (WEB, "SELECT value FROM archived_disclosure"),
        (WEB, "SELECT count(*) FROM archived_disclosure"),
        (WEB, "UPDATE archived_disclosure SET ends_at = now()"),
        (WEB, "DELETE FROM archived_disclosure"),
        (WEB, "SELECT * FROM legal_hold"),
        (WEB, "UPDATE rights_request SET outcome = 'refused'"),
        (WEB, "UPDATE task SET kind = 'x'"),
        (WORKER, "DELETE FROM erased_statement"),
        (WORKER, "UPDATE account SET password_hash = 'x'"),
        (WORKER, "INSERT INTO decision (id) VALUES ('x')"),
        (WORKER, "DELETE FROM checkpoint"),
        (WORKER, "TRUNCATE statement"),
        (WORKER, "ALTER TABLE statement DISABLE TRIGGER ALL"),
        (WORKER, "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS ''"),
    ],
)
def test_what_a_role_has_no_business_with_is_refused(
    databases: dict[str, str], role: str, statement: str
) -> None:
    with connect(databases[role]) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


def test_the_owner_migrates_and_the_kiosk_is_set_up_with_it(
    engines: dict[str, Engine], databases: dict[str, str], tmp_path: Path
) -> None:
    downgrade(engines[OWNER], "0001")
    environ = {
        "KIOSK_MODE": "demonstration",
        "KIOSK_SECRET_KEY": "0123456789abcdef" * 4,
        "DATABASE_URL": databases[WEB],
        "KIOSK_OWNER_DATABASE_URL": databases[OWNER],
        "KIOSK_DATA_DIR": str(tmp_path / "var"),
    }
    result = CliRunner().invoke(main, ["setup"], env=environ)
    assert result.exit_code == 0, result.output
    with connect(databases[OWNER]) as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert owners.fetchall() == [(OWNER,)]


@pytest.mark.requirement("S-58")
def test_a_measure_is_taken_by_a_command_answered_on_a_page_and_ends_an_account(
    engines: dict[str, Engine], make_site: Making
) -> None:
    site: Site = make_site(engines[WORKER], sanctions=True)
    site.engine.dispose()
    web = accepted(make_site(engines[WEB], sanctions=True))
    command = replace(web, site=replace(web.site, engine=engines[WORKER]))
    notice = web.notice(measure=Measure.DELETION)
    made = command.act(sanctions.notify, web.account_id, OFFICER, notice, web.site.clock())
    command.work()
    page = f"/dgefp/mesures/{made.procedure_id}"
    web.browser().get(page).send(answer="Ce n’est pas moi.")
    assert [one.act for one in web.acts()] == ["notice", "answer"]
    web.site.clock.move(days=9)
    ruled = ruling(measure=Measure.DELETION, ground=Ground.SERIOUS)
    command.act(sanctions.decide, "dgefp", made.procedure_id, OFFICER, ruled, web.site.clock())
    command.act(sanctions.confirm, "dgefp", made.procedure_id, DIRECTOR, web.site.clock())
    command.work()
    assert web.site.count(Account) == 0
    for verb in ("UPDATE sanction_act SET act = 'dropped'", "DELETE FROM sanction_act"):
        with pytest.raises(ProgrammingError), writing(engines[WEB]) as session:
            session.execute(text(verb))
