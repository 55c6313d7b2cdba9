"""The evidence room: not there by default, apart from people's accounts, two people to release."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import Engine, delete

from kiosk.db import writing
from kiosk.evidence.models import EvidenceWords
from kiosk.evidence.searches import HOURLY
from kiosk.proof import bundle
from kiosk.proof.verify import Verdict
from kiosk.security import HEADERS
from kiosk.staff.sessions import LIFETIME as SESSION_LIFETIME
from kiosk.verifier.bundle import judge_bundle
from tests.kiosk.evidence.case import OTHER, SECRET, Case
from tests.kiosk.web import EMAIL, PASSWORD, Browser, Making
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

DESK = "/dgefp/preuves"
TEAM = "/dgefp/equipe"
ASK = f"{DESK}/dossiers/demander"
WORDS = {"requester": "Tribunal judiciaire de Paris", "reference": "RG 26/01234", "reason": "Contestation."}


def signed_in(case: Case, login: str, secret: str = SECRET, publisher: str = "dgefp") -> Browser:
    browser = case.browser().get(f"/{publisher}/preuves")
    browser.send(login=login, secret=secret)
    return browser.send(code=case.code(login, publisher)) if browser.path.endswith("/preuve") else browser


@pytest.fixture
def jurist(case: Case) -> Browser:
    case.officer("c.martin", "Juriste")
    return signed_in(case, "c.martin")


@pytest.fixture
def director(case: Case) -> Browser:
    case.officer("a.durand", "Directrice juridique")
    return signed_in(case, "a.durand")


def test_a_kiosk_without_a_evidence_has_no_such_address(engine: Engine, make_site: Making) -> None:
    site = make_site(engine)
    assert "evidence" not in site.app.blueprints
    assert not [
        rule for rule in site.app.url_map.iter_rules() if "bureau" in str(rule) or "equipe" in str(rule)
    ]
    client = site.app.test_client()
    assert "staff" not in site.app.blueprints
    for path in (
        "",
        "/dossiers/demander",
        f"/dossiers/{'0' * 32}",
        f"/dossiers/{'0' * 32}/fichier",
    ):
        assert client.get(f"{DESK}{path}", follow_redirects=True).status_code == 404
        assert client.post(f"{DESK}{path}", follow_redirects=True).status_code in (400, 404, 405)


def test_every_page_but_the_way_in_is_closed_to_strangers_and_to_people(case: Case) -> None:
    person = case.browser().sign_in("dgefp")
    rules = [
        rule
        for rule in case.site.app.url_map.iter_rules()
        if rule.endpoint.startswith(("evidence.", "staff."))
    ]
    assert len(rules) == 22
    for client in (case.browser().client, person.client):
        for rule in rules:
            path = re.sub("<string.*?>", "0" * 32, str(rule).replace("<publisher>", "dgefp"))
            if rule.endpoint == "staff.sign_in":
                continue
            if "GET" in rule.methods:
                answer = client.get(path)
                assert (answer.status_code, answer.location) == (303, f"{TEAM}/connexion?suite={path}"), path
            if "POST" in rule.methods:
                assert client.post(path).status_code in (400, 401), path
    assert person.get("/dgefp/mes-acceptations").status == 200, "the guard of the desk is not that of people"


def test_two_officers_release_a_file_and_each_act_is_shown(
    case: Case, jurist: Browser, director: Browser
) -> None:
    assert "Séance de : Prénom Nom, Juriste." in jurist.words
    jurist.get(ASK).send(person=EMAIL, service="", **WORDS)
    assert jurist.status == 200
    page = jurist.path
    assert "À approuver" in jurist.words
    assert "Vous avez fait cette demande" in jurist.words
    assert not [form for form in jurist.forms if form.action.endswith("/approbation")]
    refused = jurist.client.post(f"{page}/approbation", data=jurist.form(f"{page}/refus").values)
    assert refused.status_code == 422
    assert "une autre personne du service juridique doit l’approuver" in refused.get_data(as_text=True)
    director.get(DESK)
    assert "Tribunal judiciaire de Paris, RG 26/01234" in director.words
    director.get(page)
    assert f"Personne {EMAIL}, décisions : 2" in director.words
    director.send(at=f"{page}/approbation")
    assert director.status == 422
    assert "Comparez la personne avec la demande, puis cochez la case." in director.words
    director.get(page).send(at=f"{page}/approbation", compared="oui")
    assert "Approuvée" in director.words
    director.send(at=f"{page}/fichier")
    raw = director.response.data
    assert director.response.headers["Content-Type"] == "application/zip"
    assert director.response.headers["Content-Disposition"].startswith('attachment; filename="dossier-')
    assert director.response.headers["Cache-Control"] == "no-store"
    assert judge_bundle(raw, case.trust).verdict is Verdict.INTACT
    jurist.get(page)
    told = "Dossier remis le 22 novembre 2026 à 10:01:01 (heure de Paris) par : Directrice juridique"
    assert f"{told} SHA-256 : {bundle.digest(raw)}" in jurist.words
    jurist.send(at=f"{page}/fichier")
    assert jurist.response.data == raw


def test_a_form_says_what_is_missing_and_keeps_what_was_typed(case: Case, jurist: Browser) -> None:
    jurist.get(ASK).send(
        person="", service="inconnu", requester="", reference="x" * 201, reason="Motif gardé"
    )
    assert jurist.status == 422
    for said in (
        "Indiquez une adresse électronique, ou un identifiant.", "Choisissez un service de la liste.",
        "Indiquez qui demande ce dossier.", "Il faut au plus 200 caractères",
    ):  # fmt: skip
        assert said in jurist.words, said
    assert jurist.form(None if len(jurist.forms) == 1 else "").values["reason"] == "Motif gardé"
    jurist.get(ASK).send(person=OTHER, service="", **WORDS)
    assert jurist.status == 422
    assert "Aucune décision d’une personne de ce nom chez cet éditeur." in jurist.words


def test_a_request_that_is_refused_closes(case: Case, jurist: Browser, director: Browser) -> None:
    jurist.get(ASK).send(person=EMAIL, service="soffi", **WORDS)
    page = jurist.path
    assert "SOFFi" in jurist.words
    director.get(page).send(at=f"{page}/refus")
    assert "Refusée" in director.words
    assert [form.action for form in director.forms] == [f"{TEAM}/deconnexion"]
    token = director.forms[0].values
    for act in ("approbation", "refus", "fichier"):
        answer = director.client.post(f"{page}/{act}", data=token)
        assert answer.status_code == 422, act
        assert director.client.post(f"{DESK}/dossiers/{'0' * 32}/{act}", data=token).status_code == 404


def test_another_publisher_sees_nothing(case: Case, jurist: Browser) -> None:
    jurist.get(ASK).send(person=EMAIL, service="", **WORDS)
    page = jurist.path
    case.officer("c.martin", "Juriste", "ocapiat")
    stranger = signed_in(case, "c.martin", publisher="ocapiat")
    assert "Aucun dossier" in stranger.words
    assert stranger.get(page.replace("dgefp", "ocapiat")).status == 404
    assert stranger.get(page).path == f"{TEAM}/connexion"
    stranger.get("/ocapiat/preuves/dossiers/demander").send(person=EMAIL, service="", **WORDS)
    assert "Aucune décision d’une personne de ce nom" in stranger.words


def test_five_wrong_secrets_close_the_door_of_that_network_for_a_while(case: Case) -> None:
    case.officer("c.martin", "Juriste")
    for _ in range(5):
        assert signed_in(case, "c.martin", "Un autre secret, 9 fois !").status == 422
    stopped = signed_in(case, "c.martin")
    assert (stopped.status, stopped.path) == (429, f"{TEAM}/connexion")
    assert "Trop d’essais manqués" in stopped.words
    assert "Vous pourrez recommencer le 22 novembre 2026 à 10:16:02 (heure de Paris)." in stopped.words
    assert stopped.response.headers["Retry-After"] == "Sun, 22 Nov 2026 09:16:01 GMT"
    elsewhere = case.browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    elsewhere.get(f"{TEAM}/connexion").send(login="c.martin", secret=SECRET)
    assert elsewhere.path == f"{TEAM}/preuve", "a stranger locks nobody out"
    case.site.clock.move(minutes=16)
    assert signed_in(case, "c.martin").path == DESK
    empty = signed_in(case, "", "")
    assert "Indiquez votre identifiant." in empty.words
    assert "Indiquez votre secret." in empty.words
    assert "Identifiant ou secret inexact." in signed_in(case, "personne").words


@ON_BOTH
def test_each_search_is_in_the_journal_that_both_read(case: Case, jurist: Browser, director: Browser) -> None:
    begun = director.get(f"{TEAM}/journal").words
    assert "Séance ouverte" in begun
    assert "Recherche" not in begun
    jurist.get(ASK).send(follow=True, person=OTHER, service="", **WORDS)
    assert "Aucune décision d’une personne de ce nom" in jurist.words
    case.site.clock.move(minutes=1)
    jurist.get(ASK).send(follow=True, person=EMAIL, service="", **WORDS)
    assert "À approuver" in jurist.words
    for officer in (jurist, director):
        page = officer.get(DESK).get(f"{TEAM}/journal").words
        search = "Juriste (c.martin) Recherche par adresse électronique"
        assert f"22 novembre 2026 à 10:02:01 (heure de Paris) {search} 1" in page
        assert f"22 novembre 2026 à 10:01:01 (heure de Paris) {search} 0" in page
        assert OTHER not in page
        assert EMAIL not in page
    stranger = case.officer("x.autre", "Juriste", "ocapiat")
    other = signed_in(case, stranger.login, publisher="ocapiat")
    assert "Recherche" not in other.get("/ocapiat/equipe/journal").words


def test_nobody_searches_without_end(case: Case, jurist: Browser, director: Browser) -> None:
    for _ in range(HOURLY):
        jurist.get(ASK).send(follow=True, person=OTHER, service="", **WORDS)
        assert jurist.status == 422
    jurist.get(ASK).send(follow=True, person=EMAIL, service="", **WORDS)
    assert (jurist.status, jurist.path) == (429, ASK)
    assert "Vous avez fait 10 recherches en une heure, le plus qui soit permis." in jurist.words
    assert "Vous pourrez recommencer le 22 novembre 2026 à 11:01:02 (heure de Paris)." in jurist.words
    assert jurist.form(ASK if jurist.form(None).action == ASK else "").values["reason"] == WORDS["reason"]
    director.get(ASK).send(follow=True, person=EMAIL, service="", **WORDS)
    assert "À approuver" in director.words


def test_an_officer_changes_their_secret_and_every_session_of_theirs_ends(
    case: Case, jurist: Browser, director: Browser
) -> None:
    second, new = signed_in(case, "c.martin"), "Une huître, 3 perles grises !"
    page = f"{TEAM}/secret"
    for typed, said in (
        ({"present": "", "new": "", "again": ""}, "Indiquez votre secret actuel."),
        ({"present": "", "new": "", "again": ""}, "Choisissez un nouveau secret."),
        ({"present": SECRET, "new": new, "again": f"{new} "}, "Ce n’est pas le même secret"),
        ({"present": SECRET, "new": "court", "again": "court"}, "Secret refusé : de 12 à 256 caractères"),
        ({"present": SECRET, "new": SECRET, "again": SECRET}, "c’est celui que vous avez déjà"),
        ({"present": f"{SECRET}!", "new": new, "again": new}, "Ce n’est pas votre secret actuel."),
    ):
        jurist.get(page).send(follow=True, at="", **typed)
        assert (jurist.status, said in jurist.words) == (422, True), said
        assert SECRET not in jurist.html
        assert new not in jurist.html
    assert signed_in(case, "c.martin").path == DESK, "nothing changed yet"
    jurist.get(page).send(follow=True, at="", present=SECRET, new=new, again=new)
    assert jurist.path == f"{TEAM}/connexion"
    assert "Secret changé. Toutes vos séances ont été fermées" in jurist.words
    assert second.get(DESK).path == f"{TEAM}/connexion"
    assert signed_in(case, "c.martin").status == 422, "the former one is worth nothing"
    case.site.clock.move(minutes=1)
    assert signed_in(case, "c.martin", new).path == DESK
    told = director.get(f"{TEAM}/journal").words
    assert "Juriste (c.martin) Secret changé sans objet" in told


def test_whoever_found_an_open_session_does_not_guess_its_secret(case: Case, jurist: Browser) -> None:
    new = "Une huître, 3 perles grises !"
    for _ in range(5):
        jurist.get(f"{TEAM}/secret").send(follow=True, at="", present="Faux, 9 fois !", new=new, again=new)
        assert jurist.status == 422
    jurist.get(f"{TEAM}/secret").send(follow=True, at="", present=SECRET, new=new, again=new)
    assert jurist.status == 429
    assert "Trop d’essais manqués" in jurist.words


def test_a_session_ends_by_itself_by_hand_and_with_the_officer(case: Case, jurist: Browser) -> None:
    assert jurist.get(DESK).path == DESK
    case.site.clock.at += SESSION_LIFETIME
    assert jurist.get(DESK).path == f"{TEAM}/connexion"
    jurist.send(login="c.martin", secret=SECRET)
    cookie = jurist.client.get_cookie("__Host-equipe")
    assert cookie
    jurist.send(at=f"{TEAM}/deconnexion")
    assert jurist.path == f"{TEAM}/connexion"
    jurist.client.set_cookie("__Host-equipe", cookie.value)
    assert jurist.get(DESK).path == f"{TEAM}/connexion", "ended on the server too"


def test_a_cookie_of_its_own_that_scripts_and_other_sites_do_not_have(case: Case) -> None:
    case.officer("c.martin", "Juriste")
    browser = case.browser().sign_in("dgefp").get(f"{TEAM}/connexion")
    browser.send(follow=False, login="c.martin", secret=SECRET)
    (cookie,) = (one for one in browser.response.headers.getlist("Set-Cookie") if "equipe" in one)
    assert cookie.startswith("__Host-equipe=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert browser.get("/dgefp/mes-acceptations").status == 200, "still signed in as a person"


def test_nothing_is_done_without_the_token_of_the_form(case: Case, jurist: Browser) -> None:
    ours = (f"{DESK}/dossiers/demander", f"{DESK}/dossiers/{'0' * 32}/fichier")
    for path in (*ours, f"{TEAM}/deconnexion", f"{TEAM}/connexion", f"{TEAM}/preuve"):
        assert jurist.client.post(path, data={"person": EMAIL} | WORDS).status_code == 400


def test_every_page_carries_the_headers_and_the_log_names_nobody(case: Case, jurist: Browser) -> None:
    jurist.get(ASK).send(person=EMAIL, service="", **WORDS)
    for path in (DESK, ASK, jurist.path, f"{TEAM}/connexion"):
        answer = jurist.client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    lines = [json.loads(line) for line in case.site.log.getvalue().splitlines()]
    told = json.dumps(lines, ensure_ascii=False)
    for word in (
        EMAIL,
        "Prénom",
        "c.martin",
        "Juriste",
        "Tribunal",
        SECRET,
        PASSWORD,
        jurist.path.split("/")[-1],
    ):
        assert word not in told, word
    assert f"{DESK.replace('dgefp', '<publisher>')}/dossiers/<string(length=32):request_id>" in told


@ON_BOTH
def test_a_request_whose_words_were_taken_away_is_told_altered(
    case: Case, jurist: Browser, director: Browser
) -> None:
    page = jurist.get(ASK).send(person=EMAIL, service="", **WORDS).path
    with writing(case.site.engine) as session:
        session.execute(delete(EvidenceWords))
    assert "mots altérés" in director.get(DESK).words
    assert "effacés avant leur terme" in director.get(page).words
    director.send(at=f"{page}/approbation", compared="oui")
    assert (director.status, "effacés avant leur terme" in director.words) == (422, True)
    assert case.get(page.rpartition("/")[2]).approval is None
