"""What changed since a page was shown is told, and the page shown again: nothing is decided blind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cgu_archive.corpus.model import Address
from kiosk.db import writing
from kiosk.legal_desk import cancelling, publishing, scheduling
from kiosk.legal_desk.acts import OVERTAKEN
from kiosk.legal_desk.drafts import Held
from kiosk.legal_desk.policy import Act
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from tests.kiosk.legal_desk.team import DESK, Team, press

WRITER, READER = "e.crit", "r.elit"


def submitted(team: Team, writer: Person, reader: Person, number: int) -> Held:
    plain = team.plain()
    what = replace(
        plain,
        text=f"# Conditions\n\n## Article 1\n\nUne phrase, la {number}.\n".encode(),
        metadata=replace(plain.metadata, label=f"v{number}", effective_on=date(2026, 12, 24)),
    )
    held = team.open(writer, what=what, address=Address("soffi", "cgu", f"v{number}"))
    return team.do(held.draft.id, Act.SUBMITTED, writer)


def approved(team: Team, writer: Person, reader: Person, number: int) -> Held:
    return team.do(submitted(team, writer, reader, number).draft.id, Act.APPROVED, reader)


def scheduled(team: Team, writer: Person, reader: Person, number: int) -> Held:
    held = approved(team, writer, reader, number)
    with writing(team.site.engine) as session:
        return scheduling.schedule(
            session, team.desk, writer, team.service, held.draft.id, team.site.clock(),
            seen=held.standing.content_hash, due_at=team.site.clock() + timedelta(days=1),
        )  # fmt: skip


def published(team: Team, writer: Person, reader: Person, number: int) -> Held:
    held = approved(team, writer, reader, number)
    with writing(team.site.engine) as session:
        publishing.publish(session, team.desk, writer, team.service, held.draft.id, team.site.clock())
    return team.get(held.draft.id)


def asked(team: Team, writer: Person, reader: Person, number: int) -> Held:
    held = published(team, writer, reader, number)
    with writing(team.site.engine) as session:
        cancelling.ask(session, team.desk, reader, held.draft.id, team.site.clock(), words="Une erreur.")
    return team.get(held.draft.id)


def returned_and_submitted(team: Team, held: Held, writer: Person, reader: Person) -> None:
    """The very same bytes come back, after a reason that who approves did not read."""
    team.do(held.draft.id, Act.RETURNED, reader)
    team.do(held.draft.id, Act.SUBMITTED, writer)


def remarked(team: Team, held: Held, writer: Person, reader: Person) -> None:
    team.do(held.draft.id, Act.COMMENTED, writer)


def asked_to_cancel(team: Team, held: Held, writer: Person, reader: Person) -> None:
    with writing(team.site.engine) as session:
        cancelling.ask(session, team.desk, reader, held.draft.id, team.site.clock(), words="Une erreur.")


def asked_anew(team: Team, held: Held, writer: Person, reader: Person) -> None:
    """Another reason, that would be public, stands in the place of the one that was read."""
    for act, words in ((cancelling.take_back, "Non."), (cancelling.ask, "Une autre erreur.")):
        with writing(team.site.engine) as session:
            act(session, team.desk, reader, held.draft.id, team.site.clock(), words=words)


GIVEN = "approbations/3/retirer"
FORMS = [
    ("approve", submitted, READER, "approuver", "approuver", {}, returned_and_submitted),
    ("send back", submitted, READER, "approuver", "renvoyer", {"why": "Non."}, returned_and_submitted),
    ("withdraw", approved, WRITER, GIVEN, GIVEN, {"why": "Non."}, remarked),
    ("publish", approved, WRITER, "publier", "publier", {"quand": "maintenant"}, remarked),
    ("confirm", approved, WRITER, "publier", "publier", {"confirme": "oui"}, remarked),
    ("unschedule", scheduled, WRITER, "", "deprogrammer", {"why": "Non."}, remarked),
    ("ask to cancel", published, WRITER, "annuler", "annuler", {"why": "Non."}, asked_to_cancel),
    ("cancel", asked, WRITER, "annuler", "annuler", {"acte": "confirmer"}, asked_anew),
    ("do not cancel", asked, WRITER, "annuler", "annuler", {"acte": "renoncer", "why": "Non."}, asked_anew),
    ("visa", submitted, WRITER, "visa", "visa",
     {"who": "Conseil", "reference": "N", "on": "2026-11-20"}, remarked),
    ("link", submitted, WRITER, "liens", "liens", {"words": "Direction"}, remarked),
    ("abandon", submitted, WRITER, "abandonner", "abandonner", {"words": "Non."}, remarked),
]  # fmt: skip


def test_each_form_that_decides_tells_what_came_since(light_team: Team) -> None:
    team = light_team
    writer = team.officer(WRITER, *Role)
    reader = team.officer(READER, Role.REVIEWER, Role.PUBLISHER)
    for number, (name, reach, who, page, to, values, meanwhile) in enumerate(FORMS, start=2):
        held = reach(team, writer, reader, number)
        here = f"{DESK}/brouillons/{held.draft.id}"
        browser = team.come(who).get(f"{here}/{page}".removesuffix("/"))
        if name == "confirm":
            press(browser, f"{here}/{to}", quand="maintenant")
            assert "Publier maintenant ?" in browser.words
        form = next(one for one in browser.forms if (one.action or browser.path) == f"{here}/{to}")
        meanwhile(team, held, writer, reader)
        before = team.get(held.draft.id).standing.acts
        stale = form.values | values
        assert int(stale["seen"]) < before, name
        answer = browser.client.post(f"{here}/{to}", data=stale)
        assert answer.status_code == 422, name
        assert OVERTAKEN in answer.text, name
        assert team.get(held.draft.id).standing.acts == before, name
        again = browser.client.post(f"{here}/{to}", data=stale | {"seen": str(before)})
        decided = {422} if meanwhile is asked_to_cancel else {200, 303}
        assert again.status_code in decided, (name, "read again, it is decided, unless another did")


@pytest.mark.parametrize("typed", ["", "-1", "tout"])
def test_a_form_that_does_not_say_what_was_seen_decides_nothing(light_team: Team, typed: str) -> None:
    team = light_team
    writer, reader = team.officer(WRITER, Role.AUTHOR), team.officer(READER, Role.REVIEWER)
    held = submitted(team, writer, reader, 2)
    here = f"{DESK}/brouillons/{held.draft.id}/approuver"
    browser = press(team.come(READER).get(here), here, seen=typed)
    assert browser.status == 422
    assert team.get(held.draft.id).standing.approvals == ()
