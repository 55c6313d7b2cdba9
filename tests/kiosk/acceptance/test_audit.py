"""A decision, or a version, that no longer says what its statement says is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import rfc8785
from sqlalchemy import Engine

from kiosk import worker
from kiosk.acceptance.audit import Audited, _check_screen, audit
from kiosk.ledger import audit as ledger
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.keys import PUBLIC_FILE
from kiosk.ledger.rows import snapshot
from kiosk.ledger.sealing import seal_once
from kiosk.proof.trust import Trust, parse_trust
from kiosk.worker import WorkerContext
from tests.kiosk.acceptance.test_journeys import seal
from tests.kiosk.ledger.making import AT, KEY, clock
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.ledger.whole import SCREEN, Whole
from tests.kiosk.web import Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE, on_both

pytestmark = ON_SQLITE


@pytest.fixture
def whole(engine: Engine, tmp_path: Path) -> Whole:
    made = Whole(engine, tmp_path / "registre")
    made.enter()
    made.decide(20)
    assert seal_once(engine, KEY, clock, folder=made.folder)
    return made


def audited(engine: Engine, trust: Trust, at: datetime = AT) -> Audited:
    with snapshot(engine) as session:
        done = ledger.audit(session, trust)
        return audit(session, done.statements, at)


@dataclass(frozen=True)
class Change:
    """A change of rows, and the row that the audit names."""

    statement: str
    table: str
    key: str


FIVE = f"'{5:032x}'"
CHANGES = {
    "another decision": Change(f"UPDATE decision SET kind = 'refused' WHERE id = {FIVE}", "decision", FIVE),
    "of another person": Change(
        f"UPDATE decision SET subject_id = '{'0' * 32}' WHERE id = {FIVE}", "decision", FIVE
    ),
    "another identifier": Change(
        f"UPDATE decision SET id = '{'0' * 32}' WHERE id = {FIVE}", "decision", f"'{'0' * 32}'"
    ),
    "another time": Change(
        f"UPDATE decision SET decided_at = '2026-11-21 08:00:00.000000' WHERE id = {FIVE}", "decision", FIVE
    ),
    "another service": Change(f"UPDATE decision SET service = 'autre' WHERE id = {FIVE}", "decision", FIVE),
    "another statement": Change(
        f"UPDATE decision SET statement_hash = (SELECT statement_hash FROM published_version)"
        f" WHERE id = {FIVE}",
        "decision", FIVE,
    ),
    "no statement": Change(
        f"UPDATE decision SET statement_hash = '{'0' * 64}' WHERE id = {FIVE}", "decision", FIVE
    ),
    "a decision taken away": Change(
        f"DELETE FROM decision WHERE id = {FIVE}", "decision", "'statement_hash [0-9a-f]{64}'"
    ),
    "another text": Change(
        "UPDATE published_version SET text = :body", "published_version", "'1, text_hash'"
    ),
    "other metadata": Change(
        "UPDATE published_version SET contractual = :body", "published_version", "'1, metadata_hash'"
    ),
    "another version": Change("UPDATE published_version SET slug = 'v2'", "published_version", "'1'"),
    "another file": Change("UPDATE screen_file SET body = :body", "screen_file", "'[0-9a-f]{64}'"),
    "a file taken away": Change("DELETE FROM screen_file", "screen_file", "'[0-9a-f]{64}'"),
    "another list of files": Change("UPDATE screen SET files = :body", "screen", f"'{SCREEN.hash}'"),
    "another release": Change("UPDATE screen SET release = '9.9'", "screen", f"'{SCREEN.hash}'"),
    "a screen of another statement": Change(
        "UPDATE screen SET statement_hash = (SELECT statement_hash FROM published_version)",
        "screen", f"'{SCREEN.hash}'",
    ),
    "a screen taken away": Change("DELETE FROM screen", "decision", "'[0-9a-f]{32}'"),
    "an accession": Change("UPDATE published_version SET published_at = NULL", "published_version", "'1'"),
    "a version of no statement": Change(
        f"UPDATE published_version SET statement_hash = '{'0' * 64}'", "published_version", "'1'"
    ),
}  # fmt: skip


@pytest.mark.requirement("S-59")
@on_both("name", CHANGES, "another decision", "a decision taken away", "another file")
def test_a_change_is_named(whole: Whole, name: str) -> None:
    trust = Trust((KEY.verifier,))
    assert audited(whole.engine, trust) == Audited(decisions=20, versions=1, screens=1)
    change = CHANGES[name]
    values = {"body": b"autre"} if ":body" in change.statement else {}
    tamper(whole.engine, change.statement, **values)
    with pytest.raises(DeviationError) as caught:
        audited(whole.engine, trust)
    assert caught.value.table == change.table
    assert re.fullmatch(change.key.strip("'"), caught.value.key), caught.value.key
    assert caught.value.expected != caught.value.found


def test_a_version_taken_away_is_named(whole: Whole) -> None:
    tamper(whole.engine, "DELETE FROM published_version")
    with pytest.raises(DeviationError) as caught:
        audited(whole.engine, Trust((KEY.verifier,)))
    assert (caught.value.table, caught.value.key) == ("published_version", "1")


@pytest.fixture
def lived(site: Site, browser: Browser) -> Site:
    """Decisions, a contestation, mails handed over, a day told, as the kiosk makes them; all sealed."""
    browser.sign_up("dgefp", "soffi", profile="opco").accept().get("/dgefp/soffi/")
    browser.response.close()
    browser.accept()
    browser.get(f"{browser.path}/contester").send(words="Ce n’était pas moi.")
    context = WorkerContext(site.settings, site.engine, site.clock)
    worker.run_once(context)
    site.clock.move(days=1)
    worker.tidy(context)
    seal(site)
    return site


def of_site(site: Site) -> Audited:
    trust = parse_trust((site.settings.keys_dir / PUBLIC_FILE).read_text("utf-8"))
    return audited(site.engine, trust, site.clock())


@ON_BOTH
def test_what_people_really_did_is_whole(lived: Site) -> None:
    """Whatever their words."""
    done = of_site(lived)
    assert (done.decisions, done.contestations, done.notifications, done.days) == (2, 1, 3, 1)
    assert done.versions > 5
    assert done.screens == 1


@pytest.mark.parametrize("screen", ["0" * 64, "f" * 64])
def test_a_decision_on_a_screen_that_is_not_kept_is_named(whole: Whole, screen: str) -> None:
    """Its statement says so, and is sealed: only what was kept beside it can tell."""
    (said,) = whole.decide(screen=screen)
    whole.seal()
    with pytest.raises(DeviationError) as caught:
        audited(whole.engine, Trust((KEY.verifier,)))
    assert (caught.value.table, caught.value.key) == ("decision", said.members["id"])
    assert caught.value.expected == "un écran gardé"
    assert screen in caught.value.found


@pytest.mark.parametrize("members", [{}, {"screen": "0" * 64}])
def test_a_decision_of_the_format_before_named_no_screen(members: dict[str, str]) -> None:
    body = rfc8785.dumps({"format": "cgu-statement/1", "kind": "decision", **members})
    _check_screen("clé", body, set())
    with pytest.raises(DeviationError):
        _check_screen("clé", body.replace(b"cgu-statement/1", b"cgu-statement/2"), set())


ROWS = {
    f"UPDATE contestation SET about = '{'0' * 64}'": "contestation",
    "UPDATE contestation SET contested_at = '2026-11-21 08:00:00.000000'": "contestation",
    f"UPDATE contestation SET subject_id = '{'0' * 32}'": "contestation",
    f"UPDATE contestation SET statement_hash = '{'0' * 64}'": "contestation",
    "DELETE FROM contestation": "contestation",
    "UPDATE notification SET state = 'refused' WHERE purpose = 'contestation'": "notification",
    "UPDATE notification SET about = NULL WHERE purpose = 'contestation'": "notification",
    "UPDATE notification SET subject_id = NULL WHERE purpose = 'contestation'": "notification",
    "DELETE FROM notification WHERE purpose = 'contestation'": "notification",
    "UPDATE exposure_digest SET day = '2026-11-21'": "exposure_digest",
    "DELETE FROM exposure_digest": "exposure_digest",
    "DELETE FROM trace WHERE event = 'document-shown'": "trace",
}
"""A change of rows, and the table that the audit names."""
TAKEN_AWAY = (
    "DELETE FROM contestation",
    "DELETE FROM notification WHERE purpose = 'contestation'",
    "DELETE FROM exposure_digest",
)


@pytest.mark.requirement("S-59")
@on_both("statement", ROWS, *TAKEN_AWAY)
def test_a_row_that_no_longer_says_what_its_statement_says_is_named(lived: Site, statement: str) -> None:
    tamper(lived.engine, statement)
    with pytest.raises(DeviationError) as caught:
        of_site(lived)
    assert caught.value.table == ROWS[statement]
