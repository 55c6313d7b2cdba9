"""A browser for tests: it follows forms as they are written in the page, CSRF token included."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from cgu_archive.corpus.loader import load
from kiosk.acceptance.confirmations import complete
from kiosk.accounts import registration
from kiosk.config import Settings
from kiosk.db import reading, writing
from kiosk.notices import publication
from kiosk.notices.models import Task
from kiosk.security import keyed_hash
from kiosk.texts.models import PublishedVersion

_numbers = itertools.count(1)

PASSWORD = "Un pré vert, 7 vaches !"
EMAIL = "camille.martin@example.org"


ANSWERS = {
    "civilite": "Madame", "nom": "Martin", "prenom": "Camille", "telephone": "03 21 00 00 00",
    "telephone-portable": "06 12 34 56 78", "date-de-naissance": "31/01/1990",
    "adresse-postale": "1 rue Haute\n62000 Arras", "statut": "Conseillère", "siren": "732 829 320",
    "siret": "732 829 320 00074", "raison-sociale": "CFA des Prés", "denomination": "Les Trois Ponts",
}  # fmt: skip
"""What a person answers to each question of a service, unless the test says otherwise."""


@dataclass
class Hands:
    """A clock that the test moves."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def move(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass
class Site:
    """A kiosk with the texts of the repository, and what a test may look at from behind."""

    app: Flask
    engine: Engine
    clock: Hands
    settings: Settings
    log: StringIO
    statements: list[str] = field(default_factory=list)

    def browser(self) -> Browser:
        return Browser(self, self.app.test_client())

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the mails queued, as they will leave, oldest first."""
        with reading(self.engine) as session:
            tasks = session.scalars(select(Task).where(Task.kind == "mail").order_by(Task.id)).all()
            return [
                dict(complete(session, task.payload, self.settings))
                for task in tasks
                if to is None or task.payload.get("to") == to
            ]

    def publish(self, address: str = "demonstration/cgu/v7") -> PublishedVersion:
        """Publish a draft of the repository now."""
        corpus = load(self.settings.texts_dir)
        draft = corpus.version(address)
        with writing(self.engine) as session:
            return publication.publish(
                session,
                corpus.service(draft.address.service),
                draft,
                environment=self.settings.mode.value,
                reason="Essai.",
                at=self.clock.at,
            )

    def give_code(self, service: str) -> str:
        """Return a registration code that the publisher just gave."""
        code = f"RSA-{next(_numbers):08}"
        with self.app.app_context(), writing(self.engine) as session:
            registration.add(session, service, [code], at=self.clock.at, hasher=keyed_hash)
        return code

    def count(self, table: Any) -> int:
        with reading(self.engine) as session:
            return len(session.execute(select(table)).all())


@dataclass
class Form:
    """One form of a page, with what it holds already."""

    action: str
    values: dict[str, str]
    types: dict[str, str]
    checked: list[str]


class Browser:
    """Walks through pages."""

    def __init__(self, site: Site, client: FlaskClient) -> None:
        self.site = site
        self.client = client
        self.response: TestResponse

    def get(self, path: str) -> Browser:
        """Open a page and follow redirections."""
        self.response = self.client.get(path, follow_redirects=True)
        return self

    def send(self, *, follow: bool = True, at: str | None = None, **values: str) -> Browser:
        """Fill the form of the page and send it; `at` is where it goes when the page has several."""
        form = self.form(at)
        action = form.action or self.path
        self.response = self.client.post(action, data=form.values | values, follow_redirects=follow)
        return self

    @property
    def path(self) -> str:
        return self.response.request.path

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def tree(self) -> Any:
        """The page as libxml2 reads it: ten times as fast as the standard's own algorithm."""
        return lxml.html.document_fromstring(self.html)

    @property
    def words(self) -> str:
        """The words of the page, white space as single spaces."""
        return " ".join(" ".join(self.tree.xpath("//text()")).split())

    @property
    def forms(self) -> list[Form]:
        """The forms of the page, but for the one of every page that chooses a language."""
        return [_form(one) for one in self.tree.iter("form") if one.get("action") != "/langue"]

    def form(self, at: str | None = None) -> Form:
        """Return the form of the page that is not the one to sign out."""
        found = [one for one in self.forms if "deconnexion" not in one.action]
        if at is not None:
            found = [one for one in self.forms if one.action == at]
        assert len(found) == 1, f"{self.path} ({self.status}): {len(found)} forms\n{self.words}"
        return found[0]

    # The steps of a person

    def prove(self, publisher: str, service: str, email: str = EMAIL) -> Browser:
        """Start a sign-up and give the code of the mail."""
        self.get(f"/{publisher}/{service}/inscription").send(email=email)
        return self.send(code=code_of(self.site.mails(email)[-1]))

    def sign_up(
        self, publisher: str, service: str, email: str = EMAIL, password: str = PASSWORD, **values: str
    ) -> Browser:
        """Sign up as far as the decision."""
        return self.prove(publisher, service, email).send(password=password).introduce(**values)

    def introduce(self, **values: str) -> Browser:
        """Go through the pages that ask who the person is, with answers for all that they ask."""
        for _ in range(5):
            if "/inscription/" not in self.path:
                return self
            asked = self.form().types
            if "company" in asked:
                self.send(confirmation="oui" if 'value="oui"' in self.html else "declarer")
                continue
            if "code-inscription" in asked and "code-inscription" not in values:
                values["code-inscription"] = self.site.give_code(self.path.split("/")[2])
            answers = ANSWERS | values
            self.send(**{name: answers[name] for name in asked if name in answers})
        raise AssertionError(f"{self.path} ({self.status}): {self.words}")

    def sign_in(self, publisher: str, email: str = EMAIL, password: str = PASSWORD) -> Browser:
        return self.get(f"/{publisher}/connexion").send(email=email, password=password)

    def accept(self, **values: str) -> Browser:
        return self.send(box="1", choice="accepter", **values)


def code_of(mail: dict[str, Any]) -> str:
    found = re.search(r"\b\d{6}\b", mail["body"])
    assert found, mail["body"]
    return found.group()


def link_of(mail: dict[str, Any]) -> str:
    found = re.search(r"https?://\S+", mail["body"])
    assert found, mail["body"]
    return found.group()


def _form(element: Any) -> Form:
    values: dict[str, str] = {}
    types: dict[str, str] = {}
    checked: list[str] = []
    for one in (*element.iter("input"), *element.iter("textarea")):
        name, kind = one.get("name"), one.get("type", one.tag)
        types[name] = kind
        if one.get("checked") is not None:
            checked.append(name)
        if kind not in ("checkbox", "radio") or one.get("checked") is not None:
            # Browsers drop the first line feed of a text area; this parser does not.
            values[name] = one.get("value") if one.tag == "input" else (one.text or "").removeprefix("\n")
    return Form(element.get("action", ""), {k: v or "" for k, v in values.items()}, types, checked)


Making = Callable[..., Site]
