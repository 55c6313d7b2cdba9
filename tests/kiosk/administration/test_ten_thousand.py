"""Ten thousand people are paged without work for all of them, each on one page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, text

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.administration import people
from kiosk.administration.people import PAGE, STEP, State
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.texts.models import PublishedVersion
from tests.kiosk.notices.test_ten_thousand import PEOPLE, open_accounts
from tests.kiosk.web import Site

KINDS = ("accepted", "accepted", "accepted", "refused")


def decide(site: Site) -> int:
    """Let three in four of those who decided accept, the others refuse, and every fifth stay silent."""
    with writing(site.engine) as session:
        version = session.scalars(
            select(PublishedVersion.id)
            .where(PublishedVersion.service == "demonstration")
            .order_by(PublishedVersion.id.desc())
        ).first()
        assert version
        ids = session.scalars(select(Account.id).order_by(Account.id)).all()
        deciding = [(n, one) for n, one in enumerate(ids) if n % 5]
        session.execute(insert(Subject), [{"id": f"{n:032x}", "account_id": one} for n, one in deciding])
        at = site.clock()
        session.execute(
            insert(StatementRow),
            [{"hash": f"{n:064x}", "kind": "decision", "body": b"x", "recorded_at": at} for n, _ in deciding],
        )
        rows: list[dict[str, Any]] = [
            {
                "id": f"{n:032x}", "subject_id": f"{n:032x}", "version_id": version,
                "service": "demonstration", "terms": "cgu", "kind": KINDS[n % 4], "sequence": 1,
                "decided_at": at, "form_id": f"{n:032x}", "statement_hash": f"{n:064x}",
            }
            for n, _ in deciding
        ]  # fmt: skip
        session.execute(insert(Decision), rows)
    if site.engine.dialect.name == "postgresql":
        with site.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))
    return version


@pytest.fixture
def crowd(site: Site) -> tuple[Site, int]:
    """Ten thousand people, and the version they decided on."""
    open_accounts(site, PEOPLE)
    return site, decide(site)


def test_a_page_looks_at_few_people_and_every_page_together_at_each_once(crowd: tuple[Site, int]) -> None:
    site, version = crowd
    seen: list[str] = []
    rows = 0

    def read(states: tuple[State, ...], after: str = "") -> list[str]:
        nonlocal rows
        with reading(site.engine) as session:
            real = session.execute

            def counted(*asked: Any, **named: Any) -> Any:
                nonlocal rows
                result = real(*asked, **named).freeze()
                rows += len(result().all())
                return result()

            session.execute = counted  # type: ignore[method-assign]
            found = people.page(session, "ville-exemple", "demonstration", version, states, after)
        return [one.account_id for one in found]

    first = read(tuple(State))
    assert (len(first), rows) == (PAGE, STEP), "one short step"
    after = ""
    while page := read((State.SILENT,), after):
        seen += page
        after = page[-1]
    assert len(seen) == len(set(seen)) == PEOPLE // 5
    assert seen == sorted(seen)
    rows = 0
    assert read((State.RENOUNCED,)) == []
    assert rows == PEOPLE, "each once, in a few steps"
    with reading(site.engine) as session:
        counted = people.counts(session, "ville-exemple", "demonstration", version)
    assert (counted[State.SILENT], sum(counted.values())) == (PEOPLE // 5, PEOPLE)
