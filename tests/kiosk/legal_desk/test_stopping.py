"""« Arrêter l’envoi » at the desk: who publishes stops the mails of a version, and lets them go on."""

from __future__ import annotations

import json

import pytest

from kiosk import worker
from kiosk.staff.roles import Role
from kiosk.worker import WorkerContext
from tests.kiosk.legal_desk.team import Team

PAGE = "/ville-exemple/espace-juridique/versions/demonstration/cgu/v7/envoi"


@pytest.fixture
def told(light_team: Team) -> Team:
    """A version of the demonstration was just published; one person is to be told."""
    light_team.site.browser().sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    light_team.site.publish()
    return light_team


def mails(team: Team) -> list[str]:
    """The announcements that have left by now: a demonstration writes them down as files."""
    worker.run_once(WorkerContext(team.site.settings, team.site.engine, team.site.clock))
    return [one.name for one in team.site.settings.mail_dir.glob("*nouvelle-version*")]


def test_nothing_leaves_while_it_is_stopped(told: Team) -> None:
    told.officer("p.ublie", Role.PUBLISHER, publisher="ville-exemple", function="Directrice juridique")
    browser = told.come("p.ublie", "ville-exemple").get(PAGE)
    assert "rien n’est encore parti" in browser.words
    browser.send(act="stop", why="")
    assert browser.status == 422
    browser.get(PAGE).send(act="stop", why="Une date est fausse.")
    assert "Envoi arrêté" in browser.words
    stale = browser.client.post(PAGE, data=browser.form().values | {"seen": "0", "act": "resume", "why": "x"})
    assert stale.status_code == 422
    assert "relisez, puis décidez" in stale.text, "the page that was shown before says nothing of the stop"
    assert "Directrice juridique. « Une date est fausse. »" in browser.words
    told.site.clock.move(hours=1)
    assert mails(told) == []
    browser = told.come("p.ublie", "ville-exemple").get(PAGE).send(act="resume", why="La date est juste.")
    assert "Envoi repris" in browser.words or "envoi repris" in browser.words
    assert len(mails(told)) == 1
    history = browser.get(PAGE.removesuffix("/envoi"))
    told_json = json.loads(browser.get(f"{history.path}/historique.json").html)
    stopped, resumed = told_json["announcement"]
    assert (stopped["act"], resumed["act"]) == ("stopped", "resumed")
    assert stopped["officer"] == resumed["officer"]
    proof = browser.get(f"{PAGE.removesuffix('/envoi')}/preuves/{stopped['statement']}").html
    (words,) = [one["value"] for one in json.loads(proof)["disclosures"] if one["field"] == "words"]
    assert words == "Une date est fausse."
    history = browser.get(PAGE.removesuffix("/envoi"))
    said = f"Directrice juridique, personne {stopped['officer'][:8]} . « Une date est fausse. » Preuve"
    assert said in history.words
    assert stopped["statement"] in history.html


def test_only_who_publishes_there_stops_it(told: Team) -> None:
    told.officer("a.uteur", Role.AUTHOR, publisher="ville-exemple")
    told.officer("o.pca", Role.PUBLISHER, publisher="ocapiat")
    assert told.come("a.uteur", "ville-exemple").get(PAGE).status == 403
    elsewhere = PAGE.replace("/ville-exemple/", "/ocapiat/")
    assert told.come("o.pca", "ocapiat").get(elsewhere).status == 404
