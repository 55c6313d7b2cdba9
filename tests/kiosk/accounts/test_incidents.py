"""A stolen password is changed and reported in one act, where each text says to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cgu_archive.corpus.model import Contact, Corpus, Service
from kiosk import worker
from kiosk.accounts import incidents
from kiosk.accounts.incidents import State
from kiosk.accounts.models import Account, IncidentReport, IncidentWords, SignIn
from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.notices.models import Task
from kiosk.worker import WorkerContext
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site, code_of
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

NEW_PASSWORD = "Trois ponts gris, 9 barques !"
WORDS = "On a lu mon carnet."
MISI, TABLEAU, OCAPIAT = (
    "misi.dgefp@emploi.gouv.fr", "tableau-de-bord@apprentissage.beta.gouv.fr", "dpd@ocapiat.fr",
)  # fmt: skip


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


def reports(site: Site) -> list[dict[str, str]]:
    """The mails to publishers."""
    return [mail for mail in site.mails() if mail.get("subject", "").startswith("Signalement")]


@ON_BOTH
@pytest.mark.requirement("P-43", "S-28", "S-29", "T-16", "O-21")
def test_one_form_changes_the_password_ends_every_session_and_reports(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco")
    thief = site.browser().sign_in("dgefp")
    browser.get("/dgefp/mon-compte")
    assert '<a class="button second" href="/dgefp/mon-compte/mot-de-passe?motif=vol">' in browser.html
    browser.get("/dgefp/mon-compte/mot-de-passe?motif=vol")
    assert browser.form().checked == ["report"]
    browser.send(current=PASSWORD, password=NEW_PASSWORD, words=WORDS)
    assert browser.path == "/dgefp/mon-compte"
    assert thief.get("/dgefp/mon-compte").path == "/dgefp/connexion"
    assert [mail["to"] for mail in reports(site)] == [MISI, TABLEAU]
    for mail in reports(site):
        assert WORDS in mail["body"]
        assert f"Compte\N{NO-BREAK SPACE}: {EMAIL}" in mail["body"]
        assert "22 novembre 2026 à 09:00:00 (heure de Paris)" in mail["body"]
    copies = [mail for mail in site.mails(EMAIL) if mail["subject"] == "Votre signalement à DGEFP"]
    assert [MISI in copies[0]["body"], TABLEAU in copies[1]["body"]] == [True, True]
    assert all("La date qui fait foi est celle de la réception par" in one["body"] for one in copies)
    with reading(site.engine) as session:
        rows = session.scalars(select(IncidentReport).order_by(IncidentReport.address)).all()
        words = session.scalars(select(IncidentWords)).all()
    assert [(row.services, row.received_at) for row in rows] == [
        ("portail soffi", site.clock.at), ("tableau-de-bord", site.clock.at),
    ]  # fmt: skip
    assert {one.words for one in words} == {WORDS}
    assert f"à {MISI} : envoyé" in browser.words


@pytest.mark.requirement("P-43", "S-28", "T-16")
def test_who_can_no_longer_sign_in_does_both_by_mail(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    victim = site.browser().get("/dgefp/mot-de-passe-oublie?motif=vol")
    assert "Signaler et changer de mot de passe" in victim.words
    victim.send(email=EMAIL).send(code=code_of(site.mails(EMAIL)[-1]))
    assert victim.form().checked == ["report"]
    victim.send(password=NEW_PASSWORD, words=WORDS)
    assert "Votre signalement est enregistré ; une copie vous est envoyée." in victim.words
    assert [mail["to"] for mail in reports(site)] == [MISI, TABLEAU]
    assert site.count(SignIn) == 0


def test_nothing_is_reported_unless_it_is_asked(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte/mot-de-passe")
    assert browser.form().checked == []
    browser.send(current=PASSWORD, password=NEW_PASSWORD, words=WORDS)
    assert reports(site) == []
    assert site.count(IncidentReport) == 0


def test_a_report_that_is_refused_changes_nothing(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte/mot-de-passe?motif=vol")
    browser.send(current=PASSWORD, password="court", words="x" * 1001)
    assert browser.status == 422
    assert "Il faut au plus 1000 caractères." in browser.words
    assert browser.form().checked == ["report"]
    assert reports(site) == []
    assert site.browser().sign_in("dgefp").path == "/dgefp/portail/cgu/decider"


@pytest.mark.requirement("P-43", "S-31", "T-16", "M-24", "O-21", "O-35")
@pytest.mark.parametrize(
    ("slug", "address"),
    [
        ("portail", MISI),
        ("soffi", MISI),
        ("tableau-de-bord", TABLEAU),
        ("ocapiat", OCAPIAT),
        ("monjob62", None),
    ],
)
def test_each_text_names_whom_to_tell_and_no_address_in_other_letters_is_used(
    corpus: Corpus, slug: str, address: str | None
) -> None:
    (told,) = incidents.addressees([corpus.service(slug)])
    assert told.address == address
    assert (told.contact.email or "").isascii()
    if address is None:
        assert told.contact.postal


def test_an_address_in_greek_letters_is_never_mailed(corpus: Corpus) -> None:
    greek = Contact("Assistance", None, "μισι.δγεφπ@emploi.gouv.fr", None, None)
    assert incidents.Addressee(greek, ()).address is None


def test_a_service_that_names_nobody_is_told_nothing(corpus: Corpus) -> None:
    class Silent:
        contacts = {"incident": None}  # noqa: RUF012

    silent: list[Service] = [Silent()]  # type: ignore[list-item]
    assert incidents.addressees(silent) == ()


@pytest.mark.requirement("M-24")
def test_where_a_text_gives_no_address_the_person_is_told_where_to_write(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    browser.get("/pas-de-calais/mon-compte/mot-de-passe?motif=vol")
    assert "Hôtel du Département, Rue Ferdinand Buisson, Arras (62018)" in browser.words
    browser.send(current=PASSWORD, password=NEW_PASSWORD)
    assert reports(site) == []
    (copy,) = [mail for mail in site.mails(EMAIL) if mail["subject"].startswith("Votre signalement")]
    assert "écrivez vous-même à Hôtel du Département" in copy["body"]
    assert "à écrire vous-même" in browser.words


@ON_BOTH
@pytest.mark.requirement("P-43", "T-16")
def test_the_register_says_what_became_of_the_mail_and_cannot_change(
    site: Site, browser: Browser, context: WorkerContext
) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa").get("/ocapiat/mon-compte/mot-de-passe?motif=vol")
    browser.send(current=PASSWORD, password=NEW_PASSWORD)

    def state() -> State:
        with reading(site.engine) as session:
            (one,) = incidents.register(session)
        return one.state

    assert state() is State.SENT
    worker.do_tasks(context)
    assert state() is State.DELIVERED
    assert "remis au serveur" in browser.get("/ocapiat/mon-compte").words
    with writing(site.engine) as session:
        task = session.scalars(select(Task).where(Task.key.startswith("incident:"))).one()
        task.state = "failed"
    assert state() is State.UNDELIVERED
    assert "non remis. Écrivez-y vous-même." in browser.get("/ocapiat/mon-compte").words
    for change in ("UPDATE incident_report SET address = NULL", "DELETE FROM incident_report"):
        with pytest.raises(DBAPIError, match="insert-only"), site.engine.begin() as connection:
            connection.execute(text(change))


@ON_BOTH
def test_the_words_go_with_the_account_and_the_date_stays(
    site: Site, browser: Browser, context: WorkerContext
) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte/mot-de-passe?motif=vol")
    browser.send(current=PASSWORD, password=NEW_PASSWORD, words=WORDS)
    worker.do_tasks(context)
    browser.get("/dgefp/mon-compte/suppression").send(password=NEW_PASSWORD, confirm="1")
    assert site.count(Account) == site.count(IncidentWords) == 0
    assert site.count(IncidentReport) == 2
    worker.do_tasks(context)
    with reading(site.engine) as session:
        kept = f"{session.execute(select(IncidentReport)).all()}{session.execute(select(Task.payload)).all()}"
    assert WORDS not in kept


def test_the_command_lists_the_register_and_names_nobody(
    site: Site, browser: Browser, in_terminal: Callable[..., str]
) -> None:
    browser.sign_up("dgefp", "portail").get("/dgefp/mon-compte/mot-de-passe?motif=vol")
    browser.send(current=PASSWORD, password=NEW_PASSWORD, words=WORDS)
    told = json.loads(in_terminal("incidents", "list", "--json"))
    assert [(one["address"], one["state"]) for one in told if one["address"] == MISI] == [(MISI, "sent")]
    said = in_terminal("incidents", "list")
    assert "2 signalement(s)." in said
    assert "portail, soffi" in said
    assert EMAIL not in said
    assert WORDS not in said


@pytest.fixture
def in_terminal(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command on the site."""
    monkeypatch.setattr("kiosk.accounts.commands.open_settings", lambda: site.settings)

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    return run
