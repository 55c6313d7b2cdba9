"""What a person lives, from the sign-up to the receipt, through the pages."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from kiosk.acceptance import confirmations, screens
from kiosk.acceptance.models import Decision
from kiosk.accounts.models import Account, SignIn
from kiosk.db import reading, writing
from kiosk.ledger.keys import PUBLIC_FILE, LedgerKey
from kiosk.ledger.models import Pending, StatementRow
from kiosk.ledger.sealing import seal_once
from kiosk.notices import receipts
from kiosk.notices.errors import NoticesError, NotSealedError
from kiosk.notices.models import Task
from kiosk.proof.trust import Trust, parse_trust
from kiosk.proof.verify import Verdict, examine
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE


def seal(site: Site) -> None:
    """Do what the worker does every so often."""
    key = LedgerKey.load_or_create(site.settings.keys_dir, site.settings.mode.value)
    assert seal_once(site.engine, key, site.clock, folder=site.settings.ledger_dir)


def trusted(site: Site) -> Trust:
    """Trust in the ledger of the site."""
    return parse_trust((site.settings.keys_dir / PUBLIC_FILE).read_text("utf-8"))


def decisions(site: Site) -> list[Decision]:
    with reading(site.engine) as session:
        return list(session.scalars(select(Decision).order_by(Decision.decided_at, Decision.sequence)))


def members(site: Site, decision: Decision) -> dict:
    with reading(site.engine) as session:
        return json.loads(session.get_one(StatementRow, decision.statement_hash).body)


@pytest.mark.requirement("P-45", "S-10", "P-07", "S-07", "P-15")
def test_soffi_asks_its_own_terms_and_those_of_the_portail_after_the_first_sign_in(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco")
    assert browser.path == "/dgefp/portail/cgu/decider"
    browser.accept()
    assert browser.path.startswith("/dgefp/mes-acceptations/")
    browser.get("/dgefp/soffi/")
    assert browser.path == "/dgefp/soffi/cgu/decider"
    browser.accept().get("/dgefp/soffi/")
    assert browser.path == "/dgefp/soffi/"
    assert browser.status == 200
    assert [one.service for one in decisions(site)] == ["portail", "soffi"]
    other = site.browser().sign_in("dgefp")
    assert other.path == "/dgefp/soffi/"
    assert "Votre espace SOFFi" in other.words


@pytest.mark.requirement("P-08", "P-10", "S-10", "T-04", "T-05")
def test_a_publication_is_asked_on_the_very_next_request_and_what_was_typed_is_given_back(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    browser.get("/ville-exemple/demonstration/")
    assert browser.path == "/ville-exemple/demonstration/"
    site.clock.move(minutes=5)
    site.publish()
    note = "\nPremière ligne,\n  <b>deuxième</b> & « fin »\n"
    browser.send(note=note)
    assert browser.status == 409
    assert (
        "Votre saisie n’a pas été envoyée. Ouvrez les nouvelles conditions dans un autre onglet, décidez,"
        " puis renvoyez cette page."
    ) in browser.words
    assert browser.form().values["note"] == note
    kept = browser.form()
    elsewhere = browser.get("/ville-exemple/demonstration/")
    assert elsewhere.path == "/ville-exemple/demonstration/cgu/decider"
    assert "Voir ce qui change" in browser.words
    browser.accept()
    browser.response = browser.client.post(kept.action, data=kept.values)
    assert browser.status == 200
    assert "Saisie reçue" in browser.words


@pytest.mark.requirement("S-11", "O-03", "P-04")
def test_the_box_is_not_ticked_and_without_it_nothing_is_recorded(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    form = browser.form()
    assert form.checked == []
    assert [name for name, kind in form.types.items() if kind == "checkbox"] == ["box"]
    assert "textarea" not in form.types.values()
    browser.send(choice="accepter")
    assert browser.status == 422
    assert 'href="#box"' in browser.html
    assert 'aria-describedby="box-erreur"' in browser.html
    assert decisions(site) == []


@pytest.mark.requirement("P-12", "S-16", "T-07")
def test_a_refusal_is_recorded_closes_the_space_and_leaves_the_rest_open(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "portail").send(choice="refuser")
    assert "Vous avez refusé" in browser.words
    assert "Tant que vous n’acceptez pas, Portail de service reste fermé (point 3)." in browser.words
    assert [one.kind for one in decisions(site)] == ["refused"]
    assert browser.get("/dgefp/portail/").path == "/dgefp/portail/cgu/decider"
    for path in ("/dgefp/mes-acceptations", "/dgefp/mon-compte", "/dgefp/portail/cgu"):
        assert browser.get(path).path == path
        assert browser.status == 200
    browser.get("/dgefp/portail/cgu/decider").accept()
    assert [one.kind for one in decisions(site)] == ["refused", "accepted"]
    first, second = (members(site, one) for one in decisions(site))
    assert second["previous"] == decisions(site)[0].statement_hash
    assert first["previous"] is None
    browser.get("/dgefp/portail/cgu/decider").send(choice="renoncer")
    assert [one.kind for one in decisions(site)] == ["refused", "accepted", "renounced"]
    assert browser.get("/dgefp/portail/").path == "/dgefp/portail/cgu/decider"


@pytest.mark.requirement("M-03", "M-11", "M-12")
def test_monjob62_opens_the_account_with_the_acceptance_or_not_at_all(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    assert browser.path == "/pas-de-calais/monjob62/cgu/decider"
    assert "Son utilisation est facultative et gratuite." in browser.words
    assert site.count(Account) == 0
    browser.accept()
    assert browser.status == 200
    assert (site.count(Account), site.count(Decision), site.count(SignIn)) == (1, 1, 1)
    assert browser.get("/pas-de-calais/monjob62/").status == 200
    assert browser.path == "/pas-de-calais/monjob62/"


@ON_BOTH
@pytest.mark.requirement("M-11")
def test_monjob62_opens_no_account_to_who_refuses(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").send(choice="refuser")
    assert "Aucun compte n’a été ouvert" in browser.words
    assert (site.count(Account), site.count(Decision)) == (0, 0)
    assert browser.get("/pas-de-calais/monjob62/").path == "/pas-de-calais/connexion"


@pytest.mark.requirement("M-12")
def test_an_acceptance_that_cannot_be_recorded_opens_no_account(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    form = browser.form()
    site.app.testing = False

    def broken(*_args: object, **_kwargs: object) -> str:
        raise RuntimeError("no room left")

    with monkeypatch.context() as patched:
        patched.setattr("kiosk.ledger.services.rows", broken)
        browser.send(box="1", choice="accepter")
        assert browser.status == 500
    assert (site.count(Account), site.count(Decision), site.count(StatementRow)) == (0, 0, 11)
    browser.response = browser.client.post(
        "/pas-de-calais/monjob62/cgu/decider",
        data=form.values | {"box": "1", "choice": "accepter"},
        follow_redirects=True,
    )
    assert (site.count(Account), site.count(Decision)) == (1, 1)


@pytest.mark.requirement("M-13")
def test_the_mail_after_an_acceptance_names_version_date_text_and_carries_the_receipt(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    mail = site.mails(EMAIL)[-1]
    assert mail["subject"].startswith("Acceptation")
    assert "http://localhost/pas-de-calais/monjob62/cgu/sans-date-1" in mail["body"]
    assert "/texte.pdf" in mail["body"]
    assert f"/pas-de-calais/mes-acceptations/{decisions(site)[-1].id}\n" in mail["body"]
    assert "sans date ni numéro" in mail["body"]
    assert "22 novembre 2026 à 09:00:00" in mail["body"]
    assert mail["receipt"] == decisions(site)[-1].statement_hash
    with reading(site.engine) as session, pytest.raises(NotSealedError):
        receipts.attachments(session, mail)
    seal(site)
    with reading(site.engine) as session:
        ((name, media_type, raw),) = receipts.attachments(session, mail)
    assert (name, media_type) == (f"justificatif-{decisions(site)[-1].id}.receipt.json", "application/json")
    assert examine(raw, trusted(site)).verdict is Verdict.SPECIMEN
    assert json.loads(raw)["proof"]


@ON_BOTH
def test_the_mail_of_a_decision_is_written_as_it_leaves(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    with writing(site.engine) as session:
        waiting = session.scalars(select(Task.payload).where(Task.key.startswith("decision:"))).one()
        assert waiting["decision"]["id"] == decisions(site)[-1].id
        assert waiting.keys() == {"to", "publisher", "receipt", "notification", "decision"}
        assert waiting | confirmations.complete(session, waiting, site.settings) == site.mails(EMAIL)[-1]
        with pytest.raises(NoticesError):
            confirmations.complete(session, {"decision": {"id": "0" * 32, "title": ""}}, site.settings)
        other = {"subject": "Texte", "body": "Texte"}
        assert confirmations.complete(session, other, site.settings) == other


@pytest.mark.requirement("O-08", "O-09", "O-10", "O-12")
def test_ocapiat_shows_statements_and_missing_documents_and_records_the_organisation(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa")
    words = browser.words
    box = "J’accepte les conditions générales, les conditions particulières et générales d’utilisation"
    assert "conditions générales, conditions particulières" in words
    statement = "avoir pleinement conscience de ses obligations et des responsabilités qui en découlent"
    assert words.rindex(statement) < words.rindex(box)
    browser.accept(organisation_name="", siren="732829321")
    assert browser.status == 422
    for field in ("organisation_name", "siren", "capacity"):
        assert f'href="#{field}"' in browser.html
    browser.accept(organisation_name="CFA des Prés", siren="732 829 320", capacity="1")
    assert browser.path.startswith("/ocapiat/mes-acceptations/")
    found = members(site, decisions(site)[0])
    assert found["wording"]["box"] == box
    assert len(found["wording"]["statements"]) == 4
    assert found["named_without_text"] == ["conditions générales", "conditions particulières"]
    assert found["capacity"] == "organisation"
    assert set(found["commitments"]) == {
        "account", "email", "organisation_name", "siren", "capacity_declaration",
    }  # fmt: skip
    body = json.dumps(found)
    assert "CFA des Prés" not in body
    assert "732829320" not in body
    browser.get(f"/ocapiat/mes-acceptations/{decisions(site)[0].id}.receipt.json")
    opened = {one["field"]: one["value"] for one in json.loads(browser.html)["disclosures"]}
    assert opened["siren"] == "732829320"
    assert opened["capacity_declaration"].endswith("engager CFA des Prés.")


def test_the_same_form_sent_twice_decides_once_and_shows_the_same_receipt(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    form = browser.form()
    data = form.values | {"box": "1", "choice": "accepter"}
    answers = [browser.client.post(browser.path, data=data) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert len(decisions(site)) == 1
    assert site.count(Pending) == 13  # texts, the screen, and the decision
    assert [one["subject"] for one in site.mails(EMAIL)][-1:] == [site.mails(EMAIL)[-1]["subject"]]
    assert len([one for one in site.mails(EMAIL) if one["subject"].startswith("Acceptation")]) == 1


@ON_BOTH
def test_the_same_form_sent_twice_while_signing_up_opens_one_account(site: Site, browser: Browser) -> None:
    browser.sign_up("pas-de-calais", "monjob62", profile="recruteur")
    cookie = browser.client.get_cookie("kiosk")
    data = browser.form().values | {"box": "1", "choice": "accepter"}
    first = browser.client.post(browser.path, data=data)
    browser.client.set_cookie("kiosk", cookie.value)
    second = browser.client.post(browser.path, data=data)
    assert first.location == second.location
    assert (site.count(Account), site.count(Decision)) == (1, 1)
    assert browser.get(second.location).status == 200


def test_the_same_choice_made_in_two_tabs_is_one_decision(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    tab = browser.get("/dgefp/tableau-de-bord/cgu/decider").form()
    browser.get("/dgefp/tableau-de-bord/cgu/decider").accept()
    first = browser.path
    browser.response = browser.client.post(
        "/dgefp/tableau-de-bord/cgu/decider",
        data=tab.values | {"box": "1", "choice": "accepter"},
        follow_redirects=True,
    )
    assert browser.path == first
    assert len(decisions(site)) == 1


def test_a_form_made_before_a_publication_is_never_an_acceptance_of_the_new_text(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant")
    site.clock.move(minutes=1)
    site.publish()
    browser.accept()
    assert browser.status == 409
    assert "Le texte a changé pendant votre lecture. Rien n’a été enregistré." in browser.words
    assert decisions(site) == []
    assert site.count(Account) == 0


def test_a_form_is_worth_nothing_in_anothers_hands_or_altered(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    stolen = browser.form().values["shown"]
    other = site.browser().sign_up("dgefp", "tableau-de-bord", email="autre@example.org", profile="cfa-of")
    other.accept(shown=stolen)
    assert other.status == 409
    browser.accept(shown=stolen[:-2] + "xx")
    assert browser.status == 409
    assert decisions(site) == []


@pytest.mark.requirement("S-05")
def test_the_decision_page_holds_the_whole_text_to_print_and_to_save(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "soffi", profile="opco").accept()
    browser.get("/dgefp/soffi/cgu/decider")
    for number in range(1, 89):
        assert f'id="p-{number}"' in browser.html
    assert "/dgefp/soffi/cgu/sans-date-1/texte.pdf" in browser.html
    raw = site.app.test_client().get("/dgefp/soffi/cgu/sans-date-1/texte.md").data
    assert raw == (site.settings.texts_dir / "soffi/cgu/sans-date-1/texte.md").read_bytes()


def test_the_receipt_is_shown_to_its_owner_only(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    receipt = browser.path
    assert "Enregistré. Justificatif signé, scellement en cours" in browser.words
    assert "22 novembre 2026 à 09:00:00 (heure de Paris)" in browser.words
    assert "2026-11-22T08:00:00Z" in browser.words
    assert browser.get("/dgefp/mes-acceptations").html.count(f'{receipt}"') == 1
    assert browser.get(f"{receipt}.pdf").response.data.startswith(b"%PDF-")
    other = site.browser().sign_up("dgefp", "portail", email="autre@example.org")
    seal(site)
    for path in (receipt, f"{receipt}.receipt.json", f"{receipt}.tlog-proof", f"{receipt}.pdf"):
        assert browser.get(path).status == 200
        assert other.get(path).status == 404
        assert site.browser().get(path).path == "/dgefp/connexion"


def test_deciding_later_is_offered_only_while_the_version_before_applies(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("ville-exemple", "demonstration", profile="habitant")
    assert "Décider plus tard" not in browser.words
    browser.send(choice="plus-tard")
    assert browser.status == 409
    assert decisions(site) == []


def test_signed_in_pages_are_not_kept_by_the_browser(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail")
    for path in ("/dgefp/mon-compte", "/dgefp/mes-acceptations", "/dgefp/portail/cgu/decider"):
        assert browser.get(path).response.headers["Cache-Control"] == "no-store"


def test_the_gate_costs_one_query(site: Site, browser: Browser) -> None:
    from sqlalchemy import event

    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of").accept()
    seen: list[str] = []
    event.listen(
        site.engine, "before_cursor_execute", lambda _c, _k, statement, *_rest: seen.append(statement)
    )
    browser.get("/dgefp/tableau-de-bord/")
    assert browser.status == 200
    queries = [one for one in seen if one.startswith("SELECT")]
    assert len([one for one in queries if "JOIN decision" in one]) == 1
    assert len([one for one in queries if "FROM published_version" in one]) == 1
    assert len(queries) == 2, queries
    assert PASSWORD not in "".join(seen)


@ON_BOTH
def test_an_acceptance_asks_the_database_once_then_writes(site: Site, browser: Browser) -> None:
    from sqlalchemy import event

    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    filled = browser.form().values | {"box": "1", "choice": "accepter"}
    with writing(site.engine) as session:
        screens.keep(session, screens.current(), "demonstration", site.clock(), secrets.token_bytes)
    seen: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    assert browser.client.post(browser.path, data=filled).status_code == 303
    once = (
        "BEGIN",
        "SELECT published_version.id",
        "SELECT screen.hash",
    )  # a connection asks
    asked, *written = [one for one in seen if not one.startswith(once)]
    assert all(f"JOIN {one}" in asked for one in ("account", "decision", "checkpoint"))
    if site.engine.dialect.name == "postgresql":
        assert len(written) == 1
        assert "FOR SHARE" in written[0]
    else:
        assert written[0].startswith("SELECT account.id")
        assert len(written) == 1 + 8


def test_in_the_grace_period_the_version_accepted_goes_on_until_the_date_said(
    site: Site, browser: Browser
) -> None:
    site.clock.at = datetime(2026, 2, 15, 9, tzinfo=UTC)
    browser.sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    site.clock.at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    assert browser.path == "/ville-exemple/demonstration/"
    assert "À décider avant le 1er avril 2026" in browser.words
    browser.get("/ville-exemple/demonstration/cgu/decider")
    assert "Vous continuez sous la version que vous avez acceptée, jusqu’au 1er avril 2026." in browser.words
    browser.send(choice="plus-tard")
    assert "Vous avez reporté votre décision" in browser.words
    assert browser.get("/ville-exemple/demonstration/").path == "/ville-exemple/demonstration/"
    found = members(site, decisions(site)[-1])
    assert found["exposure"]["compared_with"] == "v3"
    assert len(found["exposure"]["comparison_hash"]) == 64
    site.clock.at = datetime(2026, 3, 31, 22, tzinfo=UTC)
    browser.sign_in("ville-exemple")
    assert browser.path == "/ville-exemple/demonstration/cgu/decider"
    browser.accept()
    assert [one.kind for one in decisions(site)] == ["accepted", "deferred", "accepted"]


@ON_BOTH
@pytest.mark.parametrize("same_form", [True, False])
def test_two_acceptances_at_once_are_one_decision(site: Site, browser: Browser, same_form: bool) -> None:
    browser.sign_up("dgefp", "tableau-de-bord", profile="cfa-of")
    cookie = browser.client.get_cookie("kiosk").value
    path = browser.path
    forms = [browser.get(path).form().values for _ in range(2)]
    forms = [forms[0], forms[0]] if same_form else forms
    barrier = threading.Barrier(2)
    answers: list[str] = []

    def accept(values: dict[str, str]) -> None:
        client = site.app.test_client()
        client.set_cookie("kiosk", cookie)
        barrier.wait()
        answers.append(client.post(path, data=values | {"box": "1", "choice": "accepter"}).location)

    threads = [threading.Thread(target=accept, args=(values,)) for values in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(decisions(site)) == 1
    assert len(set(answers)) == 1
    assert len([one for one in site.mails(EMAIL) if one["subject"].startswith("Acceptation")]) == 1
