"""A publisher's kiosk where two people decided, a court asks about one, and an authority attests the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pyotp import HOTP
from sqlalchemy import select

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Service
from kiosk import worker
from kiosk.connections import Authority
from kiosk.db import reading, writing
from kiosk.evidence import assembling, people, services
from kiosk.evidence.services import Grounds, Request
from kiosk.ledger.keys import LedgerKey
from kiosk.notices import publication
from kiosk.proof.trust import Trust
from kiosk.staff import cipher, officers, totp
from kiosk.staff.cipher import Use
from kiosk.staff.models import OfficerTotp
from kiosk.staff.officers import Person
from kiosk.staff.roles import Role
from kiosk.texts import attachments
from kiosk.worker import WorkerContext
from tests import handmade
from tests.authority import Issued
from tests.builders import an_attachment
from tests.kiosk.web import EMAIL, Browser, Hands, Site

OTHER = "dominique.autre@example.org"
APPLICATION = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""What the application of every officer has."""
SECRET = "Le greffe, 4 dossiers bleus !"
TEXT = "# Conditions générales\n\n## Article 1\n\nUne phrase, et une autre.\n".encode()
GUIDE = b"Un guide.\n"
"""What goes along with it."""
COURT = Grounds("Tribunal judiciaire de Paris", "RG 26/01234", "Contestation d’une acceptation.")


@dataclass
class Ask:
    """An authority without a network, on the clock of the test."""

    clock: Hands
    signer: Issued
    count: int = 0

    def __call__(self, authority: Authority, query: bytes) -> bytes:
        self.count += 1
        return handmade.answer(query, self.clock(), self.signer, info={"serial": handmade.number(self.count)})


@dataclass
class Case:
    """The kiosk, and what is done in it."""

    site: Site
    ask: Ask
    root: Issued

    @property
    def at(self) -> datetime:
        return self.site.clock()

    @property
    def offered(self) -> Mapping[str, Service]:
        return {one.slug: one for one in self.site.app.extensions["kiosk"].services_of("dgefp")}

    @property
    def trust(self) -> Trust:
        key = LedgerKey.load_or_create(self.site.settings.keys_dir, self.site.settings.mode.value)
        return Trust(ledger=(key.verifier,), authorities={"essai": self.root.der})

    @property
    def context(self) -> WorkerContext:
        return WorkerContext(self.site.settings, self.site.engine, self.site.clock, ask=self.ask)

    def browser(self) -> Browser:
        return Browser(self.site, self.site.app.test_client())

    def decide(self, email: str = EMAIL) -> Browser:
        """Somebody signs up at SOFFi, accepts its terms and, first, those of the portail that it requires."""
        browser = self.browser().sign_up("dgefp", "soffi", email, profile="opco").accept()
        return browser.get("/dgefp/soffi/cgu/decider").accept()

    def seal(self) -> None:
        """Seal, publish and have the time attested, an hour later."""
        worker.seal(self.context)
        self.site.clock.move(hours=1)
        worker.ask_others(self.context)
        worker.publish(self.context)
        self.site.clock.move(minutes=1)

    def publish(self, text: bytes = TEXT, slug: str = "v2") -> None:
        """Publish another version of the terms of SOFFi."""
        corpus = load(self.site.settings.texts_dir)
        held = corpus.version("soffi/cgu/sans-date-1")
        draft = replace(
            held,
            address=replace(held.address, slug=slug),
            text=text,
            text_hash=text_hash(text),
            metadata=replace(
                held.metadata,
                label=slug,
                reason_kind="other",
                rules=(),
                archived_on=None,
                attachments=(an_attachment("guide.txt", "Guide de l’usager", GUIDE),),
            ),
        )
        with writing(self.site.engine) as session:
            attachments.keep(session, GUIDE, self.at)
            publication.publish(
                session,
                corpus.service("soffi"),
                draft,
                environment=self.site.settings.mode.value,
                reason="Essai.",
                at=self.at,
            )

    def officer(self, login: str, function: str, publisher: str = "dgefp") -> Person:
        """Somebody of the legal team, whose application gives codes."""
        with writing(self.site.engine) as session:
            made = officers.add(
                session, publisher=publisher, login=login, name="Prénom Nom", function=function,
                grants=[Role.EVIDENCE], secret=SECRET, at=self.at, randomness=self.randomness,
            )  # fmt: skip
            sealed = cipher.seal(self.site.settings.secret_key, Use.TOTP, made, APPLICATION, self.at)
            session.add(OfficerTotp(officer_id=made, sealed=sealed, last_step=0, added_at=self.at))
        return self.acting(login, publisher)

    def code(self, login: str, publisher: str = "dgefp") -> str:
        """A code of the application of an officer: each once, three a minute."""
        now = int(self.at.timestamp()) // totp.STEP_SECONDS
        with reading(self.site.engine) as session:
            last = session.scalars(
                select(OfficerTotp.last_step).where(
                    OfficerTotp.officer_id == self.acting(login, publisher).id
                )
            ).one()
        step = max(last + 1, now - totp.DRIFT)
        assert step <= now + totp.DRIFT, "the clock of the test stands still: no code is left"
        return HOTP(APPLICATION).at(step)

    def randomness(self, count: int) -> bytes:
        return self.site.app.extensions["kiosk"].randomness(count)  # type: ignore[no-any-return]

    def find(self, text: str = EMAIL) -> str:
        with reading(self.site.engine) as session:
            return people.only(people.named(session, "dgefp", list(self.offered), text))

    def asked(self, officer: Person, text: str = EMAIL, service: str | None = None) -> str:
        with writing(self.site.engine) as session:
            return services.ask(
                session, officer, subject_id=self.find(text), service=service, grounds=COURT, at=self.at,
                randomness=self.randomness,
            )  # fmt: skip

    def approve(self, officer: Person, request_id: str) -> None:
        with writing(self.site.engine) as session:
            services.approve(session, officer, request_id, self.offered, self.at)

    def get(self, request_id: str) -> Request:
        with reading(self.site.engine) as session:
            return services.get(session, "dgefp", request_id, self.at)

    def make(self, request_id: str) -> bytes:
        return assembling.make(self.site.engine, self.site.settings, self.offered, self.get(request_id))

    def released(self, text: str = EMAIL, service: str | None = None) -> str:
        """A request that one officer made and another approved; returns its identifier."""
        logins = {one.login for one in self.officers()}
        first, second = (
            self.officer(login, function) if login not in logins else self.acting(login)
            for login, function in (("c.martin", "Juriste"), ("a.durand", "Directrice juridique"))
        )
        self.site.clock.move(minutes=1)
        request_id = self.asked(first, text, service)
        self.site.clock.move(minutes=1)
        self.approve(second, request_id)
        return request_id

    def officers(self) -> list[officers.Officer]:
        with reading(self.site.engine) as session:
            return officers.every(session, "dgefp")

    def acting(self, login: str, publisher: str = "dgefp") -> Person:
        with reading(self.site.engine) as session:
            found = officers.at_work(session, publisher, login)
        assert found
        return found
