"""The pages where a text is approved, published, cancelled: seen first, confirmed, done once."""

from __future__ import annotations

from datetime import date

from kiosk.db import reading
from kiosk.legal_desk.policy import Act, State
from kiosk.staff.roles import Role
from kiosk.texts import services as texts
from tests.kiosk.legal_desk.team import DESK, Team, press
from tests.kiosk.legal_desk.test_publishing import published, ready, schedule, work


def test_from_the_approval_to_the_text_online(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    team.officer("r.electeur", Role.REVIEWER, function="Cheffe du bureau")
    team.officer("p.ublie", Role.PUBLISHER)
    draft_id = team.open(author, what=team.plain()).draft.id
    team.do(draft_id, Act.SUBMITTED, author)
    here = f"{DESK}/brouillons/{draft_id}"
    reviewer = team.come("r.electeur").get(DESK)
    assert "À faire" in reviewer.words
    assert "à approuver ou à renvoyer" in reviewer.words
    reviewer.get(f"{here}/approuver")
    assert team.get(draft_id).standing.content_hash[:8] in reviewer.words
    assert "Une phrase, et une autre" in reviewer.words, "what changes is on the page"
    with reading(team.site.engine) as session:
        version = texts.current(session, "soffi", "cgu", team.site.clock())
        assert version
        gone = texts.rules(version)
    assert gone
    assert f"ajoutées : 0, retirées ou changées : {len(gone)}" in reviewer.words, "an approval covers rules"
    press(reviewer, f"{here}/approuver")
    assert team.get(draft_id).standing.state is State.APPROVED

    publisher = team.come("p.ublie").get(f"{here}/publier")
    assert "Rien n’est encore fait" in publisher.words
    press(publisher, f"{here}/publier", quand="plus-tard", le="2027-03-28T02:30")
    assert publisher.status == 422
    assert "n’existe pas ce jour-là" in publisher.words
    press(publisher, f"{here}/publier", quand="maintenant")
    assert "Publier maintenant ?" in publisher.words
    assert team.get(draft_id).standing.state is State.APPROVED, "asking is not doing"
    twice = publisher.form(f"{here}/publier")
    publisher.send(at=f"{here}/publier")
    assert "en cours" in publisher.words
    publisher.client.post(twice.action, data=twice.values)  # sent twice: it acts once
    assert [one.done.act for one in team.get(draft_id).acts].count(Act.SCHEDULED) == 1
    work(team)
    assert published(team) is not None
    assert "Publiée" in publisher.get(here).words
    assert "v2" in publisher.get("/dgefp/soffi/cgu").words


def test_who_publishes_proves_their_second_factor_again(light_team: Team) -> None:
    team = light_team
    held, _ = ready(team)
    here = f"{DESK}/brouillons/{held.draft.id}"
    browser = team.come("p.ublie").get(f"{here}/publier")
    team.site.clock.move(minutes=20)
    press(browser, f"{here}/publier", quand="maintenant", confirme="oui", hash=held.standing.content_hash)
    assert browser.path == "/dgefp/equipe/preuve"
    assert team.get(held.draft.id).standing.state is State.APPROVED


def test_cancelled_by_two_before_effect(light_team: Team) -> None:
    team = light_team
    held, publisher = ready(team, effective_on=date(2026, 12, 24))
    team.officer("p.ublie.aussi", Role.PUBLISHER, function="Directrice juridique")
    schedule(team, held, publisher)
    work(team)
    here = f"{DESK}/brouillons/{held.draft.id}"
    first = (
        team.come("p.ublie").get(f"{here}/annuler").send(at=f"{here}/annuler", why="Une clause est illicite.")
    )
    assert "Annulation demandée" in first.words
    assert "une autre personne doit la confirmer" in first.get(f"{here}/annuler").words
    alone = {"acte": "confirmer", "seen": str(team.get(held.draft.id).standing.acts)}
    first.client.post(f"{here}/annuler", data={**alone, "csrf_token": _token(first)})
    assert team.get(held.draft.id).standing.state is State.PUBLISHED, "not alone"
    assert "Retirer la demande d’annulation" in first.get(here).words
    press(first.get(f"{here}/annuler"), f"{here}/annuler", acte="renoncer", why="Finalement licite.")
    assert team.get(held.draft.id).standing.cancelling is None
    assert "Demande d’annulation retirée" in first.get(here).words
    first.get(f"{here}/annuler").send(at=f"{here}/annuler", why="Une clause est illicite.")
    second = team.come("p.ublie.aussi").get(DESK)
    assert "son annulation attend votre confirmation" in second.words
    press(second.get(f"{here}/annuler"), f"{here}/annuler", acte="confirmer")
    assert team.get(held.draft.id).standing.state is State.CANCELLED
    with reading(team.site.engine) as session:
        assert texts.upcoming(session, "soffi", "cgu", team.site.clock()) is None
    reader = team.site.browser().get("/dgefp/soffi/cgu/v2")
    assert "Annulée avant effet" in reader.words
    assert "Une clause est illicite." in reader.words
    team.site.clock.move(days=60)
    assert "Annulée" not in reader.get("/dgefp/soffi/cgu").words, "it never takes effect"


def _token(browser: object) -> str:
    found = [one.values["csrf_token"] for one in browser.forms if "csrf_token" in one.values]  # type: ignore[attr-defined]
    return str(found[0])
