"""Consents: off until given, each by itself, given and withdrawn at any time, every change kept."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from cgu_archive.corpus.model import Channel
from kiosk.accounts import consents
from kiosk.accounts.models import Account, ConsentChange
from kiosk.cli import main
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from tests.kiosk.web import EMAIL, Browser, Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing here asks of the database what the two answer differently."""

PAGE = "/pas-de-calais/mon-compte/preferences"


def changes(site: Site) -> list[tuple[str, int, bool]]:
    with reading(site.engine) as session:
        rows = session.scalars(select(ConsentChange).order_by(ConsentChange.at, ConsentChange.channel))
        return [(one.channel, one.sequence, one.given) for one in rows]


def statements(site: Site) -> list[str]:
    with reading(site.engine) as session:
        return list(session.scalars(select(StatementRow.hash).order_by(StatementRow.hash)))


@pytest.mark.requirement("M-15", "M-16", "M-18", "O-31")
@pytest.mark.parametrize("profile", ["candidat", "recruteur", "partenaire"])
def test_what_is_sent_beyond_terms_is_off_and_goes_on_and_off_at_any_time(
    site: Site, browser: Browser, profile: str
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile=profile).accept()
    assert f'href="{PAGE}"' in browser.get("/pas-de-calais/mon-compte").html
    form = browser.get(PAGE).form()
    assert form.types == {"csrf_token": "hidden", "monjob62-news": "checkbox", "monjob62-push": "checkbox"}
    assert form.checked == []
    before = statements(site)
    browser.send(**{"monjob62-news": "1"})
    assert "Vos préférences sont enregistrées." in browser.words
    assert browser.form().checked == ["monjob62-news"]
    site.clock.move(hours=2)
    browser.send(**{"monjob62-push": "1"})
    site.clock.move(hours=2)
    data = {"csrf_token": browser.form().values["csrf_token"]}
    assert browser.client.post(PAGE, data=data).status_code == 303
    assert changes(site) == [
        ("news", 1, True), ("push", 1, True), ("news", 2, False), ("push", 2, False),
    ]  # fmt: skip
    assert browser.get(PAGE).form().checked == []
    assert "Accord retiré le 22 novembre 2026" in browser.words
    with reading(site.engine) as session:
        first = session.scalars(select(ConsentChange).where(ConsentChange.sequence == 1)).first()
    assert first is not None
    assert first.words.startswith("Je veux")
    assert statements(site) == before, "what was decided and proved is untouched"


def test_the_page_is_not_there_where_no_service_offers_anything(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    assert browser.get("/dgefp/mon-compte/preferences").status == 404
    assert "preferences" not in browser.get("/dgefp/mon-compte").html
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    assert browser.path.endswith("/decider")
    assert not {"monjob62-news", "monjob62-push"} & set(browser.form().types), "none is asked with terms"


def test_those_who_consent_are_listed_for_the_service_and_nobody_else(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    browser.get(PAGE).send(**{"monjob62-news": "1"})
    with writing(site.engine) as session:
        assert list(consents.addresses(session, "monjob62", Channel.NEWS)) == [EMAIL]
        assert list(consents.addresses(session, "monjob62", Channel.PUSH)) == []
        mine = session.scalars(select(Account.id)).one()
        assert consents.withdraw(session, mine, "Essai.", site.clock.at) == 1
        assert list(consents.addresses(session, "monjob62", Channel.NEWS)) == []
        assert consents.withdraw(session, mine, "Essai.", site.clock.at) == 0


def test_consents_go_with_the_account(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    browser.get(PAGE).send(**{"monjob62-push": "1"})
    browser.get("/pas-de-calais/mon-compte/suppression").send(password="Un pré vert, 7 vaches !", confirm="1")
    assert site.count(ConsentChange) == 0


def test_the_command_lists_addresses_and_refuses_what_is_not_offered(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    browser.get(PAGE).send(**{"monjob62-news": "1"})
    for name, value in {
        "KIOSK_MODE": "demonstration", "KIOSK_SECRET_KEY": site.settings.secret_key,
        "DATABASE_URL": site.settings.database_url, "KIOSK_DATA_DIR": str(site.settings.data_dir),
        "KIOSK_TEXTS_DIR": str(site.settings.texts_dir),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(main, ["consents", "--service", "monjob62", "--channel", "news"])
    assert (told.exit_code, told.stdout) == (0, f"{EMAIL}\n"), told.output
    told = CliRunner().invoke(main, ["consents", "--service", "portail", "--channel", "news"])
    assert told.exit_code == 2
