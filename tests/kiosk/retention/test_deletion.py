"""An account goes at once and leaves nothing but what attributes its decisions, apart and until a date."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from cgu_archive.corpus.rules import squeezed
from kiosk.acceptance.models import Contestation, Decision, Subject
from kiosk.accounts.models import Account, SignIn, Verification
from kiosk.db import reading, writing
from kiosk.ledger import audit
from kiosk.ledger.keys import PUBLIC_FILE
from kiosk.ledger.models import Disclosure, StatementRow
from kiosk.ledger.rows import snapshot
from kiosk.notices.models import Task
from kiosk.proof import statement as statements
from kiosk.proof.trust import parse_trust
from kiosk.proof.verify import Verdict, examine
from kiosk.retention import archive, erasures
from kiosk.retention import audit as retention_audit
from kiosk.retention.erasures import Act
from kiosk.retention.models import ArchivedDisclosure
from tests.kiosk.retention.conftest import where
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/dgefp/mon-compte/suppression"


def delete(browser: Browser, publisher: str = "dgefp") -> Browser:
    return browser.get(f"/{publisher}/mon-compte/suppression").send(password=PASSWORD, confirm="1")


def bodies(site: Site) -> list[dict[str, object]]:
    with reading(site.engine) as session:
        held = session.scalars(select(StatementRow.body).where(StatementRow.kind == "erasure")).all()
    return [dict(statements.parse(body).members) for body in held]


@pytest.mark.requirement("P-30", "P-31")
def test_a_person_deletes_their_account_and_is_told_until_when_what_is_kept(
    site: Site, browser: Browser, run_worker: Callable[[], None], tmp_path: Path
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    browser.get("/dgefp/soffi/cgu/decider").accept()
    run_worker()
    receipt = browser.get(f"{browser.get('/dgefp/mes-acceptations').path}").html
    assert "Supprimer mon compte" in browser.get("/dgefp/mon-compte").words
    assert receipt
    with reading(site.engine) as session:
        decided = session.scalars(select(Decision)).all()
        account = session.scalars(select(Account)).one()
    kept = browser.get(f"/dgefp/mes-acceptations/{decided[0].id}.receipt.json").response.data

    site.clock.move(days=10)
    browser.sign_in("dgefp")
    browser.get(PAGE)
    assert "Téléchargez d’abord vos justificatifs" in browser.words
    assert "jusqu’au 2 décembre 2031" in browser.words
    assert "Un litige peut prolonger cette garde, jusqu’à une date fixée." in browser.words
    for one in decided:
        assert f"/dgefp/mes-acceptations/{one.id}.receipt.json" in browser.html
        assert f"/dgefp/mes-acceptations/{one.id}.pdf" in browser.html
    other = site.browser().sign_in("dgefp")
    delete(browser)
    assert browser.path == "/dgefp/compte-supprime"
    assert browser.response.request.path != PAGE
    assert "Sur un ordinateur partagé, supprimez aussi les justificatifs" in browser.words
    assert "Aucune suppression n’est en cours ici." in browser.get("/dgefp/compte-supprime").words
    assert other.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert browser.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert "inexact" in site.browser().sign_in("dgefp").words

    assert [site.count(one) for one in (Account, SignIn, Subject, Verification, Disclosure)] == [0] * 5
    with reading(site.engine) as session:
        apart = session.scalars(select(ArchivedDisclosure)).all()
        openings = archive.disclosures(session, decided[0].statement_hash)
        assert archive.subjects(session, "email", EMAIL) == (decided[0].subject_id,)
        assert archive.subjects(session, "email", EMAIL, publisher="ocapiat") == ()
        told = erasures.of(session, decided[0].statement_hash)
    assert {one.value for one in openings} == {EMAIL, account.id}
    assert {one.ends_at.date().isoformat() for one in apart} == {"2031-12-02"}
    assert {one.service for one in apart} == {"portail", "soffi"}
    assert [one.act for one in told] == [Act.ACCOUNT]
    said = bodies(site)
    assert [one["act"] for one in said] == ["account"]
    assert {one.statement_hash for one in decided} < set(said[0]["statements"])  # and what was told of them
    assert said[0]["id"] == account.closing_id
    assert (said[0]["decided_by"], said[0]["remedy"]) == (None, None)

    run_worker()
    assert where(site.engine, EMAIL) == {"archived_disclosure.value"}
    assert where(site.engine, account.password_hash) == set()
    trust = parse_trust((site.settings.keys_dir / PUBLIC_FILE).read_text("utf-8"))
    assert examine(kept, trust).verdict is Verdict.SPECIMEN
    mails = sorted(site.settings.mail_dir.glob("*est-supprime*.txt"))
    assert len(mails) == 1
    words = mails[0].read_text("utf-8")
    assert f"Pour : {EMAIL}" in words
    assert "jusqu’au 2 décembre 2031" in words
    assert "Un litige peut prolonger cette garde" in words
    [attached] = site.settings.mail_dir.glob("*est-supprime*.json")
    assert EMAIL not in attached.read_text("utf-8")
    assert examine(attached.read_bytes(), trust).verdict is Verdict.SPECIMEN
    audited(site)


def audited(site: Site) -> None:
    """Nothing deviates."""
    trust = parse_trust((site.settings.keys_dir / PUBLIC_FILE).read_text("utf-8"))
    with snapshot(site.engine) as session:
        audit.audit(session, trust, folder=site.settings.ledger_dir)
        retention_audit.audit(session)


@ON_BOTH
@pytest.mark.requirement("P-31")
def test_the_address_signs_up_again_at_once_and_finds_nothing_of_before(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        before = session.scalars(select(Account.id)).one(), session.scalars(select(Subject.id)).one()
    delete(browser)
    browser.sign_up("dgefp", "portail")
    assert "Vous n’avez encore rien décidé." in browser.get("/dgefp/mes-acceptations").words
    browser.get("/dgefp/portail/cgu/decider").accept()
    with reading(site.engine) as session:
        after = session.scalars(select(Account.id)).one(), session.scalars(select(Subject.id)).one()
        of_archive = archive.subjects(session, "email", EMAIL)
    assert set(before).isdisjoint(after)
    assert of_archive == (before[1],)
    assert browser.get("/dgefp/mes-acceptations").html.count('<th scope="row">') == 1


@pytest.mark.requirement("P-30")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"password": PASSWORD}, "Cochez la case"),
        ({"confirm": "1"}, "Indiquez votre mot de passe"),
        ({"confirm": "1", "password": "un autre mot de passe"}, "pas votre mot de passe actuel"),
    ],
)
def test_nothing_is_deleted_without_password_and_confirmation(
    site: Site, browser: Browser, typed: dict[str, str], said: str
) -> None:
    browser.sign_up("dgefp", "portail")
    page = browser.get(PAGE)
    assert page.form().checked == []
    page.send(**typed)
    assert page.status == 422
    assert said in page.words
    assert site.count(Account) == 1
    assert bodies(site) == []


@pytest.mark.requirement("P-30")
def test_deleting_is_never_behind_an_acceptance_and_needs_no_decision(
    site: Site, browser: Browser, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail")
    assert browser.path.endswith("/decider")
    with reading(site.engine) as session:
        closing_id = session.scalars(select(Account.closing_id)).one()
    assert "rien qui vous identifie ne sera gardé" in browser.get(PAGE).words
    delete(browser)
    assert (site.count(Account), site.count(ArchivedDisclosure)) == (0, 0)
    assert [(one["id"], one["statements"]) for one in bodies(site)] == [(closing_id, [])]
    run_worker()
    assert where(site.engine, EMAIL) == set()


def test_the_wrong_password_is_counted_as_in_a_sign_in(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    for _ in range(10):
        browser.get(PAGE).send(password="faux", confirm="1")
        assert browser.status == 422
    assert browser.get(PAGE).send(password=PASSWORD, confirm="1").status == 429
    assert site.count(Account) == 1


def test_a_code_on_its_way_does_not_leave_any_more_and_opens_nothing(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    forgetful = site.browser().get("/dgefp/mot-de-passe-oublie").send(email=EMAIL)
    with writing(site.engine) as session:
        lost = session.scalars(select(Task).where(Task.key.startswith("sign-up:"))).all()
        for one in lost:
            one.state, one.done_at = "failed", site.clock()
    delete(browser)
    with reading(site.engine) as session:
        held = {
            one.key.split(":")[0]: one for one in session.scalars(select(Task).where(Task.kind == "mail"))
        }
    assert (held["password"].state, held["password"].payload) == ("cancelled", {})
    assert held["sign-up"].payload == {}
    assert held["closed"].payload["to"] == EMAIL
    assert "n’est plus valable" in forgetful.send(code="123456").words


@ON_BOTH
def test_an_account_of_the_same_address_elsewhere_is_untouched(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    site.browser().get("/pas-de-calais/monjob62/inscription").send(email=EMAIL)
    delete(browser)
    with reading(site.engine) as session:
        assert session.scalars(select(Account.publisher)).all() == ["pas-de-calais"]
        assert set(session.scalars(select(Verification.publisher))) == {"pas-de-calais"}
        assert {one.publisher for one in session.scalars(select(ArchivedDisclosure))} == {"dgefp"}
    assert site.count(Disclosure) == 2


def test_the_statement_of_a_deletion_holds_nothing_that_names_the_person(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with reading(site.engine) as session:
        account = session.scalars(select(Account)).one()
    delete(browser)
    text = json.dumps(bodies(site))
    for word in (EMAIL, account.id, "camille"):
        assert word not in text


@ON_BOTH
def test_more_decisions_than_one_statement_may_name_make_several(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "BATCH", 2)
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    browser.get("/dgefp/soffi/cgu/decider").accept()
    browser.get("/dgefp/soffi/cgu/decider").send(choice="renoncer")
    with reading(site.engine) as session:
        decided = set(session.scalars(select(Decision.statement_hash)))
        closing_id = session.scalars(select(Account.closing_id)).one()
    delete(browser)
    said = bodies(site)
    assert len(decided) == 3
    assert sorted(len(one["statements"]) for one in said) == [1, 2]
    assert {digest for one in said for digest in one["statements"]} == decided
    assert [one["id"] for one in said].count(closing_id) == 1
    assert site.count(ArchivedDisclosure) == 6


def test_a_receipt_on_its_way_when_the_account_goes_leaves_whole(
    site: Site, browser: Browser, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    delete(browser)
    run_worker()
    [receipt] = site.settings.mail_dir.glob("*acceptation*.json")
    assert {one["field"] for one in json.loads(receipt.read_text("utf-8"))["disclosures"]} == {
        "account", "email",
    }  # fmt: skip
    assert where(site.engine, EMAIL) == {"archived_disclosure.value"}


def test_nobody_but_who_deleted_is_told_of_a_deletion_and_once(site: Site, browser: Browser) -> None:
    done = "/dgefp/compte-supprime"
    stranger = site.browser().get(done)
    assert (stranger.status, "Votre compte est supprimé" in stranger.words) == (200, False)
    assert "Aucune suppression n’est en cours ici." in stranger.words
    browser.sign_up("dgefp", "portail")
    assert browser.get(done).path == "/dgefp/mon-compte"
    assert "Votre compte est supprimé" in delete(browser).words
    assert "Aucune suppression n’est en cours ici." in browser.get(done).words


def test_contestations_are_taken_away_too_before_leaving(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    assert "Contestée le" not in browser.get(PAGE).words
    with reading(site.engine) as session:
        decision = session.scalars(select(Decision)).one()
    browser.get(f"/dgefp/mes-acceptations/{decision.id}/contester").send(words="")
    with reading(site.engine) as session:
        made = session.scalars(select(Contestation)).one()
    path = f"/dgefp/mes-acceptations/{decision.id}/contestation/{made.id}.receipt.json"
    assert path in browser.get(PAGE).html
    assert browser.get(path).status == 200


@pytest.mark.requirement("S-06", "O-29", "O-40")
def test_the_privacy_page_says_what_each_text_promises_of_data_word_for_word(
    site: Site, browser: Browser
) -> None:
    said = squeezed(browser.get("/donnees-personnelles").words).replace("’", "'")
    for promised in (
        "Le Ministère agit en tant que responsable de traitement sur la mise à disposition du « service »",
        "« L'Utilisateur » est responsable de traitement sur l'usage qu'il fait du « service ».",
        "L'image de la pièce d'identité sera conservée pour une durée de 6 mois",
        "pendant 3 ans après la fin de la relation d'adhésion ou contractuelle",
        "conservées l'année en cours plus 6 ans à compter de la formation",
        "puis archivées 10 ans pour respecter les obligations comptables",
    ):
        assert promised in said
    kept = {field.slug for one in site.app.extensions["kiosk"].services_of("ocapiat") for field in
            one.fields.values()}  # fmt: skip
    assert kept == {"nom", "prenom", "telephone", "raison-sociale", "siret"}, "nothing of employees"


@pytest.mark.requirement("O-42")
def test_whom_to_write_to_is_said_before_and_after_leaving(site: Site, browser: Browser) -> None:
    officer = "Délégué à la protection des données, dpd@ocapiat.fr, OCAPIAT, Monsieur le Délégué"
    linked = officer.replace(".fr,", ".fr ,")  # words of a page have a space after each element
    browser.sign_up("ocapiat", "ocapiat", profile="cfa")
    for page in ("mon-compte", "mon-compte/suppression", "mon-compte/effacement"):
        browser.get(f"/ocapiat/{page}")
        assert linked in browser.words, page
        assert "saisir la CNIL : www.cnil.fr/plaintes" in browser.words
        assert "@exemple.invalid" not in browser.words
    browser.send(wanted="decisions", words="")
    delete(browser, "ocapiat")
    assert linked in browser.words
    for subject in ("Votre demande d’effacement est reçue", "Votre compte OCAPIAT est supprimé"):
        [mail] = [one for one in site.mails() if one.get("subject") == subject]
        assert officer in mail["body"]
        assert "www.cnil.fr/plaintes" in mail["body"]


@pytest.mark.requirement("O-42")
def test_the_privacy_page_names_officers_the_cnil_and_the_years(site: Site) -> None:
    page = site.browser().get("/donnees-personnelles")
    for said in (
        "OCAPIAT : Délégué à la protection des données, dpd@ocapiat.fr", "dpd@exemple.invalid",
        "Délégation générale à l’emploi et à la formation professionnelle (ses", "www.cnil.fr/plaintes",
        "5 ans ; puis c’est détruit", "3 ans sans connexion", "2 ans sans connexion", "un juge", "Vos mots",
    ):  # fmt: skip
        assert said in page.words, said
    assert "que seul votre justificatif" not in page.words
