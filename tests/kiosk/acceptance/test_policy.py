"""Who must decide on what, and by when: the whole table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cgu_archive.corpus.model import NewVersion
from kiosk.acceptance.policy import (
    Access,
    Answer,
    Decided,
    Document,
    Kind,
    VersionFacts,
    answer,
    answer_early,
    answers,
    applicable_version,
    first_pending,
    is_open,
    may_defer,
    strictest,
)

OLD, NEW = 1, 2
ACCEPT, NOTIFY = NewVersion.ACCEPT, NewVersion.NOTIFY
A, R, D, X, T = Kind.ACCEPTED, Kind.REFUSED, Kind.DEFERRED, Kind.RENOUNCED, Kind.TERMINATED


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


REQUIRED_AT = day(20)


def a_document(
    *decided: tuple[int, Kind], rule: NewVersion = ACCEPT, required_at: datetime | None = REQUIRED_AT
) -> Document:
    """Return a document whose current version is `NEW`, with decisions on days 1, 2, 3…"""
    decisions = tuple(
        Decided(version, kind, day(number)) for number, (version, kind) in enumerate(decided, start=1)
    )
    return Document("mairie", "cgu", rule, VersionFacts(NEW, required_at), decisions)


@pytest.mark.parametrize(
    ("decided", "before", "after"),
    [
        ([], Access.CLOSED, Access.CLOSED),
        ([(OLD, A)], Access.GRACE, Access.CLOSED),
        ([(OLD, A), (NEW, A)], Access.OPEN, Access.OPEN),
        ([(NEW, A)], Access.OPEN, Access.OPEN),
        ([(OLD, A), (NEW, R)], Access.GRACE, Access.CLOSED),
        ([(OLD, A), (NEW, D)], Access.GRACE, Access.CLOSED),
        ([(OLD, R)], Access.CLOSED, Access.CLOSED),
        ([(NEW, R)], Access.CLOSED, Access.CLOSED),
        ([(NEW, R), (NEW, A)], Access.OPEN, Access.OPEN),
        ([(NEW, A), (NEW, R)], Access.CLOSED, Access.CLOSED),
        ([(NEW, A), (NEW, X)], Access.CLOSED, Access.CLOSED),
        ([(OLD, A), (NEW, X)], Access.CLOSED, Access.CLOSED),
        ([(OLD, A), (OLD, X)], Access.CLOSED, Access.CLOSED),
        ([(OLD, A), (OLD, X), (NEW, A)], Access.OPEN, Access.OPEN),
    ],
)
def test_a_new_version_that_must_be_accepted(
    decided: list[tuple[int, Kind]], before: Access, after: Access
) -> None:
    document = a_document(*decided)
    assert answer(document, day(19)).access is before
    assert answer(document, REQUIRED_AT).access is after


@pytest.mark.parametrize(
    ("decided", "access"),
    [
        ([], Access.CLOSED),
        ([(OLD, A)], Access.OPEN),
        ([(OLD, A), (NEW, R)], Access.CLOSED),
        ([(OLD, A), (NEW, A)], Access.OPEN),
        ([(OLD, R)], Access.CLOSED),
        ([(OLD, A), (OLD, X)], Access.CLOSED),
    ],
)
@pytest.mark.requirement("M-34")
def test_a_new_version_that_is_only_notified(decided: list[tuple[int, Kind]], access: Access) -> None:
    assert answer(a_document(*decided, rule=NOTIFY), day(25)).access is access


def test_without_a_date_there_is_no_grace() -> None:
    found = answer(a_document((OLD, A), required_at=None), day(10))
    assert (found.access, found.deadline, may_defer(found)) == (Access.CLOSED, None, False)


def test_grace_says_when_it_ends_and_lets_decide_later() -> None:
    found = answer(a_document((OLD, A)), day(10))
    assert (found.deadline, may_defer(found), found.pending) == (REQUIRED_AT, True, True)


def test_a_document_without_text_is_open_to_nobody() -> None:
    found = answer(Document("mairie", "cgu", ACCEPT, None, ()), day(1))
    assert found.access is Access.NO_TEXT
    assert not is_open([found])
    assert first_pending([found]) is None


def test_what_is_closed_is_asked_before_what_may_wait() -> None:
    grace = answer(a_document((OLD, A)), day(10))
    closed = answer(a_document(), day(10))
    opened = answer(a_document((NEW, A)), day(10))
    assert first_pending([opened, grace, closed]) is closed
    assert first_pending([opened, grace]) is grace
    assert first_pending([opened]) is None
    assert is_open([opened, grace])
    assert not is_open([opened, closed])


def test_answers_keep_the_order_of_the_documents() -> None:
    documents = [a_document(), a_document((NEW, A))]
    found: tuple[Answer, ...] = answers(documents, day(10))
    assert [one.access for one in found] == [Access.CLOSED, Access.OPEN]


@pytest.mark.requirement("S-18")
@pytest.mark.parametrize(
    ("decided", "on", "expected"),
    [
        ([], 9, None),
        ([(OLD, A)], 9, OLD),
        ([(OLD, A), (NEW, D)], 9, OLD),
        ([(OLD, A), (NEW, R)], 9, OLD),
        ([(OLD, A), (NEW, A)], 9, NEW),
        ([(OLD, A), (NEW, A)], 1, OLD),
        ([(OLD, A), (NEW, A), (OLD, R)], 9, NEW),
        ([(OLD, A), (OLD, R)], 9, None),
        ([(OLD, A), (NEW, X)], 9, None),
        ([(OLD, R)], 9, None),
        ([(OLD, A), (OLD, X), (OLD, A)], 9, OLD),
        ([(OLD, A), (OLD, X), (OLD, A)], 2, None),
    ],
)
def test_the_version_that_applies_is_the_last_one_accepted(
    decided: list[tuple[int, Kind]], on: int, expected: int | None
) -> None:
    assert applicable_version(a_document(*decided).decisions, day(on)) == expected


def test_what_is_decided_later_does_not_count_before() -> None:
    document = a_document((OLD, A), (NEW, A))
    assert answer(document, day(1)).access is Access.GRACE


TO_COME = 3


@pytest.mark.requirement("S-18", "O-57")
@pytest.mark.parametrize(
    ("decided", "current", "held"),
    [
        ([], NEW, None),
        ([(NEW, A)], NEW, NEW),
        ([(OLD, A)], NEW, OLD),
        ([(NEW, A), (TO_COME, A)], NEW, NEW),
        ([(NEW, A), (TO_COME, A)], TO_COME, TO_COME),
        ([(NEW, A), (TO_COME, A), (TO_COME, R)], NEW, NEW),
        ([(NEW, A), (TO_COME, A), (TO_COME, R)], TO_COME, NEW),
        ([(NEW, A), (TO_COME, R)], TO_COME, NEW),
        ([(TO_COME, A)], NEW, None),
        ([(TO_COME, A), (NEW, A)], NEW, NEW),
        ([(TO_COME, A), (NEW, A)], TO_COME, TO_COME),
        ([(NEW, A), (TO_COME, A), (NEW, X)], NEW, None),
        ([(NEW, A), (TO_COME, A), (NEW, X)], TO_COME, None),
        ([(NEW, A), (TO_COME, A), (NEW, T)], TO_COME, None),
        ([(NEW, A), (NEW, T), (NEW, A)], NEW, NEW),
    ],
)
def test_the_version_that_binds_a_person_at_an_instant(
    decided: list[tuple[int, Kind]], current: int, held: int | None
) -> None:
    made = a_document(*decided).decisions
    assert applicable_version(made, day(25), current=VersionFacts(current, None, day(20))) == held


@pytest.mark.requirement("O-57")
@pytest.mark.parametrize(
    ("decided", "pending"),
    [([], True), ([(TO_COME, A)], False), ([(TO_COME, R)], True), ([(TO_COME, A), (TO_COME, R)], True)],
)
def test_a_version_to_come_asks_nothing_more_once_accepted(
    decided: list[tuple[int, Kind]], pending: bool
) -> None:
    document = a_document((NEW, A), *decided)
    assert answer_early(document, TO_COME, day(25)).pending is pending
    assert answer(document, day(25)).access is Access.OPEN, "nothing changes before its date"


def test_documents_under_one_box_are_as_open_as_the_least_open() -> None:
    def one(access: Access, deadline: datetime | None = None) -> Answer:
        return Answer(a_document(), access, deadline)

    late, soon = one(Access.GRACE, day(20)), one(Access.GRACE, day(10))
    assert strictest([one(Access.OPEN), late, soon]) == soon
    assert strictest([late, one(Access.CLOSED), one(Access.OPEN)]).access is Access.CLOSED
    assert strictest([one(Access.OPEN)]).access is Access.OPEN
