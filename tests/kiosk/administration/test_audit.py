"""Acts of officers are sealed with their rows; an audit finds each row or person that is another."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from cgu_archive.corpus.loader import load
from kiosk.acceptance.models import Subject
from kiosk.administration import alerts, audit, services
from kiosk.administration.errors import SameOfficerError
from kiosk.db import reading, writing
from kiosk.ledger.administration import Operator, Registrar
from kiosk.ledger.deviations import DeviationError
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.notices import announcements, reminders
from kiosk.retention import audit as retention_audit
from kiosk.retention.erasures import Office
from kiosk.retention.expiring import destroy_ended
from kiosk.retention.services import close_account
from kiosk.staff.roles import Role
from kiosk.texts import links
from kiosk.texts.links import Deed, LinkDeed
from tests.kiosk.ledger.tampering import tamper
from tests.kiosk.notices.announcing import open_account
from tests.kiosk.staff.conftest import Team

MEANS = Registrar("demonstration", os.urandom)
URL = "https://assistance.emploi.gouv.fr/?suivi=prenom.nom"
DONE = 12


def audited(team: Team) -> int:
    with snapshot(team.site.engine) as session:
        retention_audit.audit(session)
        return audit.audit(session, Counter(session.scalars(select(StatementRow.kind)).all()))


def said(team: Team) -> list[dict[str, object]]:
    with reading(team.site.engine) as session:
        wanted = select(StatementRow.body).where(StatementRow.kind == "administration")
        return [json.loads(body) for body in session.scalars(wanted.order_by(StatementRow.recorded_at))]


@pytest.fixture
def done(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Every act that an officer does besides texts, once at least."""
    one, other = team.add("a.un", Role.SUPPORT), team.add("b.deux", Role.SUPPORT)
    site, at = team.site, team.site.clock()
    account = open_account(site, 1, "portail", "dgefp")
    version = site.publish()
    monkeypatch.setattr(reminders, "refuse", lambda *_: None)  # whatever the version and the day
    service = load(site.settings.texts_dir).service("soffi")
    with writing(site.engine) as session:
        services.deactivate(session, one, account.id, reason="Compte de Jean Martin.", means=MEANS, at=at)
        services.reactivate(session, other, account.id, reason="Vérifié.", means=MEANS, at=at)
        services.close_services(
            session, one, ["soffi", "portail"], until=at + timedelta(hours=2), reason="Panne.", means=MEANS,
            at=at,
        )  # fmt: skip
        services.open_services(session, one, ["soffi"], reason="Réparé.", means=MEANS, at=at)
        notice = alerts.write(session, one, "Fuite", "Changez de mot de passe.", means=MEANS, at=at)
        with pytest.raises(SameOfficerError):
            alerts.confirm(session, one, notice, hold=timedelta(0), means=MEANS, at=at)
        alerts.confirm(session, other, notice, hold=timedelta(0), means=MEANS, at=at)
        alerts.stop(session, one, notice, means=MEANS, at=at)
        announcements.stop(session, version.id, by=one, means=MEANS, reason="Coquille.", at=at)
        by = Operator("Directrice juridique")
        announcements.resume(session, version.id, by=by, means=MEANS, reason="Relu.", at=at)
        links.do(
            session, service, Deed(URL, LinkDeed.REMOVED, "Il fuit.", one.id, "Juriste", "f" * 32), MEANS, at
        )
        number = reminders.ask(session, version, "demonstration", by=one, means=MEANS, concerned=3, at=at)
        reminders.stop(session, version.id, number, by=other, means=MEANS, at=at)
    return team


def test_what_is_done_is_sealed_and_says_nothing_of_people(done: Team) -> None:
    assert audited(done) == DONE
    whole = json.dumps(said(done))
    for secret in ("Martin", "Coquille", URL, f"{1:032x}", done.get("a.un").id, '"3"'):
        assert secret not in whole, secret
    acts = {str(one["act"]): one for one in said(done)}
    assert acts["service-closed"]["services"] == ["portail", "soffi"]
    assert acts["link-removed"]["about"] == links.hash_of(URL)
    assert "officer" not in str(acts["mailing-resumed"]["commitments"]), "a command: nobody is known"
    with reading(done.site.engine) as session:
        assert session.scalars(select(Subject.id)).one() == acts["deactivated"]["subject"]
        assert (
            session.scalars(select(Disclosure.value).where(Disclosure.field == "count")).all().count("3") == 1
        )


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE link_act SET act = 'restored'", "link_act"),
        ("UPDATE link_act SET url = 'https://autre.invalid/'", "link_act"),
        ("UPDATE link_act SET reason = 'Autre.'", "link_act"),
        ("UPDATE link_act SET reason = NULL", "link_act"),
        ("UPDATE link_act SET standing = '{}'", "link_act"),  # shows again what was taken off
        ("DELETE FROM link_act", "link_act"),
        ("UPDATE announcement_act SET had_left = 9 WHERE sequence = 1", "announcement_act"),
        ("UPDATE announcement_act SET function = 'Autre' WHERE sequence = 2", "announcement_act"),
        ("UPDATE reminder SET officer_id = 'x'", "reminder"),
        ("UPDATE reminder SET stopped_at = NULL", "reminder"),
        ("DELETE FROM officer_record WHERE act = 'reactivated'", "officer_record"),
        ("UPDATE officer_record SET act = 'service-closed' WHERE act = 'service-opened'", "officer_record"),
        ("UPDATE act_words SET reason = 'Autre.' WHERE account_id IS NOT NULL", "officer_record"),
        ("UPDATE administration_act SET officer_id = 'x' WHERE act = 'deactivated'", "administration_act"),
        ("UPDATE administration_act SET officer_id = NULL WHERE act = 'deactivated'", "administration_act"),
        ("UPDATE administration_act SET function = 'Autre' WHERE act = 'link-removed'", "administration_act"),
        ("DELETE FROM administration_act WHERE act = 'link-removed'", "link_act"),
        ("UPDATE security_notice SET body = 'Autre.'", "security_notice"),
        ("UPDATE security_notice SET confirmed_by = officer_id", "security_notice"),
        ("UPDATE security_notice SET stopped_at = NULL", "security_notice"),
        ("DELETE FROM security_notice", "security_notice"),
        (
            "UPDATE disclosure SET value = 'x' WHERE field = 'officer'", "disclosure",
        ),
    ],
)  # fmt: skip
def test_an_audit_finds_what_is_not_as_it_was(done: Team, change: str, table: str) -> None:
    tamper(done.site.engine, change)
    with pytest.raises(DeviationError) as found:
        audited(done)
    if table != "disclosure":  # which several audits read
        assert found.value.table == table


def test_what_was_done_with_an_account_is_destroyed_with_what_names_its_holder(done: Team) -> None:
    site = done.site
    known = {one.slug: one for one in load(site.settings.texts_dir).services}
    office = Office(known, "demonstration", "http://localhost", os.urandom)
    with writing(site.engine) as session:
        close_account(session, f"{1:032x}", office, site.clock())
    with reading(site.engine) as session:
        assert "Compte de Jean Martin." not in session.scalars(select(Disclosure.value)).all()
    assert audited(done) == DONE, "kept apart"
    site.clock.move(days=366 * 6)
    with writing(site.engine) as session:
        assert destroy_ended(session, office, site.clock()) == 2
    assert audited(done) == DONE, "destroyed, as the ledger says"
