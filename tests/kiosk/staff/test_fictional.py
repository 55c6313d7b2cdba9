"""The officers of a demonstration sign in with what its terminal shows now, and with nothing from before."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select

from kiosk.db import writing
from kiosk.staff import fictional, officers
from kiosk.staff.fictional import Proofs
from kiosk.staff.models import Officer
from tests.kiosk.staff.conftest import Team
from tests.kiosk.web import Browser


def renewed(team: Team) -> Proofs:
    with writing(team.site.engine) as session:
        return fictional.renew(
            session, ("dgefp", "ocapiat"), secret_key=team.site.settings.secret_key, at=team.site.clock(),
            randomness=os.urandom,
        )  # fmt: skip


def come(team: Team, proofs: Proofs, login: str = "a.exemple", publisher: str = "dgefp") -> Browser:
    browser = team.come(login, publisher, proofs.secret)
    return browser.send(code=team.code(proofs.key)) if "code" in browser.form().types else browser


@pytest.mark.parametrize(("login", "publisher"), [("a.exemple", "dgefp"), ("b.exemple", "ocapiat")])
def test_each_signs_in_at_once_with_what_was_shown(team: Team, login: str, publisher: str) -> None:
    browser = come(team, renewed(team), login, publisher)
    assert browser.get(f"/{publisher}/equipe/journal").path == f"/{publisher}/equipe/journal"
    assert "(fonction imaginaire)" in browser.words


def test_what_was_shown_before_opens_nothing_and_who_left_stays_away(team: Team) -> None:
    before = renewed(team)
    with writing(team.site.engine) as session:
        officers.deactivate(session, "dgefp", "b.exemple", team.site.clock())
    now = renewed(team)
    assert (before.secret, before.key) != (now.secret, now.key)
    assert "Identifiant ou secret inexact." in team.come("a.exemple", "dgefp", before.secret).words
    assert come(team, now).get("/dgefp/equipe/journal").path == "/dgefp/equipe/journal"
    with writing(team.site.engine) as session:
        left = session.scalars(select(Officer).where(Officer.deactivated_at.is_not(None))).all()
    assert [one.login for one in left] == ["b.exemple"]
    assert team.site.count(Officer) == 4


def test_letters_alone_are_drawn_and_the_secret_is_accepted(team: Team) -> None:
    """A draw without a digit would leave the demonstration closed: the rule wants one."""

    def letters(count: int) -> bytes:
        return bytes(count) if count == fictional._SECRET_BYTES else os.urandom(count)

    with writing(team.site.engine) as session:
        proofs = fictional.renew(
            session, ("dgefp",), secret_key=team.site.settings.secret_key, at=team.site.clock(),
            randomness=letters,
        )  # fmt: skip
    assert proofs.secret.endswith("-aaaaaaaa-aaaaaaaa")
    assert come(team, proofs).get("/dgefp/equipe/journal").path == "/dgefp/equipe/journal"
