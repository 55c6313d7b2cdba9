"""Drafts are written without losing a state, by those who may, and each act is in the ledger."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Address
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.legal_desk import drafts
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.errors import ChangedSinceError, RefusedError, UnknownDraftError
from kiosk.legal_desk.models import DraftRevision
from kiosk.legal_desk.policy import Act, State
from kiosk.staff.errors import OfficerError
from kiosk.staff.roles import Grant, Role
from tests.kiosk.legal_desk.team import DESK, SOFFI, Team

EDIT = ("sans aucune réserve", "sans réserve")


@pytest.mark.parametrize(
    ("publisher", "service", "address"),
    [
        ("ocapiat", "soffi", "soffi/cgu/v2"),
        ("dgefp", "ocapiat", "ocapiat/cgu/v2"),
        ("dgefp", "soffi", "portail/cgu/v2"),
        ("ocapiat", "ocapiat", "soffi/cgu/v2"),
    ],
)
def test_a_role_everywhere_is_at_no_service_of_another_publisher(
    light_team: Team, publisher: str, service: str, address: str
) -> None:
    team = light_team
    stranger = team.officer("p.artout", *Role, publisher=publisher)
    other = load(team.site.settings.texts_dir).service(service)
    with pytest.raises(OfficerError, match="de cet éditeur"), writing(team.site.engine) as session:
        desk_writing.open_draft(
            session, team.desk, stranger, other, Address.parse(address), team.plain(), team.site.clock()
        )


def test_a_form_sent_twice_opens_one_draft(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    team.officer("o.pca", Role.AUTHOR, publisher="ocapiat")
    browser = team.come("a.uteur").get(f"{DESK}/preparer")
    values = browser.form().values | {"document": "soffi/cgu", "label": "v2", "start": "empty"}
    answers = [browser.client.post(f"{DESK}/preparer", data=values) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    here = f"{DESK}/preparer/rectificatif/soffi/cgu/sans-date-1"
    values = browser.get(here).form().values | {"label": "v3"}
    assert browser.client.post(here, data=values | {"seen": "v0"}).status_code == 422, "another came since"
    places = {browser.client.post(here, data=values).location for _ in range(2)}
    assert len(places) == 1
    with reading(team.site.engine) as session:
        assert len(drafts.listing(session, "dgefp", ["soffi"])) == 2
    form_id = values["form_id"]
    other = team.come("o.pca", "ocapiat").get("/ocapiat/espace-juridique/preparer")
    taken = other.form().values | {
        "document": "ocapiat/cgu", "label": "v2", "start": "empty", "form_id": form_id
    }  # fmt: skip
    assert other.client.post("/ocapiat/espace-juridique/preparer", data=taken).status_code == 422
    assert team.get(form_id).draft.publisher == "dgefp"


def test_every_state_stays_and_is_told_in_the_ledger(team: Team) -> None:
    author = team.officer("a.uteur", Role.AUTHOR)
    held = team.open(author)
    with writing(team.site.engine) as session:
        after = desk_writing.revise(
            session, team.desk, author, held.draft.id, team.content(EDIT), team.site.clock(), seen=1,
            words="Article 10 allégé.",
        )  # fmt: skip
    assert after.standing.revision == 2
    assert [told.words for told in after.acts] == [None, "Article 10 allégé."]
    with reading(team.site.engine) as session:
        kept = [drafts.content(drafts.revision(session, after, number)) for number in (1, 2)]
        bodies = session.scalars(select(StatementRow.body).where(StatementRow.kind == "drafting")).all()
    assert kept == [team.content(), team.content(EDIT)]
    said = sorted((json.loads(body) for body in bodies), key=lambda one: one["number"])
    assert [(one["act"], one["revision"], one["content_hash"]) for one in said] == [
        ("opened", 1, kept[0].hash), ("revised", 2, kept[1].hash),
    ]  # fmt: skip
    assert "Article 10" not in bodies[0].decode() + bodies[1].decode(), "words are committed to"
    with pytest.raises(IntegrityError), writing(team.site.engine) as session:
        session.execute(text("UPDATE draft_revision SET text_hash = 'x'"))


def test_nobody_writes_over_what_another_wrote(team: Team) -> None:
    one, other = team.officer("a.uteur", Role.AUTHOR), team.officer("b.utrice", Role.AUTHOR)
    draft_id = team.open(one).draft.id
    with writing(team.site.engine) as session:
        desk_writing.revise(
            session, team.desk, one, draft_id, team.content(EDIT), team.site.clock(), seen=1
        )  # fmt: skip
    with pytest.raises(ChangedSinceError), writing(team.site.engine) as session:
        desk_writing.revise(
            session, team.desk, other, draft_id, team.content(("CGU", "C.G.U.")), team.site.clock(), seen=1
        )  # fmt: skip
    with reading(team.site.engine) as session:
        assert len(session.scalars(select(DraftRevision)).all()) == 2


def test_what_is_refused(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Grant(Role.AUTHOR, "soffi", team.site.clock()))
    reader = team.officer("r.electeur", Role.REVIEWER)
    stranger = team.officer("o.pca", Role.AUTHOR, publisher="ocapiat")
    with pytest.raises(RefusedError, match="déjà publiée"):
        team.open(author, address=type(SOFFI)("soffi", "cgu", "sans-date-1"))
    with pytest.raises(OfficerError):
        team.open(reader)
    with pytest.raises(OfficerError):
        team.open(author, address=type(SOFFI)("portail", "cgu", "v2"))
    held = team.open(author)
    with pytest.raises(UnknownDraftError):
        team.do(held.draft.id, Act.COMMENTED, stranger)
    with pytest.raises(RefusedError, match="en cours d’écriture"):
        team.do(held.draft.id, Act.APPROVED, reader)
    with pytest.raises(RefusedError, match="Rien n’a changé"), writing(team.site.engine) as session:
        desk_writing.revise(
            session, team.desk, author, held.draft.id, team.content(), team.site.clock(), seen=1
        )  # fmt: skip
    assert team.get(held.draft.id).standing.state is State.DRAFT


def test_the_desk_shows_each_only_what_is_theirs(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Grant(Role.AUTHOR, "soffi", team.site.clock()))
    team.officer("p.ortail", Grant(Role.AUTHOR, "portail", team.site.clock()))
    team.officer("s.upport", Role.SUPPORT)
    held = team.open(author)
    browser = team.come("a.uteur").get(DESK)
    assert "cgu/v2" in browser.words
    assert browser.get(f"{DESK}/brouillons/{held.draft.id}").status == 200
    assert "Brouillon ouvert, Juriste" in browser.words
    other = team.come("p.ortail").get(DESK)
    assert "Aucune version" in other.words
    assert other.get(f"{DESK}/brouillons/{held.draft.id}").status == 404
    assert team.come("s.upport").get(DESK).status == 403
    assert team.site.browser().get(DESK).path == "/dgefp/equipe/connexion"
