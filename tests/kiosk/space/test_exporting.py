"""All that is held of a person, taken away: nothing left out, nothing of another, no secret."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

import kiosk.cli  # noqa: F401 - every table of the program
from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account, SignIn
from kiosk.administration import services
from kiosk.db import Base, reading, writing
from kiosk.ledger.administration import Registrar
from kiosk.migrations.roles import RIGHTS
from kiosk.proof import verify
from kiosk.space import exporting
from kiosk.space.holdings import ELSEWHERE, HOLDINGS, OF_NOBODY
from kiosk.staff.officers import Person
from kiosk.traces.models import Trace
from kiosk.traces.services import Event
from tests.kiosk.retention.conftest import where
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/dgefp/mon-compte/mes-donnees"
OTHER = "dominique.autre@example.org"


def taken(browser: Browser) -> zipfile.ZipFile:
    browser.get(PAGE).send()
    assert browser.status == 200, browser.words
    assert browser.response.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(browser.response.data))


def data(archive: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read("data.json"))
    return found


@pytest.mark.parametrize("name", sorted(Base.metadata.tables))
def test_every_column_of_every_table_is_handed_over_or_withheld_for_a_reason(name: str) -> None:
    columns = set(Base.metadata.tables[name].columns.keys())
    if name not in HOLDINGS:
        assert (name in ELSEWHERE) != (name in OF_NOBODY), (
            "say what the table holds of a person (holdings.py)"
        )
        assert columns.isdisjoint({"account_id", "email", "email_key"}) or name in ELSEWHERE
        return
    holding = HOLDINGS[name]
    assert not holding.columns.keys() & holding.withheld.keys()
    assert columns == holding.columns.keys() | holding.withheld.keys()


@pytest.mark.requirement("O-31", "O-41")
def test_everything_held_of_a_person_is_in_it_and_nothing_of_another(site: Site, browser: Browser) -> None:
    other = site.browser().sign_up("dgefp", "portail", OTHER, nom="Autre", prenom="Dominique").accept()
    browser.sign_up("dgefp", "portail").accept()
    archive = taken(browser)
    assert archive.testzip() is None
    found = data(archive)
    assert (found["format"], found["publisher"], found["environment"]) == (
        "cgu-export/1", "dgefp", "demonstration",
    )  # fmt: skip
    held = {
        f"{table}.{column}"
        for table, said in found["tables"].items()
        for row in said["rows"]
        for column, value in row.items()
        if any(one in str(value) for one in (EMAIL, "Martin"))
    }
    withheld = {f"{one['table']}.{one['column']}" for one in found["withheld"]}
    whole = {one["table"] for one in found["withheld"] if one["column"] is None}
    there = {one for one in where(site.engine, EMAIL, "Martin") if one.split(".")[0] not in whole}
    assert there
    assert there - withheld == held - {"task.key"}
    assert OTHER not in archive.read("data.json").decode()
    assert "Dominique" not in archive.read("lisez-moi.html").decode()
    assert other.get("/dgefp/mon-compte").status == 200
    page = archive.read("lisez-moi.html").decode()
    assert EMAIL in page
    assert "Camille" in page
    assert "<script" not in page
    assert not any(link in page for link in ("src=", "href="))


@pytest.mark.requirement("O-41")
def test_what_the_staff_did_with_the_account_is_in_it_without_who(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    means, officer = Registrar("demonstration", os.urandom), Person("5" * 32, "dgefp", "", "", "", (), "")
    with writing(site.engine) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "let_act", lambda *_: None)
        account_id = session.scalars(select(Account.id)).one()
        for act, why in ((services.deactivate, "Doublon."), (services.reactivate, "Levé.")):
            act(session, officer, account_id, reason=why, means=means, at=site.clock())
    archive = taken(browser.sign_in("dgefp"))
    found = data(archive)["tables"]
    assert [one["act"] for one in found["administration_act"]["rows"]] == ["deactivated", "reactivated"]
    assert {"Doublon.", "Levé."} <= {one["value"] for one in found["disclosure"]["rows"]}
    names = [one for one in archive.namelist() if one.startswith("justificatifs/administration/")]
    assert len(names) == 2
    assert not any("5" * 32 in archive.read(one).decode() for one in archive.namelist())


@ON_BOTH
@pytest.mark.requirement("O-41")
def test_its_receipts_are_those_of_the_person_and_open_what_they_hold(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    archive = taken(browser)
    names = [one for one in archive.namelist() if one.startswith("justificatifs/decision/")]
    assert len(names) == 1
    held, _ = verify.read(archive.read(names[0]))
    assert EMAIL in {one.value for one in held.disclosures}
    with reading(site.engine) as session:
        assert [row["id"] for row in data(archive)["tables"]["decision"]["rows"]] == list(
            session.scalars(select(Decision.id))
        )


@ON_BOTH
def test_no_secret_leaves(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    with reading(site.engine) as session:
        password = session.scalars(select(Account.password_hash)).one()
        secrets = [password, *session.scalars(select(SignIn.token_hash))]
    archive = taken(browser)
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [one for one in secrets if one in whole] == []


@ON_BOTH
@pytest.mark.requirement("O-41")
def test_the_password_is_asked_again_and_the_export_is_written_down(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    site.clock.move(minutes=11)
    browser.get(PAGE)
    assert "Votre mot de passe, encore une fois" in browser.words
    browser.send(confirmation="faux")
    assert "Ce n’est pas votre mot de passe actuel." in browser.words
    browser.send(confirmation=PASSWORD)
    assert browser.path == PAGE
    assert browser.send().response.mimetype == "application/zip"
    with reading(site.engine) as session:
        traces = session.scalars(select(Trace.at).where(Trace.event == Event.EXPORTED.value)).all()
    assert traces == [site.clock.at]
    for _ in range(4):
        browser.get(PAGE).send()
    assert browser.get(PAGE).send().status == 429
    assert site.browser().get(PAGE).path == "/dgefp/connexion"


def test_what_is_not_sealed_and_nobody_promises_is_said_to_be_missing(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    monkeypatch.setattr(site.app.extensions["kiosk"], "signer", None)
    found = data(taken(browser))
    with reading(site.engine) as session:
        assert found["receipts_missing"] == list(session.scalars(select(Decision.statement_hash)))


@ON_BOTH
def test_what_waits_to_be_sent_never_grows_with_what_is_held(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    state = site.app.extensions["kiosk"]
    with writing(site.engine) as session:
        mine = session.scalars(select(Account.id)).one()
        session.add_all(
            Trace(account_id=mine, event="signed-in", at=site.clock.at, salt=number.to_bytes(16, "big"))
            for number in range(5_000)
        )
    making = exporting.Making(site.engine, site.settings, state.services, None, mine, site.clock.at)
    pieces = list(exporting.export(making))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert len(data(archive)["tables"]["trace"]["rows"]) >= 5_000
    assert archive.read("lisez-moi.html").count(b"signed-in") == 5_000
    assert max(len(one) for one in pieces) < 200_000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 11, 22, 8, 0, 0, 5, tzinfo=UTC), "2026-11-22T08:00:00.000005Z"),
        (datetime(2026, 11, 22, tzinfo=UTC).date(), "2026-11-22"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x01"), "01"),
        ({"a": [1, None]}, {"a": [1, None]}),
        (True, True),
        (None, None),
    ],
)
def test_a_value_is_written_one_way(value: Any, said: Any) -> None:
    assert exporting.plain(value) == said


@pytest.mark.parametrize("name", sorted(HOLDINGS))
def test_the_web_process_may_read_what_it_hands_over(name: str) -> None:
    assert "SELECT" in RIGHTS[name][0]
