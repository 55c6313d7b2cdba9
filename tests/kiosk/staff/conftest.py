"""A demonstration with an evidence room, on SQLite, and the officers that a test adds to it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from pyotp import HOTP
from sqlalchemy import Engine

from kiosk.db import reading, writing
from kiosk.staff import officers, totp
from kiosk.staff.officers import Person
from kiosk.staff.roles import Grant, Role
from tests.kiosk.web import Browser, Making, Site

SECRET = "Le greffe, 4 dossiers bleus !"
TEAM = "/dgefp/equipe"


@dataclass
class Team:
    """The officers of a kiosk, and browsers in their hands."""

    site: Site

    def add(self, login: str, *grants: Role | Grant, publisher: str = "dgefp") -> Person:
        with writing(self.site.engine) as session:
            officers.add(
                session, publisher=publisher, login=login, name="Prénom Nom", function="Juriste",
                grants=grants or (Role.EVIDENCE,), secret=SECRET, at=self.site.clock(), randomness=os.urandom,
            )  # fmt: skip
        return self.get(login, publisher)

    def get(self, login: str, publisher: str = "dgefp") -> Person:
        with reading(self.site.engine) as session:
            found = officers.at_work(session, publisher, login)
        assert found
        return found

    def come(self, login: str, publisher: str = "dgefp", secret: str = SECRET) -> Browser:
        """Give login and secret: the second factor is asked, or an officer without one chooses it."""
        return self.site.browser().get(f"/{publisher}/equipe").send(login=login, secret=secret)

    def code(self, secret: str, steps: int = 0) -> str:
        """What the application that has `secret` shows now, or so many steps from now."""
        return HOTP(secret).at(int(self.site.clock().timestamp()) // totp.STEP_SECONDS + steps)

    def enrol(self, browser: Browser) -> tuple[str, list[str]]:
        """Add an application at the first sign-in; returns its secret and the codes on paper."""
        browser.get(f"{browser.path}/application")
        secret = secret_of(browser)
        browser.send(code=self.code(secret))
        assert browser.status == 200, browser.words
        return secret, codes_of(browser)


def secret_of(browser: Browser) -> str:
    """The secret that a page shows in words."""
    return browser.html.partition('id="cle-ecrite">')[2].partition("<")[0].replace(" ", "")


def codes_of(browser: Browser) -> list[str]:
    """The codes on paper that a page shows."""
    return [part.partition("<")[0] for part in browser.html.split("<li><code>")[1:]]


@pytest.fixture
def team(light: Engine, make_site: Making) -> Team:
    return Team(make_site(light, evidence_desk=True))
