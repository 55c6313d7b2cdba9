"""Rectification, restriction, objection: asked from a page, answered within a month or put off once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cgu_archive.corpus.model import Channel
from kiosk import worker
from kiosk.accounts import consents
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.retention import answering, requests
from kiosk.retention.erasures import Office
from kiosk.retention.errors import UndecidableError, UnknownRequestError
from kiosk.retention.models import RightsRequest
from kiosk.retention.requests import Outcome, Ruling
from kiosk.worker import WorkerContext
from tests.kiosk.web import EMAIL, Browser, Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing here asks of the database what the two answer differently."""

RIGHTS, ASK = "/dgefp/mon-compte/droits", "/dgefp/mon-compte/droits/demande"
WHY = "Mon nom est mal écrit dans une décision."
RULING = Ruling(Outcome.GRANTED, "Déléguée à la protection des données", "Dominique Petit", "C’est fait.")


def waiting(site: Site) -> str:
    with reading(site.engine) as session:
        return session.scalars(select(RightsRequest.id).where(RightsRequest.decided_at.is_(None))).one()


def answer(site: Site, office: Office, ruling: Ruling = RULING) -> RightsRequest:
    asked = waiting(site)
    with writing(site.engine) as session:
        return answering.answer(session, office, asked, ruling, at=site.clock.at)


@pytest.mark.requirement("O-31", "O-41")
def test_every_right_has_its_way(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte")
    assert f'href="{RIGHTS}"' in browser.html
    page = browser.get(RIGHTS)
    for way in (
        "mes-donnees", "informations", "adresse", "suppression", "effacement",
        "droits/demande?droit=restriction",
        "droits/demande?droit=objection", "droits/demande?droit=rectification",
    ):  # fmt: skip
        assert f'href="/dgefp/mon-compte/{way}"' in page.html, way
        assert browser.client.get(f"/dgefp/mon-compte/{way}").status_code == 200, way
    assert "www.cnil.fr/plaintes" in page.words


@pytest.mark.requirement("O-31", "O-41")
@pytest.mark.parametrize(
    ("wanted", "what"),
    [("rectification", "de rectification"), ("restriction", "de limitation"), ("objection", "d’opposition")],
)
def test_a_request_is_registered_followed_and_answered(
    site: Site, browser: Browser, office: Office, wanted: str, what: str
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        before = (
            session.scalars(select(StatementRow.hash)).all(),
            session.scalars(select(Disclosure.value)).all(),
        )
    browser.get(f"{ASK}?droit={wanted}")
    assert f'value="{wanted}" required checked' in browser.html
    browser.send(wanted=wanted, words=WHY)
    assert browser.path == RIGHTS
    assert "Demande reçue" in browser.words
    assert f"Demande {what} , reçue le 22 novembre 2026" in browser.words
    assert "réponse au plus tard le 22 décembre 2026" in browser.words
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"] == f"Votre demande {what} est reçue"
    assert "22 décembre 2026" in mail["body"]
    assert browser.get(ASK).send(wanted=wanted, words=WHY).status == 422
    assert "Vous avez déjà une demande de cette sorte" in browser.words
    done = answer(site, office)
    assert (done.outcome, done.email, done.words) == ("granted", None, None)
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"] == f"Votre demande {what} est acceptée"
    assert "C’est fait." in mail["body"]
    assert "acceptée le 22 novembre 2026. C’est fait." in browser.get(RIGHTS).words
    with reading(site.engine) as session:
        after = (
            session.scalars(select(StatementRow.hash)).all(),
            session.scalars(select(Disclosure.value)).all(),
        )
    assert sorted(after[0]) == sorted(before[0])
    assert sorted(after[1]) == sorted(before[1])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"words": WHY}, "Choisissez ce que vous demandez"),
        ({"wanted": "everything", "words": WHY}, "Choisissez ce que vous demandez"),
        ({"wanted": "objection"}, "Dites ce que vous demandez"),
        ({"wanted": "objection", "words": "x" * 1_001}, "vous en avez écrit 1001"),
    ],
)
def test_a_request_that_cannot_be_answered_is_shown_again(
    site: Site, browser: Browser, typed: dict[str, str], said: str
) -> None:
    browser.sign_up("dgefp", "portail").get(ASK).send(**typed)
    assert browser.status == 422
    assert said in browser.words
    assert site.count(RightsRequest) == 0


@pytest.mark.requirement("O-41")
def test_a_refusal_says_why_and_the_remedies(site: Site, browser: Browser, office: Office) -> None:
    browser.sign_up("dgefp", "portail").get(ASK).send(wanted="objection", words=WHY)
    for ruling in (
        Ruling(Outcome.REFUSED, "DPO", "D. Petit"),
        Ruling(Outcome.GRANTED, "DPO", "D. Petit"),
        Ruling(Outcome.GRANTED, "", "D. Petit", "Oui."),
        Ruling(Outcome.PARTLY, "DPO", "D. Petit", "Oui.", services=frozenset({"portail"})),
    ):
        with pytest.raises(UndecidableError):
            answer(site, office, ruling)
    with pytest.raises(UndecidableError, match="rights answer"), writing(site.engine) as session:
        requests.decide(session, office, waiting(site), RULING, at=site.clock.at)
    answer(site, office, Ruling(Outcome.REFUSED, "DPO", "D. Petit", "Mission d’intérêt public."))
    body = site.mails(EMAIL)[-1]["body"]
    assert "Mission d’intérêt public." in body
    assert "réclamation à la CNIL" in body
    with pytest.raises(UnknownRequestError), writing(site.engine) as session:
        answering.answer(session, office, "0" * 32, RULING, at=site.clock.at)


@pytest.mark.requirement("O-41")
def test_an_answer_is_put_off_once_by_two_months_and_never_after_the_first(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").get(ASK).send(wanted="rectification", words=WHY)
    asked = waiting(site)
    site.clock.move(days=29)
    with writing(site.engine) as session:
        with pytest.raises(UndecidableError, match="motive"):
            answering.extend(session, office, asked, " ", at=site.clock.at)
        put_off = answering.extend(session, office, asked, "Archives à consulter.", at=site.clock.at)
        assert put_off.due_at == datetime(2027, 2, 22, 23, tzinfo=UTC)
        with pytest.raises(UndecidableError, match="qu’une fois"):
            answering.extend(session, office, asked, "Encore.", at=site.clock.at)
    mail = site.mails(EMAIL)[-1]
    assert "22 février 2027" in mail["body"]
    assert "Archives à consulter." in mail["body"]
    assert "réponse au plus tard le 22 février 2027 (délai prolongé le 21 décembre 2026" in browser.sign_in(
        "dgefp"
    ).get(RIGHTS).words.replace("\u00a0", " ")
    answer(site, office)
    browser.get(ASK).send(wanted="objection", words=WHY)
    site.clock.move(days=32)
    with pytest.raises(UndecidableError, match="Le mois est passé"), writing(site.engine) as session:
        answering.extend(session, office, waiting(site), "Trop tard.", at=site.clock.at)


@pytest.mark.requirement("O-31", "O-41")
def test_a_restriction_withdraws_consents_keeps_the_account_and_ends_after_a_word(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail")
    browser.get(ASK).send(wanted="restriction", words=WHY)
    with writing(site.engine) as session:
        mine = session.scalars(select(Account.id)).one()
        key = ("monjob62", Channel.NEWS.value)
        consents.choose(session, mine, {key: True}, {key: "Oui."}, site.clock.at)
    done = answer(site, office)
    with reading(site.engine) as session:
        assert consents.given(session, mine) == frozenset()
    site.clock.move(days=365 * 9)
    run_worker()
    run_worker()
    assert site.count(Account) == 1, "unused for nine years, and restricted: kept"
    assert site.count(RightsRequest) == 1
    with writing(site.engine) as session:
        with pytest.raises(UndecidableError, match="motive"):
            answering.lift(session, office, done.id, "", at=site.clock.at)
        lifted = answering.lift(session, office, done.id, "Litige terminé.", at=site.clock.at)
        assert lifted.lifted_at is not None
        assert (lifted.lifted_at - site.clock.at).days == 7
        with pytest.raises(UnknownRequestError):
            answering.lift(session, office, done.id, "Encore.", at=site.clock.at)
    assert "sera levée le" in site.mails(EMAIL)[-1]["body"]
    site.clock.move(days=8)
    worker.retain(WorkerContext(site.settings, site.engine, site.clock))
    with reading(site.engine) as session:
        assert session.scalars(select(Account.unused_warned_at)).one() is not None
