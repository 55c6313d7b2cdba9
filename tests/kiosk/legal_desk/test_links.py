"""A link out of the texts is verified, removed at once from every page, shown again; the files follow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from lxml import html
from sqlalchemy import event, select

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Mode
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.pages.services import service_page
from cgu_archive.pages.texts import version_page
from kiosk import tasks
from kiosk.db import reading, writing
from kiosk.legal_desk import link_register
from kiosk.legal_desk.errors import ChangedSinceError
from kiosk.notices.models import Task
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person
from kiosk.staff.roles import Grant, Role
from kiosk.texts.links import LinkDeed
from kiosk.texts.models import LinkAct
from kiosk.worker import WorkerContext
from tests.kiosk.legal_desk.team import DESK, Team
from tests.kiosk.web import Browser, Making, Site

URL = "https://assistance.emploi.gouv.fr/"
READ = "/dgefp/soffi/cgu"
WHY = "Contenu illicite signalé."


def act(team: Team, officer: Person, deed: LinkDeed, form_id: str = "1" * 32) -> None:
    reason = WHY if deed is LinkDeed.REMOVED else None
    with writing(team.site.engine) as session:
        link_register.do(
            session,
            team.service,
            officer,
            URL,
            deed,
            reason=reason,
            form_id=form_id,
            means=team.desk,
            at=team.site.clock(),
        )


def links(site: Site, path: str = READ) -> int:
    return in_text(site.browser().get(path))


def in_text(browser: Browser) -> int:
    """How many links of the text on the page lead there; the service's contacts are none."""
    return len(browser.tree.xpath('//div[@class="texte"]//a[@href=$url]', url=URL))


def words(browser: Browser) -> str:
    """The words of the text on the page, without what is added for the reader."""
    (text,) = browser.tree.xpath('//div[@class="texte"]')
    for added in text.xpath('.//*[contains(@class, "hors-texte")]'):
        added.drop_tree()
    return " ".join(text.text_content().split())


@contextmanager
def asked(site: Site) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(site.engine, "before_cursor_execute", note)
    yield said
    event.remove(site.engine, "before_cursor_execute", note)


@pytest.mark.requirement("M-31")
def test_a_link_removed_is_off_the_pages_of_every_process_at_once_and_the_text_is_untouched(
    team: Team, make_site: Making
) -> None:
    other = make_site(team.site.engine, legal_desk=True)
    author = team.officer("a.uteur", Role.AUTHOR)
    bytes_before = other.browser().get(f"{READ}/sans-date-1/texte.md").response.data
    words_before = words(other.browser().get(READ))
    with asked(other) as before:
        assert links(other) == 1
    act(team, author, LinkDeed.REMOVED)
    assert links(other) == 0
    with asked(other) as after:
        assert words(other.browser().get(READ)) == words_before
    assert len(after) == len(before), "the register is read with the version, without a query of its own"
    assert other.browser().get(f"{READ}/sans-date-1/texte.md").response.data == bytes_before
    act(team, author, LinkDeed.RESTORED, "2" * 32)
    assert links(other) == 1


@pytest.mark.requirement("M-31")
def test_who_decides_sees_no_link_that_was_removed(light_team: Team) -> None:
    team, author = light_team, light_team.officer("a.uteur", Role.AUTHOR)
    browser = team.site.browser().sign_up("dgefp", "soffi", profile="opco").accept().get("/dgefp/soffi/")
    page = browser.path
    assert in_text(browser) == 1
    with asked(team.site) as before:
        browser.get(page)
    act(team, author, LinkDeed.REMOVED)
    assert in_text(browser.get(page)) == 0
    with asked(team.site) as after:
        browser.get(page)
    assert len(after) == len(before)


def test_two_who_act_on_the_same_links_at_once_both_leave_a_trace(team: Team) -> None:
    officers = [team.officer(f"a.{name}", Role.AUTHOR) for name in ("un", "deux")]
    refused: list[Exception] = []

    def removing(officer: Person, form_id: str) -> None:
        try:
            act(team, officer, LinkDeed.VERIFIED, form_id)
        except ChangedSinceError as error:
            refused.append(error)

    runs = [threading.Thread(target=removing, args=(one, f"{n}" * 32)) for n, one in enumerate(officers)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    with reading(team.site.engine) as session:
        numbers = session.scalars(select(LinkAct.number).order_by(LinkAct.number)).all()
    assert len(numbers) + len(refused) == 2
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.AUTHOR, True), (Role.PUBLISHER, True), (Role.REVIEWER, False), (Role.SUPPORT, False)],
)
@pytest.mark.parametrize("deed", [LinkDeed.VERIFIED, LinkDeed.REMOVED])
def test_authors_and_publishers_of_the_service_keep_its_register(
    light_team: Team, role: Role, may: bool, deed: LinkDeed
) -> None:
    officer = light_team.officer("q.uelquun", role)
    if may:
        act(light_team, officer, deed)
    else:
        with pytest.raises(OfficerError):
            act(light_team, officer, deed)
    elsewhere = light_team.officer("d.ailleurs", Grant(role, "portail", light_team.site.clock()))
    with pytest.raises(OfficerError):
        act(light_team, elsewhere, deed, "3" * 32)
    stranger = light_team.officer("e.tranger", role, publisher="ocapiat")
    with pytest.raises(OfficerError):
        act(light_team, stranger, deed, "4" * 32)


@pytest.mark.requirement("M-31", "P-51")
def test_the_desk_shows_verifies_and_removes_a_link_and_the_files_follow(light_team: Team) -> None:
    team = light_team
    team.officer("a.uteur", Role.AUTHOR)
    browser = team.come("a.uteur").get(f"{DESK}/liens")
    assert "assistance.emploi.gouv.fr" in browser.words
    assert "jamais" in browser.words
    browser.get(f"{DESK}/liens/soffi?adresse={URL}")
    form = next(one for one in browser.forms if one.values.get("act") == "removed")
    fields = {**form.values, "adresse": URL}
    send = lambda **values: browser.client.post(f"{DESK}/liens/soffi", data=fields | values)  # noqa: E731
    refused = send(reason="")
    assert refused.status_code == 422
    assert 'aria-describedby="reason-erreur reason-aide"' in refused.text
    assert links(team.site) == 1
    assert send(reason=WHY).status_code == 303
    assert send(reason=WHY).status_code == 422, "sent twice, it acts once"
    assert "Retiré" in browser.get(f"{DESK}/liens/soffi?adresse={URL}").words
    assert links(team.site) == 0
    assert send(act="essai").status_code == 400
    assert send(act="verified", adresse="https://nulle.part.invalid/", form_id="9" * 32).status_code == 404
    context = tasks.WorkerContext(team.site.settings, team.site.engine, team.site.clock)
    assert tasks.do_next(context) == 1
    record = load(team.site.settings.texts_dir).service("soffi").links[0]
    assert (record.url, record.reason) == (URL, WHY)
    assert record.removed_on == record.checked_on
    with reading(team.site.engine) as session:
        waiting = session.scalars(select(Task.kind).where(Task.done_at.is_(None))).all()
    assert waiting == ["build"]


@pytest.mark.requirement("M-31")
@pytest.mark.requirement("P-51")
def test_contacts_and_the_archive_stop_pointing_to_it_too(light_team: Team) -> None:
    team, site = light_team, light_team.site
    author = team.officer("a.uteur", Role.AUTHOR)

    def pointing() -> set[str]:
        """The pages of the kiosk and of the archive that lead there: text, contacts or foot."""
        here = (READ, "/dgefp/soffi", "/mentions-legales")
        corpus = load(site.settings.texts_dir)
        held = [one for one in entries.held(corpus) if one.service.slug == "soffi"]
        pdfs = {addresses.pdf(one.version.address): b"%PDF" for one in held}
        built = Archive(corpus, Mode.DEMONSTRATION, site.clock(), None, None, Operator(), pdfs)
        shown = [service_page(built, team.service), *(version_page(built, one) for one in held)]
        found = {page.address for page in shown if _leads(html.fromstring(page.body))}
        return found | {path for path in here if _leads(site.browser().get(path).tree)}

    assert {READ, "soffi/index.html"} <= pointing()
    act(team, author, LinkDeed.REMOVED)
    tasks.do_next(WorkerContext(site.settings, site.engine, site.clock))
    assert pointing() == set()
    assert URL in site.browser().get(READ).words, "who reads still knows the address"
    act(team, author, LinkDeed.RESTORED, "2" * 32)
    site.clock.move(minutes=1)
    tasks.do_next(WorkerContext(site.settings, site.engine, site.clock))
    assert READ in pointing()


def _leads(tree: html.HtmlElement) -> bool:
    return bool(tree.xpath("//a[starts-with(@href, $url)]", url=URL))


def test_others_see_no_register(light_team: Team) -> None:
    light_team.officer("r.electeur", Role.REVIEWER)
    light_team.officer("o.pca", Role.AUTHOR, publisher="ocapiat")
    reader = light_team.come("r.electeur").get(f"{DESK}/liens/soffi?adresse={URL}")
    assert reader.status == 200
    assert not [one for one in reader.forms if "act" in one.values], "who reviews reads it only"
    other = light_team.come("o.pca", "ocapiat")
    assert other.get(f"/ocapiat/espace-juridique/liens/soffi?adresse={URL}").status == 404
    assert "SOFFi" not in other.get("/ocapiat/espace-juridique/liens").words
