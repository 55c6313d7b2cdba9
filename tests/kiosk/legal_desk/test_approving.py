"""Four eyes: who approves, what voids it, what a visa does not do, who is missing, what waits for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from kiosk.db import reading, writing
from kiosk.legal_desk import approving, drafts
from kiosk.legal_desk.approving import Visa, Waits
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, RefusedError
from kiosk.legal_desk.models import ReceivedFile
from kiosk.legal_desk.policy import Act, State
from kiosk.staff import officers
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person
from kiosk.staff.roles import Grant, Role
from tests.kiosk.legal_desk.team import DESK, Team, press

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_another_approves_the_very_bytes_or_sends_them_back(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR, Role.REVIEWER)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    draft_id = team.open(author).draft.id
    held = team.do(draft_id, Act.SUBMITTED, author)
    seen = held.standing.content_hash

    def approve(who: Person, hash_seen: str = seen) -> None:
        team.site.clock.move(minutes=1)
        with writing(team.site.engine) as session:
            approving.approve(session, team.desk, who, draft_id, team.site.clock(), seen=hash_seen)

    with pytest.raises(RefusedError, match="une autre personne"):
        approve(author)
    with pytest.raises(ChangedSinceError):
        approve(reviewer, "0" * 64)
    approve(reviewer)
    assert team.get(draft_id).standing.state is State.APPROVED
    with pytest.raises(RefusedError, match="déjà"):
        approve(reviewer)
    with writing(team.site.engine) as session:
        approving.withdraw(session, team.desk, reviewer, draft_id, team.site.clock(), words="Relu.")
    assert team.get(draft_id).standing.state is State.SUBMITTED
    with pytest.raises(RefusedError, match="motif"), writing(team.site.engine) as session:
        approving.send_back(session, team.desk, reviewer, draft_id, team.site.clock(), words=" ")
    with writing(team.site.engine) as session:
        approving.send_back(session, team.desk, reviewer, draft_id, team.site.clock(), words="Article 10 ?")
    after = team.get(draft_id)
    assert after.standing.state is State.DRAFT
    assert after.acts[-1].words == "Article 10 ?"


def test_an_approval_outlives_its_giver_and_another_may_withdraw_it(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    reviewer = team.officer("r.electeur", Role.REVIEWER, function="Cheffe du bureau")
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    held = team.approved(author, [reviewer])
    ended_at = team.site.clock()
    with writing(team.site.engine) as session:
        officers.deactivate(session, "dgefp", reviewer.login, ended_at)
    here = f"{DESK}/brouillons/{held.draft.id}"
    browser = team.come("p.ublie").get(f"{here}/publier")
    assert browser.status == 200, "what was signed in function stays signed"
    assert "Cheffe du bureau" in browser.words
    assert "dont la fonction a pris fin" in browser.words
    (given,) = held.standing.approvals
    browser.get(f"{here}/approbations/{given.number}/retirer")
    press(browser, browser.path, why="")
    assert browser.status == 422
    press(browser, browser.path, why="Révoquée pour faute : tout est à relire.")
    after = team.get(held.draft.id)
    assert (after.standing.state, after.standing.approvals) == (State.SUBMITTED, ())
    assert (after.acts[-1].done.about, after.acts[-1].done.officer_id) == (given.number, publisher.id)
    assert "donnée par : Cheffe du bureau" in browser.get(here).words
    assert "rien à retirer" in browser.get(f"{here}/approbations/{given.number}/retirer").words


def test_a_visa_is_kept_and_approves_nothing(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author).draft.id
    team.do(draft_id, Act.SUBMITTED, author)
    visa = Visa("Directeur général", "Note 2026-12", date(2026, 11, 20), b"%PDF-1.7 note", "note.pdf")
    with writing(team.site.engine) as session:
        after = approving.note_visa(session, team.desk, author, draft_id, team.site.clock(), visa)
    assert after.standing.state is State.SUBMITTED
    assert not after.standing.approvals
    told = after.acts[-1]
    assert told.words is not None
    assert told.words.startswith("Directeur général, Note 2026-12, 20/11/2026, note SHA-256 ")
    with reading(team.site.engine) as session:
        kept = session.scalars(select(ReceivedFile)).one()
        assert (kept.id, kept.kind, kept.content) == (told.place, "visa", visa.note)
    with pytest.raises(RefusedError, match="à venir"), writing(team.site.engine) as session:
        approving.note_visa(
            session, team.desk, author, draft_id, team.site.clock(), Visa("DG", "N", date(2027, 1, 1))
        )


def person(name: str, *grants: Role | Grant) -> Person:
    given = tuple(one if isinstance(one, Grant) else Grant(one, None, AT) for one in grants)
    return Person(name, "dgefp", name, name, "Juriste", given, "")


AUTHOR, REVIEWER = Role.AUTHOR, Role.REVIEWER


@pytest.mark.parametrize(
    ("people", "lacks"),
    [
        ([], True),
        ([person("x", AUTHOR)], True),
        ([person("x", AUTHOR, REVIEWER)], True),
        ([person("x", AUTHOR), person("y", Grant(REVIEWER, "portail", AT))], True),
        ([person("x", AUTHOR), person("y", Grant(REVIEWER, None, AT, AT))], True),
        ([person("x", AUTHOR, REVIEWER), person("y", AUTHOR)], True),
        ([person("x", AUTHOR, REVIEWER), person("y", AUTHOR, REVIEWER)], False),
        ([person("x", AUTHOR), person("y", Grant(REVIEWER, "soffi", AT))], False),
    ],
)
def test_two_people_are_needed(people: list[Person], lacks: bool) -> None:
    assert approving.lacks_second(people, "soffi", AT) is lacks


def test_each_sees_what_waits_for_them(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    draft_id = team.open(author).draft.id

    def waits() -> list[list[Waits]]:
        with reading(team.site.engine) as session:
            found = drafts.listing(session, "dgefp", ["soffi"])
        at = team.site.clock()
        return [
            [one.what for one in approving.waiting_for(found, who, at)]
            for who in (author, reviewer, publisher)
        ]

    assert waits() == [[], [], []]
    team.do(draft_id, Act.SUBMITTED, author)
    assert waits() == [[], [Waits.APPROVE], []]
    team.do(draft_id, Act.RETURNED, reviewer)
    assert waits() == [[Waits.MEND], [], []]
    team.do(draft_id, Act.SUBMITTED, author)
    team.do(draft_id, Act.APPROVED, reviewer)
    assert waits() == [[], [], [Waits.PUBLISH]]
    team.do(draft_id, Act.SCHEDULED, publisher)
    team.do(draft_id, Act.UNSCHEDULED, publisher)
    assert waits() == [[], [], [Waits.REFUSED]]


DECIDING = {
    Act.APPROVED: [Role.REVIEWER], Act.RETURNED: [Role.REVIEWER],
    Act.WITHDRAWN: [Role.REVIEWER, Role.PUBLISHER],
    Act.VISA: [Role.AUTHOR], Act.LINKED: [Role.AUTHOR], Act.UNLINKED: [Role.AUTHOR],
    Act.SCHEDULED: [Role.PUBLISHER], Act.UNSCHEDULED: [Role.PUBLISHER], Act.PUBLISHED: [Role.PUBLISHER],
    Act.CANCELLED: [Role.PUBLISHER], Act.UNCANCELLED: [Role.PUBLISHER],
}  # fmt: skip
REACHED = {
    Act.APPROVED: [Act.SUBMITTED], Act.RETURNED: [Act.SUBMITTED],
    Act.SCHEDULED: [Act.SUBMITTED, Act.APPROVED], Act.PUBLISHED: [Act.SUBMITTED, Act.APPROVED],
    Act.WITHDRAWN: [Act.SUBMITTED, Act.APPROVED],
    Act.UNSCHEDULED: [Act.SUBMITTED, Act.APPROVED, Act.SCHEDULED],
    Act.CANCELLED: [Act.SUBMITTED, Act.APPROVED, Act.PUBLISHED],
    Act.UNCANCELLED: [Act.SUBMITTED, Act.APPROVED, Act.PUBLISHED, Act.CANCELLED],
}  # fmt: skip


def test_each_act_takes_its_role_at_its_service(light_team: Team) -> None:
    """For every role, here and elsewhere, and every act that decides."""
    team = light_team
    at = team.site.clock()
    everybody = team.officer("t.out", *Role)
    other = team.officer("a.utre", *Role)
    who = {role: team.officer(f"seul.{role.value}", Grant(role, "soffi", at)) for role in Role}
    away = team.officer("ailleurs", *(Grant(role, "portail", at) for role in Role))
    stranger = team.officer("o.pca", *Role, publisher="ocapiat")
    for act, role in [(act, role) for act, roles in DECIDING.items() for role in roles]:
        draft_id = team.open(everybody).draft.id
        for before in REACHED.get(act, ()):
            team.do(draft_id, before, other if before is Act.APPROVED else everybody)
        for one in (*(who[each] for each in Role if each not in DECIDING[act]), away, stranger):
            with pytest.raises((OfficerError, LegalDeskError)):
                team.do(draft_id, act, one)
        held = team.get(draft_id)
        assert team.do(draft_id, act, who[role]).standing.acts == held.standing.acts + 1, act
