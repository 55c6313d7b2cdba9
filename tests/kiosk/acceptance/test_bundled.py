"""One click, several decisions: each document under the box, in one's own name and an organisation's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, select

from cgu_archive.corpus import freezing
from cgu_archive.corpus.loader import load
from kiosk.acceptance.models import Subject
from kiosk.acceptance.services import applicable_version
from kiosk.db import reading, writing
from kiosk.texts.registering import sync
from tests.builders import AT, a_metadata, write_draft
from tests.kiosk.acceptance.test_journeys import decisions, members, seal
from tests.kiosk.web import EMAIL, Browser, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

BOX = "J’accepte les conditions générales, les conditions particulières et générales d’utilisation"
ORGANISATION = {"organisation_name": "CFA des Prés", "siren": "732829320", "capacity": "1"}
DECIDE = "/ocapiat/ocapiat/cgu/decider"
OTHER = "autre@example.org"


@pytest.fixture
def deposited(tmp_path: Path, texts_dir: Path) -> Path:
    """The real text of OCAPIAT, and made-up texts for the two other documents that its box names."""
    texts = tmp_path / "textes"
    shutil.copytree(texts_dir, texts)
    file = texts / "ocapiat" / "service.yml"
    said = yaml.safe_load(file.read_text("utf-8"))
    said["terms"] |= {
        "cg": {"title": "Conditions générales d’OCAPIAT"},
        "cp": {"title": "Conditions particulières d’OCAPIAT"},
    }
    said["acceptance"] |= {"named_without_text": [], "together": ["cgu", "cg", "cp"]}
    file.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
    for terms in ("cg", "cp"):
        publish(texts, f"ocapiat/{terms}/v1", f"# Conditions\n\n## Article 1 – Objet\n\nTexte {terms}, un.\n")
    return texts


def publish(texts: Path, address: str, text: str, **wish: Any) -> None:
    write_draft(texts, address, text)
    freezing.freeze(texts, address, at=AT, **wish)


@pytest.fixture
def three(make_site: Callable[..., Site], engine: Engine, deposited: Path) -> Site:
    """A site whose OCAPIAT has three documents under its box."""
    site = make_site(engine, texts_dir=deposited)
    with writing(site.engine) as session:
        sync(session, load(deposited), "demonstration", site.clock())
    return site


@ON_BOTH
@pytest.mark.requirement("O-08", "M-19")
def test_one_box_decides_on_every_document_shown_whole_and_each_proof_names_the_others(three: Site) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    assert browser.path == DECIDE
    for text in ("Texte cg, un.", "Texte cp, un.", "CONDITIONS GENERALES D’UTILISATION"):
        assert text.casefold() in browser.words.casefold(), text
    assert [name for name, kind in browser.form().types.items() if kind == "checkbox"] == ["capacity", "box"]
    browser.accept(**ORGANISATION)
    found = decisions(three)
    assert sorted((one.terms, one.kind) for one in found) == [
        (terms, "accepted") for terms in ("cg", "cg", "cgu", "cgu", "cp", "cp")
    ]
    said = [members(three, one) for one in found]
    documents = {one["document"]["text_hash"]: one["document"] for one in said}
    assert len(documents) == 3
    for one in said:
        assert one["wording"]["box"] == BOX
        others = [found for digest, found in documents.items() if digest != one["document"]["text_hash"]]
        assert sorted(one["together"], key=str) == sorted(others, key=str)
    assert len({one["at"] for one in said}) == 1
    assert browser.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/"
    (mail,) = [one for one in three.mails(EMAIL) if one["subject"].startswith("Acceptation")]
    assert {mail["receipt"], *mail["also"]} == {one.statement_hash for one in found}
    assert "Conditions particulières d’OCAPIAT" in mail["body"]
    assert browser.get("/ocapiat/ocapiat/cp/decider").path == DECIDE


def test_a_box_decides_on_all_of_its_documents_or_on_none(
    three: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    three.app.testing = False
    form, calls = browser.form(), 0

    def broken(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise RuntimeError("no room left")
        return kept(*given)

    from kiosk.ledger import services

    kept = services.rows
    with monkeypatch.context() as patched:
        patched.setattr("kiosk.ledger.services.rows", broken)
        assert browser.accept(**ORGANISATION).status == 500
    assert decisions(three) == []
    forged = (
        form.values | ORGANISATION | {"box": "1", "choice": "accepter", "shown-cp": form.values["shown-cg"]}
    )
    assert browser.client.post(DECIDE, data=forged).status_code == 409
    without = {name: value for name, value in forged.items() if name != "shown-cp"}
    assert browser.client.post(DECIDE, data=without).status_code == 409
    assert decisions(three) == []
    sent = [browser.client.post(DECIDE, data=forged | form.values) for _ in range(2)]
    assert sent[0].location == sent[1].location
    assert len(decisions(three)) == 6


@pytest.mark.parametrize("choice", ["accepter", "refuser"])
def test_a_box_is_not_decided_at_the_page_of_another_of_its_documents(three: Site, choice: str) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    values = browser.form().values | ORGANISATION | {"box": "1", "choice": choice}
    for terms in ("cg", "cp"):
        forged = values | {"shown": values[f"shown-{terms}"]}
        answer = browser.client.post(f"/ocapiat/ocapiat/{terms}/decider", data=forged)
        assert answer.status_code == 409
    assert decisions(three) == []


def test_what_changed_alone_is_accepted_with_the_rest_and_refused_alone(three: Site, deposited: Path) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa").accept(**ORGANISATION)
    write_draft(deposited, "ocapiat/cg/v2", "# Conditions\n\n## Article 1 – Objet\n\nTexte cg, deux.\n")
    freezing.freeze(deposited, "ocapiat/cg/v2", at=three.clock() + timedelta(hours=1), reason_kind="other")
    three.clock.move(hours=2)
    with writing(three.engine) as session:
        sync(session, load(deposited), "demonstration", three.clock())
    assert browser.get("/ocapiat/ocapiat/").path == DECIDE
    assert "Texte cg, deux." in browser.words
    browser.send(choice="refuser")
    later = decisions(three)[6:]
    assert [(one.terms, one.kind) for one in later] == [("cg", "refused")]
    assert len(members(three, later[0])["together"]) == 2
    browser.get(DECIDE).accept(**ORGANISATION)
    assert len(decisions(three)) == 6 + 1 + 6
    assert browser.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/"


@ON_BOTH
@pytest.mark.requirement("O-09", "O-12")
def test_an_acceptance_for_an_organisation_is_two_lines_of_one_instant(site: Site, browser: Browser) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa").accept(**ORGANISATION)
    company, own = decisions(site)
    assert (company.decided_at, company.subject_id) == (own.decided_at, own.subject_id)
    said = [members(site, one) for one in (company, own)]
    assert [one["capacity"] for one in said] == ["organisation", "self"]
    assert set(said[1]["commitments"]) == {"account", "email"}
    assert said[1]["previous"] == company.statement_hash
    assert browser.path == f"/ocapiat/mes-acceptations/{own.id}"
    words = browser.get("/ocapiat/mes-acceptations").words
    assert "en mon nom" in words
    assert "au nom de CFA des Prés (SIREN 732829320)" in words
    seal(site)
    assert "au nom de CFA des Prés" in browser.get(f"/ocapiat/mes-acceptations/{company.id}").words


@pytest.mark.requirement("O-09")
def test_two_people_of_an_organisation_may_disagree_and_neither_learns_who(
    site: Site, browser: Browser
) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa").accept(**ORGANISATION)
    site.clock.move(minutes=1)
    other = site.browser().sign_up("ocapiat", "ocapiat", email=OTHER, profile="cfa")
    assert other.get("/ocapiat/ocapiat/").path == DECIDE, "nothing is opened for a colleague"
    other.send(choice="refuser", **ORGANISATION)
    assert [one.kind for one in decisions(site)] == ["accepted", "accepted", "refused", "refused"]
    for who, line in ((browser, 0), (other, 2)):
        page = who.get(f"/ocapiat/mes-acceptations/{decisions(site)[line].id}").words
        assert "Une autre personne a décidé autrement au nom de cette organisation." in page
        assert (OTHER if who is browser else EMAIL) not in page
    assert browser.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/"
    assert other.get("/ocapiat/ocapiat/").path == DECIDE
    assert other.get(f"/ocapiat/mes-acceptations/{decisions(site)[0].id}").status == 404


def test_a_refusal_alone_is_in_ones_own_name_alone(site: Site, browser: Browser) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa").send(choice="refuser")
    (decision,) = decisions(site)
    assert members(site, decision)["capacity"] == "self"
    browser.get(DECIDE).send(choice="refuser", capacity="1", siren="1")
    assert browser.status == 422
    assert len(decisions(site)) == 1


@pytest.mark.requirement("O-08")
def test_a_publisher_takes_no_acceptance_of_documents_that_are_not_there(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_up("ocapiat", "ocapiat", profile="cfa")
    assert "une acceptation n’est qu’un spécimen" in browser.words
    monkeypatch.setattr("kiosk.acceptance.together.specimen_only", lambda: True)
    browser.get(DECIDE)
    assert 'value="accepter"' not in browser.html
    assert browser.accept(**ORGANISATION).status == 409
    assert decisions(site) == []
    assert browser.get(DECIDE).send(choice="refuser").status == 200


@pytest.mark.requirement("O-57", "O-08")
def test_versions_to_come_of_some_documents_are_accepted_under_the_box_before_their_dates(
    three: Site, deposited: Path
) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa").accept(**ORGANISATION)
    account_id = account_of(three)
    to_come(three, deposited)
    assert browser.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/", "nothing to decide yet"
    page = browser.get("/ocapiat/mes-acceptations").tree
    link = next(one for one in page.xpath("//a/@href") if "version=v2" in one)
    assert link.startswith("/ocapiat/ocapiat/cp/decider")
    browser.get(link)
    assert browser.path == DECIDE
    assert "Texte cp, deux." in browser.words
    assert "qui prend effet le 1er décembre 2026" in browser.words
    shown = browser.form().values
    assert browser.send(choice="accepter").status == 422, "the box is missing: shown again, the same versions"
    assert "Texte cp, deux." in browser.words
    assert browser.client.post(DECIDE, data=shown | {"choice": "plus-tard"}).status_code == 409
    browser.send(choice="refuser")
    assert [(one.terms, one.kind) for one in decisions(three)[6:]] == [("cp", "refused")]
    browser.get(link).accept(**ORGANISATION)
    assert len(decisions(three)) == 6 + 1 + 6
    assert binding(three, account_id, "cp") == "v1"
    three.clock.move(minutes=1)
    browser.get(link)
    assert "Acceptée d’avance" in browser.words
    browser.send(choice="refuser")
    assert [(one.terms, one.kind) for one in decisions(three)[13:]] == [("cp", "refused")]
    assert browser.get("/ocapiat/ocapiat/").path == "/ocapiat/ocapiat/", "what binds now is not refused"
    three.clock.move(minutes=1)
    browser.get(link).accept(**ORGANISATION)
    three.clock.at = datetime(2026, 11, 30, 23, 0, 0, tzinfo=UTC)
    assert browser.sign_in("ocapiat").path == "/ocapiat/ocapiat/", "nothing is asked again"
    assert [binding(three, account_id, one) for one in ("cgu", "cg", "cp")] == [
        "ca-2025-04-08", "v1", "v2",
    ]  # fmt: skip


def test_nothing_to_come_is_decided_while_the_box_waits_for_what_is_in_force(
    three: Site, deposited: Path
) -> None:
    browser = three.browser().sign_up("ocapiat", "ocapiat", profile="cfa")
    browser.send(choice="refuser")
    to_come(three, deposited)
    browser.get("/ocapiat/ocapiat/cp/decider?version=v2")
    assert "Texte cp, un." in browser.words
    assert "Texte cp, deux." not in browser.words


def to_come(site: Site, texts: Path) -> None:
    """Publish a version of the particular conditions that takes effect on 1 December."""
    later = a_metadata(published_at=None, archived_on=None, effective_on=date(2026, 12, 1))
    text = "# Conditions\n\n## Article 1 – Objet\n\nTexte cp, deux.\n"
    write_draft(texts, "ocapiat/cp/v2", text, later)
    freezing.freeze(texts, "ocapiat/cp/v2", at=site.clock() + timedelta(hours=1), reason_kind="other")
    site.clock.move(hours=2)
    with writing(site.engine) as session:
        sync(session, load(texts), "demonstration", site.clock())


def account_of(site: Site) -> str:
    with reading(site.engine) as session:
        return session.scalars(select(Subject.account_id)).one()


def binding(site: Site, account_id: str, terms: str) -> str | None:
    with reading(site.engine) as session:
        held = applicable_version(session, account_id, "ocapiat", terms, site.clock())
        return held.slug if held else None
