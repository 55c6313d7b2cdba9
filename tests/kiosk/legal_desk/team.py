"""A legal team: who writes, who approves, who publishes, and a kiosk where they do."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace

from pyotp import HOTP
from sqlalchemy.orm import Session

from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Address, Metadata, Origin, Service
from kiosk.db import reading, writing
from kiosk.legal_desk import attachments as desk_attachments
from kiosk.legal_desk import drafts
from kiosk.legal_desk import writing as desk_writing
from kiosk.legal_desk.acts import Desk, Detail, let, record
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.policy import Act
from kiosk.staff import cipher, officers, totp
from kiosk.staff.cipher import Use
from kiosk.staff.models import OfficerTotp
from kiosk.staff.officers import Person
from kiosk.staff.roles import Grant, Role
from kiosk.texts import attachments
from kiosk.texts import services as texts
from tests.kiosk.web import Browser, Site

SECRET = "Le parapheur, 7 chemises vertes !"
APPLICATION = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SOFFI = Address("soffi", "cgu", "v2")
TEXT = "# Conditions générales\n\n## Article 1\n\nUne phrase, et une autre.\n".encode()
DESK = "/dgefp/espace-juridique"


@dataclass
class Team:
    """The kiosk and those who work at its legal desk."""

    site: Site

    @property
    def desk(self) -> Desk:
        return Desk(self.site.settings.mode.value, os.urandom)

    @property
    def service(self) -> Service:
        return load(self.site.settings.texts_dir).service("soffi")

    def officer(
        self, login: str, *grants: Role | Grant, publisher: str = "dgefp", function: str = "Juriste"
    ) -> Person:
        """Somebody whose application gives codes, with these roles everywhere."""
        with writing(self.site.engine) as session:
            made = officers.add(
                session, publisher=publisher, login=login, name="Prénom Nom", function=function,
                grants=grants or (Role.AUTHOR,), secret=SECRET, at=self.site.clock(), randomness=os.urandom,
            )  # fmt: skip
            sealed = cipher.seal(
                self.site.settings.secret_key, Use.TOTP, made, APPLICATION, self.site.clock()
            )
            session.add(OfficerTotp(officer_id=made, sealed=sealed, last_step=0, added_at=self.site.clock()))
        with reading(self.site.engine) as session:
            found = officers.at_work(session, publisher, login)
        assert found
        return found

    def come(self, login: str, publisher: str = "dgefp") -> Browser:
        """Sign in with both factors; codes are used once: the clock moves on to the next."""
        self.site.clock.move(seconds=totp.STEP_SECONDS)
        browser = self.site.browser().get(f"/{publisher}/equipe").send(login=login, secret=SECRET)
        code = HOTP(APPLICATION).at(int(self.site.clock().timestamp()) // totp.STEP_SECONDS)
        return browser.send(code=code)

    def content(self, *edits: tuple[str, str]) -> Content:
        """The words of SOFFi's text, with edits, as somebody would make a version of them."""
        with reading(self.site.engine) as session:
            row = texts.current(session, "soffi", "cgu", self.site.clock())
            assert row
            text, metadata = row.text.decode(), texts.metadata(row)
        for old, new in edits:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        return Content(text.encode(), of_a_draft(metadata))

    def open(
        self,
        author: Person,
        *edits: tuple[str, str],
        address: Address = SOFFI,
        what: Content | None = None,
    ) -> Held:
        """A draft by `author` of SOFFi's text with edits of its words, or of `what`."""
        what = what or self.content(*edits)
        with writing(self.site.engine) as session:
            made = desk_writing.open_draft(
                session, self.desk, author, self.service, address, what, self.site.clock()
            )
        return self.get(made)

    def plain(self) -> Content:
        """A short text without a fault, which promises nothing: it can be published as it stands."""
        with reading(self.site.engine) as session:
            row = texts.current(session, "soffi", "cgu", self.site.clock())
            assert row
            metadata = of_a_draft(texts.metadata(row))
        return Content(TEXT, replace(metadata, rules=()))

    def joined(self, name: str, content: bytes) -> Content:
        """The same text with an attachment, whose bytes are kept."""
        with writing(self.site.engine) as session:
            attachments.keep(session, content, self.site.clock())
        one = desk_attachments.made(name, "Guide", content)
        return desk_attachments.with_one(self.plain(), one, instead=False)

    def get(self, draft_id: str, publisher: str = "dgefp") -> Held:
        with reading(self.site.engine) as session:
            return drafts.find(session, publisher, draft_id)

    def do(self, draft_id: str, act: Act, officer: Person, detail: Detail | None = None) -> Held:
        """Do one plain act, a minute later."""
        self.site.clock.move(minutes=1)
        with writing(self.site.engine) as session:
            self.in_session(session, draft_id, act, officer, detail)
        return self.get(draft_id, officer.publisher)

    def in_session(
        self, session: Session, draft_id: str, act: Act, officer: Person, detail: Detail | None = None
    ) -> None:
        held = drafts.find(session, officer.publisher, draft_id)
        let(session, held, act, officer, self.site.clock())
        record(session, self.desk, held, act, officer, self.site.clock(), detail)

    def approved(self, author: Person, reviewers: Collection[Person], what: Content | None = None) -> Held:
        """A draft that each of `reviewers` approved: of a text without a fault, or of `what`."""
        held = self.open(author, what=what or self.plain())
        self.do(held.draft.id, Act.SUBMITTED, author)
        for one in reviewers:
            held = self.do(held.draft.id, Act.APPROVED, one)
        return held


def of_a_draft(metadata: Metadata) -> Metadata:
    """What a new version keeps of the one it follows: the rules, and nothing else."""
    return replace(
        metadata, label="v2", origin=Origin.PUBLICATION, declared_on=None, approved_on=None,
        published_at=None, effective_on=None, required_on=None, archived_on=None, approval=None,
        homologation=None, reason="Une délibération.", reason_kind="other", summary=None, corrects=None,
        source=None, transcription=1,
    )  # fmt: skip


def press(browser: Browser, at: str, **values: str) -> Browser:
    """Send a form of the page that goes to `at`: the one that says already what `values` say, if any does."""
    forms = [one for one in browser.forms if (one.action or browser.path) == at]
    assert forms, f"no form to {at}\n{browser.words}"
    chosen = next((one for one in forms if values.items() & one.values.items()), forms[0])
    browser.response = browser.client.post(at, data=chosen.values | values, follow_redirects=True)
    return browser
