"""From the file that a legal team received to a draft: shown whole, nothing lost, hostile files refused."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kiosk.db import reading, writing
from kiosk.legal_desk import drafts, received
from kiosk.legal_desk.models import Draft, DraftRevision, ReceivedFile
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.threads import threads
from kiosk.staff import roles
from kiosk.staff.roles import Grant, Role
from tests.archive.importing.making import p, run, word
from tests.archive.importing.test_hostile import HOSTILE
from tests.kiosk.legal_desk.team import DESK, Team
from tests.kiosk.web import Browser

TITLE = p("Conditions générales", style="H1")
PLAIN = word(TITLE + p("Une phrase, et une autre."))
TRACKED = word(
    TITLE + '<w:p><w:r><w:t xml:space="preserve">Une phrase</w:t></w:r><w:del w:id="1" w:author="Ana"><w:r>'
    '<w:delText xml:space="preserve">, retirée</w:delText></w:r></w:del><w:ins w:id="2" w:author="Ana"><w:r>'
    '<w:t xml:space="preserve">, ajoutée</w:t></w:r></w:ins><w:r><w:t>.</w:t></w:r></w:p>'
)
COMMENTED = word(
    TITLE + f'<w:p><w:commentRangeStart w:id="0"/>{run("Une phrase.")}<w:commentRangeEnd w:id="0"/>'
    '<w:r><w:commentReference w:id="0"/></w:r></w:p>',
    comments=f'<w:comment w:id="0" w:author="Ana Roy">{p("Trop court ? " + "Vraiment. " * 200)}</w:comment>',
)  # fmt: skip


def send(browser: Browser, name: str, content: bytes, *, at: str = f"{DESK}/recevoir") -> Browser:
    form = browser.get(at).form().values | {"document": "soffi/cgu", "label": "v2"}
    boundary, body = encode_multipart(form | {"file": FileStorage(BytesIO(content), name)})
    browser.response = browser.client.post(
        at, data=body, content_type=f"multipart/form-data; boundary={boundary}", follow_redirects=True
    )
    return browser


def text_of(team: Team, draft_id: str) -> str:
    with reading(team.site.engine) as session:
        return drafts.revision(session, drafts.find(session, "dgefp", draft_id)).text.decode()


def test_a_word_file_is_shown_then_becomes_a_draft_once(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = send(team.come("a.uteur"), "Bureau7/CGU Ana.docx", PLAIN)
    assert "Aucun mot perdu, aucun mot ajouté." in browser.words
    assert "CGU Ana.docx" in browser.words
    assert "Bureau7" not in browser.words
    page = browser.path
    browser.send(at=page, document="soffi/cgu")
    assert "Brouillon ouvert" in browser.words
    home = browser.path
    assert text_of(team, home.rsplit("/", 1)[-1]) == "# Conditions générales\n\nUne phrase, et une autre.\n"
    assert browser.get(page).send(at=page, document="soffi/cgu", label="v2").path == home, "sent twice"
    with reading(team.site.engine) as session:
        assert len(session.scalars(select(Draft)).all()) == 1
        held = drafts.content(session.scalars(select(DraftRevision)).one()).metadata
        kept = session.scalars(select(ReceivedFile)).one()
    assert held.source is not None
    assert (held.source.file, held.source.hash) == ("source.docx", kept.hash), "its name is nobody's business"


@pytest.mark.parametrize(("choice", "said"), [("accept", "ajoutée"), ("reject", "retirée")])
def test_who_receives_tracked_changes_says_what_becomes_of_them(
    light_team: Team, choice: str, said: str
) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = send(team.come("a.uteur"), "v2.docx", TRACKED)
    assert "modifications suivies" in browser.words
    assert "Créer le brouillon" not in browser.words
    browser.get(f"{browser.path}?label=v2&suivies={choice}")
    browser.send(at=browser.path, document="soffi/cgu")
    draft_id = browser.path.rsplit("/", 1)[-1]
    assert text_of(team, draft_id) == f"# Conditions générales\n\nUne phrase, {said}.\n"
    with reading(team.site.engine) as session:
        row = session.scalars(select(DraftRevision)).one()
        assert row.received_id
        assert session.get_one(ReceivedFile, row.received_id).tracked == choice


def test_comments_of_the_file_are_comments_of_the_draft_cut_and_said_to_be(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = send(team.come("a.uteur"), "v2.docx", COMMENTED)
    browser.send(at=browser.path, document="soffi/cgu")
    (thread,) = threads(team.get(browser.path.rsplit("/", 1)[-1]).acts)
    assert thread.first.words is not None
    assert thread.first.words.startswith("Ana Roy, dans le fichier reçu\u00a0: Trop court ?")
    assert (len(thread.first.words), thread.first.words.endswith("… (coupé)")) == (1000, True)
    assert thread.first.place == "conditions-generales"


def test_another_file_makes_the_next_state_of_a_draft(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    held = team.open(author, what=team.plain())
    home = f"{DESK}/brouillons/{held.draft.id}"
    browser = send(team.come("a.uteur"), "v3.docx", PLAIN, at=f"{home}/fichier")
    assert browser.send(at=browser.path).path == home, browser.words
    after = team.get(held.draft.id)
    assert (after.standing.revision, after.acts[-1].done.act) == (2, Act.REVISED)


@pytest.mark.parametrize("what", [one for one in HOSTILE if one != "bomb of pictures"])
def test_hostile_files_are_refused_in_words_and_nothing_is_written(light_team: Team, what: str) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    name, made, _ = HOSTILE[what]
    browser = send(team.come("a.uteur"), name, made())
    assert browser.status == 422, browser.status
    assert browser.tree.xpath("//p[@id='file-erreur']")
    assert team.site.count(ReceivedFile) == team.site.count(Draft) == 0


def test_more_than_twenty_mebibytes_are_refused_before_they_are_read(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = team.come("a.uteur").get(f"{DESK}/recevoir")
    browser.response = browser.client.post(
        f"{DESK}/recevoir", content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024**2)},
    )  # fmt: skip
    assert browser.status == 413
    stranger = team.site.browser()
    stranger.response = stranger.client.post(
        f"{DESK}/recevoir", content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(1024**2)},
    )  # fmt: skip
    assert stranger.status == 413, "one mebibyte is too much of a stranger"


def test_a_received_file_is_shown_to_few_and_who_takes_it_is_written_down(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    team.officer("b.utrice", Role.AUTHOR)
    team.officer("r.electeur", Grant(Role.REVIEWER, "soffi", team.site.clock()))
    team.officer("p.ortail", Grant(Role.AUTHOR, "portail", team.site.clock()))
    team.officer("o.pca", Role.AUTHOR, publisher="ocapiat")
    assert received.plain_name("../../a\u202eb.docx") == "ab.docx"
    browser = send(team.come("a.uteur"), "v2.docx", PLAIN)
    page = browser.path
    assert team.come("b.utrice").get(page).status == 404, "no draft was made of it"
    browser.send(at=page, document="soffi/cgu")
    assert team.come("r.electeur").get(page).status == 200
    assert team.come("p.ortail").get(page).status == 404
    assert team.come("o.pca", "ocapiat").get(page.replace("dgefp", "ocapiat")).status == 404
    browser = team.come("a.uteur").get(page)
    browser.response = browser.client.post(f"{page}/fichier", data=browser.form(f"{page}/fichier").values)
    assert browser.response.get_data() == PLAIN
    assert "Fichier reçu, repris" in browser.get("/dgefp/equipe/journal").words
    assert author.function in browser.words
    unused = send(browser, "v3.docx", PLAIN).path
    with writing(team.site.engine) as session:
        roles.withdraw(session, author.id, Role.AUTHOR, None, team.site.clock())
        roles.give(session, author.id, Grant(Role.REVIEWER, "portail", team.site.clock()))
    gone = team.come("a.uteur")
    assert gone.get(page).status == 404, "who sent it works for that service no more"
    assert gone.get(unused).status == 404, "nor writes anywhere"
