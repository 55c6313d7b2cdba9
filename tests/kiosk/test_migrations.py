"""The schema goes up and down with data, says what the models say, and refuses to change what is proved."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, bindparam, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, make_transient

import kiosk
from kiosk.acceptance.models import Contestation, Decision, ScreenFile, ScreenRow
from kiosk.accounts.models import Account, AccountField, ConsentChange, IncidentReport, RegistrationCode
from kiosk.db import Base, UTCDateTime, make_engine, reading, writing
from kiosk.evidence.models import EvidenceRequest
from kiosk.ledger.models import (
    AdministrationAct,
    CheckpointRow,
    ClockObservation,
    ComparisonShown,
    CosignatureRow,
    LeafRow,
    StampAttempt,
    StatementRow,
    TileRow,
    TokenRow,
)
from kiosk.legal_desk.models import Draft, DraftAct, DraftRevision
from kiosk.migrations import downgrade, is_current, upgrade
from kiosk.notices.models import Announcement, AnnouncementAct, NotificationRow, Reminder, Task
from kiosk.retention.models import ErasedStatement
from kiosk.sanctions.models import SanctionAct
from kiosk.staff.models import Officer
from kiosk.texts.models import AttachedFile, CancelledVersion, LinkAct, PublishedVersion
from kiosk.traces.models import ExposureDigest, Trace

LEDGER = ("ledger_leaf", "ledger_tile", "checkpoint", "timestamp_token", "cosignature", "clock_observation")
SCREENS = ("screen", "screen_file")
TOLD = ("contestation", "notification", "exposure_digest")
INSERT_ONLY = (
    "statement", "published_version", "decision", "comparison_shown", *LEDGER, *SCREENS, *TOLD,
    "erased_statement", "announcement_act", "incident_report", "sanction_act",
    "draft", "draft_revision", "draft_act", "cancelled_version", "link_act",
    "administration_act", "attached_file",
)  # fmt: skip
BEFORE_SIGN_IN, SIGN_IN = "0009", "0010"
SANCTIONS, LEGAL_DESK, LINKS = "0016", "0017", "0019"
ATTACHMENTS, ADMINISTRATION = "0020", "0021"
BEFORE_RETENTION, RETENTION, OFFICERS, ANNOUNCEMENTS = "0005", "0006", "0008", "0009"


def fill(engine: Engine, at: datetime, revision: str = ADMINISTRATION) -> None:
    """Put one row in each insert-only table that `revision` knows."""
    with writing(engine) as session:
        session.add(StatementRow(hash="a" * 64, kind="decision", body=b"{}", recorded_at=at))
        if revision >= "0002":
            session.add(ComparisonShown(hash="9" * 64, body=b"x", created_at=at))
        session.flush()
        if revision >= "0003":
            fill_ledger(session, at)
        if revision >= "0004":
            session.add(ScreenFile(hash="8" * 64, body=b"x"))
            session.add(
                ScreenRow(hash="7" * 64, release="1.0", files=b"{}", kept_at=at, statement_hash="a" * 64)
            )
        if revision >= RETENTION:
            session.add(ErasedStatement(statement_hash="8" * 64, erasure_hash="a" * 64))
        if revision >= SIGN_IN:
            session.add(IncidentReport(id="4" * 32, publisher="p", services="essai", received_at=at))
        version = PublishedVersion(
            service="essai", terms="cgu", slug="v1", sequence=1, label="v1", text=b"x", text_hash="b" * 64,
            contractual=b"{}", metadata_hash="c" * 64, published_at=at, effective_at=at, required_at=at,
            registered_at=at, statement_hash="a" * 64,
        )  # fmt: skip
        session.add(version)
        session.flush()
        session.add(
            Decision(
                id="d" * 32,
                subject_id="e" * 32,
                version_id=version.id,
                service="essai",
                terms="cgu",
                kind="accepted",
                sequence=1,
                decided_at=at,
                form_id="f" * 32,
                statement_hash="a" * 64,
            )
        )
        if revision >= "0005":
            fill_told(session, at, version.id)
        if revision >= ANNOUNCEMENTS:
            fill_announced(session, at, version.id)
        if revision >= SANCTIONS:
            session.add(an_act(at, version.id))
        if revision >= LEGAL_DESK:
            fill_desk(session, at, version.id)
        if revision >= LINKS:
            fill_links(session, at, version.id)
        if revision >= ATTACHMENTS:
            session.add(AttachedFile(hash="8" * 64, size=1, content=b"x", at=at))
        if revision >= ADMINISTRATION:
            session.add(
                AdministrationAct(
                    statement_hash="a" * 64, record="link_act/essai/1", act="link-verified", publisher="p",
                    officer_id="5" * 32, function="Juriste", at=at,
                )
            )  # fmt: skip


def fill_links(session: Session, at: datetime, version_id: int) -> None:
    """Put one row in each table of links and reminders."""
    session.add(
        LinkAct(
            service="essai", number=1, url="https://ailleurs.invalid/", act="verified", officer_id="5" * 32,
            function="Juriste", at=at, form_id="6" * 32, standing="{}",
        )
    )  # fmt: skip
    session.add(
        Reminder(
            version_id=version_id, number=1, publisher="p", officer_id="5" * 32, function="f", asked_at=at
        )
    )


def an_act(at: datetime, version_id: int) -> SanctionAct:
    return SanctionAct(
        id="1" * 32, procedure_id="2" * 32, sequence=1, publisher="essai", subject_id="e" * 32,
        service="essai", terms="cgu", version_id=version_id, provision="article-1", act="notice",
        measure="warning", ground="breach", at=at, statement_hash="a" * 64,
    )  # fmt: skip


def fill_desk(session: Session, at: datetime, version_id: int) -> None:
    """Put one row in each table of the legal desk that never changes."""
    draft_id = "3" * 32
    session.add(Draft(id=draft_id, publisher="p", service="essai", terms="cgu", slug="v2", opened_at=at))
    session.flush()
    session.add(
        DraftRevision(
            draft_id=draft_id, number=1, text=b"x", text_hash="b" * 64, contractual=b"{}",
            metadata_hash="c" * 64, officer_id="5" * 32, function="Juriste", at=at,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        DraftAct(
            draft_id=draft_id, number=1, act="opened", revision=1, content_hash="d" * 64,
            officer_id="5" * 32, function="Juriste", at=at, statement_hash="a" * 64,
        )
    )  # fmt: skip
    session.add(CancelledVersion(version_id=version_id, at=at, reason="x", statement_hash="a" * 64))


def fill_announced(session: Session, at: datetime, version_id: int) -> None:
    """Put one row in each table of what is announced."""
    session.add(Announcement(version_id=version_id, publisher="essai", announced_at=at, not_before=at))
    session.flush()
    session.add(
        AnnouncementAct(
            version_id=version_id, sequence=1, act="stopped", function="f", reason="r", at=at, had_left=0
        )
    )


def fill_told(session: Session, at: datetime, version_id: int) -> None:
    """Put one row in each table of what was disputed, sent and traced."""
    digest, day = "a" * 64, at.date()
    session.add_all(
        [
            Contestation(
                id="c" * 32, subject_id="e" * 32, about=digest, contested_at=at, form_id="f" * 32,
                statement_hash=digest,
            ),
            Trace(
                account_id="b" * 32, event="document-shown", at=at, version_id=version_id, day=day,
                salt=b"s" * 16,
            ),
            ExposureDigest(day=day, statement_hash=digest, last_trace_id=1),
        ]
    )  # fmt: skip
    session.flush()
    session.execute(  # without the columns that came later
        insert(NotificationRow).values(
            statement_hash=digest, purpose="decision", channel="mail", state="handed", handed_at=at
        )
    )


def fill_ledger(session: Session, at: datetime) -> None:
    """Put one row in each table of the ledger."""
    root = b"r" * 32
    session.add_all(
        [
            LeafRow(leaf_index=0, statement_hash="a" * 64, leaf_hash=root),
            TileRow(level=0, number=0, hashes=root * 256, root=root),
            CheckpointRow(size=1, root=root, note="x", made_at=at),
            ClockObservation(at=at, kind="leap", source="monotonic", offset_ms=-1500),
            StampAttempt(size=1, authority="alpha", at=at, reason="timeout"),
        ]
    )
    session.flush()
    session.add_all(
        [
            TokenRow(
                size=1, authority="alpha", serial="1", token=b"x", token_at=at, received_at=at, usable=True
            ),
            CosignatureRow(size=1, name="temoin", key_id="0" * 8, line="x", received_at=at),
        ]
    )
    session.flush()


@pytest.fixture
def filled(engine: Engine, at: datetime) -> Engine:
    fill(engine, at)
    return engine


def test_migrations_make_exactly_what_the_models_say(engine: Engine) -> None:
    for file in Path(kiosk.__file__).parent.glob("*/models.py"):  # a table is known once its room is imported
        import_module(f"kiosk.{file.parent.name}.models")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_says_the_schema_is_current_and_may_be_repeated(database_url: str) -> None:
    engine = make_engine(database_url)
    assert not is_current(engine)
    upgrade(engine)
    upgrade(engine)
    assert is_current(engine)
    engine.dispose()


def test_downgrading_removes_every_table_even_full(engine: Engine, at: datetime) -> None:
    fill(engine, at, "0001")
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname = 'refuse_change'"))
        assert found == 0


def test_upgrading_again_with_data_keeps_it(filled: Engine) -> None:
    upgrade(filled)
    with reading(filled) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1


def test_the_table_of_comparisons_comes_and_goes_beside_data(database_url: str, at: datetime) -> None:
    engine = make_engine(database_url)
    upgrade(engine, "0001")
    fill(engine, at, "0001")
    upgrade(engine)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    downgrade(engine, "0001")
    assert "comparison_shown" not in inspect(engine).get_table_names()
    upgrade(engine)
    assert is_current(engine)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM decision"))
    engine.dispose()


@pytest.mark.requirement("P-13", "T-08", "S-17")
@pytest.mark.parametrize("revision", ["0001", "base"])
def test_comparisons_that_people_were_shown_are_not_dropped(
    engine: Engine, at: datetime, revision: str
) -> None:
    fill(engine, at, "0002")
    with pytest.raises(RuntimeError, match=r"comparison_shown: empty expected, 1 row"):
        downgrade(engine, revision)
    assert is_current(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(ComparisonShown)) == 1
        assert connection.scalar(select(func.count()).select_from(Decision)) == 1
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM comparison_shown"))


@pytest.mark.requirement("S-59")
@pytest.mark.parametrize("revision", ["0002", "base"])
def test_what_is_sealed_is_not_dropped(engine: Engine, at: datetime, revision: str) -> None:
    fill(engine, at, "0003")
    with pytest.raises(RuntimeError, match=r"checkpoint: empty expected, 1 row"):
        downgrade(engine, revision)
    assert is_current(engine)
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger_leaf"))


@pytest.mark.requirement("S-59")
@pytest.mark.parametrize("revision", ["0003", "base"])
def test_screens_on_which_people_decided_are_not_dropped(engine: Engine, at: datetime, revision: str) -> None:
    fill(engine, at, "0004")
    with pytest.raises(RuntimeError, match=r"screen: empty expected, 1 row"):
        downgrade(engine, revision)
    assert is_current(engine)
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM screen_file"))


@pytest.mark.parametrize(
    ("before", "tables"),
    [pytest.param("0003", SCREENS, id="screens"), pytest.param("0002", LEDGER, id="ledger")],
)
def test_tables_come_and_go_beside_data(
    database_url: str, at: datetime, before: str, tables: tuple[str, ...]
) -> None:
    engine = make_engine(database_url)
    upgrade(engine, before)
    fill(engine, at, before)
    upgrade(engine)
    downgrade(engine, before)
    assert set(tables).isdisjoint(inspect(engine).get_table_names())
    upgrade(engine)
    assert is_current(engine)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    engine.dispose()


@pytest.mark.parametrize("table", TOLD)
def test_what_was_disputed_sent_or_told_is_not_dropped(engine: Engine, at: datetime, table: str) -> None:
    fill(engine, at, "0003")
    rows: dict[str, Base] = {
        "contestation": Contestation(
            id="c" * 32, subject_id="e" * 32, about="a" * 64, contested_at=at, form_id="f" * 32,
            statement_hash="a" * 64,
        ),
        "notification": NotificationRow(
            statement_hash="a" * 64, purpose="decision", channel="mail", state="handed", handed_at=at
        ),
        "exposure_digest": ExposureDigest(day=at.date(), statement_hash="a" * 64, last_trace_id=1),
    }  # fmt: skip
    with writing(engine) as session:
        session.add(rows[table])
    with pytest.raises(RuntimeError, match=f"{table}: empty expected, 1 row"):
        downgrade(engine, "0004")
    assert is_current(engine)


@pytest.mark.requirement("M-18")
@pytest.mark.parametrize("table", ["account_field", "registration_code", "consent_change"])
def test_what_people_said_of_themselves_and_codes_they_hold_are_not_dropped(
    engine: Engine, at: datetime, table: str
) -> None:
    with writing(engine) as session:
        if table == "registration_code":
            session.add(RegistrationCode(code_hash="a" * 64, service="essai", added_at=at))
        elif table == "consent_change":
            session.add(an_account(at))
            session.flush()
            session.add(
                ConsentChange(
                    account_id="b" * 32, service="essai", channel="news", sequence=1, given=True,
                    words="Oui.", at=at,
                )
            )  # fmt: skip
        else:
            session.add(an_account(at))
            session.flush()
            session.add(AccountField(account_id="b" * 32, field="nom", value="Martin"))
    with pytest.raises(RuntimeError, match=f"{table}: empty expected, 1 row"):
        downgrade(engine, "0008")
    assert is_current(engine)


def test_an_account_that_is_there_already_has_no_step_left_to_go_through(
    database_url: str, at: datetime
) -> None:
    engine = make_engine(database_url)
    upgrade(engine, SIGN_IN)
    row = an_account(at)
    columns = {column["name"] for column in inspect(engine).get_columns("account")} - {"renewal_told"}
    values = {name: getattr(row, name) for name in columns}
    with engine.begin() as connection:
        connection.execute(Account.__table__.insert().values(values))
    upgrade(engine)
    with reading(engine) as session:
        found = session.scalars(select(Account)).one()
    assert (found.email, found.sign_up_step, found.organisation_checked_at) == ("a@example.org", None, None)
    engine.dispose()


def an_account(at: datetime) -> Account:
    return Account(
        id="b" * 32, publisher="essai", service="essai", email="a@example.org", email_key="a@example.org",
        password_hash="x", password_changed_at=at, created_at=at,
    )  # fmt: skip


def test_traces_are_dropped_with_their_table(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        session.add(Trace(account_id="b" * 32, event="signed-in", at=at, salt=b"s" * 16))
    downgrade(engine, "0004")
    assert "trace" not in inspect(engine).get_table_names()
    upgrade(engine)
    assert is_current(engine)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(LeafRow(leaf_index=1, leaf_hash=b"r" * 31), id="leaf hash"),
        pytest.param(LeafRow(leaf_index=-1, leaf_hash=b"r" * 32), id="leaf index"),
        pytest.param(TileRow(level=0, number=1, hashes=b"r" * 8160, root=b"r" * 32), id="partial tile"),
        pytest.param(LeafRow(leaf_index=1, statement_hash="a" * 64, leaf_hash=b"r" * 32), id="sealed twice"),
        pytest.param(LeafRow(leaf_index=0, leaf_hash=b"s" * 32), id="one place, two leaves"),
    ],
)
def test_the_database_refuses_a_tree_that_cannot_be(filled: Engine, row: Base) -> None:
    make_transient(row)
    with pytest.raises(IntegrityError), writing(filled) as session:
        session.add(row)


def test_two_heads_of_one_size_cannot_both_be_kept(filled: Engine, at: datetime) -> None:
    with pytest.raises(IntegrityError), writing(filled) as session:
        session.add(CheckpointRow(size=1, root=b"s" * 32, note="y", made_at=at))


def test_a_schema_comes_back_after_a_downgrade(engine: Engine, at: datetime) -> None:
    fill(engine, at, "0001")
    downgrade(engine, "base")
    upgrade(engine)
    fill(engine, at)
    assert is_current(engine)


def test_two_processes_that_upgrade_at_once_do_not_hurt_each_other(database_url: str) -> None:
    program = (
        "import sys; from kiosk.db import make_engine; from kiosk.migrations import upgrade;"
        "upgrade(make_engine(sys.argv[1]))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, database_url], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0], ended
    engine = make_engine(database_url)
    assert is_current(engine)
    engine.dispose()


@pytest.mark.requirement("S-59", "P-13", "T-08", "S-17")
@pytest.mark.parametrize("table", INSERT_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_the_database_refuses_to_change_what_is_proved(filled: Engine, table: str, verb: str) -> None:
    column = inspect(filled).get_columns(table)[0]["name"]
    with pytest.raises(DBAPIError, match="insert-only"), filled.begin() as connection:
        connection.execute(text(verb.format(table=table, column=column)))
    with filled.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1


@pytest.mark.requirement("S-59")
@pytest.mark.parametrize("table", INSERT_ONLY)
def test_the_database_refuses_to_empty_what_is_proved(filled: Engine, table: str) -> None:
    if filled.dialect.name == "postgresql":
        statement, said = f"TRUNCATE {table} CASCADE", "insert-only"
    else:
        columns = ", ".join(column["name"] for column in inspect(filled).get_columns(table))
        statement = f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"
        said = "insert-only|FOREIGN KEY"
    with pytest.raises(DBAPIError, match=said), filled.begin() as connection:
        connection.execute(text(statement))


def test_a_session_that_silences_triggers_is_refused_too(filled: Engine) -> None:
    silence = "SET session_replication_role = replica; " if filled.dialect.name == "postgresql" else ""
    with filled.connect() as connection:
        if silence:
            connection.exec_driver_sql(silence)
        with pytest.raises(DBAPIError, match="insert-only"):
            connection.execute(text("DELETE FROM decision"))


@pytest.mark.requirement("S-59")
def test_what_people_were_promised_of_their_data_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, RETENTION)
    with pytest.raises(RuntimeError, match=r"erased_statement: empty expected, 1 row"):
        downgrade(engine, BEFORE_RETENTION)
    assert is_current(engine)


@pytest.mark.requirement("P-11")
def test_what_people_were_told_of_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, ANNOUNCEMENTS)
    with pytest.raises(RuntimeError, match=r"announcement: empty expected, 1 row"):
        downgrade(engine, OFFICERS)
    assert is_current(engine)


def test_mails_that_wait_go_through_the_tables_of_announcements_and_back(
    database_url: str, at: datetime
) -> None:
    engine = make_engine(database_url)
    upgrade(engine, OFFICERS)
    fill(engine, at, "0004")
    with engine.begin() as connection:
        for row in (
            "INSERT INTO task (kind, key, payload, created_at, due_at, attempts, state)"
            " VALUES ('mail', 'essai:1', '{}', :at, :at, 0, 'waiting')",
            "INSERT INTO notification (statement_hash, purpose, channel, state, handed_at)"
            f" VALUES ('{'a' * 64}', 'decision', 'mail', 'handed', :at)",
        ):
            connection.execute(text(row).bindparams(bindparam("at", type_=UTCDateTime())), {"at": at})
    upgrade(engine)
    assert is_current(engine)
    with reading(engine) as session:
        assert session.scalars(select(Task)).one().mailing is None
        assert session.scalars(select(NotificationRow)).one().message is None
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM notification"))
    downgrade(engine, OFFICERS)
    assert {one["name"] for one in inspect(engine).get_indexes("task")} >= {"ix_task_due"}
    with pytest.raises(DBAPIError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM notification"))
    engine.dispose()


def test_accounts_made_before_get_an_identifier_and_count_from_their_last_decision(
    database_url: str, at: datetime
) -> None:
    engine = make_engine(database_url)
    upgrade(engine, BEFORE_RETENTION)
    fill(engine, at, BEFORE_RETENTION)
    before = at - timedelta(days=4_000)
    with engine.begin() as connection:
        for key in "12":
            connection.execute(
                text(
                    "INSERT INTO account (id, publisher, service, email, email_key, password_hash,"
                    " password_changed_at, created_at) VALUES (:key, 'p', 's', :key, :key, 'x', :at, :at)"
                ).bindparams(bindparam("at", type_=UTCDateTime())),
                {"key": key, "at": before},
            )
        connection.execute(text(f"INSERT INTO subject (id, account_id) VALUES ('{'e' * 32}', '1')"))
    upgrade(engine)
    with reading(engine) as session:
        first, second = session.scalars(select(Account).order_by(Account.id)).all()
    assert (first.last_signed_in_at, second.last_signed_in_at) == (at, before)
    assert first.closing_id != second.closing_id
    assert {len(one.closing_id or "") for one in (first, second)} == {32}
    with pytest.raises(RuntimeError, match=r"account: empty expected, 2 row"):
        downgrade(engine, BEFORE_RETENTION)
    with reading(engine) as session:
        kept = session.scalars(select(Account.closing_id).order_by(Account.id)).all()
    assert kept == [first.closing_id, second.closing_id], "by which a backup knows that they were deleted"
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM subject"))
        connection.execute(text("DELETE FROM account"))
    downgrade(engine, BEFORE_RETENTION)
    assert "closing_id" not in {one["name"] for one in inspect(engine).get_columns("account")}
    engine.dispose()


@pytest.mark.requirement("P-43", "T-16")
def test_reports_of_incidents_are_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, SIGN_IN)
    with pytest.raises(RuntimeError, match=r"incident_report: empty expected, 1 row"):
        downgrade(engine, BEFORE_SIGN_IN)
    assert is_current(engine)


def test_sessions_and_accounts_made_before_stay_when_their_columns_come_and_go(
    database_url: str, at: datetime
) -> None:
    engine = make_engine(database_url)
    upgrade(engine, BEFORE_SIGN_IN)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO account (id, publisher, service, email, email_key, password_hash,"
            " password_changed_at, created_at) VALUES ('1', 'p', 's', 'x', 'x', 'x', :at, :at)",
            "INSERT INTO sign_in (token_hash, account_id, created_at, expires_at)"
            " VALUES ('t', '1', :at, :at)",
        ):
            connection.execute(text(statement).bindparams(bindparam("at", type_=UTCDateTime())), {"at": at})
    upgrade(engine)
    with reading(engine) as session:
        account = session.scalars(select(Account)).one()
    assert (account.renewal_told, account.suspension_proposed_at) == (0, None)
    downgrade(engine, BEFORE_SIGN_IN)
    assert "renewal_told" not in {one["name"] for one in inspect(engine).get_columns("account")}
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sign_in")) == 1
    engine.dispose()


@pytest.mark.parametrize("asked", [False, True], ids=["officers alone", "evidence asked for"])
def test_officers_are_lost_with_their_table_unless_evidence_was_asked_for(
    engine: Engine, at: datetime, asked: bool
) -> None:
    officer = Officer(
        id="1" * 32, publisher="essai", login="juriste", name="Camille", function="Juriste",
        secret_hash="x", created_at=at,
    )  # fmt: skip
    wanted = EvidenceRequest(
        id="2" * 32, publisher="essai", subject_id="e" * 32, officer_id="1" * 32, function="Juriste",
        asked_at=at, expires_at=at, words_hash="3" * 64,
    )  # fmt: skip
    with writing(engine) as session:
        session.add_all([officer, wanted] if asked else [officer])
    if asked:
        with pytest.raises(RuntimeError, match=r"evidence_request: empty expected, 1 row"):
            downgrade(engine, RETENTION)
    else:
        downgrade(engine, RETENTION)
        assert "officer" not in inspect(engine).get_table_names()
        upgrade(engine)
    assert is_current(engine)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Officer)) == asked


@pytest.mark.requirement("S-59")
def test_what_people_were_told_of_a_measure_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, SANCTIONS)
    with pytest.raises(RuntimeError, match=r"sanction_act: empty expected, 1 row"):
        downgrade(engine, "0011")
    assert is_current(engine)


def test_what_a_legal_team_wrote_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, LEGAL_DESK)
    with pytest.raises(RuntimeError, match=r"draft: empty expected, 1 row"):
        downgrade(engine, SANCTIONS)
    assert is_current(engine)


def test_accounts_that_are_there_have_no_measure(database_url: str, at: datetime) -> None:
    engine = make_engine(database_url)
    upgrade(engine, "0011")
    row = an_account(at)
    columns = {one["name"] for one in inspect(engine).get_columns("account")} - {"renewal_told"}
    with engine.begin() as connection:
        connection.execute(Account.__table__.insert().values({one: getattr(row, one) for one in columns}))
    upgrade(engine)
    with reading(engine) as session:
        assert session.scalars(select(Account.measures)).one() is None
    downgrade(engine, "0011")
    assert "sanction_act" not in inspect(engine).get_table_names()
    engine.dispose()


def test_what_was_done_with_links_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, LINKS)
    with pytest.raises(RuntimeError, match=r"link_act: empty expected, 1 row"):
        downgrade(engine, LEGAL_DESK)
    assert is_current(engine)


@pytest.mark.requirement("S-03")
def test_what_goes_along_with_a_text_is_not_dropped(engine: Engine, at: datetime) -> None:
    fill(engine, at, ATTACHMENTS)
    with pytest.raises(RuntimeError, match=r"attached_file: empty expected, 1 row"):
        downgrade(engine, LINKS)
    assert is_current(engine)
