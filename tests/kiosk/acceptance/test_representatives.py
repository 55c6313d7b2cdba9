"""Who lacks full legal capacity accepts, their legal representative agrees: two statements, one link."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cgu_archive.corpus.loader import load
from kiosk.acceptance.models import Decision, RepresentativeRequest
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure
from kiosk.notices.models import Task
from kiosk.retention.erasures import Office
from kiosk.retention.expiring import forget_served
from kiosk.retention.services import close_account
from kiosk.texts.registering import sync
from tests.kiosk.acceptance.test_bundled import publish
from tests.kiosk.acceptance.test_journeys import decisions, members
from tests.kiosk.web import EMAIL, Browser, Site, link_of

SPACE = "/pas-de-calais/monjob62/"
DECIDE = "/pas-de-calais/monjob62/cgu/decider"
REPRESENTATIVE = "parent@example.org"
ASSISTED = {"assisted": "1", "representative_email": REPRESENTATIVE}


def link(site: Site) -> str:
    return link_of(site.mails(REPRESENTATIVE)[-1]).removeprefix("http://localhost")


@pytest.fixture
def waiting(site: Site, browser: Browser) -> Browser:
    """Somebody who accepted, and waits for their representative."""
    return browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept(**ASSISTED)


@pytest.mark.requirement("M-25", "M-12")
def test_the_service_opens_once_the_representative_agrees_by_a_link_that_serves_once(
    site: Site, waiting: Browser
) -> None:
    assert "En attente de l’accord de votre représentant légal" in waiting.words
    assert site.count(Account) == 1
    assert waiting.get(SPACE).path == DECIDE
    assert "En attente de l’accord du représentant légal" in waiting.words
    history = waiting.get("/pas-de-calais/mon-compte/histoire").words
    assert "en attente de l’accord de votre représentant légal" in history, history
    other, address = site.browser(), link(site)
    assert EMAIL in other.get(address).words
    assert "Obligations des utilisateurs" in other.words
    assert other.form().types.keys() == {"csrf_token", "shown", "box"}, "no reason, no document"
    assert other.send(choice="accepter").status == 422
    site.clock.move(minutes=1)
    assert other.send(box="1", choice="accepter").status == 200
    assert "Votre accord est enregistré" in other.words
    assert waiting.get(SPACE).path == SPACE
    first, second = decisions(site)
    said = [members(site, one) for one in (first, second)]
    assert [(one["decision"], one["capacity"]) for one in said] == [
        ("awaiting", "self"), ("accepted", "representative"),
    ]  # fmt: skip
    assert second.subject_id == first.subject_id
    assert said[1]["previous"] == first.statement_hash
    assert said[1]["authentication"]["method"] == "link"
    assert REPRESENTATIVE not in json.dumps(said)
    with reading(site.engine) as session:
        assert session.get_one(Disclosure, (second.statement_hash, "email")).value == REPRESENTATIVE
    assert site.count(RepresentativeRequest) == 0
    assert other.get(address).status == 404
    assert "représentant légal" in waiting.get(f"/pas-de-calais/mes-acceptations/{second.id}").words


SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@SQLITE
@pytest.mark.requirement("P-56")
def test_who_gives_the_address_of_another_is_told_to_tell_them_and_may_correct_it(
    site: Site, waiting: Browser
) -> None:
    waiting.get(DECIDE)
    assert "Prévenez cette personne : vous donnez son adresse." in waiting.tree.text_content()
    waiting.accept(**(ASSISTED | {"representative_email": "autre@example.org"}))
    with reading(site.engine) as session:
        (request,) = session.scalars(select(RepresentativeRequest)).all()
    assert request.email == "autre@example.org", "the former address is gone"


@pytest.mark.requirement("M-25")
def test_a_representative_who_does_not_agree_opens_nothing(site: Site, waiting: Browser) -> None:
    site.clock.move(minutes=1)
    site.browser().get(link(site)).send(choice="refuser")
    assert [one.kind for one in decisions(site)] == ["awaiting", "refused"]
    assert waiting.get(SPACE).path == DECIDE


@SQLITE
def test_a_link_is_over_after_its_time_after_another_and_after_a_change_of_mind(
    site: Site, waiting: Browser
) -> None:
    other, first = site.browser(), link(site)
    site.clock.move(minutes=1)
    waiting.get(DECIDE).accept(**ASSISTED)
    assert other.get(first).status == 404, "a later request replaces it"
    second = link(site)
    other.get(second)
    site.clock.move(minutes=1)
    waiting.get(DECIDE).send(choice="refuser")
    assert other.send(box="1", choice="accepter").status == 409
    assert [one.kind for one in decisions(site)] == ["awaiting", "awaiting", "refused"]
    site.clock.move(days=14)
    assert other.get(second).status == 404
    with writing(site.engine) as session:
        forget_served(session, site.clock())
    assert site.count(RepresentativeRequest) == 0


@SQLITE
def test_the_address_of_the_representative_goes_with_the_account(site: Site, waiting: Browser) -> None:
    state = site.app.extensions["kiosk"]
    with site.app.app_context(), writing(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
        office = Office(state.services, "demonstration", "http://localhost", state.randomness)
        close_account(session, account_id, office, site.clock(), told=None)
    assert site.count(RepresentativeRequest) == 0
    with reading(site.engine) as session:
        payloads = session.scalars(select(Task.payload).where(Task.kind == "mail")).all()
    assert REPRESENTATIVE not in json.dumps(payloads)


@SQLITE
def test_the_address_is_asked_only_where_the_text_foresees_it(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    assert browser.accept(assisted="1", representative_email="personne").status == 422
    assert 'href="#representative_email"' in browser.html
    assert site.count(Decision) == 0
    other = site.browser().sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept(**ASSISTED)
    assert [one.kind for one in decisions(site)] == ["accepted"]
    assert site.mails(REPRESENTATIVE) == []
    assert other.status == 200


@SQLITE
def test_nobody_agrees_to_a_text_that_the_person_did_not_accept(
    make_site: Callable[..., Site], engine: Engine, tmp_path: Path, texts_dir: Path
) -> None:
    texts = tmp_path / "textes"
    shutil.copytree(texts_dir, texts)
    site = make_site(engine, texts_dir=texts)
    site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept(**ASSISTED)
    address, opened = link(site), site.browser()
    form = opened.get(address).form()
    publish(texts, "monjob62/cgu/v2", "# Conditions\n\n## Article 1\n\nUn autre.\n", reason_kind="other")
    site.clock.move(minutes=1)
    with writing(site.engine) as session:
        sync(session, load(texts), "demonstration", site.clock())
    assert opened.get(address).status == 409, "the text that the person accepted is over"
    assert "Un autre." not in opened.words
    for sent in (form.values, opened.form().values if opened.forms else form.values):
        answer = opened.client.post(address, data=sent | {"box": "1", "choice": "accepter"})
        assert answer.status_code == 409
    assert [one.kind for one in decisions(site)] == ["awaiting"]


@SQLITE
def test_nobody_names_themselves_as_their_representative(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    assert browser.accept(assisted="1", representative_email=EMAIL.upper()).status == 422
    assert 'href="#representative_email"' in browser.html
    assert site.count(Decision) == 0
    browser.accept(**ASSISTED)
    assert [one.kind for one in decisions(site)] == ["awaiting"]
    site.clock.move(minutes=1)
    assert browser.get(DECIDE).accept(assisted="1", representative_email=EMAIL).status == 422


@SQLITE
def test_a_mail_to_a_former_representative_goes_with_the_account(site: Site, waiting: Browser) -> None:
    site.clock.move(minutes=1)
    waiting.get(DECIDE).accept(assisted="1", representative_email="autre.parent@example.org")
    state = site.app.extensions["kiosk"]
    with site.app.app_context(), writing(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
        office = Office(state.services, "demonstration", "http://localhost", state.randomness)
        close_account(session, account_id, office, site.clock(), told=None)
    with reading(site.engine) as session:
        payloads = json.dumps(session.scalars(select(Task.payload).where(Task.kind == "mail")).all())
    assert REPRESENTATIVE not in payloads
    assert "autre.parent@example.org" not in payloads


TAKEN_BACK = "Je reviens sur cette déclaration : j’ai la pleine capacité juridique pour m’engager."


@pytest.mark.requirement("M-25")
def test_who_waits_for_a_representative_accepts_alone_only_by_taking_the_declaration_back(
    site: Site, waiting: Browser
) -> None:
    asked, before = link(site), site.browser().sign_in("pas-de-calais")
    site.clock.move(minutes=1)
    before.get(DECIDE).accept()
    assert before.status == 422
    assert 'href="#full_capacity"' in before.html
    assert "Rien n’a été enregistré" in before.words
    assert [one.kind for one in decisions(site)] == ["awaiting"]
    assert before.get(SPACE).path == DECIDE
    before.accept(full_capacity="1")
    assert before.status == 200
    said = [members(site, one) for one in decisions(site)]
    assert [(one["decision"], one["capacity"]) for one in said] == [
        ("awaiting", "self"),
        ("accepted", "self"),
    ]
    assert TAKEN_BACK in said[1]["wording"]["statements"]
    assert TAKEN_BACK not in said[0]["wording"]["statements"]
    assert before.get(SPACE).path == SPACE
    assert site.count(RepresentativeRequest) == 0
    assert site.browser().get(asked).status == 404


@SQLITE
@pytest.mark.parametrize("who", ["the person", "the representative", "both"])
def test_the_declaration_outlives_a_refusal_and_an_agreement(site: Site, waiting: Browser, who: str) -> None:
    """Whoever refuses, and once an agreement was given and renounced: alone, nothing opens."""
    site.clock.move(minutes=1)
    if who == "the person":
        waiting.get(DECIDE).send(choice="refuser")
    else:
        answer = {"choice": "refuser"} if who == "the representative" else {"choice": "accepter", "box": "1"}
        site.browser().get(link(site)).send(**answer)
    if who == "both":
        waiting.get(DECIDE).send(choice="renoncer")
    before = len(decisions(site))
    site.clock.move(minutes=1)
    assert waiting.get(DECIDE).accept().status == 422
    assert len(decisions(site)) == before
    waiting.accept(full_capacity="1")
    assert waiting.get(SPACE).path == SPACE
    site.clock.move(minutes=1)
    waiting.get(DECIDE).send(choice="renoncer")
    site.clock.move(minutes=1)
    assert "Pleine capacité" not in waiting.get(DECIDE).words
    waiting.accept()
    assert waiting.get(SPACE).path == SPACE, "taken back once, it is no longer asked"


@SQLITE
def test_a_form_opened_before_the_declaration_does_not_accept_alone_after_it(
    site: Site, browser: Browser
) -> None:
    """Two tabs: the answer is read under the lock of the account."""
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    site.clock.move(minutes=1)
    browser.get(DECIDE).send(choice="renoncer")
    first = browser.get(DECIDE).form().values
    other = site.browser().sign_in("pas-de-calais").get(DECIDE)
    site.clock.move(minutes=1)
    assert other.accept(**ASSISTED).status == 200
    sent = browser.client.post(DECIDE, data=first | {"box": "1", "choice": "accepter"})
    assert sent.status_code == 422
    assert [one.kind for one in decisions(site)] == ["accepted", "renounced", "awaiting"]
