"""Told of a new version: who, when, in what words; stopped, resumed, killed, and never twice."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import NewVersion, Version
from kiosk import worker
from kiosk.acceptance import informing
from kiosk.accounts.models import Account
from kiosk.config import Smtp
from kiosk.db import reading, writing
from kiosk.notices import announcements, publication, services
from kiosk.notices.announcements import State
from kiosk.notices.errors import AnnouncementError, UnknownAnnouncementError
from kiosk.notices.models import NotificationRow, Task
from kiosk.texts import services as texts
from kiosk.texts.errors import PublicationRefusedError, SyncRefusedError
from kiosk.texts.models import PublishedVersion
from kiosk.worker import WorkerContext
from tests.kiosk.notices.inbox import Inbox
from tests.kiosk.web import EMAIL, Making, Site

HOLD = timedelta(minutes=30)


@pytest.fixture
def site(make_site: Making, engine: Engine, smtp: Smtp) -> Site:
    made: Site = make_site(engine, smtp=smtp)
    return made


@pytest.fixture
def context(site: Site) -> WorkerContext:
    return WorkerContext(site.settings, site.engine, site.clock)


def another(site: Site, address: str, **changes: Any) -> tuple[str, Version]:
    """A draft that adds a sentence to the version at `address`."""
    held = load(site.settings.texts_dir).version(address)
    mended = held.text.decode().replace("mise à jour :", "mise à jour : 2026").replace("[ici](#)", "ici")
    text = f"{mended}\n\nUne phrase de plus.\n".encode()
    metadata = replace(
        held.metadata, reason_kind="other", source=None, archived_on=None, summary=None, **changes
    )
    draft = replace(
        held, address=replace(held.address, slug="essai"), text=text, text_hash=text_hash(text),
        metadata=metadata, published=False,
    )  # fmt: skip
    return held.address.service, draft


def publish(site: Site, address: str, **changes: Any) -> PublishedVersion:
    service, draft = another(site, address, **changes)
    with writing(site.engine) as session:
        return publication.publish(
            session, load(site.settings.texts_dir).service(service), draft, environment="demonstration",
            reason="Essai.", at=site.clock(),
        )  # fmt: skip


def open_account(site: Site, number: int, service: str, publisher: str, **values: Any) -> Account:
    """Put an account there, without its pages."""
    account = Account(
        id=f"{number:032x}", publisher=publisher, service=service, email=f"p{number}@exemple.invalid",
        email_key=f"p{number}@exemple.invalid", password_hash="x", password_changed_at=site.clock(),
        created_at=site.clock(), **values,
    )  # fmt: skip
    with writing(site.engine) as session:
        session.add(account)
    return account


def notices(inbox: Inbox) -> list[EmailMessage]:
    """The mails that the server was given about new versions."""
    mails = [email.message_from_bytes(raw, policy=email.policy.SMTP) for raw in inbox.mails]
    return [one for one in mails if "nouvelle version" in one["Subject"]]


def words(mail: EmailMessage) -> str:
    return " ".join(mail.get_content().replace("\u00a0", " ").split())


def work(context: WorkerContext) -> None:
    """Do what is due, but for the files and the archive that follow a publication."""
    with writing(context.engine) as session:
        session.execute(delete(Task).where(Task.kind.in_((services.PROJECT, services.BUILD))))
    worker.run_once(context)


def due(site: Site) -> None:
    site.clock.move(minutes=30)


def addressees(inbox: Inbox) -> list[str]:
    return sorted(one["To"] for one in notices(inbox))


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


@pytest.mark.requirement("P-11")
def test_what_comes_by_files_is_told_unless_the_kiosk_begins_with_it(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    corpus = load(site.settings.texts_dir)
    with reading(site.engine) as session:
        assert announcements.latest(session, 10, site.clock()) == [], "the texts of the first day"
    service, draft = another(site, "demonstration/cgu/v6")
    made = texts.prepare(draft, reason="Essai.", at=site.clock())
    made = replace(made, written_text_hash=made.text_hash, written_metadata_hash=made.metadata_hash)
    held = corpus.service(service)
    document = held.document("cgu")
    grown = replace(held, terms=(replace(document, versions=(*document.versions, made)),))
    arrived = replace(corpus, services=(grown,))
    for expected in (1, 0):
        with writing(site.engine) as session:
            added = texts.sync(session, arrived, "demonstration", site.clock())
            told = publication.announce_synced(session, arrived, added, at=site.clock(), hold=HOLD)
        assert told == expected
    due(site)
    work(context)
    assert len(notices(inbox)) == 1


# Stopped, resumed


def stop(site: Site, version: PublishedVersion) -> announcements.Stopped:
    with writing(site.engine) as session:
        return announcements.stop(
            session, version.id, function="Directrice juridique", reason="Coquille.", at=site.clock()
        )


def resume(site: Site, version: PublishedVersion) -> int:
    with writing(site.engine) as session:
        return announcements.resume(
            session, version.id, function="Directrice juridique", reason="Relu.", at=site.clock()
        )


def test_stopped_during_the_hold_nothing_leaves_until_it_is_resumed(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    site.clock.move(minutes=5)
    assert stop(site, version) == announcements.Stopped(0, 0)
    site.clock.move(days=400)
    work(context)
    assert notices(inbox) == []
    with pytest.raises(AnnouncementError, match="déjà arrêté"):
        stop(site, version)
    assert resume(site, version) == 0
    work(context)
    assert len(notices(inbox)) == 1
    with reading(site.engine) as session:
        kept = [
            (one.act, one.function, one.reason, one.had_left)
            for one in announcements.acts(session, version.id)
        ]
    assert kept == [
        ("stopped", "Directrice juridique", "Coquille.", 0), ("resumed", "Directrice juridique", "Relu.", 0),
    ]  # fmt: skip


def test_resumed_within_the_hold_it_still_waits_for_its_end(
    site: Site, context: WorkerContext, inbox: Inbox
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    stop(site, version)
    resume(site, version)
    site.clock.move(minutes=29)
    work(context)
    assert notices(inbox) == []
    site.clock.move(minutes=1)
    work(context)
    assert len(notices(inbox)) == 1


@pytest.mark.requirement("P-11")
def test_stopped_after_it_began_what_has_not_left_does_not_and_the_rest_is_counted(
    make_site: Making, engine: Engine, smtp: Smtp, inbox: Inbox
) -> None:
    site = make_site(engine, smtp=smtp, notices_per_minute=2)
    seconds = [0.0]
    context = WorkerContext(site.settings, site.engine, site.clock, elapsed=lambda: seconds[0])
    for number in range(1, 6):
        open_account(site, number, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)
    work(context)
    assert len(notices(inbox)) == 2
    assert stop(site, version) == announcements.Stopped(left=2, kept_back=3)
    seconds[0] += 60
    site.clock.move(days=1)
    work(context)
    assert len(notices(inbox)) == 2
    assert resume(site, version) == 3
    work(context)
    seconds[0] += 60
    work(context)
    assert addressees(inbox) == [f"p{number}@exemple.invalid" for number in range(1, 6)]
    with pytest.raises(AnnouncementError, match="plus rien à arrêter : 5 message"):
        stop(site, version)
    with pytest.raises(AnnouncementError, match="pas arrêté"):
        resume(site, version)


def test_a_mail_taken_before_the_stop_that_leaves_all_the_same_is_told(
    site: Site, context: WorkerContext
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), version.id, public_url="http://localhost",
            archive_address="http://localhost/archive/", mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        assert informing.spread(session, told, site.clock()) is False
    with writing(site.engine) as session:
        taken = services.take(session, site.clock(), mass=True)
        assert taken is not None
    assert stop(site, version).kept_back == 1
    with writing(site.engine) as session:
        services.fail(session, taken.id, "essai", site.clock())
        assert services.take(session, site.clock() + timedelta(days=9), mass=True) is None
        assert services.succeed(session, taken.id, "delivered-to-server", site.clock())


def load_services(site: Site) -> Any:
    return {one.slug: one for one in load(site.settings.texts_dir).services}


def test_an_announcement_that_failed_to_the_end_is_seen_and_can_be_resumed(
    site: Site, context: WorkerContext, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account(site, 1, "demonstration", "ville-exemple")
    version = site.publish()
    due(site)

    def broken(*_: object, **__: object) -> None:
        raise OSError("no texts")

    with monkeypatch.context() as patched:
        patched.setattr(texts, "load_services", broken)
        for _ in range(services.MAX_ATTEMPTS):
            work(context)
            site.clock.move(hours=2)
    with reading(site.engine) as session:
        assert announcements.latest(session, 1, site.clock())[0].stuck
    resume(site, version)
    work(context)
    assert len(notices(inbox)) == 1


@pytest.mark.parametrize("words", [{"function": " "}, {"reason": ""}, {"reason": "x" * 501}])
def test_who_and_why_are_asked_for(site: Site, words: dict[str, str]) -> None:
    version = site.publish()
    with pytest.raises(AnnouncementError, match="caractères attendus"), writing(site.engine) as session:
        announcements.stop(session, version.id, **({"function": "f", "reason": "r"} | words), at=site.clock())
    assert stop(site, version).kept_back == 0


def test_a_version_that_was_never_announced_cannot_be_stopped(site: Site) -> None:
    with pytest.raises(UnknownAnnouncementError), writing(site.engine) as session:
        announcements.stop(session, 1, function="f", reason="r", at=site.clock())


# Killed, late, deleted


class KilledError(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_killed_between_two_steps_it_goes_on_and_nobody_is_written_to_twice(
    site: Site, context: WorkerContext, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    for number in range(1, 8):
        open_account(site, number, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    spread: Callable[..., bool] = informing.spread
    done: list[bool] = []

    def killed(session: Any, told: Any, at: datetime) -> bool:
        more = spread(session, told, at, 3)
        if len(done) == batches:
            raise KilledError
        done.append(more)
        return more

    with monkeypatch.context() as patched:
        patched.setattr(informing, "spread", killed)
        with pytest.raises(KilledError):
            work(context)
    site.clock.move(minutes=21)
    work(context)
    assert addressees(inbox) == [f"p{number}@exemple.invalid" for number in range(1, 8)]
    with reading(site.engine) as session:
        assert announcements.latest(session, 1, site.clock())[0].told == 7


def test_a_code_asked_meanwhile_leaves_before_the_notices(
    make_site: Making, engine: Engine, smtp: Smtp, inbox: Inbox
) -> None:
    site = make_site(engine, smtp=smtp, notices_per_minute=1000)
    context = WorkerContext(site.settings, site.engine, site.clock)
    for number in range(1, 31):
        open_account(site, number, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), 1 + max(0, site.count(PublishedVersion) - 1),
            public_url="http://localhost", archive_address="http://localhost/archive/",
            mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        informing.spread(session, told, site.clock())
    site.clock.move(seconds=5)
    site.browser().get("/ville-exemple/demonstration/inscription").send(email=EMAIL)
    work(context)
    to = [email.message_from_bytes(raw)["To"] for raw in inbox.mails]
    assert (to[0], len(to)) == (EMAIL, 31)


def test_whoever_left_meanwhile_is_not_written_to(site: Site, context: WorkerContext, inbox: Inbox) -> None:
    leaver = site.browser().sign_up("ville-exemple", "demonstration", profile="habitant").accept()
    work(context)
    version = site.publish()
    due(site)
    with reading(site.engine) as session:
        told = informing.letter(
            session, load_services(site), version.id, public_url="http://localhost",
            archive_address="http://localhost/archive/", mode="demonstration", at=site.clock(),
        )  # fmt: skip
    with writing(site.engine) as session:
        informing.spread(session, told, site.clock())
    leaver.get("/ville-exemple/mon-compte/suppression").send(password="Un pré vert, 7 vaches !", confirm="1")
    assert leaver.path == "/ville-exemple/compte-supprime"
    work(context)
    assert notices(inbox) == []
    with reading(site.engine) as session:
        standing = announcements.latest(session, 1, site.clock())[0]
        left = session.scalars(select(Task).where(Task.mailing.is_not(None))).one()
    assert (standing.cancelled, left.payload) == (1, {})


def test_a_given_up_notice_keeps_no_address(make_site: Making, engine: Engine) -> None:
    site = make_site(engine, smtp=Smtp("127.0.0.1", 1, "k@exemple.invalid", starttls=False))
    context = WorkerContext(site.settings, site.engine, site.clock)
    open_account(site, 1, "demonstration", "ville-exemple")
    site.publish()
    due(site)
    for _ in range(services.MAX_ATTEMPTS + 1):
        work(context)
        site.clock.move(hours=2)
    with reading(site.engine) as session:
        left = session.scalars(select(Task).where(Task.mailing.is_not(None))).one()
        row = session.scalars(select(NotificationRow)).one()
        standing = announcements.latest(session, 1, site.clock())[0]
    assert (left.state, left.payload, row.state) == ("failed", {}, "refused")
    assert (standing.refused, standing.state) == (1, State.ENDED)


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
    changed = texts.prepare(draft, reason="Essai.", at=site.clock())
    changed = replace(
        changed, written_text_hash=changed.text_hash, written_metadata_hash=changed.metadata_hash
    )
    held = corpus.service(service)
    document = held.document("cgu")
    other = replace(
        corpus, services=(replace(held, terms=(replace(document, versions=(*document.versions, changed)),)),)
    )
    with pytest.raises(SyncRefusedError, match="ne change jamais"), writing(site.engine) as session:
        texts.sync(session, other, "demonstration", site.clock())
    with reading(site.engine) as session:
        kept = session.get_one(PublishedVersion, version.id)
        assert kept.effective_at == datetime.fromisoformat("2027-01-04T00:00:00+01:00")
        assert len(announcements.latest(session, 10, site.clock())) == 1
