"""A link to read: shown once, kept as a keyed hash, over in time, closed by one act."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from kiosk.db import reading
from kiosk.legal_desk import printing
from kiosk.legal_desk.acts import Detail
from kiosk.legal_desk.models import ReadingLink
from kiosk.legal_desk.policy import Act
from kiosk.staff.roles import Role
from tests.kiosk.legal_desk.team import DESK, Team


def test_a_director_reads_without_an_account_until_it_ends(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    links = f"{DESK}/brouillons/{draft_id}/liens"
    page = team.come("a.uteur").get(links).send(at=links, words="Directrice générale", days="31")
    assert "de 1 à 30 jours" in page.words
    page.send(at=links, words="Directrice générale", days="7")
    assert "Directrice générale : ouvert jusqu’au" in page.words
    found = re.search(r"http://localhost(/dgefp/\S+/lecture/([0-9a-f]{64}))", page.words)
    assert found
    address, token = found.groups()
    with reading(team.site.engine) as session:
        row = session.scalars(select(ReadingLink)).one()
    assert token not in (row.token_hash, row.draft_id)
    assert token not in team.site.log.getvalue()

    reader = team.site.browser().get(address)
    assert reader.status == 200
    assert "Projet, sans valeur" in reader.words
    assert "Une phrase, et une autre" in reader.words
    headers = reader.response.headers
    assert headers.get_all("Set-Cookie") == []
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert [one for one in reader.forms if one.action != "/langue"] == []
    assert "lu pour la première fois" in page.get(links).words
    paper = team.site.browser().get(f"{address}/projet.pdf").response
    assert paper.mimetype == "application/pdf"
    assert paper.headers.get_all("Set-Cookie") == []
    read = PdfReader(BytesIO(paper.data)).pages
    assert all("ne vaut pas publication" in one.extract_text() for one in read)
    assert "Une phrase, et une autre" in " ".join(read[0].extract_text().split())

    wrong = team.site.browser().get(address[:-1] + ("0" if address[-1] != "0" else "1"))
    elsewhere = team.site.browser().get(address.replace("/dgefp/", "/ocapiat/"))
    page.send(at=f"{links}/{row.act_number}/fermer")
    assert "fermé le" in page.words
    closed = team.site.browser().get(address)
    assert [one.status for one in (wrong, elsewhere, closed)] == [404, 404, 410]
    assert "Ce lien est fermé." in closed.words
    assert "Une phrase" not in closed.words
    assert closed.response.headers.get_all("Set-Cookie") == []


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        (["revised"], None),
        (["submitted", "returned"], None),
        (["submitted", "approved"], None),
        (["submitted", "approved", "scheduled"], None),
        (["abandoned"], "ce projet est abandonné"),
        (["submitted", "approved", "withdrawn"], "le texte est à revoir"),
        (["submitted", "approved", "published"], "il est publié"),
    ],
)
def test_it_ends_with_the_project(light_team: Team, acts: list[str], words: str | None) -> None:
    team = light_team
    author = team.officer("a.uteur", *Role)
    reviewer = team.officer("r.electeur", Role.REVIEWER)
    draft_id = team.open(author, what=team.plain()).draft.id
    links = f"{DESK}/brouillons/{draft_id}/liens"
    page = team.come("a.uteur").get(links).send(at=links, words="Directrice générale", days="30")
    found = re.search(r"http://localhost(/dgefp/\S+)", page.words)
    assert found
    for act in acts:
        by = reviewer if act in ("approved", "returned", "withdrawn") else author
        about = team.get(draft_id).standing.acts if act == "withdrawn" else None
        team.do(draft_id, Act(act), by, Detail(about=about))
    reader = team.site.browser().get(found.group(1))
    if words is None:
        assert reader.status == 200
    else:
        assert reader.status == 410
        assert words in reader.words
        assert team.site.browser().get(f"{found.group(1)}/projet.pdf").status == 410
        assert "Une phrase" not in reader.words
        assert "Fermer ce lien" not in page.get(links).words
    assert ("ouvert jusqu’au" in page.get(links).words) is (words is None)


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 410)])
def test_it_ends_by_itself(light_team: Team, days: int, status: int) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    links = f"{DESK}/brouillons/{draft_id}/liens"
    page = team.come("a.uteur").get(links).send(at=links, words="Directrice générale", days="7")
    found = re.search(r"http://localhost(/dgefp/\S+)", page.words)
    assert found
    team.site.clock.move(days=days)
    assert team.site.browser().get(found.group(1)).status == status


def test_what_is_too_long_to_be_printed_here_is_told(
    light_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    here = f"{DESK}/brouillons/{team.open(author, what=team.plain()).draft.id}"
    page = team.come("a.uteur")
    assert page.get(f"{here}/projet.pdf").response.mimetype == "application/pdf"
    page.get(f"{here}/liens").send(at=f"{here}/liens", words="Direction", days="7")
    found = re.search(r"http://localhost(/dgefp/\S+)", page.words)
    assert found
    monkeypatch.setattr(printing, "MAX_BYTES", 10)
    assert page.get(f"{here}/projet.pdf").status == 422
    assert "Téléchargez-le en Word" in page.words
    assert team.site.browser().get(f"{found.group(1)}/projet.pdf").status == 422
