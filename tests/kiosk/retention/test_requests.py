"""A request of erasure has a due date and a decision by somebody; what is granted goes at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account
from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure
from kiosk.retention import remedies, requests
from kiosk.retention.erasures import Office
from kiosk.retention.errors import UndecidableError, UnknownRequestError
from kiosk.retention.models import ArchivedDisclosure, RightsRequest
from kiosk.retention.requests import Decided, Outcome, Ruling
from kiosk.retention.terms import years_after
from tests.kiosk.retention.conftest import where
from tests.kiosk.retention.test_deletion import audited, bodies, delete
from tests.kiosk.retention.test_expiring import hold
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

PAGE = "/dgefp/mon-compte/effacement"
DPO = {"function": "Délégué à la protection des données", "decided_by": "Dominique Petit"}
ALONE = "Vous pouvez supprimer votre compte vous-même, à tout moment."
REFUSAL = {"reasons": "Un litige est en cours."}
LINK = "le service sait encore que ces décisions en viennent"


def ask(browser: Browser, wanted: str = "decisions", words: str = "", publisher: str = "dgefp") -> Browser:
    return browser.get(f"/{publisher}/mon-compte/effacement").send(wanted=wanted, words=words)


def decide(site: Site, office: Office, outcome: str, **given: Any) -> Decided:
    with writing(site.engine) as session:
        waiting = session.scalars(select(RightsRequest.id).where(RightsRequest.decided_at.is_(None))).one()
        ruling = Ruling(Outcome(outcome), **(DPO | given))
        return requests.decide(session, office, waiting, ruling, at=site.clock())


def signed_up(browser: Browser) -> Browser:
    """Two decisions, on two services."""
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    return browser.get("/dgefp/soffi/cgu/decider").accept()


@pytest.mark.requirement("O-41")
def test_a_request_is_registered_and_acknowledged_with_its_due_date(
    site: Site, browser: Browser, run_worker: Callable[[], None]
) -> None:
    browser.sign_up("dgefp", "portail")
    assert "Demander l’effacement" in browser.get("/dgefp/mon-compte").words
    browser.get(PAGE)
    assert "décide, au plus tard le 22 décembre 2026" in browser.words
    assert "article 17, paragraphe 3, e)" in browser.words
    assert "Si votre demande est acceptée, ce qui vous nomme sera détruit" in browser.words
    assert "le service saura encore que ces décisions en viennent" in browser.words
    assert "ne dit plus qui" not in browser.words
    ask(browser, words="Je ne m’en sers plus.\r\nMerci.")
    assert browser.status == 200
    assert "Réponse au plus tard le 22 décembre 2026" in browser.words
    with reading(site.engine) as session:
        asked = session.scalars(select(RightsRequest)).one()
    assert (asked.wanted, asked.words, asked.publisher) == (
        "decisions",
        "Je ne m’en sers plus.\nMerci.",
        "dgefp",
    )
    assert asked.due_at == datetime(2026, 12, 22, 23, tzinfo=UTC)
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"] == "Votre demande d’effacement est reçue"
    assert "au plus tard le 22 décembre 2026" in mail["body"]
    assert asked.id in mail["body"]
    assert browser.get(PAGE).forms[-1].action.endswith("deconnexion"), "one request at a time"
    browser.client.post(
        PAGE, data={"csrf_token": browser.forms[-1].values["csrf_token"], "wanted": "everything"}
    )
    assert site.count(RightsRequest) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choisissez ce que vous demandez"),
        ({"wanted": "rien"}, "Choisissez ce que vous demandez"),
        ({"wanted": "decisions", "words": "x" * 1_001}, "vous en avez écrit 1001"),
        ({"wanted": "decisions", "words": "a\x07b"}, "caractères invisibles"),
    ],
)
def test_a_request_that_cannot_be_kept_is_shown_again(
    site: Site, browser: Browser, typed: dict[str, str], said: str
) -> None:
    browser.sign_up("dgefp", "portail")
    browser.get(PAGE).send(**typed)
    assert browser.status == 422
    assert said in browser.words
    assert site.count(RightsRequest) == 0


@ON_BOTH
@pytest.mark.requirement("O-41", "P-31")
def test_what_is_granted_is_destroyed_at_once_and_the_account_stays(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    signed_up(browser)
    run_worker()
    page = browser.get("/dgefp/mes-acceptations").html
    ask(browser, words="Secret de Camille")
    done = decide(site, office, "granted")
    assert done.erased == 4, "two decisions, and what was told of each"
    assert (site.count(Disclosure), site.count(ArchivedDisclosure), site.count(Account)) == (0, 0, 1)
    [said] = bodies(site)
    with reading(site.engine) as session:
        asked = session.scalars(select(RightsRequest)).one()
        decided = session.scalars(select(Decision)).all()
    assert (said["act"], said["decided_by"], said["remedy"]) == ("request", DPO["function"], None)
    assert {one.statement_hash for one in decided} < set(said["statements"])
    assert (said["id"], asked.statement_hash is not None) == (asked.id, True)
    assert (asked.email, asked.words, asked.outcome, asked.decided_by) == (
        None,
        None,
        "granted",
        "Dominique Petit",
    )
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"] == "Votre demande d’effacement est acceptée"
    assert "Ce qui vous nommait dans 4 enregistrements est détruit." in mail["body"]
    assert LINK in mail["body"]
    assert "ne dit plus qui" not in mail["body"]
    assert "CNIL" not in mail["body"]
    assert "Dominique" not in mail["body"]
    run_worker()
    audited(site)
    assert {place.split(".")[0] for place in where(site.engine, EMAIL)} == {"account", "verification"}
    assert "Dominique" not in json.dumps(said)
    assert browser.get("/dgefp/mes-acceptations").html.count("<tr>") == page.count("<tr>")
    receipt = browser.get(f"/dgefp/mes-acceptations/{decided[0].id}").words
    assert "Valeurs détruites" in receipt
    assert EMAIL not in browser.get(f"/dgefp/mes-acceptations/{decided[0].id}.receipt.json").html


@pytest.mark.requirement("O-41", "P-30")
def test_everything_takes_the_account_too(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    signed_up(browser)
    ask(browser, "everything")
    with reading(site.engine) as session:
        account_id = session.scalars(select(Account.id)).one()
    decide(site, office, "granted")
    assert browser.get(PAGE).path == "/dgefp/connexion"
    assert [one["act"] for one in bodies(site)] in (["account", "request"], ["request", "account"])
    run_worker()
    assert where(site.engine, EMAIL) == set()
    assert where(site.engine, account_id) == set()
    assert len([*site.settings.mail_dir.glob("*est-supprime*")]) == 0, "one answer, not two"
    [told] = site.settings.mail_dir.glob("*est-acceptee*.txt")
    answer = told.read_text("utf-8")
    assert "Votre compte est supprimé" in answer
    assert "ne dit plus qui" in answer
    assert LINK not in answer
    audited(site)
    site.clock.at = years_after(site.clock(), 5)
    run_worker()
    assert site.count(RightsRequest) == 0
    assert where(site.engine, account_id, EMAIL) == set()


@pytest.mark.requirement("O-41")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"remedy": "Écrivez-nous."},
        {"reasons": " "},
        REFUSAL | {"remedy": "x" * 501},
        REFUSAL | {"function": ""},
        REFUSAL | {"decided_by": " "},
        REFUSAL | {"services": frozenset({"inconnu"})},
    ],
)
@pytest.mark.parametrize("outcome", ["partly", "refused"])
def test_nothing_is_refused_without_reasons_and_somebody(office: Office, outcome: str, given: Any) -> None:
    with pytest.raises(UndecidableError):
        requests.check(Ruling(Outcome(outcome), **(DPO | given)), office)


@pytest.mark.requirement("O-41")
def test_a_refusal_says_why_and_what_remains_open_and_destroys_nothing(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    signed_up(browser)
    ask(browser, "everything", "Effacez tout.")
    decide(site, office, "refused", **REFUSAL)
    assert (site.count(Disclosure), site.count(Account)) == (4, 1)
    body = site.mails(EMAIL)[-1]["body"]
    remedy = remedies.told(office.publisher("dgefp"))
    for words in ("Un litige est en cours.", remedy, DPO["function"], ALONE):
        assert words in body
    [said] = bodies(site)
    assert (said["statements"], said["remedy"], said["decided_by"]) == ([], remedy, DPO["function"])
    page = browser.get(PAGE).words
    assert "refusée le 22 novembre 2026" in page
    assert "Un litige est en cours." in page
    assert "Envoyer ma demande" in page
    assert ALONE in page
    run_worker()
    audited(site)


@pytest.mark.requirement("O-41")
def test_what_is_added_to_the_remedies_replaces_none_and_the_register_says_what_was_sent(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    ask(browser)
    decide(site, office, "refused", **REFUSAL, remedy="CNIL ou tribunal.")
    [said] = bodies(site)
    body = site.mails(EMAIL)[-1]["body"]
    assert f"{said['remedy']}\n" in body
    for words in (
        "www.cnil.fr/plaintes",
        "3 place de Fontenoy",
        "tribunal administratif",
        "CNIL ou tribunal.",
    ):
        assert words in str(said["remedy"])
    assert ALONE not in body, "the decisions alone were asked for"
    assert f"{REFUSAL['reasons']} {said['remedy']}" in browser.get(PAGE).words


def test_the_court_is_that_of_the_publisher_as_a_rule(office: Office) -> None:
    told = {slug: remedies.told(office.publisher(slug)) for slug in ("dgefp", "ocapiat")}
    assert "en règle générale, le tribunal administratif" in told["dgefp"]
    assert "en règle générale, le tribunal judiciaire" in told["ocapiat"]
    assert "administratif" not in told["ocapiat"]


@ON_BOTH
@pytest.mark.requirement("O-41")
def test_a_part_is_granted_and_the_rest_refused(site: Site, browser: Browser, office: Office) -> None:
    signed_up(browser)
    ask(browser)
    with pytest.raises(UndecidableError, match="granted"):
        decide(site, office, "partly", **REFUSAL)
    with pytest.raises(UndecidableError, match="partly"):
        decide(site, office, "granted", services=frozenset({"soffi"}))
    done = decide(site, office, "partly", **REFUSAL, services=frozenset({"soffi"}))
    assert done.erased == 1
    with reading(site.engine) as session:
        left = session.scalars(select(Disclosure.statement_hash).distinct()).all()
        kept = session.scalars(select(Decision.statement_hash).where(Decision.service == "portail")).all()
    assert left == kept
    assert "Motif du refus pour le reste" in site.mails(EMAIL)[-1]["body"]


@ON_BOTH
@pytest.mark.requirement("O-41", "S-59")
def test_what_a_hold_covers_is_not_granted_and_goes_when_it_ends(
    site: Site, browser: Browser, office: Office, run_worker: Callable[[], None]
) -> None:
    signed_up(browser)
    hold(site, office, services=("soffi",))
    ask(browser)
    with pytest.raises(UndecidableError, match="gel"):
        decide(site, office, "granted")
    assert site.count(Disclosure) == 4
    done = decide(site, office, "partly", **REFUSAL)
    assert (done.erased, len(done.held)) == (1, 1)
    assert (
        "oblige à garder une part de ces données (SOFFi), jusqu’au 27 décembre 2027"
        in site.mails(EMAIL)[-1]["body"]
    )
    assert (site.count(Disclosure), site.count(ArchivedDisclosure)) == (0, 2)
    site.clock.move(days=399)
    browser.sign_in("dgefp")
    run_worker()
    assert site.count(ArchivedDisclosure) == 2
    site.clock.move(days=1)
    run_worker()
    assert site.count(ArchivedDisclosure) == 0
    assert [one["act"] for one in bodies(site)].count("term") == 1
    assert site.count(Account) == 1


def test_an_account_deleted_before_the_decision_is_erased_from_the_archive(
    site: Site, browser: Browser, office: Office
) -> None:
    signed_up(browser)
    ask(browser, "everything")
    delete(browser)
    assert site.count(ArchivedDisclosure) == 4
    assert decide(site, office, "granted").erased == 2
    assert site.count(ArchivedDisclosure) == 0
    assert site.mails(EMAIL)[-1]["subject"] == "Votre demande d’effacement est acceptée"


def test_a_request_is_decided_once(site: Site, browser: Browser, office: Office) -> None:
    browser.sign_up("dgefp", "portail").accept()
    ask(browser)
    request_id = decide(site, office, "granted").request.id
    for unknown in (request_id, "0" * 32):
        with writing(site.engine) as session, pytest.raises(UnknownRequestError):
            requests.decide(session, office, unknown, Ruling(Outcome.GRANTED, **DPO), at=site.clock())
    assert len(bodies(site)) == 1


def test_granting_what_destroys_nothing_is_refused_with_words(
    site: Site, browser: Browser, office: Office
) -> None:
    browser.sign_up("dgefp", "portail")
    ask(browser)
    with pytest.raises(UndecidableError, match="ne détruirait rien"):
        decide(site, office, "granted")
    decide(site, office, "refused", **REFUSAL)


# From a terminal


@pytest.fixture
def kiosk(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call `kiosk` on the site, by its clock."""
    monkeypatch.setattr("kiosk.retention.commands.system_clock", site.clock)
    environ = {
        "KIOSK_MODE": "demonstration", "KIOSK_SECRET_KEY": site.settings.secret_key,
        "DATABASE_URL": site.settings.database_url, "KIOSK_DATA_DIR": str(site.settings.data_dir),
        "KIOSK_TEXTS_DIR": str(site.settings.texts_dir),
    }  # fmt: skip
    return lambda *words: CliRunner().invoke(main, list(words), env=environ)


RULING = ("--function", "Déléguée", "--decided-by", "D. Petit", "--yes")


@ON_BOTH
@pytest.mark.requirement("O-41")
def test_the_register_shows_what_is_overdue_first_and_fails(
    site: Site, browser: Browser, kiosk: Callable[..., Result]
) -> None:
    assert kiosk("rights", "list").exit_code == 0
    browser.sign_up("dgefp", "portail").accept()
    ask(browser, words="Mes raisons")
    site.clock.at = datetime(2026, 12, 22, 22, 59, 59, tzinfo=UTC)
    assert kiosk("rights", "list").exit_code == 0
    site.clock.move(seconds=1)
    late = kiosk("rights", "list")
    assert late.exit_code == 1
    assert "EN RETARD" in late.output.splitlines()[0]
    assert EMAIL not in late.output
    told = json.loads(kiosk("rights", "list", "--json").output)
    assert [(one["overdue"], one["due_on"]) for one in told] == [(True, "2026-12-22")]
    request_id = told[0]["id"]
    shown = kiosk("rights", "show", request_id).output
    assert EMAIL in shown
    assert "Mes raisons" in shown
    refused = kiosk("rights", "decide", request_id, "--outcome", "refused", *RULING)
    assert refused.exit_code == 1
    assert "motif" in refused.output
    done = kiosk("rights", "decide", request_id, "--outcome", "refused", "--reasons", "Litige", *RULING)
    assert done.exit_code == 0, done.output
    assert kiosk("rights", "list").exit_code == 0
    assert kiosk("rights", "decide", request_id, "--outcome", "granted", *RULING).exit_code == 2
    assert kiosk("rights", "show", "0" * 32).exit_code == 2
    assert "D. Petit" in kiosk("rights", "show", request_id).output


@ON_BOTH
def test_a_request_that_came_by_post_is_about_who_the_archive_names(
    site: Site, browser: Browser, kiosk: Callable[..., Result]
) -> None:
    signed_up(browser)
    delete(browser)
    for words in (("--publisher", "nulle-part", "--email", EMAIL), ("--publisher", "dgefp", "--email", "x")):
        assert kiosk("rights", "receive", *words).exit_code == 2
    for unfit, said in (("x" * 1_001, "1 000 signes au plus"), ("a\x07b", "caractères invisibles")):
        refused = kiosk("rights", "receive", "--publisher", "dgefp", "--email", EMAIL, "--words", unfit)
        assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    received = kiosk("rights", "receive", "--publisher", "dgefp", "--email", EMAIL, "--words", "Pli n° 4-217")
    assert received.exit_code == 0, received.output
    assert "22 décembre 2026" in received.output
    with reading(site.engine) as session:
        request_id = session.scalars(select(RightsRequest.id)).one()
    done = kiosk("rights", "decide", request_id, "--outcome", "granted", *RULING)
    assert done.exit_code == 0, done.output
    assert "2 enregistrement" in done.output
    assert site.count(ArchivedDisclosure) == 0
    assert where(site.engine, "Pli n° 4-217") == set()


@ON_BOTH
def test_a_hold_is_added_listed_and_lifted_from_a_terminal(
    site: Site, browser: Browser, kiosk: Callable[..., Result]
) -> None:
    by = ("--reason", "Instance 26/1", "--function", "Cheffe du service juridique")
    until = ("--until", "2028-01-31")
    assert kiosk("hold", "add", "--account-of", EMAIL, *until, *by).exit_code == 2
    browser.sign_up("dgefp", "portail").accept()
    site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    both = kiosk("hold", "add", "--account-of", EMAIL, *until, *by)
    assert both.exit_code == 2
    assert "--publisher" in both.output
    assert kiosk("hold", "add", *until, *by).exit_code == 2
    assert kiosk("hold", "add", "--subject", "0" * 32, *until, *by).exit_code == 2
    far = kiosk("hold", "add", "--account-of", EMAIL, "--publisher", "dgefp", "--until", "2032-01-01", *by)
    assert far.exit_code == 1
    made = kiosk("hold", "add", "--account-of", EMAIL, "--publisher", "dgefp", *until, *by)
    assert made.exit_code == 0, made.output
    assert "jusqu’au 31 janvier 2028" in made.output
    [one] = json.loads(kiosk("hold", "list", "--json").output)
    assert one["until"] == "2028-01-31T23:00:00+00:00"
    assert one["standing"] is True
    assert one["function"] == "Cheffe du service juridique"
    delete(browser)
    again = kiosk("hold", "add", "--subject", one["subject"], "--service", "portail", *until, *by)
    assert again.exit_code == 0, again.output
    assert kiosk("hold", "lift", one["id"], *by).exit_code == 0
    assert kiosk("hold", "lift", one["id"], *by).exit_code == 1
    listed = kiosk("hold", "list").output
    assert "Levé le 22 novembre 2026" in listed
    assert "En cours" in listed
    assert EMAIL not in listed


def test_everything_granted_in_part_closes_the_account_and_keeps_the_rest_apart(
    site: Site, browser: Browser, office: Office
) -> None:
    signed_up(browser)
    ask(browser, "everything")
    decide(site, office, "partly", **REFUSAL, services=frozenset({"portail"}))
    with reading(site.engine) as session:
        left = session.scalars(select(ArchivedDisclosure)).all()
    assert {(one.service, one.ends_at) for one in left} == {("soffi", years_after(site.clock(), 5))}
    assert (site.count(Account), site.count(Disclosure)) == (0, 0)
    assert "Votre compte est supprimé" in site.mails(EMAIL)[-1]["body"]
