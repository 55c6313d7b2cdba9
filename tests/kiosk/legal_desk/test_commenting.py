"""Comments of a draft, provision by provision: answered, closed, told of a former state."""

from __future__ import annotations

from dataclasses import replace

from kiosk.db import writing
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.threads import still_open, threads
from kiosk.staff.roles import Role
from tests.kiosk.legal_desk.team import DESK, TEXT, Team, press


def test_a_comment_is_answered_closed_and_told_of_the_state_it_was_made_on(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    team.officer("r.electeur", Role.REVIEWER, function="Relectrice")
    held = team.open(author, what=team.plain())
    page = f"{DESK}/brouillons/{held.draft.id}/commentaires"
    reader = team.come("r.electeur").get(f"{page}?sur=article-1")
    assert "Commenter : Article 1" in reader.words
    form = next(one for one in reader.forms if one.values.get("place") == "article-1").values
    assert press(reader, page, place="article-1", words="").status == 422
    sent = form | {"words": "Trop vague."}
    for _ in range(2):
        reader.response = reader.client.post(page, data=sent, follow_redirects=True)
        assert reader.status == 200, "sent twice, it acts once"
    (thread,) = threads(team.get(held.draft.id).acts)
    assert (thread.first.words, thread.first.place) == ("Trop vague.", "article-1")
    writer = team.come("a.uteur").get(page)
    press(writer, page, about=str(thread.number), words="Précisé.")
    with writing(team.site.engine) as session:
        what = replace(team.plain(), text=TEXT.replace(b"Article 1", b"Article 2"))
        desk_writing.revise(session, team.desk, author, held.draft.id, what, team.site.clock(), seen=1)
    writer.get(page)
    assert "sur l’état n° 1" in writer.words
    assert "qui n’est plus dans le texte" in writer.words
    press(writer, f"{page}/{thread.number}/clore")
    (thread,) = threads(team.get(held.draft.id).acts)
    assert [one.words for one in thread.answers] == ["Précisé."]
    assert still_open([thread]) == ()
    assert "Commentaires clos (1)" in writer.words


def test_nobody_comments_what_is_not_there(light_team: Team) -> None:
    team = light_team
    held = team.open(team.officer("a.uteur", Role.AUTHOR), what=team.plain())
    page = f"{DESK}/brouillons/{held.draft.id}/commentaires"
    browser = team.come("a.uteur").get(page)
    assert press(browser, page, place="article-9", words="Où ?").status == 404
    browser.get(page)
    assert press(browser, page, about="7", words="Qui ?").status == 404
    assert team.get(held.draft.id).standing.acts == 1
