"""How people answer a version is told in numbers from which nobody can be picked out."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from kiosk.acceptance.models import Decision, Subject
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.ledger.models import StatementRow
from kiosk.legal_desk import charts, watching
from kiosk.legal_desk.watching import Series, Size, watch
from kiosk.notices import announcements
from kiosk.notices.models import Announcement, NotificationRow
from kiosk.staff.roles import Role
from kiosk.texts.models import PublishedVersion
from kiosk.traces.models import Trace
from tests.kiosk.legal_desk.team import DESK, Team

PAGE = f"{DESK}/versions/soffi/cgu/sans-date-1/suivi"
_numbers = count()


def a_hash() -> str:
    return f"{next(_numbers):064x}"


def an_id() -> str:
    return f"{next(_numbers):032x}"


def fill(team: Team, told: int, accepted: int, refused: int, bounced: int, seen: int) -> int:
    """Tell people of SOFFi's version, and have some of them answer a day later; returns its id."""
    at = team.site.clock() - timedelta(days=3)
    rows: dict[Any, list[dict[str, Any]]] = {
        model: [] for model in (StatementRow, Account, Subject, NotificationRow, Decision, Trace)
    }
    with writing(team.site.engine) as session:
        version = session.scalars(select(PublishedVersion).where(PublishedVersion.service == "soffi")).one()
        announcements.announce(session, version, "dgefp", at=at, hold=timedelta(0))
        session.get_one(Announcement, version.id).told = told

        def said(kind: str, when: datetime) -> str:
            digest = a_hash()
            rows[StatementRow].append({"hash": digest, "kind": kind, "body": b"{}", "recorded_at": when})
            return digest

        for number in range(told):
            account, subject = an_id(), an_id()
            rows[Account].append(
                {
                    "id": account, "publisher": "dgefp", "service": "soffi", "profile": "opco",
                    "email": f"p{number}@example.org", "email_key": f"p{number}@example.org",
                    "password_hash": "x", "renewal_told": 0, "password_changed_at": at,
                    "created_at": at - timedelta(days=1),
                }
            )  # fmt: skip
            rows[Subject].append({"id": subject, "account_id": account})
            for state in ["handed", "bounced"][: 2 if number < bounced else 1]:
                rows[NotificationRow].append(
                    {
                        "statement_hash": said("notification", at), "subject_id": subject,
                        "about": version.statement_hash, "purpose": "publication", "channel": "mail",
                        "state": state, "handed_at": at, "message": None,
                    }
                )  # fmt: skip
            if number < seen:
                rows[Trace].append(
                    {
                        "account_id": account, "event": "document-shown", "at": at, "service": "soffi",
                        "version_id": version.id, "day": at.date(), "salt": b"0" * 16,
                    }
                )  # fmt: skip
            kind = "accepted" if number < accepted else "refused" if number < accepted + refused else None
            if kind is not None:
                when = at + timedelta(days=1)
                rows[Decision].append(
                    {
                        "id": an_id(), "subject_id": subject, "version_id": version.id, "service": "soffi",
                        "terms": "cgu", "kind": kind, "sequence": 1, "decided_at": when, "form_id": an_id(),
                        "statement_hash": said("decision", when),
                    }
                )  # fmt: skip
        for model, values in rows.items():
            if values:
                session.execute(insert(model), values)
        return version.id


def watched(team: Team, version_id: int) -> watching.Watched:
    with reading(team.site.engine) as session:
        return watch(session, session.get_one(PublishedVersion, version_id))


def test_what_is_counted_of_a_version(team: Team) -> None:
    found = watched(team, fill(team, told=45, accepted=21, refused=3, bounced=11, seen=30))
    tens = {series.value: size.tens for series, size in found.sizes.items()}
    assert tens == {
        "told": 40, "handed": 40, "undelivered": 10, "seen": 30, "accepted": 20, "refused": None,
        "deferred": None, "left": None, "silent": 20,
    }  # fmt: skip
    (first, early), (second, late) = found.days
    assert (second - first).days == 1
    assert [early[one].tens for one in (Series.HANDED, Series.SEEN, Series.ACCEPTED)] == [40, 30, None]
    assert [late[one].tens for one in (Series.HANDED, Series.ACCEPTED)] == [40, 20]


def test_the_page_its_pictures_and_its_file_say_the_same(light_team: Team) -> None:
    team = light_team
    fill(team, told=45, accepted=21, refused=3, bounced=11, seen=30)
    team.officer("r.electeur", Role.REVIEWER)
    browser = team.come("r.electeur").get(PAGE)
    assert "Ont accepté 20" in browser.words
    assert "Ont refusé moins de 10" in browser.words
    assert not re.search(r"\b(21|45|11)\b", browser.words.partition("Où en sont")[2])
    pictures = re.findall(r'src="([^"]+\.svg)"', browser.html)
    assert [one.rsplit("/")[-1] for one in pictures] == [
        "handed.svg", "undelivered.svg", "seen.svg", "accepted.svg",
    ]  # fmt: skip
    drawn = ET.fromstring(browser.get(pictures[-1]).html)
    assert drawn.tag.endswith("svg")
    assert not [one for one in drawn.iter() if {"style", "onload"} & set(one.attrib)]
    assert browser.get(f"{PAGE}/left.svg").status == 404
    file = browser.get(f"{PAGE}.csv").html
    assert "Ont accepté;20" in file
    assert "Ont refusé;moins de 10" in file


def test_others_watch_nothing(light_team: Team) -> None:
    light_team.officer("s.upport", Role.SUPPORT)
    light_team.officer("o.pca", Role.AUTHOR, publisher="ocapiat")
    for path in (PAGE, f"{PAGE}.csv", f"{PAGE}/accepted.svg"):
        assert light_team.come("s.upport").get(path).status == 403
        assert light_team.come("o.pca", "ocapiat").get(path.replace("dgefp", "ocapiat")).status == 404


@given(parts=st.lists(st.integers(0, 40), min_size=2, max_size=5), which=st.data())
def test_no_number_that_is_hidden_can_be_worked_out(parts: list[int], which: st.DataObject) -> None:
    """Another count of the hidden group would show the very same numbers, the total's included."""
    hidden = [place for place, size in enumerate(parts) if size < watching.GROUP]
    if not hidden:
        return
    place = which.draw(st.sampled_from(hidden))

    def told(sizes: list[int]) -> list[int | None]:
        return [Size.of(size).tens for size in (*sizes, sum(sizes))]

    others = []
    for other in range(watching.GROUP):
        for give in range(-9, 10):  # a neighbour may hold a few more, or fewer, within its ten
            changed = list(parts)
            changed[place] = other
            neighbour = (place + 1) % len(parts)
            changed[neighbour] = max(0, changed[neighbour] + give)
            others.append((other, told(changed)))
    same = {other for other, shown in others if shown == told(parts)}
    assert len(same) > 1


@pytest.mark.parametrize("days", [1, 2, 40])
def test_a_picture_names_a_few_days(days: int) -> None:
    drawn = charts.line([(date(2026, 11, 1) + timedelta(days=one), one * 10) for one in range(days)])
    texts = [one.text for one in ET.fromstring(drawn).iter() if one.tag.endswith("text")]
    assert any("/" in (text or "") for text in texts)
