"""How a draft stands after its acts: who approves, what voids an approval, what each state allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.legal_desk.policy import (
    Act,
    Done,
    Giver,
    State,
    giver,
    may_approve,
    may_confirm_cancelling,
    possible,
    stands,
)
from kiosk.staff.roles import Grant, Role

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
A, B = "a" * 64, "b" * 64


def acts(*told: tuple[str, str] | tuple[str, str, str]) -> list[Done]:
    """Acts by whom, each about the content of the last state unless it says another."""
    made: list[Done] = []
    content, revision = A, 0
    for number, (act, who, *more) in enumerate(told, start=1):
        if act in ("opened", "revised"):
            content, revision = (more[0] if more else A), revision + 1
        about = int(more[0]) if act == "withdrawn" else None
        made.append(Done(number, Act(act), revision, content, who, "Juriste", AT, about))
    return made


APPROVED = [("opened", "x"), ("submitted", "x"), ("approved", "y")]


@pytest.mark.parametrize(
    ("told", "state", "approved_by"),
    [
        ([("opened", "x")], State.DRAFT, []),
        ([("opened", "x"), ("submitted", "x")], State.SUBMITTED, []),
        ([("opened", "x"), ("submitted", "x"), ("returned", "y")], State.DRAFT, []),
        (APPROVED, State.APPROVED, ["y"]),
        ([("opened", "x"), ("submitted", "x"), ("approved", "x")], State.APPROVED, []),
        ([*APPROVED, ("revised", "x", B)], State.DRAFT, []),
        (
            [*APPROVED, ("revised", "x", B), ("revised", "x", A)],
            State.DRAFT, [],
        ),
        ([*APPROVED, ("revised", "y", A)], State.DRAFT, []),
        (
            [*APPROVED, ("approved", "z"), ("withdrawn", "y", "3")],
            State.APPROVED, ["z"],
        ),
        (
            [*APPROVED, ("withdrawn", "y", "3")],
            State.SUBMITTED, [],
        ),
        (
            [*APPROVED, ("scheduled", "z"), ("withdrawn", "y", "3")],
            State.SUBMITTED, [],
        ),
        (
            [*APPROVED, ("scheduled", "z"), ("commented", "x")],
            State.SCHEDULED, ["y"],
        ),
        (
            [*APPROVED, ("published", "z"), ("cancelled", "z"), ("cancelled", "z")],
            State.PUBLISHED, ["y"],
        ),
        (
            [*APPROVED, ("published", "z"), ("cancelled", "z"), ("cancelled", "y")],
            State.CANCELLED, ["y"],
        ),
        (
            [*APPROVED, ("published", "z"), ("cancelled", "z"), ("uncancelled", "y"), ("cancelled", "y")],
            State.PUBLISHED, ["y"],
        ),
        (
            [*APPROVED, ("published", "z"), ("cancelled", "z"), ("uncancelled", "z"), ("cancelled", "z"),
             ("cancelled", "y")],
            State.CANCELLED, ["y"],
        ),
        ([("opened", "x"), ("visa", "x")], State.DRAFT, []),
        ([("opened", "x"), ("abandoned", "x")], State.ABANDONED, []),
    ],
)  # fmt: skip
def test_how_a_draft_stands(told: list[tuple[str, str]], state: State, approved_by: list[str]) -> None:
    found = stands(acts(*told))
    assert found.state is state
    assert [one.officer_id for one in found.approvals] == approved_by
    assert found.acts == len(told)


def given(service: str | None, ends: int | None = None, role: Role = Role.REVIEWER) -> Grant:
    """A role from five days before, until so many days after."""
    ends_at = None if ends is None else AT + timedelta(days=ends)
    return Grant(role, service, AT - timedelta(days=5), ends_at)


@pytest.mark.parametrize(
    ("grants", "left", "found"),
    [
        ([given(None)], None, Giver(True)),
        ([given("soffi")], None, Giver(True)),
        ([given("soffi", 1)], None, Giver(True)),
        ([given("soffi", -1)], None, Giver(False, AT - timedelta(days=1))),
        ([given("soffi", -2), given(None, -1)], None, Giver(False, AT - timedelta(days=1))),
        ([given("soffi", -2), given("soffi")], None, Giver(True)),
        ([given("soffi", 0)], None, Giver(False, AT)),
        ([given("soffi")], -1, Giver(False, AT - timedelta(days=1))),
        ([given("soffi", -2)], -1, Giver(False, AT - timedelta(days=2))),
        ([given("soffi", -1)], -2, Giver(False, AT - timedelta(days=2))),
        ([given("portail"), given(None, role=Role.PUBLISHER)], None, Giver(False)),
        ([], None, Giver(False)),
    ],
)  # fmt: skip
def test_who_approved_may_have_left_since(grants: list[Grant], left: int | None, found: Giver) -> None:
    left_at = None if left is None else AT + timedelta(days=left)
    assert giver(grants, "soffi", left_at, AT) == found


def test_a_request_to_cancel_is_taken_back_only_while_it_waits() -> None:
    moves = acts(*APPROVED, ("published", "z"), ("cancelled", "z"), ("uncancelled", "y"))
    found = [possible(Act.UNCANCELLED, stands(moves[:until])) for until in range(1, 7)]
    assert found == [False, False, False, False, True, False]
    assert may_confirm_cancelling(stands(moves[:5]), "y")
    assert not may_confirm_cancelling(stands(moves), "y")


def test_who_wrote_never_approves() -> None:
    found = stands(acts(("opened", "x"), ("revised", "w", B), ("submitted", "x"), ("approved", "y")))
    assert [may_approve(found, who) for who in "wxyz"] == [False, False, False, True]


def test_no_finding_is_set_aside_behind_the_back_of_who_approves() -> None:
    moves = acts(("opened", "x"), ("submitted", "x"), ("approved", "y"), ("withdrawn", "y", "3"))
    assert [possible(Act.SILENCED, stands(moves[:until])) for until in (1, 2, 3, 4)] == [True] + [False] * 3
    assert possible(Act.SILENCED, stands([*moves[:3], *acts(("returned", "y"))])), (
        "sent back, it is open again"
    )


def test_a_scheduled_or_published_text_does_not_change() -> None:
    before = acts(("opened", "x"), ("submitted", "x"), ("approved", "y"))
    assert possible(Act.REVISED, stands(before)), "and the approval is void then"
    scheduled = [*before, *acts(("scheduled", "z"))]
    assert not possible(Act.REVISED, stands(scheduled))
    published = [*before, *acts(("published", "z"))]
    assert [act for act in Act if possible(act, stands(published))] == [Act.UNLINKED, Act.CANCELLED]
