"""Write a draft in the browser: its text, its sheet, its preview; nothing typed is lost."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.model import NewVersion
from kiosk.db import reading
from kiosk.legal_desk import drafts, forms
from kiosk.legal_desk.policy import State
from kiosk.staff.pages import Errors
from kiosk.staff.roles import Role
from tests.builders import a_metadata
from tests.kiosk.legal_desk.team import DESK, Team, press

EDIT = ("peut à tout moment renoncer", "peut, à tout moment, renoncer")


def of(team: Team, draft_id: str) -> drafts.Content:
    held = team.get(draft_id)
    with reading(team.site.engine) as session:
        return drafts.content(drafts.revision(session, held))


@pytest.mark.requirement("P-09")
def test_a_draft_is_written_explained_and_submitted(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = team.come("a.uteur").get(DESK)
    browser.get(f"{DESK}/preparer").send(document="soffi/cgu", label="v2.1 (juin)", start="current")
    assert browser.status == 200, browser.words
    home = browser.path
    assert "soffi/cgu/v2.1-juin" in browser.words
    assert "Des points sont à corriger" in browser.words
    draft_id = home.rsplit("/", 1)[-1]
    text = browser.get(f"{home}/texte").form(None).values["text"]
    browser.send(text=text.replace(*EDIT).replace("\n", "\r\n"), act="save", words="Article allégé.")
    assert browser.path == home, browser.words
    assert of(team, draft_id).text.decode() == text.replace(*EDIT), "line ends are ours"
    assert "Article allégé." in browser.words
    browser.get(f"{home}/fiche").send(
        reason="Délibération du 3 juin.", approval="Conseil", reason_kind="other"
    )
    assert browser.status == 422
    assert "Donnez aussi le jour" in browser.words
    browser.send(
        reason_kind="other", approval_on="2026-11-20", effective_on="2026-12-15", required_on="2027-01-15"
    )
    assert browser.path == home, browser.words
    held = of(team, draft_id).metadata
    assert (str(held.approved_on), held.reason) == ("2026-11-20", "Délibération du 3 juin.")
    press(browser.get(f"{home}/verifications"), f"{home}/verifications/ecarter", key="*", why="Comme avant.")
    browser.get(home).send(at=f"{home}/soumettre")
    assert team.get(draft_id).standing.state is State.SUBMITTED, browser.words
    assert "attend l’approbation" in browser.words


def test_a_sign_that_no_pdf_draws_is_refused_beside_its_field(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    home = f"{DESK}/brouillons/{team.open(author).draft.id}"
    browser = team.come("a.uteur").get(f"{home}/fiche")
    for field in ("label", "reason", "summary", "approval", "homologation"):
        errors: Errors = {}
        forms.metadata({field: "Bon \u2665"}, a_metadata(), NewVersion.ACCEPT, errors)
        assert "« \u2665 »" in errors[field], field
    browser.send(label="v3 \u2665")
    assert browser.status == 422
    assert "ne sait pas dessiner « \u2665 »" in browser.words
    assert team.get(home.rsplit("/", 1)[-1]).standing.revision == 1


def test_what_somebody_else_saved_meanwhile_is_compared_and_what_was_typed_is_kept(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    team.officer("b.utrice", Role.AUTHOR)
    home = f"{DESK}/brouillons/{team.open(author).draft.id}"
    one, other = team.come("a.uteur").get(f"{home}/texte"), team.come("b.utrice").get(f"{home}/texte")
    text = one.form().values["text"]
    assert other.send(text=text.replace(*EDIT), act="save").path == home
    one.send(text=text.replace("CGU", "C.G.U.", 1), act="save")
    assert one.status == 422
    assert one.form().values["text"].count("C.G.U.") == 1
    assert "Du texte enregistré au vôtre" in one.words
    assert one.send(act="save").path == home, "the second time, it is a choice"
    assert team.get(home.rsplit("/", 1)[-1]).standing.revision == 3


def test_a_preview_saves_nothing_and_loses_nothing(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    home = f"{DESK}/brouillons/{team.open(author).draft.id}"
    browser = team.come("a.uteur").get(f"{home}/texte")
    form = browser.form()
    typed = form.values | {"text": "# Titre\n\n<b>Mot</b> neuf.\n", "act": "save"}
    browser.response = browser.client.post(f"{home}/apercu", data=typed | {"largeur": "telephone"})
    assert browser.tree.xpath("//section[contains(@class, 'phone')]//p[contains(., '<b>Mot</b> neuf.')]")
    assert team.get(home.rsplit("/", 1)[-1]).standing.revision == 1
    browser.send(act="resume")
    assert browser.form().values["text"] == "# Titre\n\n<b>Mot</b> neuf.\n"


def test_a_long_text_is_taken_from_officers_alone(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    home = f"{DESK}/brouillons/{team.open(author).draft.id}"
    browser = team.come("a.uteur").get(f"{home}/texte")
    form = browser.form()
    long = form.values["text"] * 12
    assert browser.send(text=long, act="save").path == home, browser.status
    stranger = team.site.browser()
    stranger.response = stranger.client.post(f"{home}/texte", data={"text": long})
    assert stranger.status == 413


def test_a_draft_is_given_up_on_a_page_that_says_what_that_does(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    home = f"{DESK}/brouillons/{team.open(author).draft.id}"
    browser = team.come("a.uteur").get(f"{home}/abandonner")
    assert "Il ne sera jamais publié" in browser.words
    assert browser.send().status == 422
    assert browser.send(words="Remis à l’an prochain.").path == home
    assert team.get(home.rsplit("/", 1)[-1]).standing.state is State.ABANDONED


def test_a_number_that_nothing_has_is_of_nothing(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    at = f"{DESK}/brouillons/{team.open(author, what=team.plain()).draft.id}"
    browser = team.come("a.uteur")
    assert browser.get(f"{at}/apercu?etat=99").status == 404
    csrf = browser.get(f"{at}/liens").forms[-1].values["csrf_token"]
    sent = browser.client.post(f"{at}/liens/{10**30}/fermer", data={"csrf_token": csrf})
    assert sent.status_code == 404
