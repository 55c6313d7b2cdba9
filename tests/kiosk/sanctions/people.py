"""People who accepted, put there without their pages, and what a notice says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kiosk import worker
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts import services as accounts
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger import services as ledger
from kiosk.ledger.models import StatementRow
from kiosk.proof import statement as statements
from kiosk.proof.commitment import Opening
from kiosk.retention.erasures import Office
from kiosk.sanctions import register, words
from kiosk.sanctions.checking import Notice, Ruling
from kiosk.sanctions.models import SanctionAct, SanctionProposal
from kiosk.sanctions.policy import Ground, Measure
from kiosk.sanctions.recording import Author
from kiosk.sanctions.register import Procedure
from kiosk.security import keyed_hasher
from kiosk.texts.naming import document
from kiosk.texts.services import current
from kiosk.worker import WorkerContext
from tests.kiosk.proof.making import members
from tests.kiosk.web import Browser, Site

OFFICER = Author("a" * 32, "Cheffe du bureau des services", "Camille Durand")
DIRECTOR = Author("b" * 32, "Directrice adjointe", "Dominique Lefort")
FACTS = "Le 3 novembre, des fichiers étrangers au service ont été déposés."
ACTIONS = "Retirez ces fichiers, puis répondez ici."
CONTACT = "bureau des services, 01 23 45 67 89"


@dataclass(frozen=True)
class Case:
    """A site where measures are taken, and one person who accepted."""

    site: Site
    account_id: str
    subject_id: str
    service: str
    publisher: str

    @property
    def office(self) -> Office:
        held = self.site.app.extensions["kiosk"]
        return Office(held.services, "demonstration", "http://localhost", held.randomness)

    def browser(self) -> Browser:
        """A browser where the person is signed in."""
        browser, site = self.site.browser(), self.site
        with writing(site.engine) as session:
            opened = accounts.sign_in(
                session, self.account_id, at=site.clock(), randomness=self.office.randomness,
                hasher=keyed_hasher(site.settings.secret_key),
            )  # fmt: skip
        with browser.client.session_transaction() as cookie:
            cookie["sign_in"] = opened.token
        return browser

    def act(self, what: Any, *arguments: Any, **named: Any) -> Any:
        """Do one act of `services` in a transaction of its own."""
        with writing(self.site.engine) as session:
            return what(session, self.office, *arguments, **named)

    def work(self) -> None:
        """Let the mails leave, and seal."""
        worker.run_once(WorkerContext(self.site.settings, self.site.engine, self.site.clock))

    def retain(self) -> None:
        """Let the worker keep terms."""
        worker.retain(WorkerContext(self.site.settings, self.site.engine, self.site.clock))

    def letters(self) -> list[str]:
        """What left, as the demonstration writes it, oldest first."""
        return [one.read_text("utf-8") for one in sorted(self.site.settings.mail_dir.glob("*.txt"))]

    def procedure(self) -> Procedure:
        with reading(self.site.engine) as session:
            (found,) = register.of_account(session, self.account_id)
        return found

    def said(self) -> list[dict[str, Any]]:
        """The statements of acts, in order."""
        with reading(self.site.engine) as session:
            rows = session.scalars(
                select(StatementRow.body)
                .where(StatementRow.kind == "sanction")
                .order_by(StatementRow.recorded_at)
            ).all()
        return [dict(statements.parse(body).members) for body in rows]

    def acts(self) -> list[SanctionAct]:
        with reading(self.site.engine) as session:
            return list(session.scalars(select(SanctionAct).order_by(SanctionAct.at, SanctionAct.sequence)))

    def measures(self) -> Any:
        with reading(self.site.engine) as session:
            return session.scalars(select(Account.measures).where(Account.id == self.account_id)).one()

    def proposals(self) -> int:
        return self.site.count(SanctionProposal)

    def notice(self, **changes: Any) -> Notice:
        publisher = self.office.services[self.service].publisher
        values: dict[str, Any] = {
            "service": self.service, "terms": "cgu", "provision": PROVISIONS[self.service],
            "measure": Measure.SUSPENSION, "ground": Ground.BREACH, "facts": FACTS, "actions": ACTIONS,
            "contact": CONTACT, "assistance": words.assistance(publisher), "days": 8,
        }  # fmt: skip
        return Notice(**(values | changes))


PROVISIONS = {"soffi": "p-61", "ocapiat": "article-9", "portail": "section-13-2"}


def ruling(**changes: Any) -> Ruling:
    values: dict[str, Any] = {
        "measure": Measure.SUSPENSION, "ground": Ground.NOT_CURED,
        "facts": "Les fichiers sont toujours là.", "actions": ACTIONS,
    }  # fmt: skip
    return Ruling(**(values | changes))


def accepted(site: Site, service: str = "soffi", publisher: str = "dgefp", number: int = 7) -> Case:
    """Put somebody there who accepted the version in force of each service that this one asks for."""
    account_id, subject_id, at = f"{number:032x}", f"{number + 90:032x}", site.clock()
    held = site.app.extensions["kiosk"].services
    with writing(site.engine) as session:
        email = f"p{number}@example.org"
        session.add(
            Account(
                id=account_id, publisher=publisher, service=service, email=email, email_key=email,
                password_hash="x", password_changed_at=at, created_at=at, last_signed_in_at=at,
                closing_id=f"{number + 50:032x}",
            )
        )  # fmt: skip
        session.flush()
        session.add(Subject(id=subject_id, account_id=account_id))
        wanted = [*held[service].requires, service]
        for place, slug in enumerate(wanted):
            version = current(session, slug, "cgu", at)
            assert version is not None
            decision_id = f"{number * 100 + place + 1:032x}"
            opening = Opening("account", bytes([place] * 16), account_id)
            said = members() | {"id": decision_id, "subject": subject_id, "document": document(version)}
            made = statements.make(statements.Kind.DECISION, "demonstration", at, said, (opening,))
            session.add(
                Decision(
                    id=decision_id, subject_id=subject_id, version_id=version.id, service=slug, terms="cgu",
                    kind="accepted", sequence=1, decided_at=at, form_id=decision_id,
                    statement_hash=ledger.record(session, made, (opening,), at),
                )
            )  # fmt: skip
    return Case(site, account_id, subject_id, service, publisher)
