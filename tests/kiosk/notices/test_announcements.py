"""Told of a new version: who, when and in what words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import NewVersion
from kiosk.connections import Smtp
from kiosk.db import reading, writing
from kiosk.notices import announcements, publication, services
from kiosk.notices.announcements import State
from kiosk.notices.models import NotificationRow
from kiosk.texts import registering
from kiosk.texts.errors import PublicationRefusedError, SyncRefusedError
from kiosk.texts.models import PublishedVersion
from kiosk.worker import WorkerContext
from tests.kiosk.notices.announcing import (
    addressees,
    another,
    due,
    notices,
    open_account,
    publish,
    words,
    work,
)
from tests.kiosk.notices.inbox import Inbox
from tests.kiosk.web import EMAIL, Making, Site
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

HOLD = timedelta(minutes=30)


@pytest.fixture
def site(make_site: Making, engine: Engine, smtp: Smtp) -> Site:
    made: Site = make_site(engine, smtp=smtp)
    return made


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


@ON_BOTH
@pytest.mark.requirement("P-11", "T-06", "O-55")
def test_who_is_concerned_gets_one_mail_once_the_hold_is_over_and_one_statement(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    site.browser().sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    work(context)
    site.clock.move(days=1)
    version = site.publish()
    work(context)
    site.clock.move(minutes=29, seconds=59)
    work(context)
    assert notices(inbox) == []
    site.clock.move(seconds=1)
    for _ in range(3):
        work(context)
    (mail,) = notices(inbox)
    assert mail["To"] == EMAIL
    with reading(site.engine) as session:
        row = session.scalars(select(NotificationRow).where(NotificationRow.purpose == "publication")).one()
        (standing,) = announcements.latest(session, 10, site.clock())
    assert (row.about, row.state, row.channel) == (version.statement_hash, "handed", "mail")
    assert row.subject_id is not None
    assert (standing.state, standing.told, standing.left, standing.waiting) == (State.ENDED, 1, 1, 0)
    assert standing.announcement.cursor == ""


@pytest.mark.requirement("O-57", "P-11")
def test_the_mail_says_what_changes_since_when_and_what_is_asked(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    site.browser().sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    version = site.publish()
    due(site)
    work(context)
    (mail,) = notices(inbox)
    said = words(mail)
    assert "Carnet d’adresses : nouvelle version" in mail["Subject"].replace("\u00a0", " ")
    assert "En vigueur depuis sa publication" in said
    assert "Publiée le 22 novembre 2026 à 09:00:00 (heure de Paris)" in said
    assert "Résumé de l’éditeur, sans valeur contractuelle : Article 3" in said
    assert re.search(r"Par rapport à la version précédente \(v6\) : \d+ dispositions? modifiées?", said)
    assert "Article 9" in said.partition("Voir mot à mot")[0]
    assert "D’accepter cette version ou de la refuser à votre prochaine connexion." in said
    assert "reste fermé (article 3)" in said
    for link in re.findall(r"http://localhost(\S+)", said):
        if not link.startswith("/archive/"):
            answered = site.browser().get(link)
            assert answered.status == 200, link
        assert EMAIL not in link
        assert not re.search(r"[0-9a-f]{16}", link), "an address that names a person or a mail"
    assert f"/ville-exemple/demonstration/cgu/{version.slug}" in said
    assert "http://localhost/archive/demonstration/atom.xml" in said
    assert "/archive/demonstration/atom.xml" in site.browser().get("/ville-exemple/demonstration/cgu").html
    assert "Démonstration : les décisions enregistrées ici n’ont aucun effet." in said
    assert not mail.is_multipart()


@pytest.mark.requirement("O-57")
def test_a_version_to_come_is_told_with_its_date(site: Site, context: WorkerContext, inbox: Inbox) -> None:
    site.browser().sign_up("ocapiat", "ocapiat", profile="cfa").accept(
        organisation_name="Essai", siren="732829320", capacity="1"
    )
    publish(site, "ocapiat/cgu/ca-2025-04-08", effective_on=date(2027, 1, 4))
    due(site)
    work(context)
    (mail,) = notices(inbox)
    assert "à partir du 4 janvier 2027" in mail["Subject"]
    assert "En vigueur à partir du 4 janvier 2027" in words(mail)
    assert "Rien avant le 4 janvier 2027. À partir de ce jour, OCAPIAT vous demandera" in words(mail)


def test_a_grace_period_is_told(site: Site, context: WorkerContext, inbox: Inbox) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    publish(site, "demonstration/cgu/v6", required_on=date(2027, 2, 1), effective_on=None)
    due(site)
    work(context)
    (mail,) = notices(inbox)
    assert "D’accepter cette version ou de la refuser avant le 1er février 2027." in words(mail)
    assert "reste fermé passé cette date" in words(mail)


@pytest.mark.requirement("M-34")
def test_a_service_that_only_notifies_asks_nothing(site: Site, context: WorkerContext, inbox: Inbox) -> None:
    site.browser().sign_up("pas-de-calais", "monjob62", profile="recruteur").accept()
    publish(site, "monjob62/cgu/sans-date-1")
    due(site)
    work(context)
    (mail,) = notices(inbox)
    assert load(site.settings.texts_dir).service("monjob62").acceptance.new_version is NewVersion.NOTIFY
    assert "Si vous avez accepté une version de ce texte, rien" in words(mail)
    assert "MonJob62 vous reste ouvert, cette version vous est notifiée." in words(mail)
    assert "D’accepter" not in words(mail)
    assert "Tant que" not in words(mail)


def test_a_terms_that_other_services_require_is_told_to_their_people_once(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    corpus = load(site.settings.texts_dir)
    requiring = [one for one in corpus.services if "portail" in one.requires]
    assert requiring, "no service requires another any more: this test tests nothing"
    open_account(site, 1, requiring[0].slug, "dgefp")
    open_account(site, 2, "portail", "dgefp")
    open_account(site, 3, "tableau-de-bord", "dgefp")
    open_account(site, 4, "portail", "dgefp", deactivated_at=site.clock())
    open_account(site, 5, "portail", "ocapiat")
    other = site.browser().sign_up("dgefp", "tableau-de-bord", email="autre@example.org", profile="cfa-of")
    other.accept()
    other.get("/dgefp/portail/cgu/decider").send(choice="refuser")
    publish(site, "portail/cgu/2024-01")
    due(site)
    work(context)
    assert addressees(inbox) == ["autre@example.org", "p1@exemple.invalid", "p2@exemple.invalid"]
    assert f"s’appliquent aussi à qui utilise : {requiring[0].name}" in words(notices(inbox)[0])


@ON_BOTH
def test_the_same_account_is_written_to_once_for_each_version(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)
    work(context)
    with writing(site.engine) as session:
        held = announcements.locked(session, version.id)
        held.ended_at = None
    with writing(site.engine) as session:
        services.enqueue(session, services.ANNOUNCE, "encore", {"version_id": version.id}, site.clock())
    work(context)
    assert len(notices(inbox)) == 1
    with reading(site.engine) as session:
        assert announcements.latest(session, 1, site.clock())[0].told == 1


@ON_BOTH
@pytest.mark.requirement("P-11")
def test_what_comes_by_files_is_told_unless_the_kiosk_begins_with_it(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    corpus = load(site.settings.texts_dir)
    with reading(site.engine) as session:
        assert announcements.latest(session, 10, site.clock()) == [], "the texts of the first day"
    service, draft = another(site, "demonstration/cgu/v6")
    made = registering.prepare(draft, reason="Essai.", at=site.clock())
    made = replace(made, written_text_hash=made.text_hash, written_metadata_hash=made.metadata_hash)
    held = corpus.service(service)
    document = held.document("cgu")
    grown = replace(held, terms=(replace(document, versions=(*document.versions, made)),))
    arrived = replace(corpus, services=(grown,))
    for expected in (1, 0):
        with writing(site.engine) as session:
            added = registering.sync(session, arrived, "demonstration", site.clock())
            told = publication.announce_synced(session, arrived, added, at=site.clock(), hold=HOLD)
        assert told == expected
    due(site)
    work(context)
    assert len(notices(inbox)) == 1


@ON_BOTH
@pytest.mark.requirement("O-57")
def test_a_date_that_was_told_cannot_change(site: Site) -> None:
    """Neither the database, nor a second publication, nor other files change it: nothing is to tell anew."""
    version = publish(site, "demonstration/cgu/v6", effective_on=date(2027, 1, 4))
    with pytest.raises(DBAPIError, match="insert-only"), writing(site.engine) as session:
        session.execute(sql("UPDATE published_version SET effective_at = NULL"))
    with pytest.raises(PublicationRefusedError, match="ne change plus"):
        publish(site, "demonstration/cgu/v6", effective_on=date(2027, 2, 4))
    service, draft = another(site, "demonstration/cgu/v6", effective_on=date(2027, 2, 4))
    renamed = replace(draft, address=replace(draft.address, slug="essai-2"))
    with pytest.raises(PublicationRefusedError, match="rien à publier"), writing(site.engine) as session:
        publication.publish(
            session, load(site.settings.texts_dir).service(service), renamed, environment="demonstration",
            reason="Essai.", at=site.clock(),
        )  # fmt: skip
    corpus = load(site.settings.texts_dir)
    changed = registering.prepare(draft, reason="Essai.", at=site.clock())
    changed = replace(
        changed, written_text_hash=changed.text_hash, written_metadata_hash=changed.metadata_hash
    )
    held = corpus.service(service)
    document = held.document("cgu")
    other = replace(
        corpus, services=(replace(held, terms=(replace(document, versions=(*document.versions, changed)),)),)
    )
    with pytest.raises(SyncRefusedError, match="ne change jamais"), writing(site.engine) as session:
        registering.sync(session, other, "demonstration", site.clock())
    with reading(site.engine) as session:
        kept = session.get_one(PublishedVersion, version.id)
        assert kept.effective_at == datetime.fromisoformat("2027-01-04T00:00:00+01:00")
        assert len(announcements.latest(session, 10, site.clock())) == 1
