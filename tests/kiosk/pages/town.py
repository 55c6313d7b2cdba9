"""One kiosk with every module on, filled once, and people who stand at every place of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from pyotp import HOTP
from sqlalchemy import select
from sqlalchemy.orm import Session

from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.drafting import blank
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Mode, Version
from cgu_archive.importing import Kind
from kiosk import worker
from kiosk.acceptance.models import Contestation
from kiosk.accounts import recovery
from kiosk.accounts.models import Account
from kiosk.administration import alerts
from kiosk.administration import services as administration
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.db import make_engine, reading, writing
from kiosk.evidence import people
from kiosk.evidence import services as evidence
from kiosk.evidence.services import Grounds
from kiosk.ledger.administration import Registrar
from kiosk.ledger.keys import LedgerKey
from kiosk.ledger.signer import LocalSigner
from kiosk.legal_desk import attachments as joining
from kiosk.legal_desk import drafts, linking, publishing, received
from kiosk.legal_desk.acts import Desk, Detail, record
from kiosk.legal_desk.drafts import Content
from kiosk.legal_desk.policy import Act
from kiosk.legal_desk.starting import following
from kiosk.legal_desk.writing import open_draft
from kiosk.retention.erasures import Office
from kiosk.sanctions import services as sanctions
from kiosk.sanctions.models import SanctionAct
from kiosk.sanctions.recording import Author
from kiosk.security import keyed_hash
from kiosk.staff import officers, totp
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from kiosk.texts import attachments
from kiosk.texts import services as texts
from kiosk.texts.registering import sync
from kiosk.worker import WorkerContext
from tests.kiosk.conftest import SECRET as SECRET_KEY
from tests.kiosk.sanctions.people import Case
from tests.kiosk.staff.conftest import SECRET, secret_of
from tests.kiosk.web import PASSWORD, Browser, Hands, Site, code_of, link_of

HOST = "http://localhost"
CURRENT, OLD, NEVER, SHARED = (
    f"{name}@example.org" for name in ("actuelle", "ancienne", "jamais", "partage")
)
JOINED = "joint.txt"
SENTENCE = "\nUne phrase ajoutée pour cet essai.\n".encode()

ANY = {
    "token": "0" * 32,
    "path": "index.html",
    "filename": "kiosk.css",
    "name": "fonts.css",
    "series": "accepted",
}
_OCAPIAT = {"publisher": "ocapiat", "service": "ocapiat"}
ELSEWHERE = dict.fromkeys(
    (
        "anonymous.decide",
        "anonymous.record",
        "anonymous.ask_code",
        "anonymous.read_back",
        "accounts.by_post",
        "accounts.by_post_form",
    ),
    _OCAPIAT,
)
"""Addresses at another service than SOFFi, where there is no such page."""
QUESTIONS = dict.fromkeys(("comparing.compare", "comparing.as_word"), "?de=sans-date-1&a=essai")


@dataclass
class Town:
    """The kiosk, browsers in the hands of people, and the addresses of what they hold."""

    site: Site
    people: dict[str, Browser] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    """Values of addresses: those of the person who accepted the version in force."""
    paths: dict[str, str] = field(default_factory=dict)
    """Addresses that only a mail, or the end of some steps, gives."""

    @property
    def office(self) -> Office:
        held = self.site.app.extensions["kiosk"]
        return Office(held.services, "demonstration", HOST, held.randomness)

    def cookies(self, who: str) -> list[tuple[str, str]]:
        """Return the cookies that somebody holds; none when `who` is empty."""
        if not who:
            return []
        client = self.people[who].client
        held = [(name, client.get_cookie(name)) for name in ("kiosk", "kiosk-navigateur", "equipe")]
        return [(name, one.value) for name, one in held if one is not None]

    def path(self, endpoint: str, method: str = "GET") -> str:
        """Return an address of `endpoint`; a link of a mail is followed, and never confirmed."""
        if method == "GET" and endpoint in self.paths:
            return self.paths[endpoint]
        app = self.site.app
        rule = max(
            (one for one in app.url_map.iter_rules(endpoint) if method in one.methods),
            key=lambda one: len(one.arguments),
        )
        values = ANY | self.values | ELSEWHERE.get(endpoint, {})
        with app.test_request_context():
            adapter = app.url_map.bind("localhost")
            path = adapter.build(endpoint, {name: values[name] for name in rule.arguments}, method=method)
        return path + QUESTIONS.get(endpoint, "")

    def work(self) -> None:
        worker.run_once(WorkerContext(self.site.settings, self.site.engine, self.site.clock))


@contextmanager
def running(folder: Path, database: Path, corpus: Corpus, texts: Path, at: datetime) -> Iterator[Site]:
    """Open a demonstration with every module on a copy of `database`, which has the schema only."""
    shutil.copyfile(database, folder / "kiosk.sqlite3")
    own = shutil.copytree(texts, folder / "textes")  # the worker writes there what is published
    settings = Settings(
        mode=Mode.DEMONSTRATION, secret_key=SECRET_KEY, database_url=f"sqlite:///{folder}/kiosk.sqlite3",
        data_dir=folder / "data", texts_dir=own, archive_dir=folder / "archive", public_url=HOST,
        evidence_desk=True, administration=True, shared_terminal=True, sanctions=True,
        legal_desk=True,
    )  # fmt: skip
    settings.data_dir.mkdir()
    engine = make_engine(settings.database_url)
    with writing(engine) as session:
        sync(session, corpus, "demonstration", at)
    engine.dispose()
    clock, log = Hands(at), StringIO()
    signer = LocalSigner(LedgerKey.load_or_create(settings.keys_dir, settings.mode.value))
    app = create_app(settings, clock=clock, log=log, signer=signer)
    app.testing = True
    site = Site(app, app.extensions["kiosk"].engine, clock, settings, log)
    yield site
    site.engine.dispose()


def filled(site: Site, corpus: Corpus) -> Town:
    """Have people come, decide, lose a mailbox and be told of a measure; officers do their work."""
    town = Town(site)
    _expired_password(town)
    _lost_mailbox(town)
    _decided(town, corpus)
    _signing_up(town)
    _proving(town)
    _elsewhere(town)
    _officers(town)
    _work_of_officers(town)
    _work_of_authors(town)
    town.work()
    return town


def _expired_password(town: Town) -> None:
    """Somebody of the service whose passwords last a year signs in after it; the clock is moved first."""
    site = town.site
    site.browser().sign_up("ocapiat", "ocapiat", "annee@example.org", profile="cfa")
    site.clock.move(days=366)
    town.people["expired"] = site.browser().sign_in("ocapiat", "annee@example.org")


def _lost_mailbox(town: Town) -> None:
    """Somebody asks the publisher for another address, and somebody else uses a code on paper."""
    site = town.site
    with_codes = site.browser().sign_up("dgefp", "portail", "codes@example.org").accept()
    codes = with_codes.get("/dgefp/mon-compte/codes-de-secours").send().html.split("<li><code>")
    town.people["codes"] = with_codes
    by_code = site.browser().get("/dgefp/sans-boite/code")
    by_code.send(
        email="codes@example.org",
        password=PASSWORD,
        code=codes[1].split("<")[0],
        new_email="neuve@example.org",
    )
    town.people["proving recovery"] = by_code
    town.paths["accounts.verify_recovery_link"] = _path(town, "neuve@example.org")
    ended = site.browser().get("/dgefp/sans-boite/code")
    ended.send(
        email="codes@example.org", password=PASSWORD, code=codes[2].split("<")[0], new_email="fin@example.org"
    )
    town.people["ending recovery"] = ended.send(code=code_of(site.mails("fin@example.org")[-1]))
    site.browser().sign_up("dgefp", "portail", "perdue@example.org").accept()
    asking = site.browser().get("/dgefp/sans-boite/demande")
    asking.send(email="perdue@example.org", new_email="autre@example.org", words="CFA des Prés")
    asking.send(code=code_of(site.mails("autre@example.org")[-1])).send()
    with writing(site.engine) as session:
        (asked,) = recovery.register(session)
        for name in ("Anne Roy", "Paul Lys"):
            recovery.approve(session, asked.id, name, at=site.clock())
    town.paths["accounts.object_to_recovery"] = _path(town, "perdue@example.org")


def _decided(town: Town, corpus: Corpus) -> None:
    """Three people of SOFFi: one accepted each version, one the first only, one none."""
    site = town.site
    for email in (CURRENT, OLD, SHARED):
        browser = site.browser().sign_up("dgefp", "soffi", email, profile="opco").accept()
        browser.get("/dgefp/soffi/cgu/decider").accept()
        town.people[email.split("@")[0]] = browser
    site.clock.move(minutes=1)
    _publish(town, corpus)
    site.clock.move(minutes=1)
    current = town.people["actuelle"]
    current.get("/dgefp/soffi/cgu/decider").accept()
    decision_id = current.path.rsplit("/", 1)[-1]
    town.values |= {"publisher": "dgefp", "service": "soffi", "terms": "cgu", "slug": "sans-date-1"}
    town.values["decision_id"] = decision_id
    current.get(f"{current.path}/contester").send(words="Ce n’était pas moi.")
    with reading(site.engine) as session:
        town.values["contestation_id"] = session.scalars(select(Contestation.id)).one()
        town.values["account_id"] = session.scalars(select(Account.id).where(Account.email == CURRENT)).one()
    never = site.browser().sign_up("dgefp", "soffi", NEVER, profile="opco").accept()
    assert never.path.startswith("/dgefp/mes-acceptations/"), "the portail, which SOFFi requires"
    town.people["jamais"] = never
    shared = site.browser().get("/dgefp/connexion?poste=partage")
    town.people["partage"] = shared.send(email=SHARED, password=PASSWORD, shared="1")


def _publish(town: Town, corpus: Corpus) -> None:
    """Register a version that follows that of SOFFi: a sentence more."""
    service, held = corpus.service("soffi"), corpus.version("soffi/cgu/sans-date-1")
    text, metadata = held.text.rstrip(b"\n") + b"\n" + SENTENCE, replace(held.metadata, label="Essai")
    hashes = text_hash(text), metadata_hash(metadata.contractual())
    made = Version(replace(held.address, slug="essai"), text, metadata, *hashes, *hashes, published=True)
    alone = replace(service, terms=(replace(service.terms[0], versions=(made,)),))
    with writing(town.site.engine) as session:
        assert sync(session, Corpus((alone,)), "demonstration", town.site.clock())


def _signing_up(town: Town) -> None:
    """Somebody at each page of a sign-up, and before a decision on conditions."""
    site, monjob = town.site, "pas-de-calais"
    town.people["password"] = site.browser().prove("dgefp", "soffi", "etape1@example.org")
    one = site.browser().prove(monjob, "monjob62", "etape2@example.org")
    town.people["profile"] = one.send(password=PASSWORD)
    two = site.browser().prove(monjob, "monjob62", "etape3@example.org").send(password=PASSWORD)
    town.people["identity"] = two.send(profile="recruteur")
    site.browser().prove(monjob, "monjob62", "etape4@example.org")
    company = site.browser().prove("dgefp", "portail", "etape5@example.org").send(password=PASSWORD)
    town.people["company"] = company.send(
        nom="Martin", prenom="Camille", telephone="03 21 00 00 00", siren="732 829 320"
    )
    town.people["candidate"] = site.browser().sign_up(
        monjob, "monjob62", "etape6@example.org", profile="recruteur"
    )
    waiting = site.browser().sign_up(monjob, "monjob62", "etape7@example.org", profile="recruteur")
    waiting.accept(assisted="1", representative_email="parent@example.org")
    town.paths["representatives.decide"] = _path(town, "parent@example.org")
    town.people["company decides"] = site.browser().sign_up(
        "ocapiat", "ocapiat", "etape8@example.org", profile="cfa"
    )


def _proving(town: Town) -> None:
    """Somebody before each page that asks for the code of a mail, and at each link."""
    site = town.site
    town.people["sign-up"] = site.browser().get("/dgefp/soffi/inscription").send(email="preuve@example.org")
    town.paths["accounts.verify_link"] = _path(town, "preuve@example.org")
    asked = site.browser().get("/dgefp/mot-de-passe-oublie").send(email=OLD)
    town.people["reset"] = asked
    town.paths["accounts.verify_reset_link"] = _path(town, OLD)
    site.clock.move(minutes=2)
    again = site.browser().get("/dgefp/mot-de-passe-oublie").send(email=NEVER)
    town.people["new password"] = again.send(code=code_of(site.mails(NEVER)[-1]))
    moving = town.people["codes"]
    moving.get("/dgefp/mon-compte/adresse").send(email="demenage@example.org", current=PASSWORD)
    town.people["moving"] = moving
    town.paths["accounts.verify_address_link"] = _path(town, "demenage@example.org")


def _elsewhere(town: Town) -> None:
    """Somebody of another publisher."""
    other = town.site.browser()
    other.sign_up("pas-de-calais", "monjob62", "ailleurs@example.org", profile="recruteur").accept()
    town.people["elsewhere"] = other


def _officers(town: Town) -> None:
    """An officer of each role, one without, one of another publisher, one before their second factor."""
    roles = {
        "evidence": (Role.EVIDENCE,), "support": (Role.SUPPORT,), "sanctions": (Role.SANCTIONS,),
        "author": (Role.AUTHOR,), "reviewer": (Role.REVIEWER,), "publisher": (Role.PUBLISHER,),
        "several": (Role.EVIDENCE, Role.SUPPORT), "officer elsewhere": tuple(Role),
    }  # fmt: skip
    for name, given in roles.items():
        publisher = "pas-de-calais" if name == "officer elsewhere" else "dgefp"
        browser = _come(town, name.replace(" ", "."), given, publisher)
        browser.get(f"{browser.path}/application")
        secret = secret_of(browser)
        step = int(town.site.clock().timestamp()) // totp.STEP_SECONDS
        browser.send(code=HOTP(secret).at(step))
        assert browser.status == 200, browser.words
        town.people[name] = browser
    town.people["unproved"] = town.site.browser().get("/dgefp/equipe").send(login="evidence", secret=SECRET)
    town.people["no factor"] = _come(town, "nouveau", (Role.SUPPORT,), "dgefp")
    town.values["officer_id"] = _officer(town, "author").id


def _come(town: Town, login: str, roles: tuple[Role, ...], publisher: str) -> Browser:
    site = town.site
    with writing(site.engine) as session:
        officers.add(
            session, publisher=publisher, login=login, name="Prénom Nom", function="Juriste", grants=roles,
            secret=SECRET, at=site.clock(), randomness=os.urandom,
        )  # fmt: skip
    return site.browser().get(f"/{publisher}/equipe").send(login=login, secret=SECRET)


def _officer(town: Town, login: str) -> Person:
    with reading(town.site.engine) as session:
        found = officers.at_work(session, "dgefp", login)
    assert found
    return found


def _work_of_officers(town: Town) -> None:
    """A request of evidence, a notice of a measure, a notice of security and a closed service."""
    site, at = town.site, town.site.clock()
    offered = [one.slug for one in site.app.extensions["kiosk"].services_of("dgefp")]
    with writing(site.engine) as session:
        subject = people.only(people.named(session, "dgefp", offered, CURRENT))
        town.values["request_id"] = evidence.ask(
            session, _officer(town, "evidence"), subject_id=subject, service=None,
            grounds=Grounds("Tribunal judiciaire de Paris", "RG 26/01234", "Contestation."), at=at,
            randomness=os.urandom,
        )  # fmt: skip
    case = Case(site, town.values["account_id"], subject, "soffi", "dgefp")
    author = Author(_officer(town, "sanctions").id, "Cheffe du bureau des services")
    made = case.act(sanctions.notify, case.account_id, author, case.notice(), at)
    town.values["procedure_id"] = made.procedure_id
    support = _officer(town, "support")
    with writing(site.engine) as session:
        town.values["act_id"] = session.scalars(select(SanctionAct.id)).one()
        town.values["notice_id"] = alerts.write(
            session, support, "Changez de mot de passe", "Des mots de passe ont fui.", at=at,
            means=Registrar("demonstration", os.urandom),
        )  # fmt: skip
        administration.close_services(
            session, support, ["tableau-de-bord"], until=at + timedelta(days=1), reason="Panne.",
            means=Registrar("demonstration", os.urandom), at=at,
        )  # fmt: skip


def _work_of_authors(town: Town) -> None:
    """A received file, and a draft of SOFFi's text that somebody commented."""
    site, author = town.site, _officer(town, "author")
    desk, at = Desk("demonstration", os.urandom), site.clock()
    service = site.app.extensions["kiosk"].services["soffi"]
    content = b"# Titre\n\nUne phrase.\n"
    with writing(site.engine) as session:
        now = texts.current(session, "soffi", "cgu", at)
        assert now
        town.values["received_id"] = received.keep(
            session, desk, author, "v2.md", content, (Kind.MARKDOWN, text_hash(content)), at
        ).id
        draft_id = open_draft(
            session, desk, author, service, Address("soffi", "cgu", "v9"),
            _joined(session, following(now, "v9"), at), at,
        )  # fmt: skip
        held = drafts.find(session, "dgefp", draft_id)
        comment = Detail(words="Trop vague.", place="p-1")
        number = record(session, desk, held, Act.COMMENTED, author, at, comment)
        statement = texts.by_address(session, Address("soffi", "cgu", "sans-date-1")).statement_hash
        known = replace(blank("v10"), reason="Une délibération.", reason_kind="other")
        short = Content("# Conditions générales\n\n## Article 1\n\nUne phrase.\n".encode(), known)
        ready = open_draft(session, desk, author, service, Address("soffi", "cgu", "v10"), short, at)
        for act, who in ((Act.SUBMITTED, "author"), (Act.APPROVED, "reviewer")):
            record(session, desk, drafts.find(session, "dgefp", ready), act, _officer(town, who), at)
    with site.app.app_context(), writing(site.engine) as session:
        token = linking.open_link(
            session, desk, author, draft_id, at, days=7, words="Direction", hasher=keyed_hash
        )
    town.paths["legal_desk.read_through_link"] = f"/dgefp/espace-juridique/lecture/{token}"
    town.paths["legal_desk.print_through_link"] = f"/dgefp/espace-juridique/lecture/{token}/projet.pdf"
    joint = f"pieces-jointes/{JOINED}"
    town.paths |= {
        "legal_desk.attachment_through_link": f"/dgefp/espace-juridique/lecture/{token}/{joint}",
        "legal_desk.attachment_file": f"/dgefp/espace-juridique/brouillons/{draft_id}/{joint}",
        "texts.attachment": f"/dgefp/tableau-de-bord/cgu/v1/{joint}",
    }
    link = "adresse=https%3A%2F%2Fassistance.emploi.gouv.fr%2F"
    town.paths["legal_desk.one_link"] = f"/dgefp/espace-juridique/liens/soffi?{link}"
    town.values |= {"draft_id": draft_id, "number": str(number), "of": "soffi", "statement": statement}
    here = f"/dgefp/espace-juridique/brouillons/{ready}"
    town.paths["legal_desk.withdraw"] = f"{here}/approbations/3/retirer"
    town.paths["legal_desk.release"] = f"{here}/publier"
    _to_come(town, desk, at)


def _joined(session: Session, what: Content, at: datetime) -> Content:
    """Return `what` with an attachment."""
    content = b"Un guide.\n"
    attachments.keep(session, content, at)
    return joining.with_one(what, joining.made(JOINED, "Guide", content), instead=False)


def _to_come(town: Town, desk: Desk, at: datetime) -> None:
    """A version that the desk published and that takes effect a month later: it may still be cancelled."""
    site = town.site
    service = site.app.extensions["kiosk"].services["tableau-de-bord"]
    metadata = replace(
        blank("v1"),
        reason="Une délibération.",
        reason_kind="other",
        effective_on=day_in_paris(at + timedelta(days=30)),
    )
    what = Content("# Conditions générales\n\n## Article 1\n\nUne phrase.\n".encode(), metadata)
    address = Address("tableau-de-bord", "cgu", "v1")
    with writing(site.engine) as session:
        what = _joined(session, what, at)
        made = open_draft(session, desk, _officer(town, "author"), service, address, what, at)
        for act, who in ((Act.SUBMITTED, "author"), (Act.APPROVED, "reviewer")):
            held = drafts.find(session, "dgefp", made)
            record(session, desk, held, act, _officer(town, who), at)
        publishing.publish(session, desk, _officer(town, "publisher"), service, made, at)
    town.paths["legal_desk.cancel"] = f"/dgefp/espace-juridique/brouillons/{made}/annuler"


def _path(town: Town, email: str) -> str:
    return link_of(town.site.mails(email)[-1]).removeprefix(HOST)
