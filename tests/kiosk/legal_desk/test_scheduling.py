"""When a text is to be published: hours that exist, hours that disturb few, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.accounts.models import SignIn
from kiosk.db import reading, writing
from kiosk.legal_desk import scheduling
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError
from kiosk.legal_desk.policy import Act, State
from kiosk.staff.roles import Role
from kiosk.traces.models import Trace
from tests.kiosk.legal_desk.team import DESK, Team
from tests.kiosk.notices.announcing import open_account


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-12-31T08:00", datetime(2026, 12, 31, 7, tzinfo=UTC)),
        ("2026-07-01T08:00", datetime(2026, 7, 1, 6, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2027-03-28T02:30", None),
        ("2026-02-30T08:00", None),
        ("2026-12-31 08:00", None),
        ("demain", None),
        ("0001-01-01T00:00", None),
    ],
)
def test_an_hour_as_it_is_said_in_paris(typed: str, found: datetime | None) -> None:
    if found is None:
        with pytest.raises(RefusedError):
            scheduling.instant_in_paris(typed)
    else:
        assert scheduling.instant_in_paris(typed) == found


def test_the_hour_proposed_is_that_of_fewest_sign_ins(light_team: Team) -> None:
    team = light_team
    at = team.site.clock()  # a Sunday, 09:00 in Paris
    with reading(team.site.engine) as session:
        assert scheduling.quiet(session, "dgefp", at) == scheduling.Quiet(
            datetime(2026, 11, 23, 5, tzinfo=UTC), 0
        )
    account = open_account(team.site, 1, "soffi", "dgefp")
    with writing(team.site.engine) as session:
        for number in range(5 * 23):
            hour = (number % 23 + 21) % 24  # in UTC; 20 h UTC, 21 h in Paris, has none
            session.add(
                Trace(
                    account_id=account.id, event="signed-in", salt=b"0" * 16,
                    at=at.replace(hour=hour, minute=0) - timedelta(days=1 + number // 23),
                )
            )  # fmt: skip
    with reading(team.site.engine) as session:
        found = scheduling.quiet(session, "dgefp", at)
        assert found == scheduling.Quiet(datetime(2026, 11, 23, 20, tzinfo=UTC), 115)
        assert scheduling.connected(session, "dgefp", at) == 0


def test_the_usual_hour_is_of_a_working_day_in_paris_whatever_clocks_did(light_team: Team) -> None:
    """An hour ahead at least; the week-ends when clocks change are gone over."""
    with reading(light_team.site.engine) as session:
        for now, found in (
            ("2026-11-24T03:59", "2026-11-24T05:00"),
            ("2026-11-24T04:01", "2026-11-25T05:00"),
            ("2026-07-01T02:00", "2026-07-01T04:00"),
            ("2026-10-23T18:00", "2026-10-26T05:00"),
            ("2027-03-26T12:00", "2027-03-29T04:00"),
        ):
            at, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, found))
            assert scheduling.quiet(session, "dgefp", at) == scheduling.Quiet(expected, 0), now


def test_people_connected_are_counted_once_each_and_hidden_when_few(light_team: Team) -> None:
    team = light_team
    at = team.site.clock()
    people = [open_account(team.site, number, "soffi", "dgefp") for number in range(1, 13)]
    other = open_account(team.site, 99, "ocapiat", "ocapiat")
    with writing(team.site.engine) as session:
        for number, (account, ends) in enumerate(
            [*((one, 1) for one in people), (people[0], 2), (people[1], -1), (other, 1)]
        ):
            session.add(
                SignIn(
                    token_hash=f"{number:064x}", account_id=account.id, created_at=at - timedelta(hours=2),
                    expires_at=at + timedelta(hours=ends),
                )
            )  # fmt: skip
    with reading(team.site.engine) as session:
        assert scheduling.connected(session, "dgefp", at) == 12
        assert scheduling.connected(session, "dgefp", at + timedelta(hours=1)) == 1
    held = team.approved(team.officer("a.uteur", Role.AUTHOR), [team.officer("r.electeur", Role.REVIEWER)])
    team.officer("p.ublie", Role.PUBLISHER)
    page = f"{DESK}/brouillons/{held.draft.id}/publier"
    browser = team.come("p.ublie").get(page)
    assert "Connectées en ce moment au moins 10" in browser.words
    assert "Personnes concernées au moins 10" in browser.words
    team.site.clock.move(hours=1)
    assert "Connectées en ce moment moins de 10" in team.come("p.ublie").get(page).words


def test_what_is_refused_before_anything_is_scheduled(light_team: Team) -> None:
    team = light_team
    author = author_who_reviews = team.officer("a.uteur", Role.AUTHOR, Role.REVIEWER)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    same = team.approved(author, [reviewer], team.content())
    approved = team.approved(author, [reviewer])
    at = team.site.clock()

    def schedule(draft_id: str, seen: str, due_at: datetime | None = None) -> None:
        with writing(team.site.engine) as session:
            scheduling.schedule(
                session, team.desk, publisher, team.service, draft_id, at, seen=seen, due_at=due_at
            )

    draft_id, seen = approved.draft.id, approved.standing.content_hash
    with pytest.raises(RefusedError, match="À corriger d’abord"):
        schedule(same.draft.id, same.standing.content_hash)
    with pytest.raises(ChangedSinceError):
        schedule(draft_id, "0" * 64)
    with pytest.raises(RefusedError, match="à venir"):
        schedule(draft_id, seen, at - timedelta(minutes=1))
    with pytest.raises(RefusedError, match="dans l’année"):
        schedule(draft_id, seen, at + timedelta(days=400))
    lone = team.open(author, what=team.plain())
    team.do(lone.draft.id, Act.SUBMITTED, author)
    team.do(lone.draft.id, Act.APPROVED, author_who_reviews)
    with pytest.raises(RefusedError, match="Personne d’autre"):
        schedule(lone.draft.id, lone.standing.content_hash)
    schedule(draft_id, seen, at + timedelta(days=1))
    assert team.get(draft_id).standing.due_at == at + timedelta(days=1)
    with writing(team.site.engine) as session:
        scheduling.unschedule(session, team.desk, publisher, draft_id, at, words="Trop tôt.")
    assert team.get(draft_id).standing.state is State.APPROVED
