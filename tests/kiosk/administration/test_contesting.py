"""An organisation disputes, by its letter, what somebody decided in its name: both stand, and it is told."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from kiosk.acceptance.contestations import by_letter, by_organisation
from kiosk.acceptance.models import Contestation
from kiosk.accounts.models import Account
from kiosk.db import reading
from kiosk.ledger import services as ledger
from kiosk.staff.models import ActWords, OfficerRecord
from kiosk.staff.roles import Role
from tests.kiosk.acceptance.test_bundled import ORGANISATION
from tests.kiosk.acceptance.test_journeys import decisions
from tests.kiosk.retention.test_deletion import audited
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import EMAIL, PASSWORD, Browser

DESK = "/ocapiat/administration"
LETTER = {"reference": "CA-2026-118", "function": "gérante", "words": "Cette personne ne nous engage plus."}


@pytest.fixture
def person(team: Team) -> Browser:
    """Somebody who accepted in their own name and in an organisation's."""
    return team.site.browser().sign_up("ocapiat", "ocapiat", profile="cfa").accept(**ORGANISATION)


@pytest.fixture
def desk(team: Team, person: Browser) -> Browser:
    """Somebody of the support of OCAPIAT who looks at that person."""
    team.add("s.port", Role.SUPPORT, publisher="ocapiat")
    browser = team.come("s.port", "ocapiat")
    team.enrol(browser)
    team.site.clock.move(minutes=1)
    return browser.get(DESK).send(address=EMAIL, why="Courrier.", at=f"{DESK}/recherche")


def contest(desk: Browser, **changes: str) -> Browser:
    action = next(one.action for one in desk.forms if one.action.endswith("/contestation"))
    return desk.send(at=action, **(LETTER | changes))


@pytest.mark.requirement("O-09", "O-12")
def test_an_organisation_disputes_what_was_decided_in_its_name_and_nothing_is_undone(
    team: Team, person: Browser, desk: Browser
) -> None:
    company, own = decisions(team.site)
    assert own.id not in desk.html, "what was decided in one's own name is not the organisation's to dispute"
    assert "Contestation enregistrée" in contest(desk, decision=company.id).words
    with reading(team.site.engine) as session:
        made = session.scalars(select(Contestation)).one()
        said = ledger.get(session, made.statement_hash)
        opened = {one.field: one.value for one in ledger.disclosures(session, made.statement_hash)}
        noted = session.scalars(select(OfficerRecord.act).order_by(OfficerRecord.sequence)).all()
        why = session.scalars(select(ActWords.reason)).all()
        assert by_organisation(session, made.statement_hash)
    assert (made.about, made.subject_id) == (company.statement_hash, company.subject_id)
    assert opened == {
        "organisation_name": ORGANISATION["organisation_name"],
        "siren": "732829320",
        "words": "Demande écrite CA-2026-118, signée : gérante.\nCette personne ne nous engage plus.",
    }
    assert "CA-2026-118" not in json.dumps(said.members)
    assert noted[-1] == "contested"
    assert any("CA-2026-118" in one for one in why)
    mail = team.site.mails(EMAIL)[-1]
    assert "contestée par une organisation" in mail["subject"]
    assert ORGANISATION["organisation_name"] in mail["body"]
    page = person.get(f"/ocapiat/mes-acceptations/{company.id}")
    assert "L’organisation conteste cette décision" in page.words
    assert "Cette personne ne nous engage plus." in page.words
    assert "vous contestez" not in page.words
    assert "Contestée" not in person.get(f"/ocapiat/mes-acceptations/{own.id}").words
    assert "L’organisation conteste" in person.get("/ocapiat/mon-compte/histoire").words
    assert person.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/", "what they decided stands"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"function": "\u202egérante"}, "function"),
        ({"words": "x" * 701}, "words"),
        ({"decision": ""}, "decision"),
        ({"decision": "own"}, "decision"),
    ],
)
def test_what_the_letter_lacks_is_said_at_its_field_and_nothing_is_recorded(
    team: Team, desk: Browser, sent: dict[str, str], field: str
) -> None:
    company, own = decisions(team.site)
    sent = {name: own.id if value == "own" else value for name, value in sent.items()}
    assert contest(desk, **({"decision": company.id} | sent)).status == 422
    assert f'href="#{field}"' in desk.html
    assert team.site.count(Contestation) == 0


def test_the_same_form_contests_once_and_only_staff_of_the_publisher_may(team: Team, desk: Browser) -> None:
    company = decisions(team.site)[0]
    form = desk.form(next(one.action for one in desk.forms if one.action.endswith("/contestation")))
    sent = form.values | LETTER | {"decision": company.id}
    for _ in range(2):
        assert desk.client.post(form.action, data=sent).status_code == 200
    assert team.site.count(Contestation) == 1
    team.add("d.port", Role.SUPPORT)
    other = team.come("d.port")
    team.enrol(other)
    with reading(team.site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
    answer = other.client.post(
        f"/dgefp/administration/personnes/{account_id}/contestation",
        data=sent | {"csrf_token": other.get("/dgefp/administration").forms[0].values["csrf_token"]},
    )
    assert answer.status_code == 404
    assert team.site.count(Contestation) == 1


BY_LETTER = f"{DESK}/contestation-par-lettre"


def closed(team: Team, person: Browser) -> str:
    """Delete the account of somebody who decided; returns the hash on their attestation."""
    digest = decisions(team.site)[1].statement_hash
    person.get("/ocapiat/mon-compte/suppression").send(password=PASSWORD, confirm="1")
    assert person.path == "/ocapiat/compte-supprime"
    assert "écrivez à l’éditeur en joignant son justificatif" in person.words
    return digest


@pytest.mark.requirement("P-30", "S-59")
def test_what_a_deleted_account_decided_is_disputed_by_a_letter_that_an_officer_records(
    team: Team, person: Browser, desk: Browser
) -> None:
    digest = closed(team, person)
    shown = " ".join(digest[place : place + 4] for place in range(0, 64, 4)).upper()
    desk.get(BY_LETTER).send(statement=shown, reference="Courrier 2026-204")
    assert "Contestation enregistrée" in desk.words
    with reading(team.site.engine) as session:
        made = session.scalars(select(Contestation)).one()
        said = ledger.get(session, made.statement_hash)
        reasons = session.scalars(select(ActWords.reason)).all()
        assert by_letter(session, made.statement_hash)
        assert not ledger.disclosures(session, made.statement_hash), "nothing would destroy it"
    assert (made.about, said.commitments) == (digest, {})
    audited(team.site)
    assert "Lettre Courrier 2026-204." in reasons


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reference": " "}, "reference"),
        ({"statement": "f" * 63}, "statement"),
        ({"statement": "f" * 64}, "statement"),
        ({"statement": "open"}, "statement"),
    ],
)
def test_a_letter_about_nothing_known_or_an_account_that_is_there_records_nothing(
    team: Team, person: Browser, desk: Browser, sent: dict[str, str], field: str
) -> None:
    assert person.path
    still = decisions(team.site)[1].statement_hash
    sent = {name: still if value == "open" else value for name, value in sent.items()}
    desk.get(BY_LETTER).send(**({"statement": still, "reference": "A-1"} | sent))
    assert desk.status == 422
    assert f'href="#{field}"' in desk.html
    assert team.site.count(Contestation) == 0
