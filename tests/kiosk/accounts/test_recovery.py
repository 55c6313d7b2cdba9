"""An account whose mailbox is lost: codes on paper; or the publisher, two people, a wait, one objection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from kiosk import worker
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts import recovery_codes
from kiosk.accounts.models import Account, RecoveryCode, RecoveryRequest, SignIn
from kiosk.cli import main
from kiosk.db import reading
from kiosk.worker import WorkerContext
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of, link_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW = "camille.neuve@example.org"
CODES = "/dgefp/mon-compte/codes-de-secours"
Run = Callable[..., Result]


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the site, at the hour of the site."""
    monkeypatch.setattr("kiosk.accounts.commands.open_settings", lambda: site.settings)
    monkeypatch.setattr("kiosk.accounts.commands.system_clock", site.clock)
    return lambda *words: CliRunner().invoke(main, list(words))


def made(browser: Browser) -> list[str]:
    """Make recovery codes; returns them as the page shows them."""
    html = browser.get(CODES).send().html
    return [part.split("</code>")[0] for part in html.split("<code>")[1:]]


def account(site: Site) -> Account:
    with reading(site.engine) as session:
        return session.scalars(select(Account)).one()


def by_code(site: Site, code: str, *, email: str = EMAIL, password: str = PASSWORD) -> Browser:
    """Ask for the new address with a code."""
    return site.browser().get("/dgefp/sans-boite/code").send(
        email=email, password=password, code=code, new_email=NEW
    )  # fmt: skip


def by_publisher(site: Site, email: str = EMAIL, new: str = NEW) -> Browser:
    """Ask the publisher for the new address, proved, as far as the end."""
    one = site.browser().get("/dgefp/sans-boite/demande")
    one.send(email=email, new_email=new, words="CFA des Prés, 03 21 00 00 00")
    return one.send(code=code_of(site.mails(new)[-1])).send()


def waiting(run: Run) -> dict[str, str]:
    (one,) = json.loads(run("recovery", "list", "--json").output)
    return dict(one)


# Codes


@ON_BOTH
def test_eight_codes_are_shown_once_and_kept_hashed(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    offer = "Créer mes codes de secours"
    browser.accept()
    pages = ("/dgefp/mon-compte", "/dgefp/mes-acceptations", "/dgefp/portail/")
    assert [offer in browser.get(page).words for page in pages] == [True] * 3
    codes = made(browser)
    assert len(set(codes)) == recovery_codes.COUNT == 8
    assert all(len(code) == 14 and code.count("-") == 2 for code in codes)
    assert "Ils ne seront plus jamais montrés" in browser.words
    assert "data-print" in browser.html
    browser.get(CODES)
    assert not any(code in browser.html for code in codes)
    assert "Il vous reste 8 codes." in browser.words
    with reading(site.engine) as session:
        kept = f"{session.execute(select(RecoveryCode.code_hash, RecoveryCode.account_id)).all()}"
    assert not any(code.replace("-", "").lower() in kept.lower() for code in codes)
    again = site.browser().sign_in("dgefp")
    for one in (browser, again):
        assert [offer in one.get(page).words for page in pages] == [False] * 3
    assert set(made(browser)).isdisjoint(codes)
    assert site.count(RecoveryCode) == 8


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
def test_a_code_is_read_however_it_is_typed(typed: Callable[[str], str]) -> None:
    def hasher(*parts: str) -> str:
        return "|".join(parts)

    code = "7K2M-QX4T-90B1"
    assert recovery_codes.hash_of("a", typed(code), hasher) == recovery_codes.hash_of("a", code, hasher)
    assert recovery_codes.hash_of("a", "7k2m-qx4t-9obl", hasher) == recovery_codes.hash_of("a", code, hasher)
    assert recovery_codes.hash_of("b", code, hasher) != recovery_codes.hash_of("a", code, hasher)


@pytest.mark.requirement("T-15", "S-27")
@pytest.mark.parametrize("way", ["code", "link"])
def test_a_code_and_the_password_give_the_same_account_another_address(
    site: Site, browser: Browser, way: str
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    code = made(browser)[3]
    before = account(site)
    one = by_code(site, code)
    assert one.path == "/dgefp/sans-boite/verification"
    mail = site.mails(NEW)[-1]
    assert mail["subject"] == "Vérifiez votre nouvelle adresse pour DGEFP"
    if way == "code":
        one.send(code=code_of(mail))
    else:
        one.get(link_of(mail).removeprefix("http://localhost")).send()
    assert one.path == "/dgefp/sans-boite/fin"
    assert account(site).email == EMAIL  # a button, then it is done
    one.send()
    assert one.path == "/dgefp/connexion"
    assert "Votre compte a sa nouvelle adresse" in one.words
    after = account(site)
    assert (after.id, after.email, after.email_key) == (before.id, NEW, NEW)
    assert site.count(SignIn) == 0
    assert site.count(RecoveryCode) == 7
    assert "inexact" in site.browser().sign_in("dgefp").words
    again = site.browser().sign_in("dgefp", NEW).get("/dgefp/mes-acceptations")
    assert "Acceptée le" in again.words
    assert site.mails(EMAIL)[-1]["subject"] == "L’adresse de votre compte DGEFP a changé"
    assert "misi.dgefp@emploi.gouv.fr\n" in site.mails(EMAIL)[-1]["body"]
    assert site.mails(NEW)[-1]["subject"] == "Cette adresse est celle de votre compte DGEFP"
    with reading(site.engine) as session:
        decided = session.scalars(select(Decision)).one()
        subject = session.scalars(select(Subject)).one()
    assert (subject.id, subject.account_id) == (decided.subject_id, before.id)


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [(EMAIL, "faux", None), (EMAIL, PASSWORD, "0000-0000-0000"), ("inconnu@example.org", PASSWORD, None)],
)
def test_what_is_wrong_is_told_alike_and_changes_nothing(
    site: Site, browser: Browser, email: str, password: str, code: str | None
) -> None:
    browser.sign_up("dgefp", "portail")
    codes = made(browser)
    one = by_code(site, code or codes[0], email=email, password=password)
    assert one.status == 422
    assert "Adresse, mot de passe ou code inexact." in one.words
    assert codes[0] not in one.html
    assert site.count(RecoveryRequest) == 0
    assert site.mails(NEW) == []
    assert site.count(RecoveryCode) == 8


def test_guessing_codes_with_the_password_is_stopped(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    code = made(browser)[0]
    for _ in range(5):
        assert by_code(site, "0000-0000-0000").status == 422
    assert by_code(site, code).status == 429


@ON_BOTH
def test_a_code_serves_once_even_at_once(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    code = made(browser)[0]
    pair = []
    for _ in range(2):
        one = by_code(site, code)
        pair.append(one.send(code=code_of(site.mails(NEW)[-1])))
    assert [one.path for one in pair] == ["/dgefp/sans-boite/fin"] * 2
    barrier = threading.Barrier(2)

    def end(one: Browser) -> None:
        barrier.wait()
        one.send()

    threads = [threading.Thread(target=end, args=(one,)) for one in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.path for one in pair) == ["/dgefp/connexion", "/dgefp/sans-boite"]
    assert site.count(RecoveryCode) == 7
    assert len([mail for mail in site.mails(EMAIL) if "a changé" in mail["subject"]]) == 1


@ON_BOTH
def test_an_address_that_has_an_account_is_given_to_no_other(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    code = made(browser)[0]
    site.browser().sign_up("dgefp", "portail", email=NEW)
    one = by_code(site, code)
    assert one.path == "/dgefp/sans-boite/verification"  # nothing shows
    assert site.mails(NEW)[-1]["subject"] == "Cette adresse a déjà un compte DGEFP"
    assert "inexact" not in one.send(code="123456").words
    assert one.path == "/dgefp/sans-boite/verification"


@ON_BOTH
def test_an_address_taken_meanwhile_is_refused_and_the_code_still_serves(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail")
    code = made(browser)[0]
    one = by_code(site, code).send(code=code_of(site.mails(NEW)[-1]))
    site.browser().sign_up("dgefp", "portail", email=NEW)
    one.send()
    assert one.path == "/dgefp/sans-boite"
    assert "Rien n’a été changé." in one.words
    assert site.count(RecoveryCode) == 8


# The publisher


def test_the_publisher_decides_with_two_people_and_three_days_and_everything_stays(
    site: Site, browser: Browser, run: Run, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail").accept()
    before = account(site)
    one = by_publisher(site)
    assert one.path == "/dgefp/sans-boite/recue"
    assert "72 heures" in one.words
    assert site.mails(EMAIL)[-1]["subject"] == "Quelqu’un demande à changer l’adresse de votre compte DGEFP"
    asked = waiting(run)
    assert (asked["former"], asked["email"], asked["outcome"]) == (EMAIL, NEW, None)
    listed = run("recovery", "list").output
    assert "attend" in listed
    assert f"{EMAIL} → {NEW}" in listed

    first = run("recovery", "approve", asked["id"], "--name", "Anne Roy")
    assert "Il faut l’accord d’une seconde personne." in first.output
    same = run("recovery", "approve", asked["id"], "--name", " anne  ROY ")
    assert (same.exit_code, "a déjà approuvé" in same.output) == (1, True)
    second = run("recovery", "approve", asked["id"], "--name", "Paul Lys")
    assert "elle changera le 25 novembre 2026 à 09:00:00" in second.output
    assert run("recovery", "approve", asked["id"], "--name", "Léo Vin").exit_code == 1
    site.clock.move(hours=71, minutes=59)
    worker.retain(context)
    assert account(site).email == EMAIL
    site.clock.move(minutes=1)
    worker.retain(context)
    after = account(site)
    assert (after.id, after.email) == (before.id, NEW)
    assert waiting(run)["outcome"] == "done"
    assert "misi.dgefp@emploi.gouv.fr\n" in site.mails(EMAIL)[-1]["body"]
    again = site.browser().sign_in("dgefp", NEW).get("/dgefp/mes-acceptations")
    assert "Acceptée le" in again.words
    worker.retain(context)
    assert len([mail for mail in site.mails(NEW) if "est celle de votre compte" in mail["subject"]]) == 1


@ON_BOTH
def test_an_approval_after_the_wait_changes_the_address_at_once(
    site: Site, browser: Browser, run: Run
) -> None:
    browser.sign_up("dgefp", "portail")
    by_publisher(site)
    number = waiting(run)["id"]
    site.clock.move(hours=80)
    run("recovery", "approve", number, "--name", "Anne Roy")
    assert "l’adresse est changée" in run("recovery", "approve", number, "--name", "Paul Lys").output
    assert account(site).email == NEW


@ON_BOTH
def test_the_former_address_stops_everything(
    site: Site, browser: Browser, run: Run, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail")
    by_publisher(site)
    number = waiting(run)["id"]
    for name in ("Anne Roy", "Paul Lys"):
        run("recovery", "approve", number, "--name", name)
    path = link_of(site.mails(EMAIL)[-1]).removeprefix("http://localhost")
    owner = site.browser().get(path)
    assert waiting(run)["outcome"] is None  # opening the link does nothing
    assert "La demande est annulée." in owner.send().words
    assert site.mails(NEW)[-1]["subject"].startswith("Demande annulée")
    site.clock.move(hours=80)
    worker.retain(context)
    assert account(site).email == EMAIL
    assert waiting(run)["outcome"] == "objected"
    refused = run("recovery", "approve", number, "--name", "Léo Vin")
    assert (refused.exit_code, "a déjà pris fin" in refused.output) == (1, True)
    assert site.browser().get(path).send().status == 404


@ON_BOTH
def test_a_refusal_is_told_with_its_reason(site: Site, browser: Browser, run: Run) -> None:
    browser.sign_up("dgefp", "portail")
    by_publisher(site)
    number = waiting(run)["id"]
    assert run("recovery", "refuse", number, "--name", "Anne Roy", "--reason", " ").exit_code == 2
    done = run("recovery", "refuse", number, "--name", "Anne Roy", "--reason", "Numéro inconnu.")
    assert done.exit_code == 0
    assert "Numéro inconnu." in site.mails(NEW)[-1]["body"]
    assert waiting(run)["outcome"] == "refused"
    assert run("recovery", "approve", "0" * 32, "--name", "Anne Roy").exit_code == 2


@ON_BOTH
def test_nobody_learns_whether_an_account_has_the_address(site: Site, browser: Browser, run: Run) -> None:
    browser.sign_up("dgefp", "portail")
    known = by_publisher(site)
    unknown = by_publisher(site, "inconnu@example.org", "autre.neuve@example.org")
    assert known.words == unknown.words
    assert known.path == unknown.path
    subject = "Votre demande à DGEFP\N{NO-BREAK SPACE}: une autre adresse"
    assert [site.mails(to)[-1]["subject"] for to in (NEW, "autre.neuve@example.org")] == [subject] * 2
    assert site.mails("inconnu@example.org") == []
    assert waiting(run)["email"] == NEW


def test_a_request_without_a_proved_address_reaches_nobody_and_is_forgotten(
    site: Site, browser: Browser, run: Run, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail")
    one = site.browser().get("/dgefp/sans-boite/demande")
    one.send(email=EMAIL, new_email=NEW, words="C’est moi.")
    assert json.loads(run("recovery", "list", "--json").output) == []
    assert "changer l’adresse" not in site.mails(EMAIL)[-1]["subject"]
    assert one.get("/dgefp/sans-boite/fin").path == "/dgefp/sans-boite"
    site.clock.move(hours=26)
    worker.tidy(context)
    assert site.count(RecoveryRequest) == 0


def test_words_are_asked_and_short_and_no_identity_document_is_wanted(site: Site) -> None:
    one = site.browser().get("/dgefp/sans-boite/demande")
    assert "N’envoyez aucune pièce d’identité" in one.words
    assert 'type="file"' not in one.html
    one.send(email="", new_email="x", words="")
    assert one.status == 422
    for words in ("Indiquez votre adresse", "n’a pas la forme attendue", "Dites comment l’éditeur"):
        assert words in one.words
    assert 'href="#new_email"' in one.html
    assert "500" in one.send(email=EMAIL, new_email=NEW, words="x" * 501).words


@ON_BOTH
def test_an_address_taken_while_it_waited_is_not_given(
    site: Site, browser: Browser, run: Run, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail")
    by_publisher(site)
    number = waiting(run)["id"]
    for name in ("Anne Roy", "Paul Lys"):
        run("recovery", "approve", number, "--name", name)
    site.browser().sign_up("dgefp", "portail", email=NEW)
    site.clock.move(hours=73)
    worker.retain(context)
    assert waiting(run)["outcome"] == "taken"
    assert site.browser().sign_in("dgefp").path == "/dgefp/portail/cgu/decider"


def test_a_request_goes_with_the_account_and_is_forgotten_a_year_after_it_ended(
    site: Site, browser: Browser, run: Run, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail")
    made(browser)
    by_publisher(site)
    run("recovery", "refuse", waiting(run)["id"], "--name", "Anne Roy", "--reason", "Non.")
    site.clock.move(days=364)
    worker.tidy(context)
    assert site.count(RecoveryRequest) == 1
    site.clock.move(days=1)
    worker.tidy(context)
    assert site.count(RecoveryRequest) == 0
    by_publisher(site)
    browser.sign_in("dgefp").get("/dgefp/mon-compte/suppression").send(password=PASSWORD, confirm="1")
    assert [site.count(one) for one in (Account, RecoveryRequest, RecoveryCode)] == [0, 0, 0]
