"""« Ce n’est pas moi »: recorded once for ever, shown with the decision, and nothing else changes."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from kiosk.acceptance import contestations
from kiosk.acceptance.models import Contestation, Decision
from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.notices import receipts
from kiosk.proof.verify import Verdict, examine, examine_tlog_proof
from tests.kiosk.acceptance.test_journeys import seal, trusted
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

WORDS = "Je n’étais pas là.\nMon poste est resté ouvert."


def contested(site: Site) -> list[Contestation]:
    with reading(site.engine) as session:
        return list(session.scalars(select(Contestation).order_by(Contestation.contested_at)))


@pytest.fixture
def decided(browser: Browser) -> str:
    """Where the receipt of a decision is."""
    browser.sign_up("dgefp", "portail").accept()
    return browser.path


def contest(browser: Browser, page: str, words: str = "") -> Browser:
    return browser.get(f"{page}/contester").send(words=words)


def test_the_page_says_what_it_does_and_what_to_do_besides(browser: Browser, decided: str) -> None:
    assert f'href="{decided}/contester"' in browser.get(decided).html
    assert f'href="{decided}/contester"' in browser.get("/dgefp/mes-acceptations").html
    browser.get(f"{decided}/contester")
    assert browser.status == 200
    for said in (
        "pour toujours", "quelqu’un a déclaré", "Rien ne retire une décision du registre",
        "Changez votre mot de passe",
        "Vos mots (facultatif)", "toute preuve donnée ensuite", "1 000 signes au plus",
    ):  # fmt: skip
        assert said in browser.words
    assert "/dgefp/mon-compte/mot-de-passe" in browser.html
    assert 'maxlength="1000"' in browser.html
    assert 'href="/dgefp/portail/cgu/decider"' in browser.html
    assert "Contestée le" not in browser.words


def test_a_contestation_is_recorded_and_shown_ever_after(site: Site, browser: Browser, decided: str) -> None:
    contest(browser, decided, WORDS.replace("\n", "\r\n"))
    assert browser.path == decided
    (made,) = contested(site)
    with reading(site.engine) as session:
        (decision,) = session.scalars(select(Decision))
        said = ledger.get(session, made.statement_hash)
        opened = {one.field: one.value for one in ledger.disclosures(session, made.statement_hash)}
        assert contestations.about(session, [decision.statement_hash, "0" * 64]) == {
            decision.statement_hash: ((made.statement_hash, made.contested_at),)
        }
    assert said.members["kind"] == "contestation"
    assert (said.members["subject"], said.members["about"]) == (decision.subject_id, decision.statement_hash)
    assert opened["words"] == WORDS
    assert WORDS.encode() not in said.body
    assert "vous contestez cette décision" in browser.words
    assert "<h1>Acceptation enregistrée, contestée</h1>" in browser.html
    assert 'class="done"' not in browser.html
    assert "Rien ne retire une décision du registre. Pour fermer le service" in browser.words
    assert "Je n’étais pas là." in browser.words
    assert "Contestée le 22 novembre 2026" in browser.get("/dgefp/mes-acceptations").words
    seal(site)
    pdf = pypdf.PdfReader(io.BytesIO(browser.get(f"{decided}.pdf").response.data))
    printed = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "Depuis ce compte, quelqu’un a déclaré « Ce n’est pas moi » le 22 novembre 2026" in " ".join(
        printed.split()
    )


def test_without_words_none_are_committed(site: Site, browser: Browser, decided: str) -> None:
    contest(browser, decided, "  \n ")
    (made,) = contested(site)
    with reading(site.engine) as session:
        assert set(ledger.get(session, made.statement_hash).commitments) == {"account"}


@pytest.mark.requirement("P-08")
def test_it_is_open_to_who_has_new_conditions_to_decide_on(site: Site, browser: Browser) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    page = browser.path
    site.clock.move(days=40)
    site.publish()
    site.clock.move(days=40)
    browser.sign_in("ville-exemple")
    assert browser.path.endswith("/decider")
    contest(browser, page)
    assert (browser.status, browser.path) == (200, page)
    assert len(contested(site)) == 1


def test_it_changes_nothing_of_the_decision(site: Site, browser: Browser, decided: str) -> None:
    assert browser.get("/dgefp/portail/").path == "/dgefp/portail/"
    contest(browser, decided)
    assert browser.get("/dgefp/portail/").path == "/dgefp/portail/"
    assert site.count(Decision) == 1


def test_the_same_form_sent_twice_contests_once(site: Site, browser: Browser, decided: str) -> None:
    form = browser.get(f"{decided}/contester").form()
    for _ in range(2):
        browser.client.post(f"{decided}/contester", data=form.values | {"words": "une fois"})
    assert len(contested(site)) == 1
    assert len([mail for mail in site.mails(EMAIL) if "Contestation" in mail["subject"]]) == 1


@ON_BOTH
def test_more_may_be_said_later_but_not_for_ever(site: Site, browser: Browser, decided: str) -> None:
    for number in range(contestations.MOST):
        site.clock.move(minutes=1)
        contest(browser, decided, f"numéro {number}")
        assert browser.path == decided
    contest(browser, decided, "de trop")
    assert browser.status == 422
    assert "déjà contestée 10 fois" in browser.words
    assert browser.form().values["words"] == "de trop"
    assert len(contested(site)) == contestations.MOST
    assert browser.get(decided).words.count("Contestée le") == contestations.MOST


@pytest.mark.parametrize(
    ("words", "said"),
    [("a" * 1001, "1 000 signes au plus"), ("un\x07deux", "caractères invisibles"), ("\u202e", "invisibles")],
)
def test_words_that_cannot_be_kept_are_given_back(
    site: Site, browser: Browser, decided: str, words: str, said: str
) -> None:
    contest(browser, decided, words)
    assert browser.status == 422
    assert said in browser.words
    assert 'href="#words"' in browser.html
    assert contested(site) == []


def test_a_thousand_characters_on_many_lines_are_kept(site: Site, browser: Browser, decided: str) -> None:
    words = "é\r\n" * 499 + "ok"
    contest(browser, decided, words)
    (made,) = contested(site)
    with reading(site.engine) as session:
        kept = contestations.words_of(session, made)
    assert kept == words.replace("\r\n", "\n")


@pytest.mark.parametrize("form_id", ["", "x", "A" * 32, "0" * 33])
def test_a_form_that_was_not_made_here_is_refused(
    site: Site, browser: Browser, decided: str, form_id: str
) -> None:
    browser.get(f"{decided}/contester").send(form_id=form_id)
    assert browser.status == 400
    assert contested(site) == []


def test_without_its_token_a_form_is_refused(site: Site, browser: Browser, decided: str) -> None:
    browser.get(f"{decided}/contester").send(csrf_token="")
    assert browser.status == 400
    assert contested(site) == []


def test_nobody_contests_the_decision_of_another(site: Site, browser: Browser, decided: str) -> None:
    contest(browser, decided)
    (made,) = contested(site)
    other = site.browser().sign_up("dgefp", "portail", email="autre@example.org").accept()
    mine = other.path
    for path in (
        f"{decided}/contester", f"{decided}/contestation/{made.id}.receipt.json",
        f"{mine}/contestation/{made.id}.receipt.json", f"{mine}/contestation/{made.id}.tlog-proof",
    ):  # fmt: skip
        assert other.get(path).status == 404
    form = other.get(f"{mine}/contester").form()
    answer = other.client.post(f"{decided}/contester", data=form.values)
    assert answer.status_code == 404
    assert len(contested(site)) == 1


def test_its_receipt_leaves_by_mail_and_verifies(site: Site, browser: Browser, decided: str) -> None:
    contest(browser, decided, WORDS)
    (made,) = contested(site)
    mail = site.mails(EMAIL)[-1]
    assert mail["receipt"] == made.statement_hash
    assert "Ce n’est pas moi" in mail["body"]
    assert "Elle ne la retire pas" in " ".join(mail["body"].split())
    assert WORDS not in mail["body"]
    links = re.findall(r'href="([^"]*/contestation/[^"]*)"', browser.html)
    assert [link.partition(f"{made.id}.")[2] for link in links] == [
        "receipt.json", "receipt.json?sans=coordonnees",
    ]  # fmt: skip
    assert browser.get(f"{decided}/contestation/{made.id}.tlog-proof").status == 503
    seal(site)
    with reading(site.engine) as session:
        ((name, _, raw),) = receipts.attachments(session, mail)
    assert name == f"justificatif-{made.id}.receipt.json"
    assert examine(raw, trusted(site)).verdict is Verdict.SPECIMEN
    whole = browser.get(links[0]).response
    assert f"justificatif-{made.id}.receipt.json" in whole.headers["Content-Disposition"]
    found = examine(whole.data, trusted(site))
    assert found.verdict is Verdict.SPECIMEN
    assert {one.field for one in found.receipt.disclosures} == {"account", "words"}
    shared = examine(browser.get(links[1]).response.data, trusted(site))
    assert (shared.verdict, shared.receipt and shared.receipt.disclosures) == (Verdict.SPECIMEN, ())
    proof = browser.get(f"{decided}/contestation/{made.id}.tlog-proof").response
    assert examine_tlog_proof(proof.data, trusted(site)).verdict is Verdict.SPECIMEN
    assert mail["notification"]["about"] == made.statement_hash


@ON_BOTH
def test_the_database_refuses_to_forget_it(site: Site, browser: Browser, decided: str) -> None:
    contest(browser, decided)
    (made,) = contested(site)
    with pytest.raises(DBAPIError, match="insert-only"), writing(site.engine) as session:
        session.execute(delete(Contestation).where(Contestation.id == made.id))
