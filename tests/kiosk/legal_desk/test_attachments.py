"""Attachments of a draft: joined, renamed, replaced, removed, approved with the text, published with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from cgu_archive.corpus import loader
from cgu_archive.corpus.attachments import FOLDER
from kiosk.db import reading, writing
from kiosk.legal_desk import attachments, drafts, linking, publishing
from kiosk.legal_desk.drafts import as_version
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.policy import Act, State
from kiosk.security import keyed_hash
from kiosk.staff.roles import Role
from kiosk.tasks import WorkerContext, do_next
from kiosk.texts import attachments as kept
from kiosk.texts import registering
from kiosk.texts import services as texts
from kiosk.texts.errors import PublicationRefusedError
from kiosk.texts.models import AttachedFile
from tests.kiosk.legal_desk.joined import pdf, png
from tests.kiosk.legal_desk.team import DESK, SOFFI, Team, press
from tests.kiosk.web import Browser

PRICES, POINT = pdf(), png()


def join(browser: Browser, at: str, name: str, content: bytes, title: str, **more: str) -> Browser:
    """Send a file from the page at `at`."""
    form = browser.get(at).form(at).values | {"title": title} | more
    boundary, body = encode_multipart(form | {"file": FileStorage(BytesIO(content), name)})
    browser.response = browser.client.post(
        at, data=body, content_type=f"multipart/form-data; boundary={boundary}", follow_redirects=True
    )
    return browser


def of(team: Team, draft_id: str) -> list[tuple[str, str]]:
    held = team.get(draft_id)
    with reading(team.site.engine) as session:
        found = drafts.content(drafts.revision(session, held)).metadata.attachments
    return [(one.name, one.title) for one in found]


@pytest.mark.requirement("S-03")
def test_files_are_joined_renamed_replaced_and_removed_each_time_as_another_state(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = join(team.come("a.uteur"), at, "Tarifs 2027.pdf", PRICES, " Tarifs  de\u00a02027 ")
    assert browser.path == at, browser.words
    join(browser, at, "écran.png", POINT, "Écran")
    assert of(team, draft_id) == [("tarifs-2027.pdf", "Tarifs de 2027"), ("ecran.png", "Écran")]
    press(browser, f"{at}/ecran.png/titre", title="Écran d’accueil")
    newer = pdf("/Lang(fr)")
    assert "Cochez « Remplacer »" in join(browser, at, "tarifs-2027.pdf", newer, "Tarifs").words
    join(browser, at, "tarifs-2027.pdf", newer, "Tarifs", instead="1")
    assert of(team, draft_id) == [("tarifs-2027.pdf", "Tarifs"), ("ecran.png", "Écran d’accueil")]
    assert "déjà joint" in join(browser, at, "autre.png", POINT, "Autre").words
    sent = browser.get(f"{at}/tarifs-2027.pdf").response
    assert (sent.data, sent.mimetype) == (newer, "application/pdf")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="tarifs-2027.pdf"'
    assert browser.get(f"{at}/tarifs-2027.pdf?etat=2").response.data == PRICES, "an earlier state keeps it"
    press(browser.get(at), f"{at}/tarifs-2027.pdf/retirer")
    assert of(team, draft_id) == [("ecran.png", "Écran d’accueil")]
    assert [told.words for told in team.get(draft_id).acts[1:]] == [
        "Pièce jointe ajoutée\u00a0: Tarifs de 2027 (tarifs-2027.pdf).",
        "Pièce jointe ajoutée\u00a0: Écran (ecran.png).",
        "Titre d’une pièce jointe changé\u00a0: Écran d’accueil (ecran.png).",
        "Pièce jointe ajoutée\u00a0: Tarifs (tarifs-2027.pdf).",
        "Pièce jointe retirée (tarifs-2027.pdf).",
    ]
    browser.get(f"{DESK}/brouillons/{draft_id}")
    assert "Écran d’accueil (ecran.png, image PNG," in browser.words
    assert "Pièces jointes : 1 ajoutée." in browser.words.replace("\u00a0", " ")
    browser.get(f"{DESK}/brouillons/{draft_id}/comparer")
    assert "Pièce jointe ajoutée : « Écran d’accueil » (ecran.png)." in browser.words.replace("\u00a0", " ")


def test_nothing_is_written_of_a_file_that_is_refused(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = team.come("a.uteur")
    for name, content, title, said in (
        ("tarifs.pdf", b"<html>", "Tarifs", "pas un texte brut"),
        ("tarifs.pdf", PRICES, "", "Donnez un titre"),
        ("tarifs.pdf", PRICES, "x" * 201, "200 caractères"),
        ("tarifs.pdf", PRICES, "Ta\u202erifs", "caractère invisible"),
        ("tarifs.pdf", PRICES, "Tarifs 🙂", "ne sait pas dessiner"),
        ("", b"", "Tarifs", "Choisissez le fichier"),
    ):
        join(browser, at, name, content, title)
        assert (browser.status, said in browser.words) == (422, True), browser.words
    join(browser, at, "tarifs.pdf", PRICES, "Tarifs", seen="7")
    assert "Ce texte a changé depuis que vous l’avez ouvert" in browser.words
    assert press(browser.get(at), at, title="Tarifs").status == 422
    assert team.get(draft_id).standing.acts == 1
    with reading(team.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(AttachedFile)) == 0


def test_a_version_has_a_limited_number_and_weight_of_them(
    light_team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = join(team.come("a.uteur"), at, "un.txt", b"1", "Un")
    monkeypatch.setattr("kiosk.legal_desk.attachments.MAX_COUNT", 1)
    assert "pièces jointes au plus" in join(browser, at, "deux.txt", b"2", "Deux").words
    monkeypatch.undo()
    monkeypatch.setattr("kiosk.legal_desk.attachments.MAX_TOTAL", 1)
    assert "au plus en tout" in join(browser, at, "deux.txt", b"2", "Deux").words
    assert of(team, draft_id) == [("un.txt", "Un")]


@pytest.mark.requirement("S-03")
def test_one_changed_byte_of_an_attachment_voids_the_approval(light_team: Team) -> None:
    team = light_team
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = join(team.come("a.uteur"), at, "tarifs.txt", b"10 euros\n", "Tarifs")
    team.do(draft_id, Act.SUBMITTED, author)
    held = team.do(draft_id, Act.APPROVED, reviewer)
    assert held.standing.state is State.APPROVED
    join(browser, at, "tarifs.txt", b"11 euros\n", "Tarifs", instead="1")
    after = team.get(draft_id).standing
    assert (after.state, after.approvals) == (State.DRAFT, ())
    assert after.content_hash != held.standing.content_hash
    with reading(team.site.engine) as session, pytest.raises(RefusedError):
        publishing.ready(session, team.service, team.get(draft_id), team.site.clock())


@pytest.mark.requirement("S-03")
def test_they_are_published_with_the_text_read_with_it_and_carried_by_what_follows(team: Team) -> None:
    author, reviewer = team.officer("a.uteur", Role.AUTHOR), team.officer("r.electeur", Role.REVIEWER)
    publisher = team.officer("p.ublie", Role.PUBLISHER)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = join(team.come("a.uteur"), at, "tarifs.pdf", PRICES, "Tarifs")
    team.do(draft_id, Act.SUBMITTED, author)
    team.do(draft_id, Act.APPROVED, reviewer)
    assert (
        "Tarifs (tarifs.pdf, PDF," in team.come("p.ublie").get(f"{DESK}/brouillons/{draft_id}/publier").words
    )
    with writing(team.site.engine) as session:
        publishing.publish(
            session, team.desk, publisher, team.service, draft_id, team.site.clock(), hold=timedelta(0)
        )
    do_next(WorkerContext(team.site.settings, team.site.engine, team.site.clock))
    version = loader.load(team.site.settings.texts_dir).version(SOFFI)
    assert version.published
    assert [file.read_bytes() for file in version.attached] == [PRICES]
    assert (team.site.settings.texts_dir / str(SOFFI) / FOLDER / "tarifs.pdf").is_file()

    anybody = team.site.browser().get("/dgefp/soffi/cgu")
    assert "Accepter le texte, c’est les accepter aussi." in anybody.words
    path = "/dgefp/soffi/cgu/v2/pieces-jointes/tarifs.pdf"
    assert anybody.tree.xpath("//a[@download]/@href") == [path]
    sent = anybody.get(path).response
    assert (sent.data, sent.mimetype) == (PRICES, "application/pdf")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert anybody.get("/dgefp/soffi/cgu/v2/pieces-jointes/autre.pdf").status == 404
    assert anybody.get("/dgefp/soffi/cgu/sans-date-1/pieces-jointes/tarifs.pdf").status == 404
    assert "pieces-jointes" not in anybody.get("/dgefp/soffi/cgu/sans-date-1").html
    words = anybody.get("/dgefp/soffi/cgu/comparer?de=sans-date-1&a=v2").words.replace("\u00a0", " ")
    assert "Pièce jointe ajoutée : « Tarifs » (tarifs.pdf)." in words

    browser.get(f"{DESK}/preparer").send(document="soffi/cgu", label="v3", start="current")
    following = team.get(browser.path.rsplit("/", 1)[-1])
    assert of(team, following.draft.id) == [("tarifs.pdf", "Tarifs")]
    with reading(team.site.engine) as session:  # the same words with other attachments are another version
        same = drafts.content(drafts.revision(session, following))
        same = replace(same, metadata=replace(same.metadata, reason="Essai.", reason_kind="other"))
        now = team.site.clock()
        with pytest.raises(PublicationRefusedError, match="mêmes pièces jointes"):
            registering.examine(session, team.service, as_version(following, same), reason=None, at=now)
        other = as_version(following, attachments.without(same, "tarifs.pdf"))
        assert registering.examine(session, team.service, other, reason=None, at=now)
    browser.get(f"{DESK}/preparer/rectificatif/soffi/cgu/v2").send(label="v2 bis")
    assert of(team, browser.path.rsplit("/", 1)[-1]) == [("tarifs.pdf", "Tarifs")]
    with reading(team.site.engine) as session:
        row = texts.by_address(session, SOFFI)
        assert kept.contents(session, texts.metadata(row)) == {"tarifs.pdf": PRICES}


def test_who_reads_through_a_link_has_those_of_that_state_alone_while_it_is_open(light_team: Team) -> None:
    team = light_team
    author = team.officer("a.uteur", Role.AUTHOR)
    draft_id = team.open(author, what=team.plain()).draft.id
    at = f"{DESK}/brouillons/{draft_id}/pieces-jointes"
    browser = join(team.come("a.uteur"), at, "tarifs.pdf", PRICES, "Tarifs")
    with team.site.app.app_context(), writing(team.site.engine) as session:
        token = linking.open_link(
            session, team.desk, author, draft_id, team.site.clock(), days=2, words="Direction",
            hasher=keyed_hash,
        )  # fmt: skip
    join(browser, at, "ecran.png", POINT, "Écran")
    anybody = team.site.browser().get(f"{DESK}/lecture/{token}")
    assert "Tarifs (tarifs.pdf, PDF," in anybody.words
    assert anybody.get(f"{DESK}/lecture/{token}/pieces-jointes/tarifs.pdf").response.data == PRICES
    assert anybody.get(f"{DESK}/lecture/{token}/pieces-jointes/ecran.png").status == 404
    assert anybody.get(f"{DESK}/lecture/{'0' * 64}/pieces-jointes/tarifs.pdf").status == 404
    given = anybody.get(f"{DESK}/lecture/{token}/pieces-jointes/tarifs.pdf").response.headers
    assert (given["Cache-Control"], given["Referrer-Policy"]) == ("no-store", "no-referrer")
    with writing(team.site.engine) as session:
        (link,) = linking.links(session, draft_id)
        linking.close_link(session, team.desk, author, draft_id, team.site.clock(), number=link.act_number)
    assert anybody.get(f"{DESK}/lecture/{token}/pieces-jointes/tarifs.pdf").status == 410
