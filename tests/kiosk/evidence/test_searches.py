"""A search for a person leaves a record that nobody takes away, says no name, and is not made without end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from kiosk import worker
from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.evidence import names, searches
from kiosk.evidence.forgetting import WORDS_KEPT_YEARS
from kiosk.evidence.searches import DAILY, HOURLY
from kiosk.retention.erasures import Office
from kiosk.retention.services import close_account
from kiosk.retention.terms import years_after
from kiosk.staff import records
from kiosk.staff.criteria import Criterion
from kiosk.staff.errors import AtOnceError, TooManyError
from kiosk.staff.models import OfficerRecord, SearchSalt
from kiosk.staff.officers import Person
from kiosk.staff.records import Act, Record
from tests.kiosk.evidence.case import OTHER, Case
from tests.kiosk.web import EMAIL
from tests.postgres import ON_BOTH, ON_SQLITE

pytestmark = ON_SQLITE

SECOND = timedelta(seconds=1)


@pytest.fixture
def jurist(case: Case) -> Person:
    return case.officer("c.martin", "Juriste")


def search(case: Case, officer: Person, text: str = EMAIL) -> tuple[str, ...]:
    with writing(case.site.engine) as session:
        return searches.search(
            session, officer, list(case.offered), text, at=case.at, randomness=case.randomness
        )


def journal(case: Case, publisher: str = "dgefp", most: int | None = None) -> list[Record]:
    with reading(case.site.engine) as session:
        return records.every(session, publisher, most=most)


def opened(case: Case) -> list[Record]:
    with reading(case.site.engine) as session:
        found = records.opened(session, "dgefp")
    salts = [one.search.salt for one in journal(case) if one.search]
    assert salts == [None] * len(salts), "the page does not load them"
    return found


def test_each_search_is_written_with_who_when_how_and_how_many_and_not_whom(
    case: Case, jurist: Person
) -> None:
    director = case.officer("a.durand", "Directrice juridique")
    with reading(case.site.engine) as session:
        account = session.scalars(select(Account.id).where(Account.email == EMAIL)).one()
    subject = case.find()
    start = case.at
    for officer, text, found in (
        (jurist, EMAIL, (subject,)), (jurist, OTHER, ()), (director, account, (subject,)),
        (director, "Dupont", ()),
    ):  # fmt: skip
        assert search(case, officer, text) == found
        case.site.clock.move(minutes=1)
    told = [
        (one.function, one.officer_id, one.sequence, one.at, one.search.criterion, one.search.found)
        for one in journal(case)
        if one.act is Act.SEARCHED and one.search
    ]
    minute = timedelta(minutes=1)
    assert told == [
        ("Directrice juridique", director.id, 2, start + 3 * minute, Criterion.OTHER, 0),
        ("Directrice juridique", director.id, 1, start + 2 * minute, Criterion.IDENTIFIER, 1),
        ("Juriste", jurist.id, 2, start + minute, Criterion.ADDRESS, 0),
        ("Juriste", jurist.id, 1, start, Criterion.ADDRESS, 1),
    ]
    assert journal(case, most=1) == journal(case)[:1]
    assert journal(case, "ocapiat") == []
    with reading(case.site.engine) as session:
        rows = session.execute(select(OfficerRecord.__table__)).all()
    written = " ".join(str(value) for row in rows for value in row)
    for typed in (EMAIL, "camille", OTHER, account, subject, "Dupont"):
        assert typed not in written, typed


def test_who_knows_a_person_can_tell_which_searches_were_for_them(case: Case, jurist: Person) -> None:
    for text in (EMAIL, OTHER, EMAIL):
        search(case, jurist, text)
    last, other, first = (one.search for one in opened(case))
    assert last
    assert other
    assert first
    assert last.value_hash != first.value_hash, "the same person, salted anew: rows do not tell"
    assert [one.was_for([OTHER[::-1], f" {EMAIL.upper()} "]) for one in (last, other, first)] == [
        True,
        False,
        True,
    ]
    assert not replace(last, salt=None).was_for([EMAIL])


@ON_BOTH
def test_a_person_who_was_searched_by_one_name_is_found_by_the_others(case: Case, jurist: Person) -> None:
    with reading(case.site.engine) as session:
        account = session.scalars(select(Account.id).where(Account.email == EMAIL)).one()
    case.decide(OTHER)
    subject, stranger = case.find(), case.find(OTHER)
    for typed in (EMAIL, account, subject, OTHER, stranger):
        search(case, jurist, typed)
        case.site.clock.move(minutes=1)

    def told(name: str, publisher: str = "dgefp") -> list[int]:
        with reading(case.site.engine) as session:
            known = names.every(session, publisher, name)
        return [one.sequence for one in opened(case) if one.search and one.search.was_for(known)]

    for name in (f" {EMAIL.upper()} ", account, subject):
        assert told(name) == [3, 2, 1], name
    assert told(stranger) == told(OTHER) == [5, 4]
    assert told(EMAIL, "ocapiat") == [1], "nobody of another publisher is named"
    kiosk = case.site.app.extensions["kiosk"]
    office = Office(kiosk.services, "publisher", case.site.settings.public_url, case.randomness)
    with writing(case.site.engine) as session:
        close_account(session, account, office, case.at, told=None)
    assert told(EMAIL) == told(subject) == [3, 1], "the archive holds the address and the subject together"
    assert told(account) == [2], "and nothing the account"


@pytest.mark.parametrize(
    ("count", "pause", "window"),
    [(HOURLY, timedelta(minutes=1), timedelta(hours=1)), (DAILY, timedelta(minutes=7), timedelta(days=1))],
    ids=["an hour", "a day"],
)
def test_one_officer_searches_so_often_then_waits_and_another_goes_on(
    case: Case, jurist: Person, count: int, pause: timedelta, window: timedelta
) -> None:
    start = case.at
    for number in range(count):
        case.site.clock.at = start + number * pause
        search(case, jurist, f"personne.{number}@example.org")
    before = len(journal(case))
    with pytest.raises(TooManyError, match=f"{count} recherches .*Vous pourrez recommencer le") as refused:
        search(case, jurist)
    assert refused.value.until == start + window
    assert len(journal(case)) == before, "what was refused was not searched"
    assert search(case, case.officer("a.durand", "Directrice juridique")) == (case.find(),)
    case.site.clock.at = start + window - SECOND
    with pytest.raises(TooManyError):
        search(case, jurist)
    case.site.clock.at = start + window
    assert search(case, jurist) == (case.find(),)
    with pytest.raises(TooManyError):
        search(case, jurist)


@ON_BOTH
def test_of_two_searches_at_once_the_limit_lets_one_through(case: Case, jurist: Person) -> None:
    for number in range(HOURLY - 1):
        search(case, jurist, f"personne.{number}@example.org")
    together, refused = Barrier(2), list[TooManyError]()

    def one() -> None:
        together.wait(30)
        try:
            search(case, jurist)
        except TooManyError as error:
            refused.append(error)

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(refused), len(journal(case))) == (1, HOURLY)


@ON_BOTH
def test_a_search_waits_for_the_one_before_and_counts_it(case: Case, jurist: Person) -> None:
    refused: list[TooManyError] = []

    def second() -> None:
        try:
            search(case, jurist)
        except TooManyError as error:
            refused.append(error)

    thread = Thread(target=second)
    with writing(case.site.engine) as session:
        for number in range(HOURLY):
            searches.search(
                session, jurist, list(case.offered), f"personne.{number}@example.org", at=case.at,
                randomness=case.randomness,
            )  # fmt: skip
        thread.start()
        thread.join(2)
        assert thread.is_alive(), "it waits"
    thread.join(30)
    assert (len(refused), len(journal(case))) == (1, HOURLY)


def test_what_is_refused_looks_for_nobody_in_the_archive_either(case: Case, jurist: Person) -> None:
    looked: list[str] = []

    def archived() -> tuple[str, ...]:
        looked.append("archive")
        return ()

    def once() -> None:
        with writing(case.site.engine) as session:
            searches.search(
                session, jurist, list(case.offered), EMAIL, archived=archived, at=case.at,
                randomness=case.randomness,
            )  # fmt: skip

    for _ in range(HOURLY):
        once()
    with pytest.raises(TooManyError, match="Rien n’a été cherché"):
        once()
    assert len(looked) == HOURLY


@ON_BOTH
def test_of_two_records_at_once_one_alone_is_made(case: Case, jurist: Person) -> None:
    if case.site.engine.dialect.name == "sqlite":
        pytest.skip("one writes at a time: the second waits for the first, and counts it")
    refused: list[AtOnceError] = []

    def second() -> None:
        try:
            search(case, jurist)
        except AtOnceError as error:
            refused.append(error)

    thread = Thread(target=second)
    with writing(case.site.engine) as session:
        records.note(session, jurist, Act.SECRET_CHANGED, case.at)
        thread.start()
        thread.join(2)
        assert thread.is_alive(), "it waits, for it took the same number"
    thread.join(30)
    assert [str(error) for error in refused] == ["Vous faisiez autre chose au même instant : recommencez."]
    assert [one.act for one in journal(case)] == [Act.SECRET_CHANGED]


@ON_BOTH
def test_the_database_keeps_every_record_as_it_was(case: Case, jurist: Person) -> None:
    search(case, jurist)
    for change in (update(OfficerRecord).values(found=0), delete(OfficerRecord)):
        with pytest.raises(DBAPIError, match="insert-only"), writing(case.site.engine) as session:
            session.execute(change)


def test_whom_a_search_was_for_cannot_be_told_after_five_years_and_that_it_was_made_can(
    case: Case, jurist: Person
) -> None:
    search(case, jurist)
    term = years_after(case.at, WORDS_KEPT_YEARS)
    case.site.clock.move(minutes=1)
    search(case, jurist)
    case.site.clock.at = term - SECOND
    worker.tidy(case.context)
    assert case.site.count(SearchSalt) == 2
    case.site.clock.at = term
    worker.tidy(case.context)
    assert [one.search.was_for([EMAIL]) for one in opened(case) if one.search] == [True, False]
