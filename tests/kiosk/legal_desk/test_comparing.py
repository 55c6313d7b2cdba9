"""A draft is compared with what is in force, and any of its states with any other."""

from __future__ import annotations

from dataclasses import replace

from kiosk.db import reading, writing
from kiosk.legal_desk import comparisons
from kiosk.legal_desk import writing as desk_writing
from kiosk.staff.roles import Role
from tests.kiosk.legal_desk.team import DESK, Team

EDIT = ("peut à tout moment renoncer", "peut, à tout moment, renoncer")


def test_a_draft_is_compared_with_any_version_or_state(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    held = team.open(author, EDIT)
    with writing(team.site.engine) as session:
        what = replace(team.content(), metadata=replace(team.content().metadata, reason="Autre motif."))
        desk_writing.revise(session, team.desk, author, held.draft.id, what, team.site.clock(), seen=1)
    with reading(team.site.engine) as session:
        keys = [key for key, _ in comparisons.choices(session, team.get(held.draft.id))]
    assert keys == ["etat-2", "etat-1", "version-sans-date-1"]
    page = f"{DESK}/brouillons/{held.draft.id}/comparer"
    browser = team.come("a.uteur").get(page)
    assert "Les deux textes sont identiques" in browser.words, (
        "the second state has the words that are online"
    )
    browser.get(f"{page}?a=etat-1")
    assert browser.tree.xpath("//ins") or browser.tree.xpath("//*[contains(@class, 'redline')]//li")
    word = browser.client.get(f"{page}.docx?de=etat-1&a=etat-2")
    assert word.get_data()[:2] == b"PK"
    assert "brouillon-soffi-cgu-v2-etat-1-etat-2.docx" in word.headers["Content-Disposition"]
    for unknown in ("etat-3", "etat-0", "version-v9", "etat-x"):
        assert browser.get(f"{page}?a={unknown}").status == 404
