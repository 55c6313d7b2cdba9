"""What is to be done next with a draft, and by whom: the one thing that its page puts first. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from kiosk.legal_desk.policy import Standing, State, may_approve
from kiosk.staff.roles import Role


class Step(StrEnum):
    """The next thing to do with a draft (the words people read are in the templates)."""

    EXPLAIN = "explain"
    """The author says why the version is made."""
    MEND = "mend"
    """The author mends what stops its submission."""
    SUBMIT = "submit"
    APPROVE = "approve"
    PUBLISH = "publish"
    WAIT_AUTHOR = "wait-author"
    WAIT_REVIEWER = "wait-reviewer"
    """Somebody who wrote none of it must approve it."""
    WAIT_PUBLISHER = "wait-publisher"
    WAIT_DAY = "wait-day"
    """Its publication is scheduled."""
    NONE = "none"


def next_step(
    standing: Standing, officer_id: str, roles: Collection[Role], *, explained: bool, blocked: bool
) -> Step:
    """Return what comes next for an officer who has `roles` at the draft's service.

    `explained`: whether the reason of the version is given; `blocked`: whether a finding stops it.
    """
    match standing.state:
        case State.DRAFT if Role.AUTHOR in roles:
            return Step.MEND if blocked else Step.SUBMIT if explained else Step.EXPLAIN
        case State.DRAFT:
            return Step.WAIT_AUTHOR
        case State.SUBMITTED:
            can = Role.REVIEWER in roles and may_approve(standing, officer_id)
            return Step.APPROVE if can else Step.WAIT_REVIEWER
        case State.APPROVED:
            return Step.PUBLISH if Role.PUBLISHER in roles else Step.WAIT_PUBLISHER
        case State.SCHEDULED:
            return Step.WAIT_DAY
    return Step.NONE
