"""What comes between reading and writing a decision: on PostgreSQL nothing is held meanwhile."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, select

from kiosk.acceptance import recording, screens
from kiosk.acceptance.asking import lock_account
from kiosk.acceptance.errors import OvertakenError
from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import Disclosure, Pending, StatementRow
from kiosk.notices.models import Task
from kiosk.retention.erasures import Office
from kiosk.retention.services import close_account
from tests.kiosk.web import Browser, Site

DECIDE = "/dgefp/portail/cgu/decider"
ACCEPT = {"box": "1", "choice": "accepter"}

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture(autouse=True)
def _screen_kept(site: Site) -> None:
    """Nobody decides first on a screen here: who does keeps it too, and takes more than one statement."""
    with writing(site.engine) as session:
        screens.keep(session, screens.current(), "demonstration", site.clock(), secrets.token_bytes)


@pytest.fixture
def written(site: Site) -> list[str]:
    """The statements that wrote decisions, as they come."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO decision" in statement or statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(site.engine, "before_cursor_execute", note)
    return found


def meanwhile(site: Site, act: Callable[[], object]) -> None:
    """Do `act` once the next decision was read, before it is written."""
    house = site.app.extensions["kiosk"]
    real = house.randomness

    def draw(count: int) -> bytes:
        if house.randomness is draw:
            house.randomness = real
            with ThreadPoolExecutor(1) as other:
                other.submit(act).result(30)
        return real(count)

    house.randomness = draw


def other_browser(site: Site) -> Browser:
    """Return another browser of the same person, on the screen of the decision."""
    return site.browser().sign_in("dgefp").get(DECIDE)


def chain(site: Site) -> list[tuple[str, int]]:
    """Return each decision and the number of the one that it says it follows, -1 for none."""
    wanted = (
        select(Decision.kind, Decision.statement_hash, StatementRow.body)
        .join(StatementRow, StatementRow.hash == Decision.statement_hash)
        .order_by(Decision.decided_at, Decision.sequence)
    )
    with reading(site.engine) as session:
        rows = session.execute(wanted).all()
    hashes = [digest for _, digest, _ in rows]
    return [
        (kind, hashes.index(previous) if (previous := json.loads(body)["previous"]) else -1)
        for kind, _, body in rows
    ]


def turn(site: Site) -> int:
    with reading(site.engine) as session:
        return session.scalars(select(Subject.turn)).one()


def test_what_is_read_and_written_at_once_is_all_that_is_promised(
    site: Site, browser: Browser, written: list[str]
) -> None:
    browser.sign_up("dgefp", "portail")
    del written[:]
    browser.accept()
    assert len(written) == 1
    assert chain(site) == [("accepted", -1)]
    with reading(site.engine) as session:
        decision = session.scalars(select(Decision)).one()
        assert session.scalars(select(Subject.id)).one() == decision.subject_id
        assert session.scalars(select(Pending.statement_hash)).all().count(decision.statement_hash) == 1
        assert session.scalars(select(Task.key).where(Task.key == f"decision:{decision.id}")).one()
        opened = select(Disclosure.field).where(Disclosure.statement_hash == decision.statement_hash)
        assert sorted(session.scalars(opened)) == ["account", "email"]


@pytest.mark.parametrize("choice", ["accepter", "refuser"])
def test_a_first_decision_that_another_overtook_follows_it(site: Site, browser: Browser, choice: str) -> None:
    browser.sign_up("dgefp", "portail")
    sent, other = browser.form().values | ACCEPT, other_browser(site)
    meanwhile(site, lambda: other.send(box="1", choice=choice))
    assert browser.client.post(DECIDE, data=sent).status_code == 303
    overtook = ("refused" if choice == "refuser" else "accepted", -1)
    assert chain(site) == ([overtook, ("accepted", 0)] if choice == "refuser" else [overtook])


def test_a_later_decision_that_another_overtook_follows_it(site: Site, browser: Browser) -> None:
    browser.sign_up("dgefp", "portail").accept()
    site.clock.move(minutes=1)
    sent, other = browser.get(DECIDE).form().values | {"choice": "renoncer"}, other_browser(site)
    meanwhile(site, lambda: other.send(choice="refuser"))
    answer = browser.client.post(DECIDE, data=sent)
    assert (answer.status_code, chain(site)) == (409, [("accepted", -1), ("refused", 0)])


@pytest.mark.parametrize("held", [False, True])
def test_a_decision_made_at_a_turn_that_is_over_is_made_again(
    site: Site, browser: Browser, written: list[str], monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    """Even after one on another version, which no key of the table would refuse."""
    browser.sign_up("dgefp", "portail").accept()
    site.clock.move(minutes=1)
    other = other_browser(site)
    if held:  # both ways of writing a decision raise the turn
        with monkeypatch.context() as patched:
            patched.setattr(recording, "_at_once", overtaken)
            other.send(box="1", choice="refuser")
    else:
        other.send(box="1", choice="refuser")
    assert turn(site) == 1
    site.clock.move(minutes=1)
    sent = browser.get(DECIDE).form().values | ACCEPT

    def raise_turn() -> None:
        with writing(site.engine) as session:
            session.scalars(select(Subject)).one().turn += 1

    del written[:]
    meanwhile(site, raise_turn)
    assert browser.client.post(DECIDE, data=sent).status_code == 303
    assert len(written) == 2
    assert turn(site) == 3
    assert chain(site) == [("accepted", -1), ("refused", 0), ("accepted", 1)]


def overtaken(*_: object) -> None:
    raise OvertakenError


@pytest.mark.requirement("P-33")
@pytest.mark.parametrize("end", ["deleted", "deactivated"])
@pytest.mark.parametrize("first", [True, False])
def test_who_may_not_come_in_any_more_decides_nothing(
    site: Site, browser: Browser, end: str, *, first: bool
) -> None:
    browser.sign_up("dgefp", "portail")
    if not first:
        browser.accept()
        site.clock.move(minutes=1)
        browser.get(DECIDE)
    sent = browser.form().values | (ACCEPT if first else {"choice": "refuser"})
    with reading(site.engine) as session:
        who = session.scalars(select(Account.id)).one()
    house = site.app.extensions["kiosk"]
    office = Office(house.services, "demonstration", "http://localhost", house.randomness)

    def close() -> None:
        with writing(site.engine) as session:
            if end == "deleted":
                close_account(session, who, office, site.clock())
            else:
                lock_account(session, who).deactivated_at = site.clock()

    meanwhile(site, close)
    assert browser.client.post(DECIDE, data=sent).status_code == 401
    assert site.count(Decision) == (0 if first else 1)
